/**
 * What a member of a consumer group decides: who gets which partition, what an answer of the coordinator means, what is given up before a
 * rebalance and after it, when to join again, whether a commit may be sent. Functions over plain data, part of ClientRules, so that a
 * known-bad decision can be planted. Performs nothing. As AbstractCoordinator and ConsumerCoordinator.
 */
import { ErrorCode, isRetriable } from '../../../model/error-code.ts';
import { splitTopicPartition, type TopicPartition } from '../../../model/topic-partition.ts';
import type { AssignorName, GroupAssignment, GroupMember, PartitionCounts, RebalanceProtocol, SettleClaims } from './assignor/assignment.ts';
import { assign } from './assignor/assignors.ts';
import { settleClaims } from './assignor/claims.ts';

/**
 * Where a member stands. `unjoined`: in no generation. `preparing`: JoinGroup is on its way. `completing`: in a generation, SyncGroup is on
 * its way. `stable`: it knows its partitions.
 */
export type MemberStanding = 'unjoined' | 'preparing' | 'completing' | 'stable';

/** What a member must forget before it joins again. `member`: its id as well, somebody else it is from now on. */
export type Forget = 'nothing' | 'generation' | 'member';

export type MemberDecision =
  | { readonly type: 'accepted' }
  /** Join at once, with the member id that came with the answer (KIP-394). */
  | { readonly type: 'takeId' }
  /** Join again: at once after JoinGroup and SyncGroup, at the next poll after a heartbeat. */
  | { readonly type: 'rejoin'; readonly forget: Forget }
  /** Try again after a back-off; `lost`: it is somebody else who coordinates, or the connection broke. */
  | { readonly type: 'retry'; readonly lost: boolean }
  | { readonly type: 'ignore' }
  /** Tell the application. */
  | { readonly type: 'fatal'; readonly forget: Forget };

export type CommitDecision =
  | { readonly type: 'committed' }
  /** It may pass; commitSync tries again. */
  | { readonly type: 'retry'; readonly lost: boolean }
  /** The group rebalances: poll, then try again. `rejoin`: the member did not know. */
  | { readonly type: 'rebalancing'; readonly rejoin: boolean }
  /** The member is out of the generation (CommitFailedException). */
  | { readonly type: 'expelled'; readonly forget: Forget }
  /** Another process runs under the same group.instance.id. */
  | { readonly type: 'fenced' }
  | { readonly type: 'refused' };

/** When an answer came: what the member is by then. */
export interface MemberContext {
  readonly standing: MemberStanding;
  /** It is in the generation, under the member id, with which it asked. */
  readonly unchanged: boolean;
}

export interface Relinquished {
  /** Given up in order: commits for them are still accepted. */
  readonly revoked: readonly TopicPartition[];
  /** Somebody else may have them already. */
  readonly lost: readonly TopicPartition[];
}

export interface Adoption {
  readonly revoked: readonly TopicPartition[];
  readonly added: readonly TopicPartition[];
  /** What was revoked waits for its new owner: join again. */
  readonly rejoin: boolean;
}

/** What a member that is in a generation knows. */
export interface JoinState {
  readonly requested: boolean;
  /** Topics that it joined with, and those that it wants now; undefined before the first join. */
  readonly joinedTopics: readonly string[] | undefined;
  readonly topics: readonly string[];
  /** The leader's count of partitions when it assigned them, and by now; undefined for others. */
  readonly assignedCounts: PartitionCounts | undefined;
  readonly counts: PartitionCounts;
}

export interface GroupClientRules {
  readonly assign: (name: AssignorName, counts: PartitionCounts, members: readonly GroupMember[], settle: SettleClaims) => GroupAssignment;
  readonly settleClaims: SettleClaims;
  readonly afterFindCoordinator: (error: number) => 'found' | 'retry' | 'fatal';
  readonly afterJoin: (error: number, context: MemberContext) => MemberDecision;
  readonly afterSync: (error: number, context: MemberContext) => MemberDecision;
  readonly afterHeartbeat: (error: number, context: MemberContext) => MemberDecision;
  readonly afterCommit: (error: number, context: MemberContext) => CommitDecision;
  readonly afterOffsetFetch: (error: number) => 'taken' | 'retry' | 'lost' | 'fatal';
  /** Whether a commit may be sent; else what became of it. */
  readonly mayCommit: (standing: MemberStanding) => CommitDecision | 'send';
  /** Before JoinGroup. `inGeneration`: the coordinator still counts on this member. */
  readonly beforeJoin: (
    protocol: RebalanceProtocol,
    owned: readonly TopicPartition[],
    topics: readonly string[],
    inGeneration: boolean,
  ) => Relinquished;
  /** With the assignment that came with SyncGroup. */
  readonly adopt: (protocol: RebalanceProtocol, owned: readonly TopicPartition[], assigned: readonly TopicPartition[]) => Adoption;
  readonly mustRejoin: (state: JoinState) => boolean;
}

const accepted = { type: 'accepted' } as const;
const ignore = { type: 'ignore' } as const;
const fatal = { type: 'fatal', forget: 'nothing' } as const;

/** Errors after which another broker must be looked for. */
const moved: ReadonlySet<number> = new Set([ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.NOT_COORDINATOR]);
/** What stands for an answer that never came: the connection is of no use any more. */
const unanswered: ReadonlySet<number> = new Set([ErrorCode.NETWORK_EXCEPTION, ErrorCode.REQUEST_TIMED_OUT]);
const isLost = (error: number): boolean => moved.has(error) || unanswered.has(error);

/** UNKNOWN_MEMBER_ID: the id is worth nothing. ILLEGAL_GENERATION: it may still be. Answers to an older self count for nothing. */
const forgotten = (error: number, { unchanged }: MemberContext): Forget =>
  !unchanged ? 'nothing' : error === ErrorCode.ILLEGAL_GENERATION ? 'generation' : 'member';

function afterRebalanceStep(error: number, context: MemberContext): MemberDecision {
  if (error === ErrorCode.NONE) return accepted;
  if (error === ErrorCode.UNKNOWN_MEMBER_ID || error === ErrorCode.ILLEGAL_GENERATION) return { type: 'rejoin', forget: forgotten(error, context) };
  if (error === ErrorCode.REBALANCE_IN_PROGRESS) return { type: 'rejoin', forget: 'nothing' };
  if (isLost(error)) return { type: 'retry', lost: true };
  return error === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? { type: 'retry', lost: false } : fatal;
}

export const kafkaGroupClientRules: GroupClientRules = {
  assign,
  settleClaims,
  afterFindCoordinator: (error) => (error === ErrorCode.NONE ? 'found' : isRetriable(error) ? 'retry' : 'fatal'),
  afterJoin: (error, context) => (error === ErrorCode.MEMBER_ID_REQUIRED ? { type: 'takeId' } : afterRebalanceStep(error, context)),
  afterSync: afterRebalanceStep,
  // A member that rebalances already needs no heartbeat to tell it.
  afterHeartbeat(error, context) {
    if (error === ErrorCode.REBALANCE_IN_PROGRESS) return context.standing === 'stable' ? { type: 'rejoin', forget: 'nothing' } : ignore;
    const expelled = error === ErrorCode.UNKNOWN_MEMBER_ID || error === ErrorCode.ILLEGAL_GENERATION;
    if (expelled || error === ErrorCode.FENCED_INSTANCE_ID) {
      if (!context.unchanged) return ignore;
      return { type: expelled ? 'rejoin' : 'fatal', forget: forgotten(error, context) };
    }
    return afterRebalanceStep(error, context);
  },
  // ConsumerCoordinator.OffsetCommitResponseHandler
  afterCommit(error, { standing, unchanged }) {
    if (error === ErrorCode.NONE) return { type: 'committed' };
    if (error === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS || error === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || error === ErrorCode.UNKNOWN_TOPIC_ID)
      return { type: 'retry', lost: false };
    if (isLost(error)) return { type: 'retry', lost: true };
    if (error === ErrorCode.REBALANCE_IN_PROGRESS) return { type: 'rebalancing', rejoin: true };
    const older = !unchanged && standing === 'preparing';
    if (error === ErrorCode.FENCED_INSTANCE_ID && unchanged) return { type: 'fenced' };
    if (error === ErrorCode.FENCED_INSTANCE_ID) return older ? { type: 'rebalancing', rejoin: false } : { type: 'expelled', forget: 'nothing' };
    if (error !== ErrorCode.UNKNOWN_MEMBER_ID && error !== ErrorCode.ILLEGAL_GENERATION) return { type: 'refused' };
    return older
      ? { type: 'rebalancing', rejoin: false }
      : { type: 'expelled', forget: error === ErrorCode.ILLEGAL_GENERATION ? 'generation' : 'member' };
  },
  afterOffsetFetch(error) {
    if (error === ErrorCode.NONE) return 'taken';
    if (isLost(error)) return 'lost';
    return error === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS || error === ErrorCode.UNSTABLE_OFFSET_COMMIT || error === ErrorCode.UNKNOWN_TOPIC_ID
      ? 'retry'
      : 'fatal';
  },
  // ConsumerCoordinator.sendOffsetCommitRequest: between generations there is none that a commit could name.
  mayCommit(standing) {
    if (standing === 'stable') return 'send';
    return standing === 'unjoined' ? { type: 'expelled', forget: 'nothing' } : { type: 'rebalancing', rejoin: false };
  },
  // ConsumerCoordinator.onJoinPrepare
  beforeJoin(protocol, owned, topics, inGeneration) {
    if (!inGeneration) return { revoked: [], lost: owned };
    if (protocol === 'eager') return { revoked: owned, lost: [] };
    return { revoked: owned.filter((partition) => !topics.includes(splitTopicPartition(partition).topic)), lost: [] };
  },
  // ConsumerCoordinator.onJoinComplete
  adopt(protocol, owned, assigned) {
    const added = assigned.filter((partition) => !owned.includes(partition));
    const revoked = protocol === 'cooperative' ? owned.filter((partition) => !assigned.includes(partition)) : [];
    return { revoked, added, rejoin: revoked.length > 0 };
  },
  // ConsumerCoordinator.rejoinNeededOrPending
  mustRejoin({ requested, joinedTopics, topics, assignedCounts, counts }) {
    if (requested) return true;
    if (joinedTopics !== undefined && !sameTopics(joinedTopics, topics)) return true;
    if (assignedCounts === undefined) return false;
    return assignedCounts.size !== counts.size || [...counts].some(([topic, count]) => assignedCounts.get(topic) !== count);
  },
};

const sameTopics = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((topic) => b.includes(topic));
