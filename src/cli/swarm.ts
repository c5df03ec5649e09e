/**
 * Many seeds over worker processes. Owns who plays which seed, what becomes of a seed whose worker dies or never ends, and the order of
 * results: they are handed over in seed order, so that everything made of them is the same whatever the number of workers.
 */
import { fileURLToPath } from 'node:url';
import Tinypool from 'tinypool';
import { type SeedSummary, type SeedTask, unplayed } from './seed-run.ts';

export interface Swarm {
  /** What the i-th run plays, from 0. */
  readonly taskAt: (index: number) => SeedTask;
  /** At most this many runs. */
  readonly runs: number;
  /** No run begins after this many milliseconds. */
  readonly limitMs: number;
  readonly workers: number;
  /** Ends the swarm early: runs that are under way are given up, those that are done are handed over. */
  readonly stop: AbortSignal;
  /** Hears of each run, in seed order. */
  readonly done: (summary: SeedSummary) => void;
}

/** A run takes a fraction of a second; one that takes this long will not end. */
const seedLimitMs = 300_000;

/** Plays the swarm; answers when the last result was handed over. Each seed has a process to itself while it is played, even with one worker. */
export async function playSwarm(swarm: Swarm): Promise<void> {
  const pool = new Tinypool({ filename: workerFile(), runtime: 'child_process', minThreads: swarm.workers, maxThreads: swarm.workers });
  // A worker that dies between two seeds takes nothing along; the pool replaces it.
  pool.on('error', () => undefined);
  const order = new InOrder(swarm.done);
  const startMs = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < swarm.runs && performance.now() - startMs < swarm.limitMs && !swarm.stop.aborted) {
      const index = next++;
      const summary = await playOne(pool, swarm.taskAt(index));
      if (!swarm.stop.aborted) order.put(index, summary);
    }
  };
  try {
    await Promise.race([Promise.all(Array.from({ length: swarm.workers }, lane)), aborted(swarm.stop)]);
    order.flush();
  } finally {
    await pool.destroy();
  }
}

/** A seed that nobody could play to its end has a summary too: a swarm must not lose it. */
async function playOne(pool: Tinypool, task: SeedTask): Promise<SeedSummary> {
  const startMs = performance.now();
  try {
    return await pool.run(task, { signal: AbortSignal.timeout(seedLimitMs) });
  } catch (error) {
    const wallMs = performance.now() - startMs;
    if (wallMs >= seedLimitMs) return unplayed(task, `the run did not end within ${seedLimitMs / 1000} s of wall time`, wallMs);
    const died = error instanceof Error && error.message === 'Worker exited unexpectedly';
    const why = died
      ? 'the worker process died: killed from outside, or out of memory (fewer --workers need less)'
      : `the worker process failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`;
    return unplayed(task, why, wallMs);
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));

/** Holds back what is early. */
class InOrder {
  readonly #done: (summary: SeedSummary) => void;
  readonly #early = new Map<number, SeedSummary>();
  #next = 0;

  constructor(done: (summary: SeedSummary) => void) {
    this.#done = done;
  }

  put(index: number, summary: SeedSummary): void {
    this.#early.set(index, summary);
    for (let due = this.#early.get(this.#next); due !== undefined; due = this.#early.get(this.#next)) {
      this.#early.delete(this.#next++);
      this.#done(due);
    }
  }

  /** What waits for runs that were given up. */
  flush(): void {
    for (const index of [...this.#early.keys()].sort((a, b) => a - b)) {
      const summary = this.#early.get(index);
      if (summary !== undefined) this.#done(summary);
    }
    this.#early.clear();
  }
}

/** Beside this file: plain JavaScript in dist, TypeScript when tsx runs the sources. */
function workerFile(): string {
  const here = fileURLToPath(import.meta.url);
  return new URL(here.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url).href;
}
