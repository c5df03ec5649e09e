/**
 * Zigzag varints as records use them: groups of seven bits, low first, the high bit says that another group follows;
 * at most 5 bytes for an int32, 10 for an int64. Values are exact in the whole range of safe integers.
 */

/** How many bytes `value`, a safe integer, takes. */
export function sizeOfVarint(value: number): number {
  let rest = Math.floor((value < 0 ? -value - 1 : value) / 64);
  let size = 1;
  while (rest > 0) {
    rest = Math.floor(rest / 128);
    size++;
  }
  return size;
}

/** Writes a safe integer; answers the position behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  const half = value < 0 ? -value - 1 : value;
  let group = (half % 64) * 2 + (value < 0 ? 1 : 0);
  let rest = Math.floor(half / 64);
  while (rest > 0) {
    bytes[at++] = group | 0x80;
    group = rest % 128;
    rest = Math.floor(rest / 128);
  }
  bytes[at++] = group;
  return at;
}

/** Reads varints between two positions; the first that is malformed, cut or out of range makes `malformed` true for good, and reads as 0. */
export class VarintReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  malformed = false;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** An int32. */
  int32(): number {
    const first = this.bytes[this.at] ?? 0;
    // Nearly every length and delta fits one byte.
    if (first < 0x80 && this.at < this.end) {
      this.at++;
      return (first >>> 1) ^ -(first & 1);
    }
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.at >= this.end) return this.#fail();
      const group = this.bytes[this.at++] ?? 0;
      if (shift === 28 && group > 0x0f) return this.#fail();
      value |= (group & 0x7f) << shift;
      if (group < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    return this.#fail();
  }

  /** An int64 within the safe integers. */
  int64(): number {
    let low = 0;
    let middle = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      if (this.at >= this.end) return this.#fail();
      const group = this.bytes[this.at++] ?? 0;
      const bits = group & 0x7f;
      if (index < 4) low |= bits << (index * 7);
      else if (index < 8) middle |= bits << ((index - 4) * 7);
      else high |= bits << ((index - 8) * 7);
      if (group < 0x80) {
        const half = high * 0x80000000000000 + middle * 0x8000000 + (low >>> 1);
        return half > Number.MAX_SAFE_INTEGER ? this.#fail() : (low & 1) === 0 ? half : -half - 1;
      }
    }
    return this.#fail();
  }

  #fail(): number {
    this.malformed = true;
    return 0;
  }
}
