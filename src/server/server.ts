/**
 * Brokers and a controller on this machine's sockets, in this process: the same nodes that run in the simulated world. Data lies in memory
 * or in a folder. Owns starting and stopping them together; on which ports is `ports.ts`, what may go wrong with them is `served-cluster.ts`.
 */
import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import { memoryFileSystem } from '../io/real/memory-file-system.ts';
import type { World } from '../io/world.ts';
import { Broker } from '../kafka/broker/broker.ts';
import type { BrokerConfig } from '../kafka/config/broker-config.ts';
import type { FoundTopic } from '../kafka/controller/adoption.ts';
import { Controller } from '../kafka/controller/controller.ts';
import { kafkaRules, type Rules } from '../kafka/rules/rules.ts';
import { failed, ok, type Result } from '../model/result.ts';
import { brokerName, controllerId, controllerName } from '../simulation/cluster/settings.ts';
import { type Control, startControl } from './control.ts';
import { brokerDiskIn, foundTopics } from './data-folders.ts';
import { FaultDesk } from './fault-desk.ts';
import { lockFolder } from './folder-lock.ts';
import type { Machine, MachineOptions, Program } from './machine.ts';
import { makeFolder } from './make-folder.ts';
import { brokerMetrics } from './metrics.ts';
import { takePorts } from './ports.ts';
import { ServedCluster } from './served-cluster.ts';
import { type Settings, settingsOf } from './settings.ts';

export interface ServerOptions {
  /** How many; their ids count from 1. 3 unless said otherwise, and the one whose disk `dataDir` is. */
  readonly brokers?: number;
  /** Port of the first broker; the others follow. 0 takes any free ones. */
  readonly port: number;
  /** A folder for the data, made when missing; in memory without it. */
  readonly dataDir?: string;
  /** Loopback by default. */
  readonly host?: string;
  /** Keys of Kafka's server.properties, for all nodes. */
  readonly settings?: ReadonlyMap<string, string>;
  /** Port of the control API, 0 for any free one; without it there is none. */
  readonly control?: number;
  /** Told, in a sentence, of a node that ended without being asked to (the others serve on), and of a fault that the cluster refused. */
  readonly report?: (line: string) => void;
  /** Gives the start up while it is under way. */
  readonly stop?: AbortSignal;
  /** Kafka's own, unless a test means to break them. */
  readonly rules?: Rules;
}

export interface Server {
  /** `host:port` of each broker, by id. */
  readonly bootstrap: readonly string[];
  /** Where the control API is; undefined without one. */
  readonly controlUrl: string | undefined;
  /** How many nodes broke by an error of their program, so far. */
  readonly broken: number;
  /** Heals all faults but for those who are down or about to be, then stops in order: brokers hand over what they lead and close their logs. */
  stop(): Promise<void>;
}

const loopback = '127.0.0.1';
const localClusterId = 'faultline-local-server';
/** How many brokers there are when nobody says. */
const usualBrokers = 3;
const disk = 'data';
/** The folders that nodes keep their data in. */
const controllerFolder = 'controller';
const brokerFolder = (id: number): string => `broker-${id}`;
/** How long brokers may take to leave in order. */
const stopLimitMs = 10_000;
/** How long brokers may take to come up. */
const startLimitMs = 60_000;

/** Starts all of them; answers once every broker serves, or says what is in the way and how to mend it. */
export async function startServer(options: ServerOptions): Promise<Result<Server, string>> {
  const host = options.host ?? loopback;
  const plan = planOf(options);
  if (!plan.ok) return plan;
  const { clusterId, ids, folderOf } = plan.value;
  const taken = await takePorts(host, options.port, ids.length);
  if (!taken.ok) return taken;
  const ports = new Map(ids.map((id, index): [number, number] => [id, taken.value[index] ?? 0]));
  const controllerPort = await takePorts(loopback, 0, 1);
  if (!controllerPort.ok) return controllerPort;
  const controller = { id: controllerId, host: loopback, port: controllerPort.value[0] ?? 0 };
  const settings = settingsOf({ clusterId, host, ports, controller }, options.settings ?? new Map());
  if (!settings.ok) return settings;
  const { ignored } = settings.value;
  if (ignored.length > 0) options.report?.(`ignored, because they mean nothing here or are set by this program: ${ignored.join(', ')}`);
  const folder = dataFolders(options.dataDir, [controllerFolder, ...ids.map(folderOf)]);
  if (!folder.ok) return folder;
  const lock = options.dataDir === undefined ? undefined : lockFolder(resolve(options.dataDir));
  if (lock?.ok === false) return lock;
  const found = options.dataDir === undefined ? [] : topicsIn(options.dataDir, plan.value, (why) => options.report?.(why));
  const placeOf = (id: number): Folder => folder.value(id === controllerId ? controllerFolder : folderOf(id));
  const nodes = { host, ports, settings: settings.value, folderOf: placeOf, found };
  const running = new RunningServer(options, nodes, lock?.value ?? (() => undefined));
  const started = await running.start();
  if (started.ok) return ok(running);
  await running.stop();
  return started;
}

/** Who runs in this server, and where in the data directory each broker keeps its data. */
interface Plan {
  readonly clusterId: string;
  /** Of the brokers. */
  readonly ids: readonly number[];
  readonly folderOf: (id: number) => string;
}

/** The disk of one broker is served by that broker, as a member of its own cluster; in any other folder each node gets a folder. */
function planOf({ brokers, dataDir }: ServerOptions): Result<Plan, string> {
  const disk = dataDir === undefined ? ok(undefined) : brokerDiskIn(resolve(dataDir));
  if (!disk.ok) return disk;
  if (disk.value === undefined) {
    const ids = Array.from({ length: brokers ?? usualBrokers }, (_, index) => index + 1);
    return ok({ clusterId: localClusterId, ids, folderOf: brokerFolder });
  }
  const { brokerId, clusterId } = disk.value;
  if (brokers !== undefined && brokers !== 1)
    return failed(
      `${dataDir} is the disk of one broker, with id ${brokerId}; it cannot be served by ${brokers}. Leave --brokers out, or choose another folder.`,
    );
  return ok({ clusterId, ids: [brokerId], folderOf: () => '.' });
}

function topicsIn(dataDir: string, { ids, folderOf }: Plan, skipped: (why: string) => void): readonly FoundTopic[] {
  return foundTopics(new Map(ids.map((id): [number, string] => [id, join(resolve(dataDir), folderOf(id))])), skipped);
}

type Folder = MachineOptions['disks'] extends ReadonlyMap<string, infer T> ? T : never;
type FolderOf = (node: string) => Folder;

/** Where each node keeps its data. */
function dataFolders(dataDir: string | undefined, nodes: readonly string[]): Result<FolderOf, string> {
  if (dataDir === undefined) {
    const fileSystem = memoryFileSystem();
    return ok((node) => {
      fileSystem.mkdirSync(`/${node}`);
      return { fileSystem, path: `/${node}` };
    });
  }
  const root = resolve(dataDir);
  const folderOf = (node: string): string => {
    const path = join(root, node);
    makeFolder(path);
    accessSync(path, constants.W_OK);
    return path;
  };
  try {
    for (const node of nodes) folderOf(node);
  } catch (error) {
    return failed(`cannot keep data in ${root}: ${error instanceof Error ? error.message : error}. Choose another folder with --data-dir.`);
  }
  return ok(folderOf);
}

/** What a running server is made of. */
interface Nodes {
  readonly host: string;
  /** Of the brokers, by id. */
  readonly ports: ReadonlyMap<number, number>;
  readonly settings: Settings;
  /** By the id of a broker or of the controller. */
  readonly folderOf: (id: number) => Folder;
  readonly found: readonly FoundTopic[];
}

class RunningServer implements Server {
  readonly bootstrap: readonly string[];
  broken = 0;
  readonly #options: ServerOptions;
  readonly #cluster: ServedCluster;
  readonly #desk: FaultDesk;
  readonly #unlock: () => void;
  readonly #found: readonly FoundTopic[];
  /** The last that ran, by id. */
  readonly #brokers = new Map<number, Broker>();
  #controller: Controller | undefined;
  #control: Control | undefined;
  #serving = new Set<string>();
  #serves: () => void = () => undefined;

  constructor(options: ServerOptions, { host, ports, settings, folderOf, found }: Nodes, unlock: () => void) {
    this.#options = options;
    this.#unlock = unlock;
    this.#found = found;
    this.bootstrap = Array.from(ports.values(), (port) => `${host}:${port}`);
    const { listener } = settings.controller;
    const brokers = settings.brokers.map((config): MachineOptions => {
      const id = config.nodeId;
      const place = { host, port: ports.get(id) ?? 0, listenHost: host, disks: new Map([[disk, folderOf(id)]]) };
      return { ...place, name: brokerName(id), id, role: 'broker', program: (world, gaveUp) => this.#runBroker(world, config, gaveUp) };
    });
    const controller: MachineOptions = {
      ...{ name: controllerName, id: controllerId, role: 'controller', host: listener.host, port: listener.port, listenHost: loopback },
      disks: new Map([[disk, folderOf(controllerId)]]),
      program: (world, gaveUp) => this.#runController(world, settings, gaveUp),
    };
    this.#cluster = new ServedCluster({
      machines: [controller, ...brokers],
      image: () => (this.#cluster.isUp(controllerName) ? this.#controller?.image : undefined),
      report: (line) => options.report?.(line),
      broke: () => this.broken++,
      watched: options.control !== undefined,
      observe: ({ name }, event) => {
        if (event.type === 'running') this.#running(name);
        if (options.control !== undefined) this.#desk.observe(name, event);
      },
    });
    this.#desk = new FaultDesk(this.#cluster);
  }

  get controlUrl(): string | undefined {
    return this.#control?.url;
  }

  async start(): Promise<Result<void, string>> {
    const { stop: given } = this.#options;
    if (this.#options.control !== undefined) {
      const control = await startControl({
        port: this.#options.control,
        nodes: () => this.#cluster.machines.map(reportOf),
        metrics: () => brokerMetrics([...this.#brokers].filter(([id]) => this.#cluster.isUp(brokerName(id))).map(([, broker]) => broker)),
        desk: this.#desk,
        report: (line) => this.#options.report?.(line),
      });
      if (!control.ok) return control;
      this.#control = control.value;
    }
    const running = new Promise<void>((resolve) => {
      this.#serves = resolve;
    });
    for (const machine of this.#cluster.machines) machine.boot();
    const givenUp = new Promise<void>((resolve) => (given?.aborted ? resolve() : given?.addEventListener('abort', () => resolve(), { once: true })));
    const late = await expires(Promise.race([running, givenUp]), startLimitMs);
    if (given?.aborted === true) return failed('stopped before the brokers were up.');
    if (!late) return ok(undefined);
    return failed(`the brokers did not come up within ${startLimitMs / 1000} s. If --data-dir holds data of an older version, try an empty folder.`);
  }

  async stop(): Promise<void> {
    await this.#control?.close();
    for (const machine of this.#cluster.machines) machine.retire();
    this.#desk.clear();
    const brokers = this.#cluster.machines.filter((machine) => machine.options.role === 'broker');
    await expires(Promise.all(brokers.map((machine) => new Promise<void>((done) => machine.shutDown(done)))), stopLimitMs);
    for (const machine of this.#cluster.machines) if (machine.options.role === 'controller') machine.shutDown(() => undefined);
    this.#cluster.close();
    this.#unlock();
  }

  #runBroker(world: World, config: BrokerConfig, gaveUp: (why: string) => void): Program {
    const broker = new Broker(world, config, this.#options.rules ?? kafkaRules);
    this.#brokers.set(config.nodeId, broker);
    broker.onFailure = () => gaveUp(broker.failure ?? 'for no reason that it told');
    broker.start();
    return broker;
  }

  #runController(world: World, settings: Settings, gaveUp: (why: string) => void): Program {
    const controller = new Controller(world, settings.controller, this.#options.rules ?? kafkaRules, this.#found);
    this.#controller = controller;
    if (!controller.start().ok) gaveUp(`port ${settings.controller.listener.port} was taken at this very moment`);
    return controller;
  }

  #running(name: string): void {
    this.#serving.add(name);
    if (this.#serving.size === this.bootstrap.length) this.#serves();
  }
}

const reportOf = (machine: Machine) => ({
  id: machine.options.id,
  host: machine.options.host,
  port: machine.options.port,
  state: machine.state,
  controller: machine.options.role === 'controller',
});

/** Waits for a promise, or for the limit; true when the limit came first. */
async function expires(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<boolean>((done) => {
    timer = setTimeout(() => done(true), limitMs);
  });
  const late = await Promise.race([promise.then(() => false), limit]);
  clearTimeout(timer);
  return late;
}
