/** What runs in a sandbox, and what it is given. */
import type { Require } from './module-graph.ts';
import type { Recorder } from './recorder.ts';

/** What a program is given when it starts. */
export interface SandboxEnv {
  /** The process's name, and that of its machine. */
  readonly name: string;
  /** 1 for its first life, 2 after the first restart, and so on. */
  readonly incarnation: number;
  /** Where to find the cluster, as `host:port`. */
  readonly brokers: readonly string[];
  /** Loads CommonJS modules and packages into this process alone. Node's own modules are substituted. */
  readonly require: Require;
  /** Writes into the history what the application asks of Kafka and is told, for the checkers to judge. */
  readonly record: Recorder;
  /** Called when faults are healed and nothing new shall be sent. */
  onStop(stop: () => void): void;
  /** Asked from then on: why the program is not yet where it wants to be, or undefined. What never comes is a finding. */
  eventually(missing: () => string | undefined): void;
}

interface Common {
  /** Names the process and its machine: `client(name)` in faults. */
  readonly name: string;
  /** Its process.env; empty by default. */
  readonly env?: Readonly<Record<string, string>>;
}
/** The function is called in the process, whenever it starts. It belongs to the test's own modules: what it shall not share it loads by env.require. */
export interface FunctionProgram extends Common {
  readonly start: (env: SandboxEnv) => void | Promise<void>;
}
/** A CommonJS file, evaluated anew whenever the process starts. If it exports a function `start`, that is called. */
export interface ModuleProgram extends Common {
  readonly module: string;
}
/** A process of a sandbox: a function of the test, or a file. */
export type SandboxProgram = FunctionProgram | ModuleProgram;
