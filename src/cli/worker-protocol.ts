/** What the process of a swarm and its workers say to one another: plain data, one answer to each request, one request at a time. */
import type { TraceEntry } from '../simulation/history/trace-recording.ts';
import type { SeedSummary, SeedTask } from './seed-run.ts';

export type WorkerRequest =
  /** `record`: keep the trace until the next play. */
  | { readonly type: 'play'; readonly task: SeedTask; readonly record: boolean }
  /** Asks for the trace that was kept. */
  | { readonly type: 'trace' };

export type WorkerAnswer =
  | { readonly type: 'played'; readonly summary: SeedSummary }
  | { readonly type: 'trace'; readonly entries: readonly TraceEntry[] }
  /** The harness threw. */
  | { readonly type: 'failed'; readonly message: string };
