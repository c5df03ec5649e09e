/**
 * One member of a consumer group of the workload: polls, works on what a poll gave for a while, commits as its plan says, and writes into the
 * history what it read, worked on, committed, and what it was told of its partitions. As an application with a poll loop would.
 */
import type { World } from '../../io/world.ts';
import { type Bootstrap, groupConsumerConfig } from '../../kafka/client/config.ts';
import { GroupConsumer, type GroupPollResult } from '../../kafka/client/group/group-consumer.ts';
import type { ClientRules, Position } from '../../kafka/client/rules.ts';
import { offset } from '../../model/brand.ts';
import { errorName } from '../../model/error-code.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { History, Invocation } from '../history/history.ts';
import type { PollOperation, ProcessId, ReadRecord, RebalanceOperation } from '../history/operation.ts';
import type { GroupPlan } from './plan.ts';
import { pollOperation, pollResult } from './poll-result.ts';

const pollMs = 1000;
/** Before a poll after one that failed. */
const pauseMs = 100;

export interface GroupMemberOptions {
  readonly id: string;
  readonly history: History;
  readonly process: ProcessId;
  readonly bootstrap: Bootstrap['bootstrapServers'];
  readonly rules: ClientRules;
  /** What is wrong with the application: how much longer it works on each poll, by now. */
  readonly slownessMs: () => number;
}

export class GroupMemberClient {
  readonly group: string;
  readonly #world: World;
  readonly #plan: GroupPlan;
  readonly #options: GroupMemberOptions;
  readonly #consumer: GroupConsumer;
  /** The application is in poll(), rather than at work on what one gave. */
  #polling = false;
  #stopping: (() => void) | undefined;

  constructor(world: World, plan: GroupPlan, options: GroupMemberOptions) {
    this.group = plan.id;
    this.#world = world;
    this.#plan = plan;
    this.#options = options;
    const { sessionTimeoutMs, maxPollIntervalMs, maxPollRecords, metadataMaxAgeMs } = plan;
    const config = groupConsumerConfig({
      bootstrapServers: options.bootstrap,
      clientId: options.id,
      groupId: plan.id,
      ...(plan.staticMembers ? { groupInstanceId: options.id } : {}),
      partitionAssignmentStrategy: plan.assignor,
      enableAutoCommit: plan.commit === 'automatic',
      autoCommitIntervalMs: 1000,
      autoOffsetReset: 'earliest',
      sessionTimeoutMs,
      heartbeatIntervalMs: Math.min(3000, Math.floor(sessionTimeoutMs / 3)),
      maxPollIntervalMs,
      maxPollRecords,
      ...(metadataMaxAgeMs === undefined ? {} : { metadataMaxAgeMs }),
      requestTimeoutMs: 5000,
      allowAutoCreateTopics: false,
    });
    if (!config.ok) throw new Error(`member ${options.id}: ${config.error}`);
    this.#consumer = new GroupConsumer(world, config.value, options.rules);
  }

  get owned(): readonly TopicPartition[] {
    return this.#consumer.assignment;
  }

  start(): void {
    this.#consumer.subscribe(this.#plan.topics, {
      onPartitionsRevoked: (partitions, done) => this.#told('revoked', partitions, done),
      onPartitionsLost: (partitions, done) => this.#told('lost', partitions, done),
      onPartitionsAssigned: (partitions, done) => {
        this.#told('assigned', partitions, done);
        this.#askCommitted(partitions);
      },
    });
    this.#poll(this.#options.history.invoke<PollOperation>(this.#options.process, { type: 'poll' }));
  }

  /** Leaves the group once the work under way is done. */
  stop(done: () => void): void {
    this.#stopping = done;
    if (this.#polling) this.#consumer.close(done);
  }

  #told(event: RebalanceOperation['event'], partitions: readonly TopicPartition[], done: () => void): void {
    const { history, process } = this.#options;
    const { memberId, generation } = this.#consumer.identity;
    const owned = this.#consumer.assignment;
    const operation: RebalanceOperation = { type: 'rebalance', group: this.group, event, partitions, owned, memberId, generation };
    history.ok(history.invoke(process, operation), { type: 'rebalance' });
    done();
  }

  #askCommitted(partitions: readonly TopicPartition[]): void {
    if (partitions.length === 0) return;
    const { history, process } = this.#options;
    const invocation = history.invoke(process, { type: 'committed', group: this.group });
    this.#consumer.committed(partitions, (result) => {
      if (!result.ok) history.info(invocation, errorName(result.error));
      else {
        const offsets = partitions.map((partition) => ({ partition, offset: offset(result.value.get(partition)?.offset ?? -1) }));
        history.ok(invocation, { type: 'committed', offsets });
      }
    });
  }

  /** An empty poll goes on in the same operation. */
  #poll(invocation: Invocation<PollOperation>): void {
    if (this.#stopping !== undefined) {
      this.#consumer.close(this.#stopping);
      return;
    }
    this.#polling = true;
    this.#consumer.poll(pollMs, (result) => this.#polled(invocation, result));
  }

  #polled(invocation: Invocation<PollOperation>, result: GroupPollResult): void {
    const { history, process } = this.#options;
    this.#polling = false;
    if (result.type !== 'records') {
      this.#world.clock.after('workload poll', pauseMs, () => this.#world.on('requests', () => this.#poll(invocation)));
      return;
    }
    if (result.records.length === 0 && result.moved.length === 0) {
      this.#poll(invocation);
      return;
    }
    const polled = pollResult(result.records, result.moved);
    history.ok(invocation, polled);
    const again = () => this.#poll(history.invoke(process, pollOperation));
    switch (this.#plan.commit) {
      case 'automatic':
        this.#handle(polled.records, again);
        return;
      case 'after-processing':
        this.#handle(polled.records, () => this.#commit(polled.records, again));
        return;
      case 'before-processing':
        this.#commit(polled.records, () => this.#handle(polled.records, again));
    }
  }

  #handle(records: readonly ReadRecord[], then: () => void): void {
    const { history, process } = this.#options;
    const invocation = history.invoke(process, { type: 'handle', group: this.group, records });
    const handled = () => {
      history.ok(invocation, { type: 'handle' });
      then();
    };
    const workMs = this.#plan.handlerMs + this.#options.slownessMs();
    if (workMs === 0) handled();
    else this.#world.clock.after('workload handle', workMs, () => this.#world.on('requests', handled));
  }

  /** A commit that was not acknowledged may have been taken all the same: an earlier attempt of it. */
  #commit(records: readonly ReadRecord[], then: () => void): void {
    const { history, process } = this.#options;
    const positions = new Map<TopicPartition, Position>(records.map(({ partition, offset: at }) => [partition, { offset: at + 1, offsetEpoch: -1 }]));
    const offsets = [...positions].map(([partition, position]) => ({ partition, offset: offset(position.offset) }));
    if (offsets.length === 0) {
      then();
      return;
    }
    const invocation = history.invoke(process, { type: 'commit', group: this.group, offsets });
    this.#consumer.commitSync(positions, (result) => {
      if (result.type === 'committed') history.ok(invocation, { type: 'commit', attempts: result.attempts });
      else history.info(invocation, `${result.failure}: ${errorName(result.error)}`);
      then();
    });
  }
}
