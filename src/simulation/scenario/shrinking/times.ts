/** Passes about when things happen: an earlier end, and faults that come by the clock instead of by an event. */
import type { Fault } from '../../nemesis/fault.ts';
import type { Scenario } from '../../scenario.ts';
import { changing, type Pass, type Seen } from './pass.ts';

/** Right after the failure where that is known; else half of the time, then a quarter of it less, and so on. */
export const earlierEnd: Pass = changing('the end', (scenario, seen) => {
  const { seconds } = scenario.workload;
  const ends: number[] = [];
  if (seen !== undefined) ends.push(Math.floor(seen.atMs / 1000) + 1);
  for (let less = Math.floor(seconds / 2); less >= 1; less = Math.floor(less / 2)) ends.push(seconds - less);
  return ends.filter((end) => end >= 1 && end < seconds).map((end) => ({ ...scenario, workload: { ...scenario.workload, seconds: end } }));
});

/** Faults that did not strike go, and those that an event set off come at the time at which they came: what is left out then does not move them. */
export const pinnedFaults: Pass = changing('the times of faults', (scenario, seen) => {
  if (seen === undefined) return [];
  const { faults } = scenario;
  const struck = faults.filter((_, index) => seen.fired.has(index));
  const waiting = faults.flatMap(({ trigger }, index) => (trigger.type === 'event' && seen.fired.has(index) ? [index] : []));
  const changed: Scenario[] = [];
  if (waiting.length > 0) changed.push({ ...scenario, faults: faults.flatMap((fault, index) => pinned(fault, index, seen, 1)) });
  if (struck.length < faults.length) changed.push({ ...scenario, faults: struck });
  for (const which of waiting)
    for (const laterUs of [1, 0])
      changed.push({ ...scenario, faults: faults.flatMap((fault, index) => (index === which ? pinned(fault, index, seen, laterUs) : [fault])) });
  return changed;
});

/** `laterUs`: it struck after the step that set it off; by the clock it would come before what else happens at that microsecond. */
function pinned(fault: Fault, index: number, { fired }: Seen, laterUs: number): readonly Fault[] {
  const atUs = fired.get(index);
  if (atUs === undefined) return [];
  return [fault.trigger.type === 'time' ? fault : { ...fault, trigger: { type: 'time', atMs: (atUs + laterUs) / 1000 } }];
}
