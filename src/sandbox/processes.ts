/** The processes of one run: starts each on its machine, anew after a restart, and gathers what they want of the run and how they ended. */
import type { World } from '../io/world.ts';
import { topicPartition } from '../model/topic-partition.ts';
import type { Finding } from '../simulation/checker/finding.ts';
import type { SimulatedCluster } from '../simulation/cluster/cluster.ts';
import { bootstrapServers } from '../simulation/cluster/settings.ts';
import type { History } from '../simulation/history/history.ts';
import type { Clients } from '../simulation/run/clients.ts';
import type { Scenario } from '../simulation/scenario.ts';
import { ModuleGraph, ModuleSource } from './module-graph.ts';
import type { SandboxEnv, SandboxProgram } from './program.ts';
import { Observations, Recorder } from './recorder.ts';
import { type Machine, SandboxProcess } from './sandbox-process.ts';

export interface ProcessesOptions {
  readonly scenario: Scenario;
  readonly timerFloorMs: number;
  readonly resolveFrom: string;
}

interface Stage {
  readonly cluster: SimulatedCluster;
  readonly history: History;
}

/** The life of a process that runs or ran last. */
interface Life {
  readonly process: SandboxProcess;
  readonly stops: (() => void)[];
  readonly missing: (() => string | undefined)[];
  stopped: boolean;
}

export class SandboxProcesses implements Clients {
  readonly machines: readonly string[];
  readonly findings: Finding[] = [];
  readonly #programs: readonly SandboxProgram[];
  readonly #options: ProcessesOptions;
  readonly #source = new ModuleSource();
  readonly #observations = new Observations();
  readonly #lives = new Map<string, Life>();
  readonly #incarnations = new Map<string, number>();
  #stopping = false;

  constructor(programs: readonly SandboxProgram[], options: ProcessesOptions) {
    this.#programs = programs;
    this.#options = options;
    this.machines = programs.map(({ name }) => name);
  }

  get acknowledged(): number {
    return this.#observations.acknowledged;
  }

  start(stage: Stage): void {
    for (const program of this.#programs)
      stage.cluster.startClient(program.name, {
        boot: (world) => this.#boot(world, program, stage),
        stop: (done) => this.#lives.get(program.name)?.process.terminate(() => done(true)),
        ended: () => this.#lives.get(program.name)?.process.crashed(),
      });
  }

  stopSending(): void {
    this.#stopping = true;
    for (const life of this.#lives.values()) this.#stop(life);
  }

  #stop(life: Life): void {
    if (life.stopped) return;
    life.stopped = true;
    life.process.enterLater(() => {
      for (const stop of life.stops) stop();
    });
  }

  unsettled(): string | undefined {
    for (const plan of this.#options.scenario.workload.sandbox ?? []) {
      const problem = plan.application === 'kafkajs-consumer' ? this.#unshared(plan.group, plan.topic) : undefined;
      if (problem !== undefined) return problem;
    }
    for (const { process, missing } of this.#lives.values())
      for (const each of missing) {
        const problem = each();
        if (problem !== undefined) return `${process.name}: ${problem}`;
      }
    return undefined;
  }

  /** A group has settled when each partition has one owner and nothing that was acknowledged is unread. */
  #unshared(group: string, topic: string): string | undefined {
    const partitions = this.#options.scenario.cluster.topics.find(({ name }) => name === topic)?.partitions ?? 0;
    for (let index = 0; index < partitions; index++) {
      const owners = this.#observations.owners(group, topicPartition(topic, index));
      if (owners !== 1) return `${topic}-${index} has ${owners} owners in group ${group}`;
    }
    const unread = this.#observations.unread(group, topic);
    return unread === 0 ? undefined : `${unread} acknowledged records of ${topic} were not read by group ${group}`;
  }

  #boot(world: World, program: SandboxProgram, stage: Stage): void {
    const { name } = program;
    const incarnation = (this.#incarnations.get(name) ?? 0) + 1;
    this.#incarnations.set(name, incarnation);
    const process = new SandboxProcess(world, {
      name,
      env: program.env ?? {},
      timerFloorMs: this.#options.timerFloorMs,
      modules: new ModuleGraph(this.#source),
      resolve: (host) => machineOf(stage.cluster, host),
      ended: (how) => this.#ended(name, how, stage),
    });
    const life: Life = { process, stops: [], missing: [], stopped: false };
    this.#lives.set(name, life);
    const env = this.#env(life, incarnation, stage);
    // A promise that it returns is awaited by nobody: a rejection of it is an unhandled one, as in Node.
    process.enterLater(() => void startProgram(program, env));
    if (this.#stopping) this.#stop(life);
  }

  #env({ process, stops, missing: wishes }: Life, incarnation: number, { history }: Stage): SandboxEnv {
    const { scenario, resolveFrom } = this.#options;
    const require = process.modules.requireFrom(resolveFrom);
    return {
      name: process.name,
      incarnation,
      brokers: bootstrapServers(scenario.cluster).map(({ host, port }) => `${host}:${port}`),
      get require() {
        process.speaks();
        return require;
      },
      record: new Recorder(history, { name: process.name, incarnation, live: () => process.speaks() }, this.#observations),
      onStop: (stop) => void stops.push(stop),
      eventually: (missing) => void wishes.push(missing),
    };
  }

  /** A program that ends with an error is told of; one that is done is not. */
  #ended(name: string, how: { readonly exitCode: number } | { readonly error: unknown }, { cluster }: Stage): void {
    const timeUs = cluster.simulator.nowUs;
    cluster.simulator.find(name)?.stop();
    if ('exitCode' in how && how.exitCode === 0) return;
    const message = 'exitCode' in how ? `it ended with exit code ${how.exitCode}` : textOf(how.error);
    this.findings.push({ checker: 'sandbox', anomaly: 'process-died', place: name, message, timeUs, verdict: 'finding' });
  }
}

function startProgram(program: SandboxProgram, env: SandboxEnv): unknown {
  if ('start' in program) return program.start(env);
  const exported = env.require(program.module);
  const start: unknown = typeof exported === 'object' && exported !== null && 'start' in exported ? exported.start : undefined;
  return typeof start === 'function' ? Reflect.apply(start, exported, [env]) : undefined;
}

/** Every machine has an address made of its id: 10.0.0.1 for broker 1. */
const addressOf = (id: number): string => `10.${(id >> 16) & 255}.${(id >> 8) & 255}.${id & 255}`;

function machineOf({ simulator }: SimulatedCluster, host: string): Machine | undefined {
  const named = simulator.find(host) ?? (host.startsWith('10.') ? simulator.hosts.find(({ id }) => addressOf(id) === host) : undefined);
  return named === undefined ? undefined : { name: named.name, address: addressOf(named.id) };
}

/** Node's own words for an import() in a module of a process do not say what it is about. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code: unknown = 'code' in error ? error.code : undefined;
  const hint =
    code === 'ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING' ? 'import() is not available in the sandbox: load CommonJS modules with require\n' : '';
  return `${hint}${error.stack ?? error.message}`;
}
