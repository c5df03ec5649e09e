/** The stories that random scenarios are made of: each can be told in any scenario that it fits, and is what its name says. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fault, FaultKind } from '../../../src/simulation/nemesis/fault.ts';
import { type BiteName, biteNames, biteOf } from '../../../src/simulation/scenario/arbitrary/bites.ts';
import { profiles } from '../../../src/simulation/scenario/arbitrary/profile.ts';
import { lastFaultMs } from '../../../src/simulation/scenario/arbitrary/triggers.ts';
import { scenarioOfSeed } from '../../../src/simulation/scenario/arbitrary.ts';
import { seedOf } from '../../../src/simulation/scenario/seeds.ts';

const stages = Array.from({ length: 100 }, (_, index) => scenarioOfSeed(seedOf('stage', index), 'groups'));
const drawn = (name: BiteName): readonly (readonly Fault[])[] =>
  stages.map(({ cluster, workload }, seed) => {
    const story = biteOf(name, { cluster, workload, lastMs: lastFaultMs(workload.seconds) });
    if (story === undefined) throw new Error(`no ${name} with groups`);
    return fc.sample(fc.noBias(story), { seed, numRuns: 1 })[0] ?? [];
  });

/** Ways for a leader to go; `hard` ones the controller finds out by itself. */
const hard: readonly FaultKind[] = ['crash', 'pause', 'partition'];
const falls: readonly FaultKind[] = ['move-leader', ...hard];

/** With what a story begins, with what it ends, each of these at times, and of how many faults it is at most. */
const shapes: readonly (readonly [name: BiteName, first: readonly FaultKind[], last: readonly FaultKind[], most: number])[] = [
  ['fast-elections', ['slow-network'], falls, 4],
  ['shut-out-follower', ['partition'], falls, 4],
  ['returning-follower', hard, falls, 3],
  ['last-in-sync-loses-power', ['pause'], ['crash'], 3],
  ['late-proposal', ['pause'], ['crash', 'partition', 'stop'], 3],
  ['crash-in-recovery', ['crash', 'stop'], falls, 2],
  ['power-loss-after-clean-stop', ['stop'], ['crash'], 2],
  ['isolated-leader', ['partition'], falls, 2],
  ['isolated-cleaner', ['partition'], ['move-leader'], 2],
  ['late-answer', ['slow-network'], ['move-leader'], 4],
  ['silence-at-generation', ['stop', 'pause', 'client-cut'], ['pause', 'client-cut'], 2],
  ['deposed-in-mid-commit', ['slow-lane', 'slow-disk', 'slow-network'], falls, 3],
  ['zombie-members', ['pause', 'client-cut'], ['pause', 'client-cut'], 2],
  ['restarted-member', ['crash'], falls, 2],
];

describe('a story', () => {
  test('is told by name', () => expect(shapes.map(([name]) => name)).toEqual(biteNames));
  test.each(shapes)('%s begins and ends as its name says', (name, first, last, most) => {
    const lists = drawn(name);
    expect(new Set(lists.map((faults) => faults[0]?.kind))).toEqual(new Set(first));
    expect(new Set(lists.map((faults) => faults.at(-1)?.kind))).toEqual(new Set(last));
    expect(Math.max(...lists.map(({ length }) => length))).toBe(most);
  });
  test('late-answer slows the lane that sends', () => {
    for (const faults of drawn('late-answer')) expect(faults.some((fault) => fault.kind === 'slow-lane' && fault.lane === 'network')).toBe(true);
  });
  test.each(biteNames)('%s is drawn by a family', (name) => {
    const families = Object.values(profiles).filter(({ bites, compaction }) =>
      [...bites.stories, ...compaction.bites.stories].some(([each, weight]) => each === name && weight > 0),
    );
    expect(families.length).toBeGreaterThan(0);
  });
  test('about members and coordinators needs a group', () => {
    const { cluster, workload } = scenarioOfSeed(seedOf('stage', 0), 'replication');
    const bare = { cluster, workload: { ...workload, groups: [] }, lastMs: 10_000 };
    expect(biteNames.filter((name) => biteOf(name, bare) === undefined)).toEqual([
      'silence-at-generation',
      'deposed-in-mid-commit',
      'zombie-members',
      'restarted-member',
    ]);
  });
});
