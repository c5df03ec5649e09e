/**
 * Brokers and a controller on this machine's sockets, in this process: the same nodes that run in the simulated world. Data lies in memory
 * or in a folder. Owns starting and stopping them together; on which ports is `ports.ts`.
 */
import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import { memoryFileSystem } from '../io/real/memory-file-system.ts';
import { type RealWorld, type RealWorldOptions, realWorld } from '../io/real/real-world.ts';
import { Broker } from '../kafka/broker/broker.ts';
import { brokerConfig } from '../kafka/config/broker-config.ts';
import { controllerConfig } from '../kafka/config/controller-config.ts';
import { Controller } from '../kafka/controller/controller.ts';
import { kafkaRules } from '../kafka/rules/rules.ts';
import { brokerId } from '../model/brand.ts';
import { failed, ok, type Result } from '../model/result.ts';
import { lockFolder } from './folder-lock.ts';
import { makeFolder } from './make-folder.ts';
import { takePorts } from './ports.ts';

export interface ServerOptions {
  /** Their ids count from 1. */
  readonly brokers: number;
  /** Port of the first broker; the others follow. 0 takes any free ones. */
  readonly port: number;
  /** A folder for the data, made when missing; in memory without it. */
  readonly dataDir?: string;
  /** Loopback by default. */
  readonly host?: string;
  /** Told, in a sentence, of a broker that gave up; the others serve on. */
  readonly report?: (line: string) => void;
  /** Gives the start up while it is under way. */
  readonly stop?: AbortSignal;
}

export interface Server {
  /** `host:port` of each broker, by id. */
  readonly bootstrap: readonly string[];
  /** Stops in order: brokers hand over what they lead and close their logs. */
  stop(): Promise<void>;
}

const loopback = '127.0.0.1';
const controllerId = brokerId(1000);
const clusterId = 'faultline-local-server';
const disk = 'data';
const controllerName = 'controller';
const brokerNameOf = (id: number): string => `broker-${id}`;
/** How long brokers may take to leave in order. */
const stopLimitMs = 10_000;
/** How long brokers may take to come up. */
const startLimitMs = 60_000;

/** Starts all of them; answers once every broker serves, or says what is in the way and how to mend it. */
export async function startServer(options: ServerOptions): Promise<Result<Server, string>> {
  const host = options.host ?? loopback;
  const ports = await takePorts(host, options.port, options.brokers);
  if (!ports.ok) return ports;
  const controllerPort = await takePorts(loopback, 0, 1);
  if (!controllerPort.ok) return controllerPort;
  const folder = dataFolders(options.dataDir, [controllerName, ...ports.value.map((_, index) => brokerNameOf(index + 1))]);
  if (!folder.ok) return folder;
  const lock = options.dataDir === undefined ? undefined : lockFolder(resolve(options.dataDir));
  if (lock?.ok === false) return lock;
  const unlock = lock?.value ?? (() => undefined);
  const started = await start({
    host,
    ports: ports.value,
    controllerPort: controllerPort.value[0] ?? 0,
    folderOf: folder.value,
    stop: options.stop,
    report: options.report,
  });
  if (!started.ok) {
    unlock();
    return started;
  }
  const { bootstrap, stop } = started.value;
  return ok({ bootstrap, stop: () => stop().finally(unlock) });
}

type Folder = RealWorldOptions['disks'] extends ReadonlyMap<string, infer T> ? T : never;
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

interface Place {
  readonly host: string;
  readonly ports: readonly number[];
  readonly controllerPort: number;
  readonly folderOf: FolderOf;
  readonly stop: AbortSignal | undefined;
  readonly report: ((line: string) => void) | undefined;
}

async function start({ host, ports, controllerPort, folderOf, stop: given, report }: Place): Promise<Result<Server, string>> {
  const replicas = Math.min(3, ports.length);
  const controllerWorld = realWorld({ disks: new Map([[disk, folderOf(controllerName)]]), listenHost: loopback });
  const controller = new Controller(
    controllerWorld,
    controllerConfig({
      nodeId: controllerId,
      clusterId,
      listener: { name: 'CONTROLLER', host: loopback, port: controllerPort },
      defaultReplicationFactor: replicas,
    }),
    kafkaRules,
  );
  if (!controller.start().ok) return failed(`port ${controllerPort} was taken at this very moment. Start again.`);
  const running: Promise<void>[] = [];
  const nodes = ports.map((port, index) => {
    let serves = (): void => undefined;
    running.push(new Promise((done) => (serves = done)));
    const world = realWorld({
      disks: new Map([[disk, folderOf(brokerNameOf(index + 1))]]),
      listenHost: host,
      observe: (event) => (event.type === 'running' ? serves() : undefined),
    });
    const broker = new Broker(world, configOf(index + 1, host, port, controllerPort, replicas), kafkaRules);
    broker.onFailure = () => report?.(`broker ${index + 1} gave up: ${broker.failure}`);
    broker.start();
    return { broker, world };
  });
  const stop = (): Promise<void> => stopAll(nodes, controller, controllerWorld);
  const givenUp = new Promise<void>((resolve) => (given?.aborted ? resolve() : given?.addEventListener('abort', () => resolve(), { once: true })));
  const late = await expires(Promise.race([Promise.all(running), givenUp]), startLimitMs);
  if (given?.aborted === true) {
    await stop();
    return failed('stopped before the brokers were up.');
  }
  if (!late) return ok({ bootstrap: ports.map((port) => `${host}:${port}`), stop });
  await stop();
  return failed(`the brokers did not come up within ${startLimitMs / 1000} s. If --data-dir holds data of an older version, try an empty folder.`);
}

const configOf = (id: number, host: string, port: number, controllerPort: number, replicas: number) =>
  brokerConfig({
    nodeId: brokerId(id),
    clusterId,
    listeners: [{ name: 'PLAINTEXT', host, port }],
    controllerQuorumBootstrapServers: [{ id: controllerId, host: loopback, port: controllerPort }],
    defaultReplicationFactor: replicas,
    offsetsTopicReplicationFactor: replicas,
  });

async function stopAll(
  nodes: readonly { readonly broker: Broker; readonly world: RealWorld }[],
  controller: Controller,
  controllerWorld: RealWorld,
): Promise<void> {
  const stopped = nodes.map(({ broker }) => new Promise<void>((done) => broker.shutDown(done)));
  await expires(Promise.all(stopped), stopLimitMs);
  controller.shutDown();
  for (const { world } of nodes) world.close();
  controllerWorld.close();
}

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
