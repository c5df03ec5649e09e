/** A broken promise comes back smaller, with the same anomaly, and with all that one needs to see it again. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kafkaRules } from '../src/kafka/rules/rules.ts';
import { simulate } from '../src/simulation/run/simulate.ts';
import { scenarioArbitraryOf } from '../src/simulation/scenario/arbitrary.ts';
import { parseScenario } from '../src/simulation/scenario/parse.ts';
import { printScenario } from '../src/simulation/scenario/print.ts';
import type { Scenario } from '../src/simulation/scenario.ts';
import { type Broken, describeBroken, type KeptPromise, root, tryPromise } from './promise.ts';

const promise: KeptPromise = {
  name: 'promise-test',
  says: 'all is well',
  scenarios: scenarioArbitraryOf('no-loss'),
  runs: 20,
  seed: 1,
  shrinkRuns: 60,
};
/** KIP-101: a new follower truncates to its own high watermark. */
const rules = {
  ...kafkaRules,
  replication: {
    ...kafkaRules.replication,
    followerTakeOver: (_end: unknown, highWatermark: Parameters<typeof kafkaRules.replication.followerTakeOver>[1]) => ({
      truncateTo: highWatermark,
    }),
  },
};

const sizeOf = ({ faults, workload, cluster }: Scenario): number =>
  faults.length + workload.producers.length + workload.consumers.length + (workload.groups ?? []).length + cluster.brokers;

function broken(): Broken {
  const outcome = tryPromise(promise, { rules });
  if (outcome.kept) throw new Error('the planted rule broke nothing');
  return outcome;
}

describe('a promise that a wrong rule breaks', () => {
  let outcome: Broken;
  let said: string;
  beforeAll(() => {
    outcome = broken();
    said = describeBroken(promise, outcome);
  }, 120_000);
  const file = (): string => join(root, /reports\/\S+\.yaml/.exec(said)?.[0] ?? 'no file named');
  afterAll(() => rmSync(file(), { force: true }));

  test('comes back as a smaller scenario', () => {
    expect(sizeOf(outcome.shrunk)).toBeLessThan(sizeOf(outcome.drawn));
    expect(outcome.shrinkRuns).toBeLessThanOrEqual(promise.shrinkRuns);
  });

  test('is the same anomaly in the file that the message names', () => {
    const read = parseScenario(readFileSync(file(), 'utf8'));
    if (!read.ok) throw new Error('the file cannot be read');
    const again = simulate(read.value, { rules }).findings.filter(({ verdict }) => verdict === 'finding');
    expect(again).toContainEqual(outcome.finding);
    expect(simulate(read.value).verdict).not.toBe('finding');
  });

  test('tells the anomaly, the seed, the commit and the command', () => {
    expect(said).toContain(`${outcome.finding.checker}/${outcome.finding.anomaly} at ${outcome.finding.place}`);
    expect(said).toContain(`scenario seed ${outcome.shrunk.seed}`);
    expect(said).toMatch(/commit (?:[0-9a-f]{40}|unknown)/);
    expect(said).toMatch(/^Replay: npm run -s faultline -- replay reports\/promise-test-\d+\.yaml$/m);
  });

  test('shrinks the same way each time', () => {
    const again = broken();
    expect(printScenario(again.shrunk)).toBe(printScenario(outcome.shrunk));
    expect(again.path).toBe(outcome.path);
  }, 120_000);
});
