/**
 * JoinGroup on a classic group: new members, members that come again, and static members that come back without their id.
 * Owns who is let in and what that sets off. Source: GroupMetadataManager.classicGroupJoinToClassicGroup, KIP-62, KIP-345, KIP-394, KIP-814.
 */
import { ErrorCode } from '../../../model/error-code.ts';
import { type Group, type JoinProtocol, type Member, newGroup, noAssignment, sameProtocols, selectProtocol, supportsProtocols } from './group.ts';
import { completeIfAllJoined, currentGeneration, emptyGroupRecord, groupRecord, rebalanceOrComplete } from './rebalance.ts';
import { replaceStatic, settleReplacement } from './static-replacement.ts';
import { failedJoin, type Outcome, Step, type StepContext, sessionKey, unchanged } from './step.ts';

export interface JoinRequest {
  /** Its number, by which it is answered. */
  readonly request: number;
  /** '' for a client that has none. */
  readonly memberId: string;
  /** The id that it gets if it needs one; unique. */
  readonly newMemberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly JoinProtocol[];
  /** From version 4: a dynamic member first gets an id and comes again with it (KIP-394). */
  readonly requiresKnownMemberId: boolean;
  /** From version 9 (KIP-814). */
  readonly supportsSkippingAssignment: boolean;
}

/** A client that waits for its first answer cannot send heartbeats; after so long it is expected to ask again. */
const newMemberJoinTimeoutMs = 300_000;

/** `groupId` names the group that is made when there is none. */
export function join(groupId: string, existing: Group | undefined, request: JoinRequest, context: StepContext): Outcome {
  const unknown = request.memberId === '';
  if (existing === undefined && !unknown) return refuse(existing, request, ErrorCode.UNKNOWN_MEMBER_ID, request.memberId);
  const group = existing ?? newGroup(groupId, context.nowMs);
  const step = new Step(group, context);
  if (!context.rules.mayJoin(group, request.memberId, context.limits.groupMaxSize)) {
    if (request.memberId !== '') {
      step.remove(request.memberId);
      step.cancelTimer(sessionKey(request.memberId));
    }
    step.answers.push({ type: 'join', request: request.request, answer: failedJoin(ErrorCode.GROUP_MAX_SIZE_REACHED) });
    return step.outcome();
  }
  if (group.state === 'Dead') return refuse(existing, request, ErrorCode.COORDINATOR_NOT_AVAILABLE, request.memberId);
  if (!supportsProtocols(group, request.protocolType, request.protocols))
    return refuse(existing, request, ErrorCode.INCONSISTENT_GROUP_PROTOCOL, request.memberId);
  if (unknown) joinNew(step, request);
  else {
    const error = joinExisting(step, request);
    if (error !== ErrorCode.NONE) return refuse(existing, request, error, request.memberId);
  }
  if (existing === undefined && step.write === undefined)
    step.append({ records: [emptyGroupRecord(group)], pending: { type: 'created', join: request.request } });
  return step.outcome();
}

const refuse = (group: Group | undefined, request: JoinRequest, error: ErrorCode, memberId: string): Outcome =>
  unchanged(group, { type: 'join', request: request.request, answer: failedJoin(error, memberId) });

function joinNew(step: Step, request: JoinRequest): void {
  const { group } = step;
  const holder = request.instanceId === null ? undefined : group.staticMembers.get(request.instanceId);
  const old = holder === undefined ? undefined : group.members.get(holder);
  if (old !== undefined) {
    joinReplacing(step, request, old);
    return;
  }
  if (request.instanceId !== null || !request.requiresKnownMemberId) {
    addMember(step, request, request.newMemberId);
    return;
  }
  group.pendingMembers.add(request.newMemberId);
  step.setTimer(sessionKey(request.newMemberId), request.sessionTimeoutMs, { type: 'session', member: request.newMemberId });
  step.answers.push({ type: 'join', request: request.request, answer: failedJoin(ErrorCode.MEMBER_ID_REQUIRED, request.newMemberId) });
}

function joinExisting(step: Step, request: JoinRequest): ErrorCode {
  const { group, context } = step;
  const { memberId, instanceId } = request;
  if (group.pendingMembers.has(memberId)) {
    // An id that was handed out to a dynamic member is no static one's.
    if (instanceId !== null) return ErrorCode.UNKNOWN_MEMBER_ID;
    addMember(step, request, memberId);
    return ErrorCode.NONE;
  }
  const error = context.rules.memberError(group, memberId, instanceId);
  const member = group.members.get(memberId);
  if (error !== ErrorCode.NONE || member === undefined) return error === ErrorCode.NONE ? ErrorCode.UNKNOWN_MEMBER_ID : error;
  const same = sameProtocols(member.protocols, request.protocols);
  const leads = group.leader === memberId;
  switch (group.state) {
    case 'PreparingRebalance':
      updateMember(step, request, member);
      completeIfAllJoined(step);
      return ErrorCode.NONE;
    case 'CompletingRebalance':
      // The answer to its JoinGroup may have been lost.
      if (same) answerCurrent(step, request);
      else rejoin(step, request, member);
      return ErrorCode.NONE;
    case 'Stable':
      // A leader comes again when what it assigns has changed, such as a topic's number of partitions.
      if (!leads && same) answerCurrent(step, request);
      else rejoin(step, request, member);
      return ErrorCode.NONE;
    default:
      return ErrorCode.UNKNOWN_MEMBER_ID;
  }
}

function answerCurrent(step: Step, request: JoinRequest): void {
  step.answers.push({ type: 'join', request: request.request, answer: currentGeneration(step.group, request.memberId) });
}

function rejoin(step: Step, request: JoinRequest, member: Member): void {
  updateMember(step, request, member);
  rebalanceOrComplete(step, 'metadata');
}

/** An earlier JoinGroup of the same member gives way: its client gave it up, or it would have waited. */
function updateMember(step: Step, request: JoinRequest, member: Member): void {
  step.answerJoin(member, failedJoin(ErrorCode.REBALANCE_IN_PROGRESS, member.id));
  const { rebalanceTimeoutMs, sessionTimeoutMs, protocols } = request;
  step.change(member, { rebalanceTimeoutMs, sessionTimeoutMs, protocols, join: request.request });
}

function addMember(step: Step, request: JoinRequest, id: string): void {
  const { group } = step;
  if (group.state === 'PreparingRebalance' && group.previousState === 'Empty') group.newMemberAdded = true;
  if (group.members.size === 0) group.protocolType = request.protocolType;
  const { instanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs, protocols } = request;
  const member: Member = {
    id,
    instanceId,
    clientId,
    clientHost,
    rebalanceTimeoutMs,
    sessionTimeoutMs,
    protocols,
    assignment: noAssignment,
    isNew: true,
    join: request.request,
    sync: undefined,
  };
  step.add(member);
  step.renewSession(member, newMemberJoinTimeoutMs);
  rebalanceOrComplete(step, 'join');
}

/** A static member restarted: it takes over from its old id, which is fenced from now on. */
function joinReplacing(step: Step, request: JoinRequest, old: Member): void {
  const { group, context } = step;
  const leaderBefore = group.leader ?? '';
  const replaced = replaceStatic(step, old, request.newMemberId);
  step.cancelTimer(sessionKey(old.id));
  step.renewSession(replaced);
  updateMember(step, request, replaced);
  if (group.state === 'PreparingRebalance') {
    completeIfAllJoined(step);
    return;
  }
  if (context.rules.staticRejoin(group, selectProtocol(group.members)) === 'rebalance') {
    rebalanceOrComplete(step, group.state === 'Stable' ? 'metadata' : 'join');
    return;
  }
  const pending = {
    type: 'staticReplaced',
    join: request.request,
    old,
    newMemberId: request.newMemberId,
    leaderBefore,
    skipsAssignment: request.supportsSkippingAssignment,
  } as const;
  const [first] = context.rules.replacementSteps();
  if (first !== 'persist') {
    settleReplacement(step, pending, ErrorCode.NONE);
    return;
  }
  const assignments = new Map([...group.members.values()].map((member) => [member.id, member.assignment]));
  step.append({ records: [groupRecord(group, assignments)], pending });
}
