/**
 * How requests find partitions, and what they are told of a partition's leader. Owns no state.
 */
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { type Uuid, zeroUuid } from '../../model/uuid.ts';
import type { PartitionRegistration } from '../metadata/registration.ts';
import type { Partition } from '../replication/partition.ts';
import type { BrokerContext } from './broker-context.ts';

/** Topics.isInternal. */
export const isInternal = (topic: string): boolean => topic === '__consumer_offsets' || topic === '__transaction_state';

/**
 * The partition on this broker, by id where the request has one, else by name. NOT_LEADER_OR_FOLLOWER when another broker holds it,
 * UNKNOWN_TOPIC_ID or UNKNOWN_TOPIC_OR_PARTITION when nobody does (ReplicaManager.getPartitionOrError).
 */
export function findPartition(broker: BrokerContext, topic: string, topicId: Uuid, index: number): Result<Partition, ErrorCode> {
  const byName = topicId === zeroUuid;
  const partition = byName ? broker.replicas.byName(topic, index) : broker.replicas.byId(topicId, index);
  if (partition !== undefined) return ok(partition);
  const image = byName ? broker.image.topicByName(topic) : broker.image.topicById(topicId);
  if (image?.partitions[index] !== undefined) return failed(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  return failed(image === undefined && !byName ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
}

export interface LeaderHint {
  readonly leaderId: number;
  readonly leaderEpoch: number;
}
/** Nothing is said of the leader. */
export const noLeaderHint: LeaderHint = { leaderId: -1, leaderEpoch: -1 };
export interface NodeEndpoint {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** Gathers where leaders are for one answer (KIP-951). */
export class LeaderHints {
  readonly #broker: BrokerContext;
  #nodes: NodeEndpoint[] | undefined;

  constructor(broker: BrokerContext) {
    this.#broker = broker;
  }

  of(topic: string, topicId: Uuid, index: number): LeaderHint | undefined {
    const { image: cluster } = this.#broker;
    const image = topicId === zeroUuid ? cluster.topicByName(topic) : cluster.topicById(topicId);
    const partition: PartitionRegistration | undefined = image?.partitions[index];
    if (partition === undefined) return undefined;
    const leader = cluster.brokers.get(partition.leader);
    this.#nodes ??= [];
    if (leader !== undefined && !leader.fenced && !this.#nodes.some((node) => node.nodeId === leader.id))
      this.#nodes.push({ nodeId: leader.id, host: leader.host, port: leader.port, rack: leader.rack });
    return { leaderId: partition.leader, leaderEpoch: partition.leaderEpoch };
  }

  endpoints(): readonly NodeEndpoint[] {
    return this.#nodes ?? noEndpoints;
  }
}
const noEndpoints: readonly NodeEndpoint[] = [];
