/**
 * The machines of this server as a nemesis sees them. Owns who is there, clients included, and which node a target means now; what is done to a node
 * is its machine's, and to a connection its wire's. A client is not a process of this server: it can be cut off, slowed and reset, and no more.
 */
import { randomInt } from 'node:crypto';
import type { NodeEvent } from '../io/node-event.ts';
import type { MetadataImage } from '../kafka/metadata/metadata-image.ts';
import { invariant } from '../model/invariant.ts';
import { splitTopicPartition, type TopicPartition } from '../model/topic-partition.ts';
import { brokerName, controllerName } from '../simulation/cluster/settings.ts';
import { ClusterView } from '../simulation/cluster/view.ts';
import type { Target } from '../simulation/nemesis/fault.ts';
import type { FaultTarget, Healable, NodeRole } from '../simulation/nemesis/fault-target.ts';
import { Machine, type MachineOptions, type Surroundings } from './machine.ts';
import { Ways } from './ways.ts';
import { clientName } from './wire.ts';

export interface ServedClusterOptions {
  readonly machines: readonly MachineOptions[];
  /** The metadata as the controller has it; undefined while it is down. */
  readonly image: () => MetadataImage | undefined;
  /** Told, in a sentence, of a node that ended without being asked to. */
  readonly report: (line: string) => void;
  /** Told of a node whose program threw something. */
  readonly broke: () => void;
  /** Whether targets may be asked for: who is watched by nobody need not be kept in view. */
  readonly watched: boolean;
  readonly observe: (machine: Machine, event: NodeEvent) => void;
}

export class ServedCluster implements FaultTarget {
  readonly machines: readonly Machine[];
  readonly #image: () => MetadataImage | undefined;
  readonly #ways = new Ways(() => randomInt(0x1_0000_0000));
  readonly #view = new ClusterView();
  /** How many connections each client has. */
  readonly #clients = new Map<string, number>();

  constructor({ machines, image, report, broke, watched, observe }: ServedClusterOptions) {
    this.#image = image;
    const names = new Map(machines.map((machine) => [machine.port, machine.name]));
    const around: Surroundings = {
      ways: this.#ways,
      nodeBehind: new Map(),
      nodeAt: (port) => names.get(port),
      clientNamed: (before, now) => this.#clientNamed(before, now),
      observe: (machine, event) => {
        if (watched) this.#view.observe(machine.options.id, event);
        observe(machine, event);
      },
      ended: (machine, why) => {
        this.#view.ended(machine.options.id);
        const what = `${machine.options.role} ${machine.options.id}`;
        if ('reason' in why) report(`${what} gave up: ${why.reason}`);
        else {
          broke();
          report(`${what} broke and is down, the others go on: ${why.error instanceof Error ? why.error.stack : String(why.error)}`);
        }
      },
    };
    this.machines = machines.map((options) => new Machine(options, around));
    this.#ways.changed = () => {
      for (const machine of this.machines) machine.pump();
    };
  }

  /** Clients that have a connection now, by their client.id. */
  get clients(): readonly string[] {
    return [...this.#clients.keys()];
  }

  resolve(target: Target): string | undefined {
    switch (target.type) {
      case 'broker':
        return this.machines.find((machine) => machine.name === brokerName(target.id))?.name;
      case 'controller':
        return controllerName;
      case 'client':
        return this.#clients.has(clientName(target.id)) ? clientName(target.id) : undefined;
      case 'leader':
        return this.#exists(target.partition) ? this.#named(this.#view.leader(target.partition)) : undefined;
      case 'follower':
        return this.#exists(target.partition) ? this.#named(this.#view.follower(target.partition, target.choice)) : undefined;
      case 'coordinator': {
        const partition = this.#view.coordinatorPartition(target.group);
        return partition && this.#named(this.#view.leader(partition));
      }
      case 'member': {
        const client = clientName(this.#view.memberClient(target.group, target.choice) ?? '');
        return this.#clients.has(client) ? client : undefined;
      }
    }
  }

  nodes(role: NodeRole): readonly string[] {
    return role === 'client' ? this.clients : this.machines.filter((machine) => machine.options.role === role).map((machine) => machine.name);
  }
  roleOf(node: string): NodeRole {
    return this.machines.find((machine) => machine.name === node)?.options.role ?? 'client';
  }
  isUp(node: string): boolean {
    return this.machines.find((machine) => machine.name === node)?.isUp ?? this.#clients.has(node);
  }
  isUnreplicated(partition: TopicPartition, event: NodeEvent): boolean {
    return this.#view.isUnreplicated(partition, event);
  }

  crash(node: string, how: { readonly powerLoss: boolean }): void {
    const machine = this.#machine(node);
    machine.crash(how);
    this.#view.ended(machine.options.id);
  }
  restart(node: string): void {
    this.#machine(node).boot();
  }
  pause(node: string): void {
    this.#machine(node).pause();
  }
  resume(node: string): void {
    this.#machine(node).resume();
  }
  partition(from: readonly string[], to: readonly string[], how: { readonly oneWay: boolean }): Healable {
    return this.#ways.cut(from, to, how);
  }
  slowDisk(node: string, how: { readonly perOperationMs: number; readonly bytesPerSecond: number | null }): Healable {
    return this.#machine(node).slowDisk(how);
  }
  slowNetwork(node: string, { latencyMs, jitterMs }: { readonly latencyMs: number; readonly jitterMs: number }): Healable {
    return this.#ways.slow(node, latencyMs, jitterMs);
  }
  reset(node: string, peers: readonly string[]): void {
    for (const machine of this.machines) {
      if (machine.name === node) machine.reset(peers);
      else if (peers.includes(machine.name)) machine.reset([node]);
    }
  }

  #machine(node: string): Machine {
    const machine = this.machines.find((each) => each.name === node);
    invariant(machine !== undefined, 'only nodes of this server can be stopped', node);
    return machine;
  }

  #named(nodeId: number): string | undefined {
    return this.machines.find((machine) => machine.options.id === nodeId)?.name;
  }

  /** What is deleted is told to nobody, so the controller is asked; while it is down nothing changes. */
  #exists(partition: TopicPartition): boolean {
    const { topic, index } = splitTopicPartition(partition);
    const image = this.#image();
    return image === undefined || image.topicByName(topic)?.partitions[index] !== undefined;
  }

  #clientNamed(before: string, now: string): void {
    const left = (this.#clients.get(before) ?? 0) - 1;
    if (left > 0) this.#clients.set(before, left);
    else this.#clients.delete(before);
    if (now !== '') this.#clients.set(now, (this.#clients.get(now) ?? 0) + 1);
  }
}
