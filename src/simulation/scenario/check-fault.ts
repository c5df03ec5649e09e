/** What is wrong with the faults of a well-formed scenario: whom they strike, when, and what they name. */
import type { Fault, Subject } from '../nemesis/fault.ts';
import { targetMismatch, writeTarget } from '../nemesis/text.ts';
import type { Scenario } from '../scenario.ts';
import { memberIds } from '../workload/plan.ts';
import type { Reader } from './reader.ts';

export function checkFault(reader: Reader, scenario: Scenario, fault: Fault, place: string): void {
  const check = (subject: Subject, at: string): void => {
    const problem = subjectProblem(subject, scenario);
    if (problem !== undefined) reader.problem(at, problem);
  };
  check(fault.target, `${place}.target`);
  const misfit = misfitOf(fault, scenario);
  if (misfit !== undefined) reader.problem(`${place}.target`, misfit);
  if (fault.kind === 'add-partitions') {
    const problem = topicProblem(fault.topic, scenario);
    if (problem !== undefined) reader.problem(`${place}.topic`, problem);
  }
  if (fault.kind === 'move-replica' && (scenario.cluster.logDirs ?? 1) < 2)
    reader.problem(`${place}.kind`, 'move-replica moves to another log directory, and brokers here have one; they get more by cluster.logDirs');
  if ('logDir' in fault && fault.logDir !== undefined) {
    const count = fault.target.type === 'controller' ? 1 : (scenario.cluster.logDirs ?? 1);
    if (fault.logDir >= count)
      reader.problem(
        `${place}.logDir`,
        `${writeTarget(fault.target)} has ${count === 1 ? 'one log directory' : `${count} log directories`}, counted from 0; brokers get more by cluster.logDirs`,
      );
  }
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

/** Why this fault cannot strike its target in this scenario. */
function misfitOf(fault: Fault, { workload }: Scenario): string | undefined {
  const { kind, target } = fault;
  if (kind !== 'slow-handler' || target.type !== 'client') return targetMismatch(fault);
  const isMember = (workload.groups ?? []).some((group) => memberIds(group).includes(target.id));
  return isMember ? undefined : `slow-handler strikes members of groups; ${writeTarget(target)} is none`;
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
    case 'coordinator':
    case 'member': {
      const sizes = groupSizes(scenario.workload);
      const members = sizes.get(subject.group);
      if (members === undefined)
        return `${writeTarget(subject)}: unknown group "${subject.group}"; ${sizes.size === 0 ? 'there are none' : `the groups are ${[...sizes.keys()].join(', ')}`}`;
      if (subject.type === 'coordinator' || subject.choice === 'leader' || subject.choice < members) return undefined;
      return `${writeTarget(subject)}: ${subject.group} has ${members} members, counted from 0`;
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

/** How many members each group has. */
function groupSizes({ groups = [], sandbox = [] }: Scenario['workload']): ReadonlyMap<string, number> {
  const sizes = new Map(groups.map(({ id, members }) => [id, members]));
  for (const plan of sandbox) if (plan.application === 'kafkajs-consumer') sizes.set(plan.group, (sizes.get(plan.group) ?? 0) + 1);
  return sizes;
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

export function topicProblem(name: string, { cluster }: Scenario): string | undefined {
  if (cluster.topics.some((topic) => topic.name === name)) return undefined;
  return `unknown topic "${name}"; the topics are ${cluster.topics.map((topic) => topic.name).join(', ')}`;
}
