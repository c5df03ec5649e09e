/**
 * The machines of this server as a nemesis sees them. Owns who is there, clients included, and which node a target means now; what is done to a node
 * is its machine's, to a connection its wire's, and what an administrator does its own client's. A client is not a process of this server: it can be
 * cut off, slowed and reset, and no more.
 */
import { randomInt } from 'node:crypto';
import type { NodeEvent } from '../io/node-event.ts';
import type { MetadataImage } from '../kafka/metadata/metadata-image.ts';
import { invariant } from '../model/invariant.ts';
import { splitTopicPartition, type TopicPartition } from '../model/topic-partition.ts';
import { nextLeader } from '../simulation/cluster/administrator.ts';
import { brokerName, controllerName } from '../simulation/cluster/settings.ts';
import { ClusterView } from '../simulation/cluster/view.ts';
import type { Fault, Target } from '../simulation/nemesis/fault.ts';
import type { FaultTarget, Healable, NodeRole } from '../simulation/nemesis/fault-target.ts';
import { Machine, type MachineOptions, type Surroundings } from './machine.ts';
import { administratorId, ServedAdministrator } from './served-administrator.ts';
import { Ways } from './ways.ts';
import { clientName } from './wire.ts';

export interface ServedClusterOptions {
  readonly machines: readonly MachineOptions[];
  /** The metadata as the controller has it; undefined while it is down. */
  readonly image: () => MetadataImage | undefined;
  /** Told, in a sentence, of a node that ended without being asked to, and of what an administrator was refused. */
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
  readonly #administrator: ServedAdministrator;
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
    const brokers = machines.filter(({ role }) => role === 'broker');
    const known = { partitions: this.#view.partitions, partitionCount: (topic: string) => this.#partitionCount(topic) };
    this.#administrator = new ServedAdministrator(brokers, known, report);
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

  /** A replica is there that could lead, a topic that could grow. */
  isPossible(fault: Fault): boolean {
    switch (fault.kind) {
      case 'move-leader': {
        const partition = this.#view.leadership(fault.target);
        return partition !== undefined && nextLeader(this.#view.partitions.get(partition)) !== undefined;
      }
      case 'add-partitions':
        return this.#partitionCount(fault.topic) > 0;
      default:
        return true;
    }
  }

  crash(node: string, how: { readonly powerLoss: boolean }): void {
    const machine = this.#machine(node);
    machine.crash(how);
    this.#view.ended(machine.options.id);
  }
  restart(node: string): void {
    this.#machine(node).boot();
  }
  stop(node: string): Healable {
    const machine = this.#machine(node);
    return machine.stop(() => this.#view.ended(machine.options.id));
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

  moveLeader(target: Target): void {
    const partition = this.#view.leadership(target);
    if (partition !== undefined) this.#administrator.moveLeader(partition);
  }
  addPartitions(topic: string, more: number): void {
    this.#administrator.addPartitions(topic, more);
  }

  /** Lets go of everything. */
  close(): void {
    this.#administrator.close();
    for (const machine of this.machines) machine.close();
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
  #partitionCount(topic: string): number {
    const image = this.#image();
    return image === undefined ? this.#view.partitionCount(topic) : (image.topicByName(topic)?.partitions.length ?? 0);
  }

  #exists(partition: TopicPartition): boolean {
    const { topic, index } = splitTopicPartition(partition);
    return index < this.#partitionCount(topic);
  }

  #clientNamed(before: string, now: string): void {
    const left = (this.#clients.get(before) ?? 0) - 1;
    if (left > 0) this.#clients.set(before, left);
    else this.#clients.delete(before);
    if (now !== '' && now !== clientName(administratorId)) this.#clients.set(now, (this.#clients.get(now) ?? 0) + 1);
  }
}
