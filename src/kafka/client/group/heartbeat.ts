/**
 * A member's signs of life, and what it concludes from missing ones: without an answer for session.timeout.ms the coordinator is not
 * believed in any more, without a poll for max.poll.interval.ms the member leaves. Runs while a member is in a generation, whatever its
 * application does. Owns no decision about answers. As AbstractCoordinator.HeartbeatThread and Heartbeat. Lane: requests.
 */
import type { Timer } from '../../../io/clock.ts';
import type { World } from '../../../io/world.ts';
import type { Backoff } from '../../rpc/backoff.ts';
import type { GroupConsumerConfig } from '../config.ts';
import type { ClientRules } from '../rules.ts';

export interface HeartbeatEvents {
  /** Whether there is somebody to send to. */
  coordinatorKnown(): boolean;
  /** Sends one; `done` tells whether the coordinator took it, or at least answered as one that has this member. */
  beat(done: (taken: boolean) => void): void;
  sessionExpired(): void;
  pollExpired(): void;
}

export class Heartbeat {
  readonly #world: World;
  readonly #config: GroupConsumerConfig;
  readonly #rules: ClientRules;
  readonly #name: string;
  readonly #events: HeartbeatEvents;
  #enabled = false;
  #inFlight = false;
  #failures = 0;
  #beatAtMs = 0;
  #sessionEndsAtMs = 0;
  /** The application is in a poll, and in none of its own callbacks. */
  #polled = false;
  #pollEndsAtMs = 0;
  #timer: Timer | undefined;

  constructor(world: World, config: GroupConsumerConfig, rules: ClientRules, name: string, events: HeartbeatEvents) {
    this.#world = world;
    this.#config = config;
    this.#rules = rules;
    this.#name = name;
    this.#events = events;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /** The member is in a new generation. */
  enable(): void {
    const nowMs = this.#nowMs;
    this.#enabled = true;
    this.#failures = 0;
    this.#beatAtMs = nowMs + this.#config.heartbeatIntervalMs;
    this.#sessionEndsAtMs = nowMs + this.#config.sessionTimeoutMs;
    this.#pollEndsAtMs = nowMs + this.#config.maxPollIntervalMs;
    this.#arm();
  }

  disable(): void {
    this.#enabled = false;
    this.#timer?.cancel();
  }

  /** The application polls from now on, or does something else. */
  polling(polled: boolean): void {
    this.#polled = polled;
    this.#pollEndsAtMs = this.#nowMs + this.#config.maxPollIntervalMs;
    if (this.#enabled) this.#arm();
  }

  /** There is a coordinator again. */
  coordinatorFound(): void {
    this.#sessionEndsAtMs = this.#nowMs + this.#config.sessionTimeoutMs;
    if (this.#enabled) this.#arm();
  }

  get #nowMs(): number {
    return this.#world.clock.monotonicMs();
  }

  #arm(): void {
    this.#timer?.cancel();
    let atMs = this.#polled ? Number.POSITIVE_INFINITY : this.#pollEndsAtMs;
    if (this.#events.coordinatorKnown()) atMs = Math.min(atMs, this.#sessionEndsAtMs, this.#inFlight ? Number.POSITIVE_INFINITY : this.#beatAtMs);
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#world.clock.after(`${this.#name} heartbeat`, Math.max(0, atMs - this.#nowMs), () =>
      this.#world.on('requests', () => {
        if (this.#enabled) this.#look();
      }),
    );
  }

  #look(): void {
    const nowMs = this.#nowMs;
    if (this.#events.coordinatorKnown() && nowMs >= this.#sessionEndsAtMs) this.#events.sessionExpired();
    else if (!this.#polled && nowMs >= this.#pollEndsAtMs) this.#events.pollExpired();
    else if (this.#events.coordinatorKnown() && !this.#inFlight && nowMs >= this.#beatAtMs) this.#beat(nowMs);
    if (this.#enabled) this.#arm();
  }

  #beat(nowMs: number): void {
    this.#inFlight = true;
    this.#beatAtMs = nowMs + this.#config.heartbeatIntervalMs;
    this.#events.beat((taken) => {
      this.#inFlight = false;
      if (taken) {
        this.#failures = 0;
        this.#sessionEndsAtMs = this.#nowMs + this.#config.sessionTimeoutMs;
      } else {
        const backoff: Backoff = { initialMs: this.#config.retryBackoffMs, maxMs: this.#config.retryBackoffMaxMs };
        this.#beatAtMs = this.#nowMs + this.#rules.backoffMs(backoff, this.#failures++, this.#world.random.uint32(`${this.#name} heartbeat retry`));
      }
      if (this.#enabled) this.#arm();
    });
  }
}
