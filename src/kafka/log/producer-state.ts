/**
 * What one log knows of the idempotent producers that write to it, and of their transactions: kept in memory by every append, whoever made it,
 * and in snapshot files from which it is rebuilt when the log is opened or cut. Owns the entries and those files; decisions are the rules', the
 * batches and the index of what was aborted the log's.
 * A log that no idempotent producer has written to has no snapshots. Source: Kafka's ProducerStateManager.
 */
import type { DiskError } from '../../io/disk.ts';
import { type Offset, offset } from '../../model/brand.ts';
import { done, ok, type Result } from '../../model/result.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import {
  attribute,
  attributesAt,
  BatchView,
  baseOffsetAt,
  baseSequenceAt,
  lastOffsetAt,
  lastOffsetDeltaAt,
  maxTimestampAt,
  producerEpochAt,
  producerIdAt,
} from '../../protocol/records/batch-header.ts';
import { endMarkerOf } from '../../protocol/records/end-marker.ts';
import { sequenceAfter } from '../../protocol/records/sequence.ts';
import type { AbortedTransaction, CompletedTransaction, StabilityFacts } from '../rules/log-transactions.ts';
import type { AppendSource, PlacedBatch, ProducerEntry, SequenceVerdict } from '../rules/producer.ts';
import { inFolder, readBytes, removeIfThere, writeFully } from './files.ts';
import type { LogContext } from './log-directory.ts';
import { decodeSnapshot, encodeSnapshot } from './producer-snapshot.ts';
import { snapshotFileName } from './segment-files.ts';

/** Gives each batch in [from, end) that has a producer, in the order of the log. */
export type ReplayBatches = (from: Offset, take: (batch: PlacedBatch) => void) => Result<void, DiskError>;

const append: SequenceVerdict = { type: 'append' };

/** A whole batch of a producer; undefined when nobody in particular wrote it, and for a marker that compaction has emptied. */
export function sequencedBatchAt(bytes: Uint8Array, at: number): PlacedBatch | undefined {
  const producerId = producerIdAt(bytes, at);
  if (producerId < 0) return undefined;
  const attributes = attributesAt(bytes, at);
  const marker = (attributes & attribute.control) === 0 ? undefined : endMarkerOf(new BatchView(bytes, at));
  if ((attributes & attribute.control) !== 0 && marker === undefined) return undefined;
  const firstSequence = baseSequenceAt(bytes, at);
  return {
    producerId,
    epoch: producerEpochAt(bytes, at),
    firstSequence,
    lastSequence: sequenceAfter(firstSequence, lastOffsetDeltaAt(bytes, at)),
    firstOffset: baseOffsetAt(bytes, at),
    lastOffset: lastOffsetAt(bytes, at),
    timestampMs: maxTimestampAt(bytes, at),
    transactional: (attributes & attribute.transactional) !== 0,
    marker,
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
  /** Those without a marker, in the order in which they began. */
  #ongoing: { readonly producerId: number; readonly firstOffset: Offset }[] = [];
  /** Those whose markers may not be replicated, in the order of the markers. */
  #unreplicated: CompletedTransaction[] = [];
  readonly #stability: { -readonly [Fact in keyof StabilityFacts]: StabilityFacts[Fact] } = {
    undecided: undefined,
    unreplicated: undefined,
    logStartOffset: offset(0),
    highWatermark: offset(0),
  };
  /** Behind the last batch that was taken into account. */
  #takenTo = 0;
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

  /** See PartitionLog; asked by every read. */
  lastStableOffset(logStartOffset: Offset, highWatermark: Offset): Offset {
    const facts = this.#stability;
    facts.undecided = this.#ongoing[0]?.firstOffset;
    facts.unreplicated = this.#firstUnreplicated(highWatermark);
    facts.logStartOffset = logStartOffset;
    facts.highWatermark = highWatermark;
    return this.#context.rules.transactions.lastStableOffset(facts);
  }

  /** What becomes of a batch that a client produces, or of a marker that a coordinator writes. */
  check(bytes: Uint8Array, at: number): SequenceVerdict {
    const batch = sequencedBatchAt(bytes, at);
    return batch === undefined ? append : this.#context.producerRules.checkSequence(this.#entries.get(batch.producerId), batch);
  }

  /** A batch is in the log. Answers the transaction that it has aborted, if it has. */
  appended(bytes: Uint8Array, at: number, source: AppendSource): AbortedTransaction | undefined {
    const batch = sequencedBatchAt(bytes, at);
    return batch === undefined ? undefined : this.#take(batch, source);
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
    return (this.#snapshots[this.#snapshots.length - 1] ?? end) > end || this.#takenTo > end;
  }

  /**
   * Starts anew from the best snapshot up to `upTo`, at most the log end, and all batches above it. Snapshots that do not fit, and damaged ones,
   * are gone durably afterwards: a log that grows past one again would take it for its own. `aborted` is told of the transactions that were
   * aborted above `upTo`, and maybe of some below.
   */
  rebuild(
    logStart: Offset,
    upTo: Offset,
    replay: ReplayBatches,
    aborted: (transaction: AbortedTransaction) => void = () => {},
  ): Result<void, DiskError> {
    const usable = this.#context.producerRules.usableSnapshots(this.#snapshots, logStart, upTo);
    const kept = this.#keepOnly(this.#snapshots.filter((at) => usable.includes(at)));
    if (!kept.ok) return kept;
    this.#forgetAll();
    let from = logStart;
    for (const at of usable) {
      const loaded = this.#load(at);
      if (!loaded.ok) return loaded;
      if (loaded.value) {
        from = at;
        this.#takenTo = at;
        if (this.#entries.size > 0) this.#context.world.observe({ type: 'producersRebuilt', partition: this.#folder, from });
        break;
      }
      const removed = this.#keepOnly(this.#snapshots.filter((other) => other !== at));
      if (!removed.ok) return removed;
    }
    return replay(from, (batch) => {
      const ended = this.#take(batch, 'replay');
      if (ended !== undefined) aborted(ended);
    });
  }

  /** Nothing is left of the log: forgets everything. */
  clear(): Result<void, DiskError> {
    this.#forgetAll();
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

  /** Where the first one begins whose marker stands at or above the high watermark; forgets those below. */
  #firstUnreplicated(highWatermark: Offset): Offset | undefined {
    if (this.#unreplicated.length === 0) return undefined;
    if ((this.#unreplicated[0]?.lastOffset ?? highWatermark) < highWatermark)
      this.#unreplicated = this.#unreplicated.filter(({ lastOffset }) => lastOffset >= highWatermark);
    let first: Offset | undefined;
    for (const { firstOffset } of this.#unreplicated) if (first === undefined || firstOffset < first) first = firstOffset;
    return first;
  }

  #forgetAll(): void {
    this.#entries.clear();
    this.#ongoing = [];
    this.#unreplicated = [];
    this.#takenTo = 0;
  }

  #take(batch: PlacedBatch, source: AppendSource): AbortedTransaction | undefined {
    const before = this.#entries.get(batch.producerId);
    const after = this.#context.producerRules.afterAppend(before, batch, source);
    if (after !== undefined) this.#entries.set(batch.producerId, after);
    this.#takenTo = batch.lastOffset + 1;
    const began = before?.txnFirstOffset;
    const open = after?.txnFirstOffset;
    if (began === undefined && open !== undefined) this.#ongoing.push({ producerId: batch.producerId, firstOffset: open });
    return began !== undefined && open === undefined ? this.#complete(batch, began) : undefined;
  }

  #complete({ producerId, lastOffset, marker }: PlacedBatch, firstOffset: Offset): AbortedTransaction | undefined {
    const completed: CompletedTransaction = { producerId, firstOffset, lastOffset };
    this.#ongoing = this.#ongoing.filter((open) => open.firstOffset !== firstOffset);
    this.#unreplicated.push(completed);
    if (marker?.type !== 'abort') return undefined;
    return { ...completed, lastStableOffset: this.#context.rules.transactions.stableAfterAbort(completed, this.#ongoing[0]?.firstOffset) };
  }

  /** False when the snapshot is damaged. */
  #load(at: Offset): Result<boolean, DiskError> {
    const { directory, world, producerRules, producerIdExpirationMs } = this.#context;
    const bytes = readBytes(directory.disk, inFolder(this.#folder, snapshotFileName(at)));
    if (!bytes.ok) return bytes;
    const entries = bytes.value === undefined ? undefined : decodeSnapshot(bytes.value);
    if (!entries?.ok) return ok(false);
    const nowMs = world.clock.wallMs();
    for (const entry of entries.value) {
      if (producerRules.expired(entry, nowMs, producerIdExpirationMs)) continue;
      const { producerId, txnFirstOffset } = entry;
      this.#entries.set(producerId, entry);
      if (txnFirstOffset !== undefined) this.#ongoing.push({ producerId, firstOffset: txnFirstOffset });
    }
    this.#ongoing.sort((a, b) => a.firstOffset - b.firstOffset);
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
