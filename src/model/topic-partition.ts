/** A partition's name as Kafka writes it: `orders-0`. */
import type { Brand } from './brand.ts';

/** `topic-index`, the key of every per-partition map and the form in which partitions are named in scenarios and reports. */
export type TopicPartition = Brand<string, 'TopicPartition'>;

const rememberedTopics = 256;
const rememberedIndexes = 1024;
/** By topic and index. A name that was made before has its hash already, which a new one would be given by the first map it keys. */
const names = new Map<string, TopicPartition[]>();

/** `orders-0` from its parts. */
export function topicPartition(topic: string, index: number): TopicPartition {
  let ofTopic = names.get(topic);
  if (ofTopic === undefined) {
    if (names.size === rememberedTopics) names.clear();
    ofTopic = [];
    names.set(topic, ofTopic);
  }
  const known = ofTopic[index];
  if (known !== undefined) return known;
  const name = `${topic}-${index}` as TopicPartition;
  if (index >= 0 && index < rememberedIndexes) ofTopic[index] = name;
  return name;
}

/** The parts of a name; the index is what stands behind the last dash. */
export function splitTopicPartition(name: TopicPartition): { readonly topic: string; readonly index: number } {
  const dash = name.lastIndexOf('-');
  return { topic: name.slice(0, dash), index: Number(name.slice(dash + 1)) };
}
