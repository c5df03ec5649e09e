/**
 * What a swarm, or one shard of it, says of itself in `summary.json`: which runs it is made of, by which program, and how it ended. Owns
 * reading it back and the question which records are parts of one swarm.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Shard, SwarmPlan } from './swarm-plan.ts';
import type { SwarmTotals } from './tally.ts';

export interface SwarmRecord extends SwarmTotals {
  /** Of this file and of runs.jsonl. */
  readonly format: typeof recordFormat;
  readonly program: string;
  readonly plan: SwarmPlan;
  readonly shard: Shard;
  /** Why it is no pass whatever its runs found: it was cut short, its details are lost. */
  readonly incomplete: readonly string[];
  /** Kind of event to the runs it occurred in and how often in all. */
  readonly coverage: Readonly<Record<string, { readonly runs: number; readonly times: number }>>;
}

export const recordFormat = 1;

/** A folder of a shard that came to its end. */
export interface ShardFolder {
  readonly path: string;
  readonly record: SwarmRecord;
}

/** The record in a folder, or why there is none that can be read. */
export function readRecord(path: string): ShardFolder | string {
  try {
    const record: SwarmRecord = JSON.parse(readFileSync(join(path, 'summary.json'), 'utf8'));
    if (record?.format !== recordFormat) return `${path}/summary.json has another format; this program reads format ${recordFormat}`;
    return { path, record };
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    return `${path} is not the folder of a swarm that came to its end (${why})`;
  }
}

/** Why these are not exactly the shards of one swarm, each problem with the folders it is about; empty when they are. */
export function shardProblems(folders: readonly ShardFolder[]): readonly string[] {
  const [first, ...rest] = folders;
  if (first === undefined) return [];
  const differing = rest.flatMap((folder) => differences(first, folder));
  if (differing.length > 0) return differing;
  const { of } = first.record.shard;
  const problems: string[] = [];
  const missing: number[] = [];
  for (let index = 1; index <= of; index++) {
    const holders = folders.filter(({ record }) => record.shard.index === index);
    if (holders.length === 0) missing.push(index);
    if (holders.length > 1) problems.push(`shard ${index}/${of} is there ${holders.length} times: ${holders.map(({ path }) => path).join(', ')}`);
  }
  if (missing.length > 0) problems.push(`missing: ${missing.map((index) => `shard ${index}/${of}`).join(', ')}`);
  return problems;
}

function differences(first: ShardFolder, other: ShardFolder): readonly string[] {
  const facts = ({ record }: ShardFolder): readonly (readonly [string, string])[] => [
    ['program', record.program],
    ['seeds from', 'base' in record.plan.from ? `base ${record.plan.from.base}` : `seed ${record.plan.from.seed}`],
    ['profile', record.plan.profile ?? 'all'],
    ['seeds', String(record.plan.seeds ?? 'until the clock ends it')],
    ['runs played twice, percent', String(record.plan.recheckPercent)],
    ['number of shards', String(record.shard.of)],
  ];
  const theirs = new Map(facts(other));
  return facts(first)
    .filter(([name, value]) => theirs.get(name) !== value)
    .map(([name, value]) => `${name}: ${value} in ${first.path}, ${theirs.get(name)} in ${other.path}`);
}
