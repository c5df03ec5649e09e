/**
 * What of one log is durable: syncs segments, at once or in the background, and advances the recovery point. A sync vouches only for what was
 * written before it was asked for, and a truncation meanwhile makes its result worthless. Source: UnifiedLog.flush, LocalLog.flush.
 */
import type { DiskError } from '../../io/disk.ts';
import type { Offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import { done, type Result } from '../../model/result.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { LogContext } from './log-directory.ts';
import type { Segment } from './segment.ts';
import type { SegmentList } from './segment-list.ts';

export class LogFlusher {
  readonly #context: LogContext;
  readonly #partition: TopicPartition;
  readonly #segments: SegmentList;
  #recoveryPoint: Offset;
  /** How far the background has been asked to sync. */
  #wanted: Offset;
  #underWay = false;
  /** Grows with every truncation. */
  #history = 0;
  #closed = false;

  constructor(context: LogContext, partition: TopicPartition, segments: SegmentList, recoveryPoint: Offset) {
    this.#context = context;
    this.#partition = partition;
    this.#segments = segments;
    this.#recoveryPoint = recoveryPoint;
    this.#wanted = recoveryPoint;
  }

  /** Everything below was synced. */
  get recoveryPoint(): Offset {
    return this.#recoveryPoint;
  }

  /** Syncs everything below `to`, which ends a batch, before it returns. */
  flush(to: Offset): Result<void, ErrorCode> {
    if (to <= this.#recoveryPoint) return done;
    const startMs = this.#context.world.clock.monotonicMs();
    for (const segment of this.#unsynced(to)) {
      const synced = segment.sync();
      if (!synced.ok) return this.#context.directory.fail(synced.error);
    }
    return this.#advance(to, startMs);
  }

  /** The same in the background; the log is told of an error by its directory going offline. */
  flushLater(to: Offset): void {
    if (to > this.#wanted) this.#wanted = to;
    if (!this.#underWay) this.#startNext();
  }

  /** The log ends at `to` from now on. */
  truncated(to: Offset): void {
    this.#history++;
    this.#underWay = false;
    if (to < this.#recoveryPoint) this.#recoveryPoint = to;
    if (to < this.#wanted) this.#wanted = to;
  }

  /** A background sync that is under way is of no concern any more. */
  close(): void {
    this.#closed = true;
  }

  /** Segments with bytes between the recovery point and `to`. */
  #unsynced(to: Offset): readonly Segment[] {
    const from = this.#segments.floor(this.#recoveryPoint);
    return this.#segments.all().filter((segment, index) => index >= from && segment.baseOffset < to);
  }

  #startNext(): void {
    if (this.#closed || this.#context.directory.offline || this.#wanted <= this.#recoveryPoint) return;
    this.#underWay = true;
    this.#syncNext(this.#unsynced(this.#wanted), 0, this.#wanted, this.#history, this.#context.world.clock.monotonicMs());
  }

  #syncNext(segments: readonly Segment[], index: number, to: Offset, history: number, startMs: number): void {
    const segment = segments[index];
    if (segment === undefined) {
      this.#underWay = false;
      if (to > this.#recoveryPoint) this.#advance(to, startMs);
      this.#startNext();
      return;
    }
    segment.syncLater((result: Result<void, DiskError>) => {
      if (this.#closed || history !== this.#history) return;
      if (result.ok) {
        this.#syncNext(segments, index + 1, to, history, startMs);
      } else {
        this.#underWay = false;
        this.#context.directory.fail(result.error);
      }
    });
  }

  /** A segment that is new since the recovery point needs its name made durable as well (KAFKA-3968). */
  #advance(to: Offset, startMs: number): Result<void, ErrorCode> {
    const { directory, flushes, world } = this.#context;
    if (this.#unsynced(to).some((segment) => segment.baseOffset >= this.#recoveryPoint)) {
      const named = directory.disk.syncDirectory(this.#segments.folder);
      if (!named.ok) return directory.fail(named.error);
    }
    this.#recoveryPoint = to;
    flushes.count++;
    flushes.totalMs += world.clock.monotonicMs() - startMs;
    world.observe({ type: 'synced', partition: this.#partition, to });
    return done;
  }
}
