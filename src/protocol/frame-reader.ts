/**
 * Cuts a stream of bytes into frames. A frame that lies in one chunk is a view of it; only one that spans chunks is put together, in a buffer
 * that grows with the bytes that came and not with the length that was claimed. What a frame holds is `frame.ts`.
 */

import { freshBytes } from '../model/fresh-bytes.ts';

const nothing: Uint8Array = new Uint8Array(0);
const lengthBytes = 4;
/** What is set aside at once for a frame that spans chunks; larger ones grow as they come. */
const firstPart = 65_536;

export class FrameReader {
  readonly #maxFrameBytes: number;
  #chunk = nothing;
  #at = 0;
  /** Chunks that were pushed before the one at hand was used up, with the index of the next. */
  #waiting: Uint8Array[] = [];
  #nextWaiting = 0;
  /** A length of which not all bytes have come. */
  #lengthSoFar = 0;
  #lengthBytesRead = 0;
  /** A frame of which not all bytes have come: its length, -1 for none, and what came so far. */
  #frameLength = -1;
  #frame = nothing;
  #filled = 0;
  #hostile = false;

  /** Frames longer than `maxFrameBytes`, their length field not counted, are hostile; socket.request.max.bytes for a broker. */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Takes the next bytes of the stream; the reader and its frames refer to them, so they must not change. */
  push(chunk: Uint8Array): void {
    if (this.#at < this.#chunk.length) this.#waiting.push(chunk);
    else {
      this.#chunk = chunk;
      this.#at = 0;
    }
  }

  /** Bytes were pushed that no call of next() has looked at. */
  get hasBytes(): boolean {
    return this.#at < this.#chunk.length || this.#nextWaiting < this.#waiting.length;
  }

  /** The next whole frame without its length; undefined until more bytes come; 'hostile-length' for ever once a length was one. */
  next(): Uint8Array | 'hostile-length' | undefined {
    while (!this.#hostile) {
      if (this.#frameLength < 0) {
        const length = this.#readLength();
        if (length === undefined) return undefined;
        if (length < 0 || length > this.#maxFrameBytes) {
          this.#hostile = true;
          break;
        }
        if (this.#chunk.length - this.#at >= length) return this.#take(length);
        this.#frameLength = length;
        this.#frame = freshBytes(Math.min(length, firstPart));
        this.#filled = 0;
      }
      if (this.#collect()) return this.#collected();
      if (!this.#advance()) return undefined;
    }
    return 'hostile-length';
  }

  #readLength(): number | undefined {
    const chunk = this.#chunk;
    const at = this.#at;
    if (this.#lengthBytesRead === 0 && chunk.length - at >= lengthBytes) {
      this.#at = at + lengthBytes;
      return ((chunk[at] ?? 0) << 24) | ((chunk[at + 1] ?? 0) << 16) | ((chunk[at + 2] ?? 0) << 8) | (chunk[at + 3] ?? 0);
    }
    while (this.#lengthBytesRead < lengthBytes) {
      if (this.#at === this.#chunk.length && !this.#advance()) return undefined;
      this.#lengthSoFar = (this.#lengthSoFar << 8) | (this.#chunk[this.#at] ?? 0);
      this.#lengthBytesRead++;
      this.#at++;
    }
    const length = this.#lengthSoFar;
    this.#lengthSoFar = 0;
    this.#lengthBytesRead = 0;
    return length;
  }

  /** Goes on to a chunk with bytes in it; false when none waits. */
  #advance(): boolean {
    while (this.#nextWaiting < this.#waiting.length) {
      this.#chunk = this.#waiting[this.#nextWaiting] ?? nothing;
      this.#at = 0;
      this.#nextWaiting++;
      if (this.#chunk.length > 0) return true;
    }
    if (this.#waiting.length > 0) {
      this.#waiting = [];
      this.#nextWaiting = 0;
    }
    // The last chunk must not be held by a connection that idles.
    this.#chunk = nothing;
    this.#at = 0;
    return false;
  }

  #take(length: number): Uint8Array {
    const chunk = this.#chunk;
    const frame = new Uint8Array(chunk.buffer, chunk.byteOffset + this.#at, length);
    this.#at += length;
    return frame;
  }

  /** Adds what the chunk holds of the frame; true when the frame is whole. */
  #collect(): boolean {
    const more = Math.min(this.#chunk.length - this.#at, this.#frameLength - this.#filled);
    const needed = this.#filled + more;
    if (needed > this.#frame.length) {
      const grown = new Uint8Array(Math.min(this.#frameLength, Math.max(needed, this.#frame.length * 2)));
      grown.set(this.#frame.subarray(0, this.#filled));
      this.#frame = grown;
    }
    this.#frame.set(this.#chunk.subarray(this.#at, this.#at + more), this.#filled);
    this.#at += more;
    this.#filled = needed;
    return needed === this.#frameLength;
  }

  #collected(): Uint8Array {
    const frame = this.#frame.length === this.#frameLength ? this.#frame : this.#frame.subarray(0, this.#frameLength);
    this.#frame = nothing;
    this.#frameLength = -1;
    return frame;
  }
}
