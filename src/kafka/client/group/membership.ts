/**
 * One membership in a classic group: joins, syncs, beats, leaves, and joins again when it must. Owns the order of these; the messages are
 * joining.ts's and leaving.ts's, where the coordinator is coordinator-link.ts's, what partitions are given up and taken the consumer's.
 * A rebalance goes on only while the application polls, as Kafka's does; heartbeats go on by themselves. As AbstractCoordinator.
 *
 * idle -> preparing: a rebalance is due, the consumer gives up what it must.   preparing -> joining: JoinGroup, then SyncGroup.
 * joining -> adopting: the consumer takes what it was assigned.   adopting, joining -> idle.
 */
import type { World } from '../../../io/world.ts';
import { apis } from '../../../protocol/apis.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { GroupConsumerConfig } from '../config.ts';
import type { ClientRules } from '../rules.ts';
import { CoordinatorLink } from './coordinator-link.ts';
import { Heartbeat } from './heartbeat.ts';
import { type JoinEvents, Joining } from './joining.ts';
import { Leadership } from './leadership.ts';
import { leave } from './leaving.ts';
import { type Identity, MemberState } from './member-state.ts';
import type { Forget, MemberDecision } from './rules.ts';

export interface MembershipEvents {
  /** Topics that the application wants. */
  topics(): readonly string[];
  /** What to join with, by assignor. */
  protocols(): readonly { readonly name: string; readonly metadata: Uint8Array }[];
  /** A rebalance begins; `done` when all that must be given up is given up. */
  prepare(inGeneration: boolean, done: () => void): void;
  /** A rebalance ended; `done` when the assignment is taken, with whether another rebalance is needed. */
  adopt(identity: Identity, assignment: Uint8Array, done: (rejoin: boolean) => void): void;
  coordinatorFound(): void;
  /** The coordinator was looked for and not found. */
  coordinatorNotFound(error: number): void;
  /** Something that only the application can cure. */
  failed(error: number): void;
}

type Phase = 'idle' | 'preparing' | 'joining' | 'adopting';

export class Membership {
  readonly state = new MemberState();
  readonly link: CoordinatorLink;
  readonly leadership: Leadership;
  readonly #world: World;
  readonly #config: GroupConsumerConfig;
  readonly #rules: ClientRules;
  readonly #name: string;
  readonly #events: MembershipEvents;
  readonly #heartbeat: Heartbeat;
  readonly #joining: Joining;
  #phase: Phase = 'idle';
  #polled = false;
  /** What waits for a poll. */
  #waiting: (() => void) | undefined;
  #requested = true;
  /** What is owned must be given up, or given up as lost, before the next JoinGroup. */
  #needsPrepare = true;
  #joinedTopics: readonly string[] | undefined;
  /** No JoinGroup before, in monotonic ms. */
  #joinAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(world: World, cluster: ClusterView, config: GroupConsumerConfig, rules: ClientRules, name: string, events: MembershipEvents) {
    this.#world = world;
    this.#config = config;
    this.#rules = rules;
    this.#name = name;
    this.#events = events;
    this.leadership = new Leadership(cluster, rules);
    this.link = new CoordinatorLink(world, cluster, config, rules, name, {
      found: () => this.#found(),
      lost: () => this.#lost(),
      notFound: (error, fatal) => {
        events.coordinatorNotFound(error);
        if (fatal) events.failed(error);
      },
    });
    this.#heartbeat = new Heartbeat(world, config, rules, name, {
      coordinatorKnown: () => this.link.known,
      beat: (done) => this.#beat(done),
      sessionExpired: () => this.link.lose(),
      pollExpired: () => this.leave('consumer poll timeout has expired'),
    });
    this.#joining = new Joining(world, config, this.link, this.state, this.#joinEvents());
  }

  /** Between JoinGroup and SyncGroup, or before what they brought is taken. */
  get rebalancing(): boolean {
    return this.state.standing === 'preparing' || this.state.standing === 'completing';
  }

  /** The application is in a poll, and not in one of its callbacks; or not any more. */
  polling(polled: boolean): void {
    this.#polled = polled;
    this.#heartbeat.polling(polled);
    if (polled) this.advance();
  }

  /** Takes the next step that can be taken. */
  advance(): void {
    if (!this.#polled || this.#closed) return;
    if (!this.link.known) this.link.find();
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = undefined;
      waiting();
    } else if (this.#phase === 'idle' && this.link.known && this.#mustRejoin()) this.#rebalance();
  }

  /** Takes a step of a rebalance in a poll: now, or in the next one. */
  whenPolled(step: () => void): void {
    this.#waiting = step;
    this.advance();
  }

  requestRejoin(): void {
    this.#requested = true;
    this.advance();
  }

  /** The member is not what it was; what it owns is lost. */
  forget(what: Forget): void {
    if (what !== 'nothing') {
      this.state.forget(what);
      this.leadership.stepDown();
      this.#heartbeat.disable();
      this.#needsPrepare = true;
    }
    this.requestRejoin();
  }

  /** Out of the group: tells the coordinator, unless it is a static member, whose place is kept for it (KIP-345). */
  leave(reason: string, done: () => void = () => {}): void {
    if (this.state.standing !== 'unjoined') leave(this.link, this.#config, this.state.identity, reason, done);
    else this.#world.on('requests', done);
    this.forget('member');
  }

  /** Nothing is asked or told any more. */
  close(): void {
    this.#closed = true;
    this.#heartbeat.disable();
    this.link.close();
  }

  #mustRejoin(): boolean {
    const { assignedCounts, counts } = this.leadership;
    const topics = this.#events.topics();
    return this.#rules.group.mustRejoin({ requested: this.#requested, joinedTopics: this.#joinedTopics, topics, assignedCounts, counts });
  }

  #rebalance(): void {
    if (!this.#needsPrepare) {
      this.#join();
      return;
    }
    this.#needsPrepare = false;
    this.#phase = 'preparing';
    this.#events.prepare(this.state.inGeneration, () => {
      this.leadership.stepDown();
      this.#phase = 'idle';
      // The member may have been thrown out meanwhile.
      if (this.#needsPrepare || !this.#polled || !this.link.known) this.requestRejoin();
      else this.#join();
    });
  }

  #join(): void {
    const waitMs = this.#joinAtMs - this.#world.clock.monotonicMs();
    this.#phase = 'joining';
    if (waitMs > 0) {
      this.#world.clock.after(`${this.#name} join`, waitMs, () => this.#world.on('requests', () => this.#idle()));
      return;
    }
    this.#joinedTopics = [...this.#events.topics()];
    this.#heartbeat.disable();
    this.#requested = true;
    this.#joining.join(this.#events.protocols());
  }

  #idle(): void {
    this.#phase = 'idle';
    this.advance();
  }

  #joinEvents(): JoinEvents {
    const { group } = this.#rules;
    return {
      // Kafka's consumer reads the answer to JoinGroup in a poll: its heartbeat thread sleeps until then.
      whenPolled: (step) => this.whenPolled(step),
      afterJoin: (error, context) => group.afterJoin(error, context),
      afterSync: (error, context) => group.afterSync(error, context),
      entered: () => {
        this.leadership.stepDown();
        this.#heartbeat.enable();
      },
      lead: (protocol, members, skip, done) => this.leadership.lead(protocol, members, skip, done),
      synced: (assignment) => {
        this.#requested = false;
        const { identity } = this.state;
        this.whenPolled(() => this.#adopt(identity, assignment));
      },
      failed: (decision, error, era) => this.#failed(decision, error, era),
    };
  }

  #adopt(identity: Identity, assignment: Uint8Array): void {
    if (this.state.standing !== 'stable' || !this.state.is(identity)) {
      this.#phase = 'idle';
      this.forget('member');
      return;
    }
    this.#phase = 'adopting';
    this.#events.adopt(identity, assignment, (rejoin) => {
      this.#needsPrepare = true;
      if (rejoin) this.#requested = true;
      this.#idle();
    });
  }

  #failed(decision: MemberDecision, error: number, era: number): void {
    this.#requested = true;
    this.#phase = 'idle';
    if (decision.type === 'retry') {
      this.#joinAtMs = this.#world.clock.monotonicMs() + this.#config.retryBackoffMs;
      if (decision.lost) this.link.lose(era);
    }
    if (decision.type === 'fatal') this.#events.failed(error);
    this.forget(decision.type === 'rejoin' || decision.type === 'fatal' ? decision.forget : 'nothing');
  }

  #beat(done: (taken: boolean) => void): void {
    const { identity } = this.state;
    const { generation, memberId } = identity;
    const { groupId, groupInstanceId } = this.#config;
    const body = (version: number) => ({
      groupId,
      generationId: generation,
      memberId,
      ...(version >= 3 && groupInstanceId !== '' ? { groupInstanceId } : {}),
    });
    this.link.send(apis.heartbeat, body, (answer, rpcError, era) => {
      const error = answer?.errorCode ?? rpcError;
      const decision = this.#rules.group.afterHeartbeat(error, { standing: this.state.standing, unchanged: this.state.is(identity) });
      done(decision.type === 'accepted' || decision.type === 'ignore' || (decision.type === 'rejoin' && decision.forget === 'nothing'));
      if (decision.type === 'retry' && decision.lost) this.link.lose(era);
      if (decision.type === 'rejoin') this.forget(decision.forget);
      if (decision.type !== 'fatal') return;
      this.#events.failed(error);
      this.forget(decision.forget);
    });
  }

  #found(): void {
    this.#heartbeat.coordinatorFound();
    this.#events.coordinatorFound();
    this.advance();
  }

  #lost(): void {
    if (this.#polled || this.#heartbeat.enabled) this.link.find();
  }
}
