/**
 * Random faults, in the manner of swarm testing: each scenario takes a few kinds and leaves the others out, so that rare combinations come
 * up often.
 */
import fc from 'fast-check';
import { slowableLanes } from '../../../io/virtual/lanes.ts';
import { brokerId } from '../../../model/brand.ts';
import type { ClusterPlan } from '../../cluster/plan.ts';
import { diskFaultKinds, type Fault, type FaultKind, faultKinds, isClientTarget, type Target, type Trigger } from '../../nemesis/fault.ts';
import { lastsMs } from '../../nemesis/nemesis.ts';
import type { WorkloadPlan } from '../../workload/plan.ts';
import { type Bite, biteOf, type Stage } from './bites.ts';
import { diskFaultOf, moveOf } from './disk-faults.ts';
import { integer, pick, weighted } from './draws.ts';
import type { Bites, Profile } from './profile.ts';
import { type Targets, targetsOf } from './targets.ts';
import { eventTrigger, firstFaultMs, lastFaultMs, timeTrigger } from './triggers.ts';

/** Time between the end of one lossy crash and the next one in which a replica is back in its ISR, if nothing else is wrong. */
export const recoveryMs = 12_000;

type Peers = readonly Target[];

/** One fault of this kind; `member` is a target where there are groups. */
function faultOf(
  kind: FaultKind,
  trigger: fc.Arbitrary<Trigger>,
  cluster: ClusterPlan,
  { node, client, any, leader, member }: Targets,
): fc.Arbitrary<Fault> {
  const peers: fc.Arbitrary<Peers> = fc.oneof(
    { weight: 3, arbitrary: fc.constant<Peers>([]) },
    { weight: 1, arbitrary: integer(1, cluster.brokers).map((id): Peers => [{ type: 'broker', id: brokerId(id) }]) },
  );
  // Mostly shorter than sessions and requests may last, sometimes longer than all of them together.
  const silenceMs = fc.oneof({ weight: 4, arbitrary: integer(500, 12_000) }, { weight: 1, arbitrary: integer(12_000, 25_000) });
  const downMs = fc.option(integer(200, 8000), { freq: 6 });
  switch (kind) {
    case 'crash':
      return fc.record({ kind: fc.constant(kind), trigger, target: any, powerLoss: weighted([3, true], [2, false]), downMs });
    case 'stop':
      return fc.record({ kind: fc.constant(kind), trigger, target: any, downMs });
    case 'pause':
      return fc.record({ kind: fc.constant(kind), trigger, target: any, durationMs: silenceMs });
    case 'partition':
      return fc.record({ kind: fc.constant(kind), trigger, target: node, durationMs: integer(1000, 15_000), peers });
    case 'partition-one-way': {
      const direction = pick('outbound' as const, 'inbound' as const);
      return fc.record({ kind: fc.constant(kind), trigger, target: node, durationMs: integer(1000, 15_000), direction, peers });
    }
    case 'client-cut':
      return fc.record({ kind: fc.constant(kind), trigger, target: client, durationMs: silenceMs, peers });
    case 'slow-disk': {
      const bytesPerSecond = fc.option(pick(2000, 20_000, 1_000_000), { freq: 2 });
      const perOperationMs = pick(5, 50, 200, 1000);
      return fc.record({ kind: fc.constant(kind), trigger, target: node, durationMs: integer(3000, 15_000), perOperationMs, bytesPerSecond });
    }
    case 'slow-network': {
      const [latencyMs, jitterMs] = [pick(20, 200, 1000), pick(0, 20, 200)];
      return fc.record({ kind: fc.constant(kind), trigger, target: any, durationMs: integer(2000, 12_000), latencyMs, jitterMs });
    }
    case 'reset':
      return fc.record({ kind: fc.constant(kind), trigger, target: any, peers });
    case 'slow-handler': {
      const perPollMs = pick(100, 1000, 6000, 12_000);
      return fc.record({ kind: fc.constant(kind), trigger, target: member ?? client, durationMs: integer(2000, 15_000), perPollMs });
    }
    case 'slow-lane':
      return fc.record({
        kind: fc.constant(kind),
        trigger,
        target: node,
        durationMs: integer(2000, 10_000),
        lane: pick(...slowableLanes),
        perStepMs: pick(5, 50, 300, 1500),
      });
    case 'disk-error':
    case 'disk-full':
    case 'short-io':
    case 'stalled-sync':
    case 'bit-rot':
      return diskFaultOf(kind, trigger, node);
    case 'move-leader':
      return fc.record({ kind: fc.constant(kind), trigger, target: leader });
    case 'move-replica':
      return moveOf(trigger, cluster);
    case 'add-partitions': {
      const topic = pick(...cluster.topics.map(({ name }) => name));
      return fc.record({ kind: fc.constant(kind), trigger, target: fc.constant<Target>({ type: 'controller' }), topic, partitions: integer(1, 2) });
    }
  }
}

/** A swarm member's bites: none, one or two of those that its profile draws from. */
export function bitesOf(stage: Stage, bites: Bites): fc.Arbitrary<readonly Fault[]> {
  const stories = bites.stories.flatMap(([name, weight]) => {
    const arbitrary = biteOf(name, stage);
    return arbitrary === undefined ? [] : [{ weight, arbitrary }];
  });
  if (stories.length === 0) return fc.constant([]);
  return weighted(...bites.counts.map((weight, count) => [weight, count] as const))
    .chain((count) => fc.array(fc.oneof(...stories), { minLength: count, maxLength: count }))
    .map((drawn) => drawn.flatMap((bite) => inTime(bite, stage.lastMs)));
}

/** A story that began so late that its end would come too late, all of it as much earlier as that. */
function inTime(bite: Bite, lastMs: number): Bite {
  const lateMs = Math.max(...bite.map(strikesAtMs)) - lastMs;
  if (lateMs <= 0) return bite;
  // What came before there was anything to strike stays there.
  const earlier = (strikeMs: number): number => Math.max(Math.min(strikeMs, firstFaultMs), strikeMs - lateMs);
  return bite.map(({ trigger, ...fault }) =>
    trigger.type === 'time'
      ? { ...fault, trigger: { ...trigger, atMs: earlier(trigger.atMs) } }
      : { ...fault, trigger: { ...trigger, afterMs: earlier(trigger.afterMs) } },
  );
}

/** A fault every fifteen seconds or so comes by the clock where there is no bite, so that every run has its share; some more wait for an event that may never come. */
export function faultList(cluster: ClusterPlan, workload: WorkloadPlan, profile: Profile): fc.Arbitrary<readonly Fault[]> {
  const targets = targetsOf(cluster, workload, profile);
  const lastMs = lastFaultMs(workload.seconds);
  const possible = (kind: FaultKind): boolean => kind !== 'slow-handler' || targets.member !== undefined;
  const ofProfile = fc.subarray(profile.kinds.filter(possible), { minLength: 1, maxLength: 3 });
  // Those of the disk, and what needs several, are drawn apart, and last.
  const others = fc.subarray(
    faultKinds.filter((kind) => possible(kind) && kind !== 'move-replica' && !diskFaultKinds.some((each) => each === kind)),
    { maxLength: 4 },
  );
  const few = Math.max(1, Math.floor(workload.seconds / 15));
  return fc.tuple(ofProfile, others, bitesOf({ cluster, workload, lastMs }, profile.bites)).chain(([first, more, bites]) => {
    const kinds = [...new Set([...first, ...more])];
    const fault = (trigger: fc.Arbitrary<Trigger>) => fc.oneof(...kinds.map((kind) => faultOf(kind, trigger, cluster, targets)));
    return fc
      .tuple(
        // Beside a bite there is less, or it would seldom come to its end.
        fc.array(fault(timeTrigger(lastMs)), bites.length > 0 ? { maxLength: few } : { minLength: few, maxLength: 2 * few }),
        fc.array(fault(eventTrigger(cluster, workload, lastMs)), { maxLength: bites.length > 0 ? 1 : 3 }),
      )
      .map(([timed, waiting]) => [...timed, ...waiting, ...bites].map((each) => comesBack(each, lastMs)));
  });
}

/** Who is down for good early would leave the rest of the run with nothing to do. */
function comesBack(fault: Fault, lastMs: number): Fault {
  const forGood = (fault.kind === 'crash' || fault.kind === 'stop') && fault.downMs === null;
  return forGood && strikesAtMs(fault) < lastMs - 10_000 ? { ...fault, downMs: 8000 } : fault;
}

export const strikesAtMs = (fault: Fault): number => (fault.trigger.type === 'time' ? fault.trigger.atMs : fault.trigger.afterMs);

/** Turns lossy crashes that come before the one ahead is surely repaired into plain ones. One that waits for an event may come any time later. */
export function spaceLossyCrashes(faults: readonly Fault[]): readonly Fault[] {
  const order = faults.map((_, index) => index).sort((a, b) => byTime(faults, a, b));
  const kept = [...faults];
  let freeMs = 0;
  for (const index of order) {
    const fault = faults[index];
    // A client has nothing to lose that was promised.
    if (fault?.kind !== 'crash' || !fault.powerLoss || isClientTarget(fault.target)) continue;
    if (strikesAtMs(fault) < freeMs) kept[index] = { ...fault, powerLoss: false };
    else freeMs = fault.trigger.type === 'event' || fault.downMs === null ? Number.MAX_SAFE_INTEGER : fault.trigger.atMs + fault.downMs + recoveryMs;
  }
  return kept;
}

/**
 * Only one replica at a time loses what it stored: where something rots, power losses before it is surely repaired become plain crashes, and more rot
 * becomes short transfers.
 */
export function spaceRot(faults: readonly Fault[]): readonly Fault[] {
  const rot = faults.find((fault) => fault.kind === 'bit-rot');
  if (rot === undefined) return faults;
  return faults.map((fault) => {
    if (fault.kind === 'crash' && fault.powerLoss && !isClientTarget(fault.target) && !areApart(fault, rot)) return { ...fault, powerLoss: false };
    if (fault.kind !== 'bit-rot' || fault === rot) return fault;
    const { trigger, target, durationMs } = fault;
    return { kind: 'short-io', trigger, target, durationMs };
  });
}

/** The one is over, and its replicas are back, before the other begins. */
function areApart(one: Fault, other: Fault): boolean {
  if (one.trigger.type !== 'time' || other.trigger.type !== 'time') return false;
  const [first, second] = one.trigger.atMs < other.trigger.atMs ? [one, other] : [other, one];
  const lasts = lastsMs(first);
  return lasts !== null && strikesAtMs(first) + lasts + recoveryMs < strikesAtMs(second);
}

function byTime(faults: readonly Fault[], a: number, b: number): number {
  const [first, second] = [faults[a], faults[b]];
  if (first === undefined || second === undefined) return 0;
  return strikesAtMs(first) - strikesAtMs(second) || a - b;
}
