/**
 * The committed records of one partition: all below the true high watermark, which is the largest that any leader ever exposed.
 * A deposed leader may still raise it: its high watermark needs a fetch, within its epoch, from every member of an ISR that includes the
 * next leader, so that the next leader holds what is exposed. Owns the boundaries and prefix hashes of what is committed.
 */
import { genesis, mayBeSame, notHeld, type ReplicaLog } from './replica-log.ts';

export class Committed {
  /** The true high watermark. */
  highWatermark = 0;
  /** The largest log start of a leader: below it a log need not hold anything. */
  deletedBelow = 0;
  #prefix = genesis;
  readonly #ends: number[] = [];
  readonly #prefixes: number[] = [];

  /** The log holds everything that is committed. */
  heldBy(log: ReplicaLog): boolean {
    if (log.end < this.highWatermark) return false;
    return this.highWatermark <= this.deletedBelow || mayBeSame(log.prefixAt(this.highWatermark), this.#prefix);
  }

  /** The log agrees with what is committed below an offset, which is at most the high watermark. */
  agreesBelow(log: ReplicaLog, offset: number): boolean {
    const prefix = log.prefixAt(offset);
    return prefix !== notHeld && mayBeSame(prefix, this.prefixAt(offset));
  }

  /** The prefix hash of the whole committed batches below an offset. */
  prefixAt(offset: number): number {
    if (offset >= this.highWatermark) return this.#prefix;
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? genesis : (this.#prefixes[low - 1] ?? genesis);
  }

  /** Commits what this log holds up to an offset, which is above the high watermark and at most the log's end. */
  advance(log: ReplicaLog, to: number): void {
    const count = log.countWithin(to);
    for (let at = log.countWithin(this.highWatermark); at < count; at++) {
      this.#ends.push(log.ends[at] ?? to);
      this.#prefixes.push(log.prefixes[at] ?? genesis);
    }
    this.#prefix = log.prefixAt(to);
    this.highWatermark = to;
  }

  /** Gives up what this log does not hold; answers up to where the two agree. */
  retreat(log: ReplicaLog): number {
    let keep = this.#ends.length;
    while (keep > 0) {
      const end = this.#ends[keep - 1] ?? 0;
      const prefix = log.prefixAt(end);
      if (prefix !== notHeld && mayBeSame(prefix, this.#prefixes[keep - 1] ?? genesis)) break;
      keep--;
    }
    this.#ends.length = keep;
    this.#prefixes.length = keep;
    this.highWatermark = this.#ends[keep - 1] ?? 0;
    this.#prefix = this.#prefixes[keep - 1] ?? genesis;
    return this.highWatermark;
  }
}
