/**
 * Creates a topic because somebody asked about it. Owns which names are legal and that a topic is asked for once at a time.
 * Source: DefaultAutoTopicCreationManager, org.apache.kafka.common.internals.Topic.
 */
import { apis } from '../../protocol/apis.ts';
import type { CreateTopicsRequestInput } from '../../protocol/messages/create-topics.ts';
import { offsetsTopic } from '../coordinator/group/coordinator.ts';
import type { BrokerContext } from './broker-context.ts';
import { forward } from './forwarding.ts';
import { isInternal } from './partitions.ts';

const maxNameLength = 249;
const createTopicsVersion = 7;

export const isLegalTopicName = (name: string): boolean =>
  name.length > 0 && name.length <= maxNameLength && name !== '.' && name !== '..' && /^[a-zA-Z0-9._-]+$/.test(name);

const underWay = new WeakMap<BrokerContext, Set<string>>();

/** Asks the controller; the outcome shows in the metadata. Internal topics are created by their coordinators. */
export function createTopic(broker: BrokerContext, name: string): void {
  if (isInternal(name)) return;
  const { numPartitions, defaultReplicationFactor: replicationFactor } = broker.config;
  create(broker, { name, numPartitions, replicationFactor, assignments: [], configs: [] });
}

/** The topic in which group coordinators keep their state (GroupCoordinatorService.groupMetadataTopicConfigs). */
export function createOffsetsTopic(broker: BrokerContext): void {
  const { offsetsTopicNumPartitions: numPartitions, offsetsTopicReplicationFactor: replicationFactor, offsetsTopicSegmentBytes } = broker.config;
  const configs = [
    { name: 'cleanup.policy', value: 'compact' },
    { name: 'compression.type', value: 'producer' },
    { name: 'segment.bytes', value: String(offsetsTopicSegmentBytes) },
  ];
  create(broker, { name: offsetsTopic, numPartitions, replicationFactor, assignments: [], configs });
}

function create(broker: BrokerContext, topic: CreateTopicsRequestInput['topics'][number]): void {
  let names = underWay.get(broker);
  if (names === undefined) {
    names = new Set();
    underWay.set(broker, names);
  }
  const asked = names;
  if (asked.has(topic.name)) return;
  asked.add(topic.name);
  const body = { topics: [topic], timeoutMs: broker.config.controllerSocketTimeoutMs };
  forward(broker, apis.createTopics, createTopicsVersion, null, body, () => asked.delete(topic.name));
}
