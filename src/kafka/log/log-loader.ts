/**
 * Opens one log that is on disk, in steps of one segment or 1 MiB, so that a crash or a message can fall between them. Owns recovery: after an
 * unclean stop batches from the recovery point on are verified, the log ends before the first bad one, and what lies behind is removed.
 * Segments that a sync vouches for are opened by their indexes, and walked batch by batch where those are missing or end; damage there is a
 * storage error, since cutting it off silently would drop what was acknowledged. Source: Kafka's LogLoader, LogSegment.recover.
 */
import type { DiskError } from '../../io/disk.ts';
import { type LeaderEpoch, leaderEpoch, type Offset, offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import { done, failed, ok, type Result } from '../../model/result.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import { type Uuid, zeroUuid } from '../../model/uuid.ts';
import {
  baseOffsetAt,
  batchBytesAt,
  batchHeaderBytes,
  computeCrc,
  crcAt,
  currentMagic,
  lastOffsetAt,
  leaderEpochAt,
  magicAt,
  maxTimestampAt,
} from '../../protocol/records/batch-header.ts';
import type { EpochRun } from '../rules/log-epochs.ts';
import type { AbortedTransaction } from '../rules/log-transactions.ts';
import { inFolder, readText, removeIfThere } from './files.ts';
import { LeaderEpochCache, readEpochs } from './leader-epoch-cache.ts';
import type { LogConfig } from './log-config.ts';
import type { LogContext } from './log-directory.ts';
import { PartitionLog } from './partition-log.ts';
import { ProducerStateManager, takeSequenced } from './producer-state.ts';
import type { Segment } from './segment.ts';
import { offsetInName, segmentFiles, segmentPath, segmentSuffixes, snapshotSuffix } from './segment-files.ts';
import { SegmentList } from './segment-list.ts';
import { completeSwaps } from './swap-completion.ts';
import { fileNames, parsePartitionMetadata } from './text-formats.ts';

/** What is known of a log before it is opened; offsets as the checkpoints have them, 0 where they name none. */
export interface LogToLoad {
  readonly context: LogContext;
  readonly partition: TopicPartition;
  readonly folder: string;
  readonly config: LogConfig;
  readonly cleanStop: boolean;
  readonly recoveryPoint: Offset;
  readonly logStartOffset: Offset;
  readonly highWatermark: Offset;
  readonly cleanedTo: Offset;
}

const stepBytes = 1024 * 1024;
/** Left behind by deletion and compaction. */
const temporary = /\.(deleted|cleaned|swap|tmp)$/;
const noEpoch = leaderEpoch(-1);

export class LogLoader {
  readonly #from: LogToLoad;
  readonly #segments: SegmentList;
  /** Of the segments that are scanned. */
  readonly #runs: EpochRun[] = [];
  readonly #snapshots: Offset[] = [];
  /** Base offsets of the segments on disk, ascending. */
  readonly #bases: Offset[] = [];
  /** Those whose transaction indexes have to be rebuilt. */
  #unindexed: Segment[] = [];
  #topicId: Uuid = zeroUuid;
  #opened = false;
  /** The segment being opened: which one, the same if it has to be scanned, and how far that has come. */
  #index = 0;
  #scanned: Segment | undefined;
  /** The indexes of the scanned one are there. */
  #indexed = false;
  #position = 0;
  /** The first segment whose batches are verified. */
  #verifyFrom = 0;
  #nextOffset: Offset = offset(0);
  #epoch: LeaderEpoch = noEpoch;
  #buffer = new Uint8Array(0);

  constructor(from: LogToLoad) {
    this.#from = from;
    this.#segments = new SegmentList(from.context, from.partition, from.folder);
  }

  /** Does the next piece of work; the log once it is open, undefined before. After an error the directory is offline. */
  step(): Result<PartitionLog | undefined, ErrorCode> {
    if (this.#from.context.directory.offline) return this.#fail('EIO');
    if (!this.#opened) {
      this.#opened = true;
      const opened = this.#open();
      return opened.ok ? ok(undefined) : this.#fail(opened.error);
    }
    if (this.#scanned !== undefined) {
      const read = this.#readOn(this.#scanned);
      return read.ok ? ok(undefined) : this.#fail(read.error);
    }
    const base = this.#bases[this.#index];
    if (base !== undefined) {
      const next = this.#openSegment(base);
      return next.ok ? ok(undefined) : this.#fail(next.error);
    }
    return this.#finish();
  }

  /** Files that a crash has left half done go; of the others it is found out what they are. */
  #open(): Result<void, DiskError> {
    const { context, folder, cleanStop, recoveryPoint } = this.#from;
    const { disk } = context.directory;
    const completed = completeSwaps(disk, folder);
    if (!completed.ok) return completed;
    const names = disk.list(folder);
    if (!names.ok) return names;
    for (const name of names.value) {
      if (temporary.test(name)) {
        const removed = removeIfThere(disk, inFolder(folder, name));
        if (!removed.ok) return removed;
      }
      const snapshot = offsetInName(name, snapshotSuffix);
      if (snapshot !== undefined) this.#snapshots.push(snapshot);
      const base = offsetInName(name, segmentSuffixes.log);
      if (base !== undefined) this.#bases.push(base);
    }
    // A crash in the middle of a removal leaves indexes of nothing.
    for (const name of names.value)
      for (const suffix of [segmentSuffixes.offsets, segmentSuffixes.times, segmentSuffixes.transactions]) {
        const base = offsetInName(name, suffix);
        if (base === undefined || this.#bases.includes(base)) continue;
        const removed = removeIfThere(disk, inFolder(folder, name));
        if (!removed.ok) return removed;
      }
    const metadata = readText(disk, inFolder(folder, fileNames.partitionMetadata));
    if (!metadata.ok) return metadata;
    if (metadata.value !== undefined) this.#topicId = parsePartitionMetadata(metadata.value) ?? zeroUuid;
    this.#verifyFrom = context.rules.recoveryStart(cleanStop, recoveryPoint, this.#bases);
    return done;
  }

  /** Takes the next segment by its indexes, or begins to scan it. */
  #openSegment(base: Offset): Result<void, DiskError> {
    const { rules } = this.#from.context;
    const verify = this.#index >= this.#verifyFrom;
    if (verify && !rules.segmentFollows(base, this.#nextOffset, this.#index === 0)) return this.#endLog(this.#index);
    if (base < this.#nextOffset) return failed('EIO');
    const complete = this.#segments.open(base, rules.trustIndexes(verify));
    if (!complete.ok) return complete;
    const segment = this.#segments.active;
    if (verify || segment.transactions.damaged) this.#unindexed.push(segment);
    this.#nextOffset = base;
    this.#position = 0;
    if (!complete.value || verify) {
      this.#scanned = segment;
      this.#indexed = complete.value;
      return done;
    }
    this.#nextOffset = segment.nextOffset;
    this.#index++;
    // What sealing wrote when it was rolled may not have been durable, although all batches were.
    return this.#index < this.#bases.length ? this.#seal(segment) : done;
  }

  /** Reads at most 1 MiB, or one batch that is larger. */
  #readOn(segment: Segment): Result<void, DiskError> {
    const verify = this.#index >= this.#verifyFrom;
    const left = segment.size - this.#position;
    if (left === 0) return this.#nextSegment(segment);
    const wanted = Math.min(left, stepBytes);
    const read = this.#fill(segment, wanted);
    if (!read.ok) return read;
    let at = 0;
    let available = wanted;
    for (;;) {
      if (available - at < batchHeaderBytes) {
        if (left - at === 0) break;
        if (left - at < batchHeaderBytes) return this.#damaged(segment, at, verify);
        break;
      }
      const length = batchBytesAt(this.#buffer, at);
      if (length < batchHeaderBytes || length > left - at || magicAt(this.#buffer, at) !== currentMagic) return this.#damaged(segment, at, verify);
      if (length > available - at) {
        if (at > 0) break;
        // One batch larger than a step: it is read whole, since its checksum covers it.
        const whole = this.#fill(segment, length);
        if (!whole.ok) return whole;
        available = length;
      }
      const taken = this.#takeBatch(segment, at);
      if (!taken.ok) return taken;
      if (!taken.value) return this.#damaged(segment, at, verify);
      at += length;
    }
    this.#position += at;
    return this.#position === segment.size ? this.#nextSegment(segment) : done;
  }

  #nextSegment(segment: Segment): Result<void, DiskError> {
    this.#scanned = undefined;
    this.#index++;
    return this.#seal(segment);
  }

  /** Completes the indexes, durably: nobody else syncs those of a segment below the recovery point. */
  #seal(segment: Segment): Result<void, DiskError> {
    const sealed = segment.seal();
    return sealed.ok ? segment.syncIndexes() : sealed;
  }

  #fill(segment: Segment, bytes: number): Result<void, DiskError> {
    if (this.#buffer.length < bytes) this.#buffer = new Uint8Array(bytes);
    return segment.read(this.#position, this.#buffer.subarray(0, bytes));
  }

  /** False when the batch can not stand here. */
  #takeBatch(segment: Segment, at: number): Result<boolean, DiskError> {
    const bytes = this.#buffer;
    const base = baseOffsetAt(bytes, at);
    const last = lastOffsetAt(bytes, at);
    const epoch = leaderEpochAt(bytes, at);
    if (!Number.isSafeInteger(base) || !Number.isSafeInteger(last)) return ok(false);
    const batch = { base, last, epoch, intact: computeCrc(bytes, at) === crcAt(bytes, at) };
    const before = { segmentBase: segment.baseOffset, nextOffset: this.#nextOffset, epoch: this.#epoch };
    if (!this.#from.context.rules.keepScanned(batch, before)) return ok(false);
    const { indexIntervalBytes } = this.#from.config;
    const noted = this.#indexed ? done : segment.noteBatch(base, last, this.#position + at, maxTimestampAt(bytes, at), indexIntervalBytes);
    if (!noted.ok) return noted;
    this.#nextOffset = (last + 1) as Offset;
    this.#noteEpoch(epoch, base);
    return ok(true);
  }

  #noteEpoch(epoch: LeaderEpoch, base: Offset): void {
    if (epoch < 0) return;
    const run = this.#runs[this.#runs.length - 1];
    if (run !== undefined && run.epoch === epoch) this.#runs[this.#runs.length - 1] = { epoch, firstBase: run.firstBase, lastBase: base };
    else this.#runs.push({ epoch, firstBase: base, lastBase: base });
    this.#epoch = epoch;
  }

  /** The checkpoint does not tell of all segments that were not scanned. */
  #walkForEpochs(): Result<void, DiskError> {
    this.#runs.length = 0;
    return this.#segments.walk(this.#segments.first.baseOffset, (bytes, at) => {
      this.#noteEpoch(leaderEpochAt(bytes, at), baseOffsetAt(bytes, at));
      return true;
    });
  }

  /** Behind a bad batch nothing counts: the later segments go first, so that a crash in the middle leaves the damage to be found again. */
  #damaged(segment: Segment, at: number, verify: boolean): Result<void, DiskError> {
    if (!verify) return failed('EIO');
    const ended = this.#endLog(this.#index + 1);
    if (!ended.ok) return ended;
    const truncated = segment.truncate(this.#position + at);
    const sealed = truncated.ok ? segment.seal() : truncated;
    return sealed.ok ? segment.sync() : sealed;
  }

  /** Removes the segments from this one on, none of which is open, the last first, and durably. */
  #endLog(from: number): Result<void, DiskError> {
    const { context, folder } = this.#from;
    this.#scanned = undefined;
    this.#index = from;
    if (from >= this.#bases.length) return done;
    for (let base = this.#bases.pop(); base !== undefined; base = this.#bases.length > from ? this.#bases.pop() : undefined) {
      for (const file of segmentFiles) {
        const removed = removeIfThere(context.directory.disk, segmentPath(folder, base, file));
        if (!removed.ok) return removed;
      }
    }
    return context.directory.disk.syncDirectory(folder);
  }

  #finish(): Result<PartitionLog, ErrorCode> {
    const { context, partition, folder, config, cleanStop } = this.#from;
    const firstBase = this.#segments.count === 0 ? this.#from.logStartOffset : this.#segments.first.baseOffset;
    const logStartOffset = offset(Math.max(this.#from.logStartOffset, firstBase));
    const ended = this.#startAnew(logStartOffset);
    if (!ended.ok) return this.#fail(ended.error);
    const logEndOffset = this.#segments.active.nextOffset;
    const read = readEpochs(context, folder);
    if (!read.ok) return read;
    const known = read.value;
    // A log start that was not checkpointed falls back below what the cache was trimmed to.
    const reachesDown = (known[0]?.startOffset ?? logEndOffset) <= logStartOffset;
    const walked = reachesDown ? done : this.#walkForEpochs();
    if (!walked.ok) return this.#fail(walked.error);
    const epochs = new LeaderEpochCache(context, folder, known);
    const extended = epochs.replace(context.rules.epochsAfterLoad(known, this.#runs, logStartOffset, logEndOffset));
    if (!extended.ok) return extended;
    const producers = this.#producers(logStartOffset, logEndOffset);
    if (!producers.ok) return this.#fail(producers.error);
    const highWatermark = offset(Math.min(Math.max(this.#from.highWatermark, logStartOffset), logEndOffset));
    const log = new PartitionLog({
      context,
      partition,
      topicId: this.#topicId,
      config,
      segments: this.#segments,
      epochs,
      producers: producers.value,
      logStartOffset,
      logEndOffset,
      recoveryPoint: context.rules.recoveredPoint(cleanStop, this.#from.recoveryPoint, logEndOffset),
      highWatermark,
      cleanedTo: offset(Math.min(Math.max(this.#from.cleanedTo, logStartOffset), logEndOffset)),
    });
    return ok(log);
  }

  /**
   * What the newest good snapshot says, and the batches above it, as they were found; the snapshot is not above the first segment whose
   * transaction index is to be rebuilt, since that needs what was open there.
   */
  #producers(logStart: Offset, logEnd: Offset): Result<ProducerStateManager, DiskError> {
    const { context, partition, cleanStop } = this.#from;
    const producers = new ProducerStateManager(context, partition, this.#snapshots);
    const aborted: AbortedTransaction[] = [];
    const rebuilt = producers.rebuild(
      logStart,
      this.#unindexed[0]?.baseOffset ?? logEnd,
      (from, take) => this.#segments.walkChecked(from, (bytes, at) => takeSequenced(bytes, at, take)),
      (transaction) => aborted.push(transaction),
    );
    if (!rebuilt.ok) return rebuilt;
    for (const { baseOffset, nextOffset, transactions } of this.#unindexed) {
      const replaced = transactions.replace(aborted.filter(({ lastOffset }) => lastOffset >= baseOffset && lastOffset < nextOffset));
      if (!replaced.ok) return replaced;
    }
    const bases = this.#segments.all().map((segment) => segment.baseOffset);
    // After a clean stop there is one already.
    const taken = cleanStop ? done : producers.takeSnapshot(logEnd, false);
    const tidied = taken.ok ? producers.removeStrays(bases) : taken;
    return tidied.ok ? ok(producers) : tidied;
  }

  /** A log that ends below its start has lost all that counts, and begins again at the start; so does one without a segment. */
  #startAnew(logStartOffset: Offset): Result<void, DiskError> {
    if (this.#segments.count > 0 && this.#segments.active.nextOffset >= logStartOffset) return done;
    const removed = this.#segments.removeFrom(0);
    if (!removed.ok) return removed;
    this.#runs.length = 0;
    this.#unindexed = [];
    const created = this.#segments.create(logStartOffset, this.#from.config.segmentJitterMs);
    return created.ok ? this.#from.context.directory.disk.syncDirectory(this.#from.folder) : created;
  }

  #fail(error: DiskError): Result<never, ErrorCode> {
    this.#segments.close();
    return this.#from.context.directory.fail(error);
  }
}
