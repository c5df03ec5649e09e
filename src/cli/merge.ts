/**
 * The shards of a swarm, played anywhere, put together again: their runs are handed over in the order of the whole swarm, so that all that
 * is made of them is what one unsharded swarm would have made. Owns reading `runs.jsonl`, and refusing one that its summary belies.
 */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SwarmHash } from '../simulation/history/swarm-hash.ts';
import { UsageError } from './exit.ts';
import type { SeedSummary } from './seed-run.ts';
import { indexOf, taskAt } from './swarm-plan.ts';
import { readRecord, type ShardFolder, shardProblems } from './swarm-record.ts';

/** The shards in these folders; a usage error names everything that keeps them from being one swarm. */
export function openShards(paths: readonly string[]): readonly ShardFolder[] {
  const read = paths.map(readRecord);
  const folders = read.filter((each) => typeof each !== 'string');
  const problems = [...read.filter((each) => typeof each === 'string'), ...shardProblems(folders)];
  if (problems.length > 0) throw new UsageError(`these folders are not the shards of one swarm:\n${problems.map((each) => `  ${each}`).join('\n')}`);
  return folders;
}

/** Hands over every run of the shards, in the order of the swarm. Holds one run of each shard at a time. */
export async function mergeShards(folders: readonly ShardFolder[], done: (index: number, summary: SeedSummary) => void): Promise<void> {
  const sources = folders.map((folder) => runsIn(folder));
  const heads = await Promise.all(sources.map(async (source) => (await source.next()).value));
  for (;;) {
    let first: number | undefined;
    for (const [at, head] of heads.entries())
      if (head !== undefined && (first === undefined || head.index < (heads[first]?.index ?? Number.POSITIVE_INFINITY))) first = at;
    const head = first === undefined ? undefined : heads[first];
    if (first === undefined || head === undefined) return;
    done(head.index, head.summary);
    heads[first] = (await sources[first]?.next())?.value;
  }
}

interface IndexedRun {
  readonly index: number;
  readonly summary: SeedSummary;
}

/** The runs of one shard. A usage error when the file does not hold exactly those that the summary counts. */
async function* runsIn({ path, record }: ShardFolder): AsyncGenerator<IndexedRun, undefined> {
  const file = join(path, 'runs.jsonl');
  const hash = new SwarmHash();
  let runs = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      const { index, ...summary }: { readonly index: number } & SeedSummary = JSON.parse(line);
      const belongs = index >= 0 && (index - indexOf(record.shard, 0)) % record.shard.of === 0 && summary.seed === taskAt(record.plan, index).seed;
      if (!belongs) throw new Error(`line ${runs + 1} is no run of this shard`);
      hash.add(summary.traceHash);
      runs++;
      yield { index, summary };
    }
    if (runs !== record.runs || hash.digest() !== record.traceHash) throw new Error(`it holds ${runs} runs, its summary counts ${record.runs}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new UsageError(`${file} is damaged (${why}). Play shard ${record.shard.index}/${record.shard.of} again.`);
  }
  return undefined;
}
