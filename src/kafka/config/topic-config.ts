/**
 * The configs of a topic that the log and replication honour, and how a topic's effective values come about: its own override, else the
 * broker's default by the server synonyms, else Kafka's. Owns the keys; where overrides are kept is the metadata image's.
 * Source: LogConfig, TopicConfig and ServerTopicConfigSynonyms of Apache Kafka 4.3.
 */
import {
  type AnyKnob,
  bool,
  type ConfigError,
  describeConfigError,
  double,
  int,
  listOf,
  long,
  noLimit,
  oneOf,
  optionalInt,
  parseKnobs,
  propertyOf,
  type ValuesOf,
  withDefaults,
} from './knob.ts';

const hourMs = 3_600_000;

export const topicKnobs = [
  int('segment.bytes', {
    default: 1_073_741_824,
    min: 1_048_576,
    unit: 'bytes',
    doc: 'The size at which a log rolls to a new segment file.',
    synonyms: [{ key: 'log.segment.bytes' }],
  }),
  optionalInt('internal.segment.bytes', {
    default: undefined,
    min: 1,
    unit: 'bytes',
    doc: 'Takes the place of segment.bytes, without its lower bound; for tests.',
  }),
  long('segment.ms', {
    default: 168 * hourMs,
    min: 1,
    unit: 'ms',
    doc: 'The age at which a log rolls to a new segment although the old one is not full.',
    synonyms: [{ key: 'log.roll.ms' }, { key: 'log.roll.hours', scale: hourMs }],
  }),
  long('segment.jitter.ms', {
    default: 0,
    min: 0,
    unit: 'ms',
    doc: 'At most this is taken off segment.ms, so that not all logs roll at once.',
    synonyms: [{ key: 'log.roll.jitter.ms' }, { key: 'log.roll.jitter.hours', scale: hourMs }],
  }),
  int('segment.index.bytes', {
    default: 10_485_760,
    min: 4,
    unit: 'bytes',
    doc: 'A segment whose offset index or time index would grow beyond this is rolled. Nothing is preallocated.',
    synonyms: [{ key: 'log.index.size.max.bytes' }],
  }),
  int('index.interval.bytes', {
    default: 4096,
    min: 0,
    unit: 'bytes',
    doc: 'How many bytes of batches go by between two entries of the indexes.',
    synonyms: [{ key: 'log.index.interval.bytes' }],
  }),
  long('flush.messages', {
    default: noLimit,
    min: 1,
    doc: 'After how many records a log is forced to disk; the default leaves durability to replication.',
    synonyms: [{ key: 'log.flush.interval.messages' }],
  }),
  long('flush.ms', {
    default: noLimit,
    min: 0,
    unit: 'ms',
    doc: 'How long a record may lie in memory before its log is forced to disk.',
    synonyms: [{ key: 'log.flush.interval.ms' }, { key: 'log.flush.scheduler.interval.ms' }],
  }),
  int('max.message.bytes', {
    default: 1_048_588,
    min: 0,
    unit: 'bytes',
    doc: 'The largest record batch that is accepted, as it is compressed.',
    synonyms: [{ key: 'message.max.bytes' }],
  }),
  long('file.delete.delay.ms', {
    default: 60_000,
    min: 0,
    unit: 'ms',
    doc: 'How long a deleted file lies around renamed before it is removed.',
    synonyms: [{ key: 'log.segment.delete.delay.ms' }],
  }),
  long('retention.ms', {
    default: 168 * hourMs,
    min: -1,
    unit: 'ms',
    doc: 'How old the youngest record of a segment becomes before the segment is deleted; -1 for never. Only with cleanup.policy delete.',
    synonyms: [{ key: 'log.retention.ms' }, { key: 'log.retention.minutes', scale: 60_000 }, { key: 'log.retention.hours', scale: hourMs }],
  }),
  long('retention.bytes', {
    default: -1,
    unit: 'bytes',
    doc: 'How large a partition’s log may stay: above it the oldest segments are deleted; -1 for any size. Only with cleanup.policy delete.',
    synonyms: [{ key: 'log.retention.bytes' }],
  }),
  listOf('cleanup.policy', ['compact', 'delete'], {
    default: ['delete'],
    doc: 'What keeps a log small. With compact every record needs a key.',
    synonyms: [{ key: 'log.cleanup.policy' }],
  }),
  double('min.cleanable.dirty.ratio', {
    default: 0.5,
    min: 0,
    max: 1,
    doc: 'The share of a log that must not be compacted yet before it is compacted again, by bytes.',
    synonyms: [{ key: 'log.cleaner.min.cleanable.ratio' }],
  }),
  long('min.compaction.lag.ms', {
    default: 0,
    min: 0,
    unit: 'ms',
    doc: 'How long a record stays as it is before it may be compacted away.',
    synonyms: [{ key: 'log.cleaner.min.compaction.lag.ms' }],
  }),
  long('max.compaction.lag.ms', {
    default: noLimit,
    min: 1,
    unit: 'ms',
    doc: 'How long a record may stay without being compacted, however little there is to compact.',
    synonyms: [{ key: 'log.cleaner.max.compaction.lag.ms' }],
  }),
  long('delete.retention.ms', {
    default: 24 * hourMs,
    min: 0,
    unit: 'ms',
    doc: 'How long a tombstone stays after the first compaction that finds it, for those who read from the beginning.',
    synonyms: [{ key: 'log.cleaner.delete.retention.ms' }],
  }),
  bool('unclean.leader.election.enable', {
    default: false,
    doc: 'Whether a replica outside the ISR may lead as a last resort, at the price of losing records.',
    synonyms: [{ key: 'unclean.leader.election.enable' }],
  }),
  int('min.insync.replicas', {
    default: 1,
    min: 1,
    doc: 'How many replicas must hold a record before acks=all is answered.',
    synonyms: [{ key: 'min.insync.replicas' }],
  }),
  oneOf('compression.type', ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'], {
    default: 'producer',
    doc: 'How batches are compressed in the log; producer keeps what the producer chose.',
    synonyms: [{ key: 'compression.type' }],
  }),
  oneOf('message.timestamp.type', ['CreateTime', 'LogAppendTime'], {
    default: 'CreateTime',
    doc: 'Whether a record carries the time of the producer or that of the leader.',
    synonyms: [{ key: 'log.message.timestamp.type' }],
  }),
  long('message.timestamp.before.max.ms', {
    default: noLimit,
    min: 0,
    unit: 'ms',
    doc: 'How far a record’s time may lie behind the leader’s clock.',
    synonyms: [{ key: 'log.message.timestamp.before.max.ms' }],
  }),
  long('message.timestamp.after.max.ms', {
    default: hourMs,
    min: 0,
    unit: 'ms',
    doc: 'How far a record’s time may lie ahead of the leader’s clock.',
    synonyms: [{ key: 'log.message.timestamp.after.max.ms' }],
  }),
] as const;

export type TopicConfig = ValuesOf<typeof topicKnobs>;

/** The size at which a segment rolls, in bytes. */
export const effectiveSegmentBytes = (config: Pick<TopicConfig, 'segmentBytes' | 'internalSegmentBytes'>): number =>
  config.internalSegmentBytes ?? config.segmentBytes;

const knobByKey: ReadonlyMap<string, AnyKnob> = new Map(topicKnobs.map((knob): [string, AnyKnob] => [knob.key, knob]));
export const topicKnob = (key: string): AnyKnob | undefined => knobByKey.get(key);

/** Kafka's defaults, changed by what is given. */
export const topicConfig = (given: Partial<TopicConfig> = {}): TopicConfig => withDefaults(topicKnobs, given);

/** What is wrong with an override, as a sentence for the client that asked for it; undefined when it may be set. */
export function topicConfigProblem(key: string, value: string): string | undefined {
  const knob = knobByKey.get(key);
  if (knob === undefined) return `Unknown topic config name: ${key}; the known ones are ${topicKnobs.map((known) => known.key).join(', ')}`;
  const parsed = knob.parse(value);
  return parsed.ok ? undefined : describeConfigError({ key, value, remedy: parsed.error });
}

/** A topic's values: overrides that are known and right, over the defaults of its broker. The controller let no others in. */
export function effectiveTopicConfig(overrides: ReadonlyMap<string, string>, defaults: TopicConfig): TopicConfig {
  if (overrides.size === 0) return defaults;
  return { ...defaults, ...parseKnobs(topicKnobs, overrides, []) };
}

/** The topic defaults that a broker's own keys say, by the first server synonym that is set; else those of `below`. */
export function topicDefaults(texts: ReadonlyMap<string, string>, errors: ConfigError[], below: TopicConfig = topicConfig()): TopicConfig {
  const values = new Map<string, unknown>();
  for (const knob of topicKnobs as readonly AnyKnob[]) {
    const synonym = knob.synonyms.find((candidate) => texts.has(candidate.key));
    const value = synonym === undefined ? undefined : texts.get(synonym.key);
    if (synonym === undefined || value === undefined) continue;
    const scaled = synonym.scale !== undefined && /^\d+$/.test(value.trim()) ? String(Number(value) * synonym.scale) : value;
    const parsed = knob.parse(scaled);
    if (parsed.ok) values.set(propertyOf(knob.key), parsed.value);
    else errors.push({ key: synonym.key, value, remedy: parsed.error });
  }
  return { ...below, ...(Object.fromEntries(values) as Partial<TopicConfig>) };
}

/** Every broker key that some topic key falls back on. */
export const topicSynonymKeys: ReadonlySet<string> = new Set(topicKnobs.flatMap((knob) => knob.synonyms.map((synonym) => synonym.key)));
