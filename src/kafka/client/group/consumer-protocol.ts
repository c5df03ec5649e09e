/**
 * What members and leader of a classic consumer group tell each other through the coordinator, which does not read it: an int16 version,
 * then a ConsumerProtocolSubscription or ConsumerProtocolAssignment. Newer versions than known are read as the newest known one: fields
 * were only ever added at the end. As ConsumerProtocol.
 */
import { failed, ok, type Result } from '../../../model/result.ts';
import { type TopicPartition, topicPartition } from '../../../model/topic-partition.ts';
import { consumerProtocolAssignment } from '../../../protocol/messages/data/consumer-protocol-assignment.ts';
import { consumerProtocolSubscription } from '../../../protocol/messages/data/consumer-protocol-subscription.ts';
import { decodePrefix, encodeToBytes } from '../../../protocol/schema/codec.ts';
import type { Input, Message } from '../../../protocol/schema/schema.ts';
import { compareText } from './assignor/assignment.ts';
import { groupByTopic } from './assignor/sticky-user-data.ts';

export const protocolType = 'consumer';
const newestVersion = 3;

export interface Subscription {
  readonly topics: readonly string[];
  readonly ownedPartitions: readonly TopicPartition[];
  /** -1 when the member is in none, or does not say (before version 2). */
  readonly generation: number;
  readonly userData: Uint8Array | undefined;
}

export function encodeSubscription(subscription: Subscription, version = newestVersion): Uint8Array {
  const { topics, ownedPartitions, generation, userData } = subscription;
  return versioned(consumerProtocolSubscription, version, {
    topics: [...topics].sort(compareText),
    userData: userData ?? null,
    ...(version >= 1 ? { ownedPartitions: groupByTopic(ownedPartitions) } : {}),
    ...(version >= 2 ? { generationId: generation } : {}),
  });
}

/** Fails with what is wrong. */
export function decodeSubscription(bytes: Uint8Array): Result<Subscription, string> {
  const read = readVersioned(consumerProtocolSubscription, bytes);
  if (!read.ok) return read;
  const { topics, userData, ownedPartitions, generationId } = read.value;
  return ok({ topics, userData: userData ?? undefined, ownedPartitions: flat(ownedPartitions), generation: Math.max(generationId, -1) });
}

export const encodeAssignment = (partitions: readonly TopicPartition[], version = newestVersion): Uint8Array =>
  versioned(consumerProtocolAssignment, version, { assignedPartitions: groupByTopic(partitions), userData: null });

export function decodeAssignment(bytes: Uint8Array): Result<readonly TopicPartition[], string> {
  const read = readVersioned(consumerProtocolAssignment, bytes);
  return read.ok ? ok(flat(read.value.assignedPartitions)) : read;
}

const flat = (topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]): readonly TopicPartition[] =>
  topics.flatMap(({ topic, partitions }) => partitions.map((index) => topicPartition(topic, index)));

function versioned<M extends Message>(message: M, version: number, value: Input<M>): Uint8Array {
  const body = encodeToBytes(message, version, value);
  const bytes = new Uint8Array(2 + body.length);
  bytes[1] = version;
  bytes.set(body, 2);
  return bytes;
}

function readVersioned<M extends Message>(message: M, bytes: Uint8Array) {
  if (bytes.length < 2) return failed(`${bytes.length} bytes are too few for ${message.name}`);
  const version = (((bytes[0] ?? 0) << 24) >> 16) | (bytes[1] ?? 0);
  if (version < 0) return failed(`${message.name} has no version ${version}`);
  const read = decodePrefix(message, Math.min(version, newestVersion), bytes, 2);
  return read.ok ? ok(read.value.value) : failed(`${message.name} at byte ${read.error.at}: ${read.error.problem}`);
}
