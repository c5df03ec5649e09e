/**
 * Where writers write: one growing buffer that all encodings share, since encoding is synchronous and its result is copied out.
 * Records are not copied into it: a cut remembers where they belong. Owns memory only; what is written is `compile-writer.ts`.
 */
import { invariant } from '../../model/invariant.ts';
import type { ByteSource } from './schema.ts';

/** The bytes of an encoded message: contiguous buffers with records in between, in order. */
export interface Encoded {
  readonly byteLength: number;
  readonly parts: readonly (Uint8Array | ByteSource)[];
}

const ordinarySize = 65_536;
const keptSize = 1_048_576;
const largest = 0x7fff_ffff;

export class Output {
  /** Only what lies below the writer's position means anything. Replaced by grow(). */
  bytes = new Uint8Array(ordinarySize);
  /** Where the writer that is not running stopped. */
  at = 0;
  #cutAt: number[] = [];
  #sources: (Uint8Array | ByteSource)[] = [];
  #sourceBytes = 0;

  /** Begins a new encoding after `reserved` bytes, which the caller fills in; what an encoding that threw has left is dropped. */
  start(reserved: number): void {
    this.at = reserved;
    this.#drop();
  }

  /** Makes room for `more` bytes after `at` and gives the buffer to go on with. */
  grow(at: number, more: number): Uint8Array {
    invariant(at + more <= largest, 'a message is shorter than 2 GiB', at, more);
    if (this.bytes.length - at >= more) return this.bytes;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, at + more));
    grown.set(this.bytes.subarray(0, at));
    this.bytes = grown;
    return grown;
  }

  /** The records that follow what was written below `at`; they are neither read nor copied now. */
  cut(at: number, source: Uint8Array | ByteSource): void {
    if (source.byteLength === 0) return;
    this.#cutAt.push(at);
    this.#sources.push(source);
    this.#sourceBytes += source.byteLength;
  }

  get byteLength(): number {
    return this.at + this.#sourceBytes;
  }

  /** All in one fresh buffer; sources are read into their places. */
  toBytes(): Uint8Array {
    if (this.#sources.length === 0) return this.#copy();
    const whole = new Uint8Array(this.byteLength);
    const sources = this.#sources;
    const places: number[] = [];
    let from = 0;
    let to = 0;
    for (let index = 0; index < sources.length; index++) {
      const cutAt = this.#cutAt[index] ?? 0;
      whole.set(this.bytes.subarray(from, cutAt), to);
      to += cutAt - from;
      from = cutAt;
      places.push(to);
      to += sources[index]?.byteLength ?? 0;
    }
    whole.set(this.bytes.subarray(from, this.at), to);
    this.#drop();
    // Last, because reading a source is foreign code, which may encode something itself.
    for (let index = 0; index < sources.length; index++) fill(whole, places[index] ?? 0, sources[index]);
    return whole;
  }

  /** One copy of what was written, with the sources as they are in between. */
  toEncoded(): Encoded {
    const byteLength = this.byteLength;
    const sources = this.#sources;
    const cutAt = this.#cutAt;
    const end = this.at;
    const written = this.#copy();
    if (sources.length === 0) return { byteLength, parts: [written] };
    const parts: (Uint8Array | ByteSource)[] = [];
    let from = 0;
    for (let index = 0; index < sources.length; index++) {
      const source = sources[index];
      const to = cutAt[index] ?? 0;
      if (to > from) parts.push(written.subarray(from, to));
      if (source !== undefined) parts.push(source);
      from = to;
    }
    if (end > from) parts.push(written.subarray(from, end));
    return { byteLength, parts };
  }

  #copy(): Uint8Array {
    const written = this.bytes.slice(0, this.at);
    this.#drop();
    return written;
  }

  #drop(): void {
    if (this.#sources.length > 0) {
      this.#cutAt = [];
      this.#sources = [];
      this.#sourceBytes = 0;
    }
    // One huge message must not hold its memory for ever.
    if (this.bytes.length > keptSize) this.bytes = new Uint8Array(ordinarySize);
  }
}

function fill(whole: Uint8Array, at: number, source: Uint8Array | ByteSource | undefined): void {
  if (source instanceof Uint8Array) whole.set(source, at);
  else source?.readInto(whole.subarray(at, at + source.byteLength));
}
