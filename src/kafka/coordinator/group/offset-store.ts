/** The committed offsets of the groups of one coordinator, by group, topic and partition. Owns the maps and what a record does to them. */
import type { CommittedOffset, CoordinatorRecord } from './records.ts';

export interface StoredOffset {
  readonly topic: string;
  readonly partition: number;
  readonly value: CommittedOffset;
}

type Topics = Map<string, Map<number, CommittedOffset>>;
const none: readonly never[] = [];

export class OffsetStore {
  readonly #groups = new Map<string, Topics>();

  get(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#groups.get(group)?.get(topic)?.get(partition);
  }

  /** Whether the group has any. */
  has(group: string): boolean {
    return this.#groups.has(group);
  }

  /** In the order in which topics and partitions first came. */
  of(group: string): readonly StoredOffset[] {
    const topics = this.#groups.get(group);
    if (topics === undefined) return none;
    const all: StoredOffset[] = [];
    for (const [topic, partitions] of topics) for (const [partition, value] of partitions) all.push({ topic, partition, value });
    return all;
  }

  /** A group's own record leaves its offsets alone, and so does its tombstone: each offset has one of its own. */
  apply(record: CoordinatorRecord): void {
    if (record.type === 'offset') this.#put(record.group, record.topic, record.partition, record.value);
    else if (record.type === 'offsetTombstone') this.#take(record.group, record.topic, record.partition);
  }

  #put(group: string, topic: string, partition: number, value: CommittedOffset): void {
    let topics = this.#groups.get(group);
    if (topics === undefined) {
      topics = new Map();
      this.#groups.set(group, topics);
    }
    const partitions = topics.get(topic);
    if (partitions === undefined) topics.set(topic, new Map([[partition, value]]));
    else partitions.set(partition, value);
  }

  #take(group: string, topic: string, partition: number): void {
    const topics = this.#groups.get(group);
    const partitions = topics?.get(topic);
    if (topics === undefined || partitions?.delete(partition) !== true) return;
    if (partitions.size === 0) topics.delete(topic);
    if (topics.size === 0) this.#groups.delete(group);
  }
}
