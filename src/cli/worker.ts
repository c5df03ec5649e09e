/** What a worker process does: it plays the seeds it is sent, one at a time, and keeps the trace of the last one when asked to. */
import { TraceRecording } from '../simulation/history/trace-recording.ts';
import { runSeed } from './seed-run.ts';
import type { WorkerAnswer, WorkerRequest } from './worker-protocol.ts';

// Ctrl-C, and the signals of a service manager, reach all processes of a group; the one that sent the seeds decides when this one ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
// It must not be left behind either.
process.on('disconnect', () => process.exit());

let kept: TraceRecording | undefined;

function answer(request: WorkerRequest): WorkerAnswer {
  try {
    if (request.type === 'trace') return { type: 'trace', entries: kept === undefined ? [] : [...kept.entries()] };
    kept = undefined;
    if (!request.record) return { type: 'played', summary: runSeed(request.task) };
    const summary = runSeed(request.task, (hash) => {
      kept = new TraceRecording(hash);
      return kept;
    });
    return { type: 'played', summary };
  } catch (error) {
    return { type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on('message', (request: WorkerRequest) => process.send?.(answer(request)));
