/**
 * Many seeds over worker processes. Owns who plays which seed and the order of results: they are handed over in the order of the runs, so
 * that everything made of them is the same whatever the number of workers. What becomes of one seed is play-seed's.
 */
import { playOnce, playTwice } from './play-seed.ts';
import type { SeedSummary, SeedTask } from './seed-run.ts';
import { WorkerProcess, workerFile } from './worker-process.ts';

export interface Swarm {
  /** What the nth run plays, from 0. */
  readonly taskAt: (nth: number) => SeedTask;
  /** Is the nth run played twice and compared? */
  readonly isRechecked: (nth: number) => boolean;
  /** At most this many runs. */
  readonly runs: number;
  /** No run begins after this many milliseconds. */
  readonly limitMs: number;
  /** Wall time that one play may take before its process is killed. */
  readonly seedLimitMs: number;
  readonly workers: number;
  /** Ends the swarm early: runs that are under way are given up, those that are done are handed over. */
  readonly stop: AbortSignal;
  /** Hears of each run, in order. */
  readonly done: (nth: number, summary: SeedSummary) => void;
  /** The module that a worker process runs; this program's own when it is left out. */
  readonly worker?: string;
}

/** How many runs per worker may be done before one that is still played. Holds the memory down while a hung one is waited for. */
const runsAhead = 256;

/** Plays the swarm; answers when the last result was handed over and no worker is left. */
export async function playSwarm(swarm: Swarm): Promise<void> {
  const file = swarm.worker ?? workerFile();
  const processes: WorkerProcess[] = [];
  // For second plays: a lane's own process waits meanwhile, so that no more are busy than were asked for.
  const spare: WorkerProcess[] = [];
  const start = (): WorkerProcess => {
    const started = new WorkerProcess(file);
    processes.push(started);
    return started;
  };
  const order = new InOrder(swarm.done, runsAhead * swarm.workers);
  const startMs = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    const own = start();
    while (next < swarm.runs && performance.now() - startMs < swarm.limitMs && !swarm.stop.aborted) {
      const nth = next++;
      await order.mayBegin(nth);
      const task = swarm.taskAt(nth);
      const second = swarm.isRechecked(nth) ? (spare.pop() ?? start()) : undefined;
      const summary = second === undefined ? await playOnce(own, task, swarm.seedLimitMs) : await playTwice(own, second, task, swarm.seedLimitMs);
      if (second !== undefined) spare.push(second);
      if (!swarm.stop.aborted) order.put(nth, summary);
    }
  };
  try {
    await Promise.race([Promise.all(Array.from({ length: swarm.workers }, lane)), aborted(swarm.stop)]);
    order.flush();
  } finally {
    await Promise.all(processes.map((each) => each.end()));
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));

/** Holds back what is early. */
class InOrder {
  readonly #done: Swarm['done'];
  readonly #most: number;
  readonly #early = new Map<number, SeedSummary>();
  #next = 0;
  #waiting: (() => void)[] = [];

  /** `most`: how far a run may be ahead of the first that is not done. */
  constructor(done: Swarm['done'], most: number) {
    this.#done = done;
    this.#most = most;
  }

  async mayBegin(nth: number): Promise<void> {
    while (nth - this.#next >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  put(nth: number, summary: SeedSummary): void {
    this.#early.set(nth, summary);
    for (let due = this.#early.get(this.#next); due !== undefined; due = this.#early.get(this.#next)) {
      this.#early.delete(this.#next);
      this.#done(this.#next++, due);
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** What waits for runs that were given up. */
  flush(): void {
    for (const [nth, summary] of [...this.#early].sort(([a], [b]) => a - b)) this.#done(nth, summary);
    this.#early.clear();
  }
}
