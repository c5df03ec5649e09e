/**
 * How a rebalance begins and how its two phases end. Owns the moves between the states of a living group; which request asks for one is in
 * join.ts, sync.ts and membership.ts. Source: GroupMetadataManager.prepareRebalance, completeClassicGroupJoin, expirePendingSync.
 */
import type { MemberAssignment, RebalanceReason } from '../../../io/node-event.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import type { GroupMetadataValue } from '../../../protocol/messages/group-coordinator/group-metadata.ts';
import { consumerProtocolType, partitionsOf } from './consumer-protocol.ts';
import { canRebalance, type Group, type Member, metadataOf, noAssignment, rebalanceTimeoutMs, selectProtocol, subscribedTopics } from './group.ts';
import type { CoordinatorRecord } from './records.ts';
import { type Answer, failedSync, type JoinAnswer, joinKey, noLeader, type Step, sessionKey, syncKey } from './step.ts';

type LeaveRequest = Extract<Answer, { readonly type: 'leave' }>;

/** Begins a rebalance where one may begin; where one is under way it may be over now. */
export function rebalanceOrComplete(step: Step, reason: RebalanceReason, leave?: LeaveRequest): void {
  if (canRebalance(step.group)) prepareRebalance(step, reason, leave);
  else completeIfAllJoined(step, leave);
}

export function prepareRebalance(step: Step, reason: RebalanceReason, leave?: LeaveRequest): void {
  const { group, context } = step;
  if (group.state === 'CompletingRebalance') propagateFailure(step, ErrorCode.REBALANCE_IN_PROGRESS);
  step.cancelTimer(syncKey);
  const initial = group.state === 'Empty';
  if (initial) {
    // The group is new: others are likely to come within moments (KIP-134).
    const delayMs = context.limits.groupInitialRebalanceDelayMs;
    const remainingMs = Math.max(rebalanceTimeoutMs(group) - delayMs, 0);
    step.setTimer(joinKey, delayMs, { type: 'initialJoin', delayMs, remainingMs });
    group.newMemberAdded = false;
  }
  step.begin(reason);
  if (initial) return;
  if (context.rules.joinPhaseOver(group)) completeJoin(step, leave);
  else step.setTimer(joinKey, rebalanceTimeoutMs(group), { type: 'join' });
}

/** An initial rebalance is not cut short: its timer ends it. */
export function completeIfAllJoined(step: Step, leave?: LeaveRequest): void {
  const { group, context } = step;
  if (group.state !== 'PreparingRebalance' || group.previousState === 'Empty') return;
  if (context.rules.joinPhaseOver(group)) completeJoin(step, leave);
}

/** The initial rebalance goes on for as long as members come, at most the rebalance timeout. */
export function extendInitialJoin(step: Step, delayMs: number, remainingMs: number): void {
  const { group, context } = step;
  if (!group.newMemberAdded || remainingMs === 0) {
    completeJoin(step);
    return;
  }
  group.newMemberAdded = false;
  const nextDelayMs = Math.min(context.limits.groupInitialRebalanceDelayMs, remainingMs);
  step.setTimer(joinKey, nextDelayMs, { type: 'initialJoin', delayMs: nextDelayMs, remainingMs: Math.max(remainingMs - delayMs, 0) });
}

/** The join phase is over: who did not come is dropped, and a new generation begins, of everybody who did or of nobody. */
export function completeJoin(step: Step, leave?: LeaveRequest): void {
  const { group, context } = step;
  step.cancelTimer(joinKey);
  for (const member of context.rules.droppedAtCompletion(group)) {
    step.remove(member);
    step.cancelTimer(sessionKey(member));
  }
  if (!electJoinedLeader(step) && group.members.size > 0) {
    // Only static members that did not rejoin are left; their sessions will end them.
    step.setTimer(joinKey, rebalanceTimeoutMs(group), { type: 'join' });
    return;
  }
  group.generation++;
  group.pendingSync.clear();
  if (group.members.size === 0) becomeEmpty(step, leave);
  else beginGeneration(step);
  const { id, generation, members, protocolName, leader, reason } = group;
  step.events.push({
    type: 'generation',
    group: id,
    generation,
    members: [...members.keys()],
    protocol: protocolName ?? '',
    leader: leader ?? noLeader,
    reason,
    timeoutMs: rebalanceTimeoutMs(group),
  });
}

/** False when nobody joined. The leader stays if it did. */
function electJoinedLeader(step: Step): boolean {
  const { group } = step;
  if (group.leader === null) return false;
  if (group.members.get(group.leader)?.join !== undefined) return true;
  for (const member of group.members.values()) {
    if (member.join === undefined) continue;
    group.leader = member.id;
    return true;
  }
  return false;
}

function becomeEmpty(step: Step, leave: LeaveRequest | undefined): void {
  const { group } = step;
  group.protocolName = null;
  group.subscribedTopics = subscribedTopics(group.protocolType, null, group.members);
  step.become('Empty');
  step.append({ records: [groupRecord(group, new Map())], pending: { type: 'emptied', leave } });
}

function beginGeneration(step: Step): void {
  const { group, context } = step;
  group.protocolName = selectProtocol(group.members);
  group.subscribedTopics = subscribedTopics(group.protocolType, group.protocolName, group.members);
  step.become('CompletingRebalance');
  for (const member of [...group.members.values()]) {
    step.answerJoin(member, currentGeneration(group, member.id));
    const answered = group.members.get(member.id) ?? member;
    step.renewSession(answered);
    step.change(answered, { isNew: false });
    group.pendingSync.add(member.id);
  }
  const timeoutMs = context.rules.syncTimeoutMs(group);
  if (timeoutMs !== undefined) step.setTimer(syncKey, timeoutMs, { type: 'sync', generation: group.generation });
}

/** What a member is told that joined this generation; its leader gets the list of members. */
export function currentGeneration(group: Group, memberId: string): JoinAnswer {
  return {
    error: ErrorCode.NONE,
    memberId,
    generation: group.generation,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leader ?? noLeader,
    skipAssignment: false,
    members: group.leader === memberId ? memberList(group) : [],
  };
}

export const memberList = (group: Group): JoinAnswer['members'] =>
  [...group.members.values()].map((member) => ({
    memberId: member.id,
    groupInstanceId: member.instanceId,
    metadata: metadataOf(member, group.protocolName),
  }));

/** The time for SyncGroup is over: without this one silent member holds up its group for ever (KAFKA-12890). */
export function expireSync(step: Step, generation: number): void {
  const dropped = step.context.rules.droppedAtSyncTimeout(step.group, generation);
  if (dropped.length === 0) return;
  for (const member of dropped) {
    step.remove(member);
    step.cancelTimer(sessionKey(member));
  }
  prepareRebalance(step, 'syncTimeout');
}

/** The assignment is committed: everybody who asked gets its own, and the group is stable. */
export function propagateAssignment(step: Step, assignments: ReadonlyMap<string, Uint8Array>): void {
  const { group } = step;
  for (const member of [...group.members.values()]) step.change(member, { assignment: assignments.get(member.id) ?? noAssignment });
  step.become('Stable');
  step.events.push({ type: 'assignment', group: group.id, generation: group.generation, members: memberAssignments(group) });
  answerSyncs(step, ErrorCode.NONE);
}

/** Whoever waits for an assignment is told why it does not come. */
export function propagateFailure(step: Step, error: ErrorCode): void {
  for (const member of [...step.group.members.values()]) step.change(member, { assignment: noAssignment });
  answerSyncs(step, error);
}

function answerSyncs(step: Step, error: ErrorCode): void {
  const { group } = step;
  for (const member of [...group.members.values()]) {
    const { protocolType, protocolName } = group;
    const answer = error === ErrorCode.NONE ? { error, protocolType, protocolName, assignment: member.assignment } : failedSync(error);
    // While it waited its session may have run out without consequence, so a new one begins.
    if (step.answerSync(member, answer)) step.renewSession(member);
  }
}

export const memberAssignments = (group: Group): readonly MemberAssignment[] =>
  [...group.members.values()].map(({ id, assignment }) => ({
    member: id,
    partitions: group.protocolType === consumerProtocolType ? (assignment.length === 0 ? [] : partitionsOf(assignment)) : undefined,
  }));

/** The group as it is kept, with these assignments by member id. */
export function groupRecord(group: Group, assignments: ReadonlyMap<string, Uint8Array>): CoordinatorRecord {
  const value: GroupMetadataValue = {
    protocolType: group.protocolType ?? '',
    generation: group.generation,
    protocol: group.protocolName,
    leader: group.leader,
    currentStateTimestamp: group.stateSinceMs,
    members: [...group.members.values()].map((member: Member) => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: metadataOf(member, group.protocolName),
      assignment: assignments.get(member.id) ?? noAssignment,
    })),
  };
  return { type: 'group', group: group.id, value };
}

/** A group that was just made, as it is kept. */
export const emptyGroupRecord = (group: Group): CoordinatorRecord => ({
  type: 'group',
  group: group.id,
  value: { protocolType: '', generation: 0, protocol: null, leader: null, currentStateTimestamp: group.stateSinceMs, members: [] },
});
