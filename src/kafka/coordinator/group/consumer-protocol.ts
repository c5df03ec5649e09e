/**
 * What members of the protocol type `consumer` say to each other through the coordinator: subscriptions and assignments behind an int16
 * version. Owns the reading of both; a coordinator only looks, it never writes them. Source: ConsumerProtocol.
 */
import { type TopicPartition, topicPartition } from '../../../model/topic-partition.ts';
import { consumerProtocolAssignment } from '../../../protocol/messages/data/consumer-protocol-assignment.ts';
import { consumerProtocolSubscription } from '../../../protocol/messages/data/consumer-protocol-subscription.ts';
import { decodePrefix } from '../../../protocol/schema/codec.ts';
import type { Infer, Message } from '../../../protocol/schema/schema.ts';

export const consumerProtocolType = 'consumer';
const highestVersion = 3;
const versionBytes = 2;

/** The topics that a member subscribes to; undefined for bytes that are no subscription. */
export const subscribedTopicsOf = (metadata: Uint8Array): readonly string[] | undefined => read(consumerProtocolSubscription, metadata)?.topics;

/** What a member is to own; undefined for bytes that are no assignment. */
export function partitionsOf(assignment: Uint8Array): readonly TopicPartition[] | undefined {
  const topics = read(consumerProtocolAssignment, assignment)?.assignedPartitions;
  return topics?.flatMap(({ topic, partitions }) => partitions.map((index) => topicPartition(topic, index)));
}

/** A later version is read as the highest known one: what it adds stands behind. */
function read<M extends Message>(message: M, bytes: Uint8Array): Infer<M> | undefined {
  if (bytes.length < versionBytes) return undefined;
  const version = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  if (version > 0x7fff) return undefined;
  const decoded = decodePrefix(message, Math.min(version, highestVersion), bytes, versionBytes);
  return decoded.ok ? decoded.value.value : undefined;
}
