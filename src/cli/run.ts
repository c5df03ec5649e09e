/** `faultline run`: a swarm of random scenarios, played here, in shards, or put together from shards. */
import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { type ProfileName, profileNames } from '../simulation/profile-name.ts';
import { type ExitCode, UsageError } from './exit.ts';
import { Interrupt } from './interrupt.ts';
import { mergeShards, openShards } from './merge.ts';
import { baseText, minuteCount, percentage, secondCount, seedCount, seedNumber, shardOf, workerCount } from './options.ts';
import { Shrinkers } from './shrinkers.ts';
import { playSwarm } from './swarm.ts';
import { indexOf, isRechecked, runsOf, type Shard, type SwarmPlan, taskAt, whole } from './swarm-plan.ts';
import { SwarmTeller } from './swarm-teller.ts';

interface RunOptions {
  readonly seeds?: number;
  readonly base: string;
  readonly seed?: number;
  readonly minutes?: number;
  readonly profile?: ProfileName;
  readonly workers?: number;
  readonly seedTimeout: number;
  readonly recheck: number;
  readonly shrink: boolean;
  readonly shard?: Shard;
  readonly merge?: readonly string[];
  readonly out?: string;
  readonly junit?: string;
  readonly json?: true;
}

const defaultSeeds = 100;
const playing = ['seeds', 'base', 'seed', 'minutes', 'profile', 'workers', 'seedTimeout', 'recheck', 'shard'];

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
    .option('--seed-timeout <seconds>', 'a run that takes longer hangs: its process is killed, which is a finding', secondCount, 120)
    .option('--recheck <percent>', 'share of the runs that are played twice, in two processes, and compared', percentage, 2)
    .option('--no-shrink', 'do not make what is found small, nor tell its story')
    .option('--shard <i/n>', 'play the i-th of n parts of the swarm, on this machine', shardOf)
    .addOption(new Option('--merge <folders...>', 'play nothing: add up the --out folders of all shards').conflicts(playing))
    .option('--out <folder>', 'where details and scenarios of findings go (default reports/<time>/)')
    .option('--junit <file>', 'write JUnit XML for a CI server')
    .option('--json', 'print the totals as JSON, as the last line')
    .action(async (options: RunOptions) => end(await (options.merge === undefined ? run(options) : merge(options.merge, options))));
}

async function run(options: RunOptions): Promise<ExitCode> {
  const { seed } = options;
  if (seed !== undefined && options.seeds !== undefined) throw new UsageError('--seed plays one seed; leave out --seeds, or --seed.');
  if (seed !== undefined && options.shard !== undefined) throw new UsageError('--seed plays one seed; leave out --shard, or --seed.');
  const plan = planOf(options);
  const shard = options.shard ?? whole;
  const runs = runsOf(plan, shard);
  const limitMs = options.minutes === undefined ? Number.POSITIVE_INFINITY : options.minutes * 60_000;
  const teller = new SwarmTeller({ ...output(options), plan, shard, extent: { runs, limitMs } });
  const interrupt = new Interrupt();
  const startMs = performance.now();
  const workers = Math.min(options.workers ?? availableParallelism(), runs);
  const runLimitMs = options.seedTimeout * 1000;
  const shrinkers = new Shrinkers({ runLimitMs, stop: interrupt.signal, told: (task, outcome) => teller.hearSmall(task, outcome) });
  await playSwarm({
    taskAt: (nth) => taskAt(plan, indexOf(shard, nth)),
    isRechecked: (nth) => isRechecked(plan, indexOf(shard, nth)),
    runs,
    limitMs,
    seedLimitMs: runLimitMs,
    workers,
    stop: interrupt.signal,
    done: (nth, summary) => {
      const fresh = teller.hear(indexOf(shard, nth), summary);
      if (options.shrink) shrinkers.take(summary, fresh);
    },
  });
  const wallMs = performance.now() - startMs;
  const cutShort =
    interrupt.by === undefined || teller.runs === runs
      ? []
      : [`Stopped by ${interrupt.by} after ${teller.runs} runs${Number.isFinite(runs) ? ` of ${runs}` : ''}.`];
  teller.played(shrinkers.open);
  await shrinkers.finish(workers);
  interrupt.end();
  return teller.end(wallMs, cutShort);
}

/** All runs of the shards, as if they were played here, one after the other. */
async function merge(paths: readonly string[], options: RunOptions): Promise<ExitCode> {
  const folders = openShards(paths);
  const [first] = folders;
  if (first === undefined) throw new UsageError('name the folders of the shards after --merge.');
  const total = folders.reduce((sum, { record }) => sum + record.runs, 0);
  const extent = { runs: total, limitMs: Number.POSITIVE_INFINITY };
  const teller = new SwarmTeller({ ...output(options), plan: first.record.plan, shard: whole, extent });
  await mergeShards(folders, (index, summary) => teller.hear(index, summary));
  const wallMs = folders.reduce((sum, { record }) => sum + record.wallSeconds * 1000, 0);
  const cutShort = folders.flatMap(({ path, record }) =>
    record.incomplete.map((why) => `Shard ${record.shard.index}/${record.shard.of} (${path}): ${why}`),
  );
  return teller.end(wallMs, cutShort);
}

function planOf({ seed, base, seeds, minutes, profile, recheck }: RunOptions): SwarmPlan {
  return {
    from: seed === undefined ? { base } : { seed },
    ...(profile === undefined ? {} : { profile }),
    seeds: seed !== undefined ? 1 : (seeds ?? (minutes === undefined ? defaultSeeds : null)),
    recheckPercent: recheck,
  };
}

const output = ({
  out,
  junit,
  json,
}: RunOptions): { readonly out: string | undefined; readonly junit: string | undefined; readonly json: boolean } => ({
  out,
  junit,
  json: json === true,
});
