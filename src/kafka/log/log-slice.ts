/**
 * A piece of one segment, served as it is stored: bytes are read when the socket takes them, never decoded or copied before. Each whole batch is
 * checked on its way: what rots on the device is a storage error and leaves nobody.
 */
import type { Offset } from '../../model/brand.ts';
import { baseOffsetAt, batchBytesAt, batchHeaderBytes, lastOffsetAt } from '../../protocol/records/batch-header.ts';
import type { ByteSource } from '../../protocol/schema/schema.ts';
import type { LogDirectory } from './log-directory.ts';
import type { Segment } from './segment.ts';

/** May the whole batch at a position of these bytes be handed out, behind one that ended before `after`? */
export type ServesBatch = (bytes: Uint8Array, at: number, after: Offset) => boolean;

/** What a slice needs of the log that it is part of. */
export interface SliceOwner {
  readonly directory: LogDirectory;
  readonly servesBatch: ServesBatch;
  /** The bytes are not what was written. */
  damaged(at: Offset): void;
}

export interface LogSlice extends ByteSource {
  /** 0 when there is nothing between the offset asked for and the bound. The last batch may be cut. */
  readonly byteLength: number;
  /** The offset behind the last whole batch in it; the offset asked for when it is empty. */
  readonly nextOffset: Offset;
  /**
   * False when the log ends before it or was closed: readInto then fills zeros, which no reader takes for a batch. A log that was truncated
   * and grew again gives what stands there now, of a later epoch: a follower must not append that (KAFKA-18723).
   */
  readonly intact: boolean;
  /** The bytes could not be read, or are damaged: readInto filled zeros, and the log directory is offline. */
  readonly failed: boolean;
  readInto(target: Uint8Array): void;
}

export class SegmentSlice implements LogSlice {
  readonly byteLength: number;
  readonly nextOffset: Offset;
  readonly #segment: Segment;
  readonly #owner: SliceOwner;
  readonly #position: number;
  /** That of the first batch. */
  readonly #base: Offset;
  /** How often the segment was cut before. */
  readonly #cuts: number;
  #failed = false;

  constructor(segment: Segment, owner: SliceOwner, position: number, byteLength: number, base: Offset, nextOffset: Offset) {
    this.byteLength = byteLength;
    this.nextOffset = nextOffset;
    this.#segment = segment;
    this.#owner = owner;
    this.#position = position;
    this.#base = base;
    this.#cuts = segment.cuts;
  }

  get intact(): boolean {
    return this.byteLength === 0 || (!this.#owner.directory.offline && this.#segment.holds(this.#position + this.byteLength));
  }
  get failed(): boolean {
    return this.#failed;
  }

  readInto(target: Uint8Array): void {
    if (target.length === 0) return;
    if (!this.intact) {
      target.fill(0);
      return;
    }
    const read = this.#segment.read(this.#position, target);
    if (!read.ok) {
      this.#owner.directory.fail(read.error);
      this.#failed = true;
    } else {
      const damage = this.#damage(target);
      if (damage === undefined) return;
      // Where the log was cut meanwhile, another history stands here, and this place may be in the middle of a batch.
      if (this.#cuts === this.#segment.cuts) {
        this.#owner.damaged(damage);
        this.#failed = true;
      }
    }
    target.fill(0);
  }

  /** Behind which offset the bytes are not what was written; undefined when all whole batches are. */
  #damage(bytes: Uint8Array): Offset | undefined {
    let after = this.#base;
    for (let at = 0; at + batchHeaderBytes <= bytes.length; ) {
      const length = batchBytesAt(bytes, at);
      if (length < batchHeaderBytes) return after;
      if (at + length > bytes.length) break;
      if ((at === 0 && baseOffsetAt(bytes, at) !== this.#base) || !this.#owner.servesBatch(bytes, at, after)) return after;
      after = (lastOffsetAt(bytes, at) + 1) as Offset;
      at += length;
    }
    return after === this.nextOffset ? undefined : after;
  }
}
