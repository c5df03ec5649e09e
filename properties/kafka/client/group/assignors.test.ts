import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AssignorName,
  assignorNames,
  type GroupAssignment,
  type GroupMember,
  type PartitionCounts,
  type SettleClaims,
  topicOf,
} from '../../../../src/kafka/client/group/assignor/assignment.ts';
import { assign } from '../../../../src/kafka/client/group/assignor/assignors.ts';
import { settleClaims } from '../../../../src/kafka/client/group/assignor/claims.ts';
import { encodeStickyUserData } from '../../../../src/kafka/client/group/assignor/sticky-user-data.ts';
import { type TopicPartition, topicPartition } from '../../../../src/model/topic-partition.ts';

const parse = (text: string): readonly TopicPartition[] => text.split(' ').flatMap((each) => (each === '' ? [] : [each as TopicPartition]));

interface Given {
  readonly topics: string;
  readonly owned?: string;
  readonly generation?: number;
  readonly instanceId?: string;
}

const member = (memberId: string, { topics, owned = '', generation = -1, instanceId }: Given): GroupMember => ({
  memberId,
  instanceId,
  topics: topics.split(' '),
  ownedPartitions: parse(owned),
  generation,
  userData: owned === '' ? undefined : encodeStickyUserData({ partitions: parse(owned), generation }),
});

const group = (given: Readonly<Record<string, Given>>): readonly GroupMember[] => Object.entries(given).map(([id, each]) => member(id, each));
const counts = (given: Readonly<Record<string, number>>): PartitionCounts => new Map(Object.entries(given));
const shown = (assignment: GroupAssignment) => Object.fromEntries([...assignment].map(([id, share]) => [id, [...share].sort().join(' ')]));
const given = (name: AssignorName, partitions: Readonly<Record<string, number>>, members: Readonly<Record<string, Given>>) =>
  shown(assign(name, counts(partitions), group(members), settleClaims));

describe('the range assignor', () => {
  test('cuts each topic into ranges, the first ones longer', () => {
    expect(given('range', { t0: 3, t1: 3 }, { c0: { topics: 't0 t1' }, c1: { topics: 't0 t1' } })).toEqual({
      c0: 't0-0 t0-1 t1-0 t1-1',
      c1: 't0-2 t1-2',
    });
  });
  test('leaves members without partitions when there are too few', () => {
    expect(given('range', { t0: 1 }, { c1: { topics: 't0' }, c0: { topics: 't0' } })).toEqual({ c0: 't0-0', c1: '' });
  });
  test('counts only the subscribers of a topic', () => {
    expect(given('range', { t0: 3, t1: 2 }, { c0: { topics: 't0' }, c1: { topics: 't0 t1' }, c2: { topics: 't0' } })).toEqual({
      c0: 't0-0',
      c1: 't0-1 t1-0 t1-1',
      c2: 't0-2',
    });
  });
  test('puts static members first, in the order of their instance ids', () => {
    expect(given('range', { t: 3 }, { a: { topics: 't' }, z: { topics: 't', instanceId: 'i2' }, y: { topics: 't', instanceId: 'i1' } })).toEqual({
      y: 't-0',
      z: 't-1',
      a: 't-2',
    });
  });
  test('gives partitions of one index in topics of one size to one member', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5 }), (partitions, members) => {
        const all = Object.fromEntries(Array.from({ length: members }, (_, at) => [`c${at}`, { topics: 't0 t1' }]));
        for (const share of assign('range', counts({ t0: partitions, t1: partitions }), group(all), settleClaims).values()) {
          const indexes = (topic: string) => share.filter((each) => topicOf(each) === topic).map((each) => each.split('-')[1]);
          expect(indexes('t0')).toEqual(indexes('t1'));
        }
      }),
    );
  });
});

describe('the round-robin assignor', () => {
  test('deals out the partitions of all topics in turn', () => {
    expect(given('roundrobin', { t0: 3, t1: 3 }, { c0: { topics: 't0 t1' }, c1: { topics: 't0 t1' } })).toEqual({
      c0: 't0-0 t0-2 t1-1',
      c1: 't0-1 t1-0 t1-2',
    });
  });
  test('passes over members that do not subscribe', () => {
    const members = { c0: { topics: 't0' }, c1: { topics: 't0 t1' }, c2: { topics: 't0 t1 t2' } };
    expect(given('roundrobin', { t0: 1, t1: 2, t2: 3 }, members)).toEqual({ c0: 't0-0', c1: 't1-0', c2: 't1-1 t2-0 t2-1 t2-2' });
  });
});

describe.each(['sticky', 'cooperative-sticky'] as const)('the %s assignor', (name) => {
  test('deals out evenly at first', () => {
    const all = { topics: 't0 t1 t2 t3' };
    expect(given(name, { t0: 2, t1: 2, t2: 2, t3: 2 }, { c0: all, c1: all, c2: all })).toEqual({
      c0: 't0-0 t1-1 t3-0',
      c1: 't0-1 t2-0 t3-1',
      c2: 't1-0 t2-1',
    });
  });
  test('leaves what remaining members have, and shares out the rest', () => {
    const c0 = { topics: 't0 t1 t2 t3', owned: 't0-0 t1-1 t3-0', generation: 1 };
    const c2 = { topics: 't0 t1 t2 t3', owned: 't1-0 t2-1', generation: 1 };
    expect(given(name, { t0: 2, t1: 2, t2: 2, t3: 2 }, { c0, c2 })).toEqual({ c0: 't0-0 t0-1 t1-1 t3-0', c2: 't1-0 t2-0 t2-1 t3-1' });
  });
  test('is more even than round robin where subscriptions differ', () => {
    const members = { c0: { topics: 't0' }, c1: { topics: 't0 t1' }, c2: { topics: 't0 t1 t2' } };
    expect(given(name, { t0: 1, t1: 2, t2: 3 }, members)).toEqual({ c0: 't0-0', c1: 't1-0 t1-1', c2: 't2-0 t2-1 t2-2' });
    const left = { c1: { topics: 't0 t1', owned: 't1-0 t1-1', generation: 1 }, c2: { topics: 't0 t1 t2', owned: 't2-0 t2-1 t2-2', generation: 1 } };
    expect(given(name, { t0: 1, t1: 2, t2: 3 }, left)).toEqual({ c1: 't0-0 t1-0 t1-1', c2: 't2-0 t2-1 t2-2' });
  });
  test('believes the claim of the newer generation', () => {
    const members = { c1: { topics: 't', owned: 't-0 t-1', generation: 5 }, c2: { topics: 't', owned: 't-1 t-2', generation: 4 } };
    expect(given(name, { t: 4 }, members)).toEqual({ c1: 't-0 t-1', c2: 't-2 t-3' });
  });
  test('forgets partitions and topics that are gone', () => {
    const members = { c1: { topics: 't u', owned: 't-0 t-7 u-0', generation: 1 }, c2: { topics: 't u' } };
    expect(given(name, { t: 2 }, members)).toEqual({ c1: 't-0', c2: 't-1' });
  });
});

describe('a partition that two members of one generation claim', () => {
  const members = { c1: { topics: 't', owned: 't-0 t-1', generation: 4 }, c2: { topics: 't', owned: 't-1 t-2', generation: 4 } };
  test('stays with neither of them under the sticky assignor, but for the new deal', () => {
    const { owned, disputed } = settleClaims(counts({ t: 4 }), [
      { memberId: 'c1', partitions: parse('t-0 t-1'), generation: 4 },
      { memberId: 'c2', partitions: parse('t-1 t-2'), generation: 4 },
      { memberId: 'c3', partitions: parse('t-1'), generation: 3 },
    ]);
    expect([...disputed]).toEqual(['t-1']);
    expect([...owned]).toEqual([
      ['c1', ['t-0']],
      ['c2', ['t-2']],
      ['c3', []],
    ]);
  });
  test('goes to nobody before both gave it up, under the cooperative one', () => {
    expect(given('cooperative-sticky', { t: 4 }, members)).toEqual({ c1: 't-0', c2: 't-2 t-3' });
  });
});

const topicNames = ['a', 'b', 'c'];
const arbitraryCounts = fc
  .tuple(...topicNames.map(() => fc.integer({ min: 1, max: 5 })))
  .map((sizes) => new Map(topicNames.map((name, at) => [name, sizes[at] ?? 1])));
const subscriptionOf = (equal: boolean) => (equal ? fc.constant(topicNames) : fc.subarray(topicNames, { minLength: 1 }));

interface Drawn {
  readonly counts: PartitionCounts;
  readonly members: readonly GroupMember[];
}

/** Members with subscriptions and claims; `honest`: every partition has at most one claimant, all in one generation. */
const arbitraryGroup = (equal: boolean, honest: boolean): fc.Arbitrary<Drawn> =>
  fc
    .record({
      counts: arbitraryCounts,
      drawn: fc.array(
        fc.record({
          topics: subscriptionOf(equal),
          claims: fc.array(fc.nat({ max: 14 }), { maxLength: 8 }),
          generation: fc.integer({ min: -1, max: 3 }),
        }),
        {
          minLength: 1,
          maxLength: 6,
        },
      ),
    })
    .map(({ counts: sizes, drawn }) => {
      const all = [...sizes].flatMap(([topic, count]) => Array.from({ length: count }, (_, index) => topicPartition(topic, index)));
      const taken = new Set<TopicPartition>();
      const members = drawn.map(({ topics, claims, generation }, at) => {
        const owned: TopicPartition[] = [];
        for (const claim of claims) {
          const partition = all[claim % all.length];
          if (partition === undefined || !topics.includes(topicOf(partition)) || owned.includes(partition) || (honest && taken.has(partition)))
            continue;
          taken.add(partition);
          owned.push(partition);
        }
        return member(`m${at}`, { topics: topics.join(' '), owned: owned.join(' '), generation: honest ? 3 : generation });
      });
      return { counts: sizes, members };
    });

const subscribed = ({ counts: sizes, members }: Drawn): readonly TopicPartition[] =>
  [...sizes].flatMap(([topic, count]) =>
    members.some(({ topics }) => topics.includes(topic)) ? Array.from({ length: count }, (_, index) => topicPartition(topic, index)) : [],
  );
/** What the leader counts: topics of the group only. */
const known = ({ counts: sizes, members }: Drawn): PartitionCounts =>
  new Map([...sizes].filter(([topic]) => members.some(({ topics }) => topics.includes(topic))));
const share = (drawn: Drawn, name: AssignorName, settle: SettleClaims = settleClaims) => assign(name, known(drawn), drawn.members, settle);

function expectSoundShares(drawn: Drawn, assignment: GroupAssignment): readonly TopicPartition[] {
  const given = [...assignment.values()].flat();
  expect([...assignment.keys()].sort()).toEqual(drawn.members.map(({ memberId }) => memberId).sort());
  expect(new Set(given).size).toBe(given.length);
  for (const { memberId, topics } of drawn.members)
    for (const partition of assignment.get(memberId) ?? []) expect(topics).toContain(topicOf(partition));
  return given;
}

/** Nobody could take a partition from somebody with at least two more. */
function expectBalance(drawn: Drawn, assignment: GroupAssignment): void {
  for (const { memberId, topics } of drawn.members)
    for (const [other, theirs] of assignment)
      if (theirs.length > (assignment.get(memberId)?.length ?? 0) + 1)
        for (const partition of theirs) expect([memberId, other, topics.includes(topicOf(partition))]).toEqual([memberId, other, false]);
}

const both = fc.boolean().chain((equal) => fc.boolean().chain((honest) => arbitraryGroup(equal, honest)));

describe('every assignor', () => {
  test.each(
    assignorNames.filter((name) => name !== 'cooperative-sticky'),
  )('gives every partition exactly one owner that subscribes to it: %s', (name) => {
    fc.assert(
      fc.property(both, (drawn) => void expect([...expectSoundShares(drawn, share(drawn, name))].sort()).toEqual([...subscribed(drawn)].sort())),
    );
  });
  test.each(assignorNames)('gives the same whatever the order of members and topics: %s', (name) => {
    fc.assert(
      fc.property(both, (drawn) => {
        const turned: Drawn = { counts: new Map([...drawn.counts].reverse()), members: [...drawn.members].reverse() };
        expect(shown(share(turned, name))).toEqual(shown(share(drawn, name)));
      }),
    );
  });
});

describe('the sticky assignor', () => {
  test('balances as well as subscriptions allow', () => {
    fc.assert(fc.property(both, (drawn) => expectBalance(drawn, share(drawn, 'sticky'))));
  });
  test('takes from a member only what is above an equal share', () => {
    fc.assert(
      fc.property(arbitraryGroup(true, true), (drawn) => {
        const assignment = share(drawn, 'sticky');
        const least = Math.floor(subscribed(drawn).length / drawn.members.length);
        for (const { memberId, ownedPartitions } of drawn.members) {
          const kept = (assignment.get(memberId) ?? []).filter((partition) => ownedPartitions.includes(partition));
          expect(kept.length).toBeGreaterThanOrEqual(Math.min(ownedPartitions.length, least));
        }
      }),
    );
  });
  test('moves nothing when nothing changed', () => {
    fc.assert(
      fc.property(both, (drawn) => {
        const first = share(drawn, 'sticky');
        const settled = drawn.members.map(({ memberId, topics }) =>
          member(memberId, { topics: topics.join(' '), owned: (first.get(memberId) ?? []).join(' '), generation: 9 }),
        );
        expect(shown(share({ ...drawn, members: settled }, 'sticky'))).toEqual(shown(first));
      }),
    );
  });
});

/** The members as they are after a rebalance: owning just what they were assigned. */
const adopted = (drawn: Drawn, assignment: GroupAssignment, generation: number): Drawn => ({
  ...drawn,
  members: drawn.members.map(({ memberId, topics }) =>
    member(memberId, { topics: topics.join(' '), owned: (assignment.get(memberId) ?? []).join(' '), generation }),
  ),
});

describe('the cooperative assignor', () => {
  test('gives a partition to nobody while another member owns it, and after a few rounds to exactly one', () => {
    fc.assert(
      fc.property(
        fc.boolean().chain((equal) => arbitraryGroup(equal, true)),
        (start) => {
          let drawn = start;
          for (let generation = 4; ; generation++) {
            const assignment = share(drawn, 'cooperative-sticky');
            const given = expectSoundShares(drawn, assignment);
            for (const { memberId, ownedPartitions } of drawn.members)
              for (const [other, theirs] of assignment)
                if (other !== memberId) expect(theirs.filter((partition) => ownedPartitions.includes(partition))).toEqual([]);
            if (given.length === subscribed(drawn).length) break;
            expect(generation).toBeLessThan(8);
            drawn = adopted(drawn, assignment, generation);
          }
        },
      ),
    );
  });

  test('never gives one partition to two, whatever stale members claim', () => {
    fc.assert(fc.property(both, (drawn) => void expectSoundShares(drawn, share(drawn, 'cooperative-sticky'))));
  });

  test('would give one partition to two if it trusted stale claims', () => {
    const trusting: SettleClaims = (_, claims) => ({
      owned: new Map(claims.map(({ memberId, partitions }) => [memberId, partitions])),
      disputed: new Set(),
    });
    const stale = (drawn: Drawn) => void expectSoundShares(drawn, share(drawn, 'cooperative-sticky', trusting));
    expect(() => fc.assert(fc.property(arbitraryGroup(true, false), stale), { numRuns: 500 })).toThrow();
  });
});
