/**
 * The range assignor: each topic for itself is cut into contiguous ranges, one a subscriber in the order of members, the first ones longer
 * by one. Topics with equal counts and subscribers are cut alike, so that their partitions of one index meet at one member. Owns no racks:
 * members of this client tell none. As RangeAssignor without KIP-881.
 */
import {
  compareMembers,
  emptyAssignment,
  type GroupAssignment,
  type GroupMember,
  type PartitionCounts,
  partitionsOf,
  sortedTopics,
} from './assignment.ts';

export function assignRange(counts: PartitionCounts, members: readonly GroupMember[]): GroupAssignment {
  const assignment = emptyAssignment(members);
  const ordered = [...members].sort(compareMembers);
  for (const topic of sortedTopics(counts)) {
    const subscribers = ordered.filter((member) => member.topics.includes(topic));
    if (subscribers.length === 0) continue;
    const partitions = partitionsOf(topic, counts.get(topic) ?? 0);
    const each = Math.floor(partitions.length / subscribers.length);
    const longer = partitions.length % subscribers.length;
    let from = 0;
    for (const [at, { memberId }] of subscribers.entries()) {
      const to = from + each + (at < longer ? 1 : 0);
      assignment.get(memberId)?.push(...partitions.slice(from, to));
      from = to;
    }
  }
  return assignment;
}
