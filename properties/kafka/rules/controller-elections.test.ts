import { describe, expect, it } from 'vitest';
import {
  type ControllerRules,
  type ElectionType,
  type PartitionChangeQuestion,
  kafkaControllerRules as rules,
} from '../../../src/kafka/rules/controller.ts';
import type { PartitionRegistration } from '../../../src/kafka/rules/controller-registration.ts';
import { type BrokerId, brokerId, leaderEpoch } from '../../../src/model/brand.ts';
import { uuidFromWords, zeroUuid } from '../../../src/model/uuid.ts';

const ids = (...raw: readonly number[]): readonly BrokerId[] => raw.map(brokerId);
const directory = uuidFromWords(1, 2, 3, 4);

const partition = (given: Partial<PartitionRegistration>): PartitionRegistration => ({
  topicId: zeroUuid,
  topic: 't',
  index: 0,
  replicas: ids(1, 2, 3),
  isr: ids(1, 2, 3),
  elr: [],
  lastKnownElr: [],
  leader: brokerId(1),
  leaderEpoch: leaderEpoch(5),
  partitionEpoch: 10,
  recovering: false,
  addingReplicas: [],
  removingReplicas: [],
  directories: [directory, directory, directory],
  ...given,
});

const alive =
  (...live: readonly number[]) =>
  (replica: BrokerId) =>
    live.includes(replica);

function change(before: PartitionRegistration, given: Partial<PartitionChangeQuestion>, used: ControllerRules = rules) {
  return used.changePartition(used, {
    partition: before,
    election: 'online',
    minInsyncReplicas: 2,
    elrEnabled: true,
    acceptable: alive(1, 2, 3, 4, 5),
    directoryOf: () => directory,
    ...given,
  });
}

describe('an election', () => {
  // [title, type, leader, replicas, isr, elr, lastKnown, live] -> [leader, unclean]
  type Row = readonly [
    string,
    ElectionType,
    number,
    readonly number[],
    readonly number[],
    readonly number[],
    readonly number[],
    readonly number[],
    readonly [number, boolean],
  ];
  const table: readonly Row[] = [
    ['keeps a leader that is in sync', 'online', 2, [1, 2, 3], [1, 2], [], [], [1, 2, 3], [2, false]],
    ['takes the first live replica of the ISR in assignment order', 'online', 1, [3, 2, 1], [1, 2], [], [], [2, 3], [2, false]],
    ['takes nobody outside the ISR', 'online', 1, [1, 2, 3], [1], [], [], [2, 3], [-1, false]],
    ['takes nobody of the ELR while the ISR has a member', 'online', 1, [1, 2, 3], [1], [2], [], [2, 3], [-1, false]],
    ['takes a live eligible replica when the ISR is empty', 'online', -1, [1, 2, 3], [], [2, 3], [1], [3], [3, false]],
    ['waits for an eligible replica rather than the last leader', 'online', -1, [1, 2, 3], [], [2], [1], [1], [-1, false]],
    ['takes the last known leader once nobody is in sync or eligible', 'online', -1, [1, 2, 3], [], [], [1], [1, 2], [1, true]],
    ['waits for the last known leader while it is away', 'online', -1, [1, 2, 3], [], [], [1], [2, 3], [-1, false]],
    ['moves to the preferred replica when it is in sync', 'preferred', 2, [1, 2, 3], [1, 2], [], [], [1, 2, 3], [1, false]],
    ['keeps the leader when the preferred replica is not in sync', 'preferred', 2, [1, 2, 3], [2, 3], [], [], [1, 2, 3], [2, false]],
    ['of the preferred kind still finds another when both are gone', 'preferred', 2, [1, 2, 3], [2, 3], [], [], [1, 3], [3, false]],
    ['that may be unclean prefers the ISR', 'unclean', 1, [1, 2, 3], [1, 3], [], [], [2, 3], [3, false]],
    ['that may be unclean prefers the ELR of an empty ISR', 'unclean', -1, [1, 2, 3], [], [3], [], [2, 3], [3, false]],
    ['that may be unclean takes the first live replica at last', 'unclean', 1, [1, 2, 3], [1], [], [], [2, 3], [2, true]],
    ['finds nobody where nobody lives', 'unclean', 1, [1, 2, 3], [1], [], [], [], [-1, false]],
  ];
  for (const [title, type, leader, replicas, isr, elr, lastKnown, live, expected] of table)
    it(title, () => {
      const answer = rules.electLeader({
        type,
        currentLeader: brokerId(leader),
        replicas: ids(...replicas),
        isr: ids(...isr),
        elr: ids(...elr),
        lastKnownElr: ids(...lastKnown),
        elrEnabled: true,
        acceptable: alive(...live),
      });
      expect([answer.leader, answer.unclean]).toEqual(expected);
    });

  it('takes no last known leader where eligibility is off', () => {
    const question = { type: 'online', currentLeader: brokerId(-1), replicas: ids(1, 2), isr: [], elr: [], lastKnownElr: ids(1) } as const;
    expect(rules.electLeader({ ...question, elrEnabled: false, acceptable: alive(1, 2) }).leader).toBe(-1);
    expect(rules.electLeader({ ...question, elrEnabled: true, acceptable: alive(1, 2) }).leader).toBe(1);
  });
});

describe('eligible leader replicas (KIP-966: four replicas, min.insync.replicas 3)', () => {
  const four = partition({
    replicas: ids(0, 1, 2, 3),
    isr: ids(0, 1, 2, 3),
    leader: brokerId(0),
    directories: [directory, directory, directory, directory],
  });

  /** Fences brokers one by one, as they are lost. */
  function lose(before: PartitionRegistration, lost: readonly number[], unclean = false): PartitionRegistration {
    let now = before;
    const live = [0, 1, 2, 3];
    for (const broker of lost) {
      live.splice(live.indexOf(broker), 1);
      const decision = change(now, {
        minInsyncReplicas: 3,
        isr: now.isr.filter((member) => member !== broker),
        acceptable: alive(...live),
        ...(unclean ? { uncleanRestarted: brokerId(broker) } : {}),
      });
      now = decision?.next ?? now;
    }
    return now;
  }
  const sets = (now: PartitionRegistration) => ({ isr: now.isr, elr: now.elr, lastKnownElr: now.lastKnownElr, leader: now.leader });

  it('stay empty while the ISR is at least min.insync.replicas', () => {
    expect(sets(lose(four, [3]))).toEqual({ isr: [0, 1, 2], elr: [], lastKnownElr: [], leader: 0 });
  });

  it('take in who leaves an ISR that falls below min.insync.replicas, down to an empty ISR', () => {
    expect(sets(lose(four, [3, 2]))).toEqual({ isr: [0, 1], elr: [2], lastKnownElr: [], leader: 0 });
    expect(sets(lose(four, [3, 2, 1]))).toEqual({ isr: [0], elr: [1, 2], lastKnownElr: [], leader: 0 });
    expect(sets(lose(four, [3, 2, 1, 0]))).toEqual({ isr: [], elr: [0, 1, 2], lastKnownElr: [0], leader: -1 });
  });

  it('lead again with an ISR of one, clean and without recovery', () => {
    const lost = lose(four, [3, 2, 1, 0]);
    const back = change(lost, { minInsyncReplicas: 3, acceptable: alive(2) });
    expect(back).toMatchObject({ election: 'elr', leaderSet: true });
    expect(sets(back?.next ?? lost)).toEqual({ isr: [2], elr: [0, 1], lastKnownElr: [], leader: 2 });
    expect(back?.next.recovering).toBe(false);
    expect(back?.next.leaderEpoch).toBe(lost.leaderEpoch + 1);
  });

  it('do not include a replica that left before', () => {
    const lost = lose(four, [3, 2, 1, 0]);
    expect(change(lost, { minInsyncReplicas: 3, acceptable: alive(3) })).toBeUndefined();
  });

  it('lose a replica that restarted unclean', () => {
    const below = lose(four, [3, 2]);
    const restarted = change(below, { minInsyncReplicas: 3, isr: below.isr, uncleanRestarted: brokerId(2), acceptable: alive(0, 1) });
    expect(sets(restarted?.next ?? below)).toEqual({ isr: [0, 1], elr: [], lastKnownElr: [], leader: 0 });
  });

  it('do not take in the last member of the ISR when it restarted unclean, and its return is an unclean election', () => {
    const one = partition({ replicas: ids(0, 1), isr: ids(0), leader: brokerId(0) });
    const lost = change(one, { isr: [], uncleanRestarted: brokerId(0), acceptable: alive() });
    expect(sets(lost?.next ?? one)).toEqual({ isr: [], elr: [], lastKnownElr: [0], leader: -1 });
    const back = change(lost?.next ?? one, { acceptable: alive(0, 1) });
    expect(back?.election).toBe('unclean');
    expect(back?.next).toMatchObject({ isr: [0], elr: [], lastKnownElr: [], leader: 0, recovering: true });
  });

  it('are cleared when the ISR is whole again', () => {
    const below = lose(four, [3, 2]);
    const whole = change(below, { minInsyncReplicas: 3, isr: ids(0, 1, 3), acceptable: alive(0, 1, 3) });
    expect(sets(whole?.next ?? below)).toEqual({ isr: [0, 1, 3], elr: [], lastKnownElr: [], leader: 0 });
  });

  it('are judged by no more replicas than there are', () => {
    const single = partition({ replicas: ids(1), isr: ids(1), directories: [directory] });
    const lost = change(single, { minInsyncReplicas: 2, isr: [], acceptable: alive() });
    expect(lost?.next).toMatchObject({ isr: [], elr: [1], leader: -1, lastKnownElr: [1] });
  });
});

describe('a partition change', () => {
  it('never empties the ISR where eligibility is off', () => {
    const before = partition({ isr: ids(1) });
    const decision = change(before, { elrEnabled: false, isr: [], acceptable: alive(2, 3) });
    expect(decision?.next).toMatchObject({ isr: [1], elr: [], leader: -1, leaderEpoch: 6, partitionEpoch: 11 });
  });

  it('that changes nothing is none', () => {
    expect(change(partition({}), {})).toBeUndefined();
  });

  it('of the ISR alone raises the partition epoch and not the leader epoch', () => {
    expect(change(partition({}), { isr: ids(1, 2) })?.next).toMatchObject({ leaderEpoch: 5, partitionEpoch: 11, isr: [1, 2], leader: 1 });
  });

  it('marks an unclean leader as recovering, with itself as the only ISR member', () => {
    const decision = change(partition({ isr: ids(1), elr: [] }), { election: 'unclean', isr: [], elrEnabled: false, acceptable: alive(3) });
    expect(decision).toMatchObject({ election: 'unclean', next: { leader: 3, isr: [3], recovering: true, leaderEpoch: 6 } });
  });

  it('ends recovery when the leader says so', () => {
    expect(change(partition({ isr: ids(1), recovering: true }), { recovering: false })?.next.recovering).toBe(false);
  });

  it('asks the rules it is given', () => {
    const wrong: ControllerRules = { ...rules, eligibleLeaderReplicas: () => ids(3) };
    expect(change(partition({ isr: ids(1) }), { isr: [], acceptable: alive(3) }, wrong)?.next.leader).toBe(3);
    expect(change(partition({ isr: ids(1) }), { isr: [], acceptable: alive(3) })?.next.leader).toBe(-1);
  });
});

describe('a reassignment', () => {
  const moving = partition({
    replicas: ids(4, 5, 1, 2),
    isr: ids(1, 2),
    addingReplicas: ids(4, 5),
    removingReplicas: ids(1, 2),
    directories: [directory, directory, directory, directory],
  });

  it('goes on until every added replica is in sync', () => {
    expect(change(moving, { isr: ids(1, 2, 4) })?.next.replicas).toEqual([4, 5, 1, 2]);
  });

  it('ends with the removed replicas gone, an ISR without them, a new leader and its epoch', () => {
    const done = change(moving, { isr: ids(1, 2, 4, 5) });
    expect(done?.next).toMatchObject({ replicas: [4, 5], isr: [4, 5], addingReplicas: [], removingReplicas: [], leader: 4, leaderEpoch: 6 });
    expect(done?.next.directories).toHaveLength(2);
  });

  it('to fewer replicas waits for all that remain to be in sync (KAFKA-15665)', () => {
    const falling = partition({ replicas: ids(1, 2, 3), isr: ids(1, 3), removingReplicas: ids(3) });
    expect(change(falling, { isr: ids(1, 3) })).toBeUndefined();
    expect(change(falling, { isr: ids(1, 2, 3) })?.next).toMatchObject({ replicas: [1, 2], isr: [1, 2], removingReplicas: [] });
  });

  it('raises the leader epoch although the leader stays, so that who left stops fetching', () => {
    const before = partition({ replicas: ids(1, 2, 3), isr: ids(1, 2, 3), removingReplicas: ids(3) });
    expect(change(before, {})?.next).toMatchObject({ leader: 1, leaderEpoch: 6, replicas: [1, 2], isr: [1, 2] });
  });

  it('that ends below min.insync.replicas leaves no eligible replica outside the assignment', () => {
    const before = partition({ replicas: ids(4, 1, 2), isr: ids(1, 2), addingReplicas: ids(4), removingReplicas: ids(1) });
    const done = change(before, { isr: ids(1, 4), minInsyncReplicas: 2 });
    expect(done?.next.replicas).toEqual([4, 2]);
    expect(done?.next.isr).toEqual([4]);
    expect(done?.next.elr).toEqual([2]);
  });
});
