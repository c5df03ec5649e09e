/**
 * Reads a scenario from YAML and checks that it makes sense: every problem is named with its place and, where it can be, with what would be
 * right. Nothing is guessed: an unknown field is a problem.
 */
import { LineCounter, parseDocument, visit } from 'yaml';
import { assignorNames } from '../../kafka/client/group/assignor/assignment.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { compressionTypes } from '../../protocol/records/batch-header.ts';
import type { ClusterPlan, Setting, TopicPlan } from '../cluster/plan.ts';
import { coverageKinds } from '../history/coverage.ts';
import { eventNames } from '../nemesis/text.ts';
import { type Expectation, type Happening, type Scenario, scenarioVersion } from '../scenario.ts';
import {
  type ConsumerPlan,
  commitModes,
  type GroupPlan,
  type ProducerPlan,
  type SandboxPlan,
  sandboxApplications,
  type WorkloadPlan,
} from '../workload/plan.ts';
import { checkPlan } from './check.ts';
import { readNumbers } from './numbers.ts';
import { readFault } from './parse-fault.ts';
import { join, Reader, say } from './reader.ts';

/** A scenario from its text, or everything that is wrong with it. */
export function parseScenario(text: string): Result<Scenario, readonly string[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: true, lineCounter: lines });
  const problems = [...document.errors, ...document.warnings].map((error) => error.message.split('\n')[0] ?? error.message);
  // What stands elsewhere may not be there, or may hold itself: a scenario is a tree, and its reader need not look out for that.
  visit(document, {
    Alias: (_key, { source, range }) => void problems.push(`*${source} at line ${lines.linePos(range?.[0] ?? 0).line}: write out what it stands for`),
  });
  return problems.length > 0 ? failed(problems) : readScenario(document.toJS({ mapAsMap: true }));
}

/** A scenario from maps, lists and scalars. */
export function readScenario(value: unknown): Result<Scenario, readonly string[]> {
  const reader = new Reader();
  const otherVersion = otherVersionOf(value);
  if (otherVersion !== undefined) return failed([otherVersion]);
  const fields = reader.fields(value, '', ['version', 'description', 'seed', 'cluster', 'workload', 'faults', 'expect']);
  if (fields.get('version') !== scenarioVersion)
    reader.problem('version', `says in which version of the format this is written; write "version: ${scenarioVersion}"`);
  const scenario: Scenario = {
    version: scenarioVersion,
    description: reader.text(fields.get('description'), 'description', /[\s\S]*/, 'text', ''),
    seed: reader.integer(fields.get('seed'), 'seed', { min: 0, max: Number.MAX_SAFE_INTEGER }),
    cluster: readCluster(reader, fields.get('cluster'), 'cluster'),
    workload: readWorkload(reader, fields.get('workload'), 'workload'),
    faults: reader.list(fields.get('faults'), 'faults', (each, place) => readFault(reader, each, place)).filter((fault) => fault !== undefined),
    expect: readExpectation(reader, fields.get('expect'), 'expect'),
  };
  if (reader.problems.length === 0) checkPlan(reader, scenario);
  return reader.problems.length === 0 ? ok(scenario) : failed(reader.problems);
}

/** What to do with a scenario of another version, whose fields this program cannot know; undefined where it is of this one, or of none. */
function otherVersionOf(value: unknown): string | undefined {
  const version: unknown = value instanceof Map ? value.get('version') : undefined;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 0 || version === scenarioVersion) return undefined;
  const which = version > scenarioVersion ? 'a newer faultline, such as the one that wrote it' : 'the faultline that wrote it';
  return `version: it is written in version ${version} of the format, and this program reads version ${scenarioVersion}: play it with ${which}`;
}

const namePattern = /^[A-Za-z0-9._-]{1,100}$/;
const nameMeaning = 'a name of letters, digits, dots, dashes and underscores';

function readCluster(reader: Reader, value: unknown, place: string): ClusterPlan {
  const fields = reader.fields(value, place, ['brokers', 'logDirs', 'config', 'topics']);
  const logDirs = reader.integer(fields.get('logDirs'), join(place, 'logDirs'), { min: 1, max: 20 }, 1);
  return {
    brokers: reader.integer(fields.get('brokers'), join(place, 'brokers'), { min: 1, max: 20 }, 3),
    ...(logDirs > 1 ? { logDirs } : {}),
    config: readSettings(reader, fields.get('config'), join(place, 'config')),
    topics: reader.list(fields.get('topics'), join(place, 'topics'), (each, at) => readTopic(reader, each, at)),
  };
}

function readTopic(reader: Reader, value: unknown, place: string): TopicPlan {
  const fields = reader.fields(value, place, ['name', 'partitions', 'replicationFactor', 'config']);
  return {
    name: reader.text(fields.get('name'), join(place, 'name'), namePattern, nameMeaning),
    partitions: reader.integer(fields.get('partitions'), join(place, 'partitions'), { min: 1, max: 100 }, 1),
    replicationFactor: reader.integer(fields.get('replicationFactor'), join(place, 'replicationFactor'), { min: 1, max: 20 }, 3),
    config: readSettings(reader, fields.get('config'), join(place, 'config')),
  };
}

function readSettings(reader: Reader, value: unknown, place: string): readonly Setting[] {
  const settings: Setting[] = [];
  for (const [key, each] of reader.pairs(value, place)) {
    if (typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean') settings.push({ key, value: String(each) });
    else reader.problem(join(place, key), 'must be text, a number or a boolean');
  }
  return settings;
}

function readWorkload(reader: Reader, value: unknown, place: string): WorkloadPlan {
  const fields = reader.fields(value, place, ['seconds', 'producers', 'consumers', 'groups', 'sandbox']);
  const groups = reader.list(fields.get('groups'), join(place, 'groups'), (each, at) => readGroup(reader, each, at));
  const sandbox = reader
    .list(fields.get('sandbox'), join(place, 'sandbox'), (each, at) => readSandboxed(reader, each, at))
    .filter((plan) => plan !== undefined);
  return {
    seconds: reader.integer(fields.get('seconds'), join(place, 'seconds'), { min: 1, max: 86_400 }, 60),
    producers: reader.list(fields.get('producers'), join(place, 'producers'), (each, at) => readProducer(reader, each, at)),
    consumers: reader.list(fields.get('consumers'), join(place, 'consumers'), (each, at) => readConsumer(reader, each, at)),
    ...(groups.length > 0 ? { groups } : {}),
    ...(sandbox.length > 0 ? { sandbox } : {}),
  };
}

const groupFields: readonly (keyof GroupPlan)[] = [
  ...(['id', 'topics', 'members', 'assignor', 'commit', 'handlerMs', 'maxPollRecords'] as const),
  ...(['sessionTimeoutMs', 'maxPollIntervalMs', 'staticMembers', 'joinEveryMs', 'metadataMaxAgeMs', 'only'] as const),
];

function readGroup(reader: Reader, value: unknown, place: string): GroupPlan {
  const fields = reader.fields(value, place, groupFields);
  const whole = (name: keyof GroupPlan, min: number, max: number, fallback: number) =>
    reader.integer(fields.get(name), join(place, name), { min, max }, fallback);
  return {
    id: reader.text(fields.get('id'), join(place, 'id'), namePattern, nameMeaning),
    topics: reader.list(fields.get('topics'), join(place, 'topics'), (each, at) => reader.text(each, at, namePattern, nameMeaning)),
    members: whole('members', 1, 100, 2),
    assignor: reader.oneOf(fields.get('assignor'), join(place, 'assignor'), assignorNames, 'range') ?? 'range',
    commit: reader.oneOf(fields.get('commit'), join(place, 'commit'), commitModes, 'automatic') ?? 'automatic',
    handlerMs: whole('handlerMs', 0, 86_400_000, 0),
    maxPollRecords: whole('maxPollRecords', 1, 1_000_000, 500),
    sessionTimeoutMs: whole('sessionTimeoutMs', 1, 1_800_000, 10_000),
    maxPollIntervalMs: whole('maxPollIntervalMs', 1, 86_400_000, 30_000),
    staticMembers: reader.boolean(fields.get('staticMembers'), join(place, 'staticMembers'), false),
    ...(fields.has('joinEveryMs') ? { joinEveryMs: whole('joinEveryMs', 0, 86_400_000, 0) } : {}),
    ...readMetadataMaxAge(reader, fields, place),
    ...readOnly(reader, fields, place),
  };
}

const sandboxFields: ReadonlyMap<SandboxPlan['application'], readonly string[]> = new Map([
  ['kafkajs-producer', ['ratePerSecond', 'keys', 'idempotence']],
  ['kafkajs-consumer', ['group', 'sessionTimeoutMs']],
]);

/** A process of the sandbox, or undefined after the problem was noted. */
function readSandboxed(reader: Reader, value: unknown, place: string): SandboxPlan | undefined {
  const application = reader.oneOf(reader.pairs(value, place).get('application'), join(place, 'application'), sandboxApplications);
  if (application === undefined) return undefined;
  const fields = reader.fields(value, place, ['id', 'application', 'topic', ...(sandboxFields.get(application) ?? [])]);
  const name = (field: string): string => reader.text(fields.get(field), join(place, field), namePattern, nameMeaning);
  const common = { id: name('id'), topic: name('topic') };
  switch (application) {
    case 'kafkajs-producer':
      return {
        application,
        ...common,
        ratePerSecond: reader.number(fields.get('ratePerSecond'), join(place, 'ratePerSecond'), { min: 0.01, max: 1000 }, 5),
        keys: reader.integer(fields.get('keys'), join(place, 'keys'), { min: 1, max: 1_000_000 }, 10),
        idempotence: reader.boolean(fields.get('idempotence'), join(place, 'idempotence'), false),
      };
    case 'kafkajs-consumer':
      return {
        application,
        ...common,
        group: name('group'),
        sessionTimeoutMs: reader.integer(fields.get('sessionTimeoutMs'), join(place, 'sessionTimeoutMs'), { min: 1, max: 1_800_000 }, 10_000),
      };
  }
}

function readProducer(reader: Reader, value: unknown, place: string): ProducerPlan {
  const known = [
    'id',
    'topic',
    'acks',
    'ratePerSecond',
    'keys',
    'valueBytes',
    'lingerMs',
    'deliveryTimeoutMs',
    'requestTimeoutMs',
    'maxInFlight',
    'idempotence',
    'tombstones',
    'metadataMaxAgeMs',
    'compressionType',
    'only',
  ];
  const fields = reader.fields(value, place, known);
  const acks = reader.oneOf(fields.get('acks'), join(place, 'acks'), ['all', -1, 0, 1], 'all');
  return {
    id: reader.text(fields.get('id'), join(place, 'id'), namePattern, nameMeaning),
    topic: reader.text(fields.get('topic'), join(place, 'topic'), namePattern, nameMeaning),
    acks: acks === 0 || acks === 1 ? acks : -1,
    ratePerSecond: reader.number(fields.get('ratePerSecond'), join(place, 'ratePerSecond'), { min: 0.01, max: 100_000 }, 10),
    keys: reader.integer(fields.get('keys'), join(place, 'keys'), { min: 1, max: 1_000_000 }, 10),
    valueBytes: reader.integer(fields.get('valueBytes'), join(place, 'valueBytes'), { min: 1, max: 900_000 }, 32),
    lingerMs: reader.integer(fields.get('lingerMs'), join(place, 'lingerMs'), { min: 0, max: 60_000 }, 5),
    deliveryTimeoutMs: reader.integer(fields.get('deliveryTimeoutMs'), join(place, 'deliveryTimeoutMs'), { min: 1, max: 86_400_000 }, 30_000),
    requestTimeoutMs: reader.integer(fields.get('requestTimeoutMs'), join(place, 'requestTimeoutMs'), { min: 1, max: 86_400_000 }, 3000),
    maxInFlight: reader.integer(fields.get('maxInFlight'), join(place, 'maxInFlight'), { min: 1, max: 1000 }, 5),
    idempotence: reader.oneOf(fields.get('idempotence'), join(place, 'idempotence'), [true, false], false) ?? false,
    ...readTombstones(reader, fields, place),
    ...readMetadataMaxAge(reader, fields, place),
    ...readCompressionType(reader, fields, place),
    ...readOnly(reader, fields, place),
  };
}

function readTombstones(reader: Reader, fields: ReadonlyMap<string, unknown>, place: string): Pick<ProducerPlan, 'tombstones'> {
  const tombstones = reader.integer(fields.get('tombstones'), join(place, 'tombstones'), { min: 0, max: 100 }, 0);
  return tombstones === 0 ? {} : { tombstones };
}

function readCompressionType(reader: Reader, fields: ReadonlyMap<string, unknown>, place: string): Pick<ProducerPlan, 'compressionType'> {
  const type = reader.oneOf(fields.get('compressionType'), join(place, 'compressionType'), compressionTypes, 'none') ?? 'none';
  return type === 'none' ? {} : { compressionType: type };
}

function readMetadataMaxAge(reader: Reader, fields: ReadonlyMap<string, unknown>, place: string): { readonly metadataMaxAgeMs?: number } {
  if (!fields.has('metadataMaxAgeMs')) return {};
  return { metadataMaxAgeMs: reader.integer(fields.get('metadataMaxAgeMs'), join(place, 'metadataMaxAgeMs'), { min: 1, max: 86_400_000 }) };
}

/** Some of what is numbered: one number, or a text such as `3-5, 9`. */
function readOnly(reader: Reader, fields: ReadonlyMap<string, unknown>, place: string): { readonly only?: readonly number[] } {
  if (!fields.has('only')) return {};
  const value = fields.get('only');
  const numbers = typeof value === 'string' || typeof value === 'number' ? readNumbers(String(value)) : undefined;
  if (numbers?.ok === true) return { only: numbers.value };
  reader.problem(join(place, 'only'), numbers?.error ?? `must be numbers and ranges such as 3-5, 9, not ${say(value)}`);
  return {};
}

function readConsumer(reader: Reader, value: unknown, place: string): ConsumerPlan {
  const fields = reader.fields(value, place, ['id', 'topic', 'fetchMaxWaitMs', 'seekEveryMs']);
  return {
    id: reader.text(fields.get('id'), join(place, 'id'), namePattern, nameMeaning),
    topic: reader.text(fields.get('topic'), join(place, 'topic'), namePattern, nameMeaning),
    fetchMaxWaitMs: reader.integer(fields.get('fetchMaxWaitMs'), join(place, 'fetchMaxWaitMs'), { min: 0, max: 60_000 }, 500),
    seekEveryMs: reader.integer(fields.get('seekEveryMs'), join(place, 'seekEveryMs'), { min: 0, max: 86_400_000 }, 0),
  };
}

const happenings: readonly Happening[] = [...eventNames, ...coverageKinds, 'redelivered'];

function readExpectation(reader: Reader, value: unknown, place: string): Expectation {
  const fields = reader.fields(value, place, ['faults', 'findings', 'excused', 'happens', 'never']);
  const names = (field: string): readonly string[] =>
    reader.list(fields.get(field), join(place, field), (each, at) => reader.text(each, at, namePattern, 'the name of an anomaly'));
  const events = (field: string): Expectation['happens'] =>
    reader.list(fields.get(field), join(place, field), (each, at) => reader.oneOf(each, at, happenings)).filter((event) => event !== undefined);
  return {
    faults: reader.oneOf(fields.get('faults'), join(place, 'faults'), ['all', 'any'], 'all') ?? 'all',
    findings: names('findings'),
    excused: names('excused'),
    happens: events('happens'),
    never: events('never'),
  };
}
