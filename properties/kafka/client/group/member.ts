/** An application for tests: polls in a loop on a machine of its own and writes down what it is told and what it reads. */
import type { VirtualHost } from '../../../../src/io/virtual/virtual-host.ts';
import type { World } from '../../../../src/io/world.ts';
import { type GroupConsumerConfig, groupConsumerConfig } from '../../../../src/kafka/client/config.ts';
import { GroupConsumer, type GroupPollResult } from '../../../../src/kafka/client/group/group-consumer.ts';
import type { CommitOffsets, CommitResult } from '../../../../src/kafka/client/group/offset-commits.ts';
import { type ClientRules, kafkaClientRules } from '../../../../src/kafka/client/rules.ts';
import type { FakeCluster } from '../fake-cluster.ts';

export interface MemberOptions extends Partial<GroupConsumerConfig> {
  readonly topics?: readonly string[];
  readonly rules?: ClientRules;
  /** How long the application works on what one poll gave. */
  readonly workMs?: number;
  /** How long each callback takes. */
  readonly callbackMs?: number;
  /** Called in onPartitionsRevoked. */
  readonly onRevoked?: (member: Member) => void;
}

let machines = 200;

export class Member {
  readonly name: string;
  readonly cluster: FakeCluster;
  readonly host: VirtualHost;
  readonly #options: MemberOptions;
  #consumer: GroupConsumer | undefined;
  #world: World | undefined;
  /** Callbacks in order: `revoked a-0,a-1`. */
  readonly told: string[] = [];
  readonly read: string[] = [];
  readonly failures: GroupPollResult[] = [];
  polls = 0;
  looping = true;

  constructor(cluster: FakeCluster, name: string, options: MemberOptions = {}) {
    this.cluster = cluster;
    this.name = name;
    this.#options = options;
    this.host = cluster.simulator.host(name, { id: machines++ });
    const { topics = ['orders'], rules = kafkaClientRules, workMs, callbackMs, onRevoked, ...given } = options;
    void workMs;
    void callbackMs;
    const config = groupConsumerConfig({ ...cluster.bootstrap, autoOffsetReset: 'earliest', groupId: 'g', ...given, clientId: name });
    if (!config.ok) throw new Error(config.error);
    this.host.boot((world) => {
      this.#world = world;
      const consumer = new GroupConsumer(world, config.value, rules);
      this.#consumer = consumer;
      const callback = (what: string) => (partitions: readonly string[], done: () => void) => {
        this.told.push(`${what} ${[...partitions].sort().join(',')}`.trim());
        if (what === 'revoked') onRevoked?.(this);
        if (callbackMs === undefined) done();
        else world.clock.after('callback', callbackMs, done);
      };
      consumer.subscribe(topics, {
        onPartitionsRevoked: callback('revoked'),
        onPartitionsLost: callback('lost'),
        onPartitionsAssigned: callback('assigned'),
      });
      this.#loop();
    });
  }

  get consumer(): GroupConsumer {
    if (this.#consumer === undefined) throw new Error('the member runs');
    return this.#consumer;
  }

  get owned(): readonly string[] {
    return [...this.consumer.assignment].sort();
  }

  do(step: (consumer: GroupConsumer) => void): void {
    this.host.enter(() => step(this.consumer));
  }

  /** Polls again after a stop of the loop. */
  resume(): void {
    this.looping = true;
    this.host.enter(() => this.#loop());
  }

  commit(offsets?: CommitOffsets): { result: CommitResult | undefined } {
    const outcome: { result: CommitResult | undefined } = { result: undefined };
    this.do((consumer) =>
      consumer.commitSync(offsets, (result) => {
        outcome.result = result;
      }),
    );
    return outcome;
  }

  #loop(): void {
    if (!this.looping) return;
    this.consumer.poll(100, (result) => {
      this.polls++;
      const gave = result.type === 'records' ? result.records : [];
      if (result.type !== 'records') this.failures.push(result);
      for (const { partition, records } of gave)
        for (const { value } of records) this.read.push(`${partition}:${Buffer.from(value ?? []).toString()}`);
      const { workMs } = this.#options;
      if (workMs === undefined || gave.length === 0) this.#loop();
      else this.#world?.clock.after('work', workMs, () => this.#loop());
    });
  }
}
