/**
 * SyncGroup: the leader hands in the assignment, everybody takes its own once it is committed. Owns who waits and who is answered at once.
 * Source: GroupMetadataManager.classicGroupSyncToClassicGroup.
 */
import { ErrorCode } from '../../../model/error-code.ts';
import type { SyncRequest as SyncCheck } from '../../rules/group.ts';
import { type Group, noAssignment } from './group.ts';
import { groupRecord } from './rebalance.ts';
import { failedSync, type Outcome, Step, type StepContext, syncKey, unchanged } from './step.ts';

export interface SyncRequest extends SyncCheck {
  /** Its number, by which it is answered. */
  readonly request: number;
  /** Empty but from the leader. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}

export function sync(group: Group | undefined, request: SyncRequest, context: StepContext): Outcome {
  const error = group === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : context.rules.syncError(group, request);
  const member = group?.members.get(request.memberId);
  if (group === undefined || error !== ErrorCode.NONE || member === undefined)
    return unchanged(group, {
      type: 'sync',
      request: request.request,
      answer: failedSync(error === ErrorCode.NONE ? ErrorCode.UNKNOWN_MEMBER_ID : error),
    });
  const step = new Step(group, context);
  step.group.pendingSync.delete(member.id);
  step.events.push({ type: 'memberSynced', group: group.id, member: member.id });
  if (step.group.pendingSync.size === 0) step.cancelTimer(syncKey);
  if (group.state === 'Stable') {
    const { protocolType, protocolName } = group;
    const answer = { error: ErrorCode.NONE, protocolType, protocolName, assignment: member.assignment };
    step.answers.push({ type: 'sync', request: request.request, answer });
    return step.outcome();
  }
  // An earlier SyncGroup of the same member gives way: its client gave it up.
  step.answerSync(member, failedSync(ErrorCode.REBALANCE_IN_PROGRESS));
  step.change(member, { sync: request.request });
  if (group.leader === member.id) assign(step, request);
  return step.outcome();
}

/** Members that the leader forgot get nothing, and so do names that are no members. */
function assign(step: Step, request: SyncRequest): void {
  const { group } = step;
  const given = new Map(request.assignments.map(({ memberId, assignment }) => [memberId, assignment]));
  const assignments = new Map([...group.members.keys()].map((id) => [id, given.get(id) ?? noAssignment]));
  step.append({ records: [groupRecord(group, assignments)], pending: { type: 'assigned', generation: group.generation, assignments } });
}
