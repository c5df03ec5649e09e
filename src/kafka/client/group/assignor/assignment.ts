/**
 * What an assignor is given and what it gives, as plain data, and the orders in which Kafka's assignors look at it. Owns no algorithm:
 * each has a file of its own beside this one. As ConsumerPartitionAssignor and AbstractPartitionAssignor.
 */
import { splitTopicPartition, type TopicPartition, topicPartition } from '../../../../model/topic-partition.ts';

/** `eager`: everything is given up before a rebalance. `cooperative`: only what moves is, and one rebalance later it has its new owner (KIP-429). */
export type RebalanceProtocol = 'eager' | 'cooperative';
export type AssignorName = 'range' | 'roundrobin' | 'sticky' | 'cooperative-sticky';
export const assignorNames: readonly AssignorName[] = ['range', 'roundrobin', 'sticky', 'cooperative-sticky'];

/** A member as the leader of the group sees it. */
export interface GroupMember {
  readonly memberId: string;
  /** group.instance.id; undefined for a dynamic member. */
  readonly instanceId: string | undefined;
  readonly topics: readonly string[];
  /** What it says that it owns; nothing under the eager protocol. */
  readonly ownedPartitions: readonly TopicPartition[];
  /** The generation in which it came to own that; -1 when it does not say. */
  readonly generation: number;
  /** What its assignor added. */
  readonly userData: Uint8Array | undefined;
}

/** Topics that exist and are subscribed to, with how many partitions each has. */
export type PartitionCounts = ReadonlyMap<string, number>;
/** By member id; every member is in it. */
export type GroupAssignment = ReadonlyMap<string, readonly TopicPartition[]>;
export type MutableAssignment = Map<string, TopicPartition[]>;

/** What a member says that it owns, and since when. */
export interface Claim {
  readonly memberId: string;
  readonly partitions: readonly TopicPartition[];
  /** -1 when unknown. */
  readonly generation: number;
}

/** What became of the claims of all members. */
export interface Ownership {
  /** By member id; no partition is in two lists. */
  readonly owned: ReadonlyMap<string, readonly TopicPartition[]>;
  /** Claimed by two members of one generation: nobody keeps them, and both may still be at work on them. */
  readonly disputed: ReadonlySet<TopicPartition>;
}
export type SettleClaims = (counts: PartitionCounts, claims: readonly Claim[]) => Ownership;

export const emptyAssignment = (members: readonly GroupMember[]): MutableAssignment => new Map(members.map(({ memberId }) => [memberId, []]));

/** By UTF-16 code units, as Java compares strings. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Static members first, by instance id; then the others by member id (AbstractPartitionAssignor.MemberInfo). */
export function compareMembers(a: GroupMember, b: GroupMember): number {
  if (a.instanceId !== undefined && b.instanceId !== undefined) return compareText(a.instanceId, b.instanceId);
  if (a.instanceId !== undefined) return -1;
  return b.instanceId !== undefined ? 1 : compareText(a.memberId, b.memberId);
}

export const sortedTopics = (counts: PartitionCounts): readonly string[] => [...counts.keys()].sort(compareText);

export const partitionsOf = (topic: string, count: number): readonly TopicPartition[] =>
  Array.from({ length: count }, (_, index) => topicPartition(topic, index));

export const topicOf = (partition: TopicPartition): string => splitTopicPartition(partition).topic;

/** Whether the topic has this partition. */
export function exists(counts: PartitionCounts, partition: TopicPartition): boolean {
  const { topic, index } = splitTopicPartition(partition);
  return index < (counts.get(topic) ?? 0);
}

/** By topic, then by index. */
export function sortPartitions(partitions: Iterable<TopicPartition>): readonly TopicPartition[] {
  return [...partitions]
    .map((partition) => ({ partition, ...splitTopicPartition(partition) }))
    .sort((a, b) => compareText(a.topic, b.topic) || a.index - b.index)
    .map(({ partition }) => partition);
}
