/**
 * The bytes of one file: as programs see them, as they are durable, and what lies between.
 * Owns what a power loss leaves of a file. Names and folders are the disk's.
 *
 * While all that was written since the last sync was appended, the durable bytes are a prefix of the live ones and pending writes need no
 * copy of their own. A write below the end, or a cut, gives the durable bytes from there on a copy; the next full sync forgets it. So what a
 * change or a power loss costs grows with the bytes that it touches, not with the file.
 */
import type { WeatherStream } from './weather.ts';

/** The unit in which a device writes as a whole. */
const sectorBytes = 512;

/** What became of the un-synced work of a whole disk at a power loss; drawn once for each loss. */
export type Survival = 'nothing' | 'everything' | 'prefix' | 'each';

/** A write (`bytes` undefined: they stand in the live image) or, with length -1, a change of the size to `at`. */
interface Pending {
  readonly at: number;
  readonly length: number;
  bytes: Uint8Array | undefined;
}

export class FileImage {
  /** Length in bytes, as programs see it. */
  size = 0;
  /** Open handles, and whether a name leads to it: without either its space is free. */
  handles = 0;
  linked = true;
  #live: Uint8Array = new Uint8Array(0);
  #durableSize = 0;
  /** The durable bytes from `#tailFrom` on, when they may differ from the live ones there. Below, both images are one. */
  #tail: Uint8Array | undefined;
  #tailFrom = 0;
  #pending: Pending[] = [];
  /** How many changes were ever issued: a sync covers those before it. */
  #issued = 0;

  /** The number to hand to syncUpTo for all that was issued so far. */
  get issued(): number {
    return this.#issued;
  }

  read(at: number, into: Uint8Array): number {
    const length = Math.max(0, Math.min(into.length, this.size - at));
    if (length > 0) into.set(this.#live.subarray(at, at + length));
    return length;
  }

  write(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length;
    if (at < this.size) this.#detach(at);
    this.#reserve(end);
    this.#live.set(bytes, at);
    if (end > this.size) this.size = end;
    this.#issue({ at, length: bytes.length, bytes: this.#tail === undefined ? undefined : bytes.slice() });
  }

  truncate(size: number): void {
    if (size === this.size) return;
    this.#detach(Math.min(size, this.size));
    this.#reserve(size);
    if (size < this.size) this.#live.fill(0, size, this.size);
    this.size = size;
    this.#issue({ at: size, length: -1, bytes: undefined });
  }

  /** Makes durable what was issued before the change of that number. */
  syncUpTo(issued: number): void {
    const count = issued - (this.#issued - this.#pending.length);
    if (count <= 0) return;
    if (count === this.#pending.length) {
      this.#settle();
      return;
    }
    const covered = this.#pending.splice(0, count);
    if (this.#tail === undefined) {
      for (const change of covered) this.#durableSize = Math.max(this.#durableSize, change.at + change.length);
      return;
    }
    const surface = new Surface(this.#tail, this.#tailFrom, covered);
    for (const change of covered) surface.apply(change);
    this.#tail = surface.finish();
    this.#durableSize = this.#tailFrom + this.#tail.length;
  }

  /** Leaves what a power loss leaves. What it leaves is durable. */
  losePower(survival: Survival, weather: WeatherStream): void {
    if (this.#pending.length === 0) return;
    const surface = new Surface(this.#detach(this.#durableSize), this.#tailFrom, this.#pending);
    const count = this.#pending.length;
    // In the prefix case the change after the last that survived is the one that was under way.
    const whole = survival === 'nothing' ? 0 : survival === 'prefix' ? weather.below(count + 1) : count;
    for (let index = 0; index < count; index++) {
      const change = this.#pending[index];
      if (change === undefined) break;
      const fate = survival === 'each' ? weather.below(3) : index < whole ? 1 : index === whole && survival === 'prefix' ? 2 : 0;
      if (fate === 1) surface.apply(change);
      else if (fate === 2) surface.tear(change, weather);
    }
    const left = surface.finish();
    const size = this.#tailFrom + left.length;
    this.#reserve(size);
    this.#live.set(left, this.#tailFrom);
    if (size < this.size) this.#live.fill(0, size, this.size);
    this.size = size;
    this.#settle();
  }

  /** Changes a bit behind everyone's back, in the live and the durable image. */
  flipBit(at: number, bit: number): void {
    const flip = (image: Uint8Array | undefined, index: number): void => {
      if (image !== undefined && index >= 0 && index < image.length) image[index] = (image[index] ?? 0) ^ (1 << bit);
    };
    if (at < this.size) flip(this.#live, at);
    flip(this.#tail, at - this.#tailFrom);
  }

  /** All that was issued is durable. */
  #settle(): void {
    this.#pending.length = 0;
    this.#tail = undefined;
    this.#durableSize = this.size;
  }

  #issue(change: Pending): void {
    this.#pending.push(change);
    this.#issued++;
  }

  /** Gives the durable bytes from there on, and the pending writes, bytes of their own, before live ones are overwritten. */
  #detach(at: number): Uint8Array {
    if (this.#tail === undefined) {
      this.#tailFrom = Math.min(at, this.#durableSize);
      this.#tail = this.#live.slice(this.#tailFrom, this.#durableSize);
      for (const change of this.#pending) if (change.length >= 0) change.bytes ??= this.#live.slice(change.at, change.at + change.length);
    } else if (at < this.#tailFrom) {
      const longer = new Uint8Array(this.#tailFrom - at + this.#tail.length);
      longer.set(this.#live.subarray(at, this.#tailFrom));
      longer.set(this.#tail, this.#tailFrom - at);
      this.#tail = longer;
      this.#tailFrom = at;
    }
    return this.#tail;
  }

  #reserve(size: number): void {
    if (size <= this.#live.length) return;
    const grown = new Uint8Array(Math.max(size, this.#live.length * 2, 256));
    grown.set(this.#live);
    this.#live = grown;
  }
}

/** The end of a durable image, from some position on, on which changes are made one after another. */
class Surface {
  readonly #bytes: Uint8Array;
  readonly #from: number;
  #size: number;

  constructor(tail: Uint8Array, from: number, changes: readonly Pending[]) {
    let capacity = tail.length;
    for (const change of changes) capacity = Math.max(capacity, change.at - from + Math.max(0, change.length));
    this.#bytes = new Uint8Array(capacity);
    this.#bytes.set(tail);
    this.#from = from;
    this.#size = tail.length;
  }

  apply(change: Pending): void {
    if (change.bytes === undefined) {
      const size = change.at - this.#from;
      this.#bytes.fill(0, size, Math.max(size, this.#size));
      this.#size = size;
    } else this.#put(change.at, change.bytes);
  }

  /** A write of which only the first or only the last sectors reached the device; a change of size happens whole or not at all. */
  tear(change: Pending, weather: WeatherStream): void {
    const bytes = change.bytes;
    const firstSector = Math.floor(change.at / sectorBytes);
    const inner = bytes === undefined ? 0 : Math.floor((change.at + bytes.length - 1) / sectorBytes) - firstSector;
    if (bytes === undefined || inner === 0) {
      if (weather.below(2) === 1) this.apply(change);
      return;
    }
    const boundary = (firstSector + 1 + weather.below(inner)) * sectorBytes - change.at;
    if (weather.below(4) > 0) this.#put(change.at, bytes.subarray(0, boundary));
    else this.#put(change.at + boundary, bytes.subarray(boundary));
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  #put(at: number, bytes: Uint8Array): void {
    const index = at - this.#from;
    this.#bytes.set(bytes, index);
    this.#size = Math.max(this.#size, index + bytes.length);
  }
}
