/** Shrinking without a cluster: what is smaller can be played, everything that is not needed goes, and it comes to an end. */
import { test as property } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fault, isClientTarget } from '../../../src/simulation/nemesis/fault.ts';
import type { ProfileName } from '../../../src/simulation/profile-name.ts';
import { scenarioArbitrary, scenarioOfSeed } from '../../../src/simulation/scenario/arbitrary.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';
import { printScenario } from '../../../src/simulation/scenario/print.ts';
import { seedOf } from '../../../src/simulation/scenario/seeds.ts';
import type { Seen } from '../../../src/simulation/scenario/shrinking/pass.ts';
import { type ShrinkProgress, shrinksOf } from '../../../src/simulation/scenario/shrinking/shrinks.ts';
import type { Scenario } from '../../../src/simulation/scenario.ts';
import { memberIds, memberNumbers } from '../../../src/simulation/workload/plan.ts';

/** The first random scenario of this kind, whatever is drawn. */
function drawnWith(isWanted: (scenario: Scenario) => boolean, profile?: ProfileName): Scenario {
  for (let index = 0; index < 1000; index++) {
    const scenario = scenarioOfSeed(seedOf('shrink', index), profile);
    if (isWanted(scenario)) return scenario;
  }
  throw new Error('a thousand scenarios are none of this kind');
}

/** As if every fault had struck a second late and each producer had sent a hundred records. */
const seenOf = ({ faults, workload }: Scenario): Seen => ({
  atMs: Math.floor(workload.seconds * 700) + 0.5,
  fired: new Map(faults.map((_, index) => [index, index * 1_000_001])),
  sent: new Map(workload.producers.map(({ id }) => [id, 100])),
});

/** Goes on as long as something smaller is wanted. `steps`: how many were looked at. */
function shrunk(scenario: Scenario, isWanted: (scenario: Scenario) => boolean, hint = false) {
  let [smallest, steps] = [scenario, 0];
  let from: ShrinkProgress | undefined;
  for (let found = true; found; ) {
    found = false;
    for (const { scenario: smaller, progress } of shrinksOf(smallest, from, hint ? seenOf(smallest) : undefined)) {
      steps++;
      if (!isWanted(smaller)) continue;
      [smallest, from, found] = [smaller, progress, true];
      break;
    }
  }
  return { smallest, steps };
}

/** The records that come in time, if each producer keeps its mean pace. */
const recordsOf = ({ workload }: Scenario): readonly string[] =>
  workload.producers.flatMap(({ id, only, ratePerSecond }) => {
    const sent = Math.floor(ratePerSecond * workload.seconds);
    return (only ?? Array.from({ length: sent }, (_, number) => number)).filter((number) => number < sent).map((number) => `${id}/${number}`);
  });
/** With few enough records to look at each smaller scenario. */
const withFewRecords = ({ workload, ...rest }: Scenario): Scenario => ({
  ...rest,
  workload: { ...workload, producers: workload.producers.map((plan) => ({ ...plan, only: [0, 1, 2, 5] })) },
});
/** Without faults that need a certain member, client or group. */
const aboutNobody = (scenario: Scenario): Scenario => ({
  ...scenario,
  faults: scenario.faults.filter(({ target, trigger }) => trigger.type === 'time' && !isClientTarget(target) && target.type !== 'coordinator'),
});
const membersOf = ({ workload }: Scenario): readonly string[] => (workload.groups ?? []).flatMap(memberIds);

describe('the smaller scenarios of a scenario', () => {
  property.prop([scenarioArbitrary.map(withFewRecords), fc.boolean()], { numRuns: 15 })(
    'can all be written and read, and differ from it',
    (scenario, hint) => {
      const all = [...shrinksOf(scenario, undefined, hint ? seenOf(scenario) : undefined)];
      // A hundred of them, spread over all kinds.
      const apart = Math.ceil(all.length / 100);
      for (const { scenario: smaller } of all.filter((_, index) => index % apart === 0)) {
        expect(smaller).not.toEqual(scenario);
        expect(parseScenario(printScenario(smaller))).toEqual({ ok: true, value: smaller });
      }
    },
  );

  test('name a fault by the time at which it struck where an event had set it off', () => {
    const waits = ({ trigger }: Fault): boolean => trigger.type === 'event';
    const scenario = drawnWith(({ faults }) => faults.some(waits));
    const waiting = scenario.faults.findIndex(waits);
    const pinned = [...shrinksOf(scenario, undefined, { ...seenOf(scenario), atMs: 59_999, fired: new Map([[waiting, 12_345_678]]) })];
    const times = pinned.flatMap(({ scenario: { faults } }) => (faults.length === 1 ? faults.map(({ trigger }) => trigger) : []));
    expect(times).toContainEqual({ type: 'time', atMs: 12_345.679 });
  });
});

describe('shrinking', () => {
  test.each([false, true])('leaves nothing where everything counts (told what a run showed: %s)', (hint) => {
    for (let index = 0; index < 10; index++) {
      const { smallest, steps } = shrunk(scenarioOfSeed(seedOf('shrink', index)), () => true, hint);
      const { faults, workload, cluster } = smallest;
      expect([faults, workload.producers, workload.consumers, workload.groups ?? [], cluster.config]).toEqual([[], [], [], [], []]);
      expect([cluster.brokers, cluster.topics.map(({ partitions }) => partitions), workload.seconds]).toEqual([1, [1], 1]);
      expect(steps).toBeLessThan(150);
    }
  });

  const picks = fc.array(fc.nat(), { minLength: 0, maxLength: 4 });
  property.prop([scenarioArbitrary.map(withFewRecords).map(aboutNobody), picks, picks, picks], { numRuns: 20 })(
    'leaves the needed faults, records and members, whichever they are, and no others',
    (scenario, someFaults, someRecords, someMembers) => {
      const of = <T>(list: readonly T[], which: readonly number[]): ReadonlySet<T> =>
        new Set(list.length === 0 ? [] : which.flatMap((each) => list.slice(each % list.length, (each % list.length) + 1)));
      // A fault is known again by its target's and its kind's place, however weak and early it got.
      const kinds = of([...new Set(scenario.faults.map(({ kind }) => kind))], someFaults);
      const records = of(recordsOf(scenario), someRecords);
      const members = of(membersOf(scenario), someMembers);
      const { smallest } = shrunk(scenario, (smaller) => {
        const left = [smaller.faults.map(({ kind }) => kind), recordsOf(smaller), membersOf(smaller)] as const;
        const weakened = kinds.has('partition') && left[0].includes('partition-one-way');
        return (
          [...kinds].every((kind) => left[0].includes(kind) || (kind === 'partition' && weakened)) &&
          [...records].every((record) => left[1].includes(record)) &&
          [...members].every((member) => left[2].includes(member))
        );
      });
      expect(new Set(recordsOf(smallest))).toEqual(records);
      expect(new Set(membersOf(smallest))).toEqual(members);
      // A partition that got weaker may stand for both of its kinds.
      const both = kinds.has('partition') && kinds.has('partition-one-way') ? 1 : 0;
      expect(smallest.faults.length).toBeLessThanOrEqual(kinds.size);
      expect(smallest.faults.length).toBeGreaterThanOrEqual(kinds.size - both);
      expect(smallest.workload.consumers).toEqual([]);
    },
  );

  test('goes on where it was: a record among hundreds is found within a few dozen steps', () => {
    const scenario = drawnWith((each) => recordsOf(each).includes('producer-1/77'));
    const { smallest, steps } = shrunk(scenario, (smaller) => recordsOf(smaller).includes('producer-1/77'));
    expect(recordsOf(smallest)).toEqual(['producer-1/77']);
    expect(steps).toBeLessThan(80);
  });

  test('keeps which member it is, and the time at which it joins', () => {
    const scenario = drawnWith(({ workload }) => (workload.groups?.[0]?.members ?? 0) >= 3, 'rebalance');
    const { smallest } = shrunk(scenario, ({ workload }) => (workload.groups ?? []).some((group) => memberNumbers(group).includes(3)));
    expect(membersOf(smallest)).toHaveLength(1);
    expect(membersOf(smallest)[0]).toMatch(/^group-\d-3$/);
  });
});

describe('fast-check', () => {
  const needsOneCrash = fc.property(scenarioArbitrary, ({ faults }) => !faults.some(({ kind }) => kind === 'crash'));

  test('shrinks what a property draws by these moves, and finds it again by seed and path', () => {
    const first = fc.check(needsOneCrash, { seed: 5, numRuns: 100 });
    const smallest = first.counterexample?.[0];
    if (smallest === undefined || first.counterexamplePath === null) throw new Error('no crash was drawn');
    expect(smallest.faults).toHaveLength(1);
    expect(smallest.workload.producers).toEqual([]);
    const again = fc.check(needsOneCrash, { seed: 5, path: first.counterexamplePath });
    expect(again.counterexample).toEqual([smallest]);
  });

  test('shrinks a scenario that somebody gives as an example', () => {
    const example = drawnWith(({ faults }) => faults.some(({ kind }) => kind === 'crash'));
    const { counterexample } = fc.check(needsOneCrash, { examples: [[example]], numRuns: 1 });
    expect(counterexample?.[0]?.faults).toHaveLength(1);
  });
});
