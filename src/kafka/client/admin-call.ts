/**
 * One administrative request from the call to its end: finds whom to ask, asks again after a back-off while another try may help, until
 * time or retries are over. Owns no message. As KafkaAdminClient's AdminClientRunnable.
 */
import type { Timer } from '../../io/clock.ts';
import type { World } from '../../io/world.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { failed, type Result } from '../../model/result.ts';
import type { Channel } from '../rpc/channel.ts';
import type { ClusterView } from './cluster-view.ts';
import type { AdminConfig } from './config.ts';
import type { ClientRules } from './rules.ts';

/** Whom to ask: the controller, whoever answers first, or one broker. */
export type Addressee = 'controller' | 'any' | number;

/** Makes one attempt; `timeoutMs` is what is left. Fails with a Kafka error code. */
export type Attempt<A> = (channel: Channel, timeoutMs: number, done: (result: Result<A, number>) => void) => void;

interface Call {
  attempt(): void;
  expire(): void;
}

export class AdminCalls {
  readonly #world: World;
  readonly #cluster: ClusterView;
  readonly #config: AdminConfig;
  readonly #rules: ClientRules;
  readonly #name: string;
  readonly #open = new Set<Call>();
  /** Calls whose addressee is not known yet. */
  #waiting: Call[] = [];
  #closed = false;

  constructor(world: World, cluster: ClusterView, config: AdminConfig, rules: ClientRules, name: string) {
    this.#world = world;
    this.#cluster = cluster;
    this.#config = config;
    this.#rules = rules;
    this.#name = name;
  }

  /** `done` comes exactly once. */
  make<A>(to: Addressee, attempt: Attempt<A>, done: (result: Result<A, number>) => void, timeoutMs = this.#config.defaultApiTimeoutMs): void {
    const { clock } = this.#world;
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    let retried = 0;
    let retry: Timer | undefined;
    let lastError: number = ErrorCode.REQUEST_TIMED_OUT;
    const end = (result: Result<A, number>) => {
      if (!this.#open.delete(call)) return;
      deadline.cancel();
      retry?.cancel();
      done(result);
    };
    const answered = (result: Result<A, number>) => {
      if (!this.#open.has(call)) return;
      if (result.ok || !this.#rules.retryAdmin(result.error) || retried >= this.#config.retries) {
        end(result);
        return;
      }
      lastError = result.error;
      this.#cluster.requestUpdate();
      const backoff = { initialMs: this.#config.retryBackoffMs, maxMs: this.#config.retryBackoffMaxMs };
      const waitMs = this.#rules.backoffMs(backoff, retried++, this.#world.random.uint32(`${this.#name} retry`));
      retry = clock.after(`${this.#name} retry`, waitMs, () => this.#world.on('requests', () => call.attempt()));
    };
    const call: Call = {
      attempt: () => {
        if (!this.#open.has(call)) return;
        const channel = this.#channelTo(to);
        if (channel !== undefined) attempt(channel, Math.max(1, deadlineMs - clock.monotonicMs()), answered);
        else {
          this.#waiting.push(call);
          this.#cluster.requestUpdate();
        }
      },
      expire: () => end(failed(lastError)),
    };
    const deadline = clock.after(`${this.#name} deadline`, timeoutMs, () => this.#world.on('requests', () => call.expire()));
    this.#open.add(call);
    this.#world.on('requests', () => (this.#closed ? call.expire() : call.attempt()));
  }

  /** The cluster is known better: whoever waits for an addressee may have one now. */
  updated(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) call.attempt();
  }

  /** Ends all calls: REQUEST_TIMED_OUT, or the last error they met. */
  close(): void {
    this.#closed = true;
    for (const call of [...this.#open]) call.expire();
  }

  #channelTo(to: Addressee): Channel | undefined {
    if (to === 'any') return this.#cluster.leastLoaded();
    return to === 'controller' ? this.#cluster.controller() : this.#cluster.channel(to);
  }
}
