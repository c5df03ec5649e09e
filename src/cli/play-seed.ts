/**
 * One seed played in worker processes, once or twice. Owns what becomes of a seed whose worker dies or hangs, and the comparison of two
 * plays of one seed: both are findings of that seed, and whoever asked goes on.
 */
import type { Finding } from '../simulation/checker/finding.ts';
import type { TraceEntry } from '../simulation/history/trace-recording.ts';
import { type SeedSummary, type SeedTask, unplayed } from './seed-run.ts';
import type { Reply, WorkerProcess } from './worker-process.ts';

/** `limitMs`: of wall time for one play. */
export async function playOnce(worker: WorkerProcess, task: SeedTask, limitMs: number, record = false): Promise<SeedSummary> {
  const startMs = performance.now();
  const reply = await worker.ask({ type: 'play', task, record }, limitMs);
  return reply.type === 'played' ? reply.summary : unplayed(task, problemOf(reply, limitMs), performance.now() - startMs);
}

/** Plays a seed in one process, then in the other; whatever differs is a finding that names the first event at which they part. */
export async function playTwice(first: WorkerProcess, second: WorkerProcess, task: SeedTask, limitMs: number): Promise<SeedSummary> {
  const summary = await playOnce(first, task, limitMs, true);
  if (summary.traceHash === '') return summary;
  const again = await playOnce(second, task, limitMs, true);
  const differs = differingField(summary, again);
  if (differs === undefined) return { ...summary, rechecked: true };
  const finding = again.traceHash === '' ? fateOf(again) : divergence(differs, await traceOf(first, limitMs), await traceOf(second, limitMs));
  return { ...summary, rechecked: true, verdict: 'finding', findings: [...summary.findings, finding] };
}

function problemOf(reply: Reply, limitMs: number): Pick<Finding, 'anomaly' | 'verdict' | 'message'> {
  switch (reply.type) {
    case 'hung':
      return {
        anomaly: 'worker-hung',
        verdict: 'finding',
        message: `the run did not end within ${limitMs / 1000} s of wall time, and its process was killed. Play the seed alone with a larger --seed-timeout: if it never ends, something goes in circles; if it ends, this machine is too slow for the limit`,
      };
    case 'died': {
      const memory = reply.how === 'SIGKILL' || reply.lastWords.includes('heap out of memory');
      const why = memory ? ': killed from outside, or out of memory (fewer --workers need less)' : '';
      const words = reply.lastWords === '' ? '' : `. Its last words:\n${reply.lastWords}`;
      const then = 'Play the seed alone: if its worker dies again, it is the seed';
      return { anomaly: 'worker-died', verdict: 'finding', message: `the worker process died by ${reply.how}${why}. ${then}${words}` };
    }
    case 'failed':
      return { anomaly: 'harness-error', verdict: 'unknown', message: `the worker process failed: ${reply.message}` };
    default:
      return { anomaly: 'harness-error', verdict: 'unknown', message: `the worker process answered with ${reply.type}` };
  }
}

/** What became of a second play that did not come to its end, when the first one did. */
function fateOf(again: SeedSummary): Finding {
  const [fate] = again.findings;
  const message = `played a second time, ${fate?.message ?? 'the run did not come to its end'}`;
  return { checker: 'determinism', anomaly: fate?.anomaly ?? 'divergence', place: 'second play', timeUs: 0, verdict: 'finding', message };
}

/** The first part of two summaries that differs, time on the wall apart. */
function differingField(first: SeedSummary, second: SeedSummary): keyof SeedSummary | undefined {
  const fields = ['traceHash', 'events', 'virtualUs', 'verdict', 'findings', 'unmet', 'faultsFired', 'coverage', 'acknowledged'] as const;
  return fields.find((field) => JSON.stringify(first[field]) !== JSON.stringify(second[field]));
}

function divergence(differs: keyof SeedSummary, first: readonly TraceEntry[], second: readonly TraceEntry[]): Finding {
  const at = first.findIndex((entry, index) => entry.lanes !== second[index]?.lanes);
  const index = at >= 0 ? at : first.length;
  const [one, other] = [first[index], second[index]];
  const told = (entry: TraceEntry | undefined): string => entry?.text ?? '(the run is over)';
  const where =
    one === undefined && other === undefined
      ? `all ${first.length} events are the same, but ${differs} differs`
      : `event ${index} is the first that differs:\n  first   ${told(one)}\n  second  ${told(other)}`;
  return {
    checker: 'determinism',
    anomaly: 'divergence',
    place: differs,
    message: `the same seed, played in two processes, gave two histories: ${where}`,
    timeUs: (one ?? other)?.timeUs ?? 0,
    verdict: 'finding',
  };
}

/** Empty when its process is gone by now. */
async function traceOf(worker: WorkerProcess, limitMs: number): Promise<readonly TraceEntry[]> {
  const reply = await worker.ask({ type: 'trace' }, limitMs);
  return reply.type === 'trace' ? reply.entries : [];
}
