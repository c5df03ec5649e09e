/**
 * `npm run test:crashes [states] [seed]`: recovers a log from so many distinct crash states, 100,000 unless told, on all cores, and says what was
 * wrong with the first that was not as it should be.
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { Exploration } from '../../../src/simulation/crash-state/explore.ts';
import { kafkaLogPlan } from '../../../src/simulation/crash-state/log-host.ts';
import { compactionScripts, logScripts, transactionScripts } from './scripts.ts';

/** What a worker tells after each script: the contents that are new to it. */
interface Told {
  readonly states: readonly string[];
  readonly recoveries: number;
  readonly problem: string | undefined;
}

const exhaustive = 6;
const scriptsPerKind = 24;

const wanted = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? 1);
const worker = process.argv[4] === undefined ? undefined : Number(process.argv[4]);
if (worker === undefined) await lead();
else work(worker);

/** Plays scripts of its own until it is killed. */
function work(number: number): void {
  const exploration = new Exploration(kafkaLogPlan, { exhaustive });
  let told = 0;
  const playBatch = (batch: number): void => {
    const from = seed * 1_000_003 + batch * availableParallelism() + number;
    const scripts = [logScripts, transactionScripts, compactionScripts].flatMap((drawn) => drawn(from, scriptsPerKind));
    const playNext = (index: number): void => {
      const script = scripts[index];
      if (script === undefined) {
        playBatch(batch + 1);
        return;
      }
      exploration.play(script);
      const states = exploration.states.slice(told);
      told += states.length;
      const problem = exploration.problem === undefined ? undefined : `${exploration.problem}\n  in ${JSON.stringify(script)}`;
      const next: Told = { states, recoveries: exploration.recoveries, problem };
      process.send?.(next, () => {
        if (problem === undefined) setImmediate(() => playNext(index + 1));
      });
    };
    playNext(0);
  };
  playBatch(0);
}

async function lead(): Promise<void> {
  const begun = performance.now();
  const states = new Set<string>();
  const recoveries = new Map<number, number>();
  const workers = Array.from({ length: availableParallelism() }, (_, number) =>
    fork(new URL(import.meta.url), [String(wanted), String(seed), String(number)], { execArgv: process.execArgv }),
  );
  const problem = await new Promise<string | undefined>((resolve) => {
    for (const [number, each] of workers.entries()) {
      each.on('message', (message) => {
        const told = message as Told;
        for (const state of told.states) states.add(state);
        recoveries.set(number, told.recoveries);
        if (told.problem !== undefined) resolve(told.problem);
        else if (states.size >= wanted) resolve(undefined);
      });
      each.on('exit', (code, signal) => resolve(`worker ${number} ended with ${code ?? signal}`));
    }
  });
  for (const each of workers) each.kill('SIGKILL');
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const judged = [...recoveries.values()].reduce((sum, count) => sum + count, 0);
  console.log(`${states.size} distinct crash states, ${judged} recoveries judged, ${seconds} s on ${workers.length} cores`);
  console.log(
    `bound: all subsets of the last ${exhaustive} un-synced changes, older ones all or none, one torn write, every prefix of un-synced names`,
  );
  if (problem === undefined) return;
  console.error(`after a power loss ${problem}`);
  process.exitCode = 1;
}
