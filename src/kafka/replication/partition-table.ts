/** The partitions that this broker holds, found by topic id or name without building a key. Owns no partition's state. */
import type { Uuid } from '../../model/uuid.ts';
import type { Partition } from './partition.ts';

export class PartitionTable {
  readonly #byId = new Map<Uuid, (Partition | undefined)[]>();
  readonly #byName = new Map<string, (Partition | undefined)[]>();
  readonly #all = new Set<Partition>();

  /** In the order in which they came. */
  get all(): ReadonlySet<Partition> {
    return this.#all;
  }

  byId(topicId: Uuid, index: number): Partition | undefined {
    return this.#byId.get(topicId)?.[index];
  }

  byName(topic: string, index: number): Partition | undefined {
    return this.#byName.get(topic)?.[index];
  }

  /** A topic that was created anew takes the name over from the old one. */
  add(partition: Partition): void {
    this.#all.add(partition);
    put(this.#byId, partition.topicId, partition);
    put(this.#byName, partition.topic, partition);
  }

  remove(partition: Partition): void {
    this.#all.delete(partition);
    take(this.#byId, partition.topicId, partition);
    take(this.#byName, partition.topic, partition);
  }
}

function put<Key>(map: Map<Key, (Partition | undefined)[]>, key: Key, partition: Partition): void {
  let topic = map.get(key);
  if (topic === undefined) {
    topic = [];
    map.set(key, topic);
  }
  while (topic.length < partition.index) topic.push(undefined);
  topic[partition.index] = partition;
}

function take<Key>(map: Map<Key, (Partition | undefined)[]>, key: Key, partition: Partition): void {
  const topic = map.get(key);
  if (topic?.[partition.index] !== partition) return;
  topic[partition.index] = undefined;
  if (topic.every((other) => other === undefined)) map.delete(key);
}
