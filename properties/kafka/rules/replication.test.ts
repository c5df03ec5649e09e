/** The decisions of replication, as tables and as properties over random histories. */
import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { type EpochEntry, type FollowerState, type LeaderView, never, replicationRules as rules } from '../../../src/kafka/rules/replication.ts';
import { type BrokerId, brokerEpoch, brokerId, leaderEpoch, offset } from '../../../src/model/brand.ts';
import { ErrorCode, errorName } from '../../../src/model/error-code.ts';

const epochs = (...pairs: readonly (readonly [number, number])[]): EpochEntry[] =>
  pairs.map(([epoch, start]) => ({ epoch: leaderEpoch(epoch), startOffset: offset(start) }));
const ids = (...numbers: readonly number[]): BrokerId[] => numbers.map(brokerId);
const lagMs = 30_000;

function follower(id: number, end: number, more: Partial<FollowerState> = {}): FollowerState {
  return {
    id: brokerId(id),
    logStartOffset: offset(0),
    logEndOffset: offset(end),
    lastFetchLeaderLogEndOffset: offset(end),
    lastFetchMs: 0,
    lastCaughtUpMs: never,
    brokerEpoch: brokerEpoch(id * 10),
    ...more,
  };
}

function leader(more: Partial<LeaderView> = {}): LeaderView {
  const isr = more.isr ?? ids(1, 2, 3);
  return {
    id: brokerId(1),
    highWatermark: offset(5),
    logEndOffset: offset(10),
    epochStartOffset: offset(5),
    followers: [follower(2, 10), follower(3, 10)],
    isr,
    maximalIsr: isr,
    minIsr: 2,
    ...more,
  };
}

const standing = (epoch: number, more: { fenced?: boolean; inControlledShutdown?: boolean } = {}) => ({
  epoch: brokerEpoch(epoch),
  fenced: false,
  inControlledShutdown: false,
  ...more,
});
const standings = new Map(ids(1, 2, 3, 4).map((id) => [id, standing(id * 10)]));

describe('a leader epoch', () => {
  test.each([
    [-1, 7, 'NONE'],
    [7, 7, 'NONE'],
    [6, 7, 'FENCED_LEADER_EPOCH'],
    [8, 7, 'UNKNOWN_LEADER_EPOCH'],
  ])('asked as %i of a replica in %i answers %s', (requested, current, name) => {
    expect(errorName(rules.checkLeaderEpoch(leaderEpoch(requested), leaderEpoch(current)))).toBe(name);
  });

  test.each([
    [-1, -1, -1],
    [0, 0, 10],
    [1, 1, 10],
    [2, 2, 20],
    [3, 2, 20],
    [4, 4, 20],
    [5, 5, 25],
    [6, -1, -1],
  ])('%i ends where the next known one starts: epoch %i, offset %i', (requested, epoch, end) => {
    const known = epochs([1, 0], [2, 10], [4, 20], [5, 20]);
    const own = requested === 0 ? epochs([1, 10], [2, 12]) : known;
    expect(rules.endOffsetForEpoch(own, leaderEpoch(requested), offset(25))).toEqual({ epoch, endOffset: end });
  });

  test('is no divergence while the fetcher holds a prefix, and one as soon as it does not', () => {
    const known = epochs([1, 0], [4, 10]);
    const of = (last: number, at: number) => rules.divergenceOf(known, offset(0), offset(15), leaderEpoch(last), offset(at)).type;
    expect([of(4, 15), of(4, 12), of(1, 10), of(-1, 3)]).toEqual(['matches', 'matches', 'matches', 'matches']);
    expect(rules.divergenceOf(known, offset(0), offset(15), leaderEpoch(1), offset(11))).toEqual({ type: 'diverged', epoch: 1, endOffset: 10 });
    expect(rules.divergenceOf(known, offset(0), offset(15), leaderEpoch(3), offset(5))).toEqual({ type: 'diverged', epoch: 1, endOffset: 10 });
    expect(of(4, 16)).toBe('diverged');
    expect([of(5, 15), rules.divergenceOf(known, offset(8), offset(15), leaderEpoch(1), offset(7)).type]).toEqual(['outOfRange', 'outOfRange']);
  });
});

/** Batches of one record each: the epoch it was written in. Two logs that agree on (offset, epoch) hold the same record. */
type Log = readonly number[];
const cache = (log: Log): EpochEntry[] => {
  const entries: EpochEntry[] = [];
  for (const [at, epoch] of log.entries()) if (entries.at(-1)?.epoch !== epoch) entries.push({ epoch: leaderEpoch(epoch), startOffset: offset(at) });
  return entries;
};
const commonPrefix = (a: Log, b: Log): number => {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
};

/** What a follower's log is after as many rounds of fetch and truncation as it takes; undefined if it never ends. */
function converge(leaderLog: Log, followerLog: Log): { readonly log: Log; readonly rounds: number } | undefined {
  let log = followerLog;
  for (let rounds = 0; rounds <= followerLog.length + 1; rounds++) {
    const last = leaderEpoch(log.at(-1) ?? -1);
    const divergence = rules.divergenceOf(cache(leaderLog), offset(0), offset(leaderLog.length), last, offset(log.length));
    if (divergence.type === 'matches') return { log, rounds };
    // The follower's only epochs are unknown here: Kafka answers out of range and the follower cuts to the leader's end.
    const to =
      divergence.type === 'diverged' ? rules.truncationPoint(cache(log), offset(log.length), divergence).to : Math.min(leaderLog.length, log.length);
    if (to >= log.length) return undefined;
    log = log.slice(0, to);
  }
  return undefined;
}

const nondecreasing = (epochsOf: fc.Arbitrary<number>) => fc.array(epochsOf, { maxLength: 12 }).map((log) => [...log].sort((a, b) => a - b));
/** Two logs as elections make them: a shared beginning, then each wrote under epochs of its own (one epoch has one leader). */
const histories = fc
  .tuple(
    nondecreasing(fc.integer({ min: 0, max: 3 })),
    nondecreasing(fc.integer({ min: 2, max: 6 }).map((n) => n * 2)),
    nondecreasing(fc.integer({ min: 2, max: 6 }).map((n) => n * 2 + 1)),
  )
  .map(([shared, own, other]) => ({ leaderLog: [...shared, ...own, 20], followerLog: [...shared, ...other] }));

describe('truncation', () => {
  property.prop([histories], { numRuns: 2000 })('leaves exactly the common prefix of two histories', ({ leaderLog, followerLog }) => {
    const end = converge(leaderLog, followerLog);
    expect(end?.log).toEqual(leaderLog.slice(0, commonPrefix(leaderLog, followerLog)));
  });

  property.prop([histories], { numRuns: 500 })('never drops what both hold, in any round', ({ leaderLog, followerLog }) => {
    const own = rules.divergenceOf(
      cache(leaderLog),
      offset(0),
      offset(leaderLog.length),
      leaderEpoch(followerLog.at(-1) ?? -1),
      offset(followerLog.length),
    );
    if (own.type !== 'diverged') return;
    const { to } = rules.truncationPoint(cache(followerLog), offset(followerLog.length), own);
    expect(to).toBeGreaterThanOrEqual(commonPrefix(leaderLog, followerLog));
  });

  test('goes in rounds where the leader names an epoch that this log never had (KIP-279)', () => {
    const own = epochs([1, 0], [3, 10]);
    expect(rules.truncationPoint(own, offset(15), { epoch: leaderEpoch(2), endOffset: offset(12) })).toEqual({ to: 10, final: false });
    expect(rules.truncationPoint(own, offset(15), { epoch: leaderEpoch(1), endOffset: offset(8) })).toEqual({ to: 8, final: true });
    expect(rules.truncationPoint(own, offset(15), { epoch: leaderEpoch(3), endOffset: offset(40) })).toEqual({ to: 15, final: true });
  });

  test('does not happen by becoming a follower (KIP-101)', () => {
    expect(rules.followerTakeOver(offset(10), offset(4)).truncateTo).toBeUndefined();
  });
});

describe('a follower', () => {
  test('only truncates upon a diverging answer, and takes the high watermark after appending otherwise (KAFKA-14704)', () => {
    expect(rules.followerSteps(ErrorCode.NONE, true)).toEqual(['truncate']);
    expect(rules.followerSteps(ErrorCode.NONE, false)).toEqual(['append', 'highWatermark', 'logStart']);
    expect(rules.followerSteps(ErrorCode.OFFSET_OUT_OF_RANGE, false)).toEqual(['askOffsets']);
    expect(rules.followerSteps(ErrorCode.FENCED_LEADER_EPOCH, false)).toEqual(['awaitMetadata']);
    for (const error of [ErrorCode.UNKNOWN_LEADER_EPOCH, ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.UNKNOWN_TOPIC_ID, ErrorCode.KAFKA_STORAGE_ERROR])
      expect(rules.followerSteps(error, false)).toEqual(['backOff']);
  });

  test('appends no batch of a later epoch than its fetch (KAFKA-18723)', () => expect(rules.appendBound(leaderEpoch(4))).toBe(4));

  test.each([
    [10, 0, 6, { type: 'truncate', to: 6 }],
    [10, 12, 20, { type: 'restart', at: 12 }],
    [10, 3, 20, { type: 'keep' }],
    [10, 10, 10, { type: 'keep' }],
  ])('that ends at %i does the right thing about a leader that holds %i to %i', (own, start, end, decision) => {
    expect(rules.outOfRange(offset(own), offset(start), offset(end))).toEqual(decision);
  });

  test.each([
    [8, 0, 10, 8],
    [12, 0, 10, 10],
    [2, 4, 10, 4],
  ])('takes the leader’s high watermark %i into [%i, %i] as %i', (theirs, start, end, own) => {
    expect(rules.followerHighWatermark(offset(theirs), offset(start), offset(end))).toBe(own);
  });
});

describe('a follower’s fetch', () => {
  const at = (to: number, nowMs: number, end: number, previous: FollowerState) =>
    rules.followerFetched(previous, { offset: offset(to), logStartOffset: offset(0), brokerEpoch: brokerEpoch(20) }, offset(end), nowMs);

  test('is caught up when it reaches the leader’s end', () => expect(at(10, 500, 10, follower(2, 0)).lastCaughtUpMs).toBe(500));
  test('was caught up at the fetch before when it reaches what the leader had then', () => {
    const first = at(5, 100, 10, follower(2, 0, { lastFetchLeaderLogEndOffset: offset(-1) }));
    expect(at(10, 300, 20, first).lastCaughtUpMs).toBe(100);
    expect(at(9, 300, 20, first).lastCaughtUpMs).toBe(first.lastCaughtUpMs);
  });
  test('gives no benefit at an election to who is outside the ISR', () => {
    expect(rules.followerAtElection(brokerId(2), true, 700, offset(9), undefined).lastCaughtUpMs).toBe(700);
    const outside = rules.followerAtElection(brokerId(2), false, 700, offset(9), undefined);
    expect([outside.lastCaughtUpMs, outside.logEndOffset, outside.brokerEpoch]).toEqual([never, -1, undefined]);
    expect(rules.followerAtElection(brokerId(2), false, 700, offset(9), follower(2, 8)).logEndOffset).toBe(8);
  });
  test('of an earlier incarnation is refused, of this or an unnamed one not (KIP-903)', () => {
    expect(rules.checkBrokerEpoch(brokerEpoch(19), standing(20))).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    for (const epoch of [20, 21, -1]) expect(rules.checkBrokerEpoch(brokerEpoch(epoch), standing(20))).toBe(ErrorCode.NONE);
  });
  test('from a stranger is answered by whether it names an epoch', () => {
    expect(rules.strangerFetchError(leaderEpoch(3))).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH);
    expect(rules.strangerFetchError(leaderEpoch(-1))).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  });
});

describe('the ISR', () => {
  const joining = leader({ isr: ids(1, 2), maximalIsr: ids(1, 2), highWatermark: offset(5), epochStartOffset: offset(7) });
  test.each([
    ['caught up to high watermark and epoch start', follower(3, 7), standing(30), true],
    ['short of the start of the epoch (KAFKA-7128)', follower(3, 6), standing(30), false],
    ['fenced (KIP-841)', follower(3, 9), standing(30, { fenced: true }), false],
    ['shutting down (KIP-841)', follower(3, 9), standing(30, { inControlledShutdown: true }), false],
    ['of another incarnation (KIP-903)', follower(3, 9), standing(31), false],
    ['not registered', follower(3, 9), undefined, false],
    ['without a fetch', follower(3, 9, { brokerEpoch: undefined }), standing(30), false],
    ['of an unnamed incarnation', follower(3, 9, { brokerEpoch: brokerEpoch(-1) }), standing(30), true],
    ['a member already', follower(2, 9), standing(20), false],
  ])('takes a replica that is %s: %#', (_, candidate, known, may) => expect(rules.mayJoinIsr(joining, candidate, known)).toBe(may));
  test('takes nobody below the high watermark', () => {
    const ahead = leader({ isr: ids(1, 2), maximalIsr: ids(1, 2), highWatermark: offset(9), epochStartOffset: offset(2) });
    expect(rules.mayJoinIsr(ahead, follower(3, 8), standing(30))).toBe(false);
    expect(rules.mayJoinIsr(ahead, follower(3, 9), standing(30))).toBe(true);
  });

  test('loses who has not been caught up for the lag time, and nobody who holds all', () => {
    const lagging = leader({ followers: [follower(2, 10, { lastCaughtUpMs: 0 }), follower(3, 9, { lastCaughtUpMs: 1000 })] });
    expect(rules.outOfSync(lagging, 1000 + lagMs, lagMs)).toEqual([]);
    expect(rules.outOfSync(lagging, 1001 + lagMs, lagMs)).toEqual(ids(3));
  });

  test('counts as proposed and as committed until it is settled (KIP-497)', () => {
    expect(rules.maximalIsr(ids(1, 2, 3), ids(1, 2))).toEqual(ids(1, 2, 3));
    expect(rules.maximalIsr(ids(1, 2), ids(1, 2, 3))).toEqual(ids(1, 2, 3));
    expect(rules.maximalIsr(ids(1, 2), undefined)).toEqual(ids(1, 2));
  });

  test.each([
    [ErrorCode.NONE, 'commit'],
    [ErrorCode.INELIGIBLE_REPLICA, 'revert'],
    [ErrorCode.OPERATION_NOT_ATTEMPTED, 'revert'],
    [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'awaitMetadata'],
    [ErrorCode.UNKNOWN_TOPIC_ID, 'awaitMetadata'],
    [ErrorCode.FENCED_LEADER_EPOCH, 'awaitMetadata'],
    [ErrorCode.INVALID_UPDATE_VERSION, 'awaitMetadata'],
    [ErrorCode.INVALID_REQUEST, 'awaitMetadata'],
    [ErrorCode.NEW_LEADER_ELECTED, 'awaitMetadata'],
    [ErrorCode.NOT_CONTROLLER, 'resend'],
    [ErrorCode.UNKNOWN_SERVER_ERROR, 'resend'],
    [ErrorCode.REQUEST_TIMED_OUT, 'resend'],
  ])('change answered %i is followed by: %s', (error, outcome) => expect(rules.alterPartitionOutcome(error)).toBe(outcome));
});

describe('the request to change ISRs', () => {
  test('that was answered hands out its answers and makes room for the next, in that order', () =>
    expect(rules.alterRequestSteps(ErrorCode.NONE)).toEqual(['clearInFlight', 'handAnswers', 'sendNext']));
  test.each([
    [undefined],
    [ErrorCode.NOT_CONTROLLER],
    [ErrorCode.STALE_BROKER_EPOCH],
    [ErrorCode.UNKNOWN_SERVER_ERROR],
  ])('that came back as %s is in flight no more, and sent again (KAFKA-14010)', (error) =>
    expect(rules.alterRequestSteps(error)).toEqual(['clearInFlight', 'retryLater']));
});

describe('the high watermark', () => {
  const next = (view: LeaderView, nowMs = 0) => rules.advanceHighWatermark(view, standings, nowMs, lagMs);

  test('is the lowest end of the ISR', () => expect(next(leader({ followers: [follower(2, 8), follower(3, 7)] }))).toBe(7));
  test('never goes down', () => expect(next(leader({ followers: [follower(2, 8), follower(3, 3)] }))).toBe(5));
  test('stands still while the ISR is below the minimum (KIP-966)', () => {
    expect(next(leader({ isr: ids(1), maximalIsr: ids(1), minIsr: 2 }))).toBe(5);
    expect(next(leader({ isr: ids(1), maximalIsr: ids(1), minIsr: 1 }))).toBe(10);
  });
  test('waits for a member that is only proposed (KIP-497)', () => {
    expect(next(leader({ isr: ids(1, 2), maximalIsr: ids(1, 2, 3), followers: [follower(2, 9), follower(3, 6)] }))).toBe(6);
  });
  test('waits for a replica about to join, but not for one that lags or may not join', () => {
    const outside = (more: Partial<FollowerState>) =>
      leader({ isr: ids(1, 2), maximalIsr: ids(1, 2), followers: [follower(2, 9), follower(3, 6, more)] });
    expect(next(outside({ lastCaughtUpMs: 0 }), lagMs)).toBe(6);
    expect(next(outside({ lastCaughtUpMs: 0 }), lagMs + 1)).toBe(9);
    expect(next(outside({ lastCaughtUpMs: 0, brokerEpoch: brokerEpoch(29) }), lagMs)).toBe(9);
  });

  const anyLeader = fc
    .record({
      ends: fc.array(fc.integer({ min: -1, max: 30 }), { minLength: 3, maxLength: 3 }),
      members: fc.subarray([2, 3, 4]),
      proposed: fc.option(fc.subarray([2, 3, 4]), { nil: undefined }),
      highWatermark: fc.integer({ min: 0, max: 30 }),
      end: fc.integer({ min: 0, max: 40 }),
      minIsr: fc.integer({ min: 1, max: 4 }),
    })
    .filter((view) => view.highWatermark <= view.end)
    .map(({ ends, members, proposed, highWatermark, end, minIsr }) => {
      const isr = ids(1, ...members);
      const followers = ends.map((at, index) => follower(index + 2, Math.min(at, end)));
      const maximal = rules.maximalIsr(isr, proposed === undefined ? undefined : ids(1, ...proposed));
      return leader({ isr, maximalIsr: maximal, followers, highWatermark: offset(highWatermark), logEndOffset: offset(end), minIsr });
    });
  property.prop([anyLeader], { numRuns: 2000 })('rises only over what the whole maximal ISR holds', (view) => {
    const to = next(view, 1_000_000);
    expect(to).toBeGreaterThanOrEqual(view.highWatermark);
    if (to === view.highWatermark) return;
    expect(view.isr.length).toBeGreaterThanOrEqual(view.minIsr);
    for (const each of view.followers) if (view.maximalIsr.includes(each.id)) expect(each.logEndOffset).toBeGreaterThanOrEqual(to);
  });
});

describe('a produce', () => {
  test('with acks=all needs the minimum ISR, others do not', () => {
    expect([rules.minIsrAllowsAppend(-1, 1, 2), rules.minIsrAllowsAppend(-1, 2, 2), rules.minIsrAllowsAppend(1, 1, 2)]).toEqual([false, true, true]);
    expect([rules.effectiveMinIsr(2, 3), rules.effectiveMinIsr(3, 1)]).toEqual([2, 1]);
  });
  test('is acknowledged once committed, and doubtful when the ISR shrank meanwhile', () => {
    expect(rules.acknowledgement(leader({ highWatermark: offset(6) }), offset(7))).toEqual({ type: 'wait' });
    expect(rules.acknowledgement(leader({ highWatermark: offset(7) }), offset(7))).toEqual({ type: 'done', error: ErrorCode.NONE });
    const small = leader({ highWatermark: offset(7), isr: ids(1), maximalIsr: ids(1) });
    expect(rules.acknowledgement(small, offset(7))).toEqual({ type: 'done', error: ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND });
    expect(rules.acknowledgement(undefined, offset(7))).toEqual({ type: 'done', error: ErrorCode.NOT_LEADER_OR_FOLLOWER });
  });
});

describe('a read', () => {
  test('stops at the high watermark for consumers, at the last stable offset for committed reads, at the end for followers', () => {
    const bound = (isFollower: boolean, committed: boolean) => rules.fetchUpperBound(isFollower, committed, offset(8), offset(6), offset(10));
    expect([bound(false, false), bound(false, true), bound(true, false)]).toEqual([8, 6, 10]);
  });
  test.each([
    [5, 5, 5, ErrorCode.NONE],
    [4, 5, 5, ErrorCode.OFFSET_NOT_AVAILABLE],
    [4, 5, 4, ErrorCode.LEADER_NOT_AVAILABLE],
  ])('of the latest offset with high watermark %i in an epoch from %i answers version %i with %i', (hw, start, version, error) => {
    expect(rules.latestOffsetError(offset(hw), offset(start), version)).toBe(error);
  });
});
