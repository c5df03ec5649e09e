/** Three brokers, a topic to consume, and raw requests to group coordinators. */

import type { BrokerConfig } from '../../../../src/kafka/config/broker-config.ts';
import { offsetsTopic, partitionFor } from '../../../../src/kafka/coordinator/group/coordinator.ts';
import { Channel } from '../../../../src/kafka/rpc/channel.ts';
import type { Rules } from '../../../../src/kafka/rules/rules.ts';
import { type TopicPartition, topicPartition } from '../../../../src/model/topic-partition.ts';
import { type Api, apis } from '../../../../src/protocol/apis.ts';
import { consumerProtocolAssignment } from '../../../../src/protocol/messages/data/consumer-protocol-assignment.ts';
import { consumerProtocolSubscription } from '../../../../src/protocol/messages/data/consumer-protocol-subscription.ts';
import { encodeToBytes } from '../../../../src/protocol/schema/codec.ts';
import type { Infer, Input, Message } from '../../../../src/protocol/schema/schema.ts';
import { Rig } from '../../broker/rig.ts';

const partitions = 3;

export interface Asked<T> {
  answer: T | undefined;
  /** Set when the connection broke or the answer did not come in time. */
  failure: string | undefined;
}

export class GroupRig extends Rig {
  constructor(options: { config?: Partial<BrokerConfig>; rules?: Rules; seed?: string; minInsyncReplicas?: string } = {}) {
    super({
      ...options,
      config: {
        offsetsTopicNumPartitions: partitions,
        groupInitialRebalanceDelayMs: 100,
        brokerSessionTimeoutMs: 3000,
        brokerHeartbeatIntervalMs: 500,
        ...options.config,
      },
    });
    this.ready();
    this.createTopic({ name: 'orders', numPartitions: 4, replicationFactor: 3, configs: new Map() });
    // Known to each broker: a commit for an unknown topic is refused.
    this.until(() => [...this.brokers.values()].every((broker) => broker.image.topicByName('orders') !== undefined), 5000, 'the topic everywhere');
    this.coordinator('g');
  }

  /** The partition of `__consumer_offsets` that a group belongs to. */
  partitionOf(group: string): TopicPartition {
    return topicPartition(offsetsTopic, partitionFor(group, partitions));
  }

  /** Asks until somebody serves the group, and says who. */
  coordinator(group: string): number {
    let id = -1;
    this.until(
      () => {
        const alive = [...this.brokers.keys()].find((each) => this.host(each).up) ?? 1;
        id = this.ask(alive, apis.findCoordinator, { coordinatorKeys: [group] }, 6).coordinators[0]?.nodeId ?? -1;
        return id > 0 && this.host(id).up && this.broker(id).groups.shardOf(group).ok;
      },
      60_000,
      'a coordinator',
    );
    return id;
  }

  /** One raw request on a connection of its own, which may wait; the answer shows in the result. */
  begin<Q extends Message, S extends Message>(id: number, api: Api<Q, S>, body: Input<Q>, version?: number, clientId = 'raw'): Asked<Infer<S>> {
    const asked: Asked<Infer<S>> = { answer: undefined, failure: undefined };
    this.client((world) => {
      const channel = new Channel(world, {
        clientId,
        host: `broker-${id}`,
        port: 9092,
        lane: 'requests',
        requestTimeoutMs: 120_000,
        connectTimeoutMs: 1000,
      });
      channel.send(
        api,
        body,
        (result) => {
          if (result.ok) asked.answer = result.value;
          else asked.failure = result.error;
          channel.close();
        },
        version === undefined ? {} : { version },
      );
    });
    return asked;
  }

  /** Joins, again with the id that is given, and waits for nothing more. */
  join(group: string, member = '', options: { version?: number; instanceId?: string; at?: number; metadata?: Uint8Array; protocol?: string } = {}) {
    const id = options.at ?? this.coordinator(group);
    const version = options.version ?? 9;
    const body = {
      groupId: group,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 20_000,
      memberId: member,
      ...(options.instanceId === undefined ? {} : { groupInstanceId: options.instanceId }),
      protocolType: 'consumer',
      protocols: [{ name: options.protocol ?? 'range', metadata: options.metadata ?? subscription(['orders']) }],
    };
    return this.begin(id, apis.joinGroup, body, version);
  }

  /** A member's id, before it has joined. */
  newMember(group: string): string {
    const asked = this.join(group);
    this.until(() => asked.answer !== undefined, 5000, 'a member id');
    return asked.answer?.memberId ?? '';
  }

  /** Members through join and sync: the first one leads and gives each one a partition. */
  stable(group: string, count: number): { readonly members: readonly string[]; readonly generation: number } {
    const members = Array.from({ length: count }, () => this.newMember(group));
    return { members, generation: this.rebalance(group, members) };
  }

  rebalance(group: string, members: readonly string[]): number {
    const joins = members.map((member) => this.join(group, member));
    this.until(() => joins.every(({ answer }) => answer !== undefined), 30_000, 'everybody joined');
    const generation = joins[0]?.answer?.generationId ?? -1;
    const leader = joins[0]?.answer?.leader;
    const syncs = members.map((member) => this.sync(group, member, generation, member === leader ? members : []));
    this.until(() => syncs.every(({ answer }) => answer !== undefined), 30_000, 'everybody assigned');
    return generation;
  }

  sync(group: string, member: string, generation: number, assign: readonly string[], version = 5) {
    const assignments = assign.map((memberId, index) => ({ memberId, assignment: assignment('orders', [index]) }));
    const named = version >= 5 ? { protocolType: 'consumer', protocolName: 'range' } : {};
    return this.begin(
      this.coordinator(group),
      apis.syncGroup,
      { groupId: group, generationId: generation, memberId: member, ...named, assignments },
      version,
    );
  }

  heartbeat(group: string, member: string, generation: number, instanceId?: string): number {
    const instance = instanceId === undefined ? {} : { groupInstanceId: instanceId };
    return this.ask(this.coordinator(group), apis.heartbeat, { groupId: group, generationId: generation, memberId: member, ...instance }, 4)
      .errorCode;
  }

  /** Commits one offset of orders-0; the error. */
  commit(group: string, member: string, generation: number, offset: number, at = this.coordinator(group)): number | undefined {
    return this.ask(at, apis.offsetCommit, commitBody(group, member, generation, offset), 9).topics[0]?.partitions[0]?.errorCode;
  }

  /** The committed offset of orders-0. */
  fetch(group: string, requireStable = true): number | undefined {
    const body = { groups: [{ groupId: group, topics: [{ name: 'orders', partitionIndexes: [0] }] }], requireStable };
    return this.ask(this.coordinator(group), apis.offsetFetch, body, 9).groups[0]?.topics[0]?.partitions[0]?.committedOffset;
  }
}

export const commitBody = (groupId: string, memberId: string, generationIdOrMemberEpoch: number, committedOffset: number) => ({
  groupId,
  memberId,
  generationIdOrMemberEpoch,
  topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: 'note' }] }],
});

const versioned = (version: number, body: Uint8Array): Uint8Array => Uint8Array.from([0, version, ...body]);
export const subscription = (topics: readonly string[]): Uint8Array =>
  versioned(1, encodeToBytes(consumerProtocolSubscription, 1, { topics, userData: null, ownedPartitions: [] }));
export const assignment = (topic: string, indexes: readonly number[]): Uint8Array =>
  versioned(1, encodeToBytes(consumerProtocolAssignment, 1, { assignedPartitions: [{ topic, partitions: indexes }], userData: null }));
