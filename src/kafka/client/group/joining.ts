/**
 * One way into a generation: JoinGroup, for the leader the assignment of all, SyncGroup. Owns these two messages; what an error means is a
 * rule, what follows from it is membership.ts's. As AbstractCoordinator's JoinGroupResponseHandler and SyncGroupResponseHandler.
 *
 * A way that was left behind (the member was thrown out, or left) leads nowhere: its answers are dropped, or end in a new attempt.
 */
import type { World } from '../../../io/world.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import { apis } from '../../../protocol/apis.ts';
import type { JoinGroupResponse } from '../../../protocol/messages/join-group.ts';
import type { SyncGroupResponse } from '../../../protocol/messages/sync-group.ts';
import type { GroupConsumerConfig } from '../config.ts';
import { type AssignorName, assignorNames } from './assignor/assignment.ts';
import { protocolType } from './consumer-protocol.ts';
import type { CoordinatorLink } from './coordinator-link.ts';
import type { EncodedAssignments, JoinedMember } from './leadership.ts';
import type { Identity, MemberState } from './member-state.ts';
import type { MemberContext, MemberDecision } from './rules.ts';

export interface JoinEvents {
  /** Runs a step in a poll: now, or in the next one. */
  whenPolled(step: () => void): void;
  afterJoin(error: number, context: MemberContext): MemberDecision;
  afterSync(error: number, context: MemberContext): MemberDecision;
  /** JoinGroup was answered: from now on the coordinator wants heartbeats. */
  entered(): void;
  lead(protocol: AssignorName, members: readonly JoinedMember[], skip: boolean, done: (assignments: EncodedAssignments | undefined) => void): void;
  synced(assignment: Uint8Array): void;
  failed(decision: MemberDecision, error: number, era: number): void;
}

/** JoinGroup may be held for a whole rebalance; then its answer still has to come (AbstractCoordinator.JOIN_GROUP_TIMEOUT_LAPSE). */
const joinTimeoutLapseMs = 5000;
const firstJoinVersionWithInstances = 5;
const firstSyncVersionWithInstances = 3;

export class Joining {
  readonly #world: World;
  readonly #config: GroupConsumerConfig;
  readonly #link: CoordinatorLink;
  readonly #state: MemberState;
  readonly #events: JoinEvents;

  constructor(world: World, config: GroupConsumerConfig, link: CoordinatorLink, state: MemberState, events: JoinEvents) {
    this.#world = world;
    this.#config = config;
    this.#link = link;
    this.#state = state;
    this.#events = events;
  }

  join(protocols: readonly { readonly name: string; readonly metadata: Uint8Array }[]): void {
    const { groupId, groupInstanceId, sessionTimeoutMs, maxPollIntervalMs, requestTimeoutMs } = this.#config;
    const state = this.#state;
    state.prepare();
    const { identity } = state;
    const body = (version: number) => ({
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs: maxPollIntervalMs,
      memberId: identity.memberId,
      ...(version >= firstJoinVersionWithInstances && groupInstanceId !== '' ? { groupInstanceId } : {}),
      protocolType,
      protocols,
    });
    const timeoutMs = Math.max(requestTimeoutMs, maxPollIntervalMs + joinTimeoutLapseMs);
    this.#link.send(
      apis.joinGroup,
      body,
      (answer, error, era) => this.#events.whenPolled(() => this.#joined(identity, answer, answer?.errorCode ?? error, era)),
      { timeoutMs },
    );
  }

  #joined(asked: Identity, answer: JoinGroupResponse | undefined, error: number, era: number): void {
    const state = this.#state;
    const decision = this.#events.afterJoin(error, { standing: state.standing, unchanged: state.is(asked) });
    if (answer !== undefined && decision.type === 'accepted' && state.standing !== 'preparing') {
      this.#events.failed({ type: 'retry', lost: false }, ErrorCode.NONE, era);
      return;
    }
    if (answer === undefined || decision.type !== 'accepted') {
      if (decision.type === 'takeId' && answer !== undefined) state.take(answer.memberId);
      this.#events.failed(decision.type === 'takeId' ? { type: 'rejoin', forget: 'nothing' } : decision, error, era);
      return;
    }
    const protocol = assignorNames.find((name) => name === answer.protocolName);
    if (protocol === undefined || (answer.protocolType !== null && answer.protocolType !== protocolType)) {
      this.#events.failed({ type: 'fatal', forget: 'member' }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL, era);
      return;
    }
    const identity: Identity = { generation: answer.generationId, memberId: answer.memberId, protocol };
    state.complete(identity);
    this.#events.entered();
    if (answer.leader !== answer.memberId) {
      this.#sync(identity, []);
      return;
    }
    this.#events.lead(protocol, answer.members, answer.skipAssignment, (assignments) =>
      this.#world.on('requests', () => {
        if (assignments !== undefined && state.standing === 'completing' && state.is(identity)) this.#sync(identity, assignments);
        else this.#events.failed({ type: 'rejoin', forget: 'nothing' }, ErrorCode.ILLEGAL_GENERATION, era);
      }),
    );
  }

  #sync(identity: Identity, assignments: EncodedAssignments): void {
    const { groupId, groupInstanceId } = this.#config;
    const body = (version: number) => ({
      groupId,
      generationId: identity.generation,
      memberId: identity.memberId,
      ...(version >= firstSyncVersionWithInstances && groupInstanceId !== '' ? { groupInstanceId } : {}),
      protocolType,
      protocolName: identity.protocol ?? null,
      assignments,
    });
    this.#link.send(apis.syncGroup, body, (answer, error, era) => this.#synced(identity, answer, answer?.errorCode ?? error, era));
  }

  #synced(identity: Identity, answer: SyncGroupResponse | undefined, error: number, era: number): void {
    const state = this.#state;
    const current = state.standing === 'completing' && state.is(identity);
    const decision = this.#events.afterSync(error, { standing: state.standing, unchanged: current });
    if (answer === undefined || decision.type !== 'accepted') this.#events.failed(decision, error, era);
    else if (!current) this.#events.failed({ type: 'rejoin', forget: 'nothing' }, ErrorCode.ILLEGAL_GENERATION, era);
    else {
      state.stabilise();
      this.#events.synced(answer.assignment);
    }
  }
}
