/** Mends a scenario of which something was left out: what named it goes too. Whether the rest makes sense is check.ts's. */
import type { Scenario } from '../../scenario.ts';
import { joinsAtMs, memberNumbers } from '../../workload/plan.ts';
import { checkPlan } from '../check.ts';
import { checkFault } from '../check-fault.ts';
import { Reader } from '../reader.ts';
import { withGroups } from './lists.ts';

/** The scenario without members that would join past its end and faults that strike nobody or never; undefined where no sense is left. */
export function fitting(scenario: Scenario): Scenario | undefined {
  const { groups = [], seconds } = scenario.workload;
  const inTime = groups.flatMap((group) => {
    const only = memberNumbers(group).filter((number) => joinsAtMs(group, number) < seconds * 1000);
    return only.length === memberNumbers(group).length ? [group] : only.length === 0 ? [] : [{ ...group, only }];
  });
  const whole = withGroups(scenario, inTime);
  const faults = whole.faults.filter((fault) => {
    const reader = new Reader();
    checkFault(reader, whole, fault, '');
    return reader.problems.length === 0;
  });
  const mended = { ...whole, faults };
  const reader = new Reader();
  checkPlan(reader, mended);
  return reader.problems.length === 0 ? mended : undefined;
}
