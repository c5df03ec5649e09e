/** Leaders and followers of one partition, driven directly. */
import { describe, expect, test } from 'vitest';
import { replicationRules } from '../../../src/kafka/rules/replication.ts';
import { brokerEpoch, brokerId, leaderEpoch, offset } from '../../../src/model/brand.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { Bench, batch, ids, lagMs } from './bench.ts';

const leads = { leader: brokerId(1) };

describe('a leader', () => {
  test('makes the start of its epoch durable before it does anything', () => {
    const bench = new Bench(1);
    bench.become({ ...leads, leaderEpoch: leaderEpoch(4) });
    expect(bench.log.epochs.entries()).toEqual([{ epoch: 4, startOffset: 0 }]);
    expect(bench.told('role')).toEqual([{ type: 'role', partition: 'orders-0', role: 'leader', epoch: 4, leader: 1 }]);
  });

  test('moves the high watermark with the slowest in-sync replica, and tells of it', () => {
    const bench = new Bench(1);
    bench.become(leads);
    bench.append(3, -1);
    bench.fetched(2, 3);
    expect(bench.log.highWatermark).toBe(0);
    bench.fetched(3, 2);
    expect(bench.log.highWatermark).toBe(2);
    bench.fetched(3, 3);
    expect(bench.told('highWatermark').map((event) => event.offset)).toEqual([2, 3]);
  });

  test('writes nothing with acks=all below the minimum ISR', () => {
    const bench = new Bench(1);
    bench.become({ ...leads, isr: ids(1) });
    expect(bench.leader.append(batch(), -1, 1)).toEqual({ ok: false, error: ErrorCode.NOT_ENOUGH_REPLICAS });
    expect(bench.log.logEndOffset).toBe(0);
    bench.append(1, 1);
    expect([bench.log.logEndOffset, bench.log.highWatermark]).toEqual([1, 0]);
  });

  test('proposes a caught-up replica with its broker epoch, counts it at once, and commits what the controller says', () => {
    const bench = new Bench(1);
    bench.become({ ...leads, isr: ids(1, 2) });
    bench.append(2);
    bench.fetched(2, 2);
    bench.fetched(3, 1);
    expect(bench.proposals).toEqual([]);
    bench.fetched(3, 2);
    expect(bench.proposals.map((each) => each.members)).toEqual([
      [
        { brokerId: 1, brokerEpoch: 10 },
        { brokerId: 2, brokerEpoch: 20 },
        { brokerId: 3, brokerEpoch: 30 },
      ],
    ]);
    expect([bench.leader.isr, bench.leader.maximalIsr]).toEqual([ids(1, 2), ids(1, 2, 3)]);
    bench.append(1);
    bench.fetched(2, 3);
    expect(bench.log.highWatermark).toBe(2);
    const proposal = bench.proposals[0];
    if (proposal === undefined) throw new Error('none');
    bench.leader.proposalAnswered(proposal, { type: 'stands', leaderEpoch: leaderEpoch(1), partitionEpoch: 1, isr: ids(1, 2, 3) });
    expect([bench.leader.isr, bench.leader.partitionEpoch, bench.leader.proposing]).toEqual([ids(1, 2, 3), 1, false]);
  });

  test('drops a laggard after the lag time, keeps it in force until the answer, and only then moves on (KIP-497)', () => {
    const bench = new Bench(1);
    bench.become(leads);
    bench.append(1);
    bench.fetched(2, 1);
    bench.pass(lagMs - 1000);
    bench.leader.shrinkIsr();
    expect(bench.proposals).toEqual([]);
    bench.pass(1500);
    bench.append(1);
    bench.fetched(2, 2);
    bench.leader.shrinkIsr();
    expect(bench.proposals.map((each) => each.members.map((member) => member.brokerId))).toEqual([ids(1, 2)]);
    expect([bench.log.highWatermark, bench.leader.maximalIsr]).toEqual([0, ids(1, 2, 3)]);
    bench.leader.shrinkIsr();
    expect(bench.proposals).toHaveLength(1);
    const proposal = bench.proposals[0];
    if (proposal === undefined) throw new Error('none');
    bench.leader.proposalAnswered(proposal, { type: 'stands', leaderEpoch: leaderEpoch(1), partitionEpoch: 1, isr: ids(1, 2) });
    expect(bench.log.highWatermark).toBe(2);
  });

  const proposing = (): Bench => {
    const bench = new Bench(1);
    bench.become({ ...leads, isr: ids(1, 2) });
    bench.fetched(3, 0);
    return bench;
  };
  test.each([
    [ErrorCode.INELIGIBLE_REPLICA, false, 1],
    [ErrorCode.FENCED_LEADER_EPOCH, true, 1],
    [ErrorCode.INVALID_UPDATE_VERSION, true, 1],
    [ErrorCode.UNKNOWN_SERVER_ERROR, true, 2],
  ])('whose proposal is answered %i is still proposing: %s, after %i requests (KAFKA-14010)', (error, still, sent) => {
    const bench = proposing();
    const proposal = bench.proposals[0];
    if (proposal === undefined) throw new Error('none');
    bench.leader.proposalAnswered(proposal, { type: 'refused', error });
    expect([bench.leader.proposing, bench.proposals.length, bench.leader.isr]).toEqual([still, sent, ids(1, 2)]);
  });

  test('is released from a doubtful proposal by newer metadata, and takes no late answer to it', () => {
    const bench = proposing();
    const proposal = bench.proposals[0];
    if (proposal === undefined) throw new Error('none');
    bench.become({ ...leads, isr: ids(1), partitionEpoch: 5 });
    expect([bench.leader.proposing, bench.leader.isr, bench.leader.maximalIsr]).toEqual([false, ids(1), ids(1)]);
    bench.leader.proposalAnswered(proposal, { type: 'stands', leaderEpoch: leaderEpoch(1), partitionEpoch: 9, isr: ids(1, 2, 3) });
    expect(bench.leader.isr).toEqual(ids(1));
  });

  test.each([
    ['follows another', (bench: Bench) => void bench.become({ leader: brokerId(2), leaderEpoch: leaderEpoch(2), partitionEpoch: 2 })],
    ['lost its log directory', (bench: Bench) => bench.partition.stop()],
  ])('that %s takes no late answer to what it had proposed', (_, ends) => {
    const bench = new Bench(1);
    bench.become({ ...leads, isr: ids(1) }, 1);
    bench.append(1);
    bench.fetched(2, 1);
    bench.append(2);
    const proposal = bench.proposals[0];
    if (proposal === undefined) throw new Error('none');
    const { leader } = bench;
    expect(bench.log.highWatermark).toBe(1);
    ends(bench);
    const told = bench.events.length;
    leader.proposalAnswered(proposal, { type: 'stands', leaderEpoch: leaderEpoch(1), partitionEpoch: 1, isr: ids(1) });
    expect([leader.isr, bench.log.highWatermark, bench.events.slice(told)]).toEqual([ids(1), 1, []]);
  });

  test('reverts when the queue to the controller will not take the proposal', () => {
    const bench = new Bench(1);
    bench.become({ ...leads, isr: ids(1, 2) });
    bench.takesProposals = false;
    bench.fetched(3, 0);
    expect([bench.leader.proposing, bench.leader.maximalIsr]).toEqual([false, ids(1, 2)]);
  });

  test('keeps a proposal through metadata that only repeats what an answer told, but takes the new replicas from it', () => {
    const bench = new Bench(1);
    bench.become({ ...leads, isr: ids(1, 2) });
    bench.fetched(3, 0);
    const first = bench.proposals[0];
    if (first === undefined) throw new Error('none');
    bench.leader.proposalAnswered(first, { type: 'stands', leaderEpoch: leaderEpoch(1), partitionEpoch: 1, isr: ids(1, 2, 3) });
    bench.pass(lagMs + 1000);
    bench.append(1);
    bench.leader.shrinkIsr();
    bench.become({ ...leads, isr: ids(1, 2, 3), replicas: ids(1, 2, 3, 4), partitionEpoch: 1 });
    expect([bench.leader.proposing, bench.leader.followers.map((follower) => follower.id)]).toEqual([true, ids(2, 3, 4)]);
  });

  test('ignores metadata older than its own', () => {
    const bench = new Bench(1);
    bench.become({ ...leads, isr: ids(1, 2), partitionEpoch: 5 });
    bench.become({ ...leads, isr: ids(1), partitionEpoch: 4 });
    expect(bench.leader.isr).toEqual(ids(1, 2));
  });

  test('refuses strangers and earlier incarnations of its followers (KIP-903)', () => {
    const bench = new Bench(1);
    bench.become(leads);
    const check = (id: number, epoch: number, broker: number) => bench.leader.checkFollower(brokerId(id), leaderEpoch(epoch), brokerEpoch(broker));
    expect([check(2, 1, 20), check(2, 1, 19), check(4, 1, 40), check(4, -1, 40)]).toEqual([
      ErrorCode.NONE,
      ErrorCode.NOT_LEADER_OR_FOLLOWER,
      ErrorCode.UNKNOWN_LEADER_EPOCH,
      ErrorCode.NOT_LEADER_OR_FOLLOWER,
    ]);
  });

  test('elected again in a newer epoch keeps what it knew and its tenure; an interlude as a follower ends both', () => {
    const bench = new Bench(1);
    bench.become(leads);
    bench.append(1);
    bench.fetched(2, 1);
    const { tenure } = bench.partition;
    bench.become({ ...leads, leaderEpoch: leaderEpoch(2), partitionEpoch: 1 });
    expect(bench.leader.followers.map((follower) => follower.logEndOffset)).toEqual([1, -1]);
    expect(bench.partition.tenure).toBe(tenure);
    bench.become({ leader: brokerId(2), leaderEpoch: leaderEpoch(3), partitionEpoch: 2 });
    bench.become({ ...leads, leaderEpoch: leaderEpoch(4), partitionEpoch: 3 });
    expect(bench.leader.followers.map((follower) => follower.logEndOffset)).toEqual([-1, -1]);
    expect(bench.partition.tenure).toBeGreaterThan(tenure);
  });

  test('is read by those only who believe in its epoch', () => {
    const bench = new Bench(1);
    bench.become({ ...leads, leaderEpoch: leaderEpoch(3) });
    const error = (epoch: number) => {
      const readable = bench.partition.readable(leaderEpoch(epoch), true);
      return readable.ok ? 0 : readable.error;
    };
    expect([error(-1), error(3), error(2), error(4)]).toEqual([0, 0, ErrorCode.FENCED_LEADER_EPOCH, ErrorCode.UNKNOWN_LEADER_EPOCH]);
    bench.become({ leader: brokerId(2), leaderEpoch: leaderEpoch(4), partitionEpoch: 1 });
    expect(error(4)).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    expect(bench.partition.readable(leaderEpoch(4), false).ok).toBe(true);
    bench.partition.stop();
    expect(error(4)).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  });
});

/** A leader with so many records an epoch: `[epoch, records]...`. */
function leaderWith(...written: readonly (readonly [number, number])[]): Bench {
  const bench = new Bench(1);
  for (const [at, [epoch, count]] of written.entries()) {
    bench.become({ ...leads, leaderEpoch: leaderEpoch(epoch), partitionEpoch: at });
    bench.append(count);
  }
  return bench;
}

/** What a follower does until the histories match, as a fetcher would; the records come last. */
function replicate(from: Bench, to: Bench): number {
  let rounds = 0;
  for (; rounds < 20; rounds++) {
    const known = from.log.epochs.entries();
    const last = to.follower.lastFetchedEpoch;
    const end = last < 0 ? undefined : endOf(known, last, from.log.logEndOffset);
    if (end === undefined || (end.epoch === last && end.endOffset >= to.follower.fetchOffset)) break;
    const cut = to.follower.truncate(end);
    if (!cut.ok) throw new Error(`not cut: ${cut.error}`);
  }
  if (to.log.logEndOffset < from.log.logEndOffset) {
    const appended = to.follower.append(from.read(to.log.logEndOffset));
    if (!appended.ok) throw new Error(`not appended: ${appended.error}`);
  }
  to.follower.takeHighWatermark(from.log.highWatermark);
  return rounds;
}
/** OffsetForLeaderEpoch by hand, so that the rule under test is not its own judge. */
function endOf(known: ReturnType<Bench['log']['epochs']['entries']>, epoch: number, logEnd: number) {
  const at = known.filter((entry) => entry.epoch <= epoch).length - 1;
  return { epoch: leaderEpoch(known[at]?.epoch ?? -1), endOffset: offset(known[at + 1]?.startOffset ?? logEnd) };
}

describe('a follower', () => {
  test('has its copy in another log directory cut before it is cut itself', () => {
    const bench = new Bench(1);
    bench.become(leads);
    bench.append(3);
    bench.become({ leader: brokerId(2), leaderEpoch: leaderEpoch(2), partitionEpoch: 2 });
    bench.follower.truncate({ epoch: leaderEpoch(1), endOffset: offset(1) });
    expect([bench.copyCuts, bench.log.logEndOffset]).toEqual([[[1, 3]], 1]);
  });

  test('cuts nothing by becoming one, though its high watermark lies behind (KIP-101)', () => {
    const bench = leaderWith([1, 5]);
    expect(bench.log.highWatermark).toBe(0);
    bench.become({ leader: brokerId(2), leaderEpoch: leaderEpoch(2), partitionEpoch: 9 });
    expect([bench.log.logEndOffset, bench.follower.fetchOffset, bench.follower.lastFetchedEpoch]).toEqual([5, 5, 1]);
  });

  test('cuts its own tail and takes the leader’s, whatever both wrote since they parted (KIP-279)', () => {
    const from = leaderWith([1, 4], [3, 2], [6, 3]);
    const to = leaderWith([1, 3], [2, 4], [4, 1], [5, 2]);
    to.become({ leader: brokerId(2), leaderEpoch: leaderEpoch(6), partitionEpoch: 9 });
    expect(replicate(from, to)).toBeGreaterThan(1);
    expect([to.log.logEndOffset, to.log.epochs.entries()]).toEqual([from.log.logEndOffset, from.log.epochs.entries()]);
    expect(to.read(0)).toEqual(from.read(0));
  });

  test('appends no batch beyond the epoch of its fetch (KAFKA-18723)', () => {
    const from = leaderWith([1, 2], [2, 2]);
    const to = new Bench(2);
    to.become({ leader: brokerId(1), leaderEpoch: leaderEpoch(1) });
    to.follower.append(from.read(0));
    expect(to.log.logEndOffset).toBe(2);
    // Without the bound it would take them, under an epoch of which it knows nothing.
    const unbound = new Bench(2, { ...replicationRules, appendBound: () => leaderEpoch(0x7fffffff) });
    unbound.become({ leader: brokerId(1), leaderEpoch: leaderEpoch(1) });
    unbound.follower.append(from.read(0));
    expect(unbound.log.logEndOffset).toBe(4);
  });

  test('holds a high watermark within its own log, and tells of each move', () => {
    const from = leaderWith([1, 3]);
    const to = new Bench(2);
    to.become({ leader: brokerId(1) });
    to.follower.takeHighWatermark(offset(7));
    expect(to.log.highWatermark).toBe(0);
    to.follower.append(from.read(0));
    to.follower.takeHighWatermark(offset(2));
    to.follower.takeHighWatermark(offset(2));
    expect(to.told('highWatermark').map((event) => event.offset)).toEqual([2]);
    to.follower.truncate({ epoch: leaderEpoch(1), endOffset: offset(1) });
    expect([to.log.logEndOffset, to.log.highWatermark]).toEqual([1, 1]);
    expect(to.told('highWatermark').map((event) => event.offset)).toEqual([2, 1]);
  });

  test.each([
    [0, 2, 2, 0],
    [9, 20, 9, 9],
    [1, 20, 4, 0],
  ])('out of range of a leader that holds %i to %i ends at %i with its start at %i', (start, end, logEnd, logStart) => {
    const from = leaderWith([1, 4]);
    const to = new Bench(2);
    to.become({ leader: brokerId(1) });
    to.follower.append(from.read(0));
    expect(to.follower.recoverRange(offset(start), offset(end)).ok).toBe(true);
    expect([to.log.logEndOffset, to.log.logStartOffset]).toEqual([logEnd, logStart]);
    expect(to.log.highWatermark).toBeGreaterThanOrEqual(logStart);
  });

  test('raises its log start to the leader’s, never past what it knows to be committed', () => {
    const from = leaderWith([1, 4]);
    const to = new Bench(2);
    to.become({ leader: brokerId(1) });
    to.follower.append(from.read(0));
    to.follower.takeHighWatermark(offset(3));
    to.follower.advanceLogStart(offset(4));
    expect(to.log.logStartOffset).toBe(0);
    to.follower.advanceLogStart(offset(2));
    expect(to.log.logStartOffset).toBe(2);
  });
});
