/**
 * A piece of one segment, served as it is stored: bytes are read when the socket takes them, never decoded or copied before.
 */
import type { Offset } from '../../model/brand.ts';
import type { ByteSource } from '../../protocol/schema/schema.ts';
import type { LogDirectory } from './log-directory.ts';
import type { Segment } from './segment.ts';

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
  readInto(target: Uint8Array): void;
}

export class SegmentSlice implements LogSlice {
  readonly byteLength: number;
  readonly nextOffset: Offset;
  readonly #segment: Segment;
  readonly #directory: LogDirectory;
  readonly #position: number;

  constructor(segment: Segment, directory: LogDirectory, position: number, byteLength: number, nextOffset: Offset) {
    this.byteLength = byteLength;
    this.nextOffset = nextOffset;
    this.#segment = segment;
    this.#directory = directory;
    this.#position = position;
  }

  get intact(): boolean {
    return this.byteLength === 0 || (!this.#directory.offline && this.#segment.holds(this.#position + this.byteLength));
  }

  readInto(target: Uint8Array): void {
    if (target.length === 0) return;
    if (!this.intact) {
      target.fill(0);
      return;
    }
    const read = this.#segment.read(this.#position, target);
    if (read.ok) return;
    this.#directory.fail(read.error);
    target.fill(0);
  }
}
