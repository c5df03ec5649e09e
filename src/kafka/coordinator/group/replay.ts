/** From records to groups: what a coordinator knows of a group that it reads from the log. Source: GroupMetadataManager.replay. */
import type { GroupMetadataValue } from '../../../protocol/messages/group-coordinator/group-metadata.ts';
import { type Group, type Member, newGroup, subscribedTopics } from './group.ts';

/** A group as its record has it: stable with its members, or empty. */
export function groupOf(id: string, value: GroupMetadataValue): Group {
  const members = new Map<string, Member>();
  const staticMembers = new Map<string, string>();
  for (const { memberId, groupInstanceId, clientId, clientHost, rebalanceTimeout, sessionTimeout, subscription, assignment } of value.members) {
    members.set(memberId, {
      id: memberId,
      instanceId: groupInstanceId,
      clientId,
      clientHost,
      rebalanceTimeoutMs: rebalanceTimeout < 0 ? sessionTimeout : rebalanceTimeout,
      sessionTimeoutMs: sessionTimeout,
      protocols: [{ name: value.protocol ?? '', metadata: subscription.slice() }],
      assignment: assignment.slice(),
      isNew: false,
      join: undefined,
      sync: undefined,
    });
    if (groupInstanceId !== null) staticMembers.set(groupInstanceId, memberId);
  }
  const protocolType = value.protocolType === '' ? null : value.protocolType;
  return {
    ...newGroup(id, value.currentStateTimestamp),
    state: members.size === 0 ? 'Empty' : 'Stable',
    generation: value.generation,
    protocolType,
    protocolName: value.protocol,
    leader: value.leader ?? members.keys().next().value ?? null,
    members,
    staticMembers,
    subscribedTopics: subscribedTopics(protocolType, value.protocol, members),
  };
}
