/**
 * What the sticky assignors add to a subscription. Under the eager protocol a member has given up its partitions when it joins, so the
 * sticky assignor tells what they were: an array of {topic string, partitions int32[]}, then the generation int32 (version 0 had none).
 * The cooperative one tells its generation int32, for leaders that do not know it from the subscription itself (before version 2).
 */
import { splitTopicPartition, type TopicPartition, topicPartition } from '../../../../model/topic-partition.ts';
import { decodePrefix, encodeToBytes } from '../../../../protocol/schema/codec.ts';
import { array, field, int32, message, string, struct } from '../../../../protocol/schema/schema.ts';
import { sortPartitions } from './assignment.ts';

const previousAssignment = message({
  name: 'StickyAssignorUserData',
  kind: 'data',
  versions: '0-1',
  flexible: 'none',
  fields: [
    field('PreviousAssignment', array(struct('TopicAssignment', [field('Topic', string, '0+'), field('Partitions', array(int32), '0+')])), '0+'),
    field('Generation', int32, '1+', { default: -1 }),
  ],
});
const cooperativeUserData = message({
  name: 'CooperativeStickyAssignorUserData',
  kind: 'data',
  versions: '0',
  flexible: 'none',
  fields: [field('Generation', int32, '0+')],
});

export interface OwnedBefore {
  readonly partitions: readonly TopicPartition[];
  /** -1 when unknown. */
  readonly generation: number;
}

/** Partitions of one topic together, topics in order. */
export function groupByTopic(partitions: readonly TopicPartition[]): readonly { readonly topic: string; readonly partitions: readonly number[] }[] {
  const topics = new Map<string, number[]>();
  for (const partition of sortPartitions(partitions)) {
    const { topic, index } = splitTopicPartition(partition);
    const indexes = topics.get(topic);
    if (indexes === undefined) topics.set(topic, [index]);
    else indexes.push(index);
  }
  return [...topics].map(([topic, indexes]) => ({ topic, partitions: indexes }));
}

export const encodeStickyUserData = ({ partitions, generation }: OwnedBefore): Uint8Array =>
  encodeToBytes(previousAssignment, 1, { previousAssignment: groupByTopic(partitions), generation });

/** Bytes that cannot be read say nothing, as in StickyAssignor. */
export function decodeStickyUserData(bytes: Uint8Array | undefined): OwnedBefore {
  if (bytes === undefined || bytes.length === 0) return nothing;
  let read = decodePrefix(previousAssignment, 1, bytes);
  if (!read.ok) read = decodePrefix(previousAssignment, 0, bytes);
  if (!read.ok) return nothing;
  const { previousAssignment: topics, generation } = read.value.value;
  return { partitions: topics.flatMap(({ topic, partitions }) => partitions.map((index) => topicPartition(topic, index))), generation };
}

export const encodeCooperativeUserData = (generation: number): Uint8Array => encodeToBytes(cooperativeUserData, 0, { generation });

/** The generation, or -1. */
export function decodeCooperativeUserData(bytes: Uint8Array | undefined): number {
  const read = bytes === undefined ? undefined : decodePrefix(cooperativeUserData, 0, bytes);
  return read?.ok ? read.value.value.generation : -1;
}

const nothing: OwnedBefore = { partitions: [], generation: -1 };
