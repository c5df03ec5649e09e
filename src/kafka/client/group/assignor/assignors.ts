/** The assignors by name: what each does, which rebalance protocols it can live with, what it adds to a subscription. */
import { unreachable } from '../../../../model/invariant.ts';
import type { AssignorName, GroupAssignment, GroupMember, PartitionCounts, RebalanceProtocol, SettleClaims } from './assignment.ts';
import { assignRange } from './range.ts';
import { assignRoundRobin } from './round-robin.ts';
import { assignCooperativeSticky, assignSticky } from './sticky.ts';
import { encodeCooperativeUserData, encodeStickyUserData, type OwnedBefore } from './sticky-user-data.ts';

/** Members and topics may come in any order. */
export function assign(name: AssignorName, counts: PartitionCounts, members: readonly GroupMember[], settle: SettleClaims): GroupAssignment {
  switch (name) {
    case 'range':
      return assignRange(counts, members);
    case 'roundrobin':
      return assignRoundRobin(counts, members);
    case 'sticky':
      return assignSticky(counts, members, settle);
    case 'cooperative-sticky':
      return assignCooperativeSticky(counts, members, settle);
    default:
      return unreachable(name);
  }
}

/** Cooperative only where every assignor that may be chosen is (ConsumerCoordinator's constructor). */
export const protocolOf = (names: readonly AssignorName[]): RebalanceProtocol =>
  names.every((name) => name === 'cooperative-sticky') ? 'cooperative' : 'eager';

/** `last`: what this member was last assigned under the assignor; undefined before. */
export function userDataOf(name: AssignorName, last: OwnedBefore | undefined): Uint8Array | undefined {
  if (name === 'cooperative-sticky') return encodeCooperativeUserData(last?.generation ?? -1);
  return name === 'sticky' && last !== undefined ? encodeStickyUserData(last) : undefined;
}
