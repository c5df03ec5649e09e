/**
 * Random faults, in the manner of swarm testing: each scenario takes a few kinds and leaves the others out, so that rare combinations come
 * up often.
 */
import fc from 'fast-check';
import { brokerId } from '../../../model/brand.ts';
import { apis } from '../../../protocol/apis.ts';
import type { ClusterPlan } from '../../cluster/plan.ts';
import { type Fault, type FaultKind, faultKinds, type Target, type Trigger } from '../../nemesis/fault.ts';
import type { EventPattern } from '../../nemesis/text.ts';
import type { WorkloadPlan } from '../../workload/plan.ts';
import { partitionsOf } from './cluster.ts';
import { integer, pick, weighted } from './draws.ts';

/** Time between the end of one lossy crash and the next one in which a replica is back in its ISR, if nothing else is wrong. */
const recoveryMs = 12_000;
const firstFaultMs = 2000;
const lastFaultMs = 50_000;

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
export function faultList(cluster: ClusterPlan, workload: WorkloadPlan): fc.Arbitrary<readonly Fault[]> {
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
