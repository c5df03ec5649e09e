/**
 * Every decision that a classic consumer group's safety rests on, as pure functions over plain data: who belongs to a group, whose commit
 * counts, when a rebalance is over and whom it drops, what proves a coordinator's write. Owns the interface and the record of Kafka's right
 * decisions; the functions are in the two files beside it. Owns no state; the coordinator (kafka/coordinator/group) carries decisions out.
 * Transactional commits and groups of the consumer protocol (KIP-848) have rules of their own, which are not these.
 */
import type { LeaderEpoch, Offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import { coordinationError, electionStep, offsetExpired, writeError, writeOutcome } from './group-coordinator.ts';
import {
  commitError,
  droppedAtCompletion,
  droppedAtSyncTimeout,
  heartbeatError,
  joinPhaseOver,
  mayJoin,
  memberError,
  replacementSteps,
  sessionExpires,
  staticRejoin,
  syncError,
  syncTimeoutMs,
} from './group-membership.ts';

/** ClassicGroupState. Which follows which stands on top of kafka/coordinator/group/group.ts. */
export type GroupStateName = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

/** A member as far as decisions need it. */
export interface MemberView {
  readonly id: string;
  /** group.instance.id of a static member (KIP-345), null for a dynamic one. */
  readonly instanceId: string | null;
  /** The number of its JoinGroup that waits for an answer; undefined when none does. */
  readonly join: number | undefined;
  /** The number of its SyncGroup that waits for an answer; undefined when none does. */
  readonly sync: number | undefined;
  /** It has not got an answer to its first JoinGroup yet, and so cannot send heartbeats. */
  readonly isNew: boolean;
  readonly rebalanceTimeoutMs: number;
}

export interface GroupView {
  readonly state: GroupStateName;
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** By id, in the order in which they came. */
  readonly members: ReadonlyMap<string, MemberView>;
  /** Member ids by instance id. */
  readonly staticMembers: ReadonlyMap<string, string>;
  /** Ids handed out by MEMBER_ID_REQUIRED to clients that have not come back yet (KIP-394). */
  readonly pendingMembers: ReadonlySet<string>;
  /** Members of this generation whose SyncGroup has not come. */
  readonly pendingSync: ReadonlySet<string>;
}

export interface MemberRequest {
  /** '' for a client that has none yet. */
  readonly memberId: string;
  readonly instanceId: string | null;
  /** -1 for none. */
  readonly generation: number;
}
export interface SyncRequest extends MemberRequest {
  /** Null where the request does not say. */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
}

/** What a broker holds of one partition of `__consumer_offsets`. */
export interface CoordinatorView {
  readonly phase: 'loading' | 'active' | 'failed';
  /** The leader epoch it was loaded for. */
  readonly epoch: LeaderEpoch;
}

/** Where a coordinator's write stands. */
export interface WriteView {
  /** The offset behind its last record. */
  readonly endOffset: Offset;
  /** The leader epoch it was appended in. */
  readonly epoch: LeaderEpoch;
}

/** A leader's view of its log. */
export interface LogView {
  readonly highWatermark: Offset;
  readonly epoch: LeaderEpoch;
}

/** A committed offset as far as its expiry needs it. Wall times in milliseconds. */
export interface OffsetAge {
  readonly commitTimestampMs: number;
  /** A time of its own from an OffsetCommit before version 5; -1 for none. */
  readonly expireTimestampMs: number;
}

/** A group as far as the expiry of its offsets needs it. */
export interface GroupAge {
  readonly state: GroupStateName;
  readonly protocolType: string | null;
  /** Wall time since when it is in this state; -1 where its record is too old to tell. */
  readonly stateSinceMs: number;
  /** What its members subscribe to; undefined where that is not known. */
  readonly subscribedTopics: ReadonlySet<string> | undefined;
}

export type ReplacementStep = 'persist' | 'answer';

export interface GroupRules {
  /** NONE, or what a request for a group gets while its coordinator is not (or no longer) this broker's (KAFKA-10614). `leads` undefined: no leader here. */
  readonly coordinationError: (held: CoordinatorView | undefined, leads: LeaderEpoch | undefined) => ErrorCode;
  /** What a change of leadership asks for. Epochs never go back, so that a late change undoes no newer one (KAFKA-10614). */
  readonly electionStep: (held: LeaderEpoch | undefined, leads: LeaderEpoch | undefined) => 'load' | 'reload' | 'unload' | 'keep';
  /** What the leader's high watermark proves of a write: nothing under another leader epoch (KAFKA-20634). */
  readonly writeOutcome: (write: WriteView, log: LogView | undefined) => 'wait' | 'committed' | 'lost';
  /** What a client is told about a write that failed (CoordinatorOperationExceptionHelper). */
  readonly writeError: (error: ErrorCode) => ErrorCode;
  /** False: GROUP_MAX_SIZE_REACHED (GroupMetadataManager.acceptJoiningMember). */
  readonly mayJoin: (group: GroupView, memberId: string, maxSize: number) => boolean;
  /** NONE, UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID (ClassicGroup.validateMember, KIP-345). */
  readonly memberError: (group: GroupView, memberId: string, instanceId: string | null) => ErrorCode;
  /** NONE: a member of this generation may take its assignment, now or when the leader has given it. */
  readonly syncError: (group: GroupView, request: SyncRequest) => ErrorCode;
  /** NONE or REBALANCE_IN_PROGRESS keep the session alive; others do not. */
  readonly heartbeatError: (group: GroupView, request: MemberRequest) => ErrorCode;
  /** Whose commit is accepted (ClassicGroup.validateOffsetCommit). `group` undefined: there is none; `version` is that of OffsetCommit. */
  readonly commitError: (group: GroupView | undefined, request: MemberRequest, version: number) => ErrorCode;
  /** Every known member waits in JoinGroup, and nobody is expected back with a new id. */
  readonly joinPhaseOver: (group: GroupView) => boolean;
  /** Who is removed when the join phase ends: dynamic members that did not rejoin; static ones stay (KIP-345). */
  readonly droppedAtCompletion: (group: GroupView) => readonly string[];
  /** How long members may take to send SyncGroup, the longest rebalance timeout among them; undefined: for ever (KAFKA-12890). */
  readonly syncTimeoutMs: (group: GroupView) => number | undefined;
  /** Who is removed when that time is over for the generation it was set for. */
  readonly droppedAtSyncTimeout: (group: GroupView, generation: number) => readonly string[];
  /** A session that ran out removes the member, unless the member is waiting for this very coordinator (ClassicGroupMember.hasSatisfiedHeartbeat). */
  readonly sessionExpires: (member: MemberView) => boolean;
  /** What a known static member's return without its id does: the group goes on with the new id, or rebalances (KIP-345, KIP-814). */
  readonly staticRejoin: (group: GroupView, nextProtocol: string) => 'keep' | 'rebalance';
  /** In which order a static member's new id becomes the group's: durable first, or a failover brings the old one back (KAFKA-8500, KAFKA-10284). */
  readonly replacementSteps: () => readonly ReplacementStep[];
  /** Is this offset due? (ClassicGroup.offsetExpirationCondition, KIP-211) */
  readonly offsetExpired: (group: GroupAge, topic: string, offset: OffsetAge, nowMs: number, retentionMs: number) => boolean;
}

/** What Apache Kafka 4.3 does. */
export const groupRules: GroupRules = {
  coordinationError,
  electionStep,
  writeOutcome,
  writeError,
  mayJoin,
  memberError,
  syncError,
  heartbeatError,
  commitError,
  joinPhaseOver,
  droppedAtCompletion,
  syncTimeoutMs,
  droppedAtSyncTimeout,
  sessionExpires,
  staticRejoin,
  replacementSteps,
  offsetExpired,
};
