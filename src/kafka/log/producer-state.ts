/**
 * What one log knows of the idempotent producers that write to it: kept in memory by every append, whoever made it, and in snapshot files
 * from which it is rebuilt when the log is opened or cut. Owns the entries and those files; decisions are the rules', the batches the log's.
 * A log that no idempotent producer has written to has no snapshots. Source: Kafka's ProducerStateManager.
 */
import type { DiskError } from '../../io/disk.ts';
import type { Offset } from '../../model/brand.ts';
import { done, ok, type Result } from '../../model/result.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import {
  baseOffsetAt,
  baseSequenceAt,
  lastOffsetAt,
  lastOffsetDeltaAt,
  maxTimestampAt,
  producerEpochAt,
  producerIdAt,
} from '../../protocol/records/batch-header.ts';
import { sequenceAfter } from '../../protocol/records/sequence.ts';
import type { AppendSource, PlacedBatch, ProducerEntry, SequenceVerdict } from '../rules/producer.ts';
import { inFolder, readBytes, removeIfThere, writeFully } from './files.ts';
import type { LogContext } from './log-directory.ts';
import { decodeSnapshot, encodeSnapshot } from './producer-snapshot.ts';
import { snapshotFileName } from './segment-files.ts';

/** Gives each batch in [from, end) that has a producer, in the order of the log. */
export type ReplayBatches = (from: Offset, take: (batch: PlacedBatch) => void) => Result<void, DiskError>;

const append: SequenceVerdict = { type: 'append' };

/** A batch of a producer, as its header tells; undefined when nobody in particular wrote it. */
export function sequencedBatchAt(bytes: Uint8Array, at: number): PlacedBatch | undefined {
  const producerId = producerIdAt(bytes, at);
  if (producerId < 0) return undefined;
  const firstSequence = baseSequenceAt(bytes, at);
  return {
    producerId,
    epoch: producerEpochAt(bytes, at),
    firstSequence,
    lastSequence: sequenceAfter(firstSequence, lastOffsetDeltaAt(bytes, at)),
    firstOffset: baseOffsetAt(bytes, at),
    lastOffset: lastOffsetAt(bytes, at),
    timestampMs: maxTimestampAt(bytes, at),
  };
}

/** Gives a walked batch's producer, if it has one; always goes on. */
export function takeSequenced(bytes: Uint8Array, at: number, take: (batch: PlacedBatch) => void): boolean {
  const batch = sequencedBatchAt(bytes, at);
  if (batch !== undefined) take(batch);
  return true;
}

export class ProducerStateManager {
  readonly #context: LogContext;
  readonly #folder: TopicPartition;
  readonly #entries = new Map<number, ProducerEntry>();
  /** Offsets of the snapshots on disk, ascending. */
  #snapshots: Offset[];

  /** `snapshots` are those that lie in the folder, in any order. */
  constructor(context: LogContext, folder: TopicPartition, snapshots: readonly Offset[]) {
    this.#context = context;
    this.#folder = folder;
    this.#snapshots = [...snapshots].sort((a, b) => a - b);
  }

  /** By producer id, in the order in which they were first seen. */
  get entries(): ReadonlyMap<number, ProducerEntry> {
    return this.#entries;
  }

  /** Offsets of the snapshots on disk, ascending. */
  get snapshots(): readonly Offset[] {
    return this.#snapshots;
  }

  /** What becomes of a batch that a client produces. */
  check(bytes: Uint8Array, at: number): SequenceVerdict {
    const batch = sequencedBatchAt(bytes, at);
    return batch === undefined ? append : this.#context.producerRules.checkSequence(this.#entries.get(batch.producerId), batch);
  }

  /** A batch is in the log. */
  appended(bytes: Uint8Array, at: number, source: AppendSource): void {
    const batch = sequencedBatchAt(bytes, at);
    if (batch !== undefined) this.#take(batch, source);
  }

  /** Forgets producers that were silent for too long; what snapshots say of them is left out when they are read. True when there were any. */
  expire(nowMs: number): boolean {
    const { producerRules, producerIdExpirationMs } = this.#context;
    const before = this.#entries.size;
    for (const [id, entry] of this.#entries) if (producerRules.expired(entry, nowMs, producerIdExpirationMs)) this.#entries.delete(id);
    return this.#entries.size < before;
  }

  /** Whether a cut at `end` takes away a batch that is remembered, or a snapshot. */
  reaches(end: Offset): boolean {
    if ((this.#snapshots[this.#snapshots.length - 1] ?? end) > end) return true;
    for (const entry of this.#entries.values()) if ((entry.batches[entry.batches.length - 1]?.lastOffset ?? -1) >= end) return true;
    return false;
  }

  /**
   * Starts anew from the best snapshot and the batches above it. Snapshots that do not fit, and damaged ones, are gone durably afterwards: a log
   * that grows past one again would take it for its own.
   */
  rebuild(logStart: Offset, logEnd: Offset, replay: ReplayBatches): Result<void, DiskError> {
    const usable = this.#context.producerRules.usableSnapshots(this.#snapshots, logStart, logEnd);
    const kept = this.#keepOnly(this.#snapshots.filter((at) => usable.includes(at)));
    if (!kept.ok) return kept;
    this.#entries.clear();
    let from = logStart;
    for (const at of usable) {
      const loaded = this.#load(at);
      if (!loaded.ok) return loaded;
      if (loaded.value) {
        from = at;
        if (this.#entries.size > 0) this.#context.world.observe({ type: 'producersRebuilt', partition: this.#folder, from });
        break;
      }
      const removed = this.#keepOnly(this.#snapshots.filter((other) => other !== at));
      if (!removed.ok) return removed;
    }
    return replay(from, (batch) => this.#take(batch, 'replay'));
  }

  /** Nothing is left of the log: forgets everything. */
  clear(): Result<void, DiskError> {
    this.#entries.clear();
    return this.#keepOnly([]);
  }

  /** The log has no segment below: nothing begins there any more. */
  removeBelow(at: Offset): Result<void, DiskError> {
    return this.#keepOnly(this.#snapshots.filter((other) => other >= at));
  }

  /** After a load: keeps the snapshots at the beginnings of segments, and the newest one. */
  removeStrays(segmentBases: readonly Offset[]): Result<void, DiskError> {
    const newest = this.#snapshots[this.#snapshots.length - 1];
    return this.#keepOnly(this.#snapshots.filter((at) => at === newest || segmentBases.includes(at)));
  }

  /**
   * Writes what is known, all appends below `at` being known and none above. `synced`: durable when it returns, else whenever the device likes: the
   * checksum tells a torn one.
   */
  takeSnapshot(at: Offset, synced: boolean): Result<void, DiskError> {
    if (this.#entries.size === 0 && this.#snapshots.length === 0) return done;
    const { disk } = this.#context.directory;
    const opened = disk.open(inFolder(this.#folder, snapshotFileName(at)), 'truncate');
    if (!opened.ok) return opened;
    const written = writeFully(opened.value, 0, encodeSnapshot(this.#entries.values()));
    const kept = written.ok && synced ? opened.value.sync() : written;
    opened.value.close();
    if (!kept.ok) return kept;
    if (!this.#snapshots.includes(at)) this.#snapshots = [...this.#snapshots, at].sort((a, b) => a - b);
    return synced ? disk.syncDirectory(this.#folder) : done;
  }

  #take(batch: PlacedBatch, source: AppendSource): void {
    const entry = this.#context.producerRules.afterAppend(this.#entries.get(batch.producerId), batch, source);
    if (entry !== undefined) this.#entries.set(batch.producerId, entry);
  }

  /** False when the snapshot is damaged. */
  #load(at: Offset): Result<boolean, DiskError> {
    const { directory, world, producerRules, producerIdExpirationMs } = this.#context;
    const bytes = readBytes(directory.disk, inFolder(this.#folder, snapshotFileName(at)));
    if (!bytes.ok) return bytes;
    const entries = bytes.value === undefined ? undefined : decodeSnapshot(bytes.value);
    if (!entries?.ok) return ok(false);
    const nowMs = world.clock.wallMs();
    for (const entry of entries.value) if (!producerRules.expired(entry, nowMs, producerIdExpirationMs)) this.#entries.set(entry.producerId, entry);
    return ok(true);
  }

  /** Removes the other files, the newest first, and makes that durable. */
  #keepOnly(kept: readonly Offset[]): Result<void, DiskError> {
    const { disk } = this.#context.directory;
    const gone = this.#snapshots.filter((at) => !kept.includes(at)).reverse();
    if (gone.length === 0) return done;
    for (const at of gone) {
      const removed = removeIfThere(disk, inFolder(this.#folder, snapshotFileName(at)));
      if (!removed.ok) return removed;
    }
    this.#snapshots = [...kept];
    return disk.syncDirectory(this.#folder);
  }
}
