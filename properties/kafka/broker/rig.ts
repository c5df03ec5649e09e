/** A cluster of brokers and one controller in a virtual world, with clients, for the tests of the broker. */
import type { NodeEvent } from '../../../src/io/node-event.ts';
import { Simulator } from '../../../src/io/virtual/simulator.ts';
import type { VirtualHost } from '../../../src/io/virtual/virtual-host.ts';
import type { World } from '../../../src/io/world.ts';
import { Broker } from '../../../src/kafka/broker/broker.ts';
import { Admin, type NewTopic } from '../../../src/kafka/client/admin.ts';
import { adminConfig, consumerConfig, producerConfig } from '../../../src/kafka/client/config.ts';
import { Consumer } from '../../../src/kafka/client/consumer.ts';
import { Producer, type SendOutcome } from '../../../src/kafka/client/producer.ts';
import { type BrokerConfig, brokerConfig } from '../../../src/kafka/config/broker-config.ts';
import { controllerConfig } from '../../../src/kafka/config/controller-config.ts';
import { Controller } from '../../../src/kafka/controller/controller.ts';
import { Channel } from '../../../src/kafka/rpc/channel.ts';
import { kafkaRules, type Rules } from '../../../src/kafka/rules/rules.ts';
import { brokerId } from '../../../src/model/brand.ts';
import type { Result } from '../../../src/model/result.ts';
import { type TopicPartition, topicPartition } from '../../../src/model/topic-partition.ts';
import type { Api } from '../../../src/protocol/apis.ts';
import type { Infer, Input, Message } from '../../../src/protocol/schema/schema.ts';

const clusterId = 'test-cluster-AAAAAAAAA';
const port = 9092;
const controllerId = 1000;
const controllerPort = 9093;

export interface Seen {
  readonly timeUs: number;
  readonly host: string;
  readonly event: NodeEvent;
}

export class Rig {
  readonly simulator: Simulator;
  readonly controller: VirtualHost;
  readonly seen: Seen[] = [];
  readonly brokers = new Map<number, Broker>();
  readonly #hosts = new Map<number, VirtualHost>();
  readonly #clientHost: VirtualHost;
  readonly #config: Partial<BrokerConfig>;
  readonly #rules: Rules;
  readonly #worlds = new Map<string, World>();

  constructor(options: { brokers?: number; seed?: string; config?: Partial<BrokerConfig>; rules?: Rules; disks?: readonly string[] } = {}) {
    this.#config = options.config ?? {};
    this.#rules = options.rules ?? kafkaRules;
    this.simulator = new Simulator({ seed: options.seed ?? 'rig' });
    this.simulator.observer = (host, event) => this.seen.push({ timeUs: this.simulator.nowUs, host: host.name, event });
    this.controller = this.simulator.host('controller', { id: controllerId, disks: ['data'] });
    this.controller.boot((world) =>
      new Controller(
        world,
        controllerConfig({ nodeId: brokerId(controllerId), clusterId, listener: { name: 'CONTROLLER', host: 'controller', port: controllerPort } }),
        this.#rules,
      ).start(),
    );
    for (let id = 1; id <= (options.brokers ?? 3); id++) {
      this.#hosts.set(id, this.simulator.host(`broker-${id}`, { id, disks: options.disks ?? ['data'] }));
      this.start(id);
    }
    this.#clientHost = this.simulator.host('client', { id: 2000 });
    this.#clientHost.boot((world) => this.#worlds.set('client', world));
  }

  start(id: number): void {
    this.host(id).boot((world) => {
      const config = brokerConfig({
        nodeId: brokerId(id),
        clusterId,
        listeners: [{ name: 'PLAINTEXT', host: `broker-${id}`, port }],
        controllerQuorumBootstrapServers: [{ id: brokerId(controllerId), host: 'controller', port: controllerPort }],
        ...this.#config,
      });
      const broker = new Broker(world, config, this.#rules);
      this.brokers.set(id, broker);
      broker.start();
    });
  }

  host(id: number): VirtualHost {
    const host = this.#hosts.get(id);
    if (host === undefined) throw new Error(`no broker ${id}`);
    return host;
  }
  broker(id: number): Broker {
    const broker = this.brokers.get(id);
    if (broker === undefined) throw new Error(`no broker ${id}`);
    return broker;
  }

  /** Lets virtual time pass. */
  run(ms: number): void {
    const end = this.simulator.run(this.simulator.nowUs + ms * 1000);
    if (end === 'livelock') throw new Error('livelock');
  }
  /** Lets time pass until it holds, at most this long. */
  until(holds: () => boolean, atMostMs: number, what = 'the condition'): void {
    const end = this.simulator.nowUs + atMostMs * 1000;
    while (!holds()) {
      if (this.simulator.nowUs >= end) throw new Error(`${what} did not come true within ${atMostMs} ms`);
      this.run(5);
    }
  }

  ready(): void {
    this.until(() => [...this.brokers.values()].every((broker) => broker.running), 20_000, 'every broker running');
  }

  get clientWorld(): World {
    const world = this.#worlds.get('client');
    if (world === undefined) throw new Error('no client');
    return world;
  }
  /** Runs a step on the client's machine. */
  client(step: (world: World) => void): void {
    this.#clientHost.enter(() => step(this.clientWorld));
  }

  get bootstrapServers(): readonly { readonly host: string; readonly port: number }[] {
    return [...this.#hosts.keys()].map((id) => ({ host: `broker-${id}`, port }));
  }

  createTopic(topic: NewTopic): void {
    let error: number | undefined;
    this.client((world) => {
      const config = adminConfig({ bootstrapServers: this.bootstrapServers });
      if (!config.ok) throw new Error(config.error);
      const admin = new Admin(world, config.value);
      admin.createTopics([topic], (results) => {
        error = results[0]?.error;
        admin.close();
      });
    });
    this.until(() => error !== undefined, 10_000, 'an answer to CreateTopics');
    if (error !== 0) throw new Error(`CreateTopics: ${error}`);
    this.until(() => this.leader(topicPartition(topic.name, 0)) !== undefined, 10_000, 'a leader');
  }

  /** The broker that believes to lead in the highest epoch. */
  leader(partition: TopicPartition): number | undefined {
    let best: { id: number; epoch: number } | undefined;
    for (const [id, broker] of this.brokers) {
      if (!this.host(id).up) continue;
      for (const each of broker.replicas.partitions)
        if (each.name === partition && each.leader !== undefined && each.leader.epoch > (best?.epoch ?? -1)) best = { id, epoch: each.leader.epoch };
    }
    return best?.id;
  }

  producer(acks: 0 | 1 | 'all'): Producer {
    const config = producerConfig({ bootstrapServers: this.bootstrapServers, acks, lingerMs: 0 });
    if (!config.ok) throw new Error(config.error);
    let producer: Producer | undefined;
    this.client((world) => {
      producer = new Producer(world, config.value);
    });
    if (producer === undefined) throw new Error('no producer');
    return producer;
  }

  send(producer: Producer, topic: string, value: string, partition = 0): { outcome: SendOutcome | undefined } {
    const sent: { outcome: SendOutcome | undefined } = { outcome: undefined };
    this.client(() =>
      producer.send({ topic, partition, value: new TextEncoder().encode(value) }, (outcome) => {
        sent.outcome = outcome;
      }),
    );
    return sent;
  }

  /** Everything a consumer reads from the start of a partition until it has `count` records. */
  consume(topic: string, count: number, partition = 0): readonly (readonly [number, string])[] {
    const config = consumerConfig({ bootstrapServers: this.bootstrapServers, autoOffsetReset: 'earliest' });
    if (!config.ok) throw new Error(config.error);
    const read: [number, string][] = [];
    const name = topicPartition(topic, partition);
    let polling = false;
    let consumer: Consumer | undefined;
    this.client((world) => {
      consumer = new Consumer(world, config.value);
      consumer.assign([name]);
      consumer.seekToBeginning([name]);
    });
    const poll = (): boolean => {
      if (read.length >= count) return true;
      if (!polling) {
        polling = true;
        this.client(() =>
          consumer?.poll(500, (result) => {
            polling = false;
            if (result.type !== 'records') return;
            for (const each of result.records)
              for (const record of each.records) read.push([record.offset, new TextDecoder().decode(record.value ?? undefined)]);
          }),
        );
      }
      return false;
    };
    this.until(poll, 30_000, `${count} records read`);
    this.client(() => consumer?.close());
    return read;
  }

  /** One raw request to one broker, or to the controller, whose id is 1000. */
  ask<Q extends Message, S extends Message>(id: number, api: Api<Q, S>, body: Input<Q>, version?: number): Infer<S> {
    let answer: Result<Infer<S>, string> | undefined;
    let channel: Channel | undefined;
    this.client((world) => {
      channel = new Channel(world, {
        clientId: 'raw',
        host: id === controllerId ? 'controller' : `broker-${id}`,
        port: id === controllerId ? controllerPort : port,
        lane: 'requests',
        requestTimeoutMs: 60_000,
        connectTimeoutMs: 1000,
      });
      channel.send(
        api,
        body,
        (result) => {
          answer = result;
        },
        version === undefined ? {} : { version },
      );
    });
    this.until(() => answer !== undefined, 61_000, `an answer to ${api.name}`);
    this.client(() => channel?.close());
    if (answer?.ok !== true) throw new Error(`${api.name}: ${answer?.error}`);
    return answer.value;
  }

  events<Type extends NodeEvent['type']>(type: Type): readonly (Seen & { readonly event: Extract<NodeEvent, { type: Type }> })[] {
    return this.seen.filter((each): each is Seen & { readonly event: Extract<NodeEvent, { type: Type }> } => each.event.type === type);
  }
}
