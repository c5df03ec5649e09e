/**
 * Heartbeat, LeaveGroup, timers, and how a group hears of its writes, of being loaded and of being given up.
 * Owns how members go; how they come is in join.ts. Source: GroupMetadataManager.classicGroupHeartbeat, classicGroupLeave,
 * expireClassicGroupMemberHeartbeat, onLoaded, onUnloaded.
 */
import { ErrorCode } from '../../../model/error-code.ts';
import { unreachable } from '../../../model/invariant.ts';
import type { MemberRequest } from '../../rules/group.ts';
import type { Group } from './group.ts';
import {
  completeIfAllJoined,
  completeJoin,
  expireSync,
  extendInitialJoin,
  prepareRebalance,
  propagateAssignment,
  propagateFailure,
  rebalanceOrComplete,
} from './rebalance.ts';
import { settleReplacement } from './static-replacement.ts';
import { type Answer, failedJoin, failedSync, type GroupTimer, type Outcome, type Pending, Step, type StepContext, sessionKey } from './step.ts';

export interface HeartbeatRequest extends MemberRequest {
  readonly request: number;
}
export interface LeaveRequest {
  readonly request: number;
  readonly members: readonly { readonly memberId: string; readonly groupInstanceId: string | null }[];
}

export function heartbeat(group: Group | undefined, request: HeartbeatRequest, context: StepContext): Outcome {
  const error = group === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : context.rules.heartbeatError(group, request);
  const alive = error === ErrorCode.NONE || error === ErrorCode.REBALANCE_IN_PROGRESS;
  const member = alive ? group?.members.get(request.memberId) : undefined;
  return {
    group,
    timers: member === undefined ? [] : [sessionOf(member.id, member.sessionTimeoutMs)],
    write: undefined,
    answers: [{ type: 'heartbeat', request: request.request, error }],
    events: [],
  };
}

const sessionOf = (member: string, delayMs: number) =>
  ({ type: 'set', key: sessionKey(member), delayMs, timer: { type: 'session', member } }) as const;

/** An accepted commit is a sign of life while no assignment is being waited for. */
export function committed(group: Group, memberId: string, context: StepContext): Outcome {
  const step = new Step(group, context);
  const member = group.members.get(memberId);
  if (member !== undefined && (group.state === 'Stable' || group.state === 'PreparingRebalance')) step.renewSession(member);
  return step.outcome();
}

export function leave(group: Group | undefined, request: LeaveRequest, context: StepContext): Outcome {
  const refused = group === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : group.state === 'Dead' ? ErrorCode.COORDINATOR_NOT_AVAILABLE : undefined;
  const step = group === undefined || refused !== undefined ? undefined : new Step(group, context);
  if (step === undefined) {
    const answer = { error: refused ?? ErrorCode.UNKNOWN_MEMBER_ID, members: [] };
    return { group, timers: [], write: undefined, answers: [{ type: 'leave', request: request.request, answer }], events: [] };
  }
  const members = request.members.map((one) => ({ ...one, errorCode: leaveOne(step, one.memberId, one.groupInstanceId) }));
  const answer: Extract<Answer, { readonly type: 'leave' }> = {
    type: 'leave',
    request: request.request,
    answer: { error: ErrorCode.NONE, members },
  };
  if (members.some(({ errorCode }) => errorCode === ErrorCode.NONE)) {
    if (step.group.state === 'PreparingRebalance') completeIfAllJoined(step, answer);
    else if (step.group.state !== 'Empty') rebalanceOrComplete(step, 'leave', answer);
  }
  // Who took the last member away is answered when that is committed.
  if (step.write === undefined) step.answers.push(answer);
  return step.outcome();
}

/** Without a member id an admin removes a static member by its instance id (KIP-345). */
function leaveOne(step: Step, memberId: string, instanceId: string | null): ErrorCode {
  const { group, context } = step;
  let id = memberId;
  if (id === '') {
    const holder = instanceId === null ? undefined : group.staticMembers.get(instanceId);
    if (holder === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    id = holder;
  } else if (!group.pendingMembers.has(id)) {
    const error = context.rules.memberError(group, id, instanceId);
    if (error !== ErrorCode.NONE) return error;
  }
  step.cancelTimer(sessionKey(id));
  step.remove(id);
  return ErrorCode.NONE;
}

export function fired(group: Group, timer: GroupTimer, context: StepContext): Outcome {
  const step = new Step(group, context);
  switch (timer.type) {
    case 'session':
      expireSession(step, timer.member);
      break;
    case 'join':
      if (group.state === 'PreparingRebalance') completeJoin(step);
      break;
    case 'initialJoin':
      if (group.state === 'PreparingRebalance') extendInitialJoin(step, timer.delayMs, timer.remainingMs);
      break;
    case 'sync':
      expireSync(step, timer.generation);
      break;
    default:
      return unreachable(timer);
  }
  return step.outcome();
}

function expireSession(step: Step, memberId: string): void {
  const { group, context } = step;
  const member = group.members.get(memberId);
  if (member !== undefined && !context.rules.sessionExpires(member)) return;
  if (member === undefined && !group.pendingMembers.has(memberId)) return;
  step.remove(memberId);
  if (group.state === 'PreparingRebalance') {
    // Unlike a member that comes or leaves, one that dies may be the end of an initial rebalance.
    if (context.rules.joinPhaseOver(group)) completeJoin(step);
  } else if (member !== undefined) rebalanceOrComplete(step, 'expiry');
}

/** A write ended: NONE when it is committed, else what the clients are to be told. */
export function appended(group: Group, pending: Pending, error: ErrorCode, context: StepContext): Outcome {
  const step = new Step(group, context);
  switch (pending.type) {
    case 'created':
      if (error !== ErrorCode.NONE)
        for (const member of group.members.values()) if (member.join === pending.join) step.answerJoin(member, failedJoin(error));
      break;
    case 'emptied':
      // Left unwritten, the last generation comes back with the next load, and its sessions end it.
      if (pending.leave !== undefined)
        step.answers.push(error === ErrorCode.NONE ? pending.leave : { ...pending.leave, answer: { error, members: [] } });
      break;
    case 'assigned':
      // Whoever came meanwhile has begun another rebalance.
      if (group.state !== 'CompletingRebalance' || group.generation !== pending.generation) break;
      if (error === ErrorCode.NONE) propagateAssignment(step, pending.assignments);
      else {
        propagateFailure(step, error);
        prepareRebalance(step, 'failedAssignment');
      }
      break;
    case 'staticReplaced':
      settleReplacement(step, pending, error);
      break;
    default:
      return unreachable(pending);
  }
  return step.outcome();
}

/** The group was read from the log: its members have a session from now on to be heard of. */
export function loaded(group: Group, context: StepContext): Outcome {
  const step = new Step(group, context);
  for (const member of group.members.values()) step.renewSession(member);
  // The limit may have been lowered; who rejoins last is turned away.
  if (group.members.size > context.limits.groupMaxSize) prepareRebalance(step, 'join');
  return step.outcome();
}

/** Another broker coordinates it now: whoever waits here is told to look for it. */
export function unloaded(group: Group, context: StepContext): Outcome {
  const step = new Step(group, context);
  for (const member of group.members.values()) {
    step.answerJoin(member, failedJoin(ErrorCode.NOT_COORDINATOR, member.id));
    step.answerSync(member, failedSync(ErrorCode.NOT_COORDINATOR));
  }
  step.become('Dead');
  return step.outcome();
}
