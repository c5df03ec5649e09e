/**
 * Compacts the logs of one node, one after another: the dirtiest of those that are worth it, then the next, and a rest when there is none. Owns
 * whose turn it is. Source: Kafka's LogCleaner, LogCleanerManager.grabFilthiestCompactedLog, with one thread.
 */
import type { World } from '../../io/world.ts';
import type { Cleaning, CleaningOutcome } from './cleaning.ts';
import type { CleanerConfig } from './log-config.ts';
import type { PartitionLog } from './partition-log.ts';

export class LogCleaner {
  readonly #world: World;
  readonly #config: CleanerConfig;
  readonly #logs: () => Iterable<PartitionLog>;
  readonly #later: (delayMs: number, step: () => void) => void;
  /** They hold a batch that can not be cleaned; left alone until the next start. */
  readonly #unreadable = new Set<PartitionLog>();
  #maxDirtyRatio = 0;
  #lastLookMs: number;

  /** `later` does something in the lane `background`, unless the node was stopped by then. */
  constructor(world: World, config: CleanerConfig, logs: () => Iterable<PartitionLog>, later: (delayMs: number, step: () => void) => void) {
    this.#world = world;
    this.#config = config;
    this.#logs = logs;
    this.#later = later;
    this.#lastLookMs = world.clock.monotonicMs();
  }

  /** The largest share of a log that was dirty when they were looked at last: 0 to 1. */
  get maxDirtyRatio(): number {
    return this.#maxDirtyRatio;
  }
  /** When that was, in monotonic time; before the first time, when this began. */
  get lastLookMs(): number {
    return this.#lastLookMs;
  }
  get unreadable(): ReadonlySet<PartitionLog> {
    return this.#unreadable;
  }

  start(): void {
    this.#later(this.#config.backoffMs, () => this.#next());
  }

  #next(): void {
    const nowMs = this.#world.clock.wallMs();
    this.#lastLookMs = this.#world.clock.monotonicMs();
    this.#maxDirtyRatio = 0;
    let best: { readonly log: PartitionLog; readonly ratio: number } | undefined;
    for (const log of this.#logs()) {
      const range = this.#unreadable.has(log) ? undefined : log.dirtyRange(nowMs);
      if (range === undefined) continue;
      if (range.ratio > this.#maxDirtyRatio) this.#maxDirtyRatio = range.ratio;
      if (log.isCleaningDue(range) && (best === undefined || range.ratio > best.ratio)) best = { log, ratio: range.ratio };
    }
    const cleaning = best?.log.beginCleaning(this.#config.maxKeys, nowMs);
    if (best === undefined || cleaning === undefined) this.start();
    else this.#goOn(best.log, cleaning);
  }

  #goOn(log: PartitionLog, cleaning: Cleaning): void {
    this.#later(0, () => {
      const step = cleaning.step();
      if (step.ok && step.value === undefined) this.#goOn(log, cleaning);
      else this.#ended(log, step.ok ? step.value : undefined);
    });
  }

  #ended(log: PartitionLog, outcome: CleaningOutcome | undefined): void {
    if (outcome === 'unreadable') this.#unreadable.add(log);
    if (outcome === 'cleaned') this.#next();
    else this.start();
  }
}
