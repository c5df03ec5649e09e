/** A partition's name as Kafka writes it: `orders-0`. */
import type { Brand } from './brand.ts';

/** `topic-index`, the key of every per-partition map and the form in which partitions are named in scenarios and reports. */
export type TopicPartition = Brand<string, 'TopicPartition'>;

/** `orders-0` from its parts. */
export const topicPartition = (topic: string, index: number): TopicPartition => `${topic}-${index}` as TopicPartition;

/** The parts of a name; the index is what stands behind the last dash. */
export function splitTopicPartition(name: TopicPartition): { readonly topic: string; readonly index: number } {
  const dash = name.lastIndexOf('-');
  return { topic: name.slice(0, dash), index: Number(name.slice(dash + 1)) };
}
