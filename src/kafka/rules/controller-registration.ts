/**
 * What the cluster's metadata says of a broker and of a partition, as plain immutable data: the language in which the controller's rules
 * speak, and the values of the metadata image. Owns no behaviour; a change makes a new value.
 */
import type { BrokerEpoch, BrokerId, LeaderEpoch } from '../../model/brand.ts';
import type { Uuid } from '../../model/uuid.ts';

/** "No leader": LeaderConstants.NO_LEADER. */
export const noLeader = -1 as BrokerId;

/** One partition (Kafka's PartitionRegistration). Every array is immutable and in Kafka's order. */
export interface PartitionRegistration {
  readonly topicId: Uuid;
  readonly topic: string;
  /** The partition's number within its topic, from 0. */
  readonly index: number;
  /** The assignment; its first member is the preferred leader. */
  readonly replicas: readonly BrokerId[];
  /** In-sync replicas; empty only with eligible leader replicas on (KIP-966). */
  readonly isr: readonly BrokerId[];
  /** Eligible leader replicas: outside the ISR, yet complete up to the high watermark (KIP-966). */
  readonly elr: readonly BrokerId[];
  /** The last leader of a partition that lost its last one, at most one member (KIP-966). */
  readonly lastKnownElr: readonly BrokerId[];
  /** -1 for none. */
  readonly leader: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  /** Grows by one with every change of the partition, from 0. */
  readonly partitionEpoch: number;
  /** LeaderRecoveryState RECOVERING: elected unclean and not yet reported recovered (KIP-704). */
  readonly recovering: boolean;
  readonly addingReplicas: readonly BrokerId[];
  readonly removingReplicas: readonly BrokerId[];
  /** The log directory of each replica, in the order of `replicas` (KIP-858). */
  readonly directories: readonly Uuid[];
}

/** One broker's registration (Kafka's BrokerRegistration). */
export interface BrokerRegistration {
  readonly id: BrokerId;
  /** The offset of the registration record. */
  readonly epoch: BrokerEpoch;
  /** One a process start. */
  readonly incarnation: Uuid;
  readonly endpoints: readonly BrokerEndpoint[];
  /** Host and port of the first endpoint. */
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
  readonly logDirs: readonly Uuid[];
  readonly features: readonly BrokerFeature[];
}

export interface BrokerEndpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly securityProtocol: number;
}

export interface BrokerFeature {
  readonly name: string;
  readonly minSupportedVersion: number;
  readonly maxSupportedVersion: number;
}
