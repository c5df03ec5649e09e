/** Shards are together exactly the swarm, and so are the records that they leave. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { mergeShards, openShards } from '../../src/cli/merge.ts';
import type { SeedSummary } from '../../src/cli/seed-run.ts';
import { indexOf, isRechecked, runsOf, type Shard, type SwarmPlan, taskAt, whole } from '../../src/cli/swarm-plan.ts';
import { recordFormat, type SwarmRecord } from '../../src/cli/swarm-record.ts';
import { Tally } from '../../src/cli/tally.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-shards-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plan: SwarmPlan = { from: { base: 'b' }, seeds: 10, recheckPercent: 10 };
const shardsOf = (of: number): readonly Shard[] => Array.from({ length: of }, (_, at) => ({ index: at + 1, of }));
const indices = (of: SwarmPlan, shard: Shard): readonly number[] => Array.from({ length: runsOf(of, shard) }, (_, nth) => indexOf(shard, nth));

describe('shards', () => {
  test('are disjoint and together the swarm, with its seeds and its second plays', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 40 }), (seeds, of) => {
        const swarm = { ...plan, seeds };
        const parts = shardsOf(of).flatMap((shard) => indices(swarm, shard));
        expect([...parts].sort((a, b) => a - b)).toEqual(indices(swarm, whole));
        expect(new Set(parts).size).toBe(seeds);
      }),
    );
    expect(indices(plan, { index: 2, of: 4 })).toEqual([1, 5, 9]);
    expect(runsOf({ ...plan, seeds: null }, { index: 2, of: 4 })).toBe(Number.POSITIVE_INFINITY);
  });
  test('play the share twice that was asked for, each of them', () => {
    for (const percent of [0, 0.5, 2, 30, 100])
      for (const shard of [whole, ...shardsOf(7)]) {
        const swarm = { ...plan, seeds: 70_000, recheckPercent: percent };
        const all = indices(swarm, shard);
        const share = all.filter((index) => isRechecked(swarm, index)).length / all.length;
        expect(Math.abs(share - percent / 100)).toBeLessThan(0.001);
      }
    expect(isRechecked({ ...plan, recheckPercent: 0.01 }, 0)).toBe(true);
  });
});

const summaryOf = (index: number): SeedSummary => ({
  ...taskAt(plan, index),
  verdict: index === 4 ? 'finding' : 'ok',
  findings: index === 4 ? [{ checker: 'c', anomaly: 'lost-write', place: 'p-0', message: 'm', timeUs: 1, verdict: 'finding' }] : [],
  unmet: [],
  faultsFired: [],
  faultKinds: index % 2 === 0 ? ['crash'] : ['pause'],
  coverage: [['truncation', index]],
  acknowledged: index,
  events: 10 + index,
  virtualUs: 1_000_000,
  wallMs: 5,
  traceHash: `${index}`.repeat(16),
  ...(isRechecked(plan, index) ? { rechecked: true } : {}),
});

let made = 0;
/** A folder as a shard leaves it; `change` makes its record another one, `lines` its runs. */
function shardFolder(shard: Shard, change: Partial<SwarmRecord> = {}, lines: (lines: string[]) => string[] = (all) => all): string {
  const path = join(folder, `shard-${++made}`);
  mkdirSync(path);
  const tally = new Tally();
  const runs = indices(plan, shard).map((index) => {
    tally.add(summaryOf(index));
    return JSON.stringify({ index, ...summaryOf(index) });
  });
  writeFileSync(
    join(path, 'runs.jsonl'),
    lines(runs)
      .map((line) => `${line}\n`)
      .join(''),
  );
  const record: SwarmRecord = { format: recordFormat, program: 'p', plan, shard, incomplete: [], ...tally.totals(1000), coverage: {}, ...change };
  writeFileSync(join(path, 'summary.json'), JSON.stringify(record));
  return path;
}

describe('merged shards', () => {
  test('are, run for run, the unsharded swarm: the same order, totals and hash', async () => {
    const swarm = new Tally();
    for (const index of indices(plan, whole)) swarm.add(summaryOf(index));
    for (const of of [1, 3, 4, 12]) {
      const merged = new Tally();
      const order: number[] = [];
      await mergeShards(openShards([...shardsOf(of)].reverse().map((shard) => shardFolder(shard))), (index, summary) => {
        order.push(index);
        merged.add(summary);
      });
      expect(order).toEqual(indices(plan, whole));
      expect(merged.totals(7)).toEqual(swarm.totals(7));
    }
    expect(swarm.totals(7)).toMatchObject({ runs: 10, findings: 1, rechecked: 2 });
  });
  test('name those that are missing, and those that are there twice', () => {
    const [first, second, , fourth] = shardsOf(5).map((shard) => shardFolder(shard));
    expect(() => openShards([first ?? '', fourth ?? '', second ?? '', first ?? ''])).toThrow(
      `shard 1/5 is there 2 times: ${first}, ${first}\n  missing: shard 3/5, shard 5/5`,
    );
  });
  test.each<[string, Partial<SwarmRecord>, string]>([
    ['base', { plan: { ...plan, from: { base: 'other' } } }, 'seeds from: base b in '],
    ['profile', { plan: { ...plan, profile: 'rebalance' } }, 'profile: all in '],
    ['number of seeds', { plan: { ...plan, seeds: 11 } }, 'seeds: 10 in '],
    ['share of second plays', { plan: { ...plan, recheckPercent: 0 } }, 'runs played twice, percent: 10 in '],
    ['program', { program: 'another' }, 'program: p in '],
    ['division', { shard: { index: 2, of: 3 } }, 'number of shards: 2 in '],
  ])('are refused when they differ in their %s', (_, change, message) => {
    expect(() => openShards([shardFolder({ index: 1, of: 2 }), shardFolder({ index: 2, of: 2 }, change)])).toThrow(message);
  });
  test('are refused when a folder is none of a swarm, or of another format', () => {
    const other = shardFolder({ index: 2, of: 2 });
    writeFileSync(join(other, 'summary.json'), readFileSync(join(other, 'summary.json'), 'utf8').replace('"format":1', '"format":2'));
    expect(() => openShards([shardFolder({ index: 1, of: 2 }), other, '/nowhere'])).toThrow(
      /summary.json has another format[\s\S]*\/nowhere is not the folder of a swarm that came to its end/,
    );
  });
  test.each<[string, (lines: string[]) => string[]]>([
    ['lack their end', (lines) => lines.slice(0, -1)],
    ['are cut within a line', (lines) => lines.map((line, at) => (at === 2 ? line.slice(0, 40) : line))],
    ['hold a run of another shard', (lines) => lines.map((line, at) => (at === 1 ? JSON.stringify({ index: 1, ...summaryOf(1) }) : line))],
    ['hold a run of another swarm', (lines) => lines.map((line, at) => (at === 1 ? line.replace(/"seed":\d+/, '"seed":5') : line))],
    ['hold another history', (lines) => lines.map((line, at) => (at === 1 ? line.replace(/"traceHash":"\d/, '"traceHash":"f') : line))],
  ])('are refused when the runs of one %s', async (_, change) => {
    const shards = openShards([shardFolder({ index: 1, of: 2 }, {}, change), shardFolder({ index: 2, of: 2 })]);
    await expect(mergeShards(shards, () => undefined)).rejects.toThrow(/runs.jsonl is damaged .*Play shard 1\/2 again/);
  });
});
