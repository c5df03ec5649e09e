/**
 * The controller's safety decisions: who may lead, who is in sync, who is eligible, whose registration stands, whose heartbeat is too old.
 * Owns the questions and answers as plain data and the table of rules; the decisions themselves are in `controller-partition.ts` and
 * `controller-broker.ts`. They know no requests and no records.
 * Sources: KIP-966 (eligible leader replicas), KIP-903 and KIP-841 (who may join an ISR), KIP-455 (reassignment), KIP-631 (broker life cycle),
 * KIP-704 (leader recovery state).
 */
import type { BrokerEpoch, BrokerId } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import type { Uuid } from '../../model/uuid.ts';
import { checkRegistration, isStale, nextBrokerState } from './controller-broker.ts';
import { changePartition, checkAlterPartition, completeReassignment, electLeader, eligibleLeaderReplicas } from './controller-partition.ts';
import type { BrokerRegistration, PartitionRegistration } from './controller-registration.ts';
import { isOnlineDirectory } from './log-directories.ts';

/** `online`: keep the partition available. `preferred`: move to the first replica if it is valid. `unclean`: any live replica will do. */
export type ElectionType = 'online' | 'preferred' | 'unclean';

export interface ElectionQuestion {
  readonly type: ElectionType;
  readonly currentLeader: BrokerId;
  /** The assignment, the ISR and the ELR as they will be. */
  readonly replicas: readonly BrokerId[];
  readonly isr: readonly BrokerId[];
  readonly elr: readonly BrokerId[];
  /** As registered now. */
  readonly lastKnownElr: readonly BrokerId[];
  readonly elrEnabled: boolean;
  /** Unfenced, not in controlled shutdown, its log directory online. */
  readonly acceptable: (replica: BrokerId) => boolean;
}
export interface ElectionAnswer {
  /** -1 for none. */
  readonly leader: BrokerId;
  /** From outside ISR and ELR: acknowledged records may be lost. */
  readonly unclean: boolean;
}

/** What is asked to become of a partition; what is absent stays as it is. */
export interface PartitionChangeQuestion {
  readonly partition: PartitionRegistration;
  readonly election: ElectionType;
  /** min.insync.replicas as configured for the topic, in [1, 2^31); the effective value is at most the number of replicas. */
  readonly minInsyncReplicas: number;
  /** The feature eligible.leader.replicas.version is at least 1. */
  readonly elrEnabled: boolean;
  readonly acceptable: (replica: BrokerId) => boolean;
  readonly isr?: readonly BrokerId[];
  readonly replicas?: readonly BrokerId[];
  readonly addingReplicas?: readonly BrokerId[];
  readonly removingReplicas?: readonly BrokerId[];
  readonly recovering?: boolean;
  /** Restarted without proof of a clean stop: they lose their eligibility. */
  readonly uncleanRestarted?: BrokerId;
  /** Those of the replicas, in their order, where a broker told that one lies elsewhere (KIP-858). */
  readonly directories?: readonly Uuid[];
  /** The log directory of a replica that is new. */
  readonly directoryOf: (replica: BrokerId) => Uuid;
}
/** The partition's next state and why its leader changed, if it did. */
export interface PartitionDecision {
  readonly next: PartitionRegistration;
  /** The leader is set, be it to the same broker: the leader epoch grows. */
  readonly leaderSet: boolean;
  readonly election: 'none' | 'clean' | 'elr' | 'unclean';
}

export interface EligibilityQuestion {
  /** As registered now. */
  readonly isr: readonly BrokerId[];
  readonly elr: readonly BrokerId[];
  /** As they will be. */
  readonly targetIsr: readonly BrokerId[];
  readonly targetReplicas: readonly BrokerId[];
  readonly minInsyncReplicas: number;
  readonly uncleanRestarted: BrokerId | undefined;
}

export interface ReassignmentQuestion {
  /** Target and old replicas together. */
  readonly replicas: readonly BrokerId[];
  readonly isr: readonly BrokerId[];
  readonly adding: readonly BrokerId[];
  readonly removing: readonly BrokerId[];
}
export interface CompletedReassignment {
  readonly replicas: readonly BrokerId[];
  readonly isr: readonly BrokerId[];
}

export interface AlterPartitionQuestion {
  readonly partition: PartitionRegistration;
  readonly sender: BrokerId;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  /** A broker epoch of -1 is not checked. */
  readonly isr: readonly { readonly brokerId: BrokerId; readonly brokerEpoch: BrokerEpoch }[];
  /** LeaderRecoveryState as asked for: 0 RECOVERED, 1 RECOVERING. */
  readonly leaderRecoveryState: number;
  readonly broker: (id: BrokerId) => BrokerRegistration | undefined;
}

export interface RegistrationQuestion {
  readonly incarnation: Uuid;
  /** From the clean-shutdown marker, -1 without one. */
  readonly previousBrokerEpoch: BrokerEpoch;
  readonly known: BrokerRegistration | undefined;
  /** The known incarnation was heard from within its session. */
  readonly sessionLive: boolean;
}
/** `refused`: 101. `same`: the incarnation is known already, its epoch and state stay. `unclean`: it may have lost un-synced writes. */
export type RegistrationAnswer = { readonly type: 'refused' } | { readonly type: 'same' } | { readonly type: 'accepted'; readonly unclean: boolean };

/** `shutdownNow`: fenced, and told that it may go. */
export type BrokerState = 'fenced' | 'unfenced' | 'controlledShutdown' | 'shutdownNow';
export interface HeartbeatQuestion {
  readonly state: 'fenced' | 'unfenced' | 'controlledShutdown';
  readonly wantFence: boolean;
  readonly wantShutDown: boolean;
  readonly currentMetadataOffset: number;
  /** The offset of the broker's registration record: it must have applied it to be unfenced. */
  readonly registrationOffset: number;
  readonly leads: () => boolean;
  /** The smallest metadata offset that the active brokers report; Infinity without any. */
  readonly lowestActiveOffset: () => number;
  /** The offset of the records that began the controlled shutdown. */
  readonly controlledShutdownOffset: number;
}

export interface ControllerRules {
  electLeader(question: ElectionQuestion): ElectionAnswer;
  /** The ELR as it will be, before the election (KIP-966). */
  eligibleLeaderReplicas(question: EligibilityQuestion): readonly BrokerId[];
  /** Assignment and ISR after a reassignment that this ISR completes; undefined while it does not, or without one. */
  completeReassignment(question: ReassignmentQuestion): CompletedReassignment | undefined;
  /** Undefined when nothing changes. Asks the rules above through `rules`. */
  changePartition(rules: ControllerRules, question: PartitionChangeQuestion): PartitionDecision | undefined;
  /** Whether a replica in this directory of a broker with these online ones may lead, and counts as alive. */
  isOnlineDirectory(directory: Uuid | undefined, online: readonly Uuid[]): boolean;
  /** NONE, or the first error in Kafka's order. */
  checkAlterPartition(question: AlterPartitionQuestion): ErrorCode;
  checkRegistration(question: RegistrationQuestion): RegistrationAnswer;
  nextBrokerState(question: HeartbeatQuestion): BrokerState;
  /** Not heard from for longer than a session: to be fenced. All in monotonic ms. */
  isStale(lastContactMs: number, nowMs: number, sessionTimeoutMs: number): boolean;
}

export const kafkaControllerRules: ControllerRules = {
  electLeader,
  eligibleLeaderReplicas,
  completeReassignment,
  changePartition,
  isOnlineDirectory,
  checkAlterPartition,
  checkRegistration,
  nextBrokerState,
  isStale,
};
