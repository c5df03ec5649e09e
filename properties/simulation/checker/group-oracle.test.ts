/** The oracle of groups turns red on what Kafka forbids, and stays green on what it permits. */
import { describe, expect, test } from 'vitest';
import { GroupStage, group, more } from './group-stage.ts';
import { orders } from './stage.ts';

const red = (anomaly: string): readonly string[] => [`finding ${anomaly}`];
const green: readonly string[] = [];
const settled = (): GroupStage => new GroupStage().settle(1, 1, 'a', 'b');

describe('OneCoordinator', () => {
  test('lets one broker load a partition in one leader epoch, and the next one in the next', () => {
    expect(new GroupStage().load(2, 1).reported).toEqual(green);
    expect(new GroupStage().load(2, 0).reported).toEqual(red('OneCoordinator'));
    expect(new GroupStage().crash(1).load(1, 0).reported).toEqual(green);
  });
  test('lets nobody speak for a group that did not load it, or gave it up, or died', () => {
    expect(new GroupStage().generation(2, 1, 'a').reported).toEqual(red('OneCoordinator'));
    expect(new GroupStage().unload(1, 0).generation(1, 1, 'a').reported).toEqual(red('OneCoordinator'));
    expect(new GroupStage().crash(1).generation(1, 1, 'a').reported).toEqual(red('OneCoordinator'));
  });
  test('lets a coordinator that was replaced speak on while it does not know', () => {
    expect(settled().load(2, 1).rebalance(1, 1).generation(1, 2, 'a').rebalance(2, 1).generation(2, 2, 'b').reported).toEqual(green);
  });
});

describe('MonotonicGeneration', () => {
  test('counts one by one with one coordinator', () => {
    expect(settled().settle(1, 2, 'a').settle(1, 3, 'a', 'b').reported).toEqual(green);
    expect(settled().generation(1, 1, 'a').reported).toEqual(red('MonotonicGeneration'));
    expect(settled().generation(1, 3, 'a').reported).toEqual(red('MonotonicGeneration'));
    expect(settled().rebalance(1, 2).reported).toEqual(red('MonotonicGeneration'));
    expect(settled().assign(1, 2, ['a']).reported).toEqual(red('MonotonicGeneration'));
  });
  test('goes on from what the log holds: the last assignment, or a later generation that may have got there', () => {
    const moved = () => settled().rebalance(1, 1).generation(1, 2, 'a').crash(1).load(2, 1);
    expect(moved().settle(2, 2, 'b').reported).toEqual(green);
    expect(moved().settle(2, 3, 'b').reported).toEqual(green);
    expect(moved().generation(2, 1, 'b').reported).toEqual(red('MonotonicGeneration'));
    expect(moved().generation(2, 4, 'b').reported).toEqual(red('MonotonicGeneration'));
  });
  test('holds the next coordinator to what it has said', () => {
    const moved = settled().rebalance(1, 1).generation(1, 2, 'a').crash(1).load(2, 1).rebalance(2, 1);
    expect(moved.generation(2, 3, 'b').reported).toEqual(red('MonotonicGeneration'));
  });
  test('begins anew while no assignment of the group was committed, and after it was deleted', () => {
    expect(new GroupStage().generation(1, 1, 'a').crash(1).load(2, 1).settle(2, 1, 'b').reported).toEqual(green);
    expect(settled().crash(1).load(2, 1).generation(2, 1, 'b').reported).toEqual(red('MonotonicGeneration'));
    const empty = () => settled().rebalance(1, 1).generation(1, 2);
    expect(empty().bury(1, true).settle(1, 1, 'b').reported).toEqual(green);
    expect(empty().bury(1, true).crash(1).load(2, 1).settle(2, 1, 'b').reported).toEqual(green);
    expect(empty().bury(1, false).generation(1, 1, 'b').reported).toEqual(red('MonotonicGeneration'));
  });
  test('may go back where the log of the group was lost beyond tolerance', () => {
    const stage = settled().crash(1).load(2, 1);
    stage.lost = 'two power losses';
    expect(stage.generation(2, 1, 'b').reported).toEqual(['excused MonotonicGeneration']);
  });
});

describe('NoDoubleAssignment', () => {
  const assigned = (...given: readonly { readonly member: string; readonly partitions: readonly (typeof orders)[] | undefined }[]) =>
    new GroupStage().rebalance(1, 0).generation(1, 1, 'a', 'b').assign(1, 1, [], given).reported;
  test('gives each partition to one member', () => {
    expect(assigned({ member: 'a', partitions: [orders, more] }, { member: 'b', partitions: [] })).toEqual(green);
    expect(assigned({ member: 'a', partitions: [orders, more] }, { member: 'b', partitions: [more] })).toEqual(red('NoDoubleAssignment'));
    expect(assigned({ member: 'a', partitions: undefined }, { member: 'b', partitions: undefined })).toEqual(green);
  });
  test('gives nothing to a member that was removed', () => {
    expect(new GroupStage().rebalance(1, 0).generation(1, 1, 'a').remove(1, 'a').assign(1, 1, ['a']).reported).toEqual(red('NoDoubleAssignment'));
  });
  test('is told again when a static member takes another id', () => {
    expect(settled().assign(1, 1, ['a2', 'b']).accept(1, 'a2', 1).reported).toEqual(green);
    expect(settled().assign(1, 1, ['a2', 'b']).accept(1, 'a', 1).reported).toEqual(red('StaleCommit'));
  });
});

describe('StaleCommit', () => {
  test('takes commits of members of the generation, also while they join again', () => {
    expect(settled().accept(1, 'a', 1).rebalance(1, 1).accept(1, 'b', 1).reported).toEqual(green);
  });
  test('takes none of an older generation, of a stranger, or of a member that was removed', () => {
    expect(settled().settle(1, 2, 'a', 'b').accept(1, 'a', 1).reported).toEqual(red('StaleCommit'));
    expect(settled().accept(1, 'c', 1).reported).toEqual(red('StaleCommit'));
    expect(settled().remove(1, 'a').rebalance(1, 1).accept(1, 'a', 1).reported).toEqual(red('StaleCommit'));
    expect(settled().settle(1, 2, 'b').accept(1, 'a', 2).reported).toEqual(red('StaleCommit'));
  });
  test('takes none before the assignment of the generation is known', () => {
    expect(new GroupStage().rebalance(1, 0).generation(1, 1, 'a').accept(1, 'a', 1).reported).toEqual(red('StaleCommit'));
  });
  test('takes those from outside only while nobody is in the group', () => {
    expect(new GroupStage().accept(1, '', -1).reported).toEqual(green);
    expect(settled().accept(1, '', -1).reported).toEqual(red('StaleCommit'));
    expect(new GroupStage().rebalance(1, 0).accept(1, '', -1).reported).toEqual(red('StaleCommit'));
    expect(settled().rebalance(1, 1).generation(1, 2).accept(1, '', -1).reported).toEqual(green);
  });
  test('holds the next coordinator to the generations that it may have found, and then to the one it chose', () => {
    const moved = () => settled().rebalance(1, 1).generation(1, 2, 'b').crash(1).load(2, 1);
    expect(moved().accept(2, 'a', 1).reported).toEqual(green);
    expect(moved().accept(2, 'b', 2).reported).toEqual(green);
    expect(moved().accept(2, 'b', 2).accept(2, 'a', 1).reported).toEqual(red('StaleCommit'));
    expect(moved().accept(2, 'a', 2).reported).toEqual(red('StaleCommit'));
    expect(settled().settle(1, 2, 'b').crash(1).load(2, 1).accept(2, 'a', 1).reported).toEqual(red('StaleCommit'));
  });
});

describe('SyncTimeout', () => {
  const waiting = () => new GroupStage().rebalance(1, 0).generation(1, 1, 'a', 'b');
  test('lets a group wait for its assignment as long as its members allow, and for its commit', () => {
    expect(
      waiting().beat(1, 9000, 101).sync(1, 'b', 'a').beat(1, 5500, 101).assign(1, 1, ['a', 'b']).beat(1, 60_000).beat(1, 3000, 101).reported,
    ).toEqual(green);
    expect(waiting().sync(1, 'a', 'b').beat(1, 60_000).beat(1, 3000, 101).reported).toEqual(red('SyncTimeout'));
    expect(waiting().beat(1, 9000, 101).rebalance(1, 1).beat(1, 60_000).beat(1, 3000, 101).reported).toEqual(green);
    expect(waiting().beat(1, 15_001).beat(1, 3000, 101).reported).toEqual(red('SyncTimeout'));
    expect(waiting().beat(1, 10_001, 101).reported).toEqual(red('SyncTimeout'));
    expect(waiting().beat(1, 10_001, 100).reported).toEqual(green);
    expect(waiting().beat(1, 15_001, 101).beat(1, 3000, 101).findings.list()).toHaveLength(1);
  });
  test('gives the commit the time, and the broker the requests, that the scenario has', () => {
    const strict = (commitTimeoutMs: number, onTheirWay: number) =>
      new GroupStage({ commitTimeoutMs, onTheirWay }).rebalance(1, 0).generation(1, 1, 'a', 'b').sync(1, 'b', 'a');
    expect(strict(1000, 100).beat(1, 10_900, 101).reported).toEqual(green);
    expect(strict(1000, 100).beat(1, 11_001, 101).reported).toEqual(red('SyncTimeout'));
    expect(strict(5000, 200).beat(1, 15_001, 200).reported).toEqual(green);
    expect(strict(5000, 200).beat(1, 15_001, 201).reported).toEqual(red('SyncTimeout'));
  });
  test('waits for every member, also when the assignment is known', () => {
    const known = () => waiting().sync(1, 'a').assign(1, 1, ['a', 'b']);
    expect(known().beat(1, 15_001).beat(1, 3000, 101).reported).toEqual(red('SyncTimeout'));
    expect(known().sync(1, 'b').beat(1, 15_001).beat(1, 3000, 101).reported).toEqual(green);
    expect(known().remove(1, 'b').rebalance(1, 1).beat(1, 15_001).beat(1, 3000, 101).reported).toEqual(green);
    expect(known().assign(1, 1, ['a', 'b2']).beat(1, 15_001).beat(1, 3000, 101).reported).toEqual(green);
  });
  test('does not judge a broker that stands still: what it is late with comes with its first answers', () => {
    expect(waiting().beat(1, 60_000).reported).toEqual(green);
    expect(waiting().beat(1, 60_000).rebalance(1, 1).beat(1, 3000).reported).toEqual(green);
    expect(waiting().beat(2, 60_000).beat(2, 3000, 101).reported).toEqual(green);
  });
  test('does not judge a coordinator that gave the group up', () => {
    expect(waiting().crash(1).beat(1, 60_000).beat(1, 3000, 101).reported).toEqual(green);
    expect(waiting().unload(1, 0).beat(1, 60_000).beat(1, 3000, 101).reported).toEqual(green);
    expect(waiting().load(1, 1).beat(1, 60_000).beat(1, 3000, 101).reported).toEqual(green);
  });
});

describe('CommittedOffsetLost', () => {
  const member = (): GroupStage => settled().commit(1, 'a', 1, 5);
  test('tells the last answered commit, or one behind it that was taken', () => {
    expect(member().fetch(1, 5).reported).toEqual(green);
    expect(member().accept(1, 'a', 1, 7).fetch(1, 5).fetch(1, 7).reported).toEqual(green);
    expect(member().commit(1, 'a', 1, 7).fetch(1, 5).reported).toEqual(red('CommittedOffsetLost'));
    expect(member().fetch(1, -1).reported).toEqual(red('CommittedOffsetLost'));
    expect(member().fetch(1, 9).reported).toEqual(red('CommittedOffsetLost'));
    expect(new GroupStage().fetch(1, -1).reported).toEqual(green);
  });
  test('goes back only where a member asked for it', () => {
    expect(member().commit(1, 'a', 1, 3).fetch(1, 3).reported).toEqual(green);
    expect(member().accept(1, 'a', 1, 3).fetch(1, 3).fetch(1, 5).reported).toEqual(red('CommittedOffsetLost'));
  });
  test('survives a failover: the next coordinator knows what was answered, and maybe what was not', () => {
    const moved = () => member().accept(1, 'a', 1, 7).crash(1).load(2, 1);
    expect(moved().fetch(2, 5).fetch(2, 5).reported).toEqual(green);
    expect(moved().fetch(2, 7).reported).toEqual(green);
    expect(moved().fetch(2, 7).fetch(2, 5).reported).toEqual(red('CommittedOffsetLost'));
    expect(moved().fetch(2, -1).reported).toEqual(red('CommittedOffsetLost'));
    const lost = moved();
    lost.lost = 'two power losses';
    expect(lost.fetch(2, -1).reported).toEqual(['excused CommittedOffsetLost']);
  });
  test('judges answers that did not wait for the replicas only by what the same coordinator answered', () => {
    expect(member().crash(1).load(2, 1).fetch(2, -1, false).reported).toEqual(green);
    expect(member().crash(1).load(2, 1).fetch(2, -1).reported).toEqual(red('CommittedOffsetLost'));
    expect(member().fetch(1, -1, false).reported).toEqual(red('CommittedOffsetLost'));
  });
  test('lets a coordinator that was replaced and does not know tell what was, and not bring it back', () => {
    const replaced = member().load(2, 1).settle(2, 2, 'b').commit(2, 'b', 2, 8);
    expect(replaced.fetch(1, 5).fetch(2, 8).reported).toEqual(green);
    expect(replaced.accept(1, 'a', 1, 6).fetch(2, 6).reported).toEqual(red('CommittedOffsetLost'));
  });
  const left = (): GroupStage => member().remove(1, 'a').remove(1, 'b').rebalance(1, 1).generation(1, 2);
  test('lets what was deleted or expired be gone', () => {
    expect(left().bury(1, false).fetch(1, -1).reported).toEqual(green);
    expect(left().bury(1, false).fetch(1, 5).fetch(1, -1).fetch(1, 5).reported).toEqual(red('CommittedOffsetLost'));
    expect(left().later(60_000).bury(1, false, 'expired').fetch(1, -1).reported).toEqual(green);
  });
  test('keeps what is not old enough to expire', () => {
    expect(left().later(50_000).bury(1, false, 'expired').reported).toEqual(red('CommittedOffsetLost'));
    expect(left().later(50_000).bury(1, false, 'topic').reported).toEqual(green);
  });
  test('keeps what a member consumes, however old it is and whoever asks', () => {
    expect(member().later(600_000).bury(1, false, 'expired').reported).toEqual(red('CommittedOffsetLost'));
    expect(member().bury(1, false, 'asked').reported).toEqual(red('CommittedOffsetLost'));
    expect(member().remove(1, 'a').bury(1, false, 'asked').reported).toEqual(green);
    expect(member().bury(1, false, 'topic').reported).toEqual(green);
  });
});

describe('a coordinator that was replaced and does not know it', () => {
  test('may take a commit of the generation that it found, although the next coordinator has made another', () => {
    const replaced = () => settled().crash(1).load(2, 1).load(3, 2).settle(3, 2, 'b');
    expect(replaced().accept(2, 'a', 1).reported).toEqual(green);
    expect(replaced().accept(2, 'b', 2).reported).toEqual(red('StaleCommit'));
  });
});

describe('what the oracle tells', () => {
  test('is how a group stands with its newest coordinator', () => {
    const stage = settled();
    expect(stage.oracle.standing(group)).toMatchObject({
      state: 'Stable',
      owners: new Map([
        [orders, 1],
        [more, 1],
      ]),
    });
    expect(stage.rebalance(1, 1).oracle.standing(group)?.state).toBe('PreparingRebalance');
    expect(stage.generation(1, 2, 'a').oracle.standing(group)).toMatchObject({ state: 'CompletingRebalance', owners: undefined });
    expect(stage.load(2, 1).oracle.standing(group)).toMatchObject({ state: 'loaded', owners: undefined });
    expect(stage.crash(1).crash(2).oracle.standing(group)).toBeUndefined();
    expect(settled().crash(1).load(2, 1).oracle.standing(group)).toMatchObject({
      state: 'loaded',
      owners: new Map([
        [orders, 1],
        [more, 1],
      ]),
    });
  });
  test('is each further position that certainly came into the log, with the time of its commit', () => {
    const stage = settled().accept(1, 'a', 1, 5).accept(1, 'a', 1, 5);
    expect(stage.oracle.positions).toEqual([]);
    const acceptedUs = stage.timeUs - 1000;
    stage.answer(1, 5).answer(1, 5).commit(1, 'a', 1, 3).accept(1, 'a', 1, 9).crash(1).load(2, 1).fetch(2, 9);
    expect(stage.oracle.positions.map(({ offset }) => offset)).toEqual([5, 9]);
    expect(stage.oracle.positions[0]).toMatchObject({ group, partition: orders, acceptedUs });
  });
});

describe('the leader of a group', () => {
  const returned = (stage: GroupStage): boolean | undefined => stage.oracle.standing(group)?.leaderReturned;
  test('has returned when its assignment is told again under another member id, until the next generation', () => {
    expect(returned(settled())).toBe(false);
    expect(returned(settled().assign(1, 1, ['c', 'b']))).toBe(true);
    expect(returned(settled().assign(1, 1, ['c', 'b']).assign(1, 1, ['c', 'd']))).toBe(true);
    expect(returned(settled().assign(1, 1, ['c', 'b']).settle(1, 2, 'c', 'b'))).toBe(false);
  });
  test('has not returned when another member did', () => {
    expect(returned(settled().assign(1, 1, ['a', 'c']))).toBe(false);
  });
  test('has still returned when another broker coordinates the group', () => {
    expect(returned(settled().assign(1, 1, ['c', 'b']).crash(1).load(2, 1))).toBe(true);
  });
});
