/**
 * Groups between JoinGroup and SyncGroup. A coordinator waits for each member no longer than the longest rebalance timeout of all, then it
 * removes who was silent (KAFKA-12890); without that one leader that sends heartbeats and nothing else holds up its group for ever, and any
 * other member keeps partitions for itself that it does not know of.
 * Owns the proof that one waits too long. A broker that stands still, or whose threads are slow, is late with all it does, in the order in which
 * it came: so its time only counts as over once the broker has answered more requests behind it than can have been on their way before.
 */
import type { CoordinatorView, GroupView } from './group-view.ts';

export interface SyncLimits {
  /** offsets.commit.timeout.ms: so long an assignment that was handed in may take to be committed; it is given up then. */
  readonly commitTimeoutMs: number;
  /** Requests that clients and other brokers may have on their way to one broker at a time. */
  readonly onTheirWay: number;
}

interface Waiting {
  readonly coordinator: CoordinatorView;
  readonly group: string;
  readonly timeoutMs: number;
  readonly deadlineUs: number;
  readonly leader: string;
  /** Who has not sent SyncGroup. */
  readonly silent: Set<string>;
  /** The assignment is known. */
  assigned: boolean;
  /** Requests of any kind that the broker answered after the deadline. */
  answers: number;
}

export class SyncWatch {
  readonly #waiting = new Map<GroupView, Waiting>();
  readonly #limits: SyncLimits;
  readonly #overdue: (group: string, timeoutMs: number) => void;

  /** `overdue` is told once of each. */
  constructor(limits: SyncLimits, overdue: (group: string, timeoutMs: number) => void) {
    this.#limits = limits;
    this.#overdue = overdue;
  }

  begin(view: GroupView, coordinator: CoordinatorView, group: string, members: readonly string[], leader: string, timeoutMs: number): void {
    const deadlineUs = view.sinceUs + timeoutMs * 1000;
    const silent = new Set(members);
    this.#waiting.set(view, { coordinator, group, timeoutMs, deadlineUs, leader, silent, assigned: false, answers: 0 });
  }

  /** The member sent SyncGroup, or is not waited for any more. */
  heardOf(view: GroupView, member: string): void {
    const waiting = this.#waiting.get(view);
    waiting?.silent.delete(member);
    if (waiting?.assigned === true && waiting.silent.size === 0) this.end(view);
  }

  /** The assignment is there: only who did not ask for it is waited for. A static member may have another id by now. */
  assigned(view: GroupView, members: ReadonlySet<string>): void {
    const waiting = this.#waiting.get(view);
    if (waiting === undefined) return;
    waiting.assigned = true;
    for (const member of waiting.silent) if (!members.has(member)) waiting.silent.delete(member);
    if (waiting.silent.size === 0) this.end(view);
  }

  end(view: GroupView): void {
    this.#waiting.delete(view);
  }

  /** The host coordinates none of these any more. */
  gone(coordinator: CoordinatorView): void {
    for (const [view, waiting] of this.#waiting) if (waiting.coordinator === coordinator) this.#waiting.delete(view);
  }

  /** A host answered a request. */
  answered(host: number, timeUs: number): void {
    for (const [view, waiting] of this.#waiting) {
      const { coordinator, deadlineUs, assigned, silent, leader } = waiting;
      if (coordinator.host !== host) continue;
      // What the leader handed in is being committed.
      const spareUs = assigned || silent.has(leader) ? 0 : this.#limits.commitTimeoutMs * 1000;
      if (timeUs < deadlineUs + spareUs || ++waiting.answers <= this.#limits.onTheirWay) continue;
      this.#waiting.delete(view);
      this.#overdue(waiting.group, waiting.timeoutMs);
    }
  }
}
