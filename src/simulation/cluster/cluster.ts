/**
 * A cluster in one virtual world: brokers, one controller and the machines of clients. It starts, crashes, pauses and restarts them, lets a
 * nemesis break what lies between them, and passes what nodes report to whoever listens. It holds no plan of what should go wrong and
 * judges nothing.
 */
import type { NodeEvent } from '../../io/node-event.ts';
import type { DiskCallKind } from '../../io/virtual/disk-faults.ts';
import type { SlowableLane } from '../../io/virtual/lanes.ts';
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
import type { Administrator } from './administrator.ts';
import { DiskOperator, type RottingFile, type Struck } from './disk-operator.ts';
import type { ClusterPlan } from './plan.ts';
import { brokerName, brokerSettings, controllerId, controllerName, controllerSettings, firstClientId, logDirNames, onlyLogDir } from './settings.ts';
import { ClusterView } from './view.ts';

/** Hears of everything at the moment it happens, in the order in which listeners were given. */
export interface ClusterListener {
  observed?(timeUs: number, nodeId: number, event: NodeEvent): void;
  /** `lossy`: un-synced writes may be gone. */
  crashed?(timeUs: number, nodeId: number, lossy: boolean): void;
  /** It ended in order. */
  stopped?(timeUs: number, nodeId: number): void;
  restarted?(timeUs: number, nodeId: number): void;
  /** A disk of a node that is down was emptied, on which these partitions' replicas lay. */
  wiped?(timeUs: number, nodeId: number, partitions: ReadonlySet<TopicPartition>): void;
  /** Something stored of this partition, or of all (undefined), rots; or is again as it was. */
  damaged?(timeUs: number, nodeId: number, partition: TopicPartition | undefined, isDamaged: boolean): void;
}

/** What runs on a machine, start after start. */
export interface Program {
  /** Runs at each start. */
  boot(world: World): void;
  /** Ends what runs; `inOrder`: as it was asked to, with nothing left undone. */
  stop?(done: (inOrder: boolean) => void): void;
  /** What ran is gone, however it ended. */
  ended?(): void;
  /** Its application needs longer for each poll. */
  slowHandler?(perPollMs: number): Healable;
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
  /** What runs when the machine starts; a client's comes with its first start. */
  program: Program | undefined;
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
  | { readonly type: 'client'; readonly id: string }
  | { readonly type: 'coordinator'; readonly group: string }
  | { readonly type: 'member'; readonly group: string; readonly choice: 'leader' | number };

const unlimited = Number.POSITIVE_INFINITY;

export class SimulatedCluster {
  readonly simulator: Simulator;
  readonly view = new ClusterView();
  /** Who moves leaders and adds partitions; the clients of a run bring one. */
  administrator: Administrator | undefined;
  readonly #nodes = new Map<string, Node>();
  readonly #byId = new Map<number, string>();
  readonly #listeners: readonly ClusterListener[];
  readonly #operator: DiskOperator;
  readonly #logDirs: readonly string[];

  constructor(options: ClusterOptions) {
    this.simulator = new Simulator({ seed: String(options.seed) });
    if (options.trace !== undefined) this.simulator.trace = options.trace;
    this.#listeners = options.listeners;
    this.simulator.observer = (host, event) => this.#observed(host, event);
    const { plan, rules } = options;
    this.#logDirs = logDirNames(plan);
    this.#operator = this.#newOperator();
    const controller = (world: World) => new Controller(world, orThrow(controllerSettings(plan)), rules);
    this.#add(
      controllerName,
      controllerId,
      'controller',
      programOf(controller, () => this.#gaveUp(controllerName)),
    );
    for (let id = 1; id <= plan.brokers; id++)
      this.#add(
        brokerName(id),
        id,
        'broker',
        programOf(
          (world) => new Broker(world, orThrow(brokerSettings(plan, id)), rules),
          () => this.#gaveUp(brokerName(id)),
        ),
      );
    for (const [index, name] of options.clients.entries()) this.#add(name, firstClientId + index, 'client', undefined);
  }

  /** Boots the controller and all brokers. */
  start(): void {
    for (const [, { host, program }] of this.#nodes) if (program !== undefined) host.boot((world) => program.boot(world));
  }

  /** Boots a client's machine with this program, which is also what it runs when it starts again. */
  startClient(name: string, program: Program | ((world: World) => void)): void {
    const node = this.#node(name);
    const whole = typeof program === 'function' ? { boot: program } : program;
    node.program = whole;
    node.host.boot((world) => whole.boot(world));
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
  isPaused(name: string): boolean {
    return this.#node(name).host.paused;
  }
  nameOf(nodeId: number): string | undefined {
    return this.#byId.get(nodeId);
  }

  /**
   * The disks of the broker or controller whose id this is, one for each log directory and by its name, as they are, also of one that is down. First those
   * that work: what lies on one that failed may be an older copy of what lies there.
   */
  disksOf(nodeId: number): ReadonlyMap<string, VirtualDisk> {
    const { host } = this.#node(this.#byId.get(nodeId) ?? controllerName);
    const failed = this.view.failedDirectories.get(nodeId);
    const names = host.diskNames.toSorted((a, b) => Number(failed?.has(a) ?? false) - Number(failed?.has(b) ?? false));
    return new Map(names.map((name) => [name, host.disk(name)]));
  }

  /** Of all brokers, in the order of their ids. */
  brokerIds(): readonly number[] {
    return this.nodes('broker').map((name) => this.#node(name).host.id);
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
        return this.#byId.get(this.view.leader(part.partition));
      case 'follower':
        return this.#byId.get(this.view.follower(part.partition, part.choice));
      case 'coordinator': {
        const partition = this.view.coordinatorPartition(part.group);
        return partition && this.#byId.get(this.view.leader(partition));
      }
      case 'member':
        return this.#nodes.get(this.view.memberClient(part.group, part.choice) ?? '')?.name;
    }
  }

  isUnreplicated(partition: TopicPartition, event: NodeEvent): boolean {
    return this.view.isUnreplicated(partition, event);
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
    this.#operator.started(name);
    this.view.began(host.id);
    for (const listener of this.#listeners) listener.restarted?.(this.simulator.nowUs, host.id);
    host.boot((world) => program.boot(world));
  }

  /** Ends what runs in order; heals by starting it again, after killing it if it is not done. */
  stop(name: string): Healable {
    const { host, program } = this.#node(name);
    const life = host.incarnation;
    const ended = (inOrder: boolean): void => {
      if (life === undefined || host.incarnation !== life) return;
      if (!inOrder) {
        this.crash(name, { powerLoss: false });
        return;
      }
      host.stop();
      this.#over(name);
      for (const listener of this.#listeners) listener.stopped?.(this.simulator.nowUs, host.id);
    };
    // Not within its own step.
    host.enter(() => program?.stop?.((inOrder) => void this.simulator.at(this.simulator.nowUs, `${name} stops`, () => ended(inOrder))));
    return {
      heal: () => {
        if (life !== undefined && host.incarnation === life) this.crash(name, { powerLoss: false });
        this.restart(name);
      },
    };
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
  slowHandler(name: string, { perPollMs }: { readonly perPollMs: number }): Healable {
    return this.#node(name).program?.slowHandler?.(perPollMs) ?? { heal: () => undefined };
  }
  slowLane(name: string, { lane, perStepMs }: { readonly lane: SlowableLane; readonly perStepMs: number }): Healable {
    return this.#node(name).host.slowLanes(lane, perStepMs * 1000);
  }
  failDisk(name: string, how: Struck & { readonly calls: DiskCallKind; readonly nthCall: number | null }): Healable {
    return this.#operator.failDisk(name, how);
  }
  fillDisk(name: string, how: Struck & { readonly freeBytes: number }): Healable {
    return this.#operator.fillDisk(name, how);
  }
  shortenIo(name: string, how: Struck): Healable {
    return this.#operator.shortenIo(name, how);
  }
  stallSyncs(name: string, how: Struck): Healable {
    return this.#operator.stallSyncs(name, how);
  }
  rotBit(name: string, how: { readonly file: RottingFile; readonly partition: TopicPartition | undefined }): (() => Healable) | undefined {
    return this.#operator.rotBit(name, how);
  }
  moveLeader(part: Part): void {
    const partition = this.view.leadership(part);
    if (partition !== undefined) this.administrator?.moveLeader(partition);
  }
  addPartitions(topic: string, more: number): void {
    this.administrator?.addPartitions(topic, more);
  }
  moveReplica(name: string, partition: TopicPartition): void {
    this.administrator?.moveReplica(partition, this.#node(name).host.id);
  }
  reset(name: string, peers: readonly string[]): void {
    this.simulator.faults.resetConnections(this.#hosts([name]), this.#hosts(peers));
  }

  #newOperator(): DiskOperator {
    return new DiskOperator({
      simulator: this.simulator,
      host: (node) => this.#node(node).host,
      crash: (node) => this.crash(node, { powerLoss: false }),
      restart: (node) => this.restart(node),
      wipe: (node, disk, partitions) => {
        const { host } = this.#node(node);
        host.wipe(disk);
        this.view.wiped(host.id, partitions);
        for (const listener of this.#listeners) listener.wiped?.(this.simulator.nowUs, host.id, partitions);
      },
      damaged: (node, partition, isDamaged) => {
        for (const listener of this.#listeners) listener.damaged?.(this.simulator.nowUs, this.#node(node).host.id, partition, isDamaged);
      },
    });
  }

  /** A program that can not go on: its process ends when its step is over. */
  #gaveUp(name: string): void {
    const { host } = this.#node(name);
    const life = host.incarnation;
    this.simulator.at(this.simulator.nowUs, `${name} gives up`, () => {
      if (life === undefined || host.incarnation !== life) return;
      this.crash(name, { powerLoss: false });
      this.#operator.gaveUp(name);
    });
  }

  #add(name: string, id: number, role: Role, program: Program | undefined): void {
    const host = this.simulator.host(name, { id, disks: role === 'client' ? [] : role === 'broker' ? this.#logDirs : [onlyLogDir] });
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
    if (event.type === 'directoryFailed') this.#operator.directoryFailed(host.name);
    for (const listener of this.#listeners) listener.observed?.(this.simulator.nowUs, host.id, event);
  }

  /** Its process is gone, however it ended. */
  #over(name: string): void {
    const { host, program } = this.#node(name);
    this.view.ended(host.id);
    program?.ended?.();
  }

  #crashed(host: VirtualHost, lossy: boolean): void {
    this.#over(host.name);
    for (const listener of this.#listeners) listener.crashed?.(this.simulator.nowUs, host.id, lossy);
  }
}

/** A broker or a controller. */
function programOf<N extends { onFailure: () => void; start(): void; shutDown(done: (inOrder: boolean) => void): void }>(
  make: (world: World) => N,
  gaveUp: () => void,
): Program {
  let node: N | undefined;
  return {
    boot: (world) => {
      node = make(world);
      node.onFailure = gaveUp;
      node.start();
    },
    stop: (done) => node?.shutDown(done),
  };
}

/** Settings were checked when the scenario was read; wrong ones here are a scenario made by hand in code. */
function orThrow<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: readonly string[] }): T {
  if (result.ok) return result.value;
  throw new Error(`settings of the cluster: ${result.error.join('; ')}`);
}
