/**
 * A static member's return without its id: it takes over from its old id, which is fenced from then on (KIP-345). Owns the change of ids and
 * what becomes of it once the group's record is written; when it is allowed is join.ts's.
 */
import { ErrorCode } from '../../../model/error-code.ts';
import type { Member } from './group.ts';
import { currentGeneration, memberAssignments, memberList } from './rebalance.ts';
import { failedJoin, failedSync, type Pending, type Step, sessionKey } from './step.ts';

/** Gives a static member another id in the same place; requests that wait under the old one are fenced (ClassicGroup.replaceStaticMember). */
export function replaceStatic(step: Step, old: Member, id: string): Member {
  const { group } = step;
  step.answerJoin(old, failedJoin(ErrorCode.FENCED_INSTANCE_ID, old.id));
  step.answerSync(old, failedSync(ErrorCode.FENCED_INSTANCE_ID));
  const replaced: Member = { ...old, id, join: undefined, sync: undefined };
  const members = [...group.members.values()].map((member) => (member.id === old.id ? replaced : member));
  group.members.clear();
  for (const member of members) group.members.set(member.id, member);
  if (old.instanceId !== null) group.staticMembers.set(old.instanceId, id);
  if (group.leader === old.id) group.leader = id;
  if (group.pendingSync.delete(old.id)) group.pendingSync.add(id);
  return replaced;
}

/** The new id is durable, or could not be made so. */
export function settleReplacement(step: Step, pending: Extract<Pending, { readonly type: 'staticReplaced' }>, error: ErrorCode): void {
  const { group } = step;
  const member = group.members.get(pending.newMemberId);
  // It may have been replaced, removed or gathered into a rebalance since, which has answered it or will.
  if (member?.join !== pending.join || group.state !== 'Stable') return;
  if (error !== ErrorCode.NONE) {
    step.answerJoin(member, { ...failedJoin(error), generation: group.generation, leader: pending.leaderBefore });
    const { rebalanceTimeoutMs, sessionTimeoutMs, protocols } = pending.old;
    const back = step.change(member, { rebalanceTimeoutMs, sessionTimeoutMs, protocols, join: undefined });
    step.cancelTimer(sessionKey(member.id));
    step.renewSession(replaceStatic(step, back, pending.old.id));
    return;
  }
  const leads = group.leader === member.id;
  const { skipsAssignment } = pending;
  step.answerJoin(member, {
    ...currentGeneration(group, member.id),
    leader: skipsAssignment ? (group.leader ?? '') : pending.leaderBefore,
    skipAssignment: skipsAssignment && leads,
    // An older leader is not told that it leads: it would assign anew (KIP-814).
    members: skipsAssignment && leads ? memberList(group) : [],
  });
  step.events.push({ type: 'assignment', group: group.id, generation: group.generation, members: memberAssignments(group) });
}
