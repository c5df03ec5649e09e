/**
 * One partition as this broker holds it: its log and the role it plays, moved on by the metadata.
 * Owns the change of roles and the checks of who may ask what of whom; what a role does is in leader.ts and follower.ts.
 *
 * Transitions, all by a registration with a newer partition epoch:
 *   none -> leader | follower               the broker became a replica
 *   leader <-> follower, leader -> leader   a new leader epoch; the old role object is dropped
 *   leader | follower -> none               no replica any more, the topic is gone, or the log directory failed
 */
import { type BrokerId, brokerId, type LeaderEpoch, leaderEpoch } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { type TopicPartition, topicPartition } from '../../model/topic-partition.ts';
import type { Uuid } from '../../model/uuid.ts';
import type { ProduceLimits } from '../../protocol/records/validate.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { PartitionRegistration } from '../metadata/registration.ts';
import { Follower } from './follower.ts';
import { Leader } from './leader.ts';
import type { ReplicationContext } from './replication-context.ts';

export class Partition {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly index: number;
  readonly name: TopicPartition;
  readonly #context: ReplicationContext;
  #log: PartitionLog | undefined;
  #leader: Leader | undefined;
  #follower: Follower | undefined;
  #leaderEpoch: LeaderEpoch = leaderEpoch(-1);
  #partitionEpoch = -1;
  #leaderId: BrokerId = brokerId(-1);
  #tenure = 0;
  /** What the topic's configuration demands of a produced batch; set with the role and with each change of the configuration. */
  limits: ProduceLimits | undefined;
  /** Something here changed and waits to be looked at; the replica manager's mark. */
  dirty = false;

  constructor(context: ReplicationContext, registration: PartitionRegistration) {
    this.#context = context;
    this.topic = registration.topic;
    this.topicId = registration.topicId;
    this.index = registration.index;
    this.name = topicPartition(registration.topic, registration.index);
  }

  /** Undefined once the partition was stopped, or while its log directory is offline. */
  get log(): PartitionLog | undefined {
    return this.#log;
  }
  get leader(): Leader | undefined {
    return this.#leader;
  }
  get follower(): Follower | undefined {
    return this.#follower;
  }
  get leaderEpoch(): LeaderEpoch {
    return this.#leaderEpoch;
  }
  /**
   * Counts the times this broker was anything but the leader in between: while it stands still, what was appended as leader still stands.
   * Who waits for an append compares it, since leadership may be lost and won again before the waiter is looked at.
   */
  get tenure(): number {
    return this.#tenure;
  }
  /** -1 for none. */
  get leaderId(): BrokerId {
    return this.#leaderId;
  }
  get offline(): boolean {
    return this.#log === undefined || this.#log.offline;
  }

  /**
   * Takes the role that the metadata gives. The answer says whether the leader epoch is new, which is when fetching has to start anew;
   * an error is KAFKA_STORAGE_ERROR, and the partition is offline.
   */
  become(registration: PartitionRegistration, log: PartitionLog, minInsyncReplicas: number): Result<{ readonly newEpoch: boolean }, ErrorCode> {
    if (registration.partitionEpoch < this.#partitionEpoch) return ok({ newEpoch: false });
    const newEpoch = registration.leaderEpoch > this.#leaderEpoch || this.#log !== log;
    const previous = this.#log === log ? this.#leader : undefined;
    this.#log = log;
    this.#partitionEpoch = registration.partitionEpoch;
    this.#leaderEpoch = registration.leaderEpoch;
    this.#leaderId = registration.leader;
    const leads = registration.leader === this.#context.brokerId;
    if (leads && previous !== undefined && !newEpoch) {
      previous.update(registration);
      previous.setMinInsyncReplicas(minInsyncReplicas);
      return ok({ newEpoch });
    }
    if (!leads && !newEpoch && this.#follower !== undefined) return ok({ newEpoch });
    if (!leads || previous === undefined) this.#tenure++;
    // Told before the role acts, so that what it does is seen under its own epoch.
    this.#tellRole(leads ? 'leader' : registration.leader < 0 ? 'none' : 'follower');
    this.#resign();
    const taken = leads
      ? Leader.elect(this.#context, this, log, registration, minInsyncReplicas, previous)
      : Follower.follow(this.#context, this, log, registration);
    this.#context.changed(this);
    if (!taken.ok) {
      this.stop();
      return failed(taken.error);
    }
    if (taken.value instanceof Leader) this.#leader = taken.value;
    else this.#follower = taken.value;
    return ok({ newEpoch: true });
  }

  /** The same replica lies in another directory now, with all that it held. */
  replaceLog(log: PartitionLog): void {
    this.#log = log;
    this.#leader?.replaceLog(log);
    this.#follower?.replaceLog(log);
    this.#context.changed(this);
  }

  /** No replica any more, or its storage failed. */
  stop(): void {
    if (this.#leader === undefined && this.#follower === undefined && this.#log === undefined) return;
    this.#resign();
    this.#log = undefined;
    this.#tenure++;
    this.#tellRole('none');
    this.#context.changed(this);
  }

  /**
   * The log a request may read: NONE errors are 56 when offline, 74 or 75 by the epoch the request believes in, 6 when the leader is
   * meant and this is none. The epoch is checked first, as Partition.localLogWithEpochOrThrow does.
   */
  readable(requestedEpoch: LeaderEpoch, leaderOnly: boolean): Result<PartitionLog, ErrorCode> {
    const log = this.#log;
    if (log === undefined || log.offline) return failed(ErrorCode.KAFKA_STORAGE_ERROR);
    const epochError = this.#context.rules.checkLeaderEpoch(requestedEpoch, this.#leaderEpoch);
    if (epochError !== ErrorCode.NONE) return failed(epochError);
    if (this.#leader === undefined && (leaderOnly || this.#follower === undefined)) return failed(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    return ok(log);
  }

  #resign(): void {
    this.#leader?.resign();
    this.#leader = undefined;
    this.#follower = undefined;
  }

  #tellRole(role: 'leader' | 'follower' | 'none'): void {
    this.#context.world.observe({ type: 'role', partition: this.name, role, epoch: this.#leaderEpoch, leader: this.#leaderId });
  }
}
