/**
 * Many seeds over worker processes. Owns who plays which seed and the order of results: they are handed over in seed order, so that
 * everything made of them is the same whatever the number of workers.
 */
import { fileURLToPath } from 'node:url';
import Tinypool from 'tinypool';
import { runSeed, type SeedSummary } from './seed-run.ts';

export interface Swarm {
  /** The seed of the i-th run, from 0. */
  readonly seedAt: (index: number) => number;
  /** At most this many runs. */
  readonly runs: number;
  /** No run begins after this many milliseconds. */
  readonly limitMs: number;
  readonly workers: number;
  /** Hears of each run, in seed order. */
  readonly done: (summary: SeedSummary) => void;
}

/** How many runs may be finished and wait for an earlier one, for each worker. */
const ahead = 8;

/** Plays the swarm; answers when the last result was handed over. */
export async function playSwarm(swarm: Swarm): Promise<void> {
  if (swarm.workers === 1) return playHere(swarm);
  const pool = new Tinypool({
    filename: workerFile(),
    runtime: 'child_process',
    minThreads: swarm.workers,
    maxThreads: swarm.workers,
  });
  try {
    await playPooled(swarm, (seed) => pool.run(seed));
  } finally {
    await pool.destroy();
  }
}

/** One worker needs no second process. The loop lets timers and signals through between runs. */
async function playHere(swarm: Swarm): Promise<void> {
  const startMs = performance.now();
  for (let index = 0; index < swarm.runs && performance.now() - startMs < swarm.limitMs; index++) {
    swarm.done(runSeed(swarm.seedAt(index)));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function playPooled(swarm: Swarm, play: (seed: number) => Promise<SeedSummary>): Promise<void> {
  const startMs = performance.now();
  const running: Promise<SeedSummary>[] = [];
  let next = 0;
  const begin = (): void => {
    while (next < swarm.runs && running.length < swarm.workers * ahead && performance.now() - startMs < swarm.limitMs) {
      const run = play(swarm.seedAt(next++));
      run.catch(() => undefined);
      running.push(run);
    }
  };
  for (begin(); running.length > 0; begin()) {
    const first = running.shift();
    if (first !== undefined) swarm.done(await first);
  }
}

/** Beside this file: plain JavaScript in dist, TypeScript when tsx runs the sources. */
function workerFile(): string {
  const here = fileURLToPath(import.meta.url);
  return new URL(here.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url).href;
}
