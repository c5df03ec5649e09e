/**
 * Who belongs to a classic group and its generation, and when a rebalance is over. Pure functions; the interface they serve is GroupRules.
 * Source: ClassicGroup, ClassicGroupMember and GroupMetadataManager of Apache Kafka 4.3, KIP-345, KIP-394, KAFKA-12890.
 */
import { ErrorCode } from '../../model/error-code.ts';
import { unreachable } from '../../model/invariant.ts';
import type { GroupView, MemberRequest, MemberView, ReplacementStep, SyncRequest } from './group.ts';

/** From this version on OffsetCommit knows GROUP_ID_NOT_FOUND. */
const groupNotFoundVersion = 9;

export function mayJoin(group: GroupView, memberId: string, maxSize: number): boolean {
  switch (group.state) {
    case 'Empty':
    case 'Dead':
      return true;
    case 'PreparingRebalance': {
      // Those who wait are counted, not those who are known: the last to rejoin are turned away when the limit was lowered.
      if (group.members.get(memberId)?.join !== undefined) return true;
      let waiting = 0;
      for (const member of group.members.values()) if (member.join !== undefined) waiting++;
      return waiting < maxSize;
    }
    case 'CompletingRebalance':
    case 'Stable':
      return group.members.has(memberId) || group.members.size < maxSize;
    default:
      return unreachable(group.state);
  }
}

export function memberError(group: GroupView, memberId: string, instanceId: string | null): ErrorCode {
  if (instanceId !== null) {
    const holder = group.staticMembers.get(instanceId);
    if (holder === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    if (holder !== memberId) return ErrorCode.FENCED_INSTANCE_ID;
  }
  return group.members.has(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
}

export function syncError(group: GroupView, request: SyncRequest): ErrorCode {
  if (group.state === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  const error = generationError(group, request);
  if (error !== ErrorCode.NONE) return error;
  if (differs(request.protocolType, group.protocolType) || differs(request.protocolName, group.protocolName))
    return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
  if (group.state === 'Empty') return ErrorCode.UNKNOWN_MEMBER_ID;
  return group.state === 'PreparingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}

export function heartbeatError(group: GroupView, request: MemberRequest): ErrorCode {
  if (group.state === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  const error = generationError(group, request);
  if (error !== ErrorCode.NONE) return error;
  if (group.state === 'Empty') return ErrorCode.UNKNOWN_MEMBER_ID;
  return group.state === 'PreparingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}

export function commitError(group: GroupView | undefined, request: MemberRequest, version: number): ErrorCode {
  if (group === undefined) {
    // An admin, or a consumer that assigns itself: a group is made for its offsets.
    if (request.generation < 0) return ErrorCode.NONE;
    return version >= groupNotFoundVersion ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION;
  }
  if (group.state === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  if (request.generation < 0 && group.state === 'Empty') return ErrorCode.NONE;
  if (request.generation >= 0 || request.memberId !== '' || request.instanceId !== null) {
    const error = generationError(group, request);
    if (error !== ErrorCode.NONE) return error;
  } else if (group.state !== 'Empty') return ErrorCode.UNKNOWN_MEMBER_ID;
  // A member of this generation that has no assignment yet has nothing to commit; it learns so gently.
  return group.state === 'CompletingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}

export function joinPhaseOver(group: GroupView): boolean {
  if (group.pendingMembers.size > 0) return false;
  for (const member of group.members.values()) if (member.join === undefined) return false;
  return true;
}

export function droppedAtCompletion(group: GroupView): readonly string[] {
  const dropped: string[] = [];
  for (const member of group.members.values()) if (member.join === undefined && member.instanceId === null) dropped.push(member.id);
  return dropped;
}

export function syncTimeoutMs(group: GroupView): number | undefined {
  let longest = 0;
  for (const { rebalanceTimeoutMs } of group.members.values()) if (rebalanceTimeoutMs > longest) longest = rebalanceTimeoutMs;
  return longest;
}

export function droppedAtSyncTimeout(group: GroupView, generation: number): readonly string[] {
  if (generation !== group.generation) return [];
  return group.state === 'CompletingRebalance' || group.state === 'Stable' ? [...group.pendingSync] : [];
}

export const sessionExpires = (member: MemberView): boolean => member.isNew || (member.join === undefined && member.sync === undefined);

export const staticRejoin = (group: GroupView, nextProtocol: string): 'keep' | 'rebalance' =>
  group.state === 'Stable' && nextProtocol === group.protocolName ? 'keep' : 'rebalance';

const persistThenAnswer: readonly ReplacementStep[] = ['persist', 'answer'];
export const replacementSteps = (): readonly ReplacementStep[] => persistThenAnswer;

function generationError(group: GroupView, request: MemberRequest): ErrorCode {
  const error = memberError(group, request.memberId, request.instanceId);
  if (error !== ErrorCode.NONE) return error;
  return request.generation === group.generation ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
}

const differs = (said: string | null, real: string | null): boolean => said !== null && real !== null && said !== real;
