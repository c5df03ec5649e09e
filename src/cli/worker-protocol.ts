/** What the process of a swarm and its workers say to one another: plain data, one request at a time, to each any news and one answer. */
import type { Finding } from '../simulation/checker/finding.ts';
import type { TraceEntry } from '../simulation/history/trace-recording.ts';
import type { HuntingGround } from '../simulation/profile-name.ts';
import type { Playable } from '../simulation/run/playable.ts';
import type { Wanted } from '../simulation/run/shrink.ts';
import type { SeedSummary, SeedTask } from './seed-run.ts';
import type { SmallFinding } from './small-finding.ts';

/** A finding of a seed that is to be made small. */
export interface ShrinkTask {
  readonly seed: number;
  /** What is drawn from it; missing for a scenario of all families together. */
  readonly profile?: HuntingGround;
  readonly wanted: Wanted;
  /** Of CPU time. */
  readonly budgetSeconds: number;
  /** The id of the defect whose rules show it. */
  readonly defect?: string;
}

/** A defect that is searched for, seed by seed. */
export interface HuntTask {
  readonly defect: string;
  /** What the seeds are derived from. */
  readonly base: string;
  /** Of CPU time. */
  readonly budgetSeconds: number;
}

/** What came of a hunt. `seed` and `finding`: of the run that ended it, if one did. */
export interface Hunted {
  /** Seeds played. */
  readonly seeds: number;
  readonly cpuSeconds: number;
  readonly seed?: number;
  readonly finding?: Finding;
  /** What Kafka's own rules find in the same scenario: nothing, if all is well. */
  readonly blameless: readonly string[];
}

export type WorkerRequest =
  /** `record`: keep the trace until the next play. */
  | { readonly type: 'play'; readonly task: SeedTask; readonly record: boolean }
  /** Asks for the trace that was kept. */
  | { readonly type: 'trace' }
  | { readonly type: 'hunt'; readonly task: HuntTask }
  | { readonly type: 'shrink'; readonly task: ShrinkTask };

/** Says that the worker goes on. */
export type WorkerNews =
  /** A seed of a hunt was played. */
  | { readonly type: 'seed'; readonly seeds: number; readonly cpuSeconds: number }
  /** A scenario, or a script, was tried. `smaller`: it shows the finding, and is the smallest so far. */
  | { readonly type: 'tried'; readonly runs: number; readonly smaller?: Playable };

export type WorkerAnswer =
  | { readonly type: 'played'; readonly summary: SeedSummary }
  | { readonly type: 'trace'; readonly entries: readonly TraceEntry[] }
  | { readonly type: 'hunted'; readonly hunted: Hunted }
  /** `small`: missing where the finding did not come again. */
  | { readonly type: 'shrunk'; readonly small?: SmallFinding; readonly blameless: readonly string[] }
  /** The harness threw. */
  | { readonly type: 'failed'; readonly message: string };
