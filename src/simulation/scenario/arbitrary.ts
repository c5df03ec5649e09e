/**
 * Random scenarios: the one source for properties, for `run` and for shrinking. The draw goes fault first, in the manner of swarm testing:
 * each scenario takes a few kinds of faults and leaves the others out, so that rare combinations come up often.
 * Most scenarios keep the conditions under which acks=all promises safety (replication factor 3, min.insync.replicas 2, one lossy crash at a
 * time); the others exist to see that loss beyond tolerance is told from a defect.
 */
import fc from 'fast-check';
import { brokerId } from '../../model/brand.ts';
import { type TopicPartition, topicPartition } from '../../model/topic-partition.ts';
import { apis } from '../../protocol/apis.ts';
import type { ClusterPlan, Setting, TopicPlan } from '../cluster/plan.ts';
import { type Fault, type FaultKind, faultKinds, type Target, type Trigger } from '../nemesis/fault.ts';
import type { EventPattern } from '../nemesis/text.ts';
import { type Scenario, scenarioVersion } from '../scenario.ts';
import type { ConsumerPlan, ProducerPlan, WorkloadPlan } from '../workload/plan.ts';
import { foldSeed } from './seeds.ts';

/** The safety phase of a default seed, in virtual seconds. */
export const defaultSeconds = 60;
/** Time between the end of one lossy crash and the next one in which a replica is back in its ISR, if nothing else is wrong. */
const recoveryMs = 12_000;
const firstFaultMs = 2000;
const lastFaultMs = 50_000;

const integer = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const pick = <T>(...choices: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...choices);
const weighted = <T>(...choices: readonly (readonly [weight: number, value: T])[]): fc.Arbitrary<T> =>
  fc.oneof(...choices.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));
const setting = (key: string, ...values: readonly (number | string)[]): fc.Arbitrary<Setting> =>
  pick(...values).map((value) => ({ key, value: String(value) }));

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
interface Safety {
  readonly minIsr: number;
  /** At most one lossy crash outstanding. */
  readonly spaceLossyCrashes: boolean;
  readonly otherAcks: boolean;
}
const safety: fc.Arbitrary<Safety> = weighted(
  [85, { minIsr: 2, spaceLossyCrashes: true, otherAcks: false }],
  [7, { minIsr: 2, spaceLossyCrashes: true, otherAcks: true }],
  [4, { minIsr: 1, spaceLossyCrashes: true, otherAcks: false }],
  [4, { minIsr: 2, spaceLossyCrashes: false, otherAcks: false }],
);

const clusterPlan = ({ minIsr }: Safety): fc.Arbitrary<ClusterPlan> =>
  fc
    .record({
      brokers: weighted([6, 3], [1, 4], [1, 5]),
      config: clusterConfig,
      first: topicNamed('orders', 3, minIsr),
      second: fc.option(topicNamed('payments', 2, minIsr), { freq: 2 }),
    })
    .map(({ brokers, config, first, second }) => ({ brokers, config, topics: second === null ? [first] : [first, second] }));

function workloadPlan(cluster: ClusterPlan, { otherAcks }: Safety): fc.Arbitrary<WorkloadPlan> {
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
      idempotence: pick(true, true, false),
    });
  const all = fc.constant(-1 as const);
  const other: fc.Arbitrary<-1 | 0 | 1> = otherAcks ? pick(1, 0, -1) : all;
  return fc
    .tuple(
      producer(all, 12),
      fc.array(producer(other, 3), { maxLength: 2 }),
      fc.array(fc.record({ topic, fetchMaxWaitMs: pick(100, 500), seekEveryMs: pick(0, 0, 8000) }), { minLength: 1, maxLength: 3 }),
    )
    .map(([first, more, readers]) => ({
      seconds: defaultSeconds,
      producers: [first, ...more].map(
        (plan, index): ProducerPlan => ({
          id: `producer-${index + 1}`,
          ...plan,
          idempotence: plan.idempotence && plan.acks === -1,
        }),
      ),
      consumers: readers.map((plan, index): ConsumerPlan => ({ id: `consumer-${index + 1}`, ...plan })),
    }));
}

const partitionsOf = (cluster: ClusterPlan): readonly TopicPartition[] =>
  cluster.topics.flatMap((topic) => Array.from({ length: topic.partitions }, (_, index) => topicPartition(topic.name, index)));

function nodeTarget(cluster: ClusterPlan): fc.Arbitrary<Target> {
  const partition = pick(...partitionsOf(cluster));
  return fc.oneof(
    { weight: 4, arbitrary: partition.map((each): Target => ({ type: 'leader', partition: each })) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(partition, pick<'slowest' | 'fastest' | number>('slowest', 'fastest', 0, 1))
        .map(([each, choice]): Target => ({ type: 'follower', partition: each, choice })),
    },
    { weight: 2, arbitrary: integer(1, cluster.brokers).map((id): Target => ({ type: 'broker', id: brokerId(id) })) },
    { weight: 1, arbitrary: fc.constant<Target>({ type: 'controller' }) },
  );
}

const clientTarget = (workload: WorkloadPlan): fc.Arbitrary<Target> =>
  pick(...[...workload.producers, ...workload.consumers].map((client) => client.id)).map((id): Target => ({ type: 'client', id }));

/** One fault of this kind, without its trigger. */
function faultOf(kind: FaultKind, cluster: ClusterPlan, workload: WorkloadPlan): fc.Arbitrary<(trigger: Trigger) => Fault> {
  const node = nodeTarget(cluster);
  const peers = fc.oneof(
    { weight: 3, arbitrary: fc.constant<readonly Target[]>([]) },
    { weight: 1, arbitrary: integer(1, cluster.brokers).map((id): readonly Target[] => [{ type: 'broker', id: brokerId(id) }]) },
  );
  switch (kind) {
    case 'crash':
      return fc.record({ target: node, powerLoss: weighted([3, true], [2, false]), downMs: fc.option(integer(200, 8000), { freq: 6 }) }).map(
        (each) =>
          (trigger): Fault => ({ kind, trigger, ...each }),
      );
    case 'pause':
      return fc.record({ target: node, durationMs: integer(500, 12_000) }).map(
        (each) =>
          (trigger): Fault => ({ kind, trigger, ...each }),
      );
    case 'partition':
      return fc.record({ target: node, durationMs: integer(1000, 15_000), peers }).map(
        (each) =>
          (trigger): Fault => ({ kind, trigger, ...each }),
      );
    case 'partition-one-way':
      return fc.record({ target: node, durationMs: integer(1000, 15_000), direction: pick('outbound' as const, 'inbound' as const), peers }).map(
        (each) =>
          (trigger): Fault => ({ kind, trigger, ...each }),
      );
    case 'client-cut':
      return fc.record({ target: clientTarget(workload), durationMs: integer(500, 10_000), peers }).map(
        (each) =>
          (trigger): Fault => ({ kind, trigger, ...each }),
      );
    case 'slow-disk':
      return fc
        .record({
          target: node,
          durationMs: integer(3000, 15_000),
          perOperationMs: pick(5, 50, 200, 1000),
          bytesPerSecond: fc.option(pick(2000, 20_000, 1_000_000), { freq: 2 }),
        })
        .map(
          (each) =>
            (trigger): Fault => ({ kind, trigger, ...each }),
        );
    case 'slow-network':
      return fc
        .record({
          target: fc.oneof({ weight: 4, arbitrary: node }, { weight: 1, arbitrary: clientTarget(workload) }),
          durationMs: integer(2000, 12_000),
          latencyMs: pick(20, 200, 1000),
          jitterMs: pick(0, 20, 200),
        })
        .map(
          (each) =>
            (trigger): Fault => ({ kind, trigger, ...each }),
        );
    case 'reset':
      return fc.record({ target: fc.oneof({ weight: 4, arbitrary: node }, { weight: 1, arbitrary: clientTarget(workload) }), peers }).map(
        (each) =>
          (trigger): Fault => ({ kind, trigger, ...each }),
      );
  }
}

const timeTrigger: fc.Arbitrary<Trigger> = integer(firstFaultMs, lastFaultMs).map((atMs) => ({ type: 'time', atMs }));

/** Moments at which history shows that things break: between append and replication, around elections and ISR changes. */
function eventTrigger(cluster: ClusterPlan): fc.Arbitrary<Trigger> {
  const pattern = pick(...partitionsOf(cluster)).chain((partition): fc.Arbitrary<readonly [EventPattern, number]> => {
    const leader: Target = { type: 'leader', partition };
    const any = { type: 'any' } as const;
    const often = (each: EventPattern): readonly [EventPattern, number] => [each, 50];
    const seldom = (each: EventPattern): readonly [EventPattern, number] => [each, 2];
    return pick(
      often({ subject: leader, event: 'appended', notYetReplicated: true }),
      often({ subject: leader, event: 'acknowledged', notYetReplicated: false }),
      often({ subject: { type: 'follower', partition, choice: 'slowest' }, event: 'appended', notYetReplicated: false }),
      seldom({ subject: any, event: 'isrShrunk', partition, notYetReplicated: false }),
      seldom({ subject: any, event: 'isrExpanded', partition, notYetReplicated: false }),
      seldom({ subject: any, event: 'elected', partition, notYetReplicated: false }),
      seldom({ subject: any, event: 'truncated', partition, notYetReplicated: false }),
      seldom({ subject: any, event: 'fenced', notYetReplicated: false }),
      seldom({ subject: any, event: 'unfenced', notYetReplicated: false }),
      seldom({ subject: any, event: 'answered', apiKey: apis.alterPartition.key, notYetReplicated: false }),
    );
  });
  return fc
    .tuple(pattern, integer(1, 50), integer(firstFaultMs, lastFaultMs))
    .map(([[each, most], nth, afterMs]): Trigger => ({ type: 'event', ...each, nth: ((nth - 1) % most) + 1, afterMs }));
}

/** At least four faults come by the clock, so that every run has its share; some more wait for an event that may never come. */
function faultList(cluster: ClusterPlan, workload: WorkloadPlan): fc.Arbitrary<readonly Fault[]> {
  return fc.subarray([...faultKinds], { minLength: 2, maxLength: 5 }).chain((kinds) => {
    const fault = fc.oneof(...kinds.map((kind) => faultOf(kind, cluster, workload)));
    const timed = fc.tuple(fault, timeTrigger).map(([make, trigger]) => make(trigger));
    const waiting = fc.tuple(fault, eventTrigger(cluster)).map(([make, trigger]) => make(trigger));
    return fc
      .tuple(fc.array(timed, { minLength: 4, maxLength: 8 }), fc.array(waiting, { maxLength: 3 }))
      .map(([first, then]) => [...first, ...then].map(comesBack));
  });
}

/** Who is down for good early would leave the rest of the run with nothing to do. */
function comesBack(fault: Fault): Fault {
  return fault.kind === 'crash' && fault.downMs === null && strikesAtMs(fault) < lastFaultMs - 10_000 ? { ...fault, downMs: 8000 } : fault;
}

const strikesAtMs = (fault: Fault): number => (fault.trigger.type === 'time' ? fault.trigger.atMs : fault.trigger.afterMs);

/** Turns lossy crashes that come before the one ahead is surely repaired into plain ones. One that waits for an event may come any time later. */
export function spaceLossyCrashes(faults: readonly Fault[]): readonly Fault[] {
  const order = faults.map((_, index) => index).sort((a, b) => byTime(faults, a, b));
  const kept = [...faults];
  let freeMs = 0;
  for (const index of order) {
    const fault = faults[index];
    if (fault?.kind !== 'crash' || !fault.powerLoss) continue;
    if (strikesAtMs(fault) < freeMs) kept[index] = { ...fault, powerLoss: false };
    else freeMs = fault.trigger.type === 'event' || fault.downMs === null ? Number.MAX_SAFE_INTEGER : fault.trigger.atMs + fault.downMs + recoveryMs;
  }
  return kept;
}

function byTime(faults: readonly Fault[], a: number, b: number): number {
  const [first, second] = [faults[a], faults[b]];
  if (first === undefined || second === undefined) return 0;
  return strikesAtMs(first) - strikesAtMs(second) || a - b;
}

/** Any scenario of the swarm. */
export const scenarioArbitrary: fc.Arbitrary<Scenario> = safety.chain((how) =>
  clusterPlan(how).chain((cluster) =>
    workloadPlan(cluster, how).chain((workload) =>
      fc.tuple(fc.maxSafeNat(), faultList(cluster, workload)).map(
        ([seed, faults]): Scenario => ({
          version: scenarioVersion,
          description: '',
          seed,
          cluster,
          workload,
          faults: how.spaceLossyCrashes ? spaceLossyCrashes(faults) : faults,
          expect: { faults: 'any', findings: [], excused: [], happens: [], never: [] },
        }),
      ),
    ),
  ),
);

const unbiased = fc.noBias(scenarioArbitrary);

/** The scenario of a seed: the arbitrary, drawn with it. The same seed is the same scenario everywhere. */
export function scenarioOfSeed(seed: number): Scenario {
  const [drawn] = fc.sample(unbiased, { seed: foldSeed(seed), numRuns: 1 });
  if (drawn === undefined) throw new Error('fast-check drew nothing');
  return { ...drawn, seed };
}
