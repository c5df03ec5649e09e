/** What a worker process does: it plays the seeds it is sent, one at a time, and keeps the trace of the last one when asked to; hunts and shrinks. */
import { TraceRecording } from '../simulation/history/trace-recording.ts';
import { huntDefect, shrinkSeed } from './hunt.ts';
import { runSeed, type SeedSummary, type SeedTask } from './seed-run.ts';
import type { WorkerAnswer, WorkerNews, WorkerRequest } from './worker-protocol.ts';

// Ctrl-C, and the signals of a service manager, reach all processes of a group; the one that sent the seeds decides when this one ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
// It must not be left behind either.
process.on('disconnect', () => process.exit());

let kept: TraceRecording | undefined;

const tell = (news: WorkerNews): void => void process.send?.(news);

function answer(request: WorkerRequest): WorkerAnswer {
  try {
    switch (request.type) {
      case 'trace':
        return { type: 'trace', entries: kept === undefined ? [] : [...kept.entries()] };
      case 'play':
        return { type: 'played', summary: played(request.task, request.record) };
      case 'hunt':
        return { type: 'hunted', hunted: huntDefect(request.task, tell) };
      case 'shrink':
        return { type: 'shrunk', ...shrinkSeed(request.task, tell) };
    }
  } catch (error) {
    return { type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function played(task: SeedTask, record: boolean): SeedSummary {
  kept = undefined;
  if (!record) return runSeed(task);
  return runSeed(task, (hash) => {
    kept = new TraceRecording(hash);
    return kept;
  });
}

process.on('message', (request: WorkerRequest) => process.send?.(answer(request)));
