/** How checkers are put together, and what has to hold once all is healed. */
import { describe, expect, test } from 'vitest';
import { type BrokerId, brokerId, type Offset, offset } from '../../../src/model/brand.ts';
import type { TopicPartition } from '../../../src/model/topic-partition.ts';
import { compose, GuardedStateChecker } from '../../../src/simulation/checker/compose.ts';
import { type Finding, Findings, identity, judge, type Verdict, worse } from '../../../src/simulation/checker/finding.ts';
import {
  type BrokerSnapshot,
  type ClusterSnapshot,
  checkLiveness,
  type GroupSnapshot,
  type PartitionSnapshot,
} from '../../../src/simulation/checker/liveness.ts';
import type { GroupStanding } from '../../../src/simulation/checker/state/group-oracle.ts';
import type { StateChecker } from '../../../src/simulation/checker/state/state-checker.ts';
import { ids, orders } from './stage.ts';

const finding = (verdict: Verdict, place = 'orders-0', anomaly = 'lost-write'): Finding => ({
  checker: 'c',
  anomaly,
  place,
  message: '',
  timeUs: 0,
  verdict,
});

describe('verdicts', () => {
  test('form a lattice: finding over unknown over excused over ok', () => {
    expect(judge([])).toBe('ok');
    expect(judge([finding('excused')])).toBe('excused');
    expect(judge([finding('excused'), finding('unknown')])).toBe('unknown');
    expect(judge([finding('unknown'), finding('finding'), finding('excused')])).toBe('finding');
    for (const verdict of ['finding', 'unknown', 'excused'] as const) {
      expect(worse(verdict, 'ok')).toBe(verdict);
      expect(worse(verdict, 'finding')).toBe('finding');
      expect(worse('finding', verdict)).toBe('finding');
    }
  });
  test('of one identity and kind are told once and counted', () => {
    const findings = new Findings();
    const first = finding('finding');
    findings.report(first);
    findings.report(finding('finding'));
    findings.report(finding('excused'));
    findings.report(finding('finding', 'orders-1'));
    expect(findings.list().map(identity)).toEqual(['c/lost-write/orders-0', 'c/lost-write/orders-0', 'c/lost-write/orders-1']);
    expect(findings.times(first)).toBe(2);
    expect(findings.judgement).toBe('finding');
  });
});

describe('composed checkers', () => {
  test('the worst verdict wins, and one that throws says unknown without silencing the others', () => {
    const thrower = {
      name: 'thrower',
      check: (): readonly Finding[] => {
        throw new Error('oops');
      },
    };
    const judged = compose([thrower, { name: 'c', check: () => [finding('excused')] }], 7, new Findings());
    expect(judged.judgement).toBe('unknown');
    expect(judged.findings.map((each) => [each.anomaly, each.verdict, each.place])).toEqual([
      ['checker-failed', 'unknown', 'thrower'],
      ['lost-write', 'excused', 'orders-0'],
    ]);
  });
  test('a state checker that throws says unknown once and is left alone', () => {
    let calls = 0;
    const throws = (): never => {
      calls++;
      throw new Error('oops');
    };
    const bad: StateChecker = { observe: throws, crashed: throws, stopped: throws, restarted: throws, wiped: throws, finish: throws };
    for (const tell of [
      (guarded: GuardedStateChecker) => guarded.observe(1, 1, { type: 'running' }),
      (guarded: GuardedStateChecker) => guarded.crashed(1, 1, true),
      (guarded: GuardedStateChecker) => guarded.finish(1),
    ]) {
      calls = 0;
      const findings = new Findings();
      const guarded = new GuardedStateChecker('state', bad, findings);
      tell(guarded);
      tell(guarded);
      guarded.observe(2, 1, { type: 'running' });
      expect(calls).toBe(1);
      expect(findings.list().map((each) => each.verdict)).toEqual(['unknown']);
    }
  });
});

describe('liveness', () => {
  const brokers: readonly BrokerSnapshot[] = [1, 2, 3].map((id) => ({ id: brokerId(id), up: true, fenced: false }));
  const ends = (list: readonly number[]): ReadonlyMap<BrokerId, Offset> => new Map(list.map((end, index) => [brokerId(index + 1), offset(end)]));
  const partition: PartitionSnapshot = {
    partition: orders,
    leader: brokerId(1),
    replicas: ids([1, 2, 3]),
    isr: ids([1, 2, 3]),
    elr: [],
    logEnds: ends([10, 10, 10]),
    acknowledgedEnd: offset(10),
    excuse: undefined,
  };
  const judged = (change: Partial<ClusterSnapshot>): readonly string[] =>
    checkLiveness({ timeUs: 0, brokers, partitions: [partition], requests: [], groups: [], ...change }).map(
      (each) => `${each.verdict} ${each.anomaly}`,
    );
  const of = (change: Partial<PartitionSnapshot>): readonly string[] => judged({ partitions: [{ ...partition, ...change }] });
  const down = (...gone: readonly number[]): readonly BrokerSnapshot[] => brokers.map((broker) => ({ ...broker, up: !gone.includes(broker.id) }));

  test('a cluster that converged has nothing to answer for', () => expect(judged({})).toEqual([]));
  test('every running broker is unfenced', () => {
    expect(judged({ brokers: brokers.map((broker) => ({ ...broker, fenced: broker.id === 2 })) })).toEqual(['finding broker-fenced']);
    expect(
      judged({ brokers: down(3).map((broker) => ({ ...broker, fenced: !broker.up })), partitions: [{ ...partition, isr: ids([1, 2]) }] }),
    ).toEqual([]);
  });
  test('a partition is led if ISR ∪ ELR has a live member', () => {
    expect(of({ leader: brokerId(-1), isr: [], elr: ids([2]) })).toEqual(['finding leaderless']);
    expect(of({ leader: brokerId(-1), isr: [], elr: [] })).toEqual(['finding leaderless']);
    expect(judged({ brokers: down(2), partitions: [{ ...partition, leader: brokerId(-1), isr: [], elr: ids([2]) }] })).toEqual([
      'excused leaderless',
    ]);
    expect(judged({ brokers: down(1), partitions: [partition] })).toEqual(['finding leaderless']);
  });
  test('the ISR holds every running replica', () => {
    expect(of({ isr: ids([1, 2]) })).toEqual(['finding isr-not-refilled']);
    expect(judged({ brokers: down(3), partitions: [{ ...partition, isr: ids([1, 2]) }] })).toEqual([]);
  });
  test('what was acknowledged is on every running replica', () => {
    expect(of({ logEnds: ends([10, 10, 9]) })).toEqual(['finding not-fully-replicated']);
    expect(of({ logEnds: ends([10, 10]) })).toEqual(['finding not-fully-replicated']);
    expect(of({ logEnds: ends([9, 9, 9]), excuse: 'two power losses' })).toEqual(['excused not-fully-replicated']);
    expect(of({ logEnds: ends([12, 10, 11]) })).toEqual([]);
  });
  test('every request gets exactly one terminal answer', () => {
    const request = (answers: number, expectsAnswer = true) => judged({ requests: [{ name: 'send 1', expectsAnswer, answers }] });
    expect(request(0)).toEqual(['finding unanswered']);
    expect(request(2)).toEqual(['finding answered-twice']);
    expect(request(1)).toEqual([]);
    expect(request(0, false)).toEqual([]);
  });
  describe('a group', () => {
    const of = (standing: Partial<GroupStanding> | undefined, added: readonly TopicPartition[] = []): readonly string[] => {
      const owners = new Map([[orders, 1]]);
      const whole =
        standing && ({ state: 'Stable', sinceUs: 0, described: 'generation 5 of a, b', owners, leaderReturned: false, ...standing } as const);
      const groups: readonly GroupSnapshot[] = [{ group: 'g', standing: whole, partitions: [orders], added: new Set(added) }];
      const snapshot = { timeUs: 9_000_000, brokers, partitions: [partition], requests: [], groups };
      return checkLiveness(snapshot).map(
        ({ verdict, anomaly, place, message }) => `${verdict === 'excused' ? 'excused ' : ''}${anomaly} ${place}: ${message}`,
      );
    };
    test('is stable, and has one owner for each of its partitions', () => {
      expect(of({})).toEqual([]);
      expect(of({ owners: new Map() })[0]).toMatch(/^not-owned g orders-0: orders-0 has 0 owners in g, which is Stable: generation 5 of a, b$/);
      expect(of({ owners: new Map([[orders, 2]]) })[0]).toMatch(/^not-owned g orders-0: orders-0 has 2 owners/);
    });
    test('may lack an owner for a partition that was added while its static leader was away, and for no other', () => {
      const nobody = { owners: new Map(), leaderReturned: true };
      expect(of(nobody, [orders])[0]).toMatch(/^excused not-owned g orders-0/);
      expect(of(nobody)[0]).toMatch(/^not-owned/);
      expect(of({ ...nobody, leaderReturned: false }, [orders])[0]).toMatch(/^not-owned/);
      expect(of({ ...nobody, owners: new Map([[orders, 2]]) }, [orders])[0]).toMatch(/^not-owned/);
    });
    test('may be as it was loaded, if nothing is known of its assignment', () => {
      expect(of({ state: 'loaded', owners: undefined })).toEqual([]);
    });
    test('that is stuck is named with its state', () => {
      expect(of({ state: 'CompletingRebalance', owners: undefined })).toEqual([
        'rebalance-stuck g: g is CompletingRebalance for 9000 ms: generation 5 of a, b',
      ]);
      expect(of({ state: 'PreparingRebalance' })[0]).toMatch(/PreparingRebalance/);
      expect(of(undefined)).toEqual(['rebalance-stuck g: nobody coordinates g']);
    });
  });
});
