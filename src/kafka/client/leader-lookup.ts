/**
 * Questions that only a partition's leader can answer: groups them by leader, asks, and asks again after a back-off while the error may
 * pass, until time is over. Owns no message: an Exchange does. As OffsetFetcher and PartitionLeaderStrategy.
 */
import type { Timer } from '../../io/clock.ts';
import type { World } from '../../io/world.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { type TopicPartition, topicPartition } from '../../model/topic-partition.ts';
import type { Channel } from '../rpc/channel.ts';
import type { ClusterView, PartitionView } from './cluster-view.ts';
import type { ConnectionConfig } from './config.ts';
import type { ClientRules } from './rules.ts';

export interface Target {
  readonly topic: string;
  readonly index: number;
}

/** What a leader said of one partition. */
export interface LeaderAnswer<A> {
  readonly topic: string;
  readonly index: number;
  readonly error: number;
  readonly answer: A;
}

/** Asks one leader; `done` gets the answers, or undefined when there was none. */
export type Exchange<T extends Target, A> = (
  channel: Channel,
  targets: readonly { readonly target: T; readonly view: PartitionView }[],
  done: (answers: readonly LeaderAnswer<A>[] | undefined) => void,
) => void;

interface Job<T extends Target, A> {
  readonly left: Map<TopicPartition, T>;
  readonly done: (target: T, result: Result<A, number>) => void;
  readonly deadline: Timer;
  /** Leaders that have not answered in this round. */
  asked: number;
  attempt: number;
}

export class LeaderLookup<T extends Target, A> {
  readonly #world: World;
  readonly #cluster: ClusterView;
  readonly #config: ConnectionConfig;
  readonly #rules: ClientRules;
  readonly #name: string;
  readonly #exchange: Exchange<T, A>;
  readonly #jobs = new Set<Job<T, A>>();

  constructor(world: World, cluster: ClusterView, config: ConnectionConfig, rules: ClientRules, name: string, exchange: Exchange<T, A>) {
    this.#world = world;
    this.#cluster = cluster;
    this.#config = config;
    this.#rules = rules;
    this.#name = name;
    this.#exchange = exchange;
  }

  /** `done` comes once a target: the answer, or a Kafka error code; REQUEST_TIMED_OUT when the time was over. */
  ask(targets: readonly T[], timeoutMs: number, done: (target: T, result: Result<A, number>) => void): void {
    const left = new Map<TopicPartition, T>();
    for (const target of targets) {
      left.set(topicPartition(target.topic, target.index), target);
      this.#cluster.want(target.topic);
    }
    const deadline = this.#world.clock.after(`${this.#name} deadline`, timeoutMs, () => this.#world.on('requests', () => this.#expire(job)));
    const job: Job<T, A> = { left, done, deadline, asked: 0, attempt: 0 };
    this.#jobs.add(job);
    this.#round(job);
  }

  /** Ends all questions with REQUEST_TIMED_OUT. */
  close(): void {
    for (const job of [...this.#jobs]) this.#expire(job);
  }

  #expire(job: Job<T, A>): void {
    job.deadline.cancel();
    this.#jobs.delete(job);
    const left = [...job.left.values()];
    job.left.clear();
    for (const target of left) job.done(target, failed(ErrorCode.REQUEST_TIMED_OUT));
  }

  #round(job: Job<T, A>): void {
    const byLeader = new Map<number, { target: T; view: PartitionView }[]>();
    for (const target of job.left.values()) {
      const view = this.#cluster.partition(target.topic, target.index);
      if (view === undefined || view.leader < 0 || this.#cluster.channel(view.leader) === undefined) {
        this.#cluster.requestUpdate();
        continue;
      }
      const group = byLeader.get(view.leader);
      if (group === undefined) byLeader.set(view.leader, [{ target, view }]);
      else group.push({ target, view });
    }
    job.asked = byLeader.size;
    for (const [leader, group] of byLeader) {
      const channel = this.#cluster.channel(leader);
      if (channel === undefined) job.asked--;
      else this.#exchange(channel, group, (answers) => this.#answered(job, answers));
    }
    if (job.asked === 0) this.#again(job);
  }

  #answered(job: Job<T, A>, answers: readonly LeaderAnswer<A>[] | undefined): void {
    job.asked--;
    for (const { topic, index, error, answer } of answers ?? []) {
      const partition = topicPartition(topic, index);
      const target = job.left.get(partition);
      if (target === undefined) continue;
      const decision = error === ErrorCode.NONE ? 'answered' : this.#rules.afterFetch(error, false);
      if (decision === 'refresh') this.#cluster.requestUpdate();
      if (decision === 'refresh' || decision === 'again') continue;
      job.left.delete(partition);
      job.done(target, decision === 'answered' ? ok(answer) : failed(error));
    }
    if (job.asked > 0) return;
    if (job.left.size === 0) this.#expire(job);
    else this.#again(job);
  }

  #again(job: Job<T, A>): void {
    if (job.left.size === 0) return;
    const backoff = { initialMs: this.#config.retryBackoffMs, maxMs: this.#config.retryBackoffMaxMs };
    const waitMs = this.#rules.backoffMs(backoff, job.attempt++, this.#world.random.uint32(`${this.#name} retry`));
    this.#world.clock.after(`${this.#name} retry`, waitMs, () =>
      this.#world.on('requests', () => {
        if (job.left.size > 0) this.#round(job);
      }),
    );
  }
}
