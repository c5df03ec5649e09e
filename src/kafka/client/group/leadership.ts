/**
 * What the leader of a group does for it: knows the topics of all, lets the assignor share them out, and watches whether their partitions
 * are still those that were shared out. Owns no message. As ConsumerCoordinator.onLeaderElected and its metadata snapshots.
 */
import { ErrorCode } from '../../../model/error-code.ts';
import type { JoinGroupResponse } from '../../../protocol/messages/join-group.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { ClientRules } from '../rules.ts';
import type { AssignorName, GroupMember, PartitionCounts } from './assignor/assignment.ts';
import { decodeSubscription, encodeAssignment } from './consumer-protocol.ts';

export type EncodedAssignments = readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
export type JoinedMember = JoinGroupResponse['members'][number];

export class Leadership {
  readonly #cluster: ClusterView;
  readonly #rules: ClientRules;
  /** Of all members. */
  #topics: ReadonlySet<string> = new Set();
  #assigned: PartitionCounts | undefined;
  #waiting: { readonly share: () => void; readonly leave: () => void } | undefined;

  constructor(cluster: ClusterView, rules: ClientRules) {
    this.#cluster = cluster;
    this.#rules = rules;
  }

  /** What was shared out; undefined for one who does not lead. */
  get assignedCounts(): PartitionCounts | undefined {
    return this.#assigned;
  }

  /** The partitions of the group's topics, by now. */
  get counts(): PartitionCounts {
    const counts = new Map<string, number>();
    for (const name of this.#topics) {
      const topic = this.#cluster.topic(name);
      if (topic !== undefined && topic.error === ErrorCode.NONE && topic.partitions.length > 0) counts.set(name, topic.partitions.length);
    }
    return counts;
  }

  /**
   * Shares out as soon as all topics are known; `done` hears of undefined when the member leads no longer by then. `skip`: the coordinator has the assignment of a static leader that came back
   * (KIP-814).
   */
  lead(name: AssignorName, joined: readonly JoinedMember[], skip: boolean, done: (assignments: EncodedAssignments | undefined) => void): void {
    const members = joined.flatMap(memberOf);
    this.#topics = new Set(members.flatMap(({ topics }) => topics));
    for (const topic of this.#topics) this.#cluster.want(topic);
    const share = (): void => {
      this.#assigned = this.counts;
      if (skip) {
        done([]);
        return;
      }
      const { assign, settleClaims } = this.#rules.group;
      const shares = assign(name, this.#assigned, members, settleClaims);
      done([...shares].map(([memberId, partitions]) => ({ memberId, assignment: encodeAssignment(partitions) })));
    };
    this.#waiting = { share, leave: () => done(undefined) };
    this.metadataUpdated();
  }

  /** Somebody else leads, or nobody does. */
  stepDown(): void {
    this.#topics = new Set();
    this.#assigned = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.leave();
  }

  metadataUpdated(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    for (const topic of this.#topics) if (this.#cluster.topic(topic) === undefined) return;
    this.#waiting = undefined;
    waiting.share();
  }
}

/** A member whose subscription cannot be read gets nothing. */
function memberOf({ memberId, groupInstanceId, metadata }: JoinedMember): readonly GroupMember[] {
  const subscription = decodeSubscription(metadata);
  return subscription.ok ? [{ memberId, instanceId: groupInstanceId ?? undefined, ...subscription.value }] : [];
}
