import { describe, expect, test } from 'vitest';
import type { GroupClientRules } from '../../../../src/kafka/client/group/rules.ts';
import { kafkaClientRules } from '../../../../src/kafka/client/rules.ts';
import { ErrorCode } from '../../../../src/model/error-code.ts';
import { topicPartition } from '../../../../src/model/topic-partition.ts';
import { FakeGroup, type GroupApi } from './fake-group.ts';
import { Member, type MemberOptions } from './member.ts';

const orders = (index: number) => topicPartition('orders', index);

function started(options: MemberOptions = {}, partitions = 4) {
  const group = new FakeGroup();
  const logs = group.cluster.topic(
    'orders',
    Array.from({ length: partitions }, (_, at) => (at % 3) + 1),
  );
  const a = new Member(group.cluster, 'a', options);
  group.cluster.passMs(3000);
  return { group, logs, a };
}

describe('a member of a group', () => {
  test('alone owns every partition and reads all of them', () => {
    const { group, logs, a } = started();
    for (const [at, log] of logs.entries()) log.put(`v${at}`);
    group.cluster.passMs(1000);
    expect(a.owned).toEqual(['orders-0', 'orders-1', 'orders-2', 'orders-3']);
    expect([...a.read].sort()).toEqual(['orders-0:v0', 'orders-1:v1', 'orders-2:v2', 'orders-3:v3']);
    expect(a.told).toEqual(['assigned orders-0,orders-1,orders-2,orders-3']);
    expect(group.count('join')).toBe(2);
  });

  test('beats every interval while it is in the group', () => {
    const { group } = started();
    const before = group.count('heartbeat');
    group.cluster.passMs(30_000);
    expect(group.count('heartbeat') - before).toBe(10);
  });

  test.each([
    'range',
    'cooperative-sticky',
  ])('shares with a second one, and gets all back when that one leaves: %s', (partitionAssignmentStrategy) => {
    const { group, a } = started({ partitionAssignmentStrategy });
    const b = new Member(group.cluster, 'b', { partitionAssignmentStrategy });
    group.cluster.passMs(12_000);
    expect(a.owned).toHaveLength(2);
    expect([...a.owned, ...b.owned].sort()).toEqual(['orders-0', 'orders-1', 'orders-2', 'orders-3']);
    b.looping = false;
    let closed = false;
    b.do((consumer) => {
      consumer.close(() => {
        closed = true;
      });
    });
    group.cluster.passMs(8000);
    expect(closed).toBe(true);
    expect(group.count('leave', 'b')).toBe(1);
    expect(a.owned).toHaveLength(4);
    expect(b.told.at(-1)).toMatch(/^revoked orders-\d,orders-\d$/);
  });
});

describe('a rebalance', () => {
  test('takes everything from everybody under the eager protocol, and only what moves under the cooperative one', () => {
    for (const [partitionAssignmentStrategy, given] of [
      ['range', ['revoked orders-0,orders-1,orders-2,orders-3', 'assigned orders-0,orders-1']],
      ['cooperative-sticky', ['revoked orders-2,orders-3', 'assigned', 'assigned']],
    ] as const) {
      const { group, a } = started({ partitionAssignmentStrategy });
      const b = new Member(group.cluster, 'b', { partitionAssignmentStrategy });
      group.cluster.passMs(12_000);
      expect(a.told.slice(1)).toEqual(given);
      expect(b.told.filter((each) => each !== 'assigned')).toEqual(['assigned orders-2,orders-3']);
    }
  });

  test('keeps pause, and goes on from where it was, for a partition that stays', () => {
    const { group, logs, a } = started({ partitionAssignmentStrategy: 'cooperative-sticky', enableAutoCommit: false });
    logs[0]?.put('0', '1');
    group.cluster.passMs(500);
    a.do((consumer) => consumer.pause([orders(0)]));
    logs[0]?.put('2');
    new Member(group.cluster, 'b', { partitionAssignmentStrategy: 'cooperative-sticky' });
    group.cluster.passMs(12_000);
    expect(a.owned).toEqual(['orders-0', 'orders-1']);
    expect(a.read).toEqual(['orders-0:0', 'orders-0:1']);
    a.do((consumer) => consumer.resume([orders(0)]));
    group.cluster.passMs(500);
    expect(a.read).toEqual(['orders-0:0', 'orders-0:1', 'orders-0:2']);
  });

  test('waits for a slow callback: nothing is read meanwhile, and JoinGroup comes after it', () => {
    const { group, logs, a } = started({ callbackMs: 2000 });
    group.cluster.passMs(3000);
    const joins = group.count('join', 'a');
    group.rebalance();
    while (!a.told.at(-1)?.startsWith('revoked')) group.cluster.passMs(10);
    logs[0]?.put('later');
    group.cluster.passMs(1900);
    expect([group.count('join', 'a') - joins, a.read]).toEqual([0, []]);
    group.cluster.passMs(4000);
    expect([group.count('join', 'a') - joins, a.read]).toEqual([1, ['orders-0:later']]);
  });

  test('lets the application commit what it gives up, in the old generation', () => {
    const { group, logs } = started({ enableAutoCommit: false, callbackMs: 100, onRevoked: (member) => void member.commit() });
    logs[1]?.put('x', 'y');
    group.cluster.passMs(1000);
    group.rebalance();
    group.cluster.passMs(5000);
    expect(group.commits.filter(({ partition }) => partition === 'orders-1')).toEqual([
      { memberId: 'a-1', generation: 1, partition: 'orders-1', offset: 2 },
    ]);
  });

  test('begins when the leader sees more partitions of a topic', () => {
    const { group, a } = started({ metadataMaxAgeMs: 1000 }, 2);
    const topic = group.cluster.topics.get('orders');
    topic?.partitions.push(...group.cluster.topic('extra', [1]));
    group.cluster.passMs(5000);
    expect(a.owned).toEqual(['orders-0', 'orders-1', 'orders-2']);
  });

  test('begins when the application subscribes to something else', () => {
    const { group, a } = started({}, 1);
    group.cluster.topic('other', [2]);
    a.do((consumer) => consumer.subscribe(['other']));
    group.cluster.passMs(3000);
    expect(a.owned).toEqual(['other-0']);
  });
});

describe('a leader that waits to learn what partitions there are', () => {
  /** It leads a generation whose topic nobody tells it about. */
  function waiting() {
    const all = started({ requestTimeoutMs: 2000 });
    all.group.cluster.topic('other', [2, 3]);
    all.group.cluster.silentMetadata = true;
    const syncs = all.group.count('sync');
    all.a.do((consumer) => consumer.subscribe(['other']));
    all.group.cluster.passMs(1000);
    expect([all.group.state, all.group.generation, all.group.count('sync') - syncs]).toEqual(['syncing', 2, 0]);
    return { ...all, syncs };
  }

  test('shares them out when it knows', () => {
    const { group, a, syncs } = waiting();
    const joins = group.count('join');
    group.cluster.silentMetadata = false;
    group.cluster.passMs(5000);
    expect([a.owned, group.count('join') - joins, group.count('sync') - syncs]).toEqual([['other-0', 'other-1'], 0, 1]);
  });

  test('joins again as somebody else when it is thrown out meanwhile, and shares out nothing in the old name', () => {
    const { group, a, syncs } = waiting();
    group.expire('a-1');
    group.cluster.passMs(6000);
    expect([...group.members.keys()]).toEqual(['a-2']);
    expect([group.state, group.generation, group.count('sync') - syncs]).toEqual(['syncing', 3, 0]);
    group.cluster.silentMetadata = false;
    group.cluster.passMs(5000);
    expect(a.owned).toEqual(['other-0', 'other-1']);
    expect(group.seen.filter(({ api }) => api === 'sync').slice(syncs)).toMatchObject([{ memberId: 'a-2', generation: 3, error: 0 }]);
  });
});

/** What a member does when an API answers so once. */
const once =
  (api: GroupApi, error: number | 'silence', at = 0) =>
  (asked: GroupApi, _: string | null, nth: number): number | 'silence' =>
    asked === api && nth === at ? error : 0;

describe('an error', () => {
  test.each([
    ['find', 15],
    ['find', 14],
    ['join', 14],
    ['join', 15],
    ['join', 16],
    ['join', 25],
    ['join', 27],
    ['sync', 15],
    ['sync', 16],
    ['sync', 22],
    ['sync', 25],
    ['sync', 27],
    ['fetch', 14],
    ['fetch', 16],
    ['fetch', 88],
  ] as const)('of %s that may pass is survived: %d', (api, error) => {
    const group = new FakeGroup();
    const [log] = group.cluster.topic('orders', [1, 2]);
    log?.put('v');
    group.script = once(api, error);
    const a = new Member(group.cluster, 'a');
    group.cluster.passMs(6000);
    expect(group.seen.filter((each) => each.error === error)).toHaveLength(1);
    expect([a.owned, a.read, a.failures]).toEqual([['orders-0', 'orders-1'], ['orders-0:v'], []]);
  });

  test('that the coordinator moved is followed by a look for the new one, and by no rebalance', () => {
    const { group, a } = started();
    const joins = group.count('join');
    group.coordinator = 2;
    group.cluster.passMs(10_000);
    expect(group.seen.filter(({ api, broker }) => api === 'heartbeat' && broker === 2).length).toBeGreaterThan(0);
    expect([group.count('join') - joins, a.owned.length]).toEqual([0, 4]);
  });

  test('of a heartbeat that says a member is unknown loses what it owns, and it joins as somebody else', () => {
    const { group, a } = started();
    group.members.clear();
    group.state = 'empty';
    group.cluster.passMs(6000);
    expect(a.told.slice(1)).toEqual(['lost orders-0,orders-1,orders-2,orders-3', 'assigned orders-0,orders-1,orders-2,orders-3']);
    expect([...group.members.keys()]).toEqual(['a-2']);
  });

  test('of a heartbeat that says a generation is old loses what it owns, and it joins with its id', () => {
    const { group, a } = started();
    group.generation = 7;
    group.cluster.passMs(6000);
    expect(a.told[1]).toBe('lost orders-0,orders-1,orders-2,orders-3');
    expect([...group.members.keys()]).toEqual(['a-1']);
    expect(a.owned).toHaveLength(4);
  });

  test.each([
    ['join', ErrorCode.GROUP_MAX_SIZE_REACHED],
    ['join', ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
    ['join', ErrorCode.INVALID_SESSION_TIMEOUT],
    ['join', ErrorCode.FENCED_INSTANCE_ID],
    ['sync', ErrorCode.FENCED_INSTANCE_ID],
    ['heartbeat', ErrorCode.FENCED_INSTANCE_ID],
    ['find', ErrorCode.GROUP_AUTHORIZATION_FAILED],
  ] as const)('of %s that does not pass is told to the application, once: %d', (api, error) => {
    const group = new FakeGroup();
    group.cluster.topic('orders', [1, 2]);
    group.script = once(api, error);
    const a = new Member(group.cluster, 'a', { groupInstanceId: 'i' });
    group.cluster.passMs(10_000);
    expect(a.failures).toEqual([{ type: 'groupFailed', error }]);
  });

  test('none: a coordinator that falls silent is left after request.timeout.ms, and found again', () => {
    const { group, a } = started({ requestTimeoutMs: 2000, sessionTimeoutMs: 6000 });
    let silent = 0;
    group.script = (api) => (api === 'heartbeat' && silent++ < 1 ? 'silence' : 0);
    const finds = group.count('find');
    group.cluster.passMs(12_000);
    expect(group.count('find') - finds).toBe(1);
    expect([a.owned.length, group.count('join')]).toEqual([4, 2]);
  });
});

describe('a static member', () => {
  test('does not say goodbye, and comes back to its place under its name', () => {
    const { group, a } = started({ groupInstanceId: 'i1' });
    expect([...group.members.keys()]).toEqual(['i1-1']);
    expect(group.count('join')).toBe(1);
    a.looping = false;
    a.do((consumer) => consumer.close());
    group.cluster.passMs(1000);
    expect([group.count('leave'), group.members.size]).toEqual([0, 1]);
    const again = new Member(group.cluster, 'again', { groupInstanceId: 'i1' });
    group.cluster.passMs(3000);
    expect([again.owned.length, group.members.size]).toEqual([4, 1]);
  });

  test('that another one takes the place of hears of it, when it beats and when it commits', () => {
    const { group, logs, a } = started({ groupInstanceId: 'i1', enableAutoCommit: false });
    logs[0]?.put('x');
    group.cluster.passMs(500);
    group.script = (api) => (api === 'commit' ? ErrorCode.FENCED_INSTANCE_ID : 0);
    const outcome = a.commit();
    group.cluster.passMs(500);
    expect(outcome.result).toMatchObject({ type: 'failed', failure: 'fenced' });
  });
});

describe('max.poll.interval.ms', () => {
  const slow = { maxPollIntervalMs: 5000, workMs: 8000, sessionTimeoutMs: 6000 };
  test('without a poll for so long a member leaves, loses what it owns, and joins anew at its next poll', () => {
    const { group, logs, a } = started(slow);
    logs[0]?.put('x');
    group.cluster.passMs(4000);
    expect([group.count('leave'), a.owned.length]).toEqual([0, 4]);
    group.cluster.passMs(2500);
    expect(group.count('leave')).toBe(1);
    expect(a.told).toHaveLength(1);
    group.cluster.passMs(6000);
    expect(a.told.slice(1)).toEqual(['lost orders-0,orders-1,orders-2,orders-3', 'assigned orders-0,orders-1,orders-2,orders-3']);
  });

  test('a commit after it is refused: the partitions may be somebody else’s', () => {
    const { group, logs, a } = started({ ...slow, enableAutoCommit: false });
    logs[0]?.put('x');
    group.cluster.passMs(7000);
    const outcome = a.commit();
    group.cluster.passMs(100);
    expect(outcome.result).toMatchObject({ type: 'failed', failure: 'expelled' });
    expect(group.commits).toEqual([]);
  });

  test('is told to the coordinator as the time that a rebalance waits, and idle polls count as life', () => {
    const { group } = started({ maxPollIntervalMs: 5000, sessionTimeoutMs: 6000 });
    group.cluster.passMs(20_000);
    expect(group.count('leave')).toBe(0);
  });
});

describe('commits', () => {
  test('go by themselves at polls, every interval, and never before the application asked for more', () => {
    const { group, logs, a } = started({ autoCommitIntervalMs: 1000, workMs: 3000 });
    logs[2]?.put('x', 'y', 'z');
    while (a.read.length === 0) group.cluster.passMs(10);
    const readAtMs = group.cluster.nowMs;
    group.cluster.passMs(2500);
    expect(group.offsets.get('orders-2')).toEqual({ offset: 0, epoch: -1 });
    group.cluster.passMs(1500);
    expect(group.offsets.get('orders-2')).toEqual({ offset: 3, epoch: 0 });
    expect(group.seen.filter(({ api, atMs }) => api === 'commit' && atMs > readAtMs && atMs < readAtMs + 2980)).toEqual([]);
  });

  test('go before what is committed is given up, and at close', () => {
    const { group, logs, a } = started({ autoCommitIntervalMs: 60_000 });
    logs[0]?.put('x');
    group.cluster.passMs(500);
    group.rebalance();
    group.cluster.passMs(5000);
    expect(group.offsets.get('orders-0')).toEqual({ offset: 1, epoch: 0 });
    logs[0]?.put('y');
    group.cluster.passMs(500);
    a.looping = false;
    a.do((consumer) => consumer.close());
    group.cluster.passMs(500);
    expect(group.offsets.get('orders-0')).toEqual({ offset: 2, epoch: 0 });
    const apis = group.seen.map(({ api }) => api);
    expect(apis.lastIndexOf('commit')).toBeLessThan(apis.lastIndexOf('leave'));
  });

  test('do not go by themselves where that is off', () => {
    const { group, logs, a } = started({ enableAutoCommit: false });
    logs[0]?.put('x');
    group.cluster.passMs(8000);
    a.looping = false;
    a.do((consumer) => consumer.close());
    group.cluster.passMs(500);
    expect(group.count('commit')).toBe(0);
  });

  test.each([3, 7, 14, 15, 16])('are tried again after an error that may pass: %d', (error) => {
    const { group, logs, a } = started({ enableAutoCommit: false });
    logs[0]?.put('x');
    group.cluster.passMs(500);
    group.script = once('commit', error);
    const outcome = a.commit();
    group.cluster.passMs(2000);
    expect(outcome.result?.type).toBe('committed');
    expect(group.count('commit')).toBe(2);
    expect(group.offsets.get('orders-0')).toEqual({ offset: 1, epoch: 0 });
  });

  test.each([
    [22, 'expelled'],
    [25, 'expelled'],
    [27, 'rebalancing'],
    [82, 'fenced'],
    [12, 'refused'],
    [28, 'refused'],
  ] as const)('fail at once after an error that does not pass: %d is %s', (error, failure) => {
    const { group, logs, a } = started({ enableAutoCommit: false });
    logs[0]?.put('x');
    group.cluster.passMs(500);
    group.script = once('commit', error);
    const outcome = a.commit();
    group.cluster.passMs(100);
    expect(outcome.result).toMatchObject({ type: 'failed', failure, error });
    group.cluster.passMs(6000);
    expect([group.count('commit'), a.owned.length]).toEqual([1, 4]);
  });

  test('end when their time is over', () => {
    const { group, logs, a } = started({ enableAutoCommit: false, defaultApiTimeoutMs: 3000 });
    logs[0]?.put('x');
    group.cluster.passMs(500);
    group.script = (api) => (api === 'commit' ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : 0);
    const outcome = a.commit();
    group.cluster.passMs(2900);
    expect(outcome.result).toBeUndefined();
    group.cluster.passMs(200);
    expect(outcome.result).toMatchObject({ failure: 'retriable', error: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS });
  });
});

describe('the position in a partition that comes', () => {
  test('is what the group committed, with its leader epoch', () => {
    const group = new FakeGroup();
    const [log] = group.cluster.topic('orders', [1]);
    log?.put('a', 'b', 'c');
    group.offsets.set('orders-0', { offset: 2, epoch: 0 });
    const a = new Member(group.cluster, 'a', { autoOffsetReset: 'latest' });
    group.cluster.passMs(3000);
    expect(a.read).toEqual(['orders-0:c']);
  });

  test.each([
    ['earliest', ['orders-0:a']],
    ['latest', []],
  ] as const)('is what the reset policy says where nothing is committed: %s', (autoOffsetReset, read) => {
    const group = new FakeGroup();
    group.cluster.topic('orders', [1])[0]?.put('a');
    const a = new Member(group.cluster, 'a', { autoOffsetReset });
    group.cluster.passMs(3000);
    expect(a.read).toEqual(read);
  });

  test('is asked from the application where there is neither', () => {
    const group = new FakeGroup();
    group.cluster.topic('orders', [1])[0]?.put('a');
    const a = new Member(group.cluster, 'a', { autoOffsetReset: 'none' });
    group.cluster.passMs(3000);
    expect(a.failures[0]).toMatchObject({ type: 'failed', partition: 'orders-0', problem: 'noOffset' });
  });

  test('waits for the coordinator: the policy does not go before a committed offset', () => {
    const group = new FakeGroup();
    group.cluster.topic('orders', [1])[0]?.put('a', 'b');
    group.offsets.set('orders-0', { offset: 1, epoch: 0 });
    group.script = (api, _, nth) => (api === 'fetch' && nth < 5 ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : 0);
    const a = new Member(group.cluster, 'a', { autoOffsetReset: 'earliest' });
    group.cluster.passMs(8000);
    expect([group.count('fetch'), a.read]).toEqual([6, ['orders-0:b']]);
  });
});

describe('a known-bad assignor', () => {
  test('can take the place of the right one through the rules', () => {
    const everybody: GroupClientRules['assign'] = (_, counts, members) =>
      new Map(
        members.map(({ memberId }) => [
          memberId,
          [...counts].flatMap(([topic, count]) => Array.from({ length: count }, (_each, at) => topicPartition(topic, at))),
        ]),
      );
    const rules = { ...kafkaClientRules, group: { ...kafkaClientRules.group, assign: everybody } };
    const { group, a } = started({ rules });
    const b = new Member(group.cluster, 'b', { rules });
    group.cluster.passMs(12_000);
    expect([a.owned.length, b.owned.length]).toEqual([4, 4]);
  });
});
