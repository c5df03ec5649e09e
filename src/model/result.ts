/** Expected failures are values: a Result is either a value or the name of what went wrong. */

/** A value, or why there is none: an expected failure is not thrown. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });
export const failed = <E>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error });
/** The one success without a value, shared so that it costs nothing. */
export const done: Result<void, never> = ok(undefined);
