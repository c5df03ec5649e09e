/**
 * A broker's configuration: the keys of Kafka's server.properties that this broker honours, each declared once.
 * Owns the keys, their parsing and the typed record. Keys that exist in Kafka and mean nothing here are ignored by name, never silently.
 * Source: AbstractKafkaConfig, ReplicationConfigs, ServerLogConfigs, KRaftConfigs and SocketServerConfigs of Apache Kafka 4.3.
 */
import { type BrokerId, brokerId } from '../../model/brand.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { type ControllerEndpoint, type Endpoint, parseControllers, parseListeners } from './endpoint.ts';
import {
  bool,
  type ConfigError,
  double,
  int,
  long,
  noLimit,
  parseKnobs,
  propertyOf,
  short,
  splitList,
  text,
  type ValuesOf,
  withDefaults,
} from './knob.ts';
import { type TopicConfig, topicConfig, topicDefaults, topicSynonymKeys } from './topic-config.ts';

export const brokerKnobs = [
  text('broker.rack', { default: undefined, doc: 'The rack, which spreads replicas and tells consumers what is near.' }),
  int('initial.broker.registration.timeout.ms', {
    default: 60_000,
    unit: 'ms',
    min: 0,
    doc: 'How long a starting broker tries to register before it gives up.',
  }),
  int('broker.heartbeat.interval.ms', { default: 2000, unit: 'ms', min: 1, doc: 'The time between two heartbeats to the controller.' }),
  int('broker.session.timeout.ms', { default: 9000, unit: 'ms', min: 1, doc: 'How long a broker may be silent before it is fenced.' }),
  bool('controlled.shutdown.enable', { default: true, doc: 'Whether leaderships move away before the broker stops.' }),
  long('socket.connection.setup.timeout.ms', { default: 10_000, unit: 'ms', min: 1, doc: 'How long a connect to another node may take.' }),
  int('socket.request.max.bytes', { default: 104_857_600, unit: 'bytes', min: 1, doc: 'The largest request; a longer one closes its connection.' }),
  int('fetch.max.bytes', { default: 57_671_680, unit: 'bytes', min: 1024, doc: 'The largest answer to a fetch, but for one batch that is larger.' }),
  int('max.incremental.fetch.session.cache.slots', { default: 1000, min: 0, doc: 'How many incremental fetch sessions are kept (KIP-227).' }),
  int('controller.socket.timeout.ms', { default: 30_000, unit: 'ms', min: 1, doc: 'How long an answer of the controller may take.' }),
  long('replica.lag.time.max.ms', {
    default: 30_000,
    unit: 'ms',
    min: 1,
    doc: 'How long a follower may not be caught up before it leaves the ISR.',
  }),
  int('replica.socket.timeout.ms', { default: 30_000, unit: 'ms', min: 1, doc: 'How long a follower waits for an answer of its leader.' }),
  int('replica.fetch.max.bytes', { default: 1_048_576, unit: 'bytes', min: 0, doc: 'How much a follower fetches of one partition.' }),
  int('replica.fetch.wait.max.ms', { default: 500, unit: 'ms', min: 0, doc: 'How long a leader holds a follower’s fetch without new records.' }),
  int('replica.fetch.backoff.ms', { default: 1000, unit: 'ms', min: 0, doc: 'How long a follower leaves a partition alone after an error.' }),
  int('replica.fetch.min.bytes', { default: 1, unit: 'bytes', min: 0, doc: 'How much a leader gathers before it answers a follower’s fetch.' }),
  int('replica.fetch.response.max.bytes', { default: 10_485_760, unit: 'bytes', min: 0, doc: 'How much a follower fetches at once.' }),
  long('replica.high.watermark.checkpoint.interval.ms', {
    default: 5000,
    unit: 'ms',
    min: 1,
    doc: 'The time between two checkpoints of the high watermarks.',
  }),
  int('log.flush.offset.checkpoint.interval.ms', {
    default: 60_000,
    unit: 'ms',
    min: 1,
    doc: 'The time between two checkpoints of how far the logs are known to be durable.',
  }),
  int('log.flush.start.offset.checkpoint.interval.ms', {
    default: 60_000,
    unit: 'ms',
    min: 1,
    doc: 'The time between two checkpoints of the log start offsets.',
  }),
  long('log.dir.failure.timeout.ms', {
    default: 30_000,
    unit: 'ms',
    min: 1,
    doc: 'How long a broker with a failed log directory goes on when the controller cannot be told of it.',
  }),
  long('log.flush.scheduler.interval.ms', {
    default: noLimit,
    unit: 'ms',
    min: 1,
    doc: 'How often logs are looked through for records due by flush.ms; the default is never.',
  }),
  long('log.initial.task.delay.ms', {
    default: 30_000,
    unit: 'ms',
    min: 0,
    doc: 'The time between the start and the first checkpoint, the first flush by time and the first search for segments to delete.',
  }),
  long('log.retention.check.interval.ms', {
    default: 300_000,
    unit: 'ms',
    min: 1,
    doc: 'How often logs are looked through for segments to delete.',
  }),
  bool('log.cleaner.enable', { default: true, doc: 'Whether topics with cleanup.policy compact are compacted.' }),
  long('log.cleaner.backoff.ms', { default: 15_000, unit: 'ms', min: 0, doc: 'How long the cleaner rests when no log is worth cleaning.' }),
  long('log.cleaner.dedupe.buffer.size', {
    default: 134_217_728,
    unit: 'bytes',
    min: 24,
    doc: 'How many keys one pass of the cleaner remembers: one for every 24 bytes, as far as the load factor goes.',
  }),
  double('log.cleaner.io.buffer.load.factor', { default: 0.9, min: 0, max: 1, doc: 'How much of the buffer for keys is filled.' }),
  int('producer.id.expiration.ms', {
    default: 86_400_000,
    unit: 'ms',
    min: 1,
    doc: 'How long a log remembers an idempotent producer after its last record.',
  }),
  int('producer.id.expiration.check.interval.ms', {
    default: 600_000,
    unit: 'ms',
    min: 1,
    doc: 'How often producers are looked through for those to forget.',
  }),
  int('num.partitions', { default: 1, min: 1, doc: 'Partitions of a topic that is created without a number.' }),
  short('default.replication.factor', { default: 1, min: 1, doc: 'Replicas of a topic that is created without a number.' }),
  bool('auto.create.topics.enable', { default: true, doc: 'Whether asking for an unknown topic creates it.' }),
  int('offsets.topic.num.partitions', { default: 50, min: 1, doc: 'Partitions of the topic __consumer_offsets.' }),
  short('offsets.topic.replication.factor', { default: 3, min: 1, doc: 'Replicas of the topic __consumer_offsets.' }),
  int('offsets.topic.segment.bytes', {
    default: 104_857_600,
    min: 1,
    unit: 'bytes',
    doc: 'segment.bytes of the topic __consumer_offsets: small, so that compaction and loading are quick.',
  }),
  int('offset.metadata.max.bytes', { default: 4096, min: 0, unit: 'bytes', doc: 'The longest text that may stand beside a committed offset.' }),
  int('offsets.commit.timeout.ms', {
    default: 5000,
    min: 1,
    unit: 'ms',
    doc: 'How long a write of a group coordinator may wait for its replicas.',
  }),
  int('offsets.retention.minutes', {
    default: 10_080,
    min: 1,
    unit: 'min',
    doc: 'How long the offsets of a group without members, or of a topic it left, are kept.',
  }),
  long('offsets.retention.check.interval.ms', { default: 600_000, min: 1, unit: 'ms', doc: 'The time between two searches for offsets to expire.' }),
  int('group.min.session.timeout.ms', { default: 6000, unit: 'ms', doc: 'The shortest session timeout that a group member may ask for.' }),
  int('group.max.session.timeout.ms', { default: 1_800_000, unit: 'ms', doc: 'The longest session timeout that a group member may ask for.' }),
  int('group.initial.rebalance.delay.ms', {
    default: 3000,
    unit: 'ms',
    doc: 'How long an empty group waits for more members before its first rebalance ends.',
  }),
  int('group.max.size', { default: 0x7fffffff, min: 1, doc: 'The most members that a group may have.' }),
] as const;

export interface BrokerConfig extends ValuesOf<typeof brokerKnobs> {
  readonly nodeId: BrokerId;
  readonly clusterId: string;
  /** Where this broker listens; the first one serves everything. */
  readonly listeners: readonly Endpoint[];
  /** What others are told; by default `listeners` with the port that was bound. */
  readonly advertisedListeners: readonly Endpoint[] | undefined;
  readonly controllerQuorumBootstrapServers: readonly ControllerEndpoint[];
  /** Names of the world's disks to use; empty for all of them. */
  readonly logDirs: readonly string[];
  /** What a topic gets that does not say. */
  readonly topicDefaults: TopicConfig;
  /** The keys that were set by hand, for DescribeConfigs. */
  readonly stated: ReadonlySet<string>;
}

type Stated = Pick<BrokerConfig, 'nodeId' | 'clusterId' | 'listeners' | 'controllerQuorumBootstrapServers'>;

/** A configuration made in code: what must be said, and Kafka's defaults for what is not. */
export function brokerConfig(given: Stated & Partial<BrokerConfig>): BrokerConfig {
  return {
    ...withDefaults(brokerKnobs),
    advertisedListeners: undefined,
    logDirs: [],
    topicDefaults: topicConfig(),
    stated: new Set(brokerKnobs.filter((knob) => Object.hasOwn(given, propertyOf(knob.key))).map((knob) => knob.key)),
    ...given,
  };
}

/** Kafka's keys that are not knobs of one value: who a node is, where it listens and keeps its data, whom it follows. */
export const placeKeys: ReadonlySet<string> = new Set([
  'node.id',
  'broker.id',
  'process.roles',
  'listeners',
  'advertised.listeners',
  'controller.quorum.voters',
  'controller.quorum.bootstrap.servers',
  'log.dir',
  'log.dirs',
]);
const knownKeys: ReadonlySet<string> = new Set([...brokerKnobs.map((knob) => knob.key), ...placeKeys, ...topicSynonymKeys]);

export interface ParsedBrokerConfig {
  readonly config: BrokerConfig;
  /** Keys that have no meaning here, in the order they came. */
  readonly ignored: readonly string[];
}

/** Reads the keys of a server.properties. The cluster id is no key: it stands in meta.properties. */
export function parseBrokerConfig(texts: ReadonlyMap<string, string>, clusterId: string): Result<ParsedBrokerConfig, readonly ConfigError[]> {
  const errors: ConfigError[] = [];
  const values = parseKnobs(brokerKnobs, texts, errors);
  const defaults = topicDefaults(texts, errors);
  const nodeId = parseNodeId(texts, errors);
  const listeners = parsed(texts, ['listeners'], parseListeners, errors) ?? [{ name: 'PLAINTEXT', host: '', port: 9092 }];
  const advertisedListeners = parsed(texts, ['advertised.listeners'], parseListeners, errors);
  const controllers = parsed(texts, ['controller.quorum.voters', 'controller.quorum.bootstrap.servers'], parseControllers, errors);
  const missing = controllers === undefined && !errors.some((error) => error.key.startsWith('controller.quorum.'));
  if (missing) errors.push({ key: 'controller.quorum.voters', value: undefined, remedy: 'name the controllers as id@host:port' });
  if (errors.length > 0 || nodeId === undefined || controllers === undefined) return failed(errors);
  const config = brokerConfig({
    ...values,
    nodeId,
    clusterId,
    listeners,
    advertisedListeners,
    controllerQuorumBootstrapServers: controllers,
    logDirs: splitList(texts.get('log.dirs') ?? texts.get('log.dir') ?? ''),
    topicDefaults: defaults,
    stated: new Set(texts.keys()),
  });
  return ok({ config, ignored: [...texts.keys()].filter((key) => !knownKeys.has(key)) });
}

export function parseNodeId(texts: ReadonlyMap<string, string>, errors: ConfigError[]): BrokerId | undefined {
  const key = texts.has('node.id') || !texts.has('broker.id') ? 'node.id' : 'broker.id';
  const value = texts.get(key);
  if (value !== undefined && /^\d{1,10}$/.test(value.trim()) && Number(value) <= 0x7fffffff) return brokerId(Number(value));
  errors.push({ key, value, remedy: 'use a whole number from 0 to 2147483647, another one for each node' });
  return undefined;
}

/** The first of the keys that is set, parsed; undefined when none is, or when it is wrong. */
export function parsed<T>(
  texts: ReadonlyMap<string, string>,
  keys: readonly string[],
  parse: (value: string) => Result<T, string>,
  errors: ConfigError[],
): T | undefined {
  const key = keys.find((candidate) => texts.has(candidate));
  const value = key === undefined ? undefined : texts.get(key);
  if (key === undefined || value === undefined) return undefined;
  const result = parse(value);
  if (result.ok) return result.value;
  errors.push({ key, value, remedy: result.error });
  return undefined;
}
