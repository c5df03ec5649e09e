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

/** What each fault of a story may be, in its order; the last pattern once more where a story goes on. */
const shapes: readonly (readonly [name: BiteName, shape: readonly (readonly FaultKind[])[], most: number])[] = [
  ['fast-elections', [['slow-network'], falls, falls], 4],
  ['shut-out-follower', [['partition'], ['slow-network'], falls], 3],
  ['returning-follower', [hard, ['slow-network'], falls], 3],
  ['last-in-sync-loses-power', [['pause'], ['pause'], ['crash']], 3],
  ['late-proposal', [['pause'], ['crash', 'partition'], ['stop']], 3],
  ['crash-in-recovery', [['crash', 'stop'], falls], 2],
  ['isolated-leader', [['partition'], falls], 2],
  ['late-answer', [['slow-network'], ['slow-lane'], falls], 4],
  ['silence-at-generation', [['pause', 'client-cut']], 1],
  ['deposed-in-mid-commit', [['slow-lane', 'slow-disk', 'slow-network'], falls], 2],
  ['zombie-members', [['pause', 'client-cut']], 2],
  ['restarted-member', [['crash'], falls], 2],
];

describe('a story', () => {
  test('is told by name', () => expect(shapes.map(([name]) => name)).toEqual(biteNames));
  test.each(shapes)('%s is made of its faults, in any order of draws', (name, shape, most) => {
    const lists = drawn(name);
    for (const faults of lists) {
      expect(faults.length).toBeGreaterThanOrEqual(1);
      for (const [index, { kind }] of faults.entries()) expect(shape[Math.min(index, shape.length - 1)]).toContain(kind);
    }
    expect(Math.max(...lists.map(({ length }) => length))).toBe(most);
    // What may happen happens.
    for (const [index, kinds] of shape.entries()) expect(new Set(lists.flatMap((faults) => faults[index]?.kind ?? []))).toEqual(new Set(kinds));
  });
  test.each(biteNames)('%s is drawn by a family', (name) => {
    const families = Object.values(profiles).filter(({ bites }) => bites.stories.some(([each, weight]) => each === name && weight > 0));
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
