/**
 * Every batch that any replica of one partition ever held, by (epoch, base offset), with the prefix hash it had there.
 * One look-up per append answers LogMatching and EpochOffsetUnique: two logs that hold a batch of the same epoch at the same offset must be
 * the same up to it. That is always so, also after an unclean election and for records that never were committed: a leader appends to one
 * log within its epoch, and followers append only behind a prefix that they share with it (KIP-101, KIP-279, KIP-595).
 * What a leader has deleted is out of this: its epochs begin at its log start, so that a follower which fetches from there keeps what it had below.
 */
import { link, mayBeSame, type ReplicaLog, unknownPrefix } from './replica-log.ts';

export type Conflict = 'none' | 'EpochOffsetUnique' | 'LogMatching';

/** The batches of one epoch, ascending. One leader wrote them, so they do not overlap. */
class EpochBatches {
  readonly epoch: number;
  readonly bases: number[] = [];
  readonly ends: number[] = [];
  readonly crcs: number[] = [];
  readonly prefixes: number[] = [];
  /** The host that leads this epoch, -1 while nobody said so. */
  leader = -1;

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  /** The index of the first batch at or above a base. */
  find(base: number): number {
    let high = this.bases.length;
    if (high === 0 || (this.bases[high - 1] ?? 0) < base) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.bases[middle] ?? 0) < base) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  insert(at: number, base: number, end: number, crc: number, prefix: number): void {
    if (at === this.bases.length) {
      this.bases.push(base);
      this.ends.push(end);
      this.crcs.push(crc);
      this.prefixes.push(prefix);
      return;
    }
    this.bases.splice(at, 0, base);
    this.ends.splice(at, 0, end);
    this.crcs.splice(at, 0, crc);
    this.prefixes.splice(at, 0, prefix);
  }
}

export class Ledger {
  readonly #epochs = new Map<number, EpochBatches>();
  #latest: EpochBatches | undefined;
  /** The largest log start of a leader. */
  deletedBelow = 0;

  /**
   * Adds a batch behind a log and tells how it conflicts with what is known. The log takes the batch in any case, with the prefix hash
   * that follows from its own history, or from the others' where its own begins in the middle.
   */
  append(log: ReplicaLog, base: number, end: number, epoch: number, crc: number): Conflict {
    const batches = this.#epoch(epoch);
    let at = log.hint;
    if (batches.bases[at] !== base) at = batches.find(base);
    log.hint = at + 1;
    const prefix = link(log.lastPrefix, base, end, epoch, crc);
    if (batches.bases[at] !== base) return this.#first(log, batches, at, base, end, crc, prefix);
    const known = batches.prefixes[at] ?? unknownPrefix;
    const isDeleted = base <= this.deletedBelow;
    log.push(base, end, epoch, prefix === unknownPrefix || isDeleted ? known : prefix);
    if (batches.ends[at] !== end || batches.crcs[at] !== crc) return 'EpochOffsetUnique';
    if (known === unknownPrefix && !isDeleted) batches.prefixes[at] = prefix;
    return isDeleted || mayBeSame(prefix, known) ? 'none' : 'LogMatching';
  }

  /** Some replica held this batch. */
  has(base: number, epoch: number): boolean {
    const batches = this.#epochs.get(epoch);
    return batches !== undefined && batches.bases[batches.find(base)] === base;
  }

  /** Names the host that leads an epoch; answers the host that did so before, if it is another one. */
  lead(epoch: number, hostId: number): number | undefined {
    const batches = this.#epoch(epoch);
    if (batches.leader === -1) batches.leader = hostId;
    return batches.leader === hostId ? undefined : batches.leader;
  }

  /** A batch that nobody held yet; it must not overlap with others of its epoch. */
  #first(log: ReplicaLog, batches: EpochBatches, at: number, base: number, end: number, crc: number, prefix: number): Conflict {
    log.push(base, end, batches.epoch, prefix);
    const overlaps = (batches.ends[at - 1] ?? 0) > base || (batches.bases[at] ?? Number.POSITIVE_INFINITY) < end;
    if (overlaps) return 'EpochOffsetUnique';
    batches.insert(at, base, end, crc, prefix);
    return 'none';
  }

  #epoch(epoch: number): EpochBatches {
    if (this.#latest?.epoch === epoch) return this.#latest;
    let batches = this.#epochs.get(epoch);
    if (batches === undefined) {
      batches = new EpochBatches(epoch);
      this.#epochs.set(epoch, batches);
    }
    this.#latest = batches;
    return batches;
  }
}
