/**
 * The findings of many runs, by their identity: what was found at all, by which run first, and how often. Owns this sum for reports; it
 * keeps a bounded part of it, so that a swarm in which every run fails may still go on for days.
 */
import { type Finding, identity } from '../simulation/checker/finding.ts';

export interface FoundEntry {
  /** As the first run told it: its verdict is `finding` or `unknown`. */
  readonly finding: Finding;
  readonly seed: number;
  /** The command that plays that run again. */
  readonly replay: string;
  /** Runs that found it. */
  readonly runs: number;
}

/** Far more kinds than one cause makes. */
const mostEntries = 500;

export class FindingBook {
  readonly #entries = new Map<string, FoundEntry>();
  #beyond = 0;

  /** Takes what a run found; answers what no run found before. Excused findings are left out. */
  note(seed: number, replay: string, findings: readonly Finding[]): readonly FoundEntry[] {
    const fresh: FoundEntry[] = [];
    for (const finding of findings) {
      if (finding.verdict === 'excused') continue;
      const key = `${finding.verdict} ${identity(finding)}`;
      const known = this.#entries.get(key);
      if (known === undefined && this.#entries.size >= mostEntries) {
        this.#beyond++;
        continue;
      }
      const entry = known === undefined ? { finding, seed, replay, runs: 1 } : { ...known, runs: known.runs + 1 };
      this.#entries.set(key, entry);
      if (known === undefined) fresh.push(entry);
    }
    return fresh;
  }

  /** In the order in which they were first found. */
  get entries(): readonly FoundEntry[] {
    return [...this.#entries.values()];
  }

  /** Findings that were not kept because there were too many kinds of them. */
  get beyond(): number {
    return this.#beyond;
  }
}
