/** Writes a scenario as YAML that reads back as the same scenario; what has its default is left out. */
import { Document } from 'yaml';
import type { Setting } from '../cluster/plan.ts';
import type { Fault, Target } from '../nemesis/fault.ts';
import { writeEventPattern, writeTarget } from '../nemesis/text.ts';
import type { Expectation, Scenario } from '../scenario.ts';
import type { ProducerPlan, SandboxPlan } from '../workload/plan.ts';
import { writeNumbers } from './numbers.ts';

type Pairs = Map<string, unknown>;

/** The scenario as YAML, as it lies in files. */
export function printScenario(scenario: Scenario): string {
  const root: Pairs = new Map<string, unknown>([['version', scenario.version]]);
  if (scenario.description !== '') root.set('description', scenario.description);
  root.set('seed', scenario.seed);
  root.set('cluster', clusterPairs(scenario));
  root.set('workload', workloadPairs(scenario));
  if (scenario.faults.length > 0) root.set('faults', scenario.faults.map(faultPairs));
  const expectation = expectationPairs(scenario.expect);
  if (expectation.size > 0) root.set('expect', expectation);
  return new Document(root).toString({ lineWidth: 120 });
}

function clusterPairs({ cluster }: Scenario): Pairs {
  const pairs: Pairs = new Map<string, unknown>([['brokers', cluster.brokers]]);
  if (cluster.logDirs !== undefined) pairs.set('logDirs', cluster.logDirs);
  if (cluster.config.length > 0) pairs.set('config', settings(cluster.config));
  const topics = cluster.topics.map((topic) => {
    const each: Pairs = new Map<string, unknown>([
      ['name', topic.name],
      ['partitions', topic.partitions],
      ['replicationFactor', topic.replicationFactor],
    ]);
    if (topic.config.length > 0) each.set('config', settings(topic.config));
    return each;
  });
  pairs.set('topics', topics);
  return pairs;
}

/** Whole numbers and booleans are written bare. */
function settings(list: readonly Setting[]): Pairs {
  const bare = (text: string): unknown => {
    if (text === 'true' || text === 'false') return text === 'true';
    return String(Number(text)) === text && Number.isSafeInteger(Number(text)) ? Number(text) : text;
  };
  return new Map(list.map(({ key, value }): [string, unknown] => [key, bare(value)]));
}

function workloadPairs({ workload }: Scenario): Pairs {
  const producers = workload.producers.map(
    (plan): Pairs =>
      new Map<string, unknown>([
        ['id', plan.id],
        ['topic', plan.topic],
        ['acks', plan.acks === -1 ? 'all' : plan.acks],
        ['ratePerSecond', plan.ratePerSecond],
        ['keys', plan.keys],
        ['valueBytes', plan.valueBytes],
        ['lingerMs', plan.lingerMs],
        ['deliveryTimeoutMs', plan.deliveryTimeoutMs],
        ['requestTimeoutMs', plan.requestTimeoutMs],
        ['maxInFlight', plan.maxInFlight],
        ...(plan.idempotence ? [['idempotence', true] as const] : []),
        ...(plan.tombstones === undefined ? [] : [['tombstones', plan.tombstones] as const]),
        ...(plan.metadataMaxAgeMs === undefined ? [] : [['metadataMaxAgeMs', plan.metadataMaxAgeMs] as const]),
        ...(plan.compressionType === undefined ? [] : [['compressionType', plan.compressionType] as const]),
        ...only(plan),
      ]),
  );
  const consumers = workload.consumers.map(
    (plan): Pairs =>
      new Map<string, unknown>([
        ['id', plan.id],
        ['topic', plan.topic],
        ['fetchMaxWaitMs', plan.fetchMaxWaitMs],
        ['seekEveryMs', plan.seekEveryMs],
      ]),
  );
  const groups = (workload.groups ?? []).map(
    (plan): Pairs =>
      new Map<string, unknown>([
        ['id', plan.id],
        ['topics', plan.topics],
        ['members', plan.members],
        ['assignor', plan.assignor],
        ['commit', plan.commit],
        ['handlerMs', plan.handlerMs],
        ['maxPollRecords', plan.maxPollRecords],
        ['sessionTimeoutMs', plan.sessionTimeoutMs],
        ['maxPollIntervalMs', plan.maxPollIntervalMs],
        ...(plan.staticMembers ? [['staticMembers', true] as const] : []),
        ...(plan.joinEveryMs === undefined ? [] : [['joinEveryMs', plan.joinEveryMs] as const]),
        ...(plan.metadataMaxAgeMs === undefined ? [] : [['metadataMaxAgeMs', plan.metadataMaxAgeMs] as const]),
        ...only(plan),
      ]),
  );
  const sandbox = (workload.sandbox ?? []).map(sandboxPairs);
  return new Map<string, unknown>([
    ['seconds', workload.seconds],
    ['producers', producers],
    ['consumers', consumers],
    ...(groups.length > 0 ? [['groups', groups] as const] : []),
    ...(sandbox.length > 0 ? [['sandbox', sandbox] as const] : []),
  ]);
}

/** One number is written bare. */
function only({ only: numbers }: Pick<ProducerPlan, 'only'>): readonly (readonly [string, unknown])[] {
  if (numbers === undefined) return [];
  return [['only', numbers.length === 1 ? numbers[0] : writeNumbers(numbers)]];
}

function sandboxPairs(plan: SandboxPlan): Pairs {
  const pairs: Pairs = new Map<string, unknown>([
    ['id', plan.id],
    ['application', plan.application],
    ['topic', plan.topic],
  ]);
  switch (plan.application) {
    case 'kafkajs-producer':
      return pairs.set('ratePerSecond', plan.ratePerSecond).set('keys', plan.keys).set('idempotence', plan.idempotence);
    case 'kafkajs-consumer':
      return pairs.set('group', plan.group).set('sessionTimeoutMs', plan.sessionTimeoutMs);
  }
}

function faultPairs(fault: Fault): Pairs {
  const pairs: Pairs = new Map<string, unknown>([['kind', fault.kind]]);
  if (fault.trigger.type === 'time') pairs.set('at', fault.trigger.atMs);
  else {
    pairs.set('on', writeEventPattern(fault.trigger));
    if (fault.trigger.nth !== 1) pairs.set('nth', fault.trigger.nth);
    if (fault.trigger.afterMs !== 0) pairs.set('after', fault.trigger.afterMs);
  }
  pairs.set('target', writeTarget(fault.target));
  for (const [field, value] of detailsOf(fault)) pairs.set(field, value);
  return pairs;
}

function detailsOf(fault: Fault): readonly (readonly [string, unknown])[] {
  switch (fault.kind) {
    case 'crash':
      return [
        ['powerLoss', fault.powerLoss],
        ['downMs', fault.downMs ?? 'forever'],
      ];
    case 'stop':
      return [['downMs', fault.downMs ?? 'forever']];
    case 'pause':
      return [['durationMs', fault.durationMs]];
    case 'partition':
    case 'client-cut':
      return [['durationMs', fault.durationMs], ...peers(fault.peers)];
    case 'partition-one-way':
      return [['durationMs', fault.durationMs], ['direction', fault.direction], ...peers(fault.peers)];
    case 'slow-disk': {
      const speed: readonly (readonly [string, unknown])[] = fault.bytesPerSecond === null ? [] : [['bytesPerSecond', fault.bytesPerSecond]];
      return [['durationMs', fault.durationMs], ['perOperationMs', fault.perOperationMs], ...speed];
    }
    case 'slow-network':
      return [
        ['durationMs', fault.durationMs],
        ['latencyMs', fault.latencyMs],
        ['jitterMs', fault.jitterMs],
      ];
    case 'reset':
      return peers(fault.peers);
    case 'slow-handler':
      return [
        ['durationMs', fault.durationMs],
        ['perPollMs', fault.perPollMs],
      ];
    case 'slow-lane':
      return [
        ['durationMs', fault.durationMs],
        ['lane', fault.lane],
        ['perStepMs', fault.perStepMs],
      ];
    case 'disk-error':
      return [
        ['durationMs', fault.durationMs],
        ['calls', fault.calls],
        ...(fault.nthCall === null ? [] : [['nthCall', fault.nthCall] as const]),
        ...logDir(fault),
      ];
    case 'disk-full':
      return [['durationMs', fault.durationMs], ['freeBytes', fault.freeBytes], ...logDir(fault)];
    case 'short-io':
    case 'stalled-sync':
      return [['durationMs', fault.durationMs], ...logDir(fault)];
    case 'bit-rot':
      return [
        ['durationMs', fault.durationMs],
        ['file', fault.file],
      ];
    case 'move-leader':
    case 'move-replica':
      return [];
    case 'add-partitions':
      return [
        ['topic', fault.topic],
        ['partitions', fault.partitions],
      ];
  }
}

const logDir = (fault: { readonly logDir?: number }): readonly (readonly [string, unknown])[] =>
  fault.logDir === undefined ? [] : [['logDir', fault.logDir]];

const peers = (targets: readonly Target[]): readonly (readonly [string, unknown])[] =>
  targets.length === 0 ? [] : [['peers', targets.map(writeTarget)]];

function expectationPairs(expect: Expectation): Pairs {
  const pairs: Pairs = new Map();
  if (expect.faults !== 'all') pairs.set('faults', expect.faults);
  for (const field of ['findings', 'excused', 'happens', 'never'] as const) if (expect[field].length > 0) pairs.set(field, [...expect[field]]);
  return pairs;
}
