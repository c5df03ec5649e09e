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

export const partitionsOf = (cluster: ClusterPlan): readonly TopicPartition[] =>
  cluster.topics.flatMap((topic) => Array.from({ length: topic.partitions }, (_, index) => topicPartition(topic.name, index)));
