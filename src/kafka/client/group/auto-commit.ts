/**
 * Commits without being asked (enable.auto.commit): every auto.commit.interval.ms at a poll, before a rebalance, and at close. What is
 * committed is what earlier polls gave: the application has had its time with it. As ConsumerCoordinator.maybeAutoCommitOffsetsAsync,
 * onJoinPrepare and close. Lane: requests.
 */
import type { Timer } from '../../../io/clock.ts';
import type { World } from '../../../io/world.ts';
import type { GroupConsumerConfig } from '../config.ts';
import type { Consumer } from '../consumer.ts';
import type { OffsetCommits } from './offset-commits.ts';

export class AutoCommit {
  readonly enabled: boolean;
  readonly #world: World;
  readonly #config: GroupConsumerConfig;
  readonly #name: string;
  readonly #consumer: Consumer;
  readonly #commits: OffsetCommits;
  readonly #isPolling: () => boolean;
  #dueAtMs: number;
  #timer: Timer | undefined;
  #closed = false;

  constructor(world: World, config: GroupConsumerConfig, name: string, consumer: Consumer, commits: OffsetCommits, isPolling: () => boolean) {
    this.enabled = config.enableAutoCommit;
    this.#world = world;
    this.#config = config;
    this.#name = name;
    this.#consumer = consumer;
    this.#commits = commits;
    this.#isPolling = isPolling;
    this.#dueAtMs = world.clock.monotonicMs() + config.autoCommitIntervalMs;
  }

  /** A poll begins or goes on: commits if it is time, and looks again when it will be. */
  polled(): void {
    if (!this.enabled || this.#closed) return;
    if (this.#world.clock.monotonicMs() >= this.#dueAtMs) {
      this.#dueIn(this.#config.autoCommitIntervalMs);
      this.#commits.commit(this.#consumer.consumed, (result) => {
        if (result.type === 'failed' && result.failure === 'retriable') this.#dueIn(this.#config.retryBackoffMs);
      });
    } else this.#arm();
  }

  /** A rebalance ended: the interval begins anew. */
  restart(): void {
    this.#dueIn(this.#config.autoCommitIntervalMs);
  }

  /** Commits before JoinGroup, and again while that may help; for no longer than the rebalance waits for this member. */
  beforeJoin(done: () => void): void {
    if (!this.enabled) done();
    else this.#commits.commitSync(this.#consumer.consumed, this.#config.maxPollIntervalMs, done);
  }

  /** Commits before the member leaves. */
  last(timeoutMs: number, done: () => void): void {
    if (!this.enabled) done();
    else this.#commits.commitSync(this.#consumer.consumed, timeoutMs, done);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #dueIn(ms: number): void {
    this.#dueAtMs = this.#world.clock.monotonicMs() + ms;
    if (this.enabled && !this.#closed) this.#arm();
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = this.#world.clock.after(`${this.#name} auto commit`, Math.max(0, this.#dueAtMs - this.#world.clock.monotonicMs()), () =>
      this.#world.on('requests', () => {
        // Outside a poll it waits for the next one: what the last poll gave may still be in work.
        if (this.#isPolling()) this.polled();
      }),
    );
  }
}
