/** What a default seed is, and what a swarm of them sees. */
import { describe, expect, test } from 'vitest';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { scenarioOfSeed } from '../../../src/simulation/scenario/arbitrary.ts';
import { seedOf } from '../../../src/simulation/scenario/seeds.ts';

const seeds = 200;

describe('a swarm of 200 default seeds', () => {
  const runs = Array.from({ length: seeds }, (_, index) => ({
    seed: seedOf('swarm', index),
    result: undefined as ReturnType<typeof simulate> | undefined,
  }));
  const result = (run: (typeof runs)[number]): ReturnType<typeof simulate> => {
    run.result ??= simulate(scenarioOfSeed(run.seed));
    return run.result;
  };
  test('finds nothing, and nothing is unknown', () => {
    const bad = runs.filter((run) => !['ok', 'excused'].includes(result(run).verdict));
    expect(bad.map(({ seed }) => `npm run -s faultline -- run --seed ${seed}`)).toEqual([]);
  }, 300_000);
  test('lives for at least 60 virtual seconds with at least 3 faults and 200 acknowledged records in each', () => {
    for (const run of runs) {
      expect(result(run).virtualUs).toBeGreaterThanOrEqual(60_000_000);
      expect(result(run).faultsFired.length, `faults of seed ${run.seed}`).toBeGreaterThanOrEqual(3);
      expect(result(run).acknowledged, `records of seed ${run.seed}`).toBeGreaterThanOrEqual(200);
    }
  });
  test.each([
    'clean election',
    'truncation',
    'isr shrink',
    'isr expand',
    'fencing',
    'unfencing',
    'produce retry',
    'out-of-range fetch',
    'elr election',
  ] as const)('sees %s', (kind) => {
    const times = runs.reduce((sum, run) => sum + (result(run).coverage.get(kind) ?? 0), 0);
    expect(times).toBeGreaterThan(0);
  });
  test('plays a seed again to the same last event', () => {
    const first = runs[0];
    if (first === undefined) expect.fail('no runs');
    expect(simulate(scenarioOfSeed(first.seed)).traceHash).toBe(result(first).traceHash);
  });
});
