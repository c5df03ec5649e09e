/**
 * Opens one log that is on disk, in steps of one segment or 1 MiB, so that a crash or a message can fall between them. Owns recovery: after an
 * unclean stop batches from the recovery point on are verified, the log ends before the first bad one, and what lies behind is removed.
 * Segments that a sync vouches for are only walked, header by header, for the index and the epochs; damage there is a storage error, since
 * cutting it off silently would drop what was acknowledged. Source: Kafka's LogLoader, LogSegment.recover.
 */
import type { DiskError } from '../../io/disk.ts';
import type { BatchSummary } from '../../io/node-event.ts';
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
import type { PlacedBatch } from '../rules/producer.ts';
import { inFolder, readText, removeIfThere } from './files.ts';
import { LeaderEpochCache, readEpochs } from './leader-epoch-cache.ts';
import type { LogConfig } from './log-config.ts';
import type { LogContext } from './log-directory.ts';
import { PartitionLog } from './partition-log.ts';
import { snapshotOffsetOf } from './producer-snapshot.ts';
import { ProducerStateManager, sequencedBatchAt } from './producer-state.ts';
import { type Segment, segmentBaseOf } from './segment.ts';
import { SegmentList } from './segment-list.ts';
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
}

const stepBytes = 1024 * 1024;
/** Left behind by deletion and compaction. */
const temporary = /\.(deleted|cleaned|swap|tmp)$/;
const noEpoch = leaderEpoch(-1);

export class LogLoader {
  readonly #from: LogToLoad;
  readonly #segments: SegmentList;
  readonly #batches: BatchSummary[] = [];
  readonly #runs: EpochRun[] = [];
  /** Batches of idempotent producers. */
  readonly #produced: PlacedBatch[] = [];
  readonly #snapshots: Offset[] = [];
  #topicId: Uuid = zeroUuid;
  #opened = false;
  /** The segment being read, and how far. */
  #segment = 0;
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
    if (this.#segment < this.#segments.count) {
      const read = this.#readOn(this.#segments.at(this.#segment));
      return read.ok ? ok(undefined) : this.#fail(read.error);
    }
    return this.#finish();
  }

  /** Files that a crash has left half done go; the others are opened. */
  #open(): Result<void, DiskError> {
    const { context, folder, cleanStop, recoveryPoint } = this.#from;
    const { disk } = context.directory;
    const names = disk.list(folder);
    if (!names.ok) return names;
    for (const name of names.value) {
      if (temporary.test(name)) {
        const removed = removeIfThere(disk, inFolder(folder, name));
        if (!removed.ok) return removed;
      }
      const snapshot = snapshotOffsetOf(name);
      if (snapshot !== undefined) this.#snapshots.push(snapshot);
      const base = segmentBaseOf(name);
      if (base === undefined) continue;
      const opened = this.#segments.open(base);
      if (!opened.ok) return opened;
    }
    const metadata = readText(disk, inFolder(folder, fileNames.partitionMetadata));
    if (!metadata.ok) return metadata;
    if (metadata.value !== undefined) this.#topicId = parsePartitionMetadata(metadata.value) ?? zeroUuid;
    this.#verifyFrom = context.rules.recoveryStart(
      cleanStop,
      recoveryPoint,
      this.#segments.all().map((segment) => segment.baseOffset),
    );
    return done;
  }

  /** Reads at most 1 MiB, or one batch that is larger. */
  #readOn(segment: Segment): Result<void, DiskError> {
    const verify = this.#segment >= this.#verifyFrom;
    if (this.#position === 0) {
      const first = this.#segment === 0;
      if (verify && !this.#from.context.rules.segmentFollows(segment.baseOffset, this.#nextOffset, first))
        return this.#endLog(this.#segment, undefined);
      if (segment.baseOffset < this.#nextOffset) return failed('EIO');
      this.#nextOffset = segment.baseOffset;
    }
    const left = segment.size - this.#position;
    if (left === 0) return this.#nextSegment();
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
      if (verify && length > available - at) {
        if (at > 0) break;
        // One batch larger than a step: it is read whole, since its checksum covers it.
        const whole = this.#fill(segment, length);
        if (!whole.ok) return whole;
        available = length;
      }
      if (!this.#takeBatch(segment, at, verify)) return this.#damaged(segment, at, verify);
      at += length;
      // Only headers count where nothing is verified: the end of a batch may lie beyond what was read.
      if (at >= available) break;
    }
    this.#position += at;
    return this.#position === segment.size ? this.#nextSegment() : done;
  }

  #nextSegment(): Result<void, DiskError> {
    this.#segment++;
    this.#position = 0;
    return done;
  }

  #fill(segment: Segment, bytes: number): Result<void, DiskError> {
    if (this.#buffer.length < bytes) this.#buffer = new Uint8Array(bytes);
    return segment.read(this.#position, this.#buffer.subarray(0, bytes));
  }

  /** False when the batch can not stand here. */
  #takeBatch(segment: Segment, at: number, verify: boolean): boolean {
    const bytes = this.#buffer;
    const base = baseOffsetAt(bytes, at);
    const last = lastOffsetAt(bytes, at);
    const epoch = leaderEpochAt(bytes, at);
    const crc = crcAt(bytes, at);
    if (!Number.isSafeInteger(base) || !Number.isSafeInteger(last)) return false;
    const batch = { base, last, epoch, intact: !verify || computeCrc(bytes, at) === crc };
    const before = { segmentBase: segment.baseOffset, nextOffset: this.#nextOffset, epoch: this.#epoch };
    if (!this.#from.context.rules.keepScanned(batch, before)) return false;
    segment.noteBatch(base, last, this.#position + at, maxTimestampAt(bytes, at));
    this.#batches.push({ base, last, epoch, crc });
    const produced = sequencedBatchAt(bytes, at);
    if (produced !== undefined) this.#produced.push(produced);
    this.#nextOffset = (last + 1) as Offset;
    if (epoch < 0) return true;
    const run = this.#runs[this.#runs.length - 1];
    if (run !== undefined && run.epoch === epoch) this.#runs[this.#runs.length - 1] = { epoch, firstBase: run.firstBase, lastBase: base };
    else this.#runs.push({ epoch, firstBase: base, lastBase: base });
    this.#epoch = epoch;
    return true;
  }

  #damaged(segment: Segment, at: number, verify: boolean): Result<void, DiskError> {
    if (!verify) return failed('EIO');
    return this.#endLog(this.#segment + 1, { segment, position: this.#position + at });
  }

  /** The log ends here: later segments go first, so that a crash in the middle leaves the damage where it is to be found again. */
  #endLog(removeFrom: number, cut: { readonly segment: Segment; readonly position: number } | undefined): Result<void, DiskError> {
    const removed = this.#segments.removeFrom(removeFrom);
    if (!removed.ok) return removed;
    this.#segment = this.#segments.count;
    if (cut === undefined) return done;
    const truncated = cut.segment.truncate(cut.position);
    return truncated.ok ? cut.segment.sync() : truncated;
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
    const epochs = new LeaderEpochCache(context, folder, read.value);
    const extended = epochs.replace(context.rules.epochsAfterLoad(read.value, this.#runs, logStartOffset, logEndOffset));
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
    });
    const found = { logStart: logStartOffset, logEnd: logEndOffset, highWatermark, batches: this.#batches };
    context.world.observe({ type: 'recovered', partition, ...found, clean: cleanStop });
    return ok(log);
  }

  /** What the newest good snapshot says, and the batches above it, as they were found. */
  #producers(logStart: Offset, logEnd: Offset): Result<ProducerStateManager, DiskError> {
    const { context, partition, cleanStop } = this.#from;
    const producers = new ProducerStateManager(context, partition, this.#snapshots);
    const rebuilt = producers.rebuild(logStart, logEnd, (from, take) => {
      for (const batch of this.#produced) if (batch.lastOffset >= from) take(batch);
      return done;
    });
    if (!rebuilt.ok) return rebuilt;
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
    this.#batches.length = 0;
    this.#runs.length = 0;
    this.#produced.length = 0;
    const created = this.#segments.create(logStartOffset, this.#from.config.segmentJitterMs);
    return created.ok ? this.#from.context.directory.disk.syncDirectory(this.#from.folder) : created;
  }

  #fail(error: DiskError): Result<never, ErrorCode> {
    this.#segments.close();
    return this.#from.context.directory.fail(error);
  }
}
