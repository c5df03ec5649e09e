/**
 * What one batch of metadata changed, with the state before and after, so that who follows the image need not compare.
 * Owns the shape and how changes of one thing within a batch fold into one.
 */
import type { BrokerId, Offset } from '../../model/brand.ts';
import type { Uuid } from '../../model/uuid.ts';
import type { BrokerRegistration, ConfigResourceType, PartitionRegistration, TopicImage } from './registration.ts';

/** One partition's change; without `before` it is new, without `after` it went with its topic. */
export interface PartitionDelta {
  readonly before: PartitionRegistration | undefined;
  readonly after: PartitionRegistration | undefined;
}
export interface BrokerDelta {
  readonly before: BrokerRegistration | undefined;
  readonly after: BrokerRegistration | undefined;
}
export interface ConfigDelta {
  readonly resourceType: ConfigResourceType;
  readonly resourceName: string;
  readonly name: string;
  /** null: the override is gone. */
  readonly value: string | null;
}

/** Each list is in the order of the records. What changed twice appears once, with its first `before` and its last `after`. */
export interface MetadataDelta {
  /** The image stands at this offset, inclusive, now. */
  readonly to: Offset;
  readonly partitions: readonly PartitionDelta[];
  /** As they are at the end of the batch. */
  readonly topicsCreated: readonly TopicImage[];
  /** As they were. Their partitions are in `partitions` too. */
  readonly topicsDeleted: readonly TopicImage[];
  readonly brokers: readonly BrokerDelta[];
  readonly configs: readonly ConfigDelta[];
}

const empty: readonly never[] = [];

export class DeltaBuilder {
  // Maps are made on first use: most batches change one partition.
  #partitions: Map<string, PartitionDelta> | undefined;
  #topicsCreated: Map<Uuid, TopicImage | undefined> | undefined;
  #topicsDeleted: TopicImage[] | undefined;
  #brokers: Map<BrokerId, BrokerDelta> | undefined;
  #configs: ConfigDelta[] | undefined;

  partition(before: PartitionRegistration | undefined, after: PartitionRegistration | undefined): void {
    const either = after ?? before;
    if (either === undefined) return;
    const key = `${either.topicId}${either.index}`;
    this.#partitions ??= new Map();
    const known = this.#partitions.get(key);
    this.#partitions.set(key, { before: known === undefined ? before : known.before, after });
  }

  topicCreated(id: Uuid): void {
    this.#topicsCreated ??= new Map();
    this.#topicsCreated.set(id, undefined);
  }

  topicChanged(topic: TopicImage): void {
    if (this.#topicsCreated?.has(topic.id)) this.#topicsCreated.set(topic.id, topic);
  }

  topicDeleted(topic: TopicImage): void {
    if (this.#topicsCreated?.delete(topic.id)) return;
    this.#topicsDeleted ??= [];
    this.#topicsDeleted.push(topic);
  }

  broker(id: BrokerId, before: BrokerRegistration | undefined, after: BrokerRegistration | undefined): void {
    this.#brokers ??= new Map();
    const known = this.#brokers.get(id);
    this.#brokers.set(id, { before: known === undefined ? before : known.before, after });
  }

  config(resourceType: ConfigResourceType, resourceName: string, name: string, value: string | null): void {
    this.#configs ??= [];
    this.#configs.push({ resourceType, resourceName, name, value });
  }

  build(to: Offset): MetadataDelta {
    return {
      to,
      partitions: this.#partitions === undefined ? empty : [...this.#partitions.values()].filter((delta) => delta.before !== delta.after),
      topicsCreated: this.#topicsCreated === undefined ? empty : [...this.#topicsCreated.values()].filter((topic) => topic !== undefined),
      topicsDeleted: this.#topicsDeleted ?? empty,
      brokers: this.#brokers === undefined ? empty : [...this.#brokers.values()],
      configs: this.#configs ?? empty,
    };
  }
}
