/** From a scenario's settings to the configurations of brokers and controllers, by Kafka's own keys. */
import { type BrokerConfig, brokerKnobs, parseBrokerConfig } from '../../kafka/config/broker-config.ts';
import { type ControllerConfig, controllerKnobs, parseControllerConfig } from '../../kafka/config/controller-config.ts';
import { topicKnobs, topicSynonymKeys } from '../../kafka/config/topic-config.ts';
import { failed, type Result } from '../../model/result.ts';
import type { ClusterPlan, Setting } from './plan.ts';

export const brokerPort = 9092;
export const controllerPort = 9093;
/** The controller's id; brokers are 1 and up, clients from 2000. */
export const controllerId = 1000;
export const firstClientId = 2000;
export const brokerName = (id: number): string => `broker-${id}`;
export const controllerName = `controller-${controllerId}`;
/** The id of the host of this name; undefined for a client's. */
export function hostIdOf(name: string): number | undefined {
  if (name === controllerName) return controllerId;
  const id = name.startsWith('broker-') ? Number(name.slice('broker-'.length)) : Number.NaN;
  return Number.isSafeInteger(id) ? id : undefined;
}
/** The log directories of each broker, as its disks are named. */
export const logDirNames = ({ logDirs = 1 }: ClusterPlan): readonly string[] =>
  logDirs === 1 ? [onlyLogDir] : Array.from({ length: logDirs }, (_, index) => `${onlyLogDir}-${index}`);
/** That of the controller, and of brokers that have one. */
export const onlyLogDir = 'data';
/** Where clients find the cluster first. */
export const bootstrapServers = (plan: ClusterPlan): readonly { readonly host: string; readonly port: number }[] =>
  Array.from({ length: plan.brokers }, (_, index) => ({ host: brokerName(index + 1), port: brokerPort }));

const clusterId = 'faultline-cluster-one-';
/** An internal topic of 50 partitions would make every run start with 50 elections nobody looks at. */
const standing: readonly Setting[] = [
  { key: 'offsets.topic.num.partitions', value: '3' },
  { key: 'auto.create.topics.enable', value: 'false' },
];

const nodeKeys: ReadonlySet<string> = new Set([
  ...brokerKnobs.map((knob) => knob.key),
  ...controllerKnobs.map((knob) => knob.key),
  ...topicSynonymKeys,
]);
const topicKeys: ReadonlySet<string> = new Set(topicKnobs.map((knob) => knob.key));

/** May a scenario set this for the cluster, or for a topic? */
export const isNodeKey = (key: string): boolean => nodeKeys.has(key);
export const isTopicKey = (key: string): boolean => topicKeys.has(key);

/** Without a topic that is compacted a cleaner would only look for one, again and again. */
function cleaning({ topics }: ClusterPlan): Setting {
  const compacts = topics.some(({ config }) => config.some(({ key, value }) => key === 'cleanup.policy' && value.includes('compact')));
  return { key: 'log.cleaner.enable', value: String(compacts) };
}

function texts(plan: ClusterPlan, own: readonly Setting[]): ReadonlyMap<string, string> {
  return new Map([...standing, cleaning(plan), ...plan.config, ...own].map(({ key, value }) => [key, value]));
}

/** A broker's configuration, or what is wrong with the settings, as `key: remedy`. */
export function brokerSettings(plan: ClusterPlan, id: number): Result<BrokerConfig, readonly string[]> {
  const own = [
    { key: 'node.id', value: String(id) },
    { key: 'listeners', value: `PLAINTEXT://${brokerName(id)}:${brokerPort}` },
    { key: 'controller.quorum.voters', value: `${controllerId}@${controllerName}:${controllerPort}` },
  ];
  const parsed = parseBrokerConfig(texts(plan, own), clusterId);
  return parsed.ok ? { ok: true, value: parsed.value.config } : failed(parsed.error.map((error) => `${error.key}: ${error.remedy}`));
}

export function controllerSettings(plan: ClusterPlan): Result<ControllerConfig, readonly string[]> {
  const own = [
    { key: 'node.id', value: String(controllerId) },
    { key: 'listeners', value: `CONTROLLER://${controllerName}:${controllerPort}` },
  ];
  const parsed = parseControllerConfig(texts(plan, own), clusterId);
  return parsed.ok ? parsed : failed(parsed.error.map((error) => `${error.key}: ${error.remedy}`));
}
