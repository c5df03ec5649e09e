/**
 * This broker as the leader of one partition in one leader epoch.
 * Owns what it knows of the followers, the ISR as committed and as proposed, and when the high watermark moves. Owns no log bytes (the
 * partition's log does), no requests and no decisions: those are the rules'.
 *
 * Transitions, one object an epoch:
 *   elected -> settled                      the epoch's start is durable, ISR members get one lag time
 *   settled -> proposing                    a follower joins or leaves; both ISRs count until it is settled (KIP-497)
 *   proposing -> settled                    committed or refused by the controller, or overtaken by newer metadata
 *   any -> gone                             newer metadata, or a failed directory, makes this broker something else; late answers do nothing
 */
import { type BrokerEpoch, type BrokerId, brokerEpoch, type LeaderEpoch, type Offset, offset } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { invariant } from '../../model/invariant.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { AppendInfo, PartitionLog } from '../log/partition-log.ts';
import type { PartitionRegistration } from '../metadata/registration.ts';
import type { FollowerState, LeaderView } from '../rules/replication.ts';
import type { IsrProposal } from './isr-manager.ts';
import type { Partition } from './partition.ts';
import type { ReplicationContext } from './replication-context.ts';

/** The controller's answer to a proposal: an error, or the partition as it stands now. */
export type ProposalAnswer =
  | { readonly type: 'refused'; readonly error: ErrorCode }
  | { readonly type: 'stands'; readonly leaderEpoch: LeaderEpoch; readonly partitionEpoch: number; readonly isr: readonly BrokerId[] };

/** The offset in a DeleteRecords that asks for the high watermark. */
const upToHighWatermark = -1;

export class Leader implements LeaderView {
  readonly id: BrokerId;
  readonly epoch: LeaderEpoch;
  readonly epochStartOffset: Offset;
  #log: PartitionLog;
  readonly #context: ReplicationContext;
  readonly #partition: Partition;
  #followers: FollowerState[];
  #replicaCount: number;
  #isr: readonly BrokerId[];
  #maximalIsr: readonly BrokerId[];
  #partitionEpoch: number;
  #minIsr: number;
  #proposal: IsrProposal | undefined;

  /** Takes over with a durable start of the epoch; KAFKA_STORAGE_ERROR when it cannot be written. `previous`: this broker led the epoch before. */
  static elect(
    context: ReplicationContext,
    partition: Partition,
    log: PartitionLog,
    registration: PartitionRegistration,
    minInsyncReplicas: number,
    previous: Leader | undefined,
  ): Result<Leader, ErrorCode> {
    const assigned = log.epochs.assign(registration.leaderEpoch, log.logEndOffset);
    if (!assigned.ok) return failed(assigned.error);
    const leader = new Leader(context, partition, log, registration, minInsyncReplicas, previous);
    leader.#tellIsr();
    // The ISR may be the leader alone.
    leader.#advance();
    return ok(leader);
  }

  private constructor(
    context: ReplicationContext,
    partition: Partition,
    log: PartitionLog,
    registration: PartitionRegistration,
    minInsyncReplicas: number,
    previous: Leader | undefined,
  ) {
    this.#context = context;
    this.#partition = partition;
    this.id = context.brokerId;
    this.#log = log;
    this.epoch = registration.leaderEpoch;
    this.epochStartOffset = log.logEndOffset;
    this.#isr = registration.isr;
    this.#maximalIsr = context.rules.maximalIsr(registration.isr, undefined);
    this.#partitionEpoch = registration.partitionEpoch;
    this.#replicaCount = registration.replicas.length;
    this.#minIsr = context.rules.effectiveMinIsr(minInsyncReplicas, this.#replicaCount);
    const nowMs = context.world.clock.monotonicMs();
    this.#followers = [];
    for (const id of registration.replicas) {
      if (id === this.id) continue;
      const known = previous?.followers.find((follower) => follower.id === id);
      this.#followers.push(context.rules.followerAtElection(id, registration.isr.includes(id), nowMs, log.logEndOffset, known));
    }
  }

  get log(): PartitionLog {
    return this.#log;
  }
  get followers(): readonly FollowerState[] {
    return this.#followers;
  }
  get isr(): readonly BrokerId[] {
    return this.#isr;
  }
  get maximalIsr(): readonly BrokerId[] {
    return this.#maximalIsr;
  }
  get minIsr(): number {
    return this.#minIsr;
  }
  get partitionEpoch(): number {
    return this.#partitionEpoch;
  }
  get highWatermark(): Offset {
    return this.log.highWatermark;
  }
  get logEndOffset(): Offset {
    return this.log.logEndOffset;
  }
  /** The replica lies in another directory. */
  replaceLog(log: PartitionLog): void {
    this.#log = log;
  }
  /** A proposal to the controller is not settled yet. */
  get proposing(): boolean {
    return this.#proposal !== undefined;
  }

  /** Writes a validated batch, unless its sequence says that it stands in the log already. After an error nothing was written. */
  append(batch: Uint8Array, acks: number, wallMs: number): Result<AppendInfo, ErrorCode> {
    if (!this.#context.rules.minIsrAllowsAppend(acks, this.#isr.length, this.#minIsr)) return failed(ErrorCode.NOT_ENOUGH_REPLICAS);
    const appended = this.log.appendAsLeader(batch, this.epoch, wallMs);
    if (!appended.ok) return appended;
    this.#advance();
    this.#context.changed(this.#partition);
    return appended;
  }

  /** Whether a fetch from this broker may be read at all: NONE, or why not. */
  checkFollower(id: BrokerId, requestedEpoch: LeaderEpoch, fetchBrokerEpoch: BrokerEpoch): ErrorCode {
    if (this.#indexOf(id) < 0) return this.#context.rules.strangerFetchError(requestedEpoch);
    return this.#context.rules.checkBrokerEpoch(fetchBrokerEpoch, this.#context.brokers.get(id));
  }

  /** A follower fetched from `offset`, in range and on this history: it holds everything below. */
  followerFetched(id: BrokerId, at: Offset, logStartOffset: Offset, fetchBrokerEpoch: BrokerEpoch): void {
    const index = this.#indexOf(id);
    const previous = this.#followers[index];
    if (previous === undefined) return;
    const { rules, world, brokers } = this.#context;
    const fetch = { offset: at, logStartOffset, brokerEpoch: fetchBrokerEpoch };
    const next = rules.followerFetched(previous, fetch, this.log.logEndOffset, world.clock.monotonicMs());
    this.#followers[index] = next;
    if (this.#proposal === undefined && rules.mayJoinIsr(this, next, brokers.get(id))) this.#propose([...this.#isr, id]);
    const advanced = next.logEndOffset !== previous.logEndOffset && this.#advance();
    if (advanced || next.logStartOffset > previous.logStartOffset) this.#context.changed(this.#partition);
  }

  /**
   * A client wants all below an offset gone; -1: all that is committed. Answers the offset that is meant. OFFSET_OUT_OF_RANGE below 0 and above
   * the high watermark (Partition.deleteRecordsOnLeader).
   */
  deleteRecords(wanted: number): Result<Offset, ErrorCode> {
    const before = wanted === upToHighWatermark ? this.log.highWatermark : wanted;
    if (before < 0 || before > this.log.highWatermark) return failed(ErrorCode.OFFSET_OUT_OF_RANGE);
    const advanced = this.log.advanceLogStart(offset(before));
    if (!advanced.ok) return advanced;
    this.#context.changed(this.#partition);
    return ok(offset(before));
  }

  /** Every live replica has dropped all below. */
  get lowWatermark(): Offset {
    return this.#context.rules.lowWatermark(this.log.logStartOffset, this.#followers, this.#context.brokers);
  }

  /** Proposes an ISR without those who lag; asked for every half of replica.lag.time.max.ms. */
  shrinkIsr(): void {
    if (this.#proposal !== undefined) return;
    const lagging = this.#context.rules.outOfSync(this, this.#context.world.clock.monotonicMs(), this.#context.lagTimeMaxMs);
    if (lagging.length > 0) this.#propose(this.#isr.filter((id) => !lagging.includes(id)));
  }

  /** Somebody else leads from here on, or nobody; what is still on its way to this one changes nothing any more. */
  resign(): void {
    this.#proposal = undefined;
  }

  /** The controller answered a proposal; an answer to one that is no longer pending changes nothing. */
  proposalAnswered(proposal: IsrProposal, answer: ProposalAnswer): void {
    if (this.#proposal !== proposal) return;
    const outcome = this.#context.rules.alterPartitionOutcome(answer.type === 'refused' ? answer.error : ErrorCode.NONE);
    if (outcome === 'awaitMetadata') return;
    if (outcome === 'resend') {
      this.#send(proposal);
      return;
    }
    if (outcome === 'commit' && answer.type === 'stands') {
      if (answer.leaderEpoch !== this.epoch || answer.partitionEpoch < this.#partitionEpoch) return;
      this.#isr = answer.isr;
      this.#partitionEpoch = answer.partitionEpoch;
    }
    this.#settle();
  }

  /**
   * Newer metadata of the same epoch: the controller's word takes the place of any proposal. What an AlterPartition answer told already
   * is no news, and must not: a proposal made since is still on its way, and the controller may accept it (KIP-497).
   */
  update(registration: PartitionRegistration): void {
    invariant(registration.leaderEpoch === this.epoch, 'a leader stays in its epoch', registration.leaderEpoch, this.epoch);
    if (registration.partitionEpoch < this.#partitionEpoch) return;
    // An answer tells the ISR only: the change that completed a reassignment shows its replicas here.
    this.#reassign(registration);
    if (registration.partitionEpoch === this.#partitionEpoch) return;
    this.#partitionEpoch = registration.partitionEpoch;
    this.#isr = registration.isr;
    this.#settle();
  }

  #reassign(registration: PartitionRegistration): void {
    const { rules, world } = this.#context;
    const { replicas, isr } = registration;
    if (replicas.length === this.#replicaCount && this.#followers.every((follower) => replicas.includes(follower.id))) return;
    const nowMs = world.clock.monotonicMs();
    this.#followers = replicas
      .filter((id) => id !== this.id)
      .map(
        (id) =>
          this.#followers.find((follower) => follower.id === id) ??
          rules.followerAtElection(id, isr.includes(id), nowMs, this.log.logEndOffset, undefined),
      );
    this.#replicaCount = replicas.length;
  }

  /** The topic's min.insync.replicas, or the number of replicas, changed. */
  setMinInsyncReplicas(minInsyncReplicas: number): void {
    const minIsr = this.#context.rules.effectiveMinIsr(minInsyncReplicas, this.#replicaCount);
    if (minIsr === this.#minIsr) return;
    this.#minIsr = minIsr;
    this.#tellIsr();
    if (this.#advance()) this.#context.changed(this.#partition);
  }

  #indexOf(id: BrokerId): number {
    for (let index = 0; index < this.#followers.length; index++) if (this.#followers[index]?.id === id) return index;
    return -1;
  }

  #propose(isr: readonly BrokerId[]): void {
    const proposal: IsrProposal = {
      leader: this,
      topicId: this.#partition.topicId,
      index: this.#partition.index,
      leaderEpoch: this.epoch,
      partitionEpoch: this.#partitionEpoch,
      members: isr.map((id) => ({ brokerId: id, brokerEpoch: this.#memberEpoch(id) })),
    };
    this.#proposal = proposal;
    this.#maximalIsr = this.#context.rules.maximalIsr(this.#isr, isr);
    this.#tellIsr();
    this.#send(proposal);
  }

  /** The incarnation whose log end was seen, so that the controller can refuse a member that was replaced since (KIP-903). */
  #memberEpoch(id: BrokerId): BrokerEpoch {
    if (id === this.id) return this.#context.brokerEpoch;
    return this.#followers[this.#indexOf(id)]?.brokerEpoch ?? brokerEpoch(-1);
  }

  #send(proposal: IsrProposal): void {
    if (this.#context.propose(proposal)) return;
    this.proposalAnswered(proposal, { type: 'refused', error: ErrorCode.OPERATION_NOT_ATTEMPTED });
  }

  #settle(): void {
    this.#proposal = undefined;
    this.#maximalIsr = this.#context.rules.maximalIsr(this.#isr, undefined);
    this.#tellIsr();
    if (this.#advance()) this.#context.changed(this.#partition);
  }

  /** True when the high watermark rose. */
  #advance(): boolean {
    const { rules, brokers, world, lagTimeMaxMs } = this.#context;
    const next = rules.advanceHighWatermark(this, brokers, world.clock.monotonicMs(), lagTimeMaxMs);
    if (next === this.log.highWatermark) return false;
    this.log.highWatermark = next;
    world.observe({ type: 'highWatermark', partition: this.#partition.name, offset: next });
    return true;
  }

  #tellIsr(): void {
    this.#context.world.observe({
      type: 'isr',
      partition: this.#partition.name,
      epoch: this.epoch,
      partitionEpoch: this.#partitionEpoch,
      isr: this.#isr,
      maximalIsr: this.#maximalIsr,
      minIsr: this.#minIsr,
    });
  }
}

/** Offset arithmetic keeps its brand. */
export const after = (last: Offset): Offset => offset(last + 1);
