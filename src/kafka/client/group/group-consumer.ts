/**
 * Kafka's consumer by subscribe(): a consumer by assignment, whose partitions a membership in a group decides. Owns what stands between the
 * two: giving up and taking partitions with the application's callbacks, positions from committed offsets, automatic commits, and polls that
 * give nothing while a callback runs. As ClassicKafkaConsumer and ConsumerCoordinator: all of this goes on only while poll() is awaited.
 * pause() and resume() hold for as long as a partition stays; under the eager protocol none does. Lane: requests.
 */
import type { World } from '../../../io/world.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import { invariant } from '../../../model/invariant.ts';
import type { Result } from '../../../model/result.ts';
import { splitTopicPartition, type TopicPartition } from '../../../model/topic-partition.ts';
import type { GroupConsumerConfig } from '../config.ts';
import { Consumer, type PollResult, type PositionChange } from '../consumer.ts';
import { type ClientRules, kafkaClientRules } from '../rules.ts';
import { type AssignorName, assignorNames, type RebalanceProtocol } from './assignor/assignment.ts';
import { protocolOf, userDataOf } from './assignor/assignors.ts';
import type { OwnedBefore } from './assignor/sticky-user-data.ts';
import { AutoCommit } from './auto-commit.ts';
import { type Committed, CommittedOffsets } from './committed-offsets.ts';
import { decodeAssignment, encodeSubscription } from './consumer-protocol.ts';
import type { Identity } from './member-state.ts';
import { Membership } from './membership.ts';
import { type CommitDone, type CommitOffsets, OffsetCommits } from './offset-commits.ts';
import type { RebalanceListener } from './rebalance-listener.ts';

/** `groupFailed`: the group cannot be joined, or this member was fenced; the next poll tries again. */
export type GroupPollResult = PollResult | { readonly type: 'groupFailed'; readonly error: number };

interface Poll {
  readonly done: (result: GroupPollResult) => void;
  readonly endsAtMs: number;
}

/** Kafka's default of close(). */
const closeTimeoutMs = 30_000;

export class GroupConsumer {
  readonly #world: World;
  readonly #config: GroupConsumerConfig;
  readonly #rules: ClientRules;
  readonly #consumer: Consumer;
  readonly #membership: Membership;
  readonly #commits: OffsetCommits;
  readonly #committed: CommittedOffsets;
  readonly #autoCommit: AutoCommit;
  readonly #assignors: readonly AssignorName[];
  readonly #protocol: RebalanceProtocol;
  /** What each assignor was told last. */
  readonly #last = new Map<AssignorName, OwnedBefore>();
  /**
   * The generation of the last assignment that was taken, -1 before the first: so old is the claim to what is owned. A generation that was joined
   * and never synced gave nothing, and a member that joins again after it says the same as before (ConsumerCoordinator.groupMetadata).
   */
  #takenIn = -1;
  #topics: readonly string[] = [];
  #listener: RebalanceListener = {};
  #poll: Poll | undefined;
  /** The consumer below is awaited. */
  #reading = false;
  /** Callbacks of the application under way. */
  #callbacks = 0;
  #moved: PositionChange[] = [];
  #failure: number | undefined;
  /** The identity for which committed offsets are being asked; an answer for another one is old. */
  #asking: Identity | undefined;
  #closed = false;

  /** `name` is stable over runs and keys timers and randomness; the client id by default. */
  constructor(world: World, config: GroupConsumerConfig, rules: ClientRules = kafkaClientRules, name = config.clientId) {
    this.#world = world;
    this.#config = config;
    this.#rules = rules;
    const listed = config.partitionAssignmentStrategy.split(',').map((each) => each.trim());
    this.#assignors = listed.flatMap((each) => assignorNames.filter((known) => known === each));
    this.#protocol = protocolOf(this.#assignors);
    this.#consumer = new Consumer(world, config, rules, name, () => this.#metadataUpdated());
    const { cluster } = this.#consumer;
    this.#membership = new Membership(world, cluster, config, rules, `${name} group`, {
      topics: () => this.#topics,
      protocols: () => this.#protocols(),
      prepare: (inGeneration, done) => this.#prepare(inGeneration, done),
      adopt: (identity, assignment, done) => this.#adopt(identity, assignment, done),
      coordinatorFound: () => {
        this.#commits.coordinatorFound();
        this.#initialise();
      },
      coordinatorNotFound: (error) => this.#commits.coordinatorNotFound(error),
      failed: (error) => this.#fail(error),
    });
    this.#commits = new OffsetCommits(world, cluster, config, rules, `${name} group`, this.#membership);
    this.#committed = new CommittedOffsets(world, cluster, this.#membership.link, config, rules, `${name} group`);
    this.#autoCommit = new AutoCommit(world, config, `${name} group`, this.#consumer, this.#commits, () => this.#isPolling);
  }

  /** Wants the partitions of these topics shared with the rest of the group, from the next poll on. */
  subscribe(topics: readonly string[], listener: RebalanceListener = {}): void {
    invariant(topics.length > 0 && !this.#closed, 'a consumer subscribes to topics before close()');
    this.#topics = [...new Set(topics)];
    this.#listener = listener;
    for (const topic of this.#topics) this.#consumer.cluster.want(topic);
    this.#membership.advance();
  }

  /** Gives up all partitions and leaves the group, not without saying so; `done` when the coordinator was told. subscribe() begins anew. */
  unsubscribe(done: () => void = () => {}): void {
    this.#endPoll({ type: 'records', records: [], moved: [] });
    this.#leavePrepare(() => {
      this.#topics = [];
      this.#membership.leave('the consumer unsubscribed from all topics', done);
    });
  }

  get subscription(): readonly string[] {
    return this.#topics;
  }

  /** Owned by now. */
  get assignment(): readonly TopicPartition[] {
    return this.#consumer.assignment;
  }

  /** Who this member is; generation -1 while it is in none. */
  get identity(): Identity {
    return this.#membership.state.identity;
  }

  get isLeader(): boolean {
    return this.#membership.leadership.assignedCounts !== undefined;
  }

  /** Gives records as soon as there are any; takes part in rebalances meanwhile. One at a time, and not from within a callback. */
  poll(timeoutMs: number, done: (result: GroupPollResult) => void): void {
    invariant(this.#poll === undefined && !this.#closed && this.#topics.length > 0, 'a subscribed consumer is polled once at a time');
    this.#poll = { done, endsAtMs: this.#world.clock.monotonicMs() + timeoutMs };
    // In a step of the lane: what a rebalance does must not happen within the application's call.
    this.#world.on('requests', () => {
      if (this.#poll === undefined || this.#callbacks > 0) return;
      if (this.#tellFailure()) return;
      this.#autoCommit.polled();
      this.#membership.polling(true);
      this.#initialise();
      this.#read();
    });
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#consumer.pause(partitions);
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#consumer.resume(partitions);
  }

  position(partition: TopicPartition): number | undefined {
    return this.#consumer.position(partition);
  }

  /** As Consumer.seek(); goes before a committed offset that is not known yet. */
  seek(partition: TopicPartition, offset: number, offsetEpoch = -1): void {
    this.#consumer.seek(partition, offset, offsetEpoch);
    this.#consumer.release([partition]);
  }

  seekToBeginning(partitions: readonly TopicPartition[]): void {
    this.#consumer.seekToBeginning(partitions);
    this.#consumer.release(partitions);
  }

  seekToEnd(partitions: readonly TopicPartition[]): void {
    this.#consumer.seekToEnd(partitions);
    this.#consumer.release(partitions);
  }

  /** One attempt to commit: these, by default all that polls gave. */
  commitAsync(offsets: CommitOffsets | undefined, done: CommitDone = () => {}): void {
    this.#commits.commit(offsets ?? this.#consumer.consumed, (result) => {
      if (result.type === 'failed' && result.failure === 'fenced') this.#fail(result.error);
      done(result);
    });
  }

  /** Commits, again and again while that may help. */
  commitSync(offsets: CommitOffsets | undefined, done: CommitDone, timeoutMs = this.#config.defaultApiTimeoutMs): void {
    this.#commits.commitSync(offsets ?? this.#consumer.consumed, timeoutMs, done);
  }

  /** What the group committed; needs the coordinator to be known, and asks until it answers. */
  committed(partitions: readonly TopicPartition[], done: (result: Result<Committed, number>) => void): void {
    this.#membership.link.find();
    this.#committed.fetch(partitions, () => !this.#closed, done);
  }

  /** Leaves the group: commits first where that is automatic, gives up what it owns, then says so. `done` when the brokers were told. */
  close(done: () => void = () => {}, timeoutMs = closeTimeoutMs): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#endPoll({ type: 'records', records: [], moved: [] });
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      deadline.cancel();
      this.#autoCommit.close();
      this.#membership.close();
      this.#consumer.close(done);
    };
    const deadline = this.#world.clock.after(`${this.#config.clientId} close`, timeoutMs, () => this.#world.on('requests', end));
    this.#autoCommit.last(timeoutMs, () =>
      this.#commits.whenSettled(() => this.#leavePrepare(() => this.#membership.leave('the consumer is being closed', end))),
    );
  }

  get #isPolling(): boolean {
    return this.#poll !== undefined && this.#callbacks === 0 && !this.#closed;
  }

  #protocols() {
    const generation = this.#takenIn;
    return this.#assignors.map((name) => ({
      name,
      metadata: encodeSubscription({
        topics: this.#topics,
        ownedPartitions: this.assignment,
        generation,
        userData: userDataOf(name, this.#last.get(name)),
      }),
    }));
  }

  /** Before JoinGroup: commits, then gives up what must be given up. */
  #prepare(inGeneration: boolean, done: () => void): void {
    // What is read while the commit is on its way would be read again by the next owner.
    if (this.#protocol === 'eager' && this.#autoCommit.enabled) this.#consumer.hold(this.assignment);
    this.#autoCommit.beforeJoin(() => this.#membership.whenPolled(() => this.#relinquish(inGeneration, done)));
  }

  #relinquish(wasIn: boolean, done: () => void): void {
    // The member may have been thrown out while it committed.
    const inGeneration = wasIn && this.#membership.state.inGeneration;
    const { revoked, lost } = this.#rules.group.beforeJoin(this.#protocol, this.assignment, this.#topics, inGeneration);
    const gone = new Set([...revoked, ...lost]);
    const drop = () => {
      this.#consumer.assign(this.assignment.filter((partition) => !gone.has(partition)));
      done();
    };
    if (lost.length > 0) this.#tellLost(lost, drop);
    else if (revoked.length > 0 || (inGeneration && this.#protocol === 'eager')) this.#tell(this.#listener.onPartitionsRevoked, revoked, drop);
    else drop();
  }

  #adopt(identity: Identity, bytes: Uint8Array, done: (rejoin: boolean) => void): void {
    this.#takenIn = identity.generation;
    const decoded = decodeAssignment(bytes);
    const assigned = decoded.ok ? decoded.value : [];
    // The leader left this member out, or it does not speak Kafka's language.
    if (!decoded.ok) this.#fail(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    // The subscription changed meanwhile: what comes is not wanted any more.
    if (!decoded.ok || assigned.some((partition) => !this.#topics.includes(splitTopicPartition(partition).topic))) {
      done(true);
      return;
    }
    const { revoked, added, rejoin } = this.#rules.group.adopt(this.#protocol, this.assignment, assigned);
    const take = () => {
      for (const name of this.#assignors)
        if (name === identity.protocol) this.#last.set(name, { partitions: assigned, generation: identity.generation });
      this.#autoCommit.restart();
      this.#consumer.assign(assigned, true);
      this.#tell(this.#listener.onPartitionsAssigned, added, () => {
        done(rejoin);
        this.#initialise();
      });
    };
    if (revoked.length > 0) this.#tell(this.#listener.onPartitionsRevoked, revoked, take);
    else take();
  }

  /** ConsumerCoordinator.onLeavePrepare */
  #leavePrepare(done: () => void): void {
    const owned = this.assignment;
    const dropped = () => {
      this.#consumer.assign([]);
      done();
    };
    if (owned.length === 0) dropped();
    else if (!this.#membership.state.inGeneration || this.#membership.rebalancing) this.#tellLost(owned, dropped);
    else this.#tell(this.#listener.onPartitionsRevoked, owned, dropped);
  }

  #tellLost(partitions: readonly TopicPartition[], then: () => void): void {
    this.#tell(this.#listener.onPartitionsLost ?? this.#listener.onPartitionsRevoked, partitions, then);
  }

  /** Calls the application back; polls stand still until it has finished. */
  #tell(callback: RebalanceListener['onPartitionsRevoked'], partitions: readonly TopicPartition[], then: () => void): void {
    if (callback === undefined) {
      then();
      return;
    }
    this.#callbacks++;
    this.#consumer.interrupt();
    this.#membership.polling(false);
    let finished = false;
    callback(partitions, () => {
      invariant(!finished, 'a callback finishes once');
      finished = true;
      this.#world.on('requests', () => {
        this.#callbacks--;
        if (this.#isPolling) this.#membership.polling(true);
        then();
        if (this.#isPolling && !this.#tellFailure()) this.#read();
      });
    });
  }

  /** Gives the partitions that just came a position: what the group committed, else what the reset policy says. */
  #initialise(): void {
    const { state, link } = this.#membership;
    if (!this.#isPolling || !link.known || (this.#asking !== undefined && state.is(this.#asking))) return;
    const partitions = this.#consumer.unpositioned;
    if (partitions.length === 0) return;
    const identity = state.identity;
    this.#asking = identity;
    const wanted = () => this.#asking === identity && state.is(identity) && !this.#closed;
    const again = () => {
      this.#asking = undefined;
      this.#initialise();
    };
    this.#committed.fetch(partitions, wanted, (result) => {
      if (!result.ok) {
        this.#asking = undefined;
        this.#fail(result.error);
        return;
      }
      const waiting = this.#consumer.unpositioned;
      for (const partition of partitions) {
        const position = result.value.get(partition);
        if (position !== undefined && waiting.includes(partition)) this.#consumer.seek(partition, position.offset, position.offsetEpoch);
      }
      this.#consumer.release(partitions.filter((partition) => this.assignment.includes(partition)));
      again();
    });
  }

  #metadataUpdated(): void {
    this.#membership.leadership.metadataUpdated();
    this.#membership.advance();
  }

  #read(): void {
    const poll = this.#poll;
    if (poll === undefined || this.#reading || this.#callbacks > 0) return;
    this.#reading = true;
    this.#consumer.poll(Math.max(0, poll.endsAtMs - this.#world.clock.monotonicMs()), (result) => {
      this.#reading = false;
      if (result.type === 'records' && (this.#callbacks > 0 || this.#poll !== poll)) this.#moved.push(...result.moved);
      else if (result.type === 'failed') this.#endPoll(result);
      else {
        const moved = [...this.#moved, ...result.moved];
        this.#moved = [];
        this.#endPoll({ ...result, moved });
      }
    });
  }

  #fail(error: number): void {
    this.#failure ??= error;
    if (this.#isPolling) this.#tellFailure();
  }

  #tellFailure(): boolean {
    const error = this.#failure;
    if (error === undefined) return false;
    this.#failure = undefined;
    this.#endPoll({ type: 'groupFailed', error });
    return true;
  }

  #endPoll(result: GroupPollResult): void {
    const poll = this.#poll;
    if (poll === undefined) return;
    this.#poll = undefined;
    this.#membership.polling(false);
    this.#consumer.interrupt();
    poll.done(result);
  }
}
