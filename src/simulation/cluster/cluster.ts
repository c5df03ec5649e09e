/**
 * A cluster in one virtual world: brokers, one controller and the machines of clients. It starts, crashes, pauses and restarts them, lets a
 * nemesis break what lies between them, and passes what nodes report to whoever listens. It holds no plan of what should go wrong and
 * judges nothing.
 */
import type { NodeEvent } from '../../io/node-event.ts';
import { Simulator } from '../../io/virtual/simulator.ts';
import type { TraceSink } from '../../io/virtual/trace-sink.ts';
import type { VirtualDisk } from '../../io/virtual/virtual-disk.ts';
import type { VirtualHost } from '../../io/virtual/virtual-host.ts';
import type { World } from '../../io/world.ts';
import { Broker } from '../../kafka/broker/broker.ts';
import { Controller } from '../../kafka/controller/controller.ts';
import type { Rules } from '../../kafka/rules/rules.ts';
import { invariant } from '../../model/invariant.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { ClusterPlan } from './plan.ts';
import { brokerName, brokerSettings, controllerId, controllerName, controllerSettings, firstClientId } from './settings.ts';
import { ClusterView } from './view.ts';

/** Hears of everything at the moment it happens, in the order in which listeners were given. */
export interface ClusterListener {
  observed?(timeUs: number, nodeId: number, event: NodeEvent): void;
  /** `lossy`: un-synced writes may be gone. */
  crashed?(timeUs: number, nodeId: number, lossy: boolean): void;
  restarted?(timeUs: number, nodeId: number): void;
}

export interface ClusterOptions {
  readonly plan: ClusterPlan;
  readonly seed: number;
  readonly rules: Rules;
  /** Names of the clients' machines. */
  readonly clients: readonly string[];
  readonly listeners: readonly ClusterListener[];
  readonly trace?: TraceSink;
}

type Role = 'broker' | 'controller' | 'client';
interface Node {
  readonly name: string;
  readonly role: Role;
  readonly host: VirtualHost;
  /** What runs when the machine starts; a client's is known once it was started. */
  program: ((world: World) => void) | undefined;
}
interface Healable {
  heal(): void;
}
/** A target by its part, as the nemesis names it. */
type Part =
  | { readonly type: 'broker'; readonly id: number }
  | { readonly type: 'leader'; readonly partition: TopicPartition }
  | { readonly type: 'follower'; readonly partition: TopicPartition; readonly choice: 'slowest' | 'fastest' | number }
  | { readonly type: 'controller' }
  | { readonly type: 'client'; readonly id: string };

const disk = 'data';
const unlimited = Number.POSITIVE_INFINITY;

export class SimulatedCluster {
  readonly simulator: Simulator;
  readonly view = new ClusterView();
  readonly #nodes = new Map<string, Node>();
  readonly #byId = new Map<number, string>();
  readonly #listeners: readonly ClusterListener[];

  constructor(options: ClusterOptions) {
    this.simulator = new Simulator({ seed: String(options.seed) });
    if (options.trace !== undefined) this.simulator.trace = options.trace;
    this.#listeners = options.listeners;
    this.simulator.observer = (host, event) => this.#observed(host, event);
    const { plan, rules } = options;
    this.#add(controllerName, controllerId, 'controller', (world) => new Controller(world, orThrow(controllerSettings(plan)), rules).start());
    for (let id = 1; id <= plan.brokers; id++)
      this.#add(brokerName(id), id, 'broker', (world) => new Broker(world, orThrow(brokerSettings(plan, id)), rules).start());
    for (const [index, name] of options.clients.entries()) this.#add(name, firstClientId + index, 'client', undefined);
  }

  /** Boots the controller and all brokers. */
  start(): void {
    for (const [, node] of this.#nodes) if (node.program !== undefined) node.host.boot(node.program);
  }

  /** Boots a client's machine with this program, now and whenever it is restarted. */
  startClient(name: string, program: (world: World) => void): void {
    const node = this.#node(name);
    node.program = program;
    node.host.boot(program);
  }

  /** Ends a client's program. */
  stopClient(name: string): void {
    this.#node(name).host.stop();
  }

  nodes(role: Role): readonly string[] {
    const names: string[] = [];
    for (const [name, node] of this.#nodes) if (node.role === role) names.push(name);
    return names;
  }
  roleOf(name: string): Role {
    return this.#node(name).role;
  }
  isUp(name: string): boolean {
    return this.#node(name).host.up;
  }
  nameOf(nodeId: number): string | undefined {
    return this.#byId.get(nodeId);
  }

  /** The disks of the brokers as they are, also of those that are down. */
  brokerDisks(): readonly { readonly nodeId: number; readonly disk: VirtualDisk }[] {
    return this.nodes('broker').map((name) => {
      const { host } = this.#node(name);
      return { nodeId: host.id, disk: host.disk(disk) };
    });
  }

  /** The node that plays this part now. */
  resolve(part: Part): string | undefined {
    switch (part.type) {
      case 'broker':
        return this.#byId.get(part.id);
      case 'controller':
        return controllerName;
      case 'client':
        return this.#nodes.get(part.id)?.name;
      case 'leader':
        return this.#byId.get(this.view.partitions.get(part.partition)?.leader ?? -1);
      case 'follower':
        return this.#byId.get(this.#follower(part.partition, part.choice));
    }
  }

  #follower(partition: TopicPartition, choice: 'slowest' | 'fastest' | number): number {
    const view = this.view.partitions.get(partition);
    if (view === undefined) return -1;
    const followers: readonly number[] = view.replicas.filter((replica) => replica !== view.leader);
    if (typeof choice === 'number') return followers[choice] ?? -1;
    const sign = choice === 'slowest' ? 1 : -1;
    let chosen = -1;
    for (const follower of followers) {
      const ahead = sign * (this.view.logEnd(partition, follower) - this.view.logEnd(partition, chosen));
      if (chosen < 0 || ahead < 0) chosen = follower;
    }
    return chosen;
  }

  /** A follower in the ISR lacks what the event names. */
  isUnreplicated(partition: TopicPartition, event: NodeEvent): boolean {
    if (event.type !== 'appended' && event.type !== 'acknowledged') return false;
    const view = this.view.partitions.get(partition);
    return view?.isr.some((replica) => replica !== view.leader && this.view.logEnd(partition, replica) <= event.last) ?? false;
  }

  crash(name: string, how: { readonly powerLoss: boolean }): void {
    const { host } = this.#node(name);
    if (!host.up) return;
    host.crash(how);
    this.#crashed(host, how.powerLoss);
  }

  restart(name: string): void {
    const { host, program } = this.#node(name);
    if (host.up || program === undefined) return;
    for (const listener of this.#listeners) listener.restarted?.(this.simulator.nowUs, host.id);
    host.boot(program);
  }

  pause(name: string): void {
    this.#node(name).host.pause();
  }
  resume(name: string): void {
    this.#node(name).host.resume();
  }

  partition(from: readonly string[], to: readonly string[], how: { readonly oneWay: boolean }): Healable {
    return this.simulator.faults.partition(this.#hosts(from), this.#hosts(to), how);
  }
  slowDisk(name: string, how: { readonly perOperationMs: number; readonly bytesPerSecond: number | null }): Healable {
    return this.#node(name).host.slowDisk({ perOperationUs: how.perOperationMs * 1000, bytesPerSecond: how.bytesPerSecond ?? unlimited });
  }
  /** Both directions of every link of the node. */
  slowNetwork(name: string, how: { readonly latencyMs: number; readonly jitterMs: number }): Healable {
    const others = [...this.#nodes.keys()].filter((other) => other !== name);
    const slower = { extraUs: how.latencyMs * 1000, jitterUs: how.jitterMs * 1000 };
    return this.simulator.faults.latency(this.#hosts([name]), this.#hosts(others), slower);
  }
  reset(name: string, peers: readonly string[]): void {
    this.simulator.faults.resetConnections(this.#hosts([name]), this.#hosts(peers));
  }

  #add(name: string, id: number, role: Role, program: ((world: World) => void) | undefined): void {
    const host = this.simulator.host(name, { id, disks: role === 'client' ? [] : [disk] });
    host.onPowerLoss = () => this.#crashed(host, true);
    this.#nodes.set(name, { name, role, host, program });
    this.#byId.set(id, name);
  }

  #node(name: string): Node {
    const node = this.#nodes.get(name);
    invariant(node !== undefined, 'a node of the cluster', name);
    return node;
  }
  #hosts(names: readonly string[]): readonly VirtualHost[] {
    return names.map((name) => this.#node(name).host);
  }

  #observed(host: VirtualHost, event: NodeEvent): void {
    this.view.observe(host.id, event);
    for (const listener of this.#listeners) listener.observed?.(this.simulator.nowUs, host.id, event);
  }

  #crashed(host: VirtualHost, lossy: boolean): void {
    this.view.ended(host.id);
    for (const listener of this.#listeners) listener.crashed?.(this.simulator.nowUs, host.id, lossy);
  }
}

/** Settings were checked when the scenario was read; wrong ones here are a scenario made by hand in code. */
function orThrow<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: readonly string[] }): T {
  if (result.ok) return result.value;
  throw new Error(`settings of the cluster: ${result.error.join('; ')}`);
}
