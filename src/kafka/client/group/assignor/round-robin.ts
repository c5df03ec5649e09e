/**
 * The round-robin assignor: all partitions of all topics in order, each to the next member that subscribes to its topic.
 * As RoundRobinAssignor.
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

export function assignRoundRobin(counts: PartitionCounts, members: readonly GroupMember[]): GroupAssignment {
  const assignment = emptyAssignment(members);
  const ordered = [...members].sort(compareMembers);
  let next = 0;
  for (const topic of sortedTopics(counts)) {
    if (!members.some((member) => member.topics.includes(topic))) continue;
    for (const partition of partitionsOf(topic, counts.get(topic) ?? 0)) {
      while (ordered[next]?.topics.includes(topic) !== true) next = (next + 1) % ordered.length;
      assignment.get(ordered[next]?.memberId ?? '')?.push(partition);
      next = (next + 1) % ordered.length;
    }
  }
  return assignment;
}
