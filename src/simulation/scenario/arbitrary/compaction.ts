/**
 * Topics that are compacted, so briskly that it happens many times within one run: few keys, small segments, a cleaner that rests for a moment only.
 * The offsets of groups are compacted with them.
 */
import fc from 'fast-check';
import type { ClusterPlan, Setting, TopicPlan } from '../../cluster/plan.ts';
import type { Fault } from '../../nemesis/fault.ts';
import type { ProducerPlan, WorkloadPlan } from '../../workload/plan.ts';
import { pick, setting, weighted } from './draws.ts';
import { bitesOf } from './faults.ts';
import type { Profile } from './profile.ts';
import { lastFaultMs } from './triggers.ts';

export interface Compacting {
  readonly cluster: ClusterPlan;
  readonly workload: WorkloadPlan;
  readonly faults: readonly Fault[];
}

const none: readonly Setting[] = [];
/** Now and then one of these values, else Kafka's own. */
const seldom = (weight: number, key: string, ...values: readonly number[]): fc.Arbitrary<readonly Setting[]> =>
  fc.oneof({ weight, arbitrary: fc.constant(none) }, { weight: 1, arbitrary: setting(key, ...values).map((each) => [each]) });

const cleaner: fc.Arbitrary<readonly Setting[]> = fc
  .tuple(
    setting('log.cleaner.backoff.ms', 100, 500, 2000).map((each) => [each]),
    // For three or four keys: a pass ends before its range does.
    seldom(3, 'log.cleaner.dedupe.buffer.size', 96),
    // For topics that say nothing of their own, as that of the groups' offsets.
    seldom(1, 'log.roll.ms', 1000, 3000),
    seldom(1, 'log.cleaner.min.cleanable.ratio', 0.1),
    seldom(1, 'log.cleaner.delete.retention.ms', 1000),
  )
  .map((settings) => settings.flat());

const policy: fc.Arbitrary<readonly Setting[]> = weighted([3, none], [1, [{ key: 'retention.bytes', value: '4000' }]]).map((deleting) => [
  { key: 'cleanup.policy', value: deleting.length === 0 ? 'compact' : 'compact,delete' },
  ...deleting,
]);

const topic: fc.Arbitrary<readonly Setting[]> = fc
  .tuple(
    policy,
    setting('segment.ms', 1000, 3000).map((each) => [each]),
    setting('min.cleanable.dirty.ratio', 0.01, 0.3, 0.5).map((each) => [each]),
    setting('delete.retention.ms', 0, 1000, 5000, 86_400_000).map((each) => [each]),
    seldom(3, 'min.compaction.lag.ms', 500, 2000),
    seldom(3, 'max.compaction.lag.ms', 1000, 4000),
  )
  .map((settings) => settings.flat());

/** What was drawn before gives way. */
const withSettings = (plan: TopicPlan, settings: readonly Setting[]): TopicPlan => ({
  ...plan,
  config: [...plan.config.filter(({ key }) => !settings.some((each) => each.key === key)), ...settings],
});

const keyed = fc.record({ keys: pick(1, 3, 8), tombstones: weighted([1, undefined], [1, 10], [1, 40]) });

/** The same with a topic compacted that somebody writes to, in as many scenarios as the profile says. */
export function withCompaction(drawn: Compacting, { compaction }: Profile): fc.Arbitrary<Compacting> {
  const { cluster, workload, faults } = drawn;
  const written = cluster.topics.find(({ name }) => workload.producers.some((plan) => plan.topic === name));
  if (written === undefined) return fc.constant(drawn);
  const habits = fc.tuple(...workload.producers.map(() => keyed));
  const stage = { cluster: { ...cluster, topics: [written] }, workload, lastMs: lastFaultMs(workload.seconds) };
  const compacted = fc.tuple(cleaner, topic, habits, bitesOf(stage, compaction.bites)).map(
    ([settings, ofTopic, writes, bites]): Compacting => ({
      cluster: {
        ...cluster,
        config: [...cluster.config, ...settings],
        topics: cluster.topics.map((each) => (each === written ? withSettings(written, ofTopic) : each)),
      },
      workload: {
        ...workload,
        producers: workload.producers.map((plan, index): ProducerPlan => {
          const { keys = plan.keys, tombstones } = plan.topic === written.name ? (writes[index] ?? {}) : {};
          return { ...plan, keys, ...(tombstones === undefined ? {} : { tombstones }) };
        }),
      },
      faults: [...faults, ...bites],
    }),
  );
  return weighted([compaction.weights[0], false], [compaction.weights[1], true]).chain((compacts) => (compacts ? compacted : fc.constant(drawn)));
}
