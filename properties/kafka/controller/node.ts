/** A controller on a virtual host with clients that speak to it, for the tests of the node as a whole. Owns no expectation. */
import type { NodeEvent } from '../../../src/io/node-event.ts';
import { Simulator } from '../../../src/io/virtual/simulator.ts';
import type { VirtualHost } from '../../../src/io/virtual/virtual-host.ts';
import type { World } from '../../../src/io/world.ts';
import type { ControllerConfig } from '../../../src/kafka/config/controller-config.ts';
import { controllerConfig } from '../../../src/kafka/config/controller-config.ts';
import { Controller } from '../../../src/kafka/controller/controller.ts';
import { supportedFeatures } from '../../../src/kafka/metadata/features.ts';
import { MetadataObserver } from '../../../src/kafka/raft/metadata-observer.ts';
import { Channel } from '../../../src/kafka/rpc/channel.ts';
import { kafkaRules } from '../../../src/kafka/rules/rules.ts';
import { brokerId } from '../../../src/model/brand.ts';
import type { Result } from '../../../src/model/result.ts';
import { type Uuid, uuidFromWords } from '../../../src/model/uuid.ts';
import { type Api, apis } from '../../../src/protocol/apis.ts';
import type { Infer, Input, Message } from '../../../src/protocol/schema/schema.ts';

export const clusterId = 'test-cluster';
export const controllerId = brokerId(1000);
const port = 9093;

export interface Node {
  readonly simulator: Simulator;
  readonly host: VirtualHost;
  readonly events: NodeEvent[];
  controller: Controller;
  boot(): void;
}

/** A simulator with a controller that has been started. */
export function controllerNode(seed: string, given: Partial<ControllerConfig> = {}): Node {
  const simulator = new Simulator({ seed });
  const host = simulator.host('controller-1000', { id: 1000, disks: ['data'] });
  const events: NodeEvent[] = [];
  simulator.observer = (from, event) => {
    if (from === host) events.push(event);
  };
  const make = (world: World) =>
    new Controller(
      world,
      controllerConfig({ nodeId: controllerId, clusterId, listener: { name: 'CONTROLLER', host: host.name, port }, ...given }),
      kafkaRules,
    );
  const boot = (): Controller => {
    let made: Controller | undefined;
    host.boot((world) => {
      made = make(world);
      made.start();
    });
    if (made === undefined) throw new Error('boot runs the program');
    return made;
  };
  const node: Node = {
    simulator,
    host,
    events,
    controller: boot(),
    boot: () => {
      node.controller = boot();
    },
  };
  simulator.run(200_000);
  return node;
}

/** A host that speaks to the controller as a broker does. */
export class Peer {
  readonly host: VirtualHost;
  readonly #node: Node;
  #channel: Channel | undefined;
  #world: World | undefined;

  constructor(node: Node, id: number) {
    this.#node = node;
    this.host = node.simulator.host(`broker-${id}`, { id, disks: ['data'] });
    this.host.boot((world) => {
      this.#world = world;
      this.#channel = new Channel(world, {
        clientId: `broker-${id}`,
        host: node.host.name,
        port,
        lane: 'requests',
        requestTimeoutMs: 30_000,
        connectTimeoutMs: 2000,
      });
    });
  }

  /** Asks and lets the world go on until there is an answer. */
  ask<Q extends Message, S extends Message>(api: Api<Q, S>, body: Input<Q>, version?: number): Infer<S> {
    let answer: Result<Infer<S>, string> | undefined;
    this.host.enter(() =>
      this.#channel?.send(
        api,
        body,
        (result) => {
          answer = result;
        },
        version === undefined ? {} : { version },
      ),
    );
    const deadlineUs = this.#node.simulator.nowUs + 60_000_000;
    while (answer === undefined && this.#node.simulator.nowUs < deadlineUs) this.#node.simulator.run(this.#node.simulator.nowUs + 1000);
    if (answer === undefined || !answer.ok) throw new Error(`no answer to ${api.name}: ${JSON.stringify(answer)}`);
    return answer.value;
  }

  observe(listener: ConstructorParameters<typeof MetadataObserver>[2]): MetadataObserver {
    let observer: MetadataObserver | undefined;
    this.host.enter(() => {
      if (this.#world === undefined) throw new Error('a peer runs');
      observer = new MetadataObserver(
        this.#world,
        { nodeId: brokerId(this.host.id), clusterId, controllers: [{ id: controllerId, host: this.#node.host.name, port }] },
        listener,
      );
      observer.start();
    });
    if (observer === undefined) throw new Error('a peer runs');
    return observer;
  }

  register(incarnation: number, previousBrokerEpoch = -1) {
    return this.ask(apis.brokerRegistration, registration(this.host.id, incarnation, previousBrokerEpoch));
  }

  heartbeat(brokerEpoch: number, given: Partial<Input<typeof apis.brokerHeartbeat.request>> = {}) {
    return this.ask(apis.brokerHeartbeat, {
      brokerId: this.host.id,
      brokerEpoch,
      currentMetadataOffset: 1_000_000,
      wantFence: false,
      wantShutDown: false,
      ...given,
    });
  }
}

export const directoryOf = (broker: number): Uuid => uuidFromWords(0xd1, broker, 1, 1);
export const incarnationOf = (broker: number, number: number): Uuid => uuidFromWords(0x1c, broker, number, 1);

export const registration = (broker: number, incarnation: number, previousBrokerEpoch = -1): Infer<typeof apis.brokerRegistration.request> => ({
  brokerId: broker,
  clusterId,
  incarnationId: incarnationOf(broker, incarnation),
  listeners: [{ name: 'PLAINTEXT', host: `broker-${broker}`, port: 9092, securityProtocol: 0 }],
  features: supportedFeatures.map(({ name, minSupportedVersion, maxSupportedVersion }) => ({ name, minSupportedVersion, maxSupportedVersion })),
  rack: null,
  isMigratingZkBroker: false,
  logDirs: [directoryOf(broker)],
  previousBrokerEpoch,
});
