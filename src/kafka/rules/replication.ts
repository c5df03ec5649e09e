/**
 * Every decision that the safety of replication rests on, as pure functions over plain data: the one interface a broker is built with.
 * Owns the interface and the record of Kafka's right decisions; the functions themselves are in the three files beside it. Owns no state
 * and performs nothing: callers hand over what they know, get back a value, a next state or ordered steps, and carry them out.
 */
import type { BrokerEpoch, BrokerId, LeaderEpoch, Offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import { divergenceOf, endOffsetForEpoch, truncationPoint } from './replication-epochs.ts';
import { appendBound, followerHighWatermark, followerSteps, followerTakeOver, outOfRange } from './replication-follower.ts';
import {
  acknowledgement,
  advanceHighWatermark,
  alterPartitionOutcome,
  alterRequestSteps,
  checkBrokerEpoch,
  checkLeaderEpoch,
  effectiveMinIsr,
  fetchUpperBound,
  followerAtElection,
  followerFetched,
  latestOffsetError,
  lowWatermark,
  maximalIsr,
  mayJoinIsr,
  minIsrAllowsAppend,
  outOfSync,
  strangerFetchError,
} from './replication-leader.ts';

/** One line of a leader epoch cache: the epoch's first offset. Entries ascend strictly in both fields. */
export interface EpochEntry {
  readonly epoch: LeaderEpoch;
  readonly startOffset: Offset;
}

/** An epoch and the offset behind its last record; -1 and -1 when nothing is known (OffsetForLeaderEpoch, DivergingEpoch). */
export interface EpochEnd {
  readonly epoch: LeaderEpoch;
  readonly endOffset: Offset;
}

/** What a leader makes of the last epoch and the offset that a fetcher claims to hold. `outOfRange`: answer OFFSET_OUT_OF_RANGE. */
export type Divergence = { readonly type: 'matches' } | ({ readonly type: 'diverged' } & EpochEnd) | { readonly type: 'outOfRange' };

/** Where a follower cuts its log. `final` false: the leader named an epoch unknown here, so the next fetch may find another divergence. */
export interface Truncation {
  readonly to: Offset;
  readonly final: boolean;
}

/** `lastCaughtUpMs` and `lastFetchMs` of a replica that never did. */
export const never = Number.NEGATIVE_INFINITY;

/** What a leader knows of one other replica (Kafka's ReplicaState). Times are monotonic milliseconds, `never` before the first. */
export interface FollowerState {
  readonly id: BrokerId;
  /** -1 before the first fetch under this leader. */
  readonly logStartOffset: Offset;
  /** The offset of its last fetch, which is its log end offset; -1 before the first fetch under this leader. */
  readonly logEndOffset: Offset;
  /** The leader's own log end offset at that fetch; -1 before. */
  readonly lastFetchLeaderLogEndOffset: Offset;
  readonly lastFetchMs: number;
  /** The last moment at which it held all that the leader had. */
  readonly lastCaughtUpMs: number;
  /** The broker epoch in its last fetch, -1 when the fetch named none; undefined before the first fetch. */
  readonly brokerEpoch: BrokerEpoch | undefined;
}

/** A follower's fetch as its leader sees it. */
export interface FollowerFetch {
  readonly offset: Offset;
  readonly logStartOffset: Offset;
  /** -1 when the request named none. */
  readonly brokerEpoch: BrokerEpoch;
}

/** A broker as the metadata has it. */
export interface BrokerStanding {
  readonly epoch: BrokerEpoch;
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
}

/** The registered brokers. */
export interface BrokerStandings {
  get(id: BrokerId): BrokerStanding | undefined;
}

/** A leader's own state, as far as its decisions need it. */
export interface LeaderView {
  readonly id: BrokerId;
  readonly highWatermark: Offset;
  readonly logEndOffset: Offset;
  /** The log end offset at the moment this epoch began. */
  readonly epochStartOffset: Offset;
  /** Every other replica of the assignment. */
  readonly followers: readonly FollowerState[];
  /** As the controller last confirmed it, with the leader. */
  readonly isr: readonly BrokerId[];
  /** See maximalIsr(). */
  readonly maximalIsr: readonly BrokerId[];
  /** See effectiveMinIsr(). */
  readonly minIsr: number;
}

/** One step of a follower upon an answer; carried out in order, each on its own, so that a crash can fall between. */
export type FollowerStep =
  /** Cut at truncationPoint() and go no further: the answer's other fields belong to a history not yet shared. */
  | 'truncate'
  /** Append the records, bounded by appendBound(). */
  | 'append'
  /** Take over followerHighWatermark(). */
  | 'highWatermark'
  /** Raise the log start offset to the leader's. */
  | 'logStart'
  /** Ask the leader for its log's ends, then act on outOfRange(). */
  | 'askOffsets'
  /** Try again after the back-off. */
  | 'backOff'
  /** Stop fetching until the metadata names a newer leader epoch. */
  | 'awaitMetadata';

/** One step of a leader upon the answer to AlterPartition as a whole, in order. */
export type AlterRequestStep =
  /** Another request may be sent. */
  | 'clearInFlight'
  /** Each partition's answer goes to its leader. */
  | 'handAnswers'
  /** What gathered meanwhile is sent. */
  | 'sendNext'
  /** All that is unanswered is sent again after the back-off. */
  | 'retryLater';

/** What a follower does about an offset that the leader's log does not have. */
export type OutOfRange =
  | { readonly type: 'truncate'; readonly to: Offset }
  | { readonly type: 'restart'; readonly at: Offset }
  | { readonly type: 'keep' };

/** What becomes of a delayed produce for one partition. */
export type Acknowledgement = { readonly type: 'wait' } | { readonly type: 'done'; readonly error: ErrorCode };

/** What a leader does when the controller answered its AlterPartition. */
export type AlterPartitionOutcome = 'commit' | 'revert' | 'awaitMetadata' | 'resend';

export interface ReplicationRules {
  /** NONE, FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH for the epoch a request believes in (-1: it names none) (KIP-320). */
  readonly checkLeaderEpoch: (requested: LeaderEpoch, current: LeaderEpoch) => ErrorCode;
  /** The end offset of the largest epoch <= `requested`, with that epoch (KIP-279, LeaderEpochFileCache.endOffsetFor). */
  readonly endOffsetForEpoch: (entries: readonly EpochEntry[], requested: LeaderEpoch, logEndOffset: Offset) => EpochEnd;
  /** Whether a fetcher's history is a prefix of this one (KIP-595, Partition.readRecords). `lastFetchedEpoch` -1: it names none. */
  readonly divergenceOf: (
    entries: readonly EpochEntry[],
    logStartOffset: Offset,
    logEndOffset: Offset,
    lastFetchedEpoch: LeaderEpoch,
    fetchOffset: Offset,
  ) => Divergence;
  /** Where a follower cuts after the leader named the end of an epoch (KIP-101, KIP-279, AbstractFetcherThread.getOffsetTruncationState). */
  readonly truncationPoint: (entries: readonly EpochEntry[], logEndOffset: Offset, leader: EpochEnd) => Truncation;
  /** What a replica does to its log when it becomes a follower: nothing, and it fetches from its log end offset (KIP-101). */
  readonly followerTakeOver: (logEndOffset: Offset, highWatermark: Offset) => { readonly truncateTo: Offset | undefined };
  /** The ordered steps upon an answer; `diverged`: it carries a diverging epoch (KAFKA-14704). */
  readonly followerSteps: (error: number, diverged: boolean) => readonly FollowerStep[];
  /** The highest batch epoch a follower may append from an answer to a fetch of this epoch (KAFKA-18723). */
  readonly appendBound: (fetchEpoch: LeaderEpoch) => LeaderEpoch;
  /** (AbstractFetcherThread.fetchOffsetAndTruncate) */
  readonly outOfRange: (logEndOffset: Offset, leaderLogStartOffset: Offset, leaderLogEndOffset: Offset) => OutOfRange;
  readonly followerHighWatermark: (leaderHighWatermark: Offset, logStartOffset: Offset, logEndOffset: Offset) => Offset;
  /** A replica as a leader sees it when its epoch begins (Replica.resetReplicaState). `previous` is set when the leader only got a new epoch. */
  readonly followerAtElection: (
    id: BrokerId,
    inIsr: boolean,
    nowMs: number,
    leaderLogEndOffset: Offset,
    previous: FollowerState | undefined,
  ) => FollowerState;
  /** NONE, or NOT_LEADER_OR_FOLLOWER for a fetch of a broker's earlier incarnation (KIP-903, Replica.updateFetchStateOrThrow). */
  readonly checkBrokerEpoch: (fetched: BrokerEpoch, standing: BrokerStanding | undefined) => ErrorCode;
  /** For a fetch from a broker outside the assignment: UNKNOWN_LEADER_EPOCH, or NOT_LEADER_OR_FOLLOWER if it names no epoch. */
  readonly strangerFetchError: (requested: LeaderEpoch) => ErrorCode;
  /** A follower's state after a fetch that was in range and on a shared history (Replica.updateFetchStateOrThrow, KAFKA-8400). */
  readonly followerFetched: (previous: FollowerState, fetch: FollowerFetch, leaderLogEndOffset: Offset, nowMs: number) => FollowerState;
  /** (KAFKA-7128, KIP-841, KIP-903, Partition.maybeExpandIsr) */
  readonly mayJoinIsr: (leader: LeaderView, follower: FollowerState, standing: BrokerStanding | undefined) => boolean;
  /** Members of the committed ISR that lag and must leave it (Partition.getOutOfSyncReplicas). */
  readonly outOfSync: (leader: LeaderView, nowMs: number, lagTimeMaxMs: number) => readonly BrokerId[];
  /** Everyone who may be in the controller's ISR while a proposal is unanswered: committed ∪ proposed (KIP-497). */
  readonly maximalIsr: (committed: readonly BrokerId[], proposed: readonly BrokerId[] | undefined) => readonly BrokerId[];
  /** min(min.insync.replicas, replicas) (Partition.effectiveMinIsr). */
  readonly effectiveMinIsr: (minInsyncReplicas: number, replicaCount: number) => number;
  /** The leader's next high watermark, never below the present one (KIP-497, KIP-966, Partition.maybeIncrementLeaderHW). */
  readonly advanceHighWatermark: (leader: LeaderView, brokers: BrokerStandings, nowMs: number, lagTimeMaxMs: number) => Offset;
  /** The lowest log start offset of the leader and the live followers: nobody serves what lies below (Partition.lowWatermarkIfLeader, KIP-107). */
  readonly lowWatermark: (logStartOffset: Offset, followers: readonly FollowerState[], brokers: BrokerStandings) => Offset;
  /** False: answer NOT_ENOUGH_REPLICAS and write nothing. */
  readonly minIsrAllowsAppend: (acks: number, isrSize: number, minIsr: number) => boolean;
  /** `leader` undefined: leadership was lost. `required` is the produced batch's last offset + 1. */
  readonly acknowledgement: (leader: LeaderView | undefined, required: Offset) => Acknowledgement;
  /** The offset before which a fetch must stop: consumers see what is committed, followers everything. */
  readonly fetchUpperBound: (isFollower: boolean, readCommitted: boolean, highWatermark: Offset, lastStable: Offset, logEndOffset: Offset) => Offset;
  /** NONE, or what a client gets that asks for the latest offset before the high watermark reached this epoch (KIP-207). */
  readonly latestOffsetError: (highWatermark: Offset, epochStartOffset: Offset, version: number) => ErrorCode;
  /** The ordered steps when AlterPartition was answered, or undefined: was not (KAFKA-14010, DefaultAlterPartitionManager). */
  readonly alterRequestSteps: (error: number | undefined) => readonly AlterRequestStep[];
  /** (Partition.handleAlterPartitionError) */
  readonly alterPartitionOutcome: (error: number) => AlterPartitionOutcome;
}

/** What Apache Kafka 4.3 does. */
export const replicationRules: ReplicationRules = {
  checkLeaderEpoch,
  endOffsetForEpoch,
  divergenceOf,
  truncationPoint,
  followerTakeOver,
  followerSteps,
  appendBound,
  outOfRange,
  followerHighWatermark,
  followerAtElection,
  checkBrokerEpoch,
  strangerFetchError,
  followerFetched,
  mayJoinIsr,
  outOfSync,
  maximalIsr,
  effectiveMinIsr,
  advanceHighWatermark,
  lowWatermark,
  minIsrAllowsAppend,
  acknowledgement,
  fetchUpperBound,
  latestOffsetError,
  alterRequestSteps,
  alterPartitionOutcome,
};
