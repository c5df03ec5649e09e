/** What a controller node needs of its configuration: Kafka's keys in camel case, units last. Owns no parsing. */
import type { BrokerId } from '../../model/brand.ts';

export interface ControllerConfig {
  readonly nodeId: BrokerId;
  readonly clusterId: string;
  /** Where the listener `controller` is; port 0 takes any free one. */
  readonly listener: { readonly host: string; readonly port: number };
  /** broker.session.timeout.ms, 9000. */
  readonly brokerSessionTimeoutMs: number;
  /** default.replication.factor, 1. */
  readonly defaultReplicationFactor: number;
  /** num.partitions, 1. */
  readonly numPartitions: number;
  /** min.insync.replicas, 1: where neither topic nor cluster sets it. */
  readonly minInsyncReplicas: number;
  /** unclean.leader.election.enable, false. */
  readonly uncleanLeaderElectionEnable: boolean;
  /** auto.leader.rebalance.enable, true. */
  readonly autoLeaderRebalanceEnable: boolean;
  /** leader.imbalance.check.interval.seconds, 300. */
  readonly leaderImbalanceCheckIntervalSeconds: number;
  /** unclean.leader.election.interval.ms, 300000. */
  readonly uncleanLeaderElectionIntervalMs: number;
  /** socket.request.max.bytes, 104857600. */
  readonly socketRequestMaxBytes: number;
}
