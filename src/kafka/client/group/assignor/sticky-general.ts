/**
 * The sticky assignment where members subscribe to different topics: everything stays that may stay, what is free goes to whoever has
 * least, then partitions move while a move makes it more even; kept as it was if it did not get more even. Owns this case; equal
 * subscriptions are sticky-equal.ts. As AbstractStickyAssignor.GeneralAssignmentBuilder without racks.
 */
import { invariant } from '../../../../model/invariant.ts';
import type { TopicPartition } from '../../../../model/topic-partition.ts';
import {
  type Claim,
  compareText,
  type GroupMember,
  type MutableAssignment,
  type Ownership,
  type PartitionCounts,
  partitionsOf,
  topicOf,
} from './assignment.ts';
import { PartitionMovements } from './partition-movements.ts';

export function assignUnequal(
  counts: PartitionCounts,
  members: readonly GroupMember[],
  ownership: Ownership,
  claims: readonly Claim[],
): MutableAssignment {
  return new Balancing(counts, members, ownership, olderOwners(claims)).assign();
}

/** Who claims a partition from before the newest generation; of several the latest. */
function olderOwners(claims: readonly Claim[]): ReadonlyMap<TopicPartition, Claim> {
  const newest = claims.reduce((max, { generation }) => Math.max(max, generation), -1);
  const older = new Map<TopicPartition, Claim>();
  for (const claim of claims)
    for (const partition of claim.generation < newest ? claim.partitions : [])
      if (claim.generation > (older.get(partition)?.generation ?? -2)) older.set(partition, claim);
  return older;
}

class Balancing {
  readonly #counts: PartitionCounts;
  readonly #older: ReadonlyMap<TopicPartition, Claim>;
  /** Topics of each member that exist. */
  readonly #topics = new Map<string, ReadonlySet<string>>();
  /** Who may get partitions of a topic. */
  readonly #subscribers = new Map<string, string[]>();
  readonly #movements = new PartitionMovements();
  #shares: MutableAssignment = new Map();
  #owners = new Map<TopicPartition, string>();
  /** A member owned something it does not subscribe to any more. */
  #unsubscribed = false;

  constructor(counts: PartitionCounts, members: readonly GroupMember[], ownership: Ownership, older: ReadonlyMap<TopicPartition, Claim>) {
    this.#counts = counts;
    this.#older = older;
    for (const topic of counts.keys()) this.#subscribers.set(topic, []);
    for (const { memberId, topics } of members) {
      const known = new Set(topics.filter((topic) => counts.has(topic)));
      this.#topics.set(memberId, known);
      for (const topic of known) this.#subscribers.get(topic)?.push(memberId);
      const owned = ownership.owned.get(memberId) ?? [];
      const kept = owned.filter((partition) => known.has(topicOf(partition)));
      if (kept.length < owned.length) this.#unsubscribed = true;
      this.#shares.set(memberId, kept);
      for (const partition of kept) this.#owners.set(partition, memberId);
    }
  }

  assign(): MutableAssignment {
    const all = this.#inOrder();
    const free = all.filter((partition) => !this.#owners.has(partition));
    const fresh = this.#owners.size === 0;
    for (const partition of free) this.#give(partition);
    const movable = (partition: TopicPartition) => (this.#subscribers.get(topicOf(partition))?.length ?? 0) >= 2;
    const fixed = this.#setAside(movable);
    const shares = new Map([...this.#shares].map(([member, share]) => [member, [...share]]));
    const owners = new Map(this.#owners);
    // What nobody had yet is moved first: it costs nobody anything.
    if (!this.#unsubscribed) this.#even(free.filter(movable));
    const moved = this.#even(all.filter(movable));
    if (!fresh && moved && unevenness(this.#shares) >= unevenness(shares)) {
      this.#shares = shares;
      this.#owners = owners;
    }
    for (const [member, share] of fixed) this.#shares.set(member, share);
    return this.#shares;
  }

  /** Topics that few may get come first. */
  #inOrder(): readonly TopicPartition[] {
    return [...this.#subscribers]
      .filter(([, subscribers]) => subscribers.length > 0)
      .sort(([a, ofA], [b, ofB]) => ofA.length - ofB.length || compareText(a, b))
      .flatMap(([topic]) => partitionsOf(topic, this.#counts.get(topic) ?? 0));
  }

  #size(member: string): number {
    return this.#shares.get(member)?.length ?? 0;
  }

  /** Members that take part, those with the smallest share first. */
  #ascending(): readonly string[] {
    return [...this.#shares.keys()].sort((a, b) => this.#size(a) - this.#size(b) || compareText(a, b));
  }

  #taker(topic: string): string {
    const taker = this.#ascending().find((member) => this.#topics.get(member)?.has(topic));
    invariant(taker !== undefined, 'a partition that is given has a subscriber', topic);
    return taker;
  }

  #give(partition: TopicPartition): void {
    const member = this.#taker(topicOf(partition));
    this.#shares.get(member)?.push(partition);
    this.#owners.set(partition, member);
  }

  /** Takes out the members whose share cannot change: they have all that they may have, and nobody else may have it. */
  #setAside(movable: (partition: TopicPartition) => boolean): MutableAssignment {
    const fixed: MutableAssignment = new Map();
    for (const [member, share] of this.#shares) if (share.length >= this.#most(member) && !share.some(movable)) fixed.set(member, share);
    for (const member of fixed.keys()) this.#shares.delete(member);
    return fixed;
  }

  /** How many partitions a member could have. */
  #most(member: string): number {
    let most = 0;
    for (const topic of this.#topics.get(member) ?? []) most += this.#counts.get(topic) ?? 0;
    return most;
  }

  /** Nobody could take a partition from somebody who has at least two more. */
  #isEven(): boolean {
    const ascending = this.#ascending();
    const [first] = ascending;
    const last = ascending.at(-1);
    if (first === undefined || last === undefined || this.#size(first) >= this.#size(last) - 1) return true;
    return !ascending.some((member) => this.#size(member) < this.#most(member) && this.#couldTake(member));
  }

  #couldTake(member: string): boolean {
    for (const topic of this.#topics.get(member) ?? [])
      for (const partition of partitionsOf(topic, this.#counts.get(topic) ?? 0)) {
        const owner = this.#owners.get(partition);
        if (owner !== undefined && owner !== member && this.#size(member) + 1 < this.#size(owner)) return true;
      }
    return false;
  }

  /** Moves partitions until nothing more can be gained; whether any moved. */
  #even(partitions: readonly TopicPartition[]): boolean {
    let moved = false;
    for (let again = true; again; ) {
      again = false;
      for (const partition of partitions) {
        if (this.#isEven()) return moved;
        const to = this.#betterOwner(partition);
        if (to === undefined) continue;
        this.#move(partition, to);
        again = true;
        moved = true;
      }
    }
    return moved;
  }

  /** An earlier owner, else whoever has least, if that is at least two fewer than the owner has. */
  #betterOwner(partition: TopicPartition): string | undefined {
    const topic = topicOf(partition);
    const size = this.#size(this.#owners.get(partition) ?? '');
    const earlier = this.#older.get(partition)?.memberId;
    if (earlier !== undefined && this.#shares.has(earlier) && this.#topics.get(earlier)?.has(topic) && size > this.#size(earlier) + 1) return earlier;
    return this.#subscribers.get(topic)?.some((member) => this.#shares.has(member) && size > this.#size(member) + 1) ? this.#taker(topic) : undefined;
  }

  #move(wanted: TopicPartition, to: string): void {
    const partition = this.#movements.better(wanted, this.#owners.get(wanted) ?? '', to);
    const from = this.#owners.get(partition) ?? '';
    this.#movements.moved(partition, from, to);
    const share = this.#shares.get(from) ?? [];
    share.splice(share.indexOf(partition), 1);
    this.#shares.get(to)?.push(partition);
    this.#owners.set(partition, to);
  }
}

/** The sum of the differences between the shares of all pairs of members. */
function unevenness(shares: MutableAssignment): number {
  const sizes = [...shares.values()].map((share) => share.length);
  let sum = 0;
  for (const [at, size] of sizes.entries()) for (const other of sizes.slice(at + 1)) sum += Math.abs(size - other);
  return sum;
}
