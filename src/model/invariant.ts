/**
 * What must never be false. An invariant is on in every mode; in a simulated run its violation is a finding.
 * The message is a constant and the values ride along, so that a check that holds allocates nothing.
 */

export class InvariantViolation extends Error {
  readonly values: readonly unknown[];
  constructor(message: string, values: readonly unknown[]) {
    super(values.length === 0 ? message : `${message} (${values.map((value) => String(value)).join(', ')})`);
    this.name = 'InvariantViolation';
    this.values = values;
  }
}

/** Throws InvariantViolation when the condition is false. The message is a constant; values explain it. */
export function invariant(condition: boolean, message: string, a?: unknown, b?: unknown, c?: unknown): asserts condition {
  if (!condition)
    throw new InvariantViolation(
      message,
      [a, b, c].filter((value) => value !== undefined),
    );
}

/** The end of an exhaustive switch: the type checker proves that no variant is left. */
export function unreachable(value: never): never {
  throw new InvariantViolation('unreachable variant', [JSON.stringify(value)]);
}
