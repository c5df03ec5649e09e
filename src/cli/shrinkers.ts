/**
 * Makes the findings of a swarm small while it goes on, in worker processes of its own. Owns which findings are worth it, and that each that
 * was taken comes to an end: told small, or told why not.
 */
import type { FoundEntry } from '../report/finding-book.ts';
import type { SeedSummary } from './seed-run.ts';
import { type Outcome, shrinkIn } from './shrink-seed.ts';
import { WorkerProcess, workerFile } from './worker-process.ts';
import type { ShrinkTask } from './worker-protocol.ts';

/** One cause shows itself in several ways; the first of each of so many kinds are made small, with so much CPU time for each. */
const mostKinds = 4;
const budgetSeconds = 30;

/** About the play of a run, not about what the cluster promises: smaller scenarios say nothing about it. */
const ownCheckers = ['harness', 'determinism'];

export interface ShrinkersOptions {
  /** Wall time that one run may take. */
  readonly runLimitMs: number;
  /** Keeps the smallest so far of what is under way, and begins nothing more. */
  readonly stop: AbortSignal;
  /** Hears of each that was taken, once. */
  readonly told: (task: ShrinkTask, outcome: Outcome) => void;
}

export class Shrinkers {
  readonly #options: ShrinkersOptions;
  readonly #kinds = new Set<string>();
  readonly #queue: ShrinkTask[] = [];
  readonly #lanes: Promise<void>[] = [];
  readonly #processes: WorkerProcess[] = [];
  #open = 0;

  constructor(options: ShrinkersOptions) {
    this.#options = options;
    options.stop.addEventListener('abort', () => void this.#processes.map((each) => each.end()), { once: true });
  }

  /** How many are not told yet. */
  get open(): number {
    return this.#open;
  }

  /** Takes what nobody found before, unless its like was taken. */
  take({ seed, profile, traceHash }: SeedSummary, fresh: readonly FoundEntry[]): void {
    if (traceHash === '') return;
    for (const { finding } of fresh) {
      const kind = `${finding.checker}/${finding.anomaly}`;
      if (finding.verdict !== 'finding' || ownCheckers.includes(finding.checker) || this.#kinds.has(kind) || this.#kinds.size >= mostKinds) continue;
      this.#kinds.add(kind);
      this.#queue.push({ seed, ...(profile && { profile }), wanted: finding, budgetSeconds });
      this.#open++;
      // While the swarm goes on, it has the processors.
      if (this.#processes.length === 0) this.#begin();
    }
  }

  /** The swarm is over, and its processors are free: answers when all are told. */
  async finish(workers: number): Promise<void> {
    while (this.#processes.length < Math.min(workers, this.#open)) this.#begin();
    for (let index = 0; index < this.#lanes.length; index++) await this.#lanes[index];
    await Promise.all(this.#processes.map((each) => each.end()));
  }

  #begin(): void {
    const worker = new WorkerProcess(workerFile());
    this.#processes.push(worker);
    this.#lanes.push(this.#lane(worker));
  }

  async #lane(worker: WorkerProcess): Promise<void> {
    for (let task = this.#queue.shift(); task !== undefined; task = this.#queue.shift()) {
      const { stop, runLimitMs, told } = this.#options;
      const outcome: Outcome = stop.aborted ? { blameless: [] } : await shrinkIn(worker, task, runLimitMs);
      this.#open--;
      told(task, stop.aborted && outcome.small?.ended !== 'minimal' ? { ...outcome, problem: 'it was stopped' } : outcome);
    }
    // Another finding begins another lane.
    this.#processes.splice(this.#processes.indexOf(worker), 1);
    await worker.end();
  }
}
