/** When random faults strike: at some time, or at a moment at which history shows that things break. */
import fc from 'fast-check';
import { apis } from '../../../protocol/apis.ts';
import type { ClusterPlan } from '../../cluster/plan.ts';
import type { Target, Trigger } from '../../nemesis/fault.ts';
import type { EventPattern } from '../../nemesis/text.ts';
import type { WorkloadPlan } from '../../workload/plan.ts';
import { partitionsOf } from './cluster.ts';
import { integer, pick } from './draws.ts';

export const firstFaultMs = 2000;
/** The last sixth of the safety phase is left to what the faults set going. */
export const lastFaultMs = (seconds: number): number => Math.max(firstFaultMs, Math.floor((seconds * 5000) / 6));

export const timeTrigger = (lastMs: number): fc.Arbitrary<Trigger> => integer(firstFaultMs, lastMs).map((atMs) => ({ type: 'time', atMs }));

/** A pattern and the highest count of it that is waited for: some events come often, some seldom. */
type Moment = readonly [pattern: EventPattern, most: number];
const often = (each: Omit<EventPattern, 'notYetReplicated'>): Moment => [{ ...each, notYetReplicated: false }, 50];
const seldom = (each: Omit<EventPattern, 'notYetReplicated'>): Moment => [{ ...each, notYetReplicated: false }, 2];
const any = { type: 'any' } as const;

/** Between append and replication, around elections and ISR changes. */
const replicationMoment = (cluster: ClusterPlan): fc.Arbitrary<Moment> =>
  pick(...partitionsOf(cluster)).chain((partition) => {
    const leader: Target = { type: 'leader', partition };
    return pick<Moment>(
      [{ subject: leader, event: 'appended', notYetReplicated: true }, 50],
      often({ subject: leader, event: 'acknowledged' }),
      often({ subject: { type: 'follower', partition, choice: 'slowest' }, event: 'appended' }),
      seldom({ subject: leader, event: 'isr' }),
      seldom({ subject: any, event: 'isrShrunk', partition }),
      seldom({ subject: any, event: 'isrExpanded', partition }),
      seldom({ subject: any, event: 'elected', partition }),
      seldom({ subject: any, event: 'truncated', partition }),
      seldom({ subject: any, event: 'fenced' }),
      seldom({ subject: any, event: 'unfenced' }),
      seldom({ subject: any, event: 'answered', apiKey: apis.alterPartition.key }),
    );
  });

/** In the middle of Join, Sync, Heartbeat and commit. */
const groupMoment = (groups: readonly string[]): fc.Arbitrary<Moment> =>
  pick(...groups).chain((group) => {
    const coordinator: Target = { type: 'coordinator', group };
    return pick<Moment>(
      seldom({ subject: coordinator, event: 'answered', apiKey: apis.joinGroup.key }),
      seldom({ subject: coordinator, event: 'answered', apiKey: apis.syncGroup.key }),
      often({ subject: coordinator, event: 'answered', apiKey: apis.heartbeat.key }),
      often({ subject: coordinator, event: 'answered', apiKey: apis.offsetCommit.key }),
      seldom({ subject: coordinator, event: 'generation' }),
      seldom({ subject: coordinator, event: 'assignment' }),
      often({ subject: coordinator, event: 'committed' }),
      seldom({ subject: coordinator, event: 'coordinator' }),
    );
  });

const triggerOf = (moment: fc.Arbitrary<Moment>, lastMs: number): fc.Arbitrary<Trigger> =>
  fc
    .tuple(moment, integer(1, 50), integer(firstFaultMs, lastMs))
    .map(([[pattern, most], nth, afterMs]): Trigger => ({ type: 'event', ...pattern, nth: ((nth - 1) % most) + 1, afterMs }));

export function eventTrigger(cluster: ClusterPlan, workload: WorkloadPlan, lastMs: number): fc.Arbitrary<Trigger> {
  const groups = (workload.groups ?? []).map(({ id }) => id);
  return triggerOf(groups.length === 0 ? replicationMoment(cluster) : fc.oneof(replicationMoment(cluster), groupMoment(groups)), lastMs);
}
