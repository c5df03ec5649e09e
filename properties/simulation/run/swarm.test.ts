/** What a default seed is, and what a swarm of them sees. One swarm, played once by the command line's worker processes, serves all of it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runSeed, type SeedSummary } from '../../../src/cli/seed-run.ts';
import { meaningOf } from '../../../src/simulation/checker/meaning.ts';
import { profiles } from '../../../src/simulation/scenario/arbitrary/profile.ts';
import { scenarioOfSeed } from '../../../src/simulation/scenario/arbitrary.ts';
import { seedOf } from '../../../src/simulation/scenario/seeds.ts';

const seeds = 200;
const base = 'swarm-3';
const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'faultline-swarm-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Plays the swarm; answers every run in seed order. */
async function play(): Promise<readonly SeedSummary[]> {
  const child = spawn(process.execPath, [main, 'run', '--seeds', String(seeds), '--base', base, '--workers', '2', '--out', folder], {
    stdio: 'ignore',
  });
  await new Promise((resolve) => child.on('exit', resolve));
  const lines = readFileSync(join(folder, 'runs.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line): SeedSummary => JSON.parse(line));
}

describe(`a swarm of ${seeds} default seeds`, () => {
  let runs: readonly SeedSummary[] = [];
  beforeAll(async () => {
    runs = await play();
  }, 600_000);
  test('plays every seed of its base, in their order', () => {
    expect(runs.map(({ seed }) => seed)).toEqual(Array.from({ length: seeds }, (_, index) => seedOf(base, index)));
  });
  test('finds nothing, and nothing is unknown', () => {
    const bad = runs.filter((run) => !['ok', 'excused'].includes(run.verdict));
    expect(bad.map(({ seed }) => `npm run -s faultline -- run --seed ${seed}`)).toEqual([]);
  });
  test('lives through its whole workload: nearly each has some records a second acknowledged, and a fault; most have many', () => {
    expect(runs).toHaveLength(seeds);
    const shares = { anyRecords: 0, anyFaults: 0, records: 0, faults: 0 };
    for (const run of runs) {
      const { seconds } = scenarioOfSeed(run.seed).workload;
      expect(run.virtualUs, `virtual time of seed ${run.seed}`).toBeGreaterThanOrEqual(seconds * 1_000_000);
      if (run.acknowledged >= seconds) shares.anyRecords += 1 / seeds;
      if (run.faultsFired.length >= 1) shares.anyFaults += 1 / seeds;
      if (run.acknowledged >= 10 * seconds) shares.records += 1 / seeds;
      if (run.faultsFired.length >= 3) shares.faults += 1 / seeds;
    }
    expect(shares.anyRecords).toBeGreaterThan(0.97);
    expect(shares.anyFaults).toBeGreaterThan(0.97);
    expect(shares.records).toBeGreaterThan(0.9);
    expect(shares.faults).toBeGreaterThan(0.7);
    const lengths = new Set(runs.map(({ seed }) => scenarioOfSeed(seed).workload.seconds));
    expect(lengths).toEqual(new Set(Object.values(profiles).flatMap(({ seconds }) => seconds)));
  });
  // Each of these in a tenth of the runs or more; what is rarer is sights.test.ts's and the named stories'.
  test.each([
    'clean election',
    'truncation',
    'isr shrink',
    'isr expand',
    'fencing',
    'unfencing',
    'produce retry',
    'out-of-range fetch',
    'clean recovery',
    'join rebalance',
    'coordinator move',
    'unknown member',
    'rebalance in progress',
    'not coordinator',
    'epoch bump',
    'duplicate answered',
  ])('sees %s', (kind) => {
    expect(runs.filter((run) => run.coverage.some(([name, times]) => name === kind && times > 0)).length).toBeGreaterThan(0);
  });
  test('has a sentence for every anomaly that it excuses', () => {
    const anomalies = new Set(runs.flatMap((run) => run.findings.map((finding) => finding.anomaly)));
    expect(anomalies.size).toBeGreaterThan(0);
    for (const anomaly of anomalies) expect(meaningOf(anomaly), anomaly).toBeDefined();
  });
  test('plays a seed again to the same last event in another process, from its source (if not: npm run build)', () => {
    const first = runs[0];
    if (first === undefined) expect.fail('no runs');
    expect(runSeed({ seed: first.seed }).traceHash).toBe(first.traceHash);
  });
});
