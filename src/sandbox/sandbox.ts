/**
 * Plays a scenario with programs that know nothing of the virtual world: unmodified npm clients and the user's own service, as processes on
 * machines of the cluster's network. Owns the loop: one event of the world, then all that came of it in promises and ticks, then the next.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { RunEnd, Simulator } from '../io/virtual/simulator.ts';
import type { RunResult } from '../simulation/run/result.ts';
import { Run, type SimulateOptions } from '../simulation/run/simulate.ts';
import type { Scenario } from '../simulation/scenario.ts';
import { kafkajsProgram } from './applications/kafkajs.ts';
import { isTouched, leave } from './current.ts';
import { SandboxProcesses } from './processes.ts';
import type { SandboxProgram } from './program.ts';
import { substituteAll } from './substitutes/all.ts';

/** What is played, with whom. */
export interface SandboxOptions extends SimulateOptions {
  readonly scenario: Scenario;
  /** Beside those that the scenario names. Each has a machine of its own. */
  readonly processes?: readonly SandboxProgram[];
  /** Shorter timers of processes fire after so long: kafkajs keeps one of 1 ms for each connection. 1 is as real as it gets; default 10. */
  readonly timerFloorMs?: number;
  /** A file or folder from whose place env.require finds packages; default the working directory. A folder ends with a slash. */
  readonly resolveFrom?: string;
}

/** The sandbox cannot begin: something that it needs is not there, or another one runs. */
export class SandboxSetupError extends Error {}

let running = false;

/**
 * Plays the scenario to its end. The same scenario and programs give the same result, to the last event. Meanwhile the processes' timers,
 * clocks, sockets and chance are substituted in this Node; code outside the processes keeps the real ones.
 */
export async function runSandbox(options: SandboxOptions): Promise<RunResult> {
  const { scenario, timerFloorMs = 10, resolveFrom = join(process.cwd(), '/') } = options;
  if (running) throw new SandboxSetupError('a sandbox runs already in this process: wait for its end');
  const planned = scenario.workload.sandbox ?? [];
  if (planned.length > 0) needKafkaJs(resolveFrom);
  const programs = [...planned.map(kafkajsProgram), ...(options.processes ?? [])];
  const processes = new SandboxProcesses(programs, { scenario, timerFloorMs, resolveFrom });
  const run = new Run(scenario, options, processes);
  running = true;
  const substitutions = substituteAll();
  try {
    const play = run.play();
    for (let step = play.next(); !step.done; ) {
      try {
        step = play.next(await advance(run.simulator, step.value));
      } catch (error) {
        step = play.throw(error);
      }
    }
    return run.judge();
  } finally {
    leave();
    substitutions.restore();
    running = false;
  }
}

function needKafkaJs(from: string): void {
  try {
    createRequire(from).resolve('kafkajs');
  } catch {
    throw new SandboxSetupError(`this scenario runs kafkajs, which is not installed in ${from}: run "npm install kafkajs@2" there`);
  }
}

/** Node's own, taken before anything is substituted. */
const later = setImmediate;
/** Turns in one go, before the world outside gets its turn. */
const turns = 64;

/**
 * Lets the world go on. Each turn is one immediate: Node runs all ticks and microtasks between two of them, to the last, and nothing else.
 * A turn ends with the first event that was handed to a process.
 */
function advance(simulator: Simulator, untilUs: number): Promise<RunEnd> {
  return new Promise((resolve, reject) => {
    let over = false;
    const turn = (): void => {
      leave();
      if (over) return;
      try {
        let end: RunEnd | undefined;
        do end = simulator.step(untilUs);
        while (end === undefined && !isTouched());
        if (end === undefined) return;
        over = true;
        resolve(end);
      } catch (error) {
        over = true;
        reject(error);
      }
    };
    const round = (): void => {
      leave();
      if (over) return;
      for (let count = 0; count < turns; count++) later(turn);
      later(round);
    };
    later(round);
  });
}
