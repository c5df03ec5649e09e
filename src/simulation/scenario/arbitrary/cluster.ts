/** Random clusters, and how far a scenario keeps to the conditions under which acks=all promises safety. */
import fc from 'fast-check';
import { type TopicPartition, topicPartition } from '../../../model/topic-partition.ts';
import type { ClusterPlan, Setting, TopicPlan } from '../../cluster/plan.ts';
import { integer, setting, weighted } from './draws.ts';

/** Timeouts small against a minute, so that sessions expire and followers leave the ISR within one run. */
const clusterConfig: fc.Arbitrary<readonly Setting[]> = fc.tuple(
  setting('broker.session.timeout.ms', 3000, 6000, 9000),
  setting('broker.heartbeat.interval.ms', 500, 1000),
  setting('replica.lag.time.max.ms', 2000, 4000, 8000),
  setting('replica.fetch.wait.max.ms', 200, 500),
);

const topicNamed = (name: string, maxPartitions: number, minIsr: number): fc.Arbitrary<TopicPlan> =>
  integer(1, maxPartitions).map((partitions) => ({
    name,
    partitions,
    replicationFactor: 3,
    config: [{ key: 'min.insync.replicas', value: String(minIsr) }],
  }));

/** How far a scenario keeps to the safe conditions. */
export interface Safety {
  readonly minIsr: number;
  /** At most one lossy crash outstanding. */
  readonly spaceLossyCrashes: boolean;
  readonly otherAcks: boolean;
}
export const safety: fc.Arbitrary<Safety> = weighted(
  [85, { minIsr: 2, spaceLossyCrashes: true, otherAcks: false }],
  [7, { minIsr: 2, spaceLossyCrashes: true, otherAcks: true }],
  [4, { minIsr: 1, spaceLossyCrashes: true, otherAcks: false }],
  [4, { minIsr: 2, spaceLossyCrashes: false, otherAcks: false }],
);

export const clusterPlan = ({ minIsr }: Safety): fc.Arbitrary<ClusterPlan> =>
  fc
    .record({
      brokers: weighted([6, 3], [1, 4], [1, 5]),
      config: clusterConfig,
      first: topicNamed('orders', 3, minIsr),
      second: fc.option(topicNamed('payments', 2, minIsr), { freq: 2 }),
    })
    .map(({ brokers, config, first, second }) => ({ brokers, config, topics: second === null ? [first] : [first, second] }));

/** No batch is larger than a segment; a producer that hears so makes smaller ones. */
const segmentsOf = (bytes: number): readonly Setting[] =>
  ['internal.segment.bytes', 'max.message.bytes'].map((key): Setting => ({ key, value: String(bytes) }));

/** Segments so small that every run rolls many: recovery begins in the middle of a log, cuts go through several files, and gaps can show. */
const smallSegments: fc.Arbitrary<readonly Setting[]> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<readonly Setting[]>([]) },
  { weight: 2, arbitrary: fc.constantFrom(2000, 4000, 16_000).map(segmentsOf) },
  { weight: 1, arbitrary: setting('segment.ms', 1000, 4000).map((each) => [each]) },
);
/** Most topics keep what they got; the log of another starts further and further on, while readers and followers are at it. */
const retention: fc.Arbitrary<readonly Setting[]> = weighted([14, undefined], [1, 1000], [1, 16_000]).map((bytes) =>
  bytes === undefined ? [] : [{ key: 'retention.bytes', value: String(bytes) }],
);
/** How often brokers write down recovery points and high watermarks, or look for what is to be forgotten or deleted: many times within one run, or hardly ever. */
const chores: fc.Arbitrary<readonly Setting[]> = fc.tuple(
  setting('log.flush.offset.checkpoint.interval.ms', 1000, 4000, 60_000),
  setting('replica.high.watermark.checkpoint.interval.ms', 1000, 5000),
  // Nothing is old enough within a run; what coordinators take for old is.
  setting('offsets.retention.check.interval.ms', 5000, 600_000),
  setting('log.initial.task.delay.ms', 500, 30_000),
  setting('log.retention.check.interval.ms', 1000, 4000),
);

/** The cluster with logs that consist of more than one file, mostly. */
export const withLogConfig = (cluster: ClusterPlan): fc.Arbitrary<ClusterPlan> =>
  fc.tuple(chores, ...cluster.topics.map(() => fc.tuple(smallSegments, retention))).map(([config, ...logs]) => ({
    ...cluster,
    config: [...cluster.config, ...config],
    topics: cluster.topics.map((topic, index) => ({ ...topic, config: [...topic.config, ...(logs[index] ?? []).flat()] })),
  }));

/** What leaders make of the batches that come: mostly nothing; now and then another codec, or their own time. */
const batchFormat: fc.Arbitrary<readonly Setting[]> = fc
  .tuple(
    weighted([9, undefined], [1, 'uncompressed'], [1, 'gzip'], [1, 'snappy'], [1, 'lz4'], [1, 'zstd']),
    weighted([5, undefined], [1, 'LogAppendTime']),
  )
  .map(([compression, timestamps]) => [
    ...(compression === undefined ? [] : [{ key: 'compression.type', value: compression }]),
    ...(timestamps === undefined ? [] : [{ key: 'message.timestamp.type', value: timestamps }]),
  ]);

/** The cluster with topics some of which do not keep batches as they come. */
export const withBatchFormat = (cluster: ClusterPlan): fc.Arbitrary<ClusterPlan> =>
  fc.tuple(...cluster.topics.map(() => batchFormat)).map((formats) => ({
    ...cluster,
    topics: cluster.topics.map((topic, index) => ({ ...topic, config: [...topic.config, ...(formats[index] ?? [])] })),
  }));

export const partitionsOf = (cluster: ClusterPlan): readonly TopicPartition[] =>
  cluster.topics.flatMap((topic) => Array.from({ length: topic.partitions }, (_, index) => topicPartition(topic.name, index)));
