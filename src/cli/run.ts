/** `faultline run`: a swarm of random scenarios. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { faultKinds } from '../simulation/nemesis/fault.ts';
import { seedOf } from '../simulation/scenario/seeds.ts';
import { type ExitCode, UsageError } from './exit.ts';
import { minuteCount, seedCount, seedNumber, workerCount } from './options.ts';
import { OutFolder } from './out-folder.ts';
import { startProgress } from './progress.ts';
import { replayCommand } from './replay-command.ts';
import type { SeedSummary } from './seed-run.ts';
import { playSwarm } from './swarm.ts';
import { table } from './table.ts';
import { type SwarmTotals, Tally } from './tally.ts';

interface RunOptions {
  readonly seeds?: number;
  readonly base: string;
  readonly seed?: number;
  readonly minutes?: number;
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
    .option('--base <text>', 'what the seeds are derived from, such as the hash of a commit', '1')
    .option('--seed <s>', 'play this one seed instead', seedNumber)
    .option('--minutes <m>', 'begin no seed after this time; without --seeds there is no other end', minuteCount)
    .option('--workers <w>', 'worker processes (default: one for each processor)', workerCount)
    .option('--out <folder>', 'where details and scenarios of findings go (default reports/<time>/)')
    .option('--json', 'print the totals as JSON, as the last line')
    .action(async (options: RunOptions) => end(await run(options)));
}

async function run(options: RunOptions): Promise<ExitCode> {
  const { seed } = options;
  if (seed !== undefined && options.seeds !== undefined) throw new UsageError('--seed plays one seed; leave out --seeds, or --seed.');
  const runs = seed !== undefined ? 1 : (options.seeds ?? (options.minutes === undefined ? defaultSeeds : Number.POSITIVE_INFINITY));
  const out = new OutFolder(options.out);
  const tally = new Tally();
  const progress = startProgress(Number.isFinite(runs) ? runs : undefined);
  const startMs = performance.now();
  const bad: string[] = [];
  let done = 0;
  let findings = 0;
  await playSwarm({
    seedAt: (index) => seed ?? seedOf(options.base, index),
    runs,
    limitMs: options.minutes === undefined ? Number.POSITIVE_INFINITY : options.minutes * 60_000,
    workers: Math.min(options.workers ?? availableParallelism(), runs),
    done: (summary) => {
      tally.add(summary);
      out.run(summary);
      if (summary.verdict === 'finding') findings++;
      if (summary.verdict === 'finding' || summary.verdict === 'unknown') bad.push(...describe(summary, out));
      progress.update(++done, findings);
    },
  });
  progress.stop();
  const totals = tally.totals(performance.now() - startMs);
  out.totals(totals, tally.coverage);
  const say = (text: string): void => void (options.json === true ? process.stderr : process.stdout).write(`${text}\n`);
  for (const line of bad) say(line);
  if (options.json === true) process.stdout.write(`${JSON.stringify(totals)}\n`);
  else for (const part of [totalsTable(totals, tally), faultTable(totals), coverageTable(tally), `Details: ${out.path}`]) say(`${part}\n`);
  return tally.exitCode;
}

/** What went wrong in one run, and how to see it again. */
function describe(summary: SeedSummary, out: OutFolder): readonly string[] {
  const lines = summary.findings
    .filter((finding) => finding.verdict !== 'excused')
    .map((finding) => `  ${finding.anomaly} at ${finding.place}, ${(finding.timeUs / 1e6).toFixed(3)} s: ${finding.message.split('\n')[0]}`);
  return [`Seed ${summary.seed}: ${summary.verdict}`, ...lines, `  replay: ${replayCommand(out.scenario(summary))}`];
}

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
    ['trace hash', totals.traceHash],
  ]);
}

const faultTable = (totals: SwarmTotals): string =>
  table([['fault', 'runs in which it fired'], ...faultKinds.map((kind): [string, number] => [kind, totals.faultsFired[kind] ?? 0])]);

const coverageTable = (tally: Tally): string =>
  table([['event', 'runs', 'times'], ...[...tally.coverage].map(([kind, { runs, times }]): [string, number, number] => [kind, runs, times])]);
