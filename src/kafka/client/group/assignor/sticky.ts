/**
 * The sticky assignors. Both give every member as equal a share as its subscription allows and leave as much as possible where it is. The
 * cooperative one holds back what changes its owner until the rebalance after that in which the old owner gave it up (KIP-429).
 * As StickyAssignor and CooperativeStickyAssignor.
 */
import type { TopicPartition } from '../../../../model/topic-partition.ts';
import { type Claim, compareText, type GroupAssignment, type GroupMember, type PartitionCounts, type SettleClaims } from './assignment.ts';
import { assignEqual, type StickyAssignment } from './sticky-equal.ts';
import { assignUnequal } from './sticky-general.ts';
import { decodeCooperativeUserData, decodeStickyUserData } from './sticky-user-data.ts';

export function assignSticky(counts: PartitionCounts, members: readonly GroupMember[], settle: SettleClaims): GroupAssignment {
  return stick(counts, members, settle, ({ memberId, userData }) => ({ memberId, ...decodeStickyUserData(userData) })).assignment;
}

export function assignCooperativeSticky(counts: PartitionCounts, members: readonly GroupMember[], settle: SettleClaims): GroupAssignment {
  const { assignment, moving } = stick(counts, members, settle, ({ memberId, ownedPartitions, generation, userData }) => ({
    memberId,
    partitions: ownedPartitions,
    generation: generation >= 0 ? generation : decodeCooperativeUserData(userData),
  }));
  for (const [partition, member] of moving) {
    const share = assignment.get(member);
    share?.splice(share.indexOf(partition), 1);
  }
  return assignment;
}

function stick(
  counts: PartitionCounts,
  unordered: readonly GroupMember[],
  settle: SettleClaims,
  claimOf: (member: GroupMember) => Claim,
): StickyAssignment {
  if (unordered.length === 0) return { assignment: new Map(), moving: new Map() };
  const members = [...unordered].sort((a, b) => compareText(a.memberId, b.memberId));
  const claims = members.map(claimOf);
  const ownership = settle(counts, claims);
  if (subscribeAlike(members)) {
    const memberIds = members.map(({ memberId }) => memberId);
    return assignEqual(counts, memberIds, ownership);
  }
  const assignment = assignUnequal(counts, members, ownership, claims);
  return { assignment, moving: movesBetween(members, assignment) };
}

function subscribeAlike(members: readonly GroupMember[]): boolean {
  const [first] = members;
  const topics = new Set(first?.topics);
  return members.every((member) => new Set(member.topics).size === topics.size && member.topics.every((topic) => topics.has(topic)));
}

/** What one member owned and gives up, and another gets. */
function movesBetween(members: readonly GroupMember[], assignment: GroupAssignment): ReadonlyMap<TopicPartition, string> {
  const added = new Map<TopicPartition, string>();
  const revoked = new Set<TopicPartition>();
  for (const { memberId, ownedPartitions } of members) {
    const share = assignment.get(memberId) ?? [];
    for (const partition of share) if (!ownedPartitions.includes(partition)) added.set(partition, memberId);
    for (const partition of ownedPartitions) if (!share.includes(partition)) revoked.add(partition);
  }
  return new Map([...added].filter(([partition]) => revoked.has(partition)));
}
