/** A driver of the pure group machine: keeps the group, its timers and the requests that wait, and checks after every step what must hold. */
import type { RebalanceReason } from '../../../../src/io/node-event.ts';
import type { Group } from '../../../../src/kafka/coordinator/group/group.ts';
import { type JoinRequest, join } from '../../../../src/kafka/coordinator/group/join.ts';
import { appended, fired, heartbeat, leave, loaded, unloaded } from '../../../../src/kafka/coordinator/group/membership.ts';
import { groupOf } from '../../../../src/kafka/coordinator/group/replay.ts';
import type {
  Answer,
  GroupTimer,
  JoinAnswer,
  LeaveAnswer,
  Outcome,
  StepContext,
  SyncAnswer,
  Write,
} from '../../../../src/kafka/coordinator/group/step.ts';
import { sync } from '../../../../src/kafka/coordinator/group/sync.ts';
import { type GroupRules, groupRules } from '../../../../src/kafka/rules/group.ts';
import { ErrorCode } from '../../../../src/model/error-code.ts';

interface Set {
  readonly key: string;
  readonly dueMs: number;
  readonly timer: GroupTimer;
}

export class Machine {
  group: Group | undefined;
  nowMs = 1_000_000;
  readonly answers = new Map<number, Answer>();
  /** Requests without an answer, by number. */
  readonly open = new Map<number, 'join' | 'sync' | 'heartbeat' | 'leave'>();
  readonly timers = new Map<string, Set>();
  /** Writes that are neither committed nor failed, in order. */
  writes: Write[] = [];
  readonly reasons: RebalanceReason[] = [];
  readonly rules: GroupRules;
  readonly limits: { groupInitialRebalanceDelayMs: number; groupMaxSize: number };
  /** Writes are committed at once. */
  instant = true;
  /** `generation member` for everybody that was told of a generation. */
  readonly #told = new Set<string>();
  #requests = 0;
  #members = 0;
  #generation = 0;

  constructor(rules: GroupRules = groupRules, limits = { groupInitialRebalanceDelayMs: 3000, groupMaxSize: 100 }) {
    this.rules = rules;
    this.limits = limits;
  }

  get context(): StepContext {
    return { rules: this.rules, limits: this.limits, nowMs: this.nowMs };
  }
  get state(): string {
    return this.group?.state ?? 'none';
  }
  get generation(): number {
    return this.group?.generation ?? -1;
  }

  join(given: Partial<JoinRequest> = {}): number {
    const request = this.#open('join');
    const clientId = given.clientId ?? 'c';
    this.#take(
      join(
        'g',
        this.group,
        {
          request,
          memberId: '',
          newMemberId: `${given.instanceId ?? clientId}-${this.#members++}`,
          instanceId: null,
          clientId,
          clientHost: '/h',
          rebalanceTimeoutMs: 20_000,
          sessionTimeoutMs: 10_000,
          protocolType: 'consumer',
          protocols: [{ name: 'range', metadata: new Uint8Array([0, 0, 0, 0, 0, 0, 255, 255, 255, 255]) }],
          requiresKnownMemberId: true,
          supportsSkippingAssignment: true,
          ...given,
        },
        this.context,
      ),
    );
    return request;
  }

  sync(
    memberId: string,
    generation = this.generation,
    assign: readonly string[] = [],
    instanceId: string | null = null,
    protocolName: string | null = null,
  ): number {
    const request = this.#open('sync');
    const assignments = assign.map((member) => ({ memberId: member, assignment: new TextEncoder().encode(`of ${member}`) }));
    this.#take(sync(this.group, { request, memberId, generation, instanceId, protocolType: null, protocolName, assignments }, this.context));
    return request;
  }

  heartbeat(memberId: string, generation = this.generation, instanceId: string | null = null): number {
    const request = this.#open('heartbeat');
    this.#take(heartbeat(this.group, { request, memberId, generation, instanceId }, this.context));
    const answer = this.answers.get(request);
    return answer?.type === 'heartbeat' ? answer.error : -99;
  }

  leave(...members: readonly { readonly memberId: string; readonly groupInstanceId: string | null }[]): number {
    const request = this.#open('leave');
    this.#take(leave(this.group, { request, members }, this.context));
    return request;
  }

  /** Time passes; timers fire in their order. */
  pass(ms: number): void {
    const end = this.nowMs + ms;
    for (;;) {
      let next: Set | undefined;
      for (const each of this.timers.values()) if (each.dueMs <= end && (next === undefined || each.dueMs < next.dueMs)) next = each;
      if (next === undefined) break;
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      this.timers.delete(next.key);
      if (this.group !== undefined) this.#take(fired(this.group, next.timer, this.context));
    }
    this.nowMs = end;
  }

  /** The oldest write ends. */
  settle(error: ErrorCode = ErrorCode.NONE): boolean {
    const write = this.writes.shift();
    if (write === undefined || this.group === undefined) return false;
    this.#take(appended(this.group, write.pending, error, this.context));
    return true;
  }

  /** Another coordinator takes over from what is committed. */
  move(): void {
    if (this.group === undefined) return;
    const before = this.group;
    this.#take(unloaded(before, this.context));
    for (const write of this.writes.splice(0)) {
      if (write.pending.type !== 'emptied' || write.pending.leave === undefined) continue;
      this.#answered({ ...write.pending.leave, answer: { error: ErrorCode.NOT_COORDINATOR, members: [] } });
    }
    this.timers.clear();
    this.group = this.#kept;
    this.#generation = Math.min(this.#generation, this.group?.generation ?? 0);
    if (this.group !== undefined) this.#take(loaded(this.group, this.context));
  }

  joined(request: number): JoinAnswer | undefined {
    const answer = this.answers.get(request);
    return answer?.type === 'join' ? answer.answer : undefined;
  }
  synced(request: number): SyncAnswer | undefined {
    const answer = this.answers.get(request);
    return answer?.type === 'sync' ? answer.answer : undefined;
  }
  left(request: number): LeaveAnswer | undefined {
    const answer = this.answers.get(request);
    return answer?.type === 'leave' ? answer.answer : undefined;
  }

  /** A new dynamic member's id. */
  newId(): string {
    return this.joined(this.join())?.memberId ?? '';
  }

  /** A stable group of so many members; the first one leads. */
  stable(count: number): readonly string[] {
    const ids = Array.from({ length: count }, () => this.newId());
    for (const memberId of ids) this.join({ memberId });
    this.pass(this.limits.groupInitialRebalanceDelayMs * 2);
    for (const member of ids) this.sync(member, this.generation, member === this.group?.leader ? ids : []);
    return ids;
  }

  /** The group as the log has it. */
  #kept: Group | undefined;

  #open(type: 'join' | 'sync' | 'heartbeat' | 'leave'): number {
    const request = this.#requests++;
    this.open.set(request, type);
    return request;
  }

  #answered(answer: Answer): void {
    if (this.open.get(answer.request) !== answer.type) throw new Error(`request ${answer.request} is answered twice or by a ${answer.type}`);
    this.open.delete(answer.request);
    this.answers.set(answer.request, answer);
    if (answer.type === 'join' && answer.answer.error === ErrorCode.NONE) this.#told.add(`${answer.answer.generation} ${answer.answer.memberId}`);
  }

  #take(outcome: Outcome): void {
    this.group = outcome.group;
    for (const change of outcome.timers) {
      if (change.type === 'cancel') this.timers.delete(change.key);
      else this.timers.set(change.key, { key: change.key, dueMs: this.nowMs + change.delayMs, timer: change.timer });
    }
    for (const answer of outcome.answers) this.#answered(answer);
    for (const event of outcome.events) if (event.type === 'generation') this.reasons.push(event.reason);
    this.#check();
    if (outcome.write === undefined) return;
    for (const record of outcome.write.records) if (record.type === 'group') this.#kept = groupOf(record.group, record.value);
    this.writes.push(outcome.write);
    if (this.instant) this.settle();
  }

  #check(): void {
    const { group } = this;
    if (group === undefined || group.state === 'Dead') return;
    const holds = (condition: boolean, what: string): void => {
      if (!condition) throw new Error(`${what} (${group.state}, generation ${group.generation}, ${group.members.size} members)`);
    };
    holds(group.generation >= this.#generation, 'a generation never goes back');
    this.#generation = group.generation;
    holds((group.members.size === 0) === (group.leader === null), 'a group with members has a leader');
    if (group.leader !== null) holds(group.members.has(group.leader), 'the leader is a member');
    if (group.state === 'Empty') holds(group.members.size === 0, 'an empty group has no members');
    if (group.state === 'CompletingRebalance' || group.state === 'Stable') {
      holds(group.members.size > 0, 'a generation has members');
      for (const member of group.members.values()) {
        holds(
          member.protocols.some(({ name }) => name === group.protocolName),
          'every member supports the protocol of its generation',
        );
        // A static member may sleep through a rebalance (KIP-345).
        if (member.instanceId === null) holds(this.#told.has(`${group.generation} ${member.id}`), 'a generation is of those who joined it');
        if (group.state === 'Stable') holds(member.sync === undefined, 'nobody waits for an assignment that is there');
      }
    }
    if (group.state === 'PreparingRebalance') holds(this.timers.has('join'), 'a rebalance ends some day');
    if (group.state === 'CompletingRebalance' && group.pendingSync.size > 0) holds(this.timers.has('sync'), 'waiting for SyncGroup ends some day');
    for (const [instance, member] of group.staticMembers) holds(group.members.get(member)?.instanceId === instance, 'an instance id has its member');
    for (const member of group.members.values()) {
      holds(!group.pendingMembers.has(member.id), 'a member is not pending');
      const parked = member.join !== undefined || member.sync !== undefined;
      holds(parked || this.timers.has(`session ${member.id}`), 'a member that waits for nothing has a session');
    }
    const parked = [...group.members.values()].flatMap(({ join: a, sync: b }) => [a, b]).filter((each) => each !== undefined);
    const waits = [...this.open].filter(([, type]) => type === 'join' || type === 'sync').map(([request]) => request);
    const awaited = this.writes.flatMap(({ pending }) => ('join' in pending ? [pending.join] : []));
    for (const request of waits)
      holds(parked.includes(request) || awaited.includes(request) || request === this.#requests - 1, 'whoever waits is known');
  }
}
