/**
 * What clients can be told: Kafka's own client keys, each declared once with its default, unit, range and meaning.
 * A property is the key in camel case: `retryBackoffMs` is `retry.backoff.ms`. Keys that mean nothing here do not exist here.
 * Source: CommonClientConfigs, ProducerConfig, ConsumerConfig and AdminClientConfig of Apache Kafka 4.3.
 */
import { failed, ok, type Result } from '../../model/result.ts';
import { compressionTypes } from '../../protocol/records/batch-header.ts';
import { assignorNames } from './group/assignor/assignment.ts';

export interface ClientKnob<T> {
  readonly unit: 'ms' | 'bytes' | '';
  readonly default: T;
  /** Bounds of a number, both inclusive. */
  readonly lowest?: number;
  readonly highest?: number;
  /** The only values there are. */
  readonly values?: readonly T[];
  readonly doc: string;
}
type Values<Knobs> = { readonly [Name in keyof Knobs]: Knobs[Name] extends ClientKnob<infer T> ? T : never };

const maxInt = 0x7fffffff;
const number = (unit: 'ms' | 'bytes' | '', byDefault: number, lowest: number, doc: string): ClientKnob<number> => ({
  unit,
  default: byDefault,
  lowest,
  highest: maxInt,
  doc,
});
const ms = (byDefault: number, doc: string): ClientKnob<number> => number('ms', byDefault, 0, doc);
const bytes = (byDefault: number, doc: string): ClientKnob<number> => number('bytes', byDefault, 0, doc);
const oneOf = <const T>(values: readonly T[], byDefault: NoInfer<T>, doc: string): ClientKnob<T> => ({ unit: '', default: byDefault, values, doc });
const text = (byDefault: string, doc: string): ClientKnob<string> => ({ unit: '', default: byDefault, doc });

export const connectionKnobs = {
  clientId: text('', 'Names the client in requests, and its randomness.'),
  requestTimeoutMs: ms(30_000, 'How long an answer may take; then the connection is closed.'),
  reconnectBackoffMs: ms(50, 'The first wait before a lost connection is made again.'),
  reconnectBackoffMaxMs: ms(1000, 'The longest wait before a lost connection is made again.'),
  retryBackoffMs: ms(100, 'The first wait before a failed request is sent again.'),
  retryBackoffMaxMs: ms(1000, 'The longest wait before a failed request is sent again.'),
  socketConnectionSetupTimeoutMs: ms(10_000, 'How long the first connect may take; doubles with each failure.'),
  socketConnectionSetupTimeoutMaxMs: ms(30_000, 'How long any connect may take.'),
  metadataMaxAgeMs: ms(300_000, 'Metadata is asked for again when it is this old.'),
};

export const producerKnobs = {
  ...connectionKnobs,
  enableIdempotence: oneOf([true, false], true, 'Whether brokers tell a batch that was sent again, and keep the order (KIP-98); needs acks=all.'),
  acks: oneOf(['all', -1, 1, 0], 'all', 'Who must have a record before it counts as sent: all in-sync replicas, the leader, nobody.'),
  batchSize: bytes(16_384, 'A batch of one partition is sent when it is this large.'),
  lingerMs: ms(5, 'How long a batch waits for more records.'),
  deliveryTimeoutMs: ms(120_000, 'From send() to the outcome, retries included; at least linger.ms + request.timeout.ms.'),
  maxInFlightRequestsPerConnection: number('', 5, 1, 'Unanswered requests on one connection; more than 1 may reorder on a retry.'),
  retries: number('', maxInt, 0, 'How often a batch is sent again.'),
  maxRequestSize: bytes(1_048_576, 'The largest request, and the largest record.'),
  bufferMemory: bytes(33_554_432, 'How much may wait to be sent; beyond it records wait for up to max.block.ms.'),
  maxBlockMs: ms(60_000, 'How long a record may wait for metadata or for memory.'),
  compressionType: oneOf(compressionTypes, 'none', 'How batches are compressed.'),
  partitionerClass: oneOf(['default', 'roundRobin'], 'default', 'Who chooses a partition for a record that names none.'),
  partitionerIgnoreKeys: oneOf([false, true], false, 'Whether the default partitioner treats all records as keyless.'),
};

export const consumerKnobs = {
  ...connectionKnobs,
  autoOffsetReset: oneOf(['earliest', 'latest', 'none'], 'latest', 'Where to read from without a position, or with one that is out of range.'),
  fetchMinBytes: bytes(1, 'A broker gathers this much before it answers, for up to fetch.max.wait.ms.'),
  fetchMaxBytes: bytes(52_428_800, 'The largest answer, but for one batch that is larger.'),
  fetchMaxWaitMs: ms(500, 'How long a broker holds a fetch that finds too little.'),
  maxPartitionFetchBytes: bytes(1_048_576, 'How much is fetched of one partition.'),
  maxPollRecords: number('', 500, 1, 'How many records one poll gives.'),
  checkCrcs: oneOf([true, false], true, 'Whether the CRC of each batch is checked.'),
  allowAutoCreateTopics: oneOf([true, false], true, 'Whether asking for an unknown topic may create it.'),
  defaultApiTimeoutMs: ms(60_000, 'How long a question about offsets may take, retries included.'),
};

export const groupConsumerKnobs = {
  ...consumerKnobs,
  groupId: text('', 'The consumer group; a group consumer must name one.'),
  groupInstanceId: text('', 'Names a static member: it keeps its place in the group over restarts; empty for a dynamic one.'),
  partitionAssignmentStrategy: text('range,cooperative-sticky', 'The assignors that may be chosen, by name, the preferred one first.'),
  sessionTimeoutMs: ms(45_000, 'A member that is not heard of for this long is out of the group.'),
  heartbeatIntervalMs: ms(3000, 'How often a member tells the coordinator that it lives; less than session.timeout.ms.'),
  maxPollIntervalMs: number('ms', 300_000, 1, 'Without a poll for this long a member leaves the group; also how long a rebalance waits for it.'),
  enableAutoCommit: oneOf([true, false], true, 'Whether the offsets of what polls gave are committed by themselves.'),
  autoCommitIntervalMs: ms(5000, 'How often that is done, at polls.'),
};

export const adminKnobs = {
  ...connectionKnobs,
  defaultApiTimeoutMs: ms(60_000, 'How long a call may take, retries included.'),
  retries: number('', maxInt, 0, 'How often a call is made again.'),
};

export interface Bootstrap {
  /** Where to find the cluster first: at least one broker. */
  readonly bootstrapServers: readonly { readonly host: string; readonly port: number }[];
}
export interface ConnectionConfig extends Bootstrap, Values<typeof connectionKnobs> {}
export interface ProducerConfig extends Bootstrap, Values<typeof producerKnobs> {}
export interface ConsumerConfig extends Bootstrap, Values<typeof consumerKnobs> {}
export interface GroupConsumerConfig extends Bootstrap, Values<typeof groupConsumerKnobs> {}
export interface AdminConfig extends Bootstrap, Values<typeof adminKnobs> {}

/** A key as Kafka writes it: `retryBackoffMs` is `retry.backoff.ms`. */
export const kafkaKey = (property: string): string => property.replace(/[A-Z]/g, (letter) => `.${letter.toLowerCase()}`);

/** As many batches as a broker remembers of a producer. */
const mostInFlight = 5;

type Knobs = Readonly<Record<string, ClientKnob<unknown>>>;

/** Kafka's defaults, changed by what is given; or what is wrong with it, in one line that names the key and the remedy. */
function complete<Config extends Bootstrap>(knobs: Knobs, given: Partial<Config> & Bootstrap): Result<Config, string> {
  if (given.bootstrapServers.length === 0) return failed('bootstrap.servers is empty: name at least one host and port');
  const config: Record<string, unknown> = { bootstrapServers: given.bootstrapServers };
  const values: Readonly<Record<string, unknown>> = { ...given };
  for (const [name, knob] of Object.entries(knobs)) {
    const value = values[name] ?? knob.default;
    const problem = problemWith(knob, value);
    if (problem !== undefined) return failed(`${kafkaKey(name)} is ${String(value)}: ${problem}`);
    config[name] = value;
  }
  return ok(config as Config & Record<string, unknown>);
}

function problemWith(knob: ClientKnob<unknown>, value: unknown): string | undefined {
  if (knob.values !== undefined) return knob.values.includes(value) ? undefined : `choose one of ${knob.values.map(String).join(', ')}`;
  if (knob.lowest === undefined) return typeof value === 'string' ? undefined : 'give a text';
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= knob.lowest && value <= (knob.highest ?? maxInt);
  return fits ? undefined : `give a whole number of ${knob.lowest} or more`;
}

export function producerConfig(given: Partial<ProducerConfig> & Bootstrap): Result<ProducerConfig, string> {
  const completed = complete<ProducerConfig>(producerKnobs, given);
  if (!completed.ok) return completed;
  const config = completed.value;
  const { lingerMs, requestTimeoutMs, deliveryTimeoutMs } = config;
  const obstacle = config.enableIdempotence ? obstacleToIdempotence(config) : undefined;
  // Asked for, it must be possible; by default it is on where it is.
  if (obstacle !== undefined && given.enableIdempotence === true) return failed(`${obstacle}, or set enable.idempotence to false`);
  return deliveryTimeoutMs >= lingerMs + requestTimeoutMs
    ? ok({ ...config, enableIdempotence: config.enableIdempotence && obstacle === undefined })
    : failed(`delivery.timeout.ms is ${deliveryTimeoutMs}: give at least linger.ms + request.timeout.ms, ${lingerMs + requestTimeoutMs}`);
}
/** ProducerConfig.postProcessAndValidateIdempotenceConfigs */
function obstacleToIdempotence({ acks, retries, maxInFlightRequestsPerConnection: maxInFlight }: ProducerConfig): string | undefined {
  if (acks !== 'all' && acks !== -1) return `acks is ${acks}: an idempotent producer needs all`;
  if (retries === 0) return 'retries is 0: an idempotent producer needs 1 or more';
  if (maxInFlight > mostInFlight)
    return `max.in.flight.requests.per.connection is ${maxInFlight}: an idempotent producer may have at most ${mostInFlight}`;
  return undefined;
}

export const consumerConfig = (given: Partial<ConsumerConfig> & Bootstrap): Result<ConsumerConfig, string> =>
  complete<ConsumerConfig>(consumerKnobs, given);
export function groupConsumerConfig(given: Partial<GroupConsumerConfig> & Bootstrap): Result<GroupConsumerConfig, string> {
  const config = complete<GroupConsumerConfig>(groupConsumerKnobs, given);
  if (!config.ok) return config;
  const { groupId, heartbeatIntervalMs, sessionTimeoutMs, partitionAssignmentStrategy } = config.value;
  if (groupId === '') return failed('group.id is empty: name the consumer group');
  if (heartbeatIntervalMs >= sessionTimeoutMs)
    return failed(`heartbeat.interval.ms is ${heartbeatIntervalMs}: give less than session.timeout.ms, ${sessionTimeoutMs}`);
  const unknown = partitionAssignmentStrategy.split(',').find((name) => !assignorNames.some((known) => known === name.trim()));
  if (unknown === undefined) return config;
  return failed(`partition.assignment.strategy is ${partitionAssignmentStrategy}: choose some of ${assignorNames.join(', ')}`);
}
export const adminConfig = (given: Partial<AdminConfig> & Bootstrap): Result<AdminConfig, string> => complete<AdminConfig>(adminKnobs, given);
