/** Random faults of disks. They are drawn after everything else, so that what else is drawn with a seed stays what it was. */
import fc from 'fast-check';
import { diskCallKinds } from '../../../io/virtual/disk-faults.ts';
import { brokerId } from '../../../model/brand.ts';
import { topicPartition } from '../../../model/topic-partition.ts';
import type { ClusterPlan } from '../../cluster/plan.ts';
import { type DiskFault, diskFaultKinds, type Fault, rottingFiles, type Target, type Trigger } from '../../nemesis/fault.ts';
import type { WorkloadPlan } from '../../workload/plan.ts';
import { integer, pick, weighted } from './draws.ts';
import type { Profile } from './profile.ts';
import { targetsOf } from './targets.ts';
import { eventTrigger, lastFaultMs, timeTrigger } from './triggers.ts';

const firstBroker = brokerId(1);

/** One fault of this kind. */
export function diskFaultOf(kind: DiskFault['kind'], trigger: fc.Arbitrary<Trigger>, node: fc.Arbitrary<Target>): fc.Arbitrary<DiskFault> {
  switch (kind) {
    case 'disk-error': {
      const nthCall = fc.option(integer(1, 60), { freq: 2 });
      return fc.record({ kind: fc.constant(kind), trigger, target: node, durationMs: integer(100, 8000), calls: pick(...diskCallKinds), nthCall });
    }
    case 'disk-full':
      return fc.record({
        kind: fc.constant(kind),
        trigger,
        target: node,
        durationMs: integer(500, 10_000),
        freeBytes: pick(0, 100, 1000, 10_000, 100_000),
      });
    case 'short-io':
      return fc.record({ kind: fc.constant(kind), trigger, target: node, durationMs: integer(2000, 15_000) });
    case 'stalled-sync':
      return fc.record({ kind: fc.constant(kind), trigger, target: node, durationMs: integer(100, 8000) });
    case 'bit-rot': {
      // The metadata of a single controller has no other copy.
      const target = node.map((each): Target => (each.type === 'controller' ? { type: 'broker', id: firstBroker } : each));
      return fc.record({ kind: fc.constant(kind), trigger, target, durationMs: integer(3000, 15_000), file: pick(...rottingFiles) });
    }
  }
}

/** As many as the family has them, of one or two kinds. */
export function diskFaultList(cluster: ClusterPlan, workload: WorkloadPlan, profile: Profile): fc.Arbitrary<readonly Fault[]> {
  const { node } = targetsOf(cluster, workload, profile);
  const lastMs = lastFaultMs(workload.seconds);
  const trigger = fc.oneof({ weight: 2, arbitrary: timeTrigger(lastMs) }, { weight: 1, arbitrary: eventTrigger(cluster, workload, lastMs) });
  return weighted(...profile.diskFaults.map((weight, count) => [weight, count] as const)).chain((count) =>
    count === 0
      ? fc.constant<readonly Fault[]>([])
      : fc
          .subarray([...diskFaultKinds], { minLength: 1, maxLength: 2 })
          .chain((kinds) => fc.array(fc.oneof(...kinds.map((kind) => diskFaultOf(kind, trigger, node))), { minLength: count, maxLength: count }))
          .chain((faults) => restart.map((how) => faults.flatMap((fault) => withRestart(fault, how, lastMs)))),
  );
}

/** The scenario's brokers with as many log directories as the family has them; what strikes a disk of a broker then strikes one of them, mostly. */
export function withLogDirs(
  cluster: ClusterPlan,
  workload: WorkloadPlan,
  faults: readonly Fault[],
  { logDirs: [one, two] }: Profile,
): fc.Arbitrary<Spread> {
  if (two === 0) return fc.constant({ cluster, faults });
  return weighted([one, 1], [two, 2]).chain((logDirs): fc.Arbitrary<Spread> => {
    if (logDirs === 1) return fc.constant({ cluster, faults });
    const aimed = faults.map(
      (fault): fc.Arbitrary<Fault> => (mayAim(fault) ? weighted([2, 0], [2, 1], [1, undefined]).map(at(fault)) : fc.constant(fault)),
    );
    return fc.tuple(fc.tuple(...aimed), movesIn(cluster, workload)).map(([struck, moves]) => ({
      cluster: { ...cluster, logDirs },
      faults: [...struck, ...moves],
    }));
  });
}

/** A replica of any partition goes to another directory. */
export function moveOf(trigger: fc.Arbitrary<Trigger>, { topics }: ClusterPlan): fc.Arbitrary<Fault> {
  const target = pick(...topics).chain(({ name, partitions, replicationFactor }) =>
    fc.tuple(integer(0, partitions - 1), integer(0, replicationFactor - 1)).map(([index, replica]): Target => {
      const partition = topicPartition(name, index);
      return replica === 0 ? { type: 'leader', partition } : { type: 'follower', partition, choice: replica - 1 };
    }),
  );
  return fc.record({ kind: fc.constant('move-replica' as const), trigger, target });
}

/** Up to four moves, of which some follow one another closely. */
function movesIn(cluster: ClusterPlan, workload: WorkloadPlan): fc.Arbitrary<readonly Fault[]> {
  const lastMs = lastFaultMs(workload.seconds);
  const trigger = fc.oneof({ weight: 3, arbitrary: timeTrigger(lastMs) }, { weight: 1, arbitrary: eventTrigger(cluster, workload, lastMs) });
  return fc.array(moveOf(trigger, cluster), { maxLength: 4 });
}

/** A cluster, and what strikes it. */
export interface Spread {
  readonly cluster: ClusterPlan;
  readonly faults: readonly Fault[];
}

type Aimed = Exclude<DiskFault, { readonly kind: 'bit-rot' }>;
const mayAim = (fault: Fault): fault is Aimed =>
  fault.target.type !== 'controller' && diskFaultKinds.some((kind) => kind === fault.kind) && fault.kind !== 'bit-rot';
const at =
  (fault: Aimed) =>
  (logDir: number | undefined): Fault =>
    logDir === undefined ? fault : { ...fault, logDir };

interface Restart {
  readonly kind: 'crash' | 'stop' | 'none';
  readonly afterMs: number;
}
const restart: fc.Arbitrary<Restart> = fc.record({ kind: pick('crash' as const, 'stop' as const, 'none' as const), afterMs: integer(50, 2500) });

/** What rots is mostly met by a start, which reads what nobody else asks for. */
function withRestart(fault: DiskFault, { kind, afterMs }: Restart, lastMs: number): readonly Fault[] {
  if (fault.kind !== 'bit-rot' || kind === 'none' || fault.trigger.type !== 'time') return [fault];
  const common = { trigger: { ...fault.trigger, atMs: Math.min(lastMs, fault.trigger.atMs + afterMs) }, target: fault.target, downMs: 500 };
  return [fault, kind === 'crash' ? { kind, ...common, powerLoss: false } : { kind, ...common }];
}
