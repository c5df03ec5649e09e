/** How a cluster stands at one moment, as its nodes reported it last: for people who look at a run, and for checkers of their own. Judges nothing. */
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { SimulatedCluster } from '../cluster/cluster.ts';

/** One broker. */
export interface BrokerState {
  readonly id: number;
  readonly state: 'starting' | 'running' | 'paused' | 'down';
  /** The controller does not let it serve. */
  readonly fenced: boolean;
}

/** What one broker holds of one partition. */
export interface ReplicaState {
  /** The broker's id. */
  readonly broker: number;
  readonly logStart: number;
  /** One past the last offset. Of a broker that is down: when it was last up. */
  readonly logEnd: number;
  /** Undefined where the broker told none since it started. */
  readonly highWatermark: number | undefined;
}

/** One partition, as the controller last decided. */
export interface PartitionState {
  readonly partition: TopicPartition;
  /** A broker's id; -1 without one. */
  readonly leader: number;
  readonly isr: readonly number[];
  /** Eligible leader replicas (KIP-966). */
  readonly elr: readonly number[];
  /** In the order of the replica list. */
  readonly replicas: readonly ReplicaState[];
}

/** All brokers and partitions. */
export interface ClusterState {
  /** By id. */
  readonly brokers: readonly BrokerState[];
  /** By topic and index, those of `__consumer_offsets` last. */
  readonly partitions: readonly PartitionState[];
}

export function clusterStateOf(cluster: SimulatedCluster, partitions: readonly TopicPartition[]): ClusterState {
  const { view } = cluster;
  const brokers = cluster.brokerIds().map((nodeId): BrokerState => {
    const up = view.running.has(nodeId) ? 'running' : 'starting';
    const name = cluster.nameOf(nodeId) ?? '';
    const state = cluster.isPaused(name) ? 'paused' : up;
    return { id: nodeId, state: cluster.isUp(name) ? state : 'down', fenced: !view.unfenced.has(nodeId) };
  });
  return { brokers, partitions: partitions.flatMap((partition) => partitionStateOf(cluster, partition)) };
}

/** Empty while the controller knows none. */
function partitionStateOf({ view }: SimulatedCluster, partition: TopicPartition): readonly PartitionState[] {
  const known = view.partitions.get(partition);
  if (known === undefined) return [];
  const { leader, isr, elr, logEnds, logStarts, highWatermarks } = known;
  const replicas = known.replicas.map((broker): ReplicaState => {
    return { broker, logStart: logStarts.get(broker) ?? 0, logEnd: logEnds.get(broker) ?? 0, highWatermark: highWatermarks.get(broker) };
  });
  return [{ partition, leader, isr, elr, replicas }];
}
