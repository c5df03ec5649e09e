/** Passes that make plain what is left: a smaller cluster, Kafka's defaults, clients without habits of their own. */
import type { ClusterPlan, Setting, TopicPlan } from '../../cluster/plan.ts';
import type { Fault } from '../../nemesis/fault.ts';
import type { Scenario } from '../../scenario.ts';
import type { ConsumerPlan, GroupPlan, ProducerPlan } from '../../workload/plan.ts';
import { withGroups } from './lists.ts';
import { changing, type Pass } from './pass.ts';

/** Fewer topics, partitions and brokers. */
export const smallerCluster: Pass = changing('the cluster', (scenario) => {
  const { cluster } = scenario;
  const changed: Scenario[] = [];
  if (cluster.topics.length > 1) for (const { name } of cluster.topics) changed.push(withoutTopic(scenario, name));
  for (const topic of cluster.topics)
    for (const partitions of new Set([1, Math.ceil(topic.partitions / 2), topic.partitions - 1]))
      if (partitions >= 1 && partitions < topic.partitions) changed.push(withTopic(scenario, { ...topic, partitions }));
  if (cluster.logDirs !== undefined) changed.push(withOneLogDir(scenario));
  const replicas = Math.max(...cluster.topics.map(({ replicationFactor }) => replicationFactor));
  for (const brokers of new Set([replicas, cluster.brokers - 1, 1])) {
    if (brokers < 1 || brokers >= cluster.brokers) continue;
    const topics = cluster.topics.map((topic) => ({ ...topic, replicationFactor: Math.min(topic.replicationFactor, brokers) }));
    changed.push(withCluster(scenario, { ...cluster, brokers, topics }));
  }
  return changed;
});

/** What struck one directory strikes the only one. */
function withOneLogDir(scenario: Scenario): Scenario {
  const { logDirs: _, ...cluster } = scenario.cluster;
  const faults = scenario.faults.map((fault): Fault => {
    if (!('logDir' in fault)) return fault;
    const { logDir: _dir, ...whole } = fault;
    return whole;
  });
  return { ...scenario, cluster, faults };
}

const withCluster = (scenario: Scenario, cluster: ClusterPlan): Scenario => ({ ...scenario, cluster });

const withTopic = (scenario: Scenario, topic: TopicPlan): Scenario =>
  withCluster(scenario, { ...scenario.cluster, topics: scenario.cluster.topics.map((each) => (each.name === topic.name ? topic : each)) });

function withoutTopic(scenario: Scenario, name: string): Scenario {
  const { cluster, workload } = scenario;
  const stays = ({ topic }: { readonly topic: string }): boolean => topic !== name;
  const groups = (workload.groups ?? []).map((group) => ({ ...group, topics: group.topics.filter((each) => each !== name) }));
  return withGroups(
    {
      ...scenario,
      cluster: { ...cluster, topics: cluster.topics.filter((topic) => topic.name !== name) },
      workload: { ...workload, producers: workload.producers.filter(stays), consumers: workload.consumers.filter(stays) },
    },
    groups.filter(({ topics }) => topics.length > 0),
  );
}

/** Kafka's defaults in place of settings: of all, then of one after the other. */
export const fewerSettings: Pass = changing('settings', (scenario) => {
  const { cluster } = scenario;
  const changed: Scenario[] = [];
  if (cluster.config.length > 1) changed.push(withCluster(scenario, { ...cluster, config: [] }));
  for (const config of oneLess(cluster.config)) changed.push(withCluster(scenario, { ...cluster, config }));
  for (const topic of cluster.topics) for (const config of oneLess(topic.config)) changed.push(withTopic(scenario, { ...topic, config }));
  return changed;
});

const oneLess = (settings: readonly Setting[]): readonly (readonly Setting[])[] =>
  settings.map((_, index) => settings.filter((_each, other) => other !== index));

/** What a client is like when nothing is special about it. */
const plainProducer: readonly Partial<ProducerPlan>[] = [
  { idempotence: false },
  { keys: 1 },
  { valueBytes: 24 },
  { lingerMs: 0 },
  { maxInFlight: 1 },
  { requestTimeoutMs: 3000 },
  { deliveryTimeoutMs: 30_000 },
];
const plainConsumer: readonly Partial<ConsumerPlan>[] = [{ seekEveryMs: 0 }, { fetchMaxWaitMs: 500 }];
const plainGroup: readonly Partial<GroupPlan>[] = [
  { staticMembers: false },
  { assignor: 'range' },
  { commit: 'automatic' },
  { handlerMs: 0 },
  { maxPollRecords: 500 },
  { maxPollIntervalMs: 30_000 },
  { sessionTimeoutMs: 10_000 },
];

export const plainerClients: Pass = changing('clients’ settings', (scenario) => {
  const { workload } = scenario;
  const { producers, consumers, groups = [] } = workload;
  return [
    ...eachPlainer(producers, (plan) => [
      ...withDefaults(plan, plainProducer),
      ...without(plan, 'metadataMaxAgeMs'),
      ...without(plan, 'compressionType'),
      ...without(plan, 'tombstones'),
    ]).map((changed): Scenario => ({ ...scenario, workload: { ...workload, producers: changed } })),
    ...eachPlainer(consumers, (plan) => withDefaults(plan, plainConsumer)).map(
      (changed): Scenario => ({ ...scenario, workload: { ...workload, consumers: changed } }),
    ),
    ...eachPlainer(groups, (plan) => [
      ...withDefaults(plan, plainGroup),
      ...without(plan, 'joinEveryMs'),
      ...without(plan, 'metadataMaxAgeMs'),
      ...(plan.topics.length > 1 ? plan.topics.map((topic) => ({ ...plan, topics: plan.topics.filter((each) => each !== topic) })) : []),
    ]).map((changed) => withGroups(scenario, changed)),
  ];
});

/** All that comes of changing one of the list. */
function eachPlainer<P>(plans: readonly P[], plainer: (plan: P) => readonly P[]): readonly (readonly P[])[] {
  return plans.flatMap((plan, index) => plainer(plan).map((changed) => plans.map((each, other) => (other === index ? changed : each))));
}

/** With all that is plain at once, then with each; only what differs. */
function withDefaults<P extends object>(plan: P, plain: readonly Partial<P>[]): readonly P[] {
  const each = plain.map((part): P => ({ ...plan, ...part })).filter((changed) => JSON.stringify(changed) !== JSON.stringify(plan));
  return each.length > 1 ? [Object.assign({}, plan, ...plain), ...each] : each;
}

function without<P extends object>(plan: P, field: keyof P): readonly P[] {
  if (plan[field] === undefined) return [];
  const rest = { ...plan };
  delete rest[field];
  return [rest];
}
