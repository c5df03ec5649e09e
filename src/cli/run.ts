/** `faultline run`: a swarm of random scenarios. */
import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { meaningOf } from '../simulation/checker/meaning.ts';
import { faultKinds } from '../simulation/nemesis/fault.ts';
import { type ProfileName, profileNames } from '../simulation/scenario/arbitrary/profile.ts';
import { seedOf } from '../simulation/scenario/seeds.ts';
import { ExitCode, UsageError, worseExit } from './exit.ts';
import { baseText, minuteCount, seedCount, seedNumber, workerCount } from './options.ts';
import { OutFolder } from './out-folder.ts';
import { startProgress } from './progress.ts';
import { commandLine, replayCommand } from './replay-command.ts';
import type { SeedSummary } from './seed-run.ts';
import { playSwarm } from './swarm.ts';
import { table } from './table.ts';
import { type SwarmTotals, Tally } from './tally.ts';

interface RunOptions {
  readonly seeds?: number;
  readonly base: string;
  readonly seed?: number;
  readonly minutes?: number;
  readonly profile?: ProfileName;
  readonly workers?: number;
  readonly out?: string;
  readonly json?: true;
}

const defaultSeeds = 100;

export function addRun(program: Command, end: (code: ExitCode) => void): void {
  program
    .command('run')
    .description('Play random scenarios, one a seed: a cluster lives through faults and is checked after every event.')
    .option('--seeds <n>', `how many seeds to play (default ${defaultSeeds})`, seedCount)
    .option('--base <text>', 'what the seeds are derived from, such as the hash of a commit', baseText, '1')
    .option('--seed <s>', 'play this one seed instead', seedNumber)
    .option('--minutes <m>', 'begin no seed after this time; without --seeds there is no other end', minuteCount)
    .addOption(new Option('--profile <name>', 'draw scenarios of one family only (default: of all)').choices(profileNames))
    .option('--workers <w>', 'worker processes (default: one for each processor)', workerCount)
    .option('--out <folder>', 'where details and scenarios of findings go (default reports/<time>/)')
    .option('--json', 'print the totals as JSON, as the last line')
    .action(async (options: RunOptions) => end(await run(options)));
}

async function run(options: RunOptions): Promise<ExitCode> {
  const { seed, profile } = options;
  if (seed !== undefined && options.seeds !== undefined) throw new UsageError('--seed plays one seed; leave out --seeds, or --seed.');
  const runs = seed !== undefined ? 1 : (options.seeds ?? (options.minutes === undefined ? defaultSeeds : Number.POSITIVE_INFINITY));
  const out = new OutFolder(options.out);
  const tally = new Tally();
  const say = (text: string): void => void (options.json === true ? process.stderr : process.stdout).write(`${text}\n`);
  const interrupt = new Interrupt();
  const progress = startProgress(Number.isFinite(runs) ? runs : undefined);
  const startMs = performance.now();
  await playSwarm({
    taskAt: (index) => ({ seed: seed ?? seedOf(options.base, index), ...(profile === undefined ? {} : { profile }) }),
    runs,
    limitMs: options.minutes === undefined ? Number.POSITIVE_INFINITY : options.minutes * 60_000,
    workers: Math.min(options.workers ?? availableParallelism(), runs),
    stop: interrupt.signal,
    done: (summary) => {
      tally.add(summary);
      out.run(summary);
      if (summary.verdict === 'finding' || summary.verdict === 'unknown') {
        progress.makeRoom();
        for (const line of describeRun(summary, out.scenario(summary))) say(line);
      }
      progress.update(tally.runs, tally.findings);
    },
  });
  progress.stop();
  interrupt.end();
  const totals = tally.totals(performance.now() - startMs);
  out.totals(totals, tally.coverage);
  if (interrupt.by !== undefined) say(`Stopped by ${interrupt.by} after ${tally.runs} runs${Number.isFinite(runs) ? ` of ${runs}` : ''}.`);
  if (options.json === true) process.stdout.write(`${JSON.stringify(totals)}\n`);
  else for (const part of [totalsTable(totals, tally), faultTable(totals), coverageTable(tally)]) say(`${part}\n`);
  if (out.problem === undefined) say(`Details: ${out.path}`);
  else process.stderr.write(`faultline: ${out.problem}\n`);
  // A swarm that was cut short, or whose record is lost, is no pass.
  return interrupt.by === undefined && out.problem === undefined ? tally.exitCode : worseExit(tally.exitCode, ExitCode.unknown);
}

/** How many findings of one run are told at once: the first ones come nearest to the cause, the replay tells all. */
const told = 4;
const longestMessage = 300;

/** What went wrong in one run, and how to see it again. `file`: its scenario, if it could be written. */
function describeRun(summary: SeedSummary, file: string | undefined): readonly string[] {
  const bad = summary.findings.filter((finding) => finding.verdict !== 'excused').sort((a, b) => a.timeUs - b.timeUs);
  const lines = bad.slice(0, told).flatMap((finding) => {
    const meaning = meaningOf(finding.anomaly);
    const message = finding.message.split('\n')[0] ?? '';
    const short = message.length > longestMessage ? `${message.slice(0, longestMessage)}...` : message;
    return [
      `  ${(finding.timeUs / 1e6).toFixed(3)} s  ${finding.anomaly} at ${finding.place}${meaning === undefined ? '' : `: ${meaning}`}`,
      `      ${short}`,
    ];
  });
  if (bad.length > told) lines.push(`  and ${bad.length - told} more`);
  const what =
    summary.verdict === 'finding'
      ? `FINDING in seed ${summary.seed}: a promise of the cluster was broken`
      : `UNKNOWN: nobody can judge seed ${summary.seed}`;
  const family = summary.profile === undefined ? [] : ['--profile', summary.profile];
  const again = file === undefined ? commandLine('run', '--seed', String(summary.seed), ...family) : replayCommand(file);
  return [what, ...lines, `  run's trace hash: ${summary.traceHash === '' ? 'none' : summary.traceHash}`, `  replay: ${again}`, ''];
}

/** The first Ctrl-C or SIGTERM ends the swarm in order, the second at once. */
class Interrupt {
  readonly #controller = new AbortController();
  readonly #hear = (signal: NodeJS.Signals): void => {
    this.by = signal;
    this.end();
    this.#controller.abort();
  };
  /** The signal that came, if one did. */
  by: NodeJS.Signals | undefined;

  constructor() {
    for (const signal of interruptions) process.on(signal, this.#hear);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Signals do again what they always do. */
  end(): void {
    for (const signal of interruptions) process.off(signal, this.#hear);
  }
}

const interruptions = ['SIGINT', 'SIGTERM'] as const;

function totalsTable(totals: SwarmTotals, tally: Tally): string {
  const perSecond = totals.wallSeconds > 0 ? totals.virtualSeconds / totals.wallSeconds : 0;
  return table([
    ['runs', totals.runs],
    ['findings', totals.findings],
    ['excused', totals.excused],
    ['unknown', totals.unknown],
    ['acknowledged records', tally.acknowledged],
    ['events', totals.events],
    ['virtual seconds', totals.virtualSeconds],
    ['wall seconds', totals.wallSeconds],
    ['virtual seconds a second', perSecond],
    [totals.runs === 1 ? 'trace hash of the swarm' : 'trace hash', totals.traceHash],
    ...tally.onlyTrace.map((hash): [string, string] => ['trace hash of the run', hash]),
  ]);
}

const faultTable = (totals: SwarmTotals): string =>
  table([['fault', 'runs in which it fired'], ...faultKinds.map((kind): [string, number] => [kind, totals.faultsFired[kind] ?? 0])]);

const coverageTable = (tally: Tally): string =>
  table([['event', 'runs', 'times'], ...[...tally.coverage].map(([kind, { runs, times }]): [string, number, number] => [kind, runs, times])]);
