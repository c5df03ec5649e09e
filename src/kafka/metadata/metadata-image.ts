/**
 * The cluster as the metadata log tells it, up to an offset: brokers, topics, partitions, configs, features.
 * One image a node: it moves on as committed records are applied. What it holds are immutable values, so that a delta may keep the state
 * before and after. It decides nothing and writes nothing; the controller makes the records, brokers follow them.
 */
import type { BrokerId, LeaderEpoch, Offset } from '../../model/brand.ts';
import type { Uuid } from '../../model/uuid.ts';
import type { MetadataRecord } from './metadata-record.ts';
import type { BrokerRegistration, ConfigResourceType, PartitionRegistration, TopicImage } from './registration.ts';

/** One batch of the metadata log, decoded. Offsets are inclusive; a control batch has no records. */
export interface MetadataBatch {
  readonly base: Offset;
  readonly last: Offset;
  /** The epoch of the controller that wrote it. */
  readonly epoch: LeaderEpoch;
  readonly records: readonly MetadataRecord[];
  /** Set by a LeaderChange control batch: who leads from here on. */
  readonly leaderChange?: BrokerId;
}

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

/** What one batch changed; each list is in the order of the records. A partition changed twice appears once, with its first `before`. */
export interface MetadataDelta {
  /** The image stood before this offset; it stands at `to`, inclusive, now. */
  readonly to: Offset;
  readonly partitions: readonly PartitionDelta[];
  readonly topicsCreated: readonly TopicImage[];
  /** As they were. Their partitions are in `partitions` too. */
  readonly topicsDeleted: readonly TopicImage[];
  readonly brokers: readonly BrokerDelta[];
  readonly configs: readonly ConfigDelta[];
}

export declare class MetadataImage {
  /** The last offset applied, -1 before the first. */
  get offset(): Offset;
  /** The epoch of the last batch applied. */
  get epoch(): LeaderEpoch;
  /** Who wrote the last LeaderChange applied, -1 for none. */
  get controllerId(): BrokerId;
  /** By id, in the order in which they first registered. */
  get brokers(): ReadonlyMap<BrokerId, BrokerRegistration>;
  /** Finalized feature levels by name. */
  get features(): ReadonlyMap<string, number>;
  /** The first producer id that was never given out. */
  get nextProducerId(): number;
  /** By name, in the order of creation. */
  get topics(): ReadonlyMap<string, TopicImage>;
  topicByName(name: string): TopicImage | undefined;
  topicById(id: Uuid): TopicImage | undefined;
  partition(topicId: Uuid, index: number): PartitionRegistration | undefined;
  /** Overrides of a topic, by config name; empty when there is none. */
  topicConfig(name: string): ReadonlyMap<string, string>;
  /** Dynamic configs of one broker. */
  brokerConfig(id: BrokerId): ReadonlyMap<string, string>;
  /** Dynamic configs of all brokers (the resource with the empty name). */
  clusterConfig(): ReadonlyMap<string, string>;
  /** Applies a batch as a whole; batches come in order and without gaps. */
  apply(batch: MetadataBatch): MetadataDelta;
}
