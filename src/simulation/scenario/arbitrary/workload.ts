/** Random workloads: what producers send, what readers and groups read. */
import fc from 'fast-check';
import type { Codec } from '../../../protocol/records/compression/compression.ts';
import type { ClusterPlan } from '../../cluster/plan.ts';
import type { ConsumerPlan, ProducerPlan, WorkloadPlan } from '../../workload/plan.ts';
import type { Safety } from './cluster.ts';
import { integer, pick, weighted } from './draws.ts';
import { groupPlans, joinsInTime } from './groups.ts';
import type { Profile } from './profile.ts';

export function workloadPlan(cluster: ClusterPlan, { otherAcks }: Safety, profile: Profile): fc.Arbitrary<WorkloadPlan> {
  const topic = pick(...cluster.topics.map((each) => each.name));
  const producer = (acks: fc.Arbitrary<-1 | 0 | 1>, minRate: number) =>
    fc.record({
      topic,
      acks,
      ratePerSecond: integer(minRate, 16),
      keys: integer(1, 20),
      valueBytes: pick(24, 100, 1000),
      lingerMs: pick(0, 5, 50),
      deliveryTimeoutMs: pick(5000, 15_000, 30_000),
      requestTimeoutMs: pick(1000, 2000, 4000),
      maxInFlight: pick(1, 5),
      idempotence: weighted([100 - profile.idempotent, false], [profile.idempotent, true]),
      metadataMaxAgeMs: pick(2000, 10_000, 300_000),
    });
  const all = fc.constant(-1 as const);
  const other: fc.Arbitrary<-1 | 0 | 1> = otherAcks ? pick(1, 0, -1) : all;
  return fc
    .tuple(
      producer(all, 12),
      fc.array(producer(other, 3), { maxLength: 2 }),
      fc.array(fc.record({ topic, fetchMaxWaitMs: pick(100, 500), seekEveryMs: pick(0, 0, 8000) }), { minLength: 1, maxLength: 3 }),
      groupPlans(cluster, profile),
      pick(...profile.seconds),
    )
    .map(([first, more, readers, groups, seconds]) => ({
      seconds,
      producers: [first, ...more].map(
        (plan, index): ProducerPlan => ({
          id: `producer-${index + 1}`,
          ...plan,
          idempotence: plan.idempotence && plan.acks === -1,
        }),
      ),
      consumers: readers.map((plan, index): ConsumerPlan => ({ id: `consumer-${index + 1}`, ...plan })),
      ...(groups.length > 0 ? { groups: groups.map((group) => joinsInTime(group, seconds)) } : {}),
    }));
}

/** How a producer compresses; two of three do not. */
const compression = weighted<Codec | undefined>([8, undefined], [1, 'gzip'], [1, 'snappy'], [1, 'lz4'], [1, 'zstd']);

/** The workload with producers some of which compress their batches. */
export const withCompression = (workload: WorkloadPlan): fc.Arbitrary<WorkloadPlan> =>
  fc.tuple(...workload.producers.map(() => compression)).map((types) => ({
    ...workload,
    producers: workload.producers.map((plan, index): ProducerPlan => {
      const compressionType = types[index];
      return compressionType === undefined ? plan : { ...plan, compressionType };
    }),
  }));
