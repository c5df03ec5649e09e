/** What a well-formed scenario may still have wrong: names that are not there, numbers that do not fit together. */
import { topicConfigProblem } from '../../kafka/config/topic-config.ts';
import { brokerSettings, controllerSettings, isNodeKey } from '../cluster/settings.ts';
import type { Fault, Subject } from '../nemesis/fault.ts';
import { writeTarget } from '../nemesis/text.ts';
import type { Scenario } from '../scenario.ts';
import { memberIds } from '../workload/plan.ts';
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

function checkClients(reader: Reader, { cluster, workload }: Scenario): void {
  const ids = new Set<string>();
  for (const list of ['producers', 'consumers', 'sandbox'] as const)
    for (const [index, client] of (workload[list] ?? []).entries()) {
      const place = `workload.${list}[${index}]`;
      if (ids.has(client.id)) reader.problem(`${place}.id`, `there are two clients "${client.id}"`);
      if (/^(broker|controller)-\d+$/.test(client.id) || client.id === 'admin' || client.id === 'final-reader')
        reader.problem(`${place}.id`, `"${client.id}" is the name of a machine of the cluster; choose another`);
      ids.add(client.id);
      if (!cluster.topics.some((topic) => topic.name === client.topic))
        reader.problem(`${place}.topic`, `unknown topic "${client.topic}"; the topics are ${cluster.topics.map((topic) => topic.name).join(', ')}`);
    }
}

function checkGroups(reader: Reader, { cluster, workload }: Scenario): void {
  const taken = new Set([...workload.producers, ...workload.consumers, ...(workload.sandbox ?? [])].map(({ id }) => id));
  for (const [index, group] of (workload.groups ?? []).entries()) {
    const place = `workload.groups[${index}]`;
    for (const id of memberIds(group)) {
      if (taken.has(id) || /^(broker|controller)-\d+$/.test(id)) reader.problem(`${place}.id`, `its member ${id} has the name of another machine`);
      taken.add(id);
    }
    if (group.topics.length === 0) reader.problem(`${place}.topics`, 'needs at least one topic');
    for (const name of group.topics)
      if (!cluster.topics.some((topic) => topic.name === name))
        reader.problem(`${place}.topics`, `unknown topic "${name}"; the topics are ${cluster.topics.map((topic) => topic.name).join(', ')}`);
  }
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

function checkFault(reader: Reader, scenario: Scenario, fault: Fault, place: string): void {
  const check = (subject: Subject, at: string): void => {
    const problem = subjectProblem(subject, scenario);
    if (problem !== undefined) reader.problem(at, problem);
  };
  check(fault.target, `${place}.target`);
  if (fault.kind === 'client-cut' && fault.target.type !== 'client')
    reader.problem(`${place}.target`, `client-cut cuts off a client; ${writeTarget(fault.target)} is none. Use partition`);
  if (fault.target.type === 'client' && fault.kind !== 'client-cut' && fault.kind !== 'slow-network' && fault.kind !== 'reset')
    reader.problem(`${place}.target`, `${fault.kind} strikes brokers and controllers, not clients`);
  if ('peers' in fault) for (const [index, peer] of fault.peers.entries()) check(peer, `${place}.peers[${index}]`);
  const { trigger } = fault;
  const endMs = scenario.workload.seconds * 1000;
  if (trigger.type === 'time') {
    if (trigger.atMs >= endMs) reader.problem(`${place}.at`, `${trigger.atMs} is past the end of the workload at ${endMs}`);
    return;
  }
  check(trigger.subject, `${place}.on`);
  if (trigger.partition !== undefined) {
    const problem = partitionProblem(trigger.partition, scenario);
    if (problem !== undefined) reader.problem(`${place}.on`, problem);
  }
  if (trigger.afterMs >= endMs) reader.problem(`${place}.after`, `${trigger.afterMs} is past the end of the workload at ${endMs}`);
}

function subjectProblem(subject: Subject, scenario: Scenario): string | undefined {
  switch (subject.type) {
    case 'any':
    case 'controller':
      return undefined;
    case 'broker':
      if (subject.id >= 1 && subject.id <= scenario.cluster.brokers) return undefined;
      return `unknown ${writeTarget(subject)}; this cluster has brokers 1 to ${scenario.cluster.brokers}`;
    case 'client': {
      const { producers, consumers, groups = [], sandbox = [] } = scenario.workload;
      const ids = [...[...producers, ...consumers, ...sandbox].map((client) => client.id), ...groups.flatMap(memberIds)];
      return ids.includes(subject.id) ? undefined : `unknown ${writeTarget(subject)}; the clients are ${ids.join(', ')}`;
    }
    case 'leader':
      return partitionProblem(subject.partition, scenario);
    case 'follower': {
      const problem = partitionProblem(subject.partition, scenario);
      if (problem !== undefined || typeof subject.choice !== 'number') return problem;
      const topic = scenario.cluster.topics.find((each) => subject.partition.startsWith(`${each.name}-`));
      const followers = (topic?.replicationFactor ?? 1) - 1;
      return subject.choice < followers ? undefined : `${writeTarget(subject)}: ${subject.partition} has ${followers} followers, counted from 0`;
    }
  }
}

function partitionProblem(partition: string, { cluster }: Scenario): string | undefined {
  const known = cluster.topics.some((topic) => {
    const index = partition.startsWith(`${topic.name}-`) ? Number(partition.slice(topic.name.length + 1)) : -1;
    return index >= 0 && index < topic.partitions;
  });
  if (known) return undefined;
  const all = cluster.topics.map((topic) =>
    topic.partitions === 1 ? `${topic.name}-0` : `${topic.name}-0 to ${topic.name}-${topic.partitions - 1}`,
  );
  return `unknown partition ${partition}; there are ${all.join(', ')}`;
}
