/**
 * One partition's log: appends, reads, truncates and says what is durable. Owns the offsets and what follows from each change to them; files
 * are the segments', durability the flusher's, decisions the rules'. What may be appended is decided before (validate.ts, replication).
 * Everything answers KAFKA_STORAGE_ERROR once the log directory has failed. Source: Kafka's UnifiedLog and LocalLog.
 */
import type { DiskError } from '../../io/disk.ts';
import { type LeaderEpoch, type Offset, offset } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { invariant, unreachable } from '../../model/invariant.ts';
import { done, failed, ok, type Result } from '../../model/result.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import { type Uuid, zeroUuid } from '../../model/uuid.ts';
import {
  baseOffsetAt,
  batchBytesAt,
  computeCrc,
  crcAt,
  currentMagic,
  lastOffsetAt,
  leaderEpochAt,
  magicAt,
  maxTimestampAt,
  stampBatch,
} from '../../protocol/records/batch-header.ts';
import { batchAt } from '../../protocol/records/split.ts';
import { maxRelativeOffset, type TruncateStep } from '../rules/log.ts';
import type { DirtyRange } from '../rules/log-cleaning.ts';
import type { AbortedTransaction } from '../rules/log-transactions.ts';
import type { AppendSource } from '../rules/producer.ts';
import { Cleaning, cleanedSegments } from './cleaning.ts';
import { removeFolder, writeText } from './files.ts';
import type { LeaderEpochCache } from './leader-epoch-cache.ts';
import type { LogConfig } from './log-config.ts';
import type { LogContext } from './log-directory.ts';
import { LogFlusher } from './log-flusher.ts';
import { type LogSlice, SegmentSlice, type SliceOwner } from './log-slice.ts';
import { type FoundOffset, findMaxTimestamp, findTimestamp } from './offset-lookup.ts';
import { type ProducerStateManager, takeSequenced } from './producer-state.ts';
import { deleteOldSegments, type RetainedLog } from './retention.ts';
import { RollWatch } from './roll-watch.ts';
import type { SegmentList } from './segment-list.ts';
import { fileNames, formatPartitionMetadata } from './text-formats.ts';

export type { FoundOffset } from './offset-lookup.ts';

/** What an append did. Offsets inclusive; when no batch was taken, `last` is base - 1 and byteLength 0. */
export interface AppendInfo {
  readonly base: Offset;
  readonly last: Offset;
  readonly byteLength: number;
  /** Nothing was written: the batch had been, there, with this largest timestamp. */
  readonly duplicate?: { readonly timestampMs: number };
}

/** What a log is made of, as a loader found it or as a new one begins. */
export interface LogState {
  readonly context: LogContext;
  readonly partition: TopicPartition;
  /** The zero uuid when the folder names none. */
  readonly topicId: Uuid;
  readonly config: LogConfig;
  readonly segments: SegmentList;
  readonly epochs: LeaderEpochCache;
  /** All that the segments hold is taken into account. */
  readonly producers: ProducerStateManager;
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  readonly recoveryPoint: Offset;
  readonly highWatermark: Offset;
  readonly cleanedTo: Offset;
}

export class PartitionLog {
  readonly partition: TopicPartition;
  config: LogConfig;
  readonly epochs: LeaderEpochCache;
  readonly producers: ProducerStateManager;
  /**
   * Kept here for its checkpoint, set by replication: at load the checkpointed value, within [logStart, logEnd]. A truncation lowers it.
   */
  highWatermark: Offset;
  /** Kept here for its checkpoint, set by the cleaner: everything below was compacted. A truncation lowers it. */
  cleanedTo: Offset;
  readonly #context: LogContext;
  readonly #segments: SegmentList;
  readonly #flusher: LogFlusher;
  #topicId: Uuid;
  #logStartOffset: Offset;
  #logEndOffset: Offset;
  /** Wall time of the first append since the last sync was asked for; undefined when there is none. */
  #unsyncedSinceMs: number | undefined;
  readonly #rollWatch: RollWatch;
  readonly #owner: SliceOwner;

  constructor(state: LogState) {
    this.partition = state.partition;
    this.config = state.config;
    this.epochs = state.epochs;
    this.producers = state.producers;
    this.highWatermark = state.highWatermark;
    this.cleanedTo = state.cleanedTo;
    this.#context = state.context;
    this.#segments = state.segments;
    this.#topicId = state.topicId;
    this.#logStartOffset = state.logStartOffset;
    this.#logEndOffset = state.logEndOffset;
    this.#rollWatch = new RollWatch(state.context.rules);
    this.#flusher = new LogFlusher(state.context, state.partition, state.segments, state.recoveryPoint);
    this.#owner = {
      directory: state.context.directory,
      servesBatch: (bytes, at, after) => this.#servesBatch(bytes, at, after),
      damaged: (at) => this.#damaged(at),
    };
    this.#check();
  }

  get topicId(): Uuid {
    return this.#topicId;
  }
  get logStartOffset(): Offset {
    return this.#logStartOffset;
  }
  /** The offset that the next record gets. */
  get logEndOffset(): Offset {
    return this.#logEndOffset;
  }
  /** Everything below is replicated and decided: readers of committed records get no further. Within [logStart, highWatermark]. */
  get lastStableOffset(): Offset {
    return this.producers.lastStableOffset(this.#logStartOffset, this.highWatermark);
  }
  /** Everything below was synced; recovery begins there. */
  get recoveryPoint(): Offset {
    return this.#flusher.recoveryPoint;
  }
  get offline(): boolean {
    return this.#context.directory.offline;
  }
  /** The name of the log directory it lies in. */
  get directory(): string {
    return this.#context.directory.name;
  }
  /** Its id. */
  get directoryId(): Uuid {
    return this.#context.directory.id;
  }
  get firstSegmentBase(): Offset {
    return this.#segments.first.baseOffset;
  }
  /** Segment files, at least one. */
  get segmentCount(): number {
    return this.#segments.count;
  }
  /** What its segments' batches take, without indexes (UnifiedLog.size). */
  get sizeBytes(): number {
    return this.#segments.all().reduce((sum, segment) => sum + segment.size, 0);
  }
  /** Wall time of the first append that no sync covers yet, for flush.ms; undefined when all is synced or being synced. */
  get unsyncedSinceMs(): number | undefined {
    return this.#unsyncedSinceMs;
  }

  /** Writes the topic's id into the folder of a log that has none. */
  assignTopicId(topicId: Uuid): Result<void, ErrorCode> {
    if (this.offline) return this.#fail('EIO');
    invariant(this.#topicId === zeroUuid, 'a log belongs to one topic', this.partition);
    const written = writeText(this.#context.directory.disk, this.#segments.folder, fileNames.partitionMetadata, formatPartitionMetadata(topicId));
    if (!written.ok) return this.#fail(written.error);
    this.#topicId = topicId;
    return done;
  }

  /**
   * Stamps the next offsets and the leader's epoch into `batch`, exactly one whole batch that has been validated, and writes it.
   * The bytes stay the caller's, but are changed. `nowMs` is wall time. A batch of an idempotent producer that stands here already is not
   * written again; one that is not its next one is refused: OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH.
   */
  appendAsLeader(batch: Uint8Array, epoch: LeaderEpoch, nowMs: number): Result<AppendInfo, ErrorCode> {
    if (this.offline) return this.#fail('EIO');
    invariant(batchAt(batch, 0, batch.length) === batch.length, 'a leader appends one whole batch', batch.length);
    const verdict = this.producers.check(batch, 0);
    if (verdict.type === 'refused') return failed(verdict.error);
    if (verdict.type === 'duplicate') {
      const { firstOffset, lastOffset, timestampMs } = verdict.batch;
      return ok({ base: firstOffset, last: lastOffset, byteLength: 0, duplicate: { timestampMs } });
    }
    const base = this.#logEndOffset;
    stampBatch(batch, 0, base, epoch);
    const rolled = this.#rollIfDue(batch, 0, 0, nowMs);
    if (!rolled.ok) return rolled;
    for (const step of this.#context.rules.appendSteps(epoch > this.epochs.latest())) {
      const taken = step === 'assignEpoch' ? this.epochs.assign(epoch, base) : this.#write(batch, 0, batch.length, nowMs, 'leader');
      if (!taken.ok) return taken;
    }
    const flushed = this.#flushIfDue();
    if (!flushed.ok) return flushed;
    return ok({ base, last: (this.#logEndOffset - 1) as Offset, byteLength: batch.length });
  }

  /**
   * Appends what a follower fetched: whole batches with their offsets and epochs, up to the first one of an epoch above `upToEpoch`; a batch
   * cut at the end is left out. CORRUPT_MESSAGE when a batch is damaged, OFFSET_OUT_OF_RANGE when one lies below the log end: then nothing
   * is appended.
   */
  appendAsFollower(records: Uint8Array, upToEpoch: LeaderEpoch): Result<AppendInfo, ErrorCode> {
    if (this.offline) return this.#fail('EIO');
    const accepted = this.#acceptFetched(records, upToEpoch);
    if (!accepted.ok) return accepted;
    const end = accepted.value;
    const base = end === 0 ? this.#logEndOffset : baseOffsetAt(records, 0);
    if (end > 0 && base < this.#logEndOffset) {
      const restarted = this.truncateFullyAndStartAt(base);
      if (!restarted.ok) return restarted;
    }
    const nowMs = this.#context.world.clock.wallMs();
    // Batches that go into one segment and need no new epoch are one write.
    let from = 0;
    for (let at = 0; at < end; ) {
      const epoch = leaderEpochAt(records, at);
      if (this.#rollWatch.due(this.#segments.active, this.config, records, at, at - from, nowMs)) {
        const written = this.#write(records, from, at, nowMs, 'follower');
        const rolled = written.ok ? this.#roll(lastOffsetAt(records, at)) : written;
        if (!rolled.ok) return rolled;
        from = at;
      }
      for (const step of this.#context.rules.appendSteps(epoch > this.epochs.latest())) {
        const taken = step === 'assignEpoch' ? this.epochs.assign(epoch, baseOffsetAt(records, at)) : done;
        if (!taken.ok) return taken;
      }
      at += batchBytesAt(records, at);
    }
    const written = this.#write(records, from, end, nowMs, 'follower');
    const flushed = written.ok ? this.#flushIfDue() : written;
    if (!flushed.ok) return flushed;
    return ok({ base, last: (this.#logEndOffset - 1) as Offset, byteLength: end });
  }

  /**
   * What is stored from the batch that holds `from` on: never a batch that reaches `upTo`, at most `maxBytes`, of one segment.
   * The last batch may be cut; a first batch that does not fit is left out, or returned whole with `atLeastOne`.
   * OFFSET_OUT_OF_RANGE outside [logStart, logEnd].
   */
  read(from: Offset, upTo: Offset, maxBytes: number, atLeastOne: boolean): Result<LogSlice, ErrorCode> {
    if (this.offline) return this.#fail('EIO');
    if (from < this.#logStartOffset || from > this.#logEndOffset) return failed(ErrorCode.OFFSET_OUT_OF_RANGE);
    let segment = this.#segments.active;
    if (from >= upTo || from === this.#logEndOffset) return ok(new SegmentSlice(segment, this.#owner, 0, 0, from, from));
    for (let index = this.#segments.floor(from); index < this.#segments.count; index++) {
      segment = this.#segments.at(index);
      const first = segment.reaching(from);
      if (!first.ok) return this.#fail(first.error);
      if (first.value === undefined) continue;
      const bound = upTo >= segment.nextOffset ? ok(undefined) : segment.reaching(upTo);
      if (!bound.ok) return this.#fail(bound.error);
      const start = first.value.position;
      const available = (bound.value?.position ?? segment.size) - start;
      const firstBytes = first.value.end - start;
      if (available <= 0 || (firstBytes > maxBytes && !atLeastOne)) break;
      const length = Math.min(available, Math.max(firstBytes, maxBytes));
      const last = segment.lastWithin(first.value, start + length);
      if (!last.ok) return this.#fail(last.error);
      return ok(new SegmentSlice(segment, this.#owner, start, length, first.value.base, (last.value + 1) as Offset));
    }
    return ok(new SegmentSlice(segment, this.#owner, 0, 0, from, from));
  }

  /** The aborted transactions that who reads [from, upTo) has to know of, in the order of their markers. */
  abortedTransactions(from: Offset, upTo: Offset): readonly AbortedTransaction[] {
    return this.#segments.aborted(from, upTo);
  }

  /**
   * Removes all at and above `to`; a batch that holds `to` in its middle goes whole, so the log may end lower. Epochs without records that
   * start there go even when no record does (KAFKA-10706).
   */
  truncateTo(to: Offset): Result<void, ErrorCode> {
    if (this.offline) return this.#fail('EIO');
    if (to >= this.#logEndOffset) return this.#truncateAtEnd(to);
    if (to < this.#segments.first.baseOffset) return this.truncateFullyAndStartAt(to);
    const index = this.#segments.floor(to);
    const segment = this.#segments.at(index);
    const found = segment.reaching(to);
    if (!found.ok) return this.#fail(found.error);
    const position = found.value?.position ?? segment.size;
    // A batch that holds `to` goes whole; where compaction has left a gap, the log ends before it and not inside.
    const before = segment.endBefore(position);
    if (!before.ok) return this.#fail(before.error);
    const end = before.value;
    const startBefore = this.#logStartOffset;
    for (const step of this.#context.rules.truncateSteps(true)) {
      const taken = this.#truncateStep(step, index, position, end);
      if (!taken.ok) return taken;
    }
    this.#check();
    if (this.#logStartOffset !== startBefore)
      this.#context.world.observe({ type: 'logStart', partition: this.partition, offset: this.#logStartOffset });
    return done;
  }

  /** Nothing goes but epochs without a record. */
  #truncateAtEnd(to: Offset): Result<void, ErrorCode> {
    return this.#context.rules.truncateSteps(false).includes('trimEpochs') ? this.epochs.truncateFromEnd(to) : done;
  }

  #truncateStep(step: TruncateStep, index: number, position: number, end: Offset): Result<void, ErrorCode> {
    switch (step) {
      case 'cutFiles': {
        const from = this.#logEndOffset;
        const cut = this.#segments.cut(index, position);
        // Told whatever comes after it: also where the cut fails on the way, nobody vouches for what was above any more.
        this.#context.world.observe({ type: 'truncated', partition: this.partition, to: end, from });
        if (!cut.ok) return this.#fail(cut.error);
        this.#moveEnd(end);
        return done;
      }
      case 'syncFiles': {
        const synced = this.#segments.at(index).sync();
        return synced.ok ? done : this.#fail(synced.error);
      }
      case 'trimEpochs':
        return this.epochs.truncateFromEnd(end);
      case 'rebuildProducers':
        return this.#rebuildProducers(end);
      case 'recoveryPoint':
        return this.#context.checkpoint();
      default:
        return unreachable(step);
    }
  }

  /** Drops everything; the next record stands at `at`, which may be above or below what was there. */
  truncateFullyAndStartAt(at: Offset): Result<void, ErrorCode> {
    if (this.offline) return this.#fail('EIO');
    const from = this.#logEndOffset;
    // Also what lies below the log start, hidden but stored, is gone.
    const to = offset(Math.min(this.firstSegmentBase, at));
    const removed = this.#segments.removeFrom(0);
    // Told whatever comes after it, as in a truncation.
    this.#context.world.observe({ type: 'truncated', partition: this.partition, to, from });
    if (!removed.ok) return this.#fail(removed.error);
    const cleared = this.producers.clear();
    if (!cleared.ok) return this.#fail(cleared.error);
    const created = this.#segments.create(at, this.config.segmentJitterMs);
    if (!created.ok) return this.#fail(created.error);
    const named = this.#context.directory.disk.syncDirectory(this.#segments.folder);
    if (!named.ok) return this.#fail(named.error);
    this.#moveEnd(at);
    this.#logStartOffset = at;
    this.highWatermark = at;
    const forgotten = this.epochs.replace([]);
    const checkpointed = forgotten.ok ? this.#context.checkpoint() : forgotten;
    if (!checkpointed.ok) return checkpointed;
    this.#check();
    this.#context.world.observe({ type: 'logStart', partition: this.partition, offset: at });
    return done;
  }

  /** Hides what lies below `to`; never goes back. OFFSET_OUT_OF_RANGE above the log end. Durable with the next checkpoint. */
  advanceLogStart(to: Offset): Result<void, ErrorCode> {
    if (this.offline) return this.#fail('EIO');
    if (to > this.#logEndOffset) return failed(ErrorCode.OFFSET_OUT_OF_RANGE);
    if (to <= this.#logStartOffset) return done;
    this.#logStartOffset = to;
    if (this.highWatermark < to) this.highWatermark = to;
    const trimmed = this.epochs.truncateFromStart(to);
    if (!trimmed.ok) return trimmed;
    this.#context.world.observe({ type: 'logStart', partition: this.partition, offset: to });
    return done;
  }

  /** Deletes what retention allows, whole segments from the lowest on; answers how many. `nowMs` is wall time. */
  deleteOldSegments(nowMs: number): Result<number, ErrorCode> {
    if (this.offline) return this.#fail('EIO');
    return deleteOldSegments(this.#inside(), nowMs);
  }

  /** What compaction could look at now; undefined when there is nothing, or the topic is not compacted. `nowMs` is wall time. */
  dirtyRange(nowMs: number): DirtyRange | undefined {
    const { config } = this;
    const { cleaning } = this.#context.rules;
    if (this.offline || !config.cleanupPolicy.includes('compact')) return undefined;
    return cleaning.dirtyRange({
      segments: cleanedSegments(this.#segments.all()),
      cleanedTo: this.cleanedTo,
      logStartOffset: this.#logStartOffset,
      lastStableOffset: this.lastStableOffset,
      recoveryPoint: this.recoveryPoint,
      nowMs,
      minCompactionLagMs: config.minCompactionLagMs,
      maxCompactionLagMs: config.maxCompactionLagMs,
    });
  }

  /** Is it worth while? */
  isCleaningDue(range: DirtyRange): boolean {
    return this.#context.rules.cleaning.cleaningDue(range, this.config.minCleanableDirtyRatio);
  }

  /** A pass of compaction over what is due, to be carried out step by step; at most one at a time. */
  beginCleaning(maxKeys: number, nowMs: number): Cleaning | undefined {
    const range = this.dirtyRange(nowMs);
    return range === undefined || !this.isCleaningDue(range) ? undefined : new Cleaning(this.#inside(), range, maxKeys, nowMs);
  }

  #inside(): RetainedLog {
    return { log: this, context: this.#context, segments: this.#segments, roll: () => this.#roll(offset(this.#logEndOffset - 1)) };
  }

  /** The first record below `upTo` whose timestamp is at or above `timestampMs`. */
  offsetForTimestamp(timestampMs: number, upTo: Offset): Result<FoundOffset | undefined, ErrorCode> {
    if (this.offline) return this.#fail('EIO');
    return this.#found(findTimestamp(this.#segments.all(), timestampMs, this.#logStartOffset, upTo));
  }

  /** The first record with the largest timestamp of the log (KIP-734). */
  maxTimestamp(): Result<FoundOffset | undefined, ErrorCode> {
    if (this.offline) return this.#fail('EIO');
    return this.#found(findMaxTimestamp(this.#segments.all(), this.#logStartOffset));
  }

  /** Writes what is known of producers beside the segments, durably: the next start need not look at older batches. */
  snapshotProducers(): Result<void, ErrorCode> {
    if (this.offline) return this.#fail('EIO');
    const taken = this.producers.takeSnapshot(this.#logEndOffset, true);
    return taken.ok ? done : this.#fail(taken.error);
  }

  /** Makes everything durable before it returns. */
  flush(): Result<void, ErrorCode> {
    if (this.offline) return this.#fail('EIO');
    this.#unsyncedSinceMs = undefined;
    return this.#flusher.flush(this.#logEndOffset);
  }

  /** Makes everything durable in the background; `synced` is observed then. */
  flushLater(): void {
    if (this.offline) return;
    this.#unsyncedSinceMs = undefined;
    this.#flusher.flushLater(this.#logEndOffset);
  }

  /** Completes the time index of the active segment, durably. Nothing is appended afterwards. */
  seal(): Result<void, ErrorCode> {
    if (this.offline) return this.#fail('EIO');
    const { active } = this.#segments;
    const sealed = active.seal();
    const synced = sealed.ok ? active.syncIndexes() : sealed;
    return synced.ok ? done : this.#fail(synced.error);
  }

  /** Closes the files; nothing is synced. */
  close(): void {
    this.#flusher.close();
    this.#segments.close();
  }

  /** Another log takes its place: nothing is written any more, what is being read can be read on. */
  retire(): void {
    this.#flusher.close();
  }

  /** Closes the log and removes its folder at once; LogManager.remove is the gentle way. */
  remove(): Result<void, ErrorCode> {
    this.close();
    const { directory, world } = this.#context;
    const removed = removeFolder(directory.disk, this.#segments.folder);
    if (!removed.ok) return this.#fail(removed.error);
    world.observe({ type: 'logRemoved', partition: this.partition });
    return done;
  }

  /** How many bytes of the fetched batches are taken: up to the first that belongs to a later fetch. */
  #acceptFetched(records: Uint8Array, upToEpoch: LeaderEpoch): Result<number, ErrorCode> {
    const { rules } = this.#context;
    let start = this.#logStartOffset;
    let next = this.#logEndOffset;
    let at = 0;
    for (;;) {
      const length = batchAt(records, at, records.length);
      if (length === 0) return ok(at);
      if (typeof length !== 'number') return failed(ErrorCode.CORRUPT_MESSAGE);
      if (computeCrc(records, at) !== crcAt(records, at)) {
        this.#context.world.observe({ type: 'damageReceived', partition: this.partition, offset: next });
        return failed(ErrorCode.CORRUPT_MESSAGE);
      }
      const base = baseOffsetAt(records, at);
      const last = lastOffsetAt(records, at);
      const verdict = rules.fetchedBatch(base, last, leaderEpochAt(records, at), start, next, upToEpoch);
      if (verdict === 'stop') return ok(at);
      if (verdict === 'outOfOrder') return failed(ErrorCode.OFFSET_OUT_OF_RANGE);
      if (verdict === 'restart') start = base;
      next = (last + 1) as Offset;
      at += length;
    }
  }

  /** Writes whole batches into the active segment and takes them into account, one by one. */
  #write(bytes: Uint8Array, from: number, to: number, nowMs: number, source: AppendSource): Result<void, ErrorCode> {
    if (from === to) return done;
    const segment = this.#segments.active;
    const position = segment.size;
    const written = segment.write(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
    if (this.#context.rules.afterWrite(written.ok) === 'directoryFails') return this.#fail(written.ok ? 'EIO' : written.error);
    this.#unsyncedSinceMs ??= nowMs;
    for (let at = from; at < to; at += batchBytesAt(bytes, at)) {
      const base = baseOffsetAt(bytes, at);
      const last = lastOffsetAt(bytes, at);
      invariant(base >= this.#logEndOffset, 'offsets of a log ascend', base, this.#logEndOffset);
      const noted = segment.noteBatch(base, last, position + at - from, maxTimestampAt(bytes, at), this.config.indexIntervalBytes);
      if (!noted.ok) return this.#fail(noted.error);
      const aborted = this.producers.appended(bytes, at, source);
      const indexed = aborted === undefined ? done : segment.transactions.append(aborted);
      if (!indexed.ok) return this.#fail(indexed.error);
      this.#logEndOffset = (last + 1) as Offset;
      this.#context.world.observe({
        type: 'appended',
        partition: this.partition,
        base,
        last,
        epoch: leaderEpochAt(bytes, at),
        crc: crcAt(bytes, at),
      });
    }
    return done;
  }

  #rollIfDue(bytes: Uint8Array, at: number, pendingBytes: number, nowMs: number): Result<void, ErrorCode> {
    return this.#rollWatch.due(this.#segments.active, this.config, bytes, at, pendingBytes, nowMs) ? this.#roll(lastOffsetAt(bytes, at)) : done;
  }

  /** Closes the active segment for writing: it is synced in the background, and the next record begins a new file. */
  #roll(lastOffset: Offset): Result<void, ErrorCode> {
    const base = offset(Math.max(this.#logEndOffset, lastOffset - maxRelativeOffset));
    const old = this.#segments.active;
    if (old.size === 0 && old.baseOffset === base) return done;
    const sealed = old.seal();
    const created = sealed.ok ? this.#segments.create(base, this.config.segmentJitterMs) : sealed;
    if (!created.ok) return this.#fail(created.error);
    // Recovery of the new segment can begin with what is known at its first offset.
    const taken = this.producers.takeSnapshot(base, false);
    if (!taken.ok) return this.#fail(taken.error);
    this.#flusher.flushLater(this.#logEndOffset);
    return done;
  }

  /** flush.messages: so many records without a sync, and the append waits for one. */
  #flushIfDue(): Result<void, ErrorCode> {
    return this.#logEndOffset - this.#flusher.recoveryPoint >= this.config.flushMessages ? this.flush() : done;
  }

  /** The log ends here from now on; what was above is gone from the files. */
  #moveEnd(end: Offset): void {
    this.#logEndOffset = end;
    this.#flusher.truncated(end);
    if (this.#logStartOffset > end) this.#logStartOffset = end;
    if (this.highWatermark > end) this.highWatermark = end;
    if (this.cleanedTo > end) this.cleanedTo = end;
  }

  /** After a cut at `end`: what the log knows of producers is what its batches say. */
  #rebuildProducers(end: Offset): Result<void, ErrorCode> {
    if (!this.producers.reaches(end)) return done;
    const rebuilt = this.producers.rebuild(this.#logStartOffset, end, (from, take) =>
      this.#segments.walkChecked(from, (bytes, at) => takeSequenced(bytes, at, take)),
    );
    return rebuilt.ok ? done : this.#fail(rebuilt.error);
  }

  #servesBatch(bytes: Uint8Array, at: number, after: Offset): boolean {
    const base = baseOffsetAt(bytes, at);
    const inPlace = base >= after && this.epochs.covers(leaderEpochAt(bytes, at), lastOffsetAt(bytes, at)) && magicAt(bytes, at) === currentMagic;
    return this.#context.rules.servesBatch({ intact: computeCrc(bytes, at) === crcAt(bytes, at), inPlace });
  }

  #damaged(at: Offset): void {
    this.#context.world.observe({ type: 'damageFound', partition: this.partition, offset: at });
    this.#fail('EIO');
  }

  #found(result: Result<FoundOffset | undefined, DiskError | 'corrupt'>): Result<FoundOffset | undefined, ErrorCode> {
    if (result.ok) return result;
    return result.error === 'corrupt' ? failed(ErrorCode.CORRUPT_MESSAGE) : this.#fail(result.error);
  }

  #fail(error: DiskError): Result<never, ErrorCode> {
    return this.#context.directory.fail(error);
  }

  #check(): void {
    invariant(this.#logStartOffset <= this.#logEndOffset, 'a log starts before it ends', this.#logStartOffset, this.#logEndOffset);
    invariant(this.recoveryPoint <= this.#logEndOffset, 'nothing beyond the log end is synced', this.recoveryPoint, this.#logEndOffset);
  }
}
