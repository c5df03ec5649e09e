/**
 * A classic group as data, and what can be read off it. Owns the legal transitions; the steps that make them are in the files beside it.
 * Values are never changed: each step makes the next one. Source: ClassicGroup, ClassicGroupMember, ClassicGroupState.
 *
 *   Empty -> PreparingRebalance                  a first member joins; it waits a while for others
 *   PreparingRebalance -> CompletingRebalance    the members have joined: a new generation waits for its assignment
 *   PreparingRebalance -> Empty                  nobody was left to join
 *   CompletingRebalance -> Stable                the leader's assignment is committed
 *   CompletingRebalance -> PreparingRebalance    a member joined, left, died, or did not sync in time
 *   Stable -> PreparingRebalance                 the same, or new metadata
 *   any -> Dead                                  deleted, or its coordinator is another broker
 */
import type { RebalanceReason } from '../../../io/node-event.ts';
import { invariant } from '../../../model/invariant.ts';
import type { GroupStateName, GroupView, MemberView } from '../../rules/group.ts';
import { consumerProtocolType, subscribedTopicsOf } from './consumer-protocol.ts';

/** One way of assigning that a member supports, with what it says under it. */
export interface JoinProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

export interface Member extends MemberView {
  readonly clientId: string;
  /** As Kafka prints an address: `/127.0.0.1`. */
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  /** In the order of its preference. */
  readonly protocols: readonly JoinProtocol[];
  /** Empty before it has one. */
  readonly assignment: Uint8Array;
}

export interface Group extends GroupView {
  readonly id: string;
  readonly previousState: GroupStateName;
  /** Wall time of the last transition; -1 when loaded from a record too old to tell. */
  readonly stateSinceMs: number;
  readonly members: ReadonlyMap<string, Member>;
  readonly leader: string | null;
  /** Of all members under the chosen protocol; undefined where that is not known. */
  readonly subscribedTopics: ReadonlySet<string> | undefined;
  /** A member came during the initial rebalance, which therefore waits longer. */
  readonly newMemberAdded: boolean;
  /** What began the last rebalance. */
  readonly reason: RebalanceReason;
}

const mayFollow: Readonly<Record<GroupStateName, readonly GroupStateName[]>> = {
  Empty: ['PreparingRebalance', 'Dead'],
  PreparingRebalance: ['CompletingRebalance', 'Empty', 'Dead'],
  CompletingRebalance: ['Stable', 'PreparingRebalance', 'Dead'],
  Stable: ['PreparingRebalance', 'Dead'],
  Dead: ['Dead'],
};
export const noAssignment = new Uint8Array(0);

/** A group that nobody has joined yet. */
export const newGroup = (id: string, nowMs: number): Group => ({
  id,
  state: 'Empty',
  previousState: 'Dead',
  stateSinceMs: nowMs,
  generation: 0,
  protocolType: null,
  protocolName: null,
  leader: null,
  members: new Map(),
  staticMembers: new Map(),
  pendingMembers: new Set(),
  pendingSync: new Set(),
  subscribedTopics: undefined,
  newMemberAdded: false,
  reason: 'join',
});

export function checkTransition(from: GroupStateName, to: GroupStateName): void {
  invariant(mayFollow[from].includes(to), 'a group only makes legal transitions', from, to);
}

/** May a rebalance begin here? */
export const canRebalance = (group: GroupView): boolean => mayFollow[group.state].includes('PreparingRebalance');

/** How long a rebalance may take: the longest that a member allows. */
export function rebalanceTimeoutMs(group: Group): number {
  let longest = 0;
  for (const member of group.members.values()) if (member.rebalanceTimeoutMs > longest) longest = member.rebalanceTimeoutMs;
  return longest;
}

/** Could a member that supports these join without leaving somebody out? */
export function supportsProtocols(group: Group, protocolType: string, protocols: readonly JoinProtocol[]): boolean {
  if (group.state === 'Empty') return protocolType !== '' && protocols.length > 0;
  if (group.protocolType !== protocolType) return false;
  const candidates = candidateProtocols(group.members);
  return protocols.some(({ name }) => candidates === undefined || candidates.includes(name));
}

/** The protocol with the most votes among those that all support; '' when there is none. Earlier members win a tie. */
export function selectProtocol(members: ReadonlyMap<string, Member>): string {
  const candidates = candidateProtocols(members) ?? [];
  const votes = new Map<string, number>();
  for (const member of members.values()) {
    const choice = member.protocols.find(({ name }) => candidates.includes(name));
    if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
  }
  let best = '';
  for (const [name, count] of votes) if (count > (votes.get(best) ?? 0)) best = name;
  return best;
}

/** Undefined without members: anything goes. */
function candidateProtocols(members: ReadonlyMap<string, Member>): readonly string[] | undefined {
  let candidates: readonly string[] | undefined;
  for (const { protocols } of members.values()) {
    const names = protocols.map(({ name }) => name);
    candidates = candidates === undefined ? names : candidates.filter((name) => names.includes(name));
  }
  return candidates;
}

/** What a member says under a protocol; empty when it does not know it. */
export const metadataOf = (member: Member, protocolName: string | null): Uint8Array =>
  member.protocols.find(({ name }) => name === protocolName)?.metadata ?? noAssignment;

/** Undefined for another protocol type, or when one subscription cannot be read. */
export function subscribedTopics(
  protocolType: string | null,
  protocolName: string | null,
  members: ReadonlyMap<string, Member>,
): ReadonlySet<string> | undefined {
  if (protocolType !== consumerProtocolType) return undefined;
  const topics = new Set<string>();
  for (const member of members.values()) {
    const own = subscribedTopicsOf(metadataOf(member, protocolName));
    if (own === undefined) return undefined;
    for (const topic of own) topics.add(topic);
  }
  return topics;
}

/** The same names with the same metadata in the same order. */
export function sameProtocols(a: readonly JoinProtocol[], b: readonly JoinProtocol[]): boolean {
  return a.length === b.length && a.every(({ name, metadata }, index) => name === b[index]?.name && sameBytes(metadata, b[index].metadata));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
