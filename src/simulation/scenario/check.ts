/** What a well-formed scenario may still have wrong: names that are not there, numbers that do not fit together. */
import type { BrokerConfig } from '../../kafka/config/broker-config.ts';
import { topicConfigProblem } from '../../kafka/config/topic-config.ts';
import { brokerSettings, controllerSettings, isNodeKey } from '../cluster/settings.ts';
import type { Scenario } from '../scenario.ts';
import { joinsAtMs, memberIds, memberNumbers } from '../workload/plan.ts';
import { checkFault, topicProblem } from './check-fault.ts';
import type { Reader } from './reader.ts';

export function checkPlan(reader: Reader, scenario: Scenario): void {
  checkSettings(reader, scenario);
  checkTopics(reader, scenario);
  checkClients(reader, scenario);
  checkGroups(reader, scenario);
  checkTimeouts(reader, scenario);
  checkIdempotence(reader, scenario);
  for (const [index, fault] of scenario.faults.entries()) checkFault(reader, scenario, fault, `faults[${index}]`);
}

function checkSettings(reader: Reader, { cluster }: Scenario): void {
  for (const { key } of cluster.config)
    if (!isNodeKey(key)) reader.problem(`cluster.config.${key}`, 'is none of the broker or controller settings that exist here');
  const errors = new Set<string>();
  for (const result of [brokerSettings(cluster, 1), controllerSettings(cluster)]) if (!result.ok) for (const error of result.error) errors.add(error);
  for (const error of errors) reader.problem('cluster.config', error);
}

function checkTopics(reader: Reader, { cluster }: Scenario): void {
  if (cluster.topics.length === 0) reader.problem('cluster.topics', 'needs at least one topic');
  const names = new Set<string>();
  for (const [index, topic] of cluster.topics.entries()) {
    const place = `cluster.topics[${index}]`;
    if (names.has(topic.name)) reader.problem(`${place}.name`, `there are two topics "${topic.name}"`);
    names.add(topic.name);
    if (topic.replicationFactor > cluster.brokers)
      reader.problem(`${place}.replicationFactor`, `${topic.replicationFactor} replicas need as many brokers; this cluster has ${cluster.brokers}`);
    for (const { key, value } of topic.config) {
      const problem = topicConfigProblem(key, value);
      if (problem !== undefined) reader.problem(`${place}.config.${key}`, problem);
    }
  }
}

function checkClients(reader: Reader, scenario: Scenario): void {
  const { workload } = scenario;
  const ids = new Set<string>();
  for (const list of ['producers', 'consumers', 'sandbox'] as const)
    for (const [index, client] of (workload[list] ?? []).entries()) {
      const place = `workload.${list}[${index}]`;
      if (ids.has(client.id)) reader.problem(`${place}.id`, `there are two clients "${client.id}"`);
      if (/^(broker|controller)-\d+$/.test(client.id) || client.id === 'admin' || client.id === 'final-reader')
        reader.problem(`${place}.id`, `"${client.id}" is the name of a machine of the cluster; choose another`);
      ids.add(client.id);
      const problem = topicProblem(client.topic, scenario);
      if (problem !== undefined) reader.problem(`${place}.topic`, problem);
    }
}

function checkGroups(reader: Reader, scenario: Scenario): void {
  const { cluster, workload } = scenario;
  const taken = new Set([...workload.producers, ...workload.consumers, ...(workload.sandbox ?? [])].map(({ id }) => id));
  const broker = brokerSettings(cluster, 1);
  for (const [index, group] of (workload.groups ?? []).entries()) {
    const place = `workload.groups[${index}]`;
    for (const id of memberIds(group)) {
      if (taken.has(id) || /^(broker|controller)-\d+$/.test(id)) reader.problem(`${place}.id`, `its member ${id} has the name of another machine`);
      taken.add(id);
    }
    if (group.topics.length === 0) reader.problem(`${place}.topics`, 'needs at least one topic');
    for (const name of group.topics) {
      const problem = topicProblem(name, scenario);
      if (problem !== undefined) reader.problem(`${place}.topics`, problem);
    }
    if (broker.ok) checkSession(reader, group.sessionTimeoutMs, broker.value, place);
    const replicas = broker.ok ? broker.value.offsetsTopicReplicationFactor : 0;
    if (replicas > scenario.cluster.brokers)
      reader.problem(
        place,
        `its coordinator needs __consumer_offsets with ${replicas} replicas, and this cluster has ${scenario.cluster.brokers} brokers: set offsets.topic.replication.factor`,
      );
    const strangers = memberNumbers(group).filter((number) => number < 1 || number > group.members);
    if (strangers.length > 0)
      reader.problem(`${place}.only`, `there is no member ${strangers.join(', ')}; they are counted from 1 to ${group.members}`);
    const lastJoinMs = joinsAtMs(group, memberNumbers(group).at(-1) ?? 1);
    if (lastJoinMs >= workload.seconds * 1000)
      reader.problem(
        `${place}.joinEveryMs`,
        `its last member would join after ${lastJoinMs} ms, past the end of the workload at ${workload.seconds * 1000}`,
      );
  }
}

/** Who asks for another session timeout is turned away for good (INVALID_SESSION_TIMEOUT). */
function checkSession(reader: Reader, sessionTimeoutMs: number, config: BrokerConfig, place: string): void {
  const [min, max] = [config.groupMinSessionTimeoutMs, config.groupMaxSessionTimeoutMs];
  if (sessionTimeoutMs < min)
    reader.problem(`${place}.sessionTimeoutMs`, `brokers take no less than ${min}; set group.min.session.timeout.ms in cluster.config`);
  if (sessionTimeoutMs > max)
    reader.problem(`${place}.sessionTimeoutMs`, `brokers take no more than ${max}; set group.max.session.timeout.ms in cluster.config`);
}

function checkTimeouts(reader: Reader, { workload }: Scenario): void {
  for (const [index, { deliveryTimeoutMs, lingerMs, requestTimeoutMs }] of workload.producers.entries())
    if (deliveryTimeoutMs < lingerMs + requestTimeoutMs)
      reader.problem(
        `workload.producers[${index}].deliveryTimeoutMs`,
        `${deliveryTimeoutMs} is less than lingerMs + requestTimeoutMs, ${lingerMs + requestTimeoutMs}`,
      );
}

function checkIdempotence(reader: Reader, { workload }: Scenario): void {
  for (const [index, { idempotence, acks, maxInFlight }] of workload.producers.entries()) {
    if (!idempotence) continue;
    const place = `workload.producers[${index}]`;
    if (acks !== -1) reader.problem(`${place}.acks`, `${acks} is too little for an idempotent producer: it needs all`);
    if (maxInFlight > 5) reader.problem(`${place}.maxInFlight`, `${maxInFlight} is too many for an idempotent producer: it may have 5`);
  }
}
