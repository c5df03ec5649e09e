/**
 * A finding of a seed, made small in a worker process. Owns what is left when that process is ended, hangs or dies in the middle of it: the
 * smallest scenario so far, told as if it had been the last.
 */
import { defectNamed } from '../simulation/defect/defects.ts';
import type { Playable } from '../simulation/run/playable.ts';
import { type SmallFinding, tell } from './small-finding.ts';
import type { WorkerProcess } from './worker-process.ts';
import type { ShrinkTask } from './worker-protocol.ts';

export interface Outcome {
  readonly small?: SmallFinding;
  /** Why it is missing or not all was tried, where that is not the budget. */
  readonly problem?: string;
  /** What Kafka's own rules find in the small scenario of a defect. */
  readonly blameless: readonly string[];
}

/** `limitMs`: of wall time for one run. */
export async function shrinkIn(worker: WorkerProcess, task: ShrinkTask, limitMs: number): Promise<Outcome> {
  let smallest: { readonly runs: number; readonly scenario: Playable } | undefined;
  const reply = await worker.ask({ type: 'shrink', task }, limitMs, (news) => {
    if (news.type === 'tried' && news.smaller !== undefined) smallest = { runs: news.runs, scenario: news.smaller };
  });
  if (reply.type === 'shrunk') {
    const { small, blameless } = reply;
    return small === undefined ? { blameless, problem: 'it did not come again when its seed was played once more' } : { small, blameless };
  }
  const problem =
    reply.type === 'died' ? `its process died by ${reply.how}` : reply.type === 'failed' ? reply.message : 'a smaller scenario did not end in time';
  const small = smallest && toldHere(smallest.scenario, task, smallest.runs);
  return { ...(small && { small }), problem, blameless: [] };
}

/** Whatever ended the worker must not end this process as well: without a story there is still the problem. */
function toldHere(scenario: Playable, { wanted, defect }: ShrinkTask, runs: number): SmallFinding | undefined {
  try {
    return tell(scenario, wanted, defect === undefined ? undefined : defectNamed(defect), { runs, ended: 'stopped' });
  } catch {
    return undefined;
  }
}
