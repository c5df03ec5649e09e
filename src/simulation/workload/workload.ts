/**
 * The clients of a run: an administrator who makes and changes topics, producers and readers while faults strike, a fresh reader at the
 * end. Each has a machine of its own in the cluster's world, which may crash and start again: each life of a client is a process of its
 * own in the history, under the same name, where all that they do and observe goes.
 */
import type { World } from '../../io/world.ts';
import { Admin, type ItemResult } from '../../kafka/client/admin.ts';
import { adminConfig } from '../../kafka/client/config.ts';
import { type ClientRules, kafkaClientRules } from '../../kafka/client/rules.ts';
import { ErrorCode, errorName } from '../../model/error-code.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import { administratorOf } from '../cluster/administrator.ts';
import type { Program, SimulatedCluster } from '../cluster/cluster.ts';
import type { ClusterPlan } from '../cluster/plan.ts';
import { bootstrapServers } from '../cluster/settings.ts';
import type { History } from '../history/history.ts';
import type { ProcessId, ProducerSetup } from '../history/operation.ts';
import { FinalReader, FollowingReader, type ReaderOptions } from './consuming.ts';
import { GroupMemberClient } from './grouping.ts';
import { type ConsumerPlan, type GroupPlan, joinsAtMs, memberId, memberIds, memberNumbers, type ProducerPlan, type WorkloadPlan } from './plan.ts';
import { ProducingClient } from './producing.ts';

export const adminName = 'admin';
export const finalReaderName = 'final-reader';

export interface WorkloadOptions {
  readonly cluster: SimulatedCluster;
  readonly plan: WorkloadPlan;
  readonly topics: ClusterPlan;
  readonly history: History;
  readonly rules?: ClientRules;
}

/** One life of a client. */
interface Running {
  start(): void;
  /** Ends it in order. */
  stop(done: () => void): void;
}

export class Workload {
  readonly #cluster: SimulatedCluster;
  readonly #plan: WorkloadPlan;
  readonly #topics: ClusterPlan;
  readonly #history: History;
  readonly #rules: ClientRules;
  readonly #producers: ProducingClient[] = [];
  readonly #members = new Map<string, GroupMemberClient>();

  constructor(options: WorkloadOptions) {
    this.#cluster = options.cluster;
    this.#plan = options.plan;
    this.#topics = options.topics;
    this.#history = options.history;
    this.#rules = options.rules ?? kafkaClientRules;
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
      this.#cluster.administrator = administratorOf(world, admin, this.#cluster.view);
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
    for (const plan of this.#plan.producers) this.#startProducer(plan);
    for (const plan of this.#plan.consumers) {
      const partitions = this.#cluster.view.partitionsOf(plan.topic);
      this.#run(plan.id, undefined, (world, process) => new FollowingReader(world, this.#reader(plan.id, process, partitions, plan)));
    }
    const { simulator } = this.#cluster;
    for (const plan of this.#plan.groups ?? [])
      for (const number of memberNumbers(plan)) {
        const [id, afterMs] = [memberId(plan, number), joinsAtMs(plan, number)];
        if (afterMs === 0) this.#startMember(plan, id);
        else simulator.at(simulator.nowUs + afterMs * 1000, `${id} joins`, () => this.#startMember(plan, id));
      }
  }

  #startProducer(plan: ProducerPlan): void {
    let sent = 0;
    const nextNumber = () => sent++;
    this.#run(plan.id, { idempotent: plan.idempotence, maxInFlight: plan.maxInFlight }, (world, process) => {
      const client = new ProducingClient(world, plan, { ...this.#common(), process, nextNumber });
      this.#producers.push(client);
      return client;
    });
  }

  #startMember(plan: GroupPlan, id: string): void {
    const slowness = new Set<{ readonly perPollMs: number }>();
    const slownessMs = () => {
      let sum = 0;
      for (const { perPollMs } of slowness) sum += perPollMs;
      return sum;
    };
    const slowHandler = (perPollMs: number) => {
      const slow = { perPollMs };
      slowness.add(slow);
      return { heal: () => void slowness.delete(slow) };
    };
    const begin = (world: World, process: ProcessId): Running => {
      const member = new GroupMemberClient(world, plan, { ...this.#common(), id, process, slownessMs });
      this.#members.set(id, member);
      return member;
    };
    this.#run(id, undefined, begin, { slowHandler });
  }

  /** Starts a client on its machine, and again after each of its ends. */
  #run(
    id: string,
    setup: ProducerSetup | undefined,
    begin: (world: World, process: ProcessId) => Running,
    more: Pick<Program, 'slowHandler'> = {},
  ): void {
    let process: ProcessId = -1;
    let client: Running | undefined;
    this.#cluster.startClient(id, {
      ...more,
      boot: (world) => {
        process = this.#history.process(id, setup);
        client = begin(world, process);
        client.start();
      },
      stop: (done) => client?.stop(() => done(true)),
      ended: () => this.#history.abandon(process, 'the client ended'),
    });
  }

  /** Why some group does not yet own each of its partitions exactly once, or undefined. */
  unshared(): string | undefined {
    for (const plan of this.#plan.groups ?? []) {
      const owned = memberIds(plan).flatMap((id) => this.#members.get(id)?.owned ?? []);
      for (const partition of plan.topics.flatMap((topic) => this.#cluster.view.partitionsOf(topic))) {
        const owners = owned.filter((each) => each === partition).length;
        if (owners !== 1) return `${partition} has ${owners} owners in group ${plan.id}`;
      }
    }
    return undefined;
  }

  /** Producers send nothing new. */
  stopSending(): void {
    for (const producer of this.#producers) producer.stopSending();
  }

  /** A fresh reader reads these partitions from their beginning to their end; `done` when it did. */
  readAll(partitions: readonly TopicPartition[], done: () => void): void {
    const options = this.#reader(finalReaderName, this.#history.process(finalReaderName), partitions, { fetchMaxWaitMs: 500, seekEveryMs: 0 });
    this.#cluster.startClient(finalReaderName, (world) => new FinalReader(world, options, done).start());
  }

  #reader(
    id: string,
    process: ProcessId,
    partitions: readonly TopicPartition[],
    { fetchMaxWaitMs, seekEveryMs }: Pick<ConsumerPlan, 'fetchMaxWaitMs' | 'seekEveryMs'>,
  ): ReaderOptions {
    return { ...this.#common(), id, process, partitions, fetchMaxWaitMs, seekEveryMs };
  }

  #common() {
    return { history: this.#history, bootstrap: bootstrapServers(this.#topics), rules: this.#rules };
  }
}

/** The first error; a topic that is there already was made by a call whose answer was lost. */
function problemOf(results: readonly ItemResult<unknown>[]): string | undefined {
  const bad = results.find(({ error }) => error !== ErrorCode.NONE && error !== ErrorCode.TOPIC_ALREADY_EXISTS);
  return bad === undefined ? undefined : `topic ${bad.name} was not created: ${errorName(bad.error)} ${bad.message ?? ''}`;
}
