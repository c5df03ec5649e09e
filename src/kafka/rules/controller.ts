/**
 * The controller's safety decisions: who may lead, who is in sync, who is eligible, whose registration stands, whose heartbeat is too old.
 * Pure functions over plain data; they know no requests and no records. `kafkaControllerRules` decides as Apache Kafka 4.3 does.
 * Sources: KIP-966 (eligible leader replicas), KIP-903 and KIP-841 (who may join an ISR), KIP-455 (reassignment), KIP-631 (broker life cycle),
 * PartitionChangeBuilder, ReplicationControlManager, ClusterControlManager and BrokerHeartbeatManager.
 */
import type { BrokerEpoch, BrokerId } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import type { Uuid } from '../../model/uuid.ts';
import type { BrokerRegistration, PartitionRegistration } from '../metadata/registration.ts';

/** `online`: keep the partition available. `preferred`: move to the first replica if it is valid. `unclean`: any live replica will do. */
export type ElectionType = 'online' | 'preferred' | 'unclean';

export interface ElectionQuestion {
  readonly type: ElectionType;
  readonly currentLeader: BrokerId;
  /** The assignment as it will be. */
  readonly replicas: readonly BrokerId[];
  /** The ISR as it will be. */
  readonly isr: readonly BrokerId[];
  /** The ELR as it will be. */
  readonly elr: readonly BrokerId[];
  /** The registered one, not a target. */
  readonly lastKnownElr: readonly BrokerId[];
  readonly elrEnabled: boolean;
  /** Unfenced, not in controlled shutdown, its log directory online. */
  readonly acceptable: (replica: BrokerId) => boolean;
}
export interface ElectionAnswer {
  /** -1 for none. */
  readonly leader: BrokerId;
  readonly unclean: boolean;
}

/** What is asked to become of a partition; what is absent stays. */
export interface PartitionChangeQuestion {
  readonly partition: PartitionRegistration;
  readonly election: ElectionType;
  /** min(min.insync.replicas, number of replicas). */
  readonly minIsr: number;
  readonly elrEnabled: boolean;
  readonly acceptable: (replica: BrokerId) => boolean;
  readonly isr?: readonly BrokerId[];
  readonly replicas?: readonly BrokerId[];
  readonly addingReplicas?: readonly BrokerId[];
  readonly removingReplicas?: readonly BrokerId[];
  readonly recovering?: boolean;
  /** Restarted without proof of a clean stop: they lose their eligibility. */
  readonly uncleanRestarted?: readonly BrokerId[];
  /** The directories of replicas that are new or moved. */
  readonly directoryOf?: (replica: BrokerId) => Uuid;
}
/** The partition's next state and why its leader changed, if it did. */
export interface PartitionDecision {
  readonly next: PartitionRegistration;
  /** The record sets Leader: the leader epoch grows, be it the same leader. */
  readonly leaderSet: boolean;
  readonly election: 'none' | 'clean' | 'elr' | 'unclean';
}

export interface AlterPartitionQuestion {
  readonly partition: PartitionRegistration;
  readonly sender: BrokerId;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly isr: readonly { readonly brokerId: BrokerId; readonly brokerEpoch: BrokerEpoch }[];
  /** LeaderRecoveryState as asked for: 0 RECOVERED, 1 RECOVERING. */
  readonly leaderRecoveryState: number;
  readonly broker: (id: BrokerId) => BrokerRegistration | undefined;
}

export interface RegistrationQuestion {
  readonly incarnation: Uuid;
  /** From the clean-shutdown marker, -1 for none. */
  readonly previousBrokerEpoch: BrokerEpoch;
  readonly known: BrokerRegistration | undefined;
  /** The known incarnation was heard from within its session. */
  readonly sessionLive: boolean;
}
/** `refused`: 101. `same`: the incarnation is known already, its epoch stays. `unclean`: it may have lost un-synced writes. */
export type RegistrationAnswer = { readonly type: 'refused' } | { readonly type: 'same' } | { readonly type: 'accepted'; readonly unclean: boolean };

export type BrokerState = 'fenced' | 'unfenced' | 'controlledShutdown' | 'shutdownNow';
export interface HeartbeatQuestion {
  readonly registration: BrokerRegistration;
  readonly wantFence: boolean;
  readonly wantShutDown: boolean;
  readonly currentMetadataOffset: number;
  /** Answers whether the broker leads a partition. */
  readonly leads: () => boolean;
  /** The smallest metadata offset that all active brokers have passed. */
  readonly lowestActiveOffset: () => number;
  /** The offset of the controlled-shutdown change, -1 when it did not begin. */
  readonly controlledShutdownOffset: number;
}

export interface ControllerRules {
  electLeader(question: ElectionQuestion): ElectionAnswer;
  /** ELR as it will be, before the election (KIP-966). */
  eligibleLeaderReplicas(question: PartitionChangeQuestion, targetIsr: readonly BrokerId[]): readonly BrokerId[];
  /** The assignment and ISR after a reassignment that is complete with this ISR; undefined while it is not (KAFKA-15665). */
  completeReassignment(assignment: ReassignmentQuestion): CompletedReassignment | undefined;
  /** Undefined when nothing changes. Consults the rules above through `rules`. */
  changePartition(rules: ControllerRules, question: PartitionChangeQuestion): PartitionDecision | undefined;
  /** NONE, or the first error in Kafka's order. */
  checkAlterPartition(question: AlterPartitionQuestion): ErrorCode;
  checkRegistration(question: RegistrationQuestion): RegistrationAnswer;
  nextBrokerState(question: HeartbeatQuestion): BrokerState;
  /** Not heard from for a session: to be fenced. */
  isStale(lastContactMs: number, nowMs: number, sessionTimeoutMs: number): boolean;
}

export interface ReassignmentQuestion {
  readonly replicas: readonly BrokerId[];
  readonly isr: readonly BrokerId[];
  readonly adding: readonly BrokerId[];
  readonly removing: readonly BrokerId[];
}
export interface CompletedReassignment {
  readonly replicas: readonly BrokerId[];
  readonly isr: readonly BrokerId[];
}

export declare const kafkaControllerRules: ControllerRules;
