/**
 * The two shapes that a pass of shrinking has: leaving out ever smaller chunks of a list (delta debugging), and trying one change after the
 * other. Owns how a pass goes on from where the last smaller scenario was found; what is left out or changed is each pass's own.
 */
import type { Scenario } from '../../scenario.ts';

/** What a run of the scenario showed: spares guesses, and may be missing. Times count from the beginning of the workload. */
export interface Seen {
  /** When the failure was there, in milliseconds, at most the end of the safety phase. */
  readonly atMs: number;
  /** The faults that had struck by then, by their place in the scenario's list, with the time in microseconds. */
  readonly fired: ReadonlyMap<number, number>;
  /** One past the number of the last record that each producer had thought of by then, by its name. */
  readonly sent: ReadonlyMap<string, number>;
}

/** Where a pass is: `size` is the length of the chunks that it leaves out, 0 where it goes one by one; `at` is the next one. */
export interface Cursor {
  readonly size: number;
  readonly at: number;
}

export interface Smaller {
  readonly scenario: Scenario;
  /** Where the pass goes on if this one fails too. */
  readonly next: Cursor;
}

export interface Pass {
  /** What it does, for people. */
  readonly name: string;
  /** Smaller scenarios, from the cursor on; from the beginning without one. They may name what is gone: whoever takes them mends that. */
  smaller(scenario: Scenario, from: Cursor | undefined, seen: Seen | undefined): Iterable<Smaller>;
}

/** Leaves out all, then each half, each quarter, down to each single one. */
export function leavingOut<T>(
  name: string,
  listOf: (scenario: Scenario, seen: Seen | undefined) => readonly T[],
  withOnly: (scenario: Scenario, kept: readonly T[]) => Scenario,
): Pass {
  return {
    name,
    *smaller(scenario, from, seen) {
      const list = listOf(scenario, seen);
      let at = from?.at ?? 0;
      for (let size = Math.min(from?.size ?? list.length, list.length); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
        // What follows the chunk moves up to its place.
        for (; at < list.length; at += size)
          yield { scenario: withOnly(scenario, [...list.slice(0, at), ...list.slice(at + size)]), next: { size, at } };
        at = 0;
      }
    },
  };
}

/** Tries one change after the other; one that helped is tried again first, as it may help once more. */
export function changing(name: string, changes: (scenario: Scenario, seen: Seen | undefined) => readonly Scenario[]): Pass {
  return {
    name,
    *smaller(scenario, from, seen) {
      for (const [at, changed] of changes(scenario, seen).entries()) if (at >= (from?.at ?? 0)) yield { scenario: changed, next: { size: 0, at } };
    },
  };
}
