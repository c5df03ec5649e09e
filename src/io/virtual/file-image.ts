/**
 * The bytes of one file: as programs see them, as they are durable, and what lies between.
 * Owns what a power loss leaves of a file. Names and folders are the disk's.
 *
 * While all that was written since the last sync was appended, the durable bytes are a prefix of the live ones and pending writes need no
 * copy of their own. A write below the end, or a cut, first copies what it would destroy of either; the next full sync forgets the copies.
 * So a change costs what it touches, and a power loss what was not synced, however long the file is.
 */
import type { WeatherStream } from './weather.ts';

/** The unit in which a device writes as a whole. */
const sectorBytes = 512;

/** What became of the un-synced work of a whole disk at a power loss; drawn once for each loss. */
export type Survival = 'nothing' | 'everything' | 'prefix' | 'each';

/** A write or, with length -1, a change of the size to `at`. */
interface Pending {
  readonly at: number;
  readonly length: number;
  /** What was written, once it does not stand in the live image any more. */
  bytes: Uint8Array | undefined;
}

/** A bit that is not as it was written. */
export interface Flip {
  readonly at: number;
  readonly bit: number;
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
  /** Where the bytes are rotten; what is written anew is good again. */
  #flips: readonly Flip[] = [];

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
    if (this.#flips.length > 0) for (const flip of this.#flips) if (flip.at >= at && flip.at < end) this.repair(flip);
    if (at < this.size) this.#save(at);
    this.#reserve(end);
    this.#live.set(bytes, at);
    if (end > this.size) this.size = end;
    this.#issue({ at, length: bytes.length, bytes: undefined });
  }

  truncate(size: number): void {
    if (size === this.size) return;
    for (const flip of this.#flips) if (flip.at >= size) this.repair(flip);
    this.#save(Math.min(size, this.size));
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
    const surface = new Surface(this.#live, this.#tailFrom, this.#tail, covered);
    for (const change of covered) surface.apply(change);
    this.#tail = surface.finish();
    this.#durableSize = this.#tailFrom + this.#tail.length;
  }

  /** Leaves what a power loss leaves. What it leaves is durable. */
  losePower(survival: Survival, weather: WeatherStream): void {
    if (this.#pending.length === 0) return;
    const from = this.#tail === undefined ? this.#durableSize : this.#tailFrom;
    const surface = new Surface(this.#live, from, this.#tail, this.#pending);
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
    const size = from + left.length;
    this.#reserve(size);
    this.#live.set(left, from);
    if (size < this.size) this.#live.fill(0, size, this.size);
    this.size = size;
    this.#flips = this.#flips.filter((flip) => flip.at < size);
    this.#settle();
  }

  /** Changes a bit behind everyone's back, wherever it stands: in what is read, in what is durable and in what is on its way. */
  flipBit(at: number, bit: number): Flip {
    const flip = { at, bit };
    this.#flips = [...this.#flips, flip];
    this.#turn(flip);
    return flip;
  }

  /** Is it still there? */
  isRotten(flip: Flip): boolean {
    return this.#flips.includes(flip) && flip.at < this.size;
  }

  /** Turns the bit back, if nothing was written over it since. */
  repair(flip: Flip): void {
    if (!this.#flips.includes(flip)) return;
    this.#flips = this.#flips.filter((each) => each !== flip);
    this.#turn(flip);
  }

  /** A copy of the bytes as they were written. */
  undamaged(): Uint8Array {
    const bytes = this.#live.slice(0, this.size);
    for (const flip of this.#flips) turnBit(bytes, flip.at, flip.bit);
    return bytes;
  }

  #turn({ at, bit }: Flip): void {
    turnBit(this.#live, at, bit);
    if (this.#tail !== undefined && at >= this.#tailFrom) turnBit(this.#tail, at - this.#tailFrom, bit);
    for (const change of this.#pending) if (change.bytes !== undefined && at >= change.at) turnBit(change.bytes, at - change.at, bit);
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

  /** Copies what stands in the live image from there on and is needed when that is overwritten: durable bytes and pending writes. */
  #save(at: number): void {
    for (const change of this.#pending)
      if (change.length > 0 && change.at + change.length > at) change.bytes ??= this.#live.slice(change.at, change.at + change.length);
    const upTo = this.#tail === undefined ? this.#durableSize : this.#tailFrom;
    const from = Math.min(at, upTo);
    if (this.#tail !== undefined && from === upTo) return;
    const tail = new Uint8Array(upTo - from + (this.#tail?.length ?? 0));
    tail.set(this.#live.subarray(from, upTo));
    if (this.#tail !== undefined) tail.set(this.#tail, upTo - from);
    this.#tail = tail;
    this.#tailFrom = from;
  }

  #reserve(size: number): void {
    if (size <= this.#live.length) return;
    const grown = new Uint8Array(Math.max(size, this.#live.length * 2, 256));
    grown.set(this.#live);
    this.#live = grown;
  }
}

function turnBit(bytes: Uint8Array, at: number, bit: number): void {
  if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
}

/** The end of a durable image, from some position on, on which changes are made one after another. */
class Surface {
  readonly #live: Uint8Array;
  readonly #from: number;
  readonly #bytes: Uint8Array;
  #size: number;

  /** What `changes` wrote and have not saved stands in `live`. */
  constructor(live: Uint8Array, from: number, tail: Uint8Array | undefined, changes: readonly Pending[]) {
    const size = tail?.length ?? 0;
    let capacity = size;
    for (const change of changes) capacity = Math.max(capacity, change.at - from + Math.max(0, change.length));
    this.#live = live;
    this.#from = from;
    this.#bytes = new Uint8Array(capacity);
    if (tail !== undefined) this.#bytes.set(tail);
    this.#size = size;
  }

  apply(change: Pending): void {
    if (change.length >= 0) {
      this.#put(change.at, this.#bytesOf(change));
      return;
    }
    const size = change.at - this.#from;
    this.#bytes.fill(0, size, Math.max(size, this.#size));
    this.#size = size;
  }

  /** A write of which only the first or only the last sectors reached the device; a change of size happens whole or not at all. */
  tear(change: Pending, weather: WeatherStream): void {
    const firstSector = Math.floor(change.at / sectorBytes);
    const inner = change.length < 0 ? 0 : Math.floor((change.at + change.length - 1) / sectorBytes) - firstSector;
    if (inner === 0) {
      if (weather.below(2) === 1) this.apply(change);
      return;
    }
    const bytes = this.#bytesOf(change);
    const boundary = (firstSector + 1 + weather.below(inner)) * sectorBytes - change.at;
    if (weather.below(4) > 0) this.#put(change.at, bytes.subarray(0, boundary));
    else this.#put(change.at + boundary, bytes.subarray(boundary));
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  #bytesOf(change: Pending): Uint8Array {
    return change.bytes ?? this.#live.subarray(change.at, change.at + change.length);
  }

  #put(at: number, bytes: Uint8Array): void {
    const index = at - this.#from;
    this.#bytes.set(bytes, index);
    this.#size = Math.max(this.#size, index + bytes.length);
  }
}
