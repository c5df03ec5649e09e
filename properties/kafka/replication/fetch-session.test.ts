/** Both sides of an incremental fetch session: what a follower names, and what a broker remembers (KIP-227). */
import { describe, expect, test } from 'vitest';
import { Simulator } from '../../../src/io/virtual/simulator.ts';
import type { World } from '../../../src/io/world.ts';
import { FetchSessions, type PartitionAnswer } from '../../../src/kafka/broker/fetch-sessions.ts';
import { FetchSession, nextSessionEpoch } from '../../../src/kafka/replication/fetch-session.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import type { Uuid } from '../../../src/model/uuid.ts';
import { apis } from '../../../src/protocol/apis.ts';
import type { FetchRequest, FetchRequestInput } from '../../../src/protocol/messages/fetch.ts';
import { decode, encodeToBytes } from '../../../src/protocol/schema/codec.ts';

const topicId = 'AAAAAAAAAAAAAAAAAAAABA' as Uuid;
const version = 17;

test('session epochs go from the largest int32 to 1, never to 0', () => {
  expect([nextSessionEpoch(0), nextSessionEpoch(1), nextSessionEpoch(0x7fffffff)]).toEqual([1, 2, 1]);
});

describe('a follower’s session', () => {
  const started = (...partitions: readonly string[]): FetchSession<string> => {
    const session = new FetchSession<string>((each) => each.slice(0, 1));
    for (const partition of partitions) session.touch(partition);
    session.take(partitions);
    session.answered(ErrorCode.NONE, 7);
    return session;
  };
  test('names everything once, then only what changed', () => {
    const session = started('a', 'b');
    expect([session.id, session.epoch]).toEqual([7, 1]);
    expect(session.take(['a', 'b'])).toEqual({ partitions: [], forgotten: [] });
    session.answered(ErrorCode.NONE, 7);
    session.touch('b');
    session.forget('a');
    expect(session.take(['b'])).toEqual({ partitions: ['b'], forgotten: ['a'] });
    expect(session.epoch).toBe(2);
  });
  test('forgets nothing that the leader never heard of', () => {
    const session = started('a');
    session.touch('c');
    session.forget('c');
    expect(session.take(['a'])).toEqual({ partitions: [], forgotten: [] });
  });
  test('names a partition under its newer role, and never forgets it in the same request', () => {
    const session = started('a1', 'b1');
    session.forget('a1');
    session.touch('a2');
    expect(session.take([])).toEqual({ partitions: ['a2'], forgotten: [] });
    session.answered(ErrorCode.NONE, 7);
    session.forget('a2');
    expect(session.take([])).toEqual({ partitions: [], forgotten: ['a2'] });
  });
  test.each([
    ['the leader lost it', ErrorCode.FETCH_SESSION_ID_NOT_FOUND, 0],
    ['the epochs disagree', ErrorCode.INVALID_FETCH_SESSION_EPOCH, 7],
  ])('starts anew when %s', (_, error, id) => {
    const session = started('a', 'b');
    expect(session.answered(error, 0)).toBe(false);
    expect([session.id, session.epoch]).toEqual([id, 0]);
    expect(session.take(['a', 'b']).partitions).toEqual(['a', 'b']);
  });
  test('stays full while the leader keeps none', () => {
    const session = new FetchSession<string>((each) => each.slice(0, 1));
    session.touch('a');
    session.take(['a']);
    expect(session.answered(ErrorCode.NONE, 0)).toBe(true);
    expect([session.id, session.full]).toEqual([0, true]);
  });
  test('closes the old session by its id when the connection broke', () => {
    const session = started('a');
    session.lost();
    expect([session.id, session.epoch]).toEqual([7, 0]);
  });
});

/** Sessions on a machine whose clock can be moved. */
function cache(slots: number): { sessions: FetchSessions; pass(ms: number): void } {
  const simulator = new Simulator({ seed: 's' });
  const host = simulator.host('h', { id: 1 });
  let world: World | undefined;
  host.boot((booted) => {
    world = booted;
  });
  if (world === undefined) throw new Error('not booted');
  return { sessions: new FetchSessions(world, 'session', slots), pass: (ms) => void simulator.run(simulator.nowUs + ms * 1000) };
}

type Named = { readonly partition: number; readonly fetchOffset?: number; readonly currentLeaderEpoch?: number };
function request(sessionId: number, sessionEpoch: number, partitions: readonly Named[], forgotten: readonly number[] = []): FetchRequest {
  const body: FetchRequestInput = {
    maxWaitMs: 0,
    minBytes: 0,
    sessionId,
    sessionEpoch,
    topics: [{ topicId, partitions: partitions.map((each) => ({ fetchOffset: 0, partitionMaxBytes: 1, ...each })) }],
    forgottenTopicsData: forgotten.length === 0 ? [] : [{ topicId, partitions: forgotten }],
  };
  const decoded = decode(apis.fetch.request, version, encodeToBytes(apis.fetch.request, version, body));
  if (!decoded.ok) throw new Error(decoded.error.problem);
  return decoded.value;
}
const result = (partitionIndex: number, more: Partial<PartitionAnswer> = {}): PartitionAnswer => ({
  partitionIndex,
  errorCode: ErrorCode.NONE,
  highWatermark: 0,
  logStartOffset: 0,
  abortedTransactions: null,
  records: new Uint8Array(0),
  ...more,
});
function plan(sessions: FetchSessions, asked: FetchRequest, isFollower = false) {
  const opened = sessions.open(version, asked, isFollower);
  if (opened.type === 'refused') throw new Error(`refused ${opened.error}`);
  return opened.plan;
}
const refusal = (sessions: FetchSessions, asked: FetchRequest, at = version): number => {
  const opened = sessions.open(at, asked, false);
  return opened.type === 'refused' ? opened.error : 0;
};
const open = (sessions: FetchSessions, count: number, isFollower = false): number => {
  const partitions = Array.from({ length: count }, (_, partition) => ({ partition }));
  return plan(sessions, request(0, 0, partitions), isFollower).finish(partitions.map((_, index) => result(index))).sessionId;
};

describe('a broker’s session', () => {
  test('answers only what is new: records, high watermark, log start, errors, and the end of an error', () => {
    const { sessions } = cache(10);
    const id = open(sessions, 4);
    const second = plan(sessions, request(id, 1, []));
    expect(second.targets.map((target) => target.index)).toEqual([0, 1, 2, 3]);
    const told = second.finish([
      result(0),
      result(1, { highWatermark: 3 }),
      result(2, { records: new Uint8Array(5) }),
      result(3, { errorCode: 6, highWatermark: -1, logStartOffset: -1 }),
    ]);
    expect(told.answers.map((answer) => answer.partitionIndex)).toEqual([1, 2, 3]);
    const third = plan(sessions, request(id, 2, []));
    // Who got records is served last.
    expect(third.targets.map((target) => target.index)).toEqual([0, 1, 3, 2]);
    const again = third.finish([result(0), result(1, { highWatermark: 3 }), result(3), result(2, { logStartOffset: 1 })]);
    expect(again.answers.map((answer) => answer.partitionIndex)).toEqual([3, 2]);
  });
  test('takes over offset and leader epoch of what a request names, and drops what it forgets (KAFKA-9338)', () => {
    const { sessions } = cache(10);
    const id = open(sessions, 3);
    const next = plan(sessions, request(id, 1, [{ partition: 1, fetchOffset: 9, currentLeaderEpoch: 4 }], [0]));
    expect(next.targets.map(({ index, fetchOffset, currentLeaderEpoch }) => [index, fetchOffset, currentLeaderEpoch])).toEqual([
      [1, 9, 4],
      [2, 0, -1],
    ]);
  });
  test('is refused under a wrong id, a wrong epoch, or another way of naming topics', () => {
    const { sessions } = cache(10);
    const id = open(sessions, 1);
    expect(refusal(sessions, request(id + 1, 1, []))).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    expect(refusal(sessions, request(id, 2, []))).toBe(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
    expect(refusal(sessions, { ...request(id, 1, []), topics: [] }, 12)).toBe(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
    expect(refusal(sessions, request(id, 1, []))).toBe(0);
  });
  test('that is closed, or emptied, is gone', () => {
    const { sessions } = cache(10);
    const id = open(sessions, 1);
    plan(sessions, request(id, -1, [{ partition: 0 }]));
    expect(refusal(sessions, request(id, 1, []))).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    const other = open(sessions, 1);
    expect(plan(sessions, request(other, 1, [], [0])).targets).toEqual([]);
    expect(sessions.size).toBe(0);
  });
  test('tells nothing to a request that was overtaken while it waited', () => {
    const { sessions } = cache(10);
    const id = open(sessions, 1);
    const parked = plan(sessions, request(id, 1, []));
    plan(sessions, request(id, 2, []));
    expect(parked.finish([result(0, { highWatermark: 9 })])).toMatchObject({ error: ErrorCode.INVALID_FETCH_SESSION_EPOCH, answers: [] });
  });
  test('gives way when idle for two minutes, or to a follower; a consumer waits its turn', () => {
    const { sessions, pass } = cache(1);
    const first = open(sessions, 2);
    expect(first).not.toBe(0);
    expect(open(sessions, 5)).toBe(0);
    const followers = open(sessions, 1, true);
    expect(followers).not.toBe(0);
    expect(open(sessions, 9, true)).toBe(0);
    pass(120_001);
    expect(open(sessions, 1)).not.toBe(0);
    expect(sessions.size).toBe(1);
  });
});
