/**
 * Where the batches at the end of one segment lie, in memory: an entry a batch, in typed arrays. Holds what was appended since the log was
 * opened, and a little before, so that what followers and tailing consumers look up reads nothing; the index on disk is sparse.
 */
import { invariant } from '../../model/invariant.ts';

const smallest = 64;

export class BatchIndex {
  /** Offsets relative to the segment's base, of each batch's first and last record, and the byte position of its header. */
  #firsts = new Uint32Array(smallest);
  #lasts = new Uint32Array(smallest);
  #positions = new Uint32Array(smallest);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  append(first: number, last: number, position: number): void {
    const at = this.#count;
    invariant(at === 0 || first > this.last(at - 1), 'batches of a segment ascend', first);
    if (at === this.#firsts.length) this.#grow();
    this.#firsts[at] = first;
    this.#lasts[at] = last;
    this.#positions[at] = position;
    this.#count = at + 1;
  }

  first(index: number): number {
    return this.#firsts[index] ?? 0;
  }

  last(index: number): number {
    return this.#lasts[index] ?? 0;
  }

  position(index: number): number {
    return this.#positions[index] ?? 0;
  }

  /** The first batch whose last offset is at or above a relative offset; `count` when there is none. */
  findReaching(relative: number): number {
    let low = 0;
    let high = this.#count;
    // Followers and tailing consumers ask for the last batch.
    if (high > 0 && relative > this.last(high - 1)) return high;
    if (high > 1 && relative > this.last(high - 2)) return high - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.last(middle) >= relative) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The first batch that starts at or behind a byte position. */
  findPosition(position: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.position(middle) >= position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Forgets all but the first `count` batches. */
  keep(count: number): void {
    if (count < this.#count) this.#count = count;
  }

  #grow(): void {
    const size = this.#firsts.length * 2;
    const firsts = new Uint32Array(size);
    const lasts = new Uint32Array(size);
    const positions = new Uint32Array(size);
    firsts.set(this.#firsts);
    lasts.set(this.#lasts);
    positions.set(this.#positions);
    this.#firsts = firsts;
    this.#lasts = lasts;
    this.#positions = positions;
  }
}
