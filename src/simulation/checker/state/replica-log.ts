/**
 * What one replica's log holds, as the checkers see it: batch boundaries, each with the hash of everything up to and including it.
 * Two logs agree up to an offset exactly if their prefix hashes there are equal, so that comparing histories is one comparison of numbers.
 * Owns the boundaries; whether they are right is judged elsewhere. Boundaries below the log start are kept: they cost little and link the rest.
 */

/** The prefix hash of an empty log that starts at offset 0. */
export const genesis = 0;
/** What came before is not known: the log began in the middle, and no other replica has told yet what belongs there. */
export const unknownPrefix = -1;
/** The log does not reach that far. */
export const notHeld = -2;

const two32 = 4_294_967_296;

/** The prefix hash after one more batch, an integer in [0, 2^53). `end` is one past the last offset. */
export function link(prefix: number, base: number, end: number, epoch: number, crc: number): number {
  if (prefix < 0) return unknownPrefix;
  let low = prefix | 0;
  let high = (prefix / two32) | 0;
  low = Math.imul(low ^ base, 0x85ebca6b);
  high = Math.imul(high ^ crc, 0xc2b2ae35) ^ (low >>> 15);
  low = Math.imul(low ^ high ^ (end - base), 0x9e3779b1) ^ (high >>> 13);
  high = Math.imul(high ^ low ^ epoch, 0x7feb352d) ^ ((base / two32) | 0);
  low = Math.imul(low ^ (high >>> 16), 0x846ca68b);
  high ^= low >>> 14;
  return (high & 0x1fffff) * two32 + (low >>> 0);
}

export class ReplicaLog {
  readonly bases: number[] = [];
  /** One past the last offset of each batch. */
  readonly ends: number[] = [];
  readonly epochs: number[] = [];
  /** The prefix hash up to and including each batch. */
  readonly prefixes: number[] = [];
  logStart = 0;
  /** The log end offset. */
  end = 0;
  /** The prefix hash in front of the first batch of the list. */
  anchor = genesis;
  /** Where the ledger expects this log's next batch; a hint that the ledger keeps. */
  hint = 0;

  get length(): number {
    return this.bases.length;
  }

  /** The epoch of the last batch, -1 without one. */
  get lastEpoch(): number {
    return this.epochs[this.epochs.length - 1] ?? -1;
  }

  /** The prefix hash of the whole log. */
  get lastPrefix(): number {
    return this.prefixes[this.prefixes.length - 1] ?? this.anchor;
  }

  push(base: number, end: number, epoch: number, prefix: number): void {
    this.bases.push(base);
    this.ends.push(end);
    this.epochs.push(epoch);
    this.prefixes.push(prefix);
    this.end = end;
  }

  /** Drops every batch that reaches beyond `to`. */
  truncate(to: number): void {
    const keep = this.countWithin(to);
    this.bases.length = keep;
    this.ends.length = keep;
    this.epochs.length = keep;
    this.prefixes.length = keep;
    if (to < this.end) this.end = to;
    if (this.logStart > this.end) this.logStart = this.end;
  }

  /** Empties the log and starts it at an offset. */
  restartAt(offset: number): void {
    this.bases.length = 0;
    this.ends.length = 0;
    this.epochs.length = 0;
    this.prefixes.length = 0;
    this.logStart = offset;
    this.end = offset;
    this.anchor = offset === 0 ? genesis : unknownPrefix;
    this.hint = 0;
  }

  /** The prefix hash of all whole batches below an offset; `notHeld` beyond the end, `unknownPrefix` where it cannot be known. */
  prefixAt(offset: number): number {
    if (offset > this.end) return notHeld;
    const count = this.countWithin(offset);
    return count === 0 ? (offset < this.logStart ? unknownPrefix : this.anchor) : (this.prefixes[count - 1] ?? unknownPrefix);
  }

  /** How many batches end at or below an offset. Looks near the end first, where nearly every question aims. */
  countWithin(offset: number): number {
    const ends = this.ends;
    let high = ends.length;
    for (let step = 0; step < 8; step++) {
      if (high === 0 || (ends[high - 1] ?? 0) <= offset) return high;
      high--;
    }
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Neither is known to differ: equal, or one of them cannot be known. */
export const mayBeSame = (a: number, b: number): boolean => a === b || a === unknownPrefix || b === unknownPrefix;
