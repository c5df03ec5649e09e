/** How a member takes leave: one LeaveGroup, whose answer changes nothing any more. As AbstractCoordinator.maybeLeaveGroup. */
import { apis } from '../../../protocol/apis.ts';
import type { GroupConsumerConfig } from '../config.ts';
import type { CoordinatorLink } from './coordinator-link.ts';
import type { Identity } from './member-state.ts';

const firstVersionWithMembers = 3;

/** `done` comes when the coordinator answered, cannot be told, or need not be: a static member stays for session.timeout.ms. */
export function leave(link: CoordinatorLink, config: GroupConsumerConfig, { memberId }: Identity, reason: string, done: () => void): void {
  const { groupId, groupInstanceId } = config;
  if (groupInstanceId !== '' || memberId === '' || !link.known) {
    done();
    return;
  }
  const body = (version: number) => (version >= firstVersionWithMembers ? { groupId, members: [{ memberId, reason }] } : { groupId, memberId });
  link.send(apis.leaveGroup, body, () => done());
}
