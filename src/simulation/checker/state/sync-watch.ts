/**
 * Groups between JoinGroup and SyncGroup. A coordinator waits for each member no longer than the longest rebalance timeout of all, then it
 * removes who was silent (KAFKA-12890); without that one leader that sends heartbeats and nothing else holds up its group for ever, and any
 * other member keeps partitions for itself that it does not know of.
 * Owns the proof that one waits too long. A broker that stands still, or whose lane is slow, is late with all it does: so its time only counts
 * as over once it answered two heartbeats behind it, a second apart.
 */
import type { CoordinatorView, GroupView } from './group-view.ts';

/** An assignment that was handed in may take so long to be committed (offsets.commit.timeout.ms), and is given up then. */
const commitTimeoutUs = 5_000_000;
const apartUs = 1_000_000;

interface Waiting {
  readonly coordinator: CoordinatorView;
  readonly group: string;
  readonly timeoutMs: number;
  readonly deadlineUs: number;
  /** Who has not sent SyncGroup. */
  readonly silent: Set<string>;
  /** The assignment is known. */
  assigned: boolean;
  /** When the broker first answered after the deadline; undefined while it did not. */
  lateUs: number | undefined;
}

export class SyncWatch {
  readonly #waiting = new Map<GroupView, Waiting>();
  readonly #overdue: (group: string, timeoutMs: number) => void;

  /** `overdue` is told once of each. */
  constructor(overdue: (group: string, timeoutMs: number) => void) {
    this.#overdue = overdue;
  }

  begin(view: GroupView, coordinator: CoordinatorView, group: string, members: readonly string[], timeoutMs: number): void {
    const deadlineUs = view.sinceUs + timeoutMs * 1000 + commitTimeoutUs;
    this.#waiting.set(view, { coordinator, group, timeoutMs, deadlineUs, silent: new Set(members), assigned: false, lateUs: undefined });
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

  /** A coordinator answered a heartbeat. */
  heard(host: number, timeUs: number): void {
    for (const [view, waiting] of this.#waiting) {
      if (waiting.coordinator.host !== host || timeUs < waiting.deadlineUs) continue;
      waiting.lateUs ??= timeUs;
      if (timeUs - waiting.lateUs < apartUs) continue;
      this.#waiting.delete(view);
      this.#overdue(waiting.group, waiting.timeoutMs);
    }
  }
}
