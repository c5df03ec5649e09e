/**
 * What the oracle of groups knows: of each group what may stand in its log, and of each coordinator what it has said of its groups. Owns
 * these records and how they change; what is wrong is group-oracle.ts's.
 *
 * A coordinator writes a group down only with its assignment, when it becomes empty, and when a static member takes another id. So another
 * one that loads the log may find any generation since the last one whose assignment was told, and no older one; the oracle keeps all of
 * them until the new coordinator's own words leave one (GroupMetadataManager.replay).
 */
import type { MemberAssignment } from '../../../io/node-event.ts';
import type { TopicPartition } from '../../../model/topic-partition.ts';

/** What a group was at one time. */
export interface Generation {
  readonly number: number;
  readonly members: ReadonlySet<string>;
  /** Undefined while it has none. */
  readonly assignment: readonly MemberAssignment[] | undefined;
  /** The leader epoch of the coordinator that told it; -1 for what a group is before anybody joins. */
  readonly epoch: number;
  /** The member that assigns; '' for none. */
  readonly leader: string;
  /** Its leader restarted as a static member, and took over what it had assigned before (KIP-814). */
  readonly leaderReturned: boolean;
}

/** `loaded`: as it stood in the log, Stable or Empty. */
export type ViewedState = 'loaded' | 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

const nobody: ReadonlySet<string> = new Set();
const unborn: Generation = { number: 0, members: nobody, assignment: undefined, epoch: -1, leader: '', leaderReturned: false };

/** A group over all its coordinators. One that was replaced and does not know it yet goes on from what it found, whatever was written since. */
export class GroupLog {
  readonly #told: { readonly generation: Generation; readonly settled: boolean }[] = [{ generation: unborn, settled: false }];

  /** What a coordinator of this leader epoch may find in the log: what those before it wrote. */
  asFoundIn(epoch: number): readonly Generation[] {
    let possible: Generation[] = [];
    for (const { generation, settled } of this.#told) {
      if (generation.epoch >= epoch) continue;
      if (settled) possible = possible.filter((each) => each.epoch > generation.epoch);
      possible.push(generation);
    }
    return possible;
  }

  /** It may be in the log by now. */
  told(generation: Generation): void {
    this.#told.push({ generation, settled: false });
  }

  /** It is in the log: what was before it is not found any more. */
  settled(generation: Generation): void {
    this.#told.push({ generation, settled: true });
  }

  /** The group is deleted, and may begin anew. */
  buried(epoch: number): void {
    this.told({ ...unborn, epoch });
  }
}

/** A group in the words of one coordinator. */
export class GroupView {
  state: ViewedState = 'loaded';
  /** When it came to this state, in virtual time. */
  sinceUs: number;
  readonly removed = new Set<string>();
  #possible: readonly Generation[];

  constructor(possible: readonly Generation[], nowUs: number) {
    this.#possible = possible;
    this.sinceUs = nowUs;
  }

  /** What the group is; undefined while it may be one of several. */
  get generation(): Generation | undefined {
    return this.#possible.length === 1 ? this.#possible[0] : undefined;
  }

  become(state: ViewedState, nowUs: number): void {
    this.state = state;
    this.sinceUs = nowUs;
  }

  /** Whether it may be one that fits; from then on it is. */
  fits(fit: (generation: Generation) => boolean): boolean {
    const fitting = this.#possible.filter(fit);
    if (fitting.length > 0) this.#possible = fitting;
    return fitting.length > 0;
  }

  /** From now on it is this one. */
  is(generation: Generation): void {
    this.#possible = [generation];
    this.removed.clear();
  }

  /** In words. */
  get described(): string {
    return this.#possible
      .map(({ number, members }) => `generation ${number} of ${members.size === 0 ? 'nobody' : [...members].join(', ')}`)
      .join(' or ');
  }
}

/** A broker that coordinates the groups of one partition of `__consumer_offsets`, in one leader epoch. */
export class CoordinatorView {
  readonly host: number;
  readonly partition: TopicPartition;
  readonly epoch: number;
  readonly groups = new Map<string, GroupView>();

  constructor(host: number, partition: TopicPartition, epoch: number) {
    this.host = host;
    this.partition = partition;
    this.epoch = epoch;
  }
}
