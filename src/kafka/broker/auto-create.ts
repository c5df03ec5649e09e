/**
 * Creates a topic because somebody asked about it. Owns which names are legal and that a topic is asked for once at a time.
 * Source: DefaultAutoTopicCreationManager, org.apache.kafka.common.internals.Topic.
 */
import { apis } from '../../protocol/apis.ts';
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
  let names = underWay.get(broker);
  if (names === undefined) {
    names = new Set();
    underWay.set(broker, names);
  }
  const asked = names;
  if (isInternal(name) || asked.has(name)) return;
  asked.add(name);
  const { numPartitions, defaultReplicationFactor: replicationFactor, controllerSocketTimeoutMs: timeoutMs } = broker.config;
  const body = { topics: [{ name, numPartitions, replicationFactor, assignments: [], configs: [] }], timeoutMs };
  forward(broker, apis.createTopics, createTopicsVersion, null, body, () => asked.delete(name));
}
