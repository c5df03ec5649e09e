/**
 * The cluster as the metadata log tells it, up to an offset: brokers, topics, partitions, configs, features.
 * One image a node: it moves on as batches are applied. What it holds are immutable values, so that a delta may keep the state before and
 * after. It decides nothing and writes nothing; the controller makes the records, brokers follow them.
 */
import type { BrokerId, LeaderEpoch, Offset } from '../../model/brand.ts';
import { brokerId, leaderEpoch, offset } from '../../model/brand.ts';
import { invariant } from '../../model/invariant.ts';
import type { Uuid } from '../../model/uuid.ts';
import type { BrokerRegistrationChangeRecord } from '../../protocol/messages/metadata/broker-registration-change-record.ts';
import type { ConfigRecord } from '../../protocol/messages/metadata/config-record.ts';
import type { PartitionChangeRecord } from '../../protocol/messages/metadata/partition-change-record.ts';
import type { PartitionRecord } from '../../protocol/messages/metadata/partition-record.ts';
import { DeltaBuilder, type MetadataDelta } from './metadata-delta.ts';
import type { MetadataRecord } from './metadata-record.ts';
import { type BrokerRegistration, ConfigResourceType, noLeader, type PartitionRegistration, type TopicImage } from './registration.ts';
import { changedBroker, mergedPartition, partitionFrom, registrationFrom } from './replay.ts';

export type { BrokerDelta, ConfigDelta, MetadataDelta, PartitionDelta } from './metadata-delta.ts';

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

const noConfig: ReadonlyMap<string, string> = new Map();

export class MetadataImage {
  #offset = offset(-1);
  #epoch = leaderEpoch(-1);
  #controllerId: BrokerId = noLeader;
  #nextProducerId = 0;
  readonly #brokers = new Map<BrokerId, BrokerRegistration>();
  readonly #topicsByName = new Map<string, TopicImage>();
  readonly #topicsById = new Map<Uuid, TopicImage>();
  readonly #features = new Map<string, number>();
  readonly #configs = new Map<ConfigResourceType, Map<string, Map<string, string>>>();

  /** The last offset applied, -1 before the first. */
  get offset(): Offset {
    return this.#offset;
  }
  /** The epoch of the last batch applied, -1 before the first. */
  get epoch(): LeaderEpoch {
    return this.#epoch;
  }
  /** Who wrote the last LeaderChange applied, -1 for none. */
  get controllerId(): BrokerId {
    return this.#controllerId;
  }
  /** By id, in the order in which they first registered. */
  get brokers(): ReadonlyMap<BrokerId, BrokerRegistration> {
    return this.#brokers;
  }
  /** Finalized feature levels by name. */
  get features(): ReadonlyMap<string, number> {
    return this.#features;
  }
  /** The first producer id that was never given out. */
  get nextProducerId(): number {
    return this.#nextProducerId;
  }
  /** By name, in the order of creation. */
  get topics(): ReadonlyMap<string, TopicImage> {
    return this.#topicsByName;
  }

  topicByName(name: string): TopicImage | undefined {
    return this.#topicsByName.get(name);
  }
  topicById(id: Uuid): TopicImage | undefined {
    return this.#topicsById.get(id);
  }
  partition(topicId: Uuid, index: number): PartitionRegistration | undefined {
    return this.#topicsById.get(topicId)?.partitions[index];
  }
  /** Overrides of a topic, by config name; empty when there is none. */
  topicConfig(name: string): ReadonlyMap<string, string> {
    return this.config(ConfigResourceType.TOPIC, name);
  }
  /** Dynamic configs of one broker. */
  brokerConfig(id: BrokerId): ReadonlyMap<string, string> {
    return this.config(ConfigResourceType.BROKER, String(id));
  }
  /** Dynamic configs of all brokers: the broker resource with the empty name. */
  clusterConfig(): ReadonlyMap<string, string> {
    return this.config(ConfigResourceType.BROKER, '');
  }
  config(type: ConfigResourceType, name: string): ReadonlyMap<string, string> {
    return this.#configs.get(type)?.get(name) ?? noConfig;
  }
  /** Every resource that has configs, in the order in which each first had one. */
  *configResources(): Iterable<{ readonly type: ConfigResourceType; readonly name: string; readonly configs: ReadonlyMap<string, string> }> {
    for (const [type, resources] of this.#configs) for (const [name, configs] of resources) yield { type, name, configs };
  }

  /** Applies a batch as a whole; batches come in order and without gaps. */
  apply(batch: MetadataBatch): MetadataDelta {
    invariant(batch.base === this.#offset + 1 && batch.last >= batch.base, 'metadata batches come in order', this.#offset, batch.base);
    invariant(batch.epoch >= this.#epoch, 'the epochs of metadata batches never fall', this.#epoch, batch.epoch);
    const delta = new DeltaBuilder();
    if (batch.leaderChange !== undefined) this.#controllerId = batch.leaderChange;
    for (const record of batch.records) this.#replay(record, delta);
    this.#offset = batch.last;
    this.#epoch = batch.epoch;
    return delta.build(batch.last);
  }

  #replay(record: MetadataRecord, delta: DeltaBuilder): void {
    switch (record.type) {
      case 'registerBroker':
        this.#setBroker(brokerId(record.value.brokerId), registrationFrom(record.value), delta);
        return;
      case 'unregisterBroker':
        this.#setBroker(brokerId(record.value.brokerId), undefined, delta);
        return;
      case 'fenceBroker':
        this.#changeBroker(record.value.id, record.value.epoch, { fenced: 1, inControlledShutdown: 0, logDirs: [] }, delta);
        return;
      case 'unfenceBroker':
        this.#changeBroker(record.value.id, record.value.epoch, { fenced: -1, inControlledShutdown: 0, logDirs: [] }, delta);
        return;
      case 'brokerRegistrationChange':
        this.#changeBroker(record.value.brokerId, record.value.brokerEpoch, record.value, delta);
        return;
      case 'topic':
        this.#addTopic(record.value.name, record.value.topicId, delta);
        return;
      case 'removeTopic':
        this.#removeTopic(record.value.topicId, delta);
        return;
      case 'partition':
        this.#setPartition(record.value, delta);
        return;
      case 'partitionChange':
        this.#changePartition(record.value, delta);
        return;
      case 'clearElr':
        this.#clearElr(record.value.topicName, delta);
        return;
      case 'config':
        this.#setConfig(record.value, delta);
        return;
      case 'featureLevel':
        if (record.value.featureLevel === 0) this.#features.delete(record.value.name);
        else this.#features.set(record.value.name, record.value.featureLevel);
        return;
      case 'producerIds':
        invariant(record.value.nextProducerId >= this.#nextProducerId, 'producer ids are given out once', record.value.nextProducerId);
        this.#nextProducerId = record.value.nextProducerId;
        return;
      case 'registerController':
      case 'noOp':
        return;
    }
  }

  #setBroker(id: BrokerId, after: BrokerRegistration | undefined, delta: DeltaBuilder): void {
    const before = this.#brokers.get(id);
    if (after === undefined) this.#brokers.delete(id);
    else this.#brokers.set(id, after);
    delta.broker(id, before, after);
  }

  #changeBroker(
    id: number,
    epoch: number,
    change: Pick<BrokerRegistrationChangeRecord, 'fenced' | 'inControlledShutdown' | 'logDirs'>,
    delta: DeltaBuilder,
  ): void {
    const before = this.#brokers.get(brokerId(id));
    invariant(before !== undefined && before.epoch === epoch, 'a registration change names a current registration', id, epoch);
    this.#setBroker(before.id, changedBroker(before, change), delta);
  }

  #addTopic(name: string, id: Uuid, delta: DeltaBuilder): void {
    invariant(!this.#topicsByName.has(name) && !this.#topicsById.has(id), 'a topic is created once', name);
    const topic: TopicImage = { name, id, partitions: [] };
    this.#setTopic(topic);
    delta.topicCreated(id);
  }

  #setTopic(topic: TopicImage): void {
    this.#topicsByName.set(topic.name, topic);
    this.#topicsById.set(topic.id, topic);
  }

  #removeTopic(id: Uuid, delta: DeltaBuilder): void {
    const topic = this.#topicsById.get(id);
    invariant(topic !== undefined, 'only a known topic is removed', id);
    this.#topicsById.delete(id);
    this.#topicsByName.delete(topic.name);
    for (const [name] of this.topicConfig(topic.name)) delta.config(ConfigResourceType.TOPIC, topic.name, name, null);
    this.#configs.get(ConfigResourceType.TOPIC)?.delete(topic.name);
    delta.topicDeleted(topic);
    for (const partition of topic.partitions) delta.partition(partition, undefined);
  }

  #setPartition(record: PartitionRecord, delta: DeltaBuilder): void {
    const topic = this.#topicsById.get(record.topicId);
    invariant(topic !== undefined && record.partitionId <= topic.partitions.length, 'partitions come in order, after their topic', record.topicId);
    this.#replace(topic, topic.partitions[record.partitionId], partitionFrom(record, topic.name), delta);
  }

  #changePartition(record: PartitionChangeRecord, delta: DeltaBuilder): void {
    const topic = this.#topicsById.get(record.topicId);
    const before = topic?.partitions[record.partitionId];
    invariant(topic !== undefined && before !== undefined, 'only a known partition changes', record.topicId, record.partitionId);
    this.#replace(topic, before, mergedPartition(before, record), delta);
  }

  #replace(topic: TopicImage, before: PartitionRegistration | undefined, after: PartitionRegistration, delta: DeltaBuilder): void {
    const partitions = topic.partitions.slice();
    partitions[after.index] = after;
    const next = { ...topic, partitions };
    this.#setTopic(next);
    delta.topicChanged(next);
    delta.partition(before, after);
  }

  /** The empty name stands for all topics. */
  #clearElr(topicName: string, delta: DeltaBuilder): void {
    const topics = topicName === '' ? [...this.#topicsById.values()] : [this.#topicsByName.get(topicName)];
    for (const topic of topics)
      for (const { elr, lastKnownElr, index } of topic?.partitions ?? []) {
        if (elr.length === 0 && lastKnownElr.length === 0) continue;
        const current = topic === undefined ? undefined : this.#topicsById.get(topic.id);
        const before = current?.partitions[index];
        invariant(current !== undefined && before !== undefined, 'a topic keeps its partitions', topicName, index);
        this.#replace(current, before, { ...before, elr: [], lastKnownElr: [], partitionEpoch: before.partitionEpoch + 1 }, delta);
      }
  }

  #setConfig(record: ConfigRecord, delta: DeltaBuilder): void {
    const type = record.resourceType as ConfigResourceType;
    const resources = this.#configs.get(type) ?? new Map<string, Map<string, string>>();
    this.#configs.set(type, resources);
    const configs = resources.get(record.resourceName) ?? new Map<string, string>();
    if (record.value === null) configs.delete(record.name);
    else configs.set(record.name, record.value);
    if (configs.size === 0) resources.delete(record.resourceName);
    else resources.set(record.resourceName, configs);
    delta.config(type, record.resourceName, record.name, record.value);
  }
}
