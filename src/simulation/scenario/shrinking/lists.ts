/** Passes that leave out what there is many of: faults, clients, records, members. */
import type { Fault } from '../../nemesis/fault.ts';
import type { Scenario } from '../../scenario.ts';
import { type GroupPlan, memberNumbers, type ProducerPlan } from '../../workload/plan.ts';
import { mostNumbers } from '../numbers.ts';
import { leavingOut, type Pass, type Seen } from './pass.ts';

export const fewerFaults: Pass = leavingOut<Fault>(
  'faults',
  ({ faults }) => faults,
  (scenario, faults) => ({ ...scenario, faults }),
);

/** Groups, producers and consumers, by name. */
export const fewerClients: Pass = leavingOut(
  'clients',
  ({ workload }) => [...(workload.groups ?? []), ...workload.producers, ...workload.consumers].map(({ id }) => id),
  (scenario, kept) => {
    const stays = ({ id }: { readonly id: string }): boolean => kept.includes(id);
    const { producers, consumers, groups = [] } = scenario.workload;
    return withGroups(
      { ...scenario, workload: { ...scenario.workload, producers: producers.filter(stays), consumers: consumers.filter(stays) } },
      groups.filter(stays),
    );
  },
);

interface Numbered {
  readonly id: string;
  readonly number: number;
}

/** A producer without a record goes too. */
export const fewerRecords: Pass = leavingOut<Numbered>(
  'records',
  ({ workload }, seen) => workload.producers.flatMap((plan) => recordsOf(plan, workload.seconds, seen).map((number) => ({ id: plan.id, number }))),
  (scenario, kept) => ({ ...scenario, workload: { ...scenario.workload, producers: withNumbers(scenario.workload.producers, kept) } }),
);

/** A group without a member goes too. */
export const fewerMembers: Pass = leavingOut<Numbered>(
  'members',
  ({ workload }) => (workload.groups ?? []).flatMap((plan) => memberNumbers(plan).map((number) => ({ id: plan.id, number }))),
  (scenario, kept) => withGroups(scenario, withNumbers(scenario.workload.groups ?? [], kept)),
);

/** Where nobody says how many there are: more than the mean, as the gaps between them vary. */
function recordsOf({ id, only, ratePerSecond }: ProducerPlan, seconds: number, seen: Seen | undefined): readonly number[] {
  const sent = seen?.sent.get(id);
  if (only !== undefined) return sent === undefined ? only : only.filter((number) => number < sent);
  return Array.from({ length: Math.min(mostNumbers, sent ?? Math.ceil(1.2 * ratePerSecond * seconds) + 10) }, (_, number) => number);
}

function withNumbers<P extends ProducerPlan | GroupPlan>(plans: readonly P[], kept: readonly Numbered[]): readonly P[] {
  return plans.flatMap((plan) => {
    const only = kept.flatMap(({ id, number }) => (id === plan.id ? [number] : []));
    return only.length === 0 ? [] : [{ ...plan, only }];
  });
}

export function withGroups(scenario: Scenario, groups: readonly GroupPlan[]): Scenario {
  const { groups: _, ...workload } = scenario.workload;
  return { ...scenario, workload: groups.length === 0 ? workload : { ...workload, groups } };
}
