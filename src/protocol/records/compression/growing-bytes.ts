/** Bytes that grow while a stream is decompressed: what a stream really holds is allocated, never what its headers claim. */

/** Small streams fit at once. */
const firstBytes = 1024;

export class GrowingBytes {
  /** What was written so far is [0, length). */
  bytes: Uint8Array;
  length = 0;
  readonly #maxBytes: number;

  /** Of at most `maxBytes`. */
  constructor(expectedBytes: number, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.bytes = new Uint8Array(Math.min(Math.max(expectedBytes, firstBytes), maxBytes));
  }

  /** Makes room for `count` more bytes; false when that would be too many. */
  reserve(count: number): boolean {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return true;
    if (needed > this.#maxBytes) return false;
    const larger = new Uint8Array(Math.min(Math.max(needed, this.bytes.length * 2), this.#maxBytes));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    return true;
  }

  append(bytes: Uint8Array, from: number, to: number): boolean {
    if (!this.reserve(to - from)) return false;
    this.bytes.set(bytes.subarray(from, to), this.length);
    this.length += to - from;
    return true;
  }

  /** Appends `count` bytes that stand `distance` before the end; they may run into what is being written. The room and the distance are the caller's to check. */
  repeat(distance: number, count: number): void {
    const { bytes } = this;
    let at = this.length;
    this.length += count;
    if (distance >= count) {
      bytes.copyWithin(at, at - distance, at - distance + count);
      return;
    }
    for (const end = this.length; at < end; at++) bytes[at] = bytes[at - distance] as number;
  }

  get written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}
