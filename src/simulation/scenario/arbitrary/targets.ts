/** Whom random faults strike. */
import fc from 'fast-check';
import { brokerId } from '../../../model/brand.ts';
import type { ClusterPlan } from '../../cluster/plan.ts';
import type { Target } from '../../nemesis/fault.ts';
import { type GroupPlan, memberIds, type WorkloadPlan } from '../../workload/plan.ts';
import { partitionsOf } from './cluster.ts';
import { integer, pick } from './draws.ts';
import type { Profile } from './profile.ts';

export interface Targets {
  /** Brokers by their part, and the controller. */
  readonly node: fc.Arbitrary<Target>;
  readonly client: fc.Arbitrary<Target>;
  /** Either of them, as the family has it. */
  readonly any: fc.Arbitrary<Target>;
  /** Who leads something. */
  readonly leader: fc.Arbitrary<Target>;
  /** A member of a group; undefined where there is none. */
  readonly member: fc.Arbitrary<Target> | undefined;
}

interface Weighted {
  readonly weight: number;
  readonly arbitrary: fc.Arbitrary<Target>;
}

export function targetsOf(cluster: ClusterPlan, workload: WorkloadPlan, profile: Profile): Targets {
  const groups = workload.groups ?? [];
  const partition = pick(...partitionsOf(cluster));
  const leader = partition.map((each): Target => ({ type: 'leader', partition: each }));
  const follower = fc
    .tuple(partition, pick<'slowest' | 'fastest' | number>('slowest', 'fastest', 0, 1))
    .map(([each, choice]): Target => ({ type: 'follower', partition: each, choice }));
  const coordinators: readonly Weighted[] = groups.map(({ id }) => ({
    weight: profile.coordinators,
    arbitrary: fc.constant<Target>({ type: 'coordinator', group: id }),
  }));
  const brokers: readonly Weighted[] = [
    { weight: 4, arbitrary: leader },
    { weight: 4, arbitrary: follower },
    { weight: 2, arbitrary: integer(1, cluster.brokers).map((id): Target => ({ type: 'broker', id: brokerId(id) })) },
    { weight: 1, arbitrary: fc.constant<Target>({ type: 'controller' }) },
    ...coordinators,
  ];
  const member = groups.length === 0 ? undefined : fc.oneof(...groups.map(memberOf));
  const others = pick(...[...workload.producers, ...workload.consumers].map(({ id }) => id)).map((id): Target => ({ type: 'client', id }));
  const client = member === undefined ? others : fc.oneof({ weight: 1, arbitrary: others }, { weight: 3, arbitrary: member });
  return {
    node: fc.oneof(...brokers),
    client,
    any: fc.oneof(...brokers, { weight: profile.clients, arbitrary: client }),
    leader: fc.oneof({ weight: 1, arbitrary: leader }, ...coordinators),
    member,
  };
}

/** One of the group's members, by its name or by its part. */
export function memberOf(group: GroupPlan): fc.Arbitrary<Target> {
  return fc.oneof(
    { weight: 2, arbitrary: pick(...memberIds(group)).map((id): Target => ({ type: 'client', id })) },
    { weight: 1, arbitrary: integer(0, group.members - 1).map((choice): Target => ({ type: 'member', group: group.id, choice })) },
    { weight: 1, arbitrary: fc.constant<Target>({ type: 'member', group: group.id, choice: 'leader' }) },
  );
}
