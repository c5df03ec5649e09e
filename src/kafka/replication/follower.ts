/**
 * This broker as a follower of one partition in one leader epoch: what it does to its log, one step at a time.
 * Owns no fetching (the fetcher asks and hands answers over) and no decisions (the rules'). Every method is one step, after which a
 * crash may fall.
 *
 * Transitions, one object an epoch:
 *   taken over -> sharing                   nothing is cut (KIP-101); the next fetch tells whether the histories part
 *   sharing -> truncated -> sharing         the leader named a diverging epoch; again if one round was not enough (KIP-279)
 *   sharing -> out of range -> sharing      the leader's log does not reach here any more
 *   any -> gone                             newer metadata makes this broker something else
 */
import type { BrokerId, LeaderEpoch, Offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import { done, ok, type Result } from '../../model/result.ts';
import type { AppendInfo, PartitionLog } from '../log/partition-log.ts';
import type { PartitionRegistration } from '../metadata/registration.ts';
import type { EpochEnd, OutOfRange } from '../rules/replication.ts';
import type { Partition } from './partition.ts';
import type { ReplicationContext } from './replication-context.ts';

export class Follower {
  readonly epoch: LeaderEpoch;
  /** -1: the partition has no leader. */
  readonly leader: BrokerId;
  #log: PartitionLog;
  readonly #context: ReplicationContext;
  readonly #partition: Partition;

  static follow(
    context: ReplicationContext,
    partition: Partition,
    log: PartitionLog,
    registration: PartitionRegistration,
  ): Result<Follower, ErrorCode> {
    const follower = new Follower(context, partition, log, registration);
    const { truncateTo } = context.rules.followerTakeOver(log.logEndOffset, log.highWatermark);
    const cut = truncateTo === undefined ? done : follower.#cutTo(truncateTo);
    return cut.ok ? ok(follower) : cut;
  }

  private constructor(context: ReplicationContext, partition: Partition, log: PartitionLog, registration: PartitionRegistration) {
    this.#context = context;
    this.#partition = partition;
    this.#log = log;
    this.epoch = registration.leaderEpoch;
    this.leader = registration.leader;
  }

  get log(): PartitionLog {
    return this.#log;
  }
  /** The replica lies in another directory. */
  replaceLog(log: PartitionLog): void {
    this.#log = log;
  }
  /** The offset to fetch from. */
  get fetchOffset(): Offset {
    return this.log.logEndOffset;
  }
  /** The epoch of the last record held, -1 for none: what the leader compares histories by. */
  get lastFetchedEpoch(): LeaderEpoch {
    return this.log.epochs.latest();
  }

  /** Cuts where the rules say, given where the leader's history ends for an epoch. */
  truncate(leader: EpochEnd): Result<void, ErrorCode> {
    return this.#cutTo(this.#context.rules.truncationPoint(this.log.epochs.entries(), this.log.logEndOffset, leader).to);
  }

  /** Appends what an answer to a fetch of this epoch carried, whole batches only. */
  append(records: Uint8Array): Result<AppendInfo, ErrorCode> {
    return this.log.appendAsFollower(records, this.#context.rules.appendBound(this.epoch));
  }

  takeHighWatermark(leaderHighWatermark: Offset): void {
    const next = this.#context.rules.followerHighWatermark(leaderHighWatermark, this.log.logStartOffset, this.log.logEndOffset);
    this.#setHighWatermark(next);
  }

  /** Records below the leader's log start are deleted there for good. */
  advanceLogStart(leaderLogStart: Offset): Result<void, ErrorCode> {
    // Never past the high watermark: what is not known to be committed is not deleted (UnifiedLog.maybeIncrementLogStartOffset).
    if (leaderLogStart <= this.log.logStartOffset || leaderLogStart > this.log.highWatermark) return done;
    return this.log.advanceLogStart(leaderLogStart);
  }

  /** The leader's log lies elsewhere. The answer says what was done. */
  recoverRange(leaderLogStart: Offset, leaderLogEnd: Offset): Result<OutOfRange, ErrorCode> {
    const decision = this.#context.rules.outOfRange(this.log.logEndOffset, leaderLogStart, leaderLogEnd);
    if (decision.type === 'truncate') {
      const cut = this.#cutTo(decision.to);
      return cut.ok ? ok(decision) : cut;
    }
    if (decision.type === 'restart') {
      const restarted = this.log.truncateFullyAndStartAt(decision.at);
      if (!restarted.ok) return restarted;
      this.#setHighWatermark(this.#context.rules.followerHighWatermark(this.log.highWatermark, this.log.logStartOffset, this.log.logEndOffset));
    }
    return ok(decision);
  }

  /** Also when nothing lies above: epochs may begin at the log end without a record, and they go as well (KAFKA-10706). */
  #cutTo(to: Offset): Result<void, ErrorCode> {
    const before = this.log.highWatermark;
    this.#context.cutCopy(this.#partition, to);
    const cut = this.log.truncateTo(to);
    if (!cut.ok) return cut;
    if (this.log.highWatermark !== before)
      this.#context.world.observe({ type: 'highWatermark', partition: this.#partition.name, offset: this.log.highWatermark });
    this.#context.changed(this.#partition);
    return done;
  }

  #setHighWatermark(next: Offset): void {
    if (next === this.log.highWatermark) return;
    this.log.highWatermark = next;
    this.#context.world.observe({ type: 'highWatermark', partition: this.#partition.name, offset: next });
    this.#context.changed(this.#partition);
  }
}
