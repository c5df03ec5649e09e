/** Random consumer groups, and the settings that let much happen to them within a minute. */
import fc from 'fast-check';
import { assignorNames } from '../../../kafka/client/group/assignor/assignment.ts';
import type { ClusterPlan, Setting } from '../../cluster/plan.ts';
import { commitModes, type GroupPlan } from '../../workload/plan.ts';
import type { Safety } from './cluster.ts';
import { integer, pick, setting, weighted } from './draws.ts';
import type { Profile } from './profile.ts';

/** Sessions may be shorter than Kafka allows by default, and a new group does not wait long for more members. */
const groupConfig = ({ minIsr }: Safety): fc.Arbitrary<readonly Setting[]> =>
  fc.tuple(
    setting('group.min.session.timeout.ms', 1000),
    setting('group.initial.rebalance.delay.ms', 0, 1000, 3000),
    // Of `__consumer_offsets`, which has no settings of its own: what a group committed is as safe as what was produced.
    setting('min.insync.replicas', minIsr),
  );

/** The cluster with what its groups need; itself without groups. */
export const withGroupConfig = (cluster: ClusterPlan, how: Safety, groups: readonly GroupPlan[]): fc.Arbitrary<ClusterPlan> =>
  groups.length === 0 ? fc.constant(cluster) : groupConfig(how).map((config) => ({ ...cluster, config: [...cluster.config, ...config] }));

export function groupPlans(cluster: ClusterPlan, { groups: [none, one, two] }: Profile): fc.Arbitrary<readonly GroupPlan[]> {
  const names = cluster.topics.map((topic) => topic.name);
  const group = fc.record({
    topics: fc.subarray(names, { minLength: 1 }),
    members: integer(1, 5),
    assignor: pick(...assignorNames),
    commit: pick(...commitModes),
    handlerMs: pick(0, 5, 50, 300),
    maxPollRecords: pick(1, 10, 500),
    // The last is Kafka's own.
    sessionTimeoutMs: pick(3000, 6000, 10_000, 30_000, 45_000),
    maxPollIntervalMs: pick(4000, 8000, 20_000),
    staticMembers: weighted([2, false], [1, true]),
    joinEveryMs: pick(0, 0, 2000, 6000),
    metadataMaxAgeMs: pick(2000, 10_000),
  });
  return weighted([none, 0], [one, 1], [two, 2])
    .chain((count) => fc.array(group, { minLength: count, maxLength: count }))
    .map((plans) => plans.map((plan, index): GroupPlan => ({ id: `group-${index + 1}`, ...plan })));
}

/** The last member joins in the first half of a run. */
export const joinsInTime = (group: GroupPlan, seconds: number): GroupPlan => ({
  ...group,
  joinEveryMs: Math.min(group.joinEveryMs ?? 0, Math.floor((seconds * 500) / group.members)),
});
