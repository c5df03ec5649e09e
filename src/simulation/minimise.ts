/**
 * Makes anything as small as it can be while it shows the same: plays the smaller ones of the smallest so far, one after another. Owns the budget
 * and the proof that nothing more can be left out; what is smaller than what, and what it has to show, is told.
 */

export interface Budget {
  /** How many may be played, the given one included; no limit without it. With the same number the result is the same everywhere. */
  readonly maxRuns?: number;
  /** Asked before each run; false ends the search with the smallest so far. */
  readonly goOn?: () => boolean;
}

/** `Progress`: where the search is. */
export interface Smaller<T, Progress> {
  readonly candidate: T;
  /** Where to go on if it shows it as well. */
  readonly progress: Progress;
}

export interface Kind<T, Shown, Progress> {
  /** What a run of it shows of what is wanted; undefined for nothing. */
  show(candidate: T): Shown | undefined;
  /** One round of smaller ones; `from` is undefined in the beginning. When a whole round shows nothing, it is minimal. */
  smaller(of: T, shown: Shown, from: Progress | undefined): Iterator<Smaller<T, Progress>, void, void>;
  /** Hears of every run but the first. */
  tried?(news: { readonly runs: number; readonly smallest: T; readonly progress: Progress; readonly smaller: boolean }): void;
}

export interface Minimised<T, Shown> {
  readonly smallest: T;
  readonly shown: Shown;
  readonly runs: number;
  /** Nothing more can be left out. */
  readonly minimal: boolean;
}

/** Undefined where the given one does not show it. */
export function minimise<T, Shown, Progress>(given: T, kind: Kind<T, Shown, Progress>, budget: Budget): Minimised<T, Shown> | undefined {
  const { maxRuns = Number.POSITIVE_INFINITY, goOn = () => true } = budget;
  let smallest = given;
  let shown = kind.show(given);
  let runs = 1;
  if (shown === undefined) return undefined;
  const refuted = new Set<string>();
  let candidates = kind.smaller(smallest, shown, undefined);
  for (;;) {
    const next = candidates.next();
    if (next.done === true) return { smallest, shown, runs, minimal: true };
    const { candidate, progress } = next.value;
    const key = JSON.stringify(candidate);
    if (refuted.has(key)) continue;
    if (runs >= maxRuns || !goOn()) return { smallest, shown, runs, minimal: false };
    runs++;
    const again = kind.show(candidate);
    if (again === undefined) refuted.add(key);
    else {
      smallest = candidate;
      shown = again;
      candidates = kind.smaller(smallest, shown, progress);
    }
    kind.tried?.({ runs, smallest, progress, smaller: again !== undefined });
  }
}
