/**
 * Where writers write. Messages are laid one after another into slabs, and what an encoding gives are views of its stretch of the slab: an
 * ArrayBuffer of its own for each message would cost more than encoding it. A stretch that was given away is never written again.
 * Records are not copied unless one contiguous message is wanted. Owns memory only; what is written is `compile-writer.ts`.
 */
import { invariant } from '../../model/invariant.ts';
import type { ByteSource } from './schema.ts';

/** The bytes of an encoded message: contiguous buffers with records in between, in order. */
export interface Encoded {
  readonly byteLength: number;
  readonly parts: readonly (Uint8Array | ByteSource)[];
}

const slabSize = 65_536;
/** A slab with less than this left is not begun with. */
const leastRoom = 2048;
/** A slab that grew beyond this for one message is not kept for the next. */
const keptSize = 262_144;
const largest = 0x7fff_ffff;

export class Output {
  /** The slab at hand; grow() replaces it, at the same positions. */
  bytes = new Uint8Array(slabSize);
  /** The slab's memory: asking a view for it is a call into the engine. */
  #memory = this.bytes.buffer;
  /** Where the writer that ran last stopped. */
  at = 0;
  /** Where the message at hand begins. */
  from = 0;
  #oneBuffer = false;
  #cutAt: number[] = [];
  #sources: (Uint8Array | ByteSource)[] = [];
  #sourceBytes = 0;

  /**
   * Begins a message after `reserved` bytes, which the caller fills in; `whole` takes all in one buffer, `parts` leaves records where they are.
   * What an encoding that threw has written is overwritten.
   */
  start(reserved: number, kind: 'whole' | 'parts'): void {
    if (this.bytes.length - this.from < leastRoom || this.bytes.length > keptSize) {
      this.#use(new Uint8Array(slabSize));
      this.from = 0;
    }
    this.at = this.from + reserved;
    this.#oneBuffer = kind === 'whole';
    if (this.#sources.length > 0) {
      this.#cutAt = [];
      this.#sources = [];
      this.#sourceBytes = 0;
    }
  }

  /** Makes room for `more` bytes after `at` and gives the slab to go on with, where all positions hold. */
  grow(at: number, more: number): Uint8Array {
    invariant(at + more <= largest, 'a message is shorter than 2 GiB', at, more);
    if (this.bytes.length - at >= more) return this.bytes;
    const needed = at + more - this.from;
    const grown = new Uint8Array(Math.max(slabSize, this.from + needed + (needed >>> 1)));
    grown.set(this.bytes.subarray(this.from, at), this.from);
    this.#use(grown);
    return grown;
  }

  /** Takes the records that belong at `at` and gives the position to go on at; a source is not read now. */
  records(at: number, source: Uint8Array | ByteSource): number {
    const length = source.byteLength;
    if (length === 0) return at;
    if (this.#oneBuffer) {
      if (this.bytes.length - at < length) this.grow(at, length);
      if (source instanceof Uint8Array) {
        this.bytes.set(source, at);
        return at + length;
      }
    }
    this.#cutAt.push(at);
    this.#sources.push(source);
    this.#sourceBytes += length;
    return this.#oneBuffer ? at + length : at;
  }

  /** Bytes of the message so far, with those of sources that are not in the slab. */
  get byteLength(): number {
    return this.at - this.from + (this.#oneBuffer ? 0 : this.#sourceBytes);
  }

  /** Ends a message that was begun as `whole`. */
  toBytes(): Uint8Array {
    const sources = this.#sources;
    const cutAt = this.#cutAt;
    const bytes = this.bytes;
    const whole = this.#take();
    // Last, because reading a source is foreign code, which may encode something itself.
    for (let index = 0; index < sources.length; index++) {
      const source = sources[index];
      const at = cutAt[index] ?? 0;
      if (source !== undefined && !(source instanceof Uint8Array)) source.readInto(bytes.subarray(at, at + source.byteLength));
    }
    return whole;
  }

  /** Ends a message that was begun as `parts`. */
  toEncoded(): Encoded {
    const byteLength = this.byteLength;
    const sources = this.#sources;
    if (sources.length === 0) return { byteLength, parts: [this.#take()] };
    const memory = this.#memory;
    const parts: (Uint8Array | ByteSource)[] = [];
    let from = this.from;
    for (let index = 0; index < sources.length; index++) {
      const source = sources[index];
      const to = this.#cutAt[index] ?? 0;
      if (to > from) parts.push(new Uint8Array(memory, from, to - from));
      if (source !== undefined) parts.push(source);
      from = to;
    }
    if (this.at > from) parts.push(new Uint8Array(memory, from, this.at - from));
    this.from = this.at;
    while (sources.length > 0) {
      sources.pop();
      this.#cutAt.pop();
    }
    this.#sourceBytes = 0;
    return { byteLength, parts };
  }

  #use(slab: Uint8Array<ArrayBuffer>): void {
    this.bytes = slab;
    this.#memory = slab.buffer;
  }

  #take(): Uint8Array {
    const taken = new Uint8Array(this.#memory, this.from, this.at - this.from);
    this.from = this.at;
    return taken;
  }
}

/** The one that all encoding shares: encoding is synchronous and ends before another begins. */
export const output = new Output();
