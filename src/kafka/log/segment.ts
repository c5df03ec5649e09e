/**
 * One segment of a log: a file of concatenated batches and its indexes. Owns their bytes and where batches lie; which batches may come, and
 * what a failure means, is the log's. Batches at the end, all that were appended since the log was opened, are known one by one; those before
 * are found through the index and by walking from there, as in Kafka. Source: Kafka's LogSegment.
 */
import type { Disk, DiskError, File } from '../../io/disk.ts';
import type { Offset } from '../../model/brand.ts';
import { done, failed, ok, type Result } from '../../model/result.ts';
import {
  baseOffsetAt,
  batchBytesAt,
  batchHeaderBytes,
  currentMagic,
  lastOffsetAt,
  magicAt,
  maxTimestampAt,
} from '../../protocol/records/batch-header.ts';
import { BatchIndex } from './batch-index.ts';
import { readFully, removeIfThere, writeFully } from './files.ts';
import { type VisitHeader, walkBatches, walkHeaders } from './header-walk.ts';
import { type OffsetEntry, OffsetIndex, offsetEntryBytes } from './offset-index.ts';
import { deletedSuffix, type SegmentFile, segmentFiles, segmentPath } from './segment-files.ts';
import { type TimeEntry, TimeIndex, timeEntryBytes } from './time-index.ts';
import { TransactionIndex } from './transaction-index.ts';

/** Where a segment lies and what it is to be like. */
export interface SegmentPlan {
  readonly disk: Disk;
  readonly folder: string;
  readonly baseOffset: Offset;
  /** Wall time of the file's creation, or of its opening. */
  readonly createdMs: number;
  /** Taken off segment.ms. */
  readonly jitterMs: number;
  /** Behind the names of its files; '' for one of the log. */
  readonly suffix: string;
}

/** A batch in a segment: offsets inclusive, bytes from `position` to before `end`. */
export interface BatchPlace {
  readonly base: Offset;
  readonly last: Offset;
  readonly position: number;
  readonly end: number;
}

const logLast: readonly SegmentFile[] = [...segmentFiles].reverse();

export class Segment {
  readonly baseOffset: Offset;
  readonly createdMs: number;
  readonly jitterMs: number;
  readonly offsets: OffsetIndex;
  readonly times: TimeIndex;
  readonly transactions: TransactionIndex;
  readonly #plan: SegmentPlan;
  readonly #file: File;
  #size: number;
  /** The batches from #knownFrom on; those before have offsets below #knownBase. */
  readonly #known = new BatchIndex();
  #knownFrom = 0;
  #knownBase = 0;
  #nextOffset: Offset;
  /** The largest timestamp, and the last offset, relative to the base, of the first batch that has it. */
  #maxTimestampMs = -1;
  #maxTimestampAt = 0;
  /** That of the first batch; undefined while it was not looked at. */
  #firstTimestampMs: number | undefined;
  #closed = false;
  #suffix: string;
  #cuts = 0;
  readonly #header = new Uint8Array(batchHeaderBytes);

  private constructor(plan: SegmentPlan, file: File, offsets: OffsetIndex, times: TimeIndex, transactions: TransactionIndex) {
    this.baseOffset = plan.baseOffset;
    this.createdMs = plan.createdMs;
    this.jitterMs = plan.jitterMs;
    this.offsets = offsets;
    this.times = times;
    this.transactions = transactions;
    this.#plan = plan;
    this.#suffix = plan.suffix;
    this.#file = file;
    this.#size = file.size();
    this.#nextOffset = plan.baseOffset;
  }

  /** An empty one; files of these names can only be the remains of a cut history. */
  static create(plan: SegmentPlan): Result<Segment, DiskError> {
    const { disk, folder, baseOffset, suffix } = plan;
    const file = disk.open(segmentPath(folder, baseOffset, 'log') + suffix, 'truncate');
    if (!file.ok) return file;
    const offsets = OffsetIndex.create(disk, segmentPath(folder, baseOffset, 'offsets') + suffix);
    const times = offsets.ok ? TimeIndex.create(disk, segmentPath(folder, baseOffset, 'times') + suffix) : offsets;
    if (!offsets.ok || !times.ok) return times as Result<never, DiskError>;
    const transactions = TransactionIndex.create(disk, folder, segmentPath(folder, baseOffset, 'transactions') + suffix);
    return ok(new Segment(plan, file.value, offsets.value, times.value, transactions));
  }

  /**
   * One that is there. `trusted`: its indexes are taken as they are if they can be indexes of it at all, and the end is found from there. Else, or
   * when they are not, it has no batches yet: they have to be told by noteBatch, which builds the indexes anew. The transaction index stays as
   * it is until it is replaced: what it should say depends on the segments before.
   */
  static open(plan: SegmentPlan, trusted: boolean): Result<{ readonly segment: Segment; readonly complete: boolean }, DiskError> {
    const { disk, folder, baseOffset } = plan;
    const file = disk.open(segmentPath(folder, baseOffset, 'log'), 'write');
    if (!file.ok) return file;
    const offsetsPath = segmentPath(folder, baseOffset, 'offsets');
    const timesPath = segmentPath(folder, baseOffset, 'times');
    const transactions = TransactionIndex.open(disk, folder, segmentPath(folder, baseOffset, 'transactions'), baseOffset);
    if (!transactions.ok) return transactions;
    if (trusted) {
      const offsets = OffsetIndex.open(disk, offsetsPath, file.value.size());
      if (!offsets.ok) return offsets;
      const times = TimeIndex.open(disk, timesPath);
      if (!times.ok) return times;
      if (offsets.value !== undefined && times.value !== undefined) {
        const segment = new Segment(plan, file.value, offsets.value, times.value, transactions.value);
        const scanned = segment.#scanEnd();
        return scanned.ok ? ok({ segment, complete: true }) : scanned;
      }
    }
    const offsets = OffsetIndex.create(disk, offsetsPath);
    if (!offsets.ok) return offsets;
    const times = TimeIndex.create(disk, timesPath);
    if (!times.ok) return times;
    return ok({ segment: new Segment(plan, file.value, offsets.value, times.value, transactions.value), complete: false });
  }

  get path(): string {
    return segmentPath(this.#plan.folder, this.baseOffset, 'log');
  }
  /** Bytes of whole batches. */
  get size(): number {
    return this.#size;
  }
  /** How often it was cut. */
  get cuts(): number {
    return this.#cuts;
  }
  get closed(): boolean {
    return this.#closed;
  }
  /** -1 when no record has one. */
  get maxTimestampMs(): number {
    return this.#maxTimestampMs;
  }
  /** The last offset of the first batch with the largest timestamp. */
  get maxTimestampOffset(): Offset {
    return (this.baseOffset + this.#maxTimestampAt) as Offset;
  }
  /** The offset behind the last batch; the base offset when there is none. */
  get nextOffset(): Offset {
    return this.#nextOffset;
  }

  /** That of the first batch, from which segment.ms counts; -1 for none. */
  firstTimestampMs(): number {
    if (this.#firstTimestampMs !== undefined) return this.#firstTimestampMs;
    let first = -1;
    this.walk(0, (bytes, at) => {
      first = maxTimestampAt(bytes, at);
      return false;
    });
    if (first >= 0) this.#firstTimestampMs = first;
    return first;
  }

  /** Whether an index of at most so many bytes has no room for another entry; of the time index one is kept back for seal. */
  indexFull(maxBytes: number): boolean {
    return (this.offsets.entries.length + 1) * offsetEntryBytes > maxBytes || (this.times.entries.length + 2) * timeEntryBytes > maxBytes;
  }

  /** The first batch that holds an offset at or above `at`. */
  reaching(at: Offset): Result<BatchPlace | undefined, DiskError> {
    const relative = Math.max(at - this.baseOffset, 0);
    if (relative < this.#knownBase) {
      const found = this.nextFrom(relative, (_maxTimestampMs, last) => last >= at);
      if (!found.ok || found.value !== undefined) return found;
    }
    const index = this.#known.findReaching(relative);
    return ok(index === this.#known.count ? undefined : this.#place(index));
  }

  /** The last offset of the last whole batch from `first` on that ends at or before a position. */
  lastWithin(first: BatchPlace, end: number): Result<Offset, DiskError> {
    if (end === first.end) return ok(first.last);
    if (end > this.#knownFrom) {
      const behind = end >= this.#size ? this.#known.count : this.#known.findPosition(end + 1) - 1;
      if (behind > 0) return ok((this.baseOffset + this.#known.last(behind - 1)) as Offset);
    }
    let { last } = first;
    const entry = this.offsets.floorPosition(end - 1);
    const sound = this.#sound(entry);
    if (!sound.ok) return sound;
    const walked = this.walk(Math.max(first.position, entry.position), (bytes, at, position) => {
      if (position + batchBytesAt(bytes, at) > end) return false;
      last = lastOffsetAt(bytes, at);
      return true;
    });
    return walked.ok ? ok(last) : walked;
  }

  /** The first batch from a position on, at which one begins, whose largest timestamp and last offset are as wanted. */
  next(from: number, wanted: (maxTimestampMs: number, last: Offset) => boolean): Result<BatchPlace | undefined, DiskError> {
    let found: BatchPlace | undefined;
    const walked = this.walk(from, (bytes, at, position) => {
      const last = lastOffsetAt(bytes, at);
      if (!wanted(maxTimestampAt(bytes, at), last)) return true;
      found = { base: baseOffsetAt(bytes, at), last, position, end: position + batchBytesAt(bytes, at) };
      return false;
    });
    return walked.ok ? ok(found) : walked;
  }

  /** The same from where the index says that a batch at or below an offset, relative to the base, begins. */
  nextFrom(relative: number, wanted: (maxTimestampMs: number, last: Offset) => boolean): Result<BatchPlace | undefined, DiskError> {
    const entry = this.offsets.floor(relative);
    const sound = this.#sound(entry);
    return sound.ok ? this.next(entry.position, wanted) : sound;
  }

  /** Visits the headers of all batches from a position on at which one begins. */
  walk(from: number, visit: VisitHeader): Result<number, DiskError> {
    return walkHeaders(this.#file, from, this.#size, visit);
  }

  /** The same over batches whose checksums hold; EIO at the first whose does not. */
  walkChecked(from: number, visit: VisitHeader): Result<number, DiskError> {
    return walkBatches(this.#file, from, this.#size, visit);
  }

  /** Writes whole batches at the end; they must then be told by noteBatch, in order. */
  write(bytes: Uint8Array): Result<void, DiskError> {
    const written = writeFully(this.#file, this.#size, bytes);
    if (written.ok) this.#size += bytes.length;
    return written;
  }

  /** Takes the next batch that is in the file into account, and into the indexes when `intervalBytes` went by without an entry. */
  noteBatch(base: Offset, last: Offset, position: number, maxTimestampMs: number, intervalBytes: number): Result<void, DiskError> {
    const relative = last - this.baseOffset;
    this.#learn(base, last, position, maxTimestampMs);
    if (position - this.offsets.last.position <= intervalBytes) return done;
    const added = this.offsets.append(relative, position);
    return added.ok ? this.times.append(this.#maxTimestampMs, this.#maxTimestampAt) : added;
  }

  /** No batch comes for now: the largest timestamp goes into the index, so that the next to open this segment finds it there. */
  seal(): Result<void, DiskError> {
    return this.times.append(this.#maxTimestampMs, this.#maxTimestampAt);
  }

  /** Fills `into`; EIO when the file ends before. */
  read(at: number, into: Uint8Array): Result<void, DiskError> {
    const read = readFully(this.#file, at, into);
    if (!read.ok) return read;
    return read.value === into.length ? done : failed('EIO');
  }

  /** Where the batches before a position end: the offset behind the last of them. */
  endBefore(position: number): Result<Offset, DiskError> {
    let end = this.baseOffset;
    const walked = this.walk(position === 0 ? 0 : this.offsets.floorPosition(position - 1).position, (bytes, at, here) => {
      if (here < position) end = (lastOffsetAt(bytes, at) + 1) as Offset;
      return here < position;
    });
    return walked.ok ? ok(end) : walked;
  }

  /** Cuts the file where a batch begins, or anywhere behind the last one, and forgets what lay behind. */
  truncate(position: number): Result<void, DiskError> {
    this.#cuts++;
    const cut = this.#file.truncate(position);
    if (!cut.ok) return cut;
    this.#size = position;
    const trimmed = this.offsets.truncate(position);
    const scanned = trimmed.ok ? this.#scanEnd() : trimmed;
    return scanned.ok ? this.transactions.truncate(this.#nextOffset) : scanned;
  }

  sync(): Result<void, DiskError> {
    const synced = this.#file.sync();
    return synced.ok ? this.syncIndexes() : synced;
  }

  syncIndexes(): Result<void, DiskError> {
    const offsets = this.offsets.file.sync();
    const times = offsets.ok ? this.times.file.sync() : offsets;
    return times.ok ? this.transactions.sync() : times;
  }

  syncLater(then: (result: Result<void, DiskError>) => void): void {
    this.#file.syncLater((log) => {
      if (!log.ok || this.#closed) then(log);
      else
        this.offsets.file.syncLater((offsets) => {
          if (!offsets.ok || this.#closed) then(offsets);
          else
            this.times.file.syncLater((times) => {
              if (!times.ok || this.#closed) then(times);
              else this.transactions.syncLater(then);
            });
        });
    });
  }

  /** Does the file reach this position, whatever stands there by now? */
  holds(end: number): boolean {
    return !this.#closed && end <= this.#size;
  }

  /** Renames the files, which stay open for whoever reads them. The log's own goes first: indexes alone are no segment. */
  setAside(): Result<void, DiskError> {
    return this.#rename(deletedSuffix, segmentFiles);
  }

  /** Renames the files, the log's own last: with that name it counts. */
  rename(suffix: string): Result<void, DiskError> {
    return this.#rename(suffix, logLast);
  }

  /** Closes the files and takes them off the disk. */
  remove(): Result<void, DiskError> {
    this.close();
    for (const file of segmentFiles) {
      const removed = removeIfThere(this.#plan.disk, segmentPath(this.#plan.folder, this.baseOffset, file) + this.#suffix);
      if (!removed.ok) return removed;
    }
    return done;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
    this.offsets.file.close();
    this.times.file.close();
    this.transactions.close();
  }

  #rename(suffix: string, files: readonly SegmentFile[]): Result<void, DiskError> {
    const { disk, folder } = this.#plan;
    for (const file of files) {
      const path = segmentPath(folder, this.baseOffset, file);
      const renamed = disk.rename(path + this.#suffix, path + suffix);
      if (!renamed.ok && renamed.error !== 'ENOENT') return renamed;
    }
    this.#suffix = suffix;
    this.transactions.renamed(segmentPath(folder, this.baseOffset, 'transactions') + suffix);
    return done;
  }

  /** Learns what lies behind the last entry of the index: the end, and the largest timestamp. What is known of batches before stays. */
  #scanEnd(): Result<void, DiskError> {
    const from = this.offsets.last.position;
    const sound = this.#sound(this.offsets.last);
    if (!sound.ok) return sound;
    this.#nextOffset = this.baseOffset;
    if (from < this.#knownFrom || this.#known.count === 0) {
      this.#known.keep(0);
      this.#knownFrom = from;
      this.#knownBase = -1;
    } else this.#known.keep(this.#known.findPosition(from));
    this.#maxTimestampMs = -1;
    this.#maxTimestampAt = 0;
    if (this.#size === 0) this.#firstTimestampMs = undefined;
    let last = this.#known.count > 0 ? this.#known.last(this.#known.count - 1) : -1;
    // What is found here is known from then on: it has to be what was written.
    const walked = this.walkChecked(from, (bytes, at, position) => {
      if (lastOffsetAt(bytes, at) - this.baseOffset <= last) return false;
      this.#learn(baseOffsetAt(bytes, at), lastOffsetAt(bytes, at), position, maxTimestampAt(bytes, at));
      last = lastOffsetAt(bytes, at) - this.baseOffset;
      return true;
    });
    if (!walked.ok) return walked;
    if (walked.value !== this.#size) return failed('EIO');
    if (this.#knownBase < 0) this.#knownBase = this.#known.count > 0 ? this.#known.first(0) : 0;
    const kept = this.times.truncate(this.#nextOffset - this.baseOffset);
    if (!kept.ok) return kept;
    const told = this.checkTime(this.times.last);
    if (!told.ok) return told;
    if (this.times.last.timestampMs >= this.#maxTimestampMs && this.times.entries.length > 0) {
      this.#maxTimestampMs = this.times.last.timestampMs;
      this.#maxTimestampAt = this.times.last.relative;
    }
    return done;
  }

  /** Index files have no checksum: an entry counts only if the batch that it names is there. */
  #sound({ relative, position }: OffsetEntry): Result<void, DiskError> {
    if (position === 0 || (this.#known.count > 0 && position >= this.#knownFrom)) return done;
    const header = this.#header;
    const read = this.read(position, header);
    if (!read.ok) return read;
    return lastOffsetAt(header, 0) - this.baseOffset === relative && magicAt(header, 0) === currentMagic ? done : failed('EIO');
  }

  /** The same of the time index: EIO when the batch at that offset has another largest timestamp. */
  checkTime({ timestampMs, relative }: TimeEntry): Result<void, DiskError> {
    if (timestampMs < 0) return done;
    const at = this.baseOffset + relative;
    let found = -1;
    const place = this.nextFrom(relative, (maxTimestampMs, last) => {
      found = maxTimestampMs;
      return last >= at;
    });
    if (!place.ok) return place;
    return place.value !== undefined && place.value.base <= at && found === timestampMs ? done : failed('EIO');
  }

  #learn(base: Offset, last: Offset, position: number, maxTimestampMs: number): void {
    this.#known.append(base - this.baseOffset, last - this.baseOffset, position);
    this.#nextOffset = (last + 1) as Offset;
    if (position === 0) this.#firstTimestampMs = maxTimestampMs;
    if (maxTimestampMs <= this.#maxTimestampMs) return;
    this.#maxTimestampMs = maxTimestampMs;
    this.#maxTimestampAt = last - this.baseOffset;
  }

  #place(index: number): BatchPlace {
    const known = this.#known;
    const end = index + 1 < known.count ? known.position(index + 1) : this.#size;
    return {
      base: (this.baseOffset + known.first(index)) as Offset,
      last: (this.baseOffset + known.last(index)) as Offset,
      position: known.position(index),
      end,
    };
  }
}
