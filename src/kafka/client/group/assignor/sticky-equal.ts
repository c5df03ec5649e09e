/**
 * The sticky assignment where all members subscribe to the same topics: shares differ by at most one and as much as possible stays where it
 * is. Owns this case; unequal subscriptions are sticky-general.ts. As AbstractStickyAssignor.ConstrainedAssignmentBuilder without racks.
 */
import { invariant } from '../../../../model/invariant.ts';
import { splitTopicPartition, type TopicPartition } from '../../../../model/topic-partition.ts';
import { compareText, type MutableAssignment, type Ownership, type PartitionCounts, partitionsOf, sortedTopics } from './assignment.ts';

export interface StickyAssignment {
  readonly assignment: MutableAssignment;
  /** What its last owners do not keep, with the member that gets it. */
  readonly moving: ReadonlyMap<TopicPartition, string>;
}

/** What members keep of what they own, and who has room for more. */
interface Kept {
  readonly assignment: MutableAssignment;
  readonly kept: ReadonlySet<TopicPartition>;
  readonly revoked: ReadonlySet<TopicPartition>;
  /** Members with less than the smaller share, by id. */
  readonly short: string[];
  /** Members with just the smaller share that may get one more, by id. */
  readonly level: string[];
}

export function assignEqual(counts: PartitionCounts, members: readonly string[], ownership: Ownership): StickyAssignment {
  const all = sortedTopics(counts).flatMap((topic) => partitionsOf(topic, counts.get(topic) ?? 0));
  const least = Math.floor(all.length / members.length);
  const { assignment, kept, revoked, short, level } = keep([...members].sort(compareText), ownership, all.length);
  const moving = new Map<TopicPartition, string>();
  let turn = 0;
  for (const partition of all) {
    if (kept.has(partition)) continue;
    if (turn >= short.length) turn = 0;
    const isShort = short.length > 0;
    const member = isShort ? short[turn] : level.shift();
    invariant(member !== undefined, 'the shares of all members together hold all partitions');
    const share = assignment.get(member) ?? [];
    share.push(partition);
    if (revoked.has(partition) || ownership.disputed.has(partition)) moving.set(partition, member);
    if (isShort && share.length === least) {
      short.splice(turn, 1);
      level.push(member);
    } else if (isShort) turn++;
  }
  return { assignment, moving };
}

/** Each member keeps the larger share as long as it is not given out often enough, else the smaller one. */
function keep(members: readonly string[], ownership: Ownership, total: number): Kept {
  const least = Math.floor(total / members.length);
  const most = Math.ceil(total / members.length);
  let larger = total % members.length;
  const assignment: MutableAssignment = new Map();
  const kept = new Set<TopicPartition>();
  const revoked = new Set<TopicPartition>();
  const short: string[] = [];
  let level: string[] = [];
  for (const member of members) {
    const owned = inOrder((ownership.owned.get(member) ?? []).filter((partition) => !ownership.disputed.has(partition)));
    let share = owned.length;
    if (share < least) short.push(member);
    else if (share >= most && larger > 0) {
      share = most;
      if (--larger === 0) level = [];
    } else {
      share = least;
      if (larger > 0) level.push(member);
    }
    assignment.set(member, owned.slice(0, share));
    for (const partition of owned.slice(0, share)) kept.add(partition);
    for (const partition of owned.slice(share)) revoked.add(partition);
  }
  return { assignment, kept, revoked, short, level };
}

/** By index first: what is given up are the highest partitions of all topics, not all of one topic. */
const inOrder = (partitions: readonly TopicPartition[]): TopicPartition[] =>
  partitions
    .map((partition) => ({ partition, ...splitTopicPartition(partition) }))
    .sort((a, b) => a.index - b.index || compareText(a.topic, b.topic))
    .map(({ partition }) => partition);
