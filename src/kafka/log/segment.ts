/**
 * One segment of a log: a file of concatenated batches and where they lie in it. Owns the file's bytes and its index; which batches may
 * come, and what a failure means, is the log's.
 */
import type { Disk, DiskError, File } from '../../io/disk.ts';
import { type Offset, offset } from '../../model/brand.ts';
import { done, failed, ok, type Result } from '../../model/result.ts';
import { BatchIndex } from './batch-index.ts';
import { inFolder, readFully, writeFully } from './files.ts';

const suffix = '.log';
const digits = 20;

export const segmentFileName = (base: Offset): string => `${String(base).padStart(digits, '0')}${suffix}`;

/** The base offset in a segment file's name; undefined for other files. */
export function segmentBaseOf(name: string): Offset | undefined {
  if (!/^\d{20}\.log$/.test(name)) return undefined;
  const base = Number(name.slice(0, digits));
  return Number.isSafeInteger(base) ? offset(base) : undefined;
}

export class Segment {
  readonly baseOffset: Offset;
  readonly path: string;
  readonly index = new BatchIndex();
  /** Wall time of the file's creation, or of its opening. */
  readonly createdMs: number;
  /** Taken off segment.ms. */
  readonly jitterMs: number;
  readonly #file: File;
  #size: number;
  #maxTimestampMs = -1;
  #closed = false;

  constructor(path: string, baseOffset: Offset, file: File, createdMs: number, jitterMs: number) {
    this.path = path;
    this.baseOffset = baseOffset;
    this.createdMs = createdMs;
    this.jitterMs = jitterMs;
    this.#file = file;
    this.#size = file.size();
  }

  static create(disk: Disk, folder: string, baseOffset: Offset, createdMs: number, jitterMs: number): Result<Segment, DiskError> {
    const path = inFolder(folder, segmentFileName(baseOffset));
    // A file of this name can only be the remains of a cut history.
    const file = disk.open(path, 'truncate');
    return file.ok ? ok(new Segment(path, baseOffset, file.value, createdMs, jitterMs)) : file;
  }

  static open(disk: Disk, folder: string, baseOffset: Offset, createdMs: number, jitterMs: number): Result<Segment, DiskError> {
    const path = inFolder(folder, segmentFileName(baseOffset));
    const file = disk.open(path, 'write');
    return file.ok ? ok(new Segment(path, baseOffset, file.value, createdMs, jitterMs)) : file;
  }

  /** Bytes of whole batches. */
  get size(): number {
    return this.#size;
  }
  get closed(): boolean {
    return this.#closed;
  }
  /** -1 when no record has one. */
  get maxTimestampMs(): number {
    return this.#maxTimestampMs;
  }
  /** That of the first batch, from which segment.ms counts; -1 for none. */
  get firstTimestampMs(): number {
    return this.index.count === 0 ? -1 : this.index.maxTimestampMs(0);
  }
  /** The offset behind the last batch; the base offset when there is none. */
  get nextOffset(): Offset {
    return (this.index.count === 0 ? this.baseOffset : this.baseOffset + this.index.last(this.index.count - 1) + 1) as Offset;
  }

  /** Where a batch's bytes end. */
  endOfBatch(index: number): number {
    return index + 1 < this.index.count ? this.index.position(index + 1) : this.#size;
  }

  /** The byte position of the first batch that holds an offset at or above `at`; the size when there is none. */
  positionOf(at: Offset): number {
    if (at <= this.baseOffset) return 0;
    const found = this.index.findReaching(at - this.baseOffset);
    return found === this.index.count ? this.#size : this.index.position(found);
  }

  /** Writes whole batches at the end; they must then be told to the index by noteBatch, in order. */
  write(bytes: Uint8Array): Result<void, DiskError> {
    const written = writeFully(this.#file, this.#size, bytes);
    if (written.ok) this.#size += bytes.length;
    return written;
  }

  /** Takes a batch that is in the file into the index. */
  noteBatch(base: Offset, last: Offset, position: number, maxTimestampMs: number): void {
    this.index.append(base - this.baseOffset, last - this.baseOffset, position, maxTimestampMs);
    if (maxTimestampMs > this.#maxTimestampMs) this.#maxTimestampMs = maxTimestampMs;
  }

  /** Fills `into`; EIO when the file ends before. */
  read(at: number, into: Uint8Array): Result<void, DiskError> {
    const read = readFully(this.#file, at, into);
    if (!read.ok) return read;
    return read.value === into.length ? done : failed('EIO');
  }

  /** Cuts the file at a batch's position and forgets what lay behind. */
  truncate(position: number): Result<void, DiskError> {
    const cut = this.#file.truncate(position);
    if (!cut.ok) return cut;
    this.index.keep(this.index.findPosition(position));
    this.#size = position;
    let max = -1;
    for (let index = 0; index < this.index.count; index++) max = Math.max(max, this.index.maxTimestampMs(index));
    this.#maxTimestampMs = max;
    return cut;
  }

  sync(): Result<void, DiskError> {
    return this.#file.sync();
  }

  syncLater(then: (result: Result<void, DiskError>) => void): void {
    this.#file.syncLater(then);
  }

  /** Does the file reach this position, whatever stands there by now? */
  holds(end: number): boolean {
    return !this.#closed && end <= this.#size;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
  }
}
