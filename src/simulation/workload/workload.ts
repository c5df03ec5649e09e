/**
 * The clients of a run: an administrator who makes the topics, producers and readers while faults strike, a fresh reader at the end.
 * Each has a machine of its own in the cluster's world; all that they do and observe goes into the history.
 */
import type { World } from '../../io/world.ts';
import { Admin, type ItemResult } from '../../kafka/client/admin.ts';
import { adminConfig } from '../../kafka/client/config.ts';
import { type ClientRules, kafkaClientRules } from '../../kafka/client/rules.ts';
import { ErrorCode, errorName } from '../../model/error-code.ts';
import { type TopicPartition, topicPartition } from '../../model/topic-partition.ts';
import type { SimulatedCluster } from '../cluster/cluster.ts';
import type { ClusterPlan } from '../cluster/plan.ts';
import { bootstrapServers } from '../cluster/settings.ts';
import type { History } from '../history/history.ts';
import { FinalReader, FollowingReader, type ReaderOptions } from './consuming.ts';
import { GroupMemberClient } from './grouping.ts';
import { type ConsumerPlan, memberIds, type WorkloadPlan } from './plan.ts';
import { ProducingClient } from './producing.ts';

export const adminName = 'admin';
export const finalReaderName = 'final-reader';

export interface WorkloadOptions {
  readonly cluster: SimulatedCluster;
  readonly plan: WorkloadPlan;
  readonly topics: ClusterPlan;
  readonly history: History;
  readonly rules?: ClientRules;
  /** Values of records that are not sent. */
  readonly skipped?: ReadonlySet<string>;
}

export class Workload {
  readonly #cluster: SimulatedCluster;
  readonly #plan: WorkloadPlan;
  readonly #topics: ClusterPlan;
  readonly #history: History;
  readonly #rules: ClientRules;
  readonly #skipped: ReadonlySet<string>;
  readonly #producers: ProducingClient[] = [];
  readonly #members: GroupMemberClient[] = [];

  constructor(options: WorkloadOptions) {
    this.#cluster = options.cluster;
    this.#plan = options.plan;
    this.#topics = options.topics;
    this.#history = options.history;
    this.#rules = options.rules ?? kafkaClientRules;
    this.#skipped = options.skipped ?? new Set();
  }

  /** The names of the machines that a workload needs, in the order of their ids. */
  static machines(plan: WorkloadPlan): readonly string[] {
    const members = (plan.groups ?? []).flatMap(memberIds);
    return [...plan.producers.map(({ id }) => id), ...plan.consumers.map(({ id }) => id), ...members, adminName, finalReaderName];
  }

  /** Sends that were acknowledged. */
  get acknowledged(): number {
    let sum = 0;
    for (const producer of this.#producers) sum += producer.acknowledged;
    return sum;
  }

  /** Makes the topics; `done` gets what went wrong, or undefined. */
  createTopics(done: (problem: string | undefined) => void): void {
    this.#cluster.startClient(adminName, (world) => {
      const config = adminConfig({ bootstrapServers: bootstrapServers(this.#topics), clientId: adminName });
      if (!config.ok) throw new Error(`admin: ${config.error}`);
      const admin = new Admin(world, config.value, this.#rules);
      const topics = this.#topics.topics.map((topic) => ({
        name: topic.name,
        numPartitions: topic.partitions,
        replicationFactor: topic.replicationFactor,
        configs: new Map(topic.config.map(({ key, value }) => [key, value])),
      }));
      admin.createTopics(topics, (results) => done(problemOf(results)));
    });
  }

  /** Starts producers and readers. */
  start(): void {
    for (const plan of this.#plan.producers) {
      const process = this.#history.process(plan.id, { idempotent: plan.idempotence, maxInFlight: plan.maxInFlight });
      this.#cluster.startClient(plan.id, (world) => {
        const client = new ProducingClient(world, plan, { ...this.#common(), process, skipped: this.#skipped });
        this.#producers.push(client);
        client.start();
      });
    }
    for (const plan of this.#plan.consumers) {
      const options = this.#reader(plan.id, this.#partitionsOf(plan.topic), plan);
      this.#cluster.startClient(plan.id, (world) => new FollowingReader(world, options).start());
    }
    for (const plan of this.#plan.groups ?? [])
      for (const id of memberIds(plan)) {
        const process = this.#history.process(id);
        this.#cluster.startClient(id, (world) => {
          const member = new GroupMemberClient(world, plan, { ...this.#common(), id, process });
          this.#members.push(member);
          member.start();
        });
      }
  }

  /** Why some group does not yet own each of its partitions exactly once, or undefined. */
  unshared(): string | undefined {
    for (const plan of this.#plan.groups ?? []) {
      const owned = this.#members.filter((member) => member.group === plan.id).flatMap((member) => member.owned);
      for (const partition of plan.topics.flatMap((topic) => this.#partitionsOf(topic))) {
        const owners = owned.filter((each) => each === partition).length;
        if (owners !== 1) return `${partition} has ${owners} owners in group ${plan.id}`;
      }
    }
    return undefined;
  }

  /** Producers send nothing new. */
  stopSending(): void {
    for (const producer of this.#producers) producer.stop();
  }

  /** A fresh reader reads these partitions from their beginning to their end; `done` when it did. */
  readAll(partitions: readonly TopicPartition[], done: () => void): void {
    const options = this.#reader(finalReaderName, partitions, { fetchMaxWaitMs: 500, seekEveryMs: 0 });
    this.#cluster.startClient(finalReaderName, (world: World) => new FinalReader(world, options, done).start());
  }

  #reader(id: string, partitions: readonly TopicPartition[], pace: Pick<ConsumerPlan, 'fetchMaxWaitMs' | 'seekEveryMs'>): ReaderOptions {
    const { fetchMaxWaitMs, seekEveryMs } = pace;
    return { ...this.#common(), id, process: this.#history.process(id), partitions, fetchMaxWaitMs, seekEveryMs };
  }

  #common() {
    return { history: this.#history, bootstrap: bootstrapServers(this.#topics), rules: this.#rules };
  }

  #partitionsOf(topic: string): readonly TopicPartition[] {
    const partitions = this.#topics.topics.find((each) => each.name === topic)?.partitions ?? 0;
    return Array.from({ length: partitions }, (_, index) => topicPartition(topic, index));
  }
}

/** The first error; a topic that is there already was made by a call whose answer was lost. */
function problemOf(results: readonly ItemResult<unknown>[]): string | undefined {
  const bad = results.find(({ error }) => error !== ErrorCode.NONE && error !== ErrorCode.TOPIC_ALREADY_EXISTS);
  return bad === undefined ? undefined : `topic ${bad.name} was not created: ${errorName(bad.error)} ${bad.message ?? ''}`;
}
