/**
 * One step of a group: from a group and a request to the next group and all that follows from it. Owns the shape of the outcome and the
 * small changes that steps are made of; when they are made is in join.ts, sync.ts, membership.ts and rebalance.ts.
 */
import type { GroupEvent, RebalanceReason } from '../../../io/node-event.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import { invariant } from '../../../model/invariant.ts';
import type { GroupRules, GroupStateName } from '../../rules/group.ts';
import { checkTransition, type Group, type Member } from './group.ts';
import type { CoordinatorRecord } from './records.ts';

/** The limits of groups, by their keys in broker-config. */
export interface GroupLimits {
  readonly groupInitialRebalanceDelayMs: number;
  readonly groupMaxSize: number;
}

/** What a step may look at beside the group and the request. */
export interface StepContext {
  readonly rules: GroupRules;
  readonly limits: GroupLimits;
  /** Wall time. */
  readonly nowMs: number;
}

export interface JoinAnswer {
  readonly error: ErrorCode;
  readonly memberId: string;
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly skipAssignment: boolean;
  /** For the leader, who assigns: everybody under the chosen protocol. */
  readonly members: readonly { readonly memberId: string; readonly groupInstanceId: string | null; readonly metadata: Uint8Array }[];
}
export interface SyncAnswer {
  readonly error: ErrorCode;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}
export interface LeaveAnswer {
  readonly error: ErrorCode;
  readonly members: readonly { readonly memberId: string; readonly groupInstanceId: string | null; readonly errorCode: ErrorCode }[];
}

/** To the request of this number, exactly once. */
export type Answer =
  | { readonly type: 'join'; readonly request: number; readonly answer: JoinAnswer }
  | { readonly type: 'sync'; readonly request: number; readonly answer: SyncAnswer }
  | { readonly type: 'leave'; readonly request: number; readonly answer: LeaveAnswer }
  | { readonly type: 'heartbeat'; readonly request: number; readonly error: ErrorCode };

/** What a timer brings back. */
export type GroupTimer =
  | { readonly type: 'session'; readonly member: string }
  | { readonly type: 'join' }
  /** `remainingMs`: how much longer the initial rebalance may still be drawn out. */
  | { readonly type: 'initialJoin'; readonly delayMs: number; readonly remainingMs: number }
  | { readonly type: 'sync'; readonly generation: number };

/** A group has one timer of each key; setting it again takes the place of the old one. */
export type TimerChange =
  | { readonly type: 'set'; readonly key: string; readonly delayMs: number; readonly timer: GroupTimer }
  | { readonly type: 'cancel'; readonly key: string };

/** What waits for a write: it comes back as `appended` with how the write ended. */
export type Pending =
  /** A new group; `join` is the request that made it. */
  | { readonly type: 'created'; readonly join: number }
  /** The last members are gone; `leave` is the request that took them away, undefined when none did. */
  | { readonly type: 'emptied'; readonly leave: Extract<Answer, { readonly type: 'leave' }> | undefined }
  /** The leader of a generation assigned. */
  | { readonly type: 'assigned'; readonly generation: number; readonly assignments: ReadonlyMap<string, Uint8Array> }
  /** A static member came back as `newMemberId`; `old` is what it was. */
  | {
      readonly type: 'staticReplaced';
      readonly join: number;
      readonly old: Member;
      readonly newMemberId: string;
      readonly leaderBefore: string;
      readonly skipsAssignment: boolean;
    };

export interface Write {
  readonly records: readonly CoordinatorRecord[];
  readonly pending: Pending;
}

/** What became of a group, and what is to be done, in this order: timers, the write, answers, events. */
export interface Outcome {
  /** Undefined: there is no such group. */
  readonly group: Group | undefined;
  readonly timers: readonly TimerChange[];
  readonly write: Write | undefined;
  readonly answers: readonly Answer[];
  readonly events: readonly GroupEvent[];
}

type Draft = { -readonly [K in keyof Group]: Group[K] } & {
  readonly members: Map<string, Member>;
  readonly staticMembers: Map<string, string>;
  readonly pendingMembers: Set<string>;
  readonly pendingSync: Set<string>;
};

export const sessionKey = (member: string): string => `session ${member}`;
export const joinKey = 'join';
export const syncKey = 'sync';
export const noLeader = '';

export class Step {
  readonly context: StepContext;
  readonly group: Draft;
  readonly answers: Answer[] = [];
  readonly timers: TimerChange[] = [];
  readonly events: GroupEvent[] = [];
  #write: Write | undefined;

  constructor(group: Group, context: StepContext) {
    this.context = context;
    this.group = {
      ...group,
      members: new Map(group.members),
      staticMembers: new Map(group.staticMembers),
      pendingMembers: new Set(group.pendingMembers),
      pendingSync: new Set(group.pendingSync),
    };
  }

  get write(): Write | undefined {
    return this.#write;
  }

  outcome(): Outcome {
    const { group, timers, answers, events } = this;
    return { group, timers, write: this.#write, answers, events };
  }

  append(write: Write): void {
    invariant(this.#write === undefined, 'a step writes once');
    this.#write = write;
  }

  become(state: GroupStateName): void {
    const { group } = this;
    checkTransition(group.state, state);
    group.previousState = group.state;
    group.state = state;
    group.stateSinceMs = this.context.nowMs;
  }

  setTimer(key: string, delayMs: number, timer: GroupTimer): void {
    this.timers.push({ type: 'set', key, delayMs, timer });
  }
  cancelTimer(key: string): void {
    this.timers.push({ type: 'cancel', key });
  }
  renewSession(member: Member, timeoutMs = member.sessionTimeoutMs): void {
    this.setTimer(sessionKey(member.id), timeoutMs, { type: 'session', member: member.id });
  }

  change(member: Member, change: Partial<Member>): Member {
    const next = { ...member, ...change };
    this.group.members.set(member.id, next);
    return next;
  }

  add(member: Member): void {
    const { group } = this;
    invariant(!group.members.has(member.id), 'member ids are unique', member.id);
    if (member.instanceId !== null) {
      invariant(!group.staticMembers.has(member.instanceId), 'an instance id has one member', member.instanceId);
      group.staticMembers.set(member.instanceId, member.id);
    }
    group.leader ??= member.id;
    group.members.set(member.id, member);
    group.pendingMembers.delete(member.id);
  }

  /** Forgets a member or a pending id. Its requests must have been answered, or are answered here as nobody's. */
  remove(memberId: string): void {
    const { group } = this;
    const member = group.members.get(memberId);
    if (member !== undefined) {
      this.answerJoin(member, failedJoin(ErrorCode.UNKNOWN_MEMBER_ID));
      this.answerSync(member, failedSync(ErrorCode.UNKNOWN_MEMBER_ID));
      group.members.delete(memberId);
      this.events.push({ type: 'memberRemoved', group: group.id, member: memberId });
      if (member.instanceId !== null) group.staticMembers.delete(member.instanceId);
    }
    if (group.leader === memberId) group.leader = group.members.keys().next().value ?? null;
    group.pendingMembers.delete(memberId);
    group.pendingSync.delete(memberId);
  }

  /** Answers the member's waiting JoinGroup, if there is one. */
  answerJoin(member: Member, answer: JoinAnswer): void {
    const current = this.group.members.get(member.id);
    if (current?.join === undefined) return;
    this.answers.push({ type: 'join', request: current.join, answer });
    this.change(current, { join: undefined });
  }

  /** Answers the member's waiting SyncGroup, if there is one; true if there was. */
  answerSync(member: Member, answer: SyncAnswer): boolean {
    const current = this.group.members.get(member.id);
    if (current?.sync === undefined) return false;
    this.answers.push({ type: 'sync', request: current.sync, answer });
    this.change(current, { sync: undefined });
    return true;
  }

  begin(reason: RebalanceReason): void {
    const { id, generation } = this.group;
    this.group.reason = reason;
    this.become('PreparingRebalance');
    this.events.push({ type: 'rebalancing', group: id, generation, reason });
  }
}

export const failedJoin = (error: ErrorCode, memberId = ''): JoinAnswer => ({
  error,
  memberId,
  generation: -1,
  protocolType: null,
  protocolName: null,
  leader: noLeader,
  skipAssignment: false,
  members: [],
});

export const failedSync = (error: ErrorCode): SyncAnswer => ({ error, protocolType: null, protocolName: null, assignment: new Uint8Array(0) });

/** Nothing changes; a request is answered. */
export const unchanged = (group: Group | undefined, answer: Answer): Outcome => ({
  group,
  timers: [],
  write: undefined,
  answers: [answer],
  events: [],
});
