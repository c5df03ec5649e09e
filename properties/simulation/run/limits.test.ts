/** How late a coordinator may be with the end of a rebalance follows from the scenario. */
import { describe, expect, test } from 'vitest';
import { syncLimitsOf } from '../../../src/simulation/run/limits.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';
import type { Scenario } from '../../../src/simulation/scenario.ts';

/** So many producers with five batches on their way each, and a group of so many members. */
function scenarioWith(producers: number, members: number, config = ''): Scenario {
  const each = Array.from({ length: producers }, (_, at) => `{ id: producer-${at + 1}, topic: orders, acks: all, ratePerSecond: 1, maxInFlight: 5 }`);
  const scenario = parseScenario(`
version: 1
seed: 1
cluster:
  brokers: 3
  config: { ${config} }
  topics: [{ name: orders, partitions: 1, replicationFactor: 3 }]
workload:
  seconds: 20
  producers: [${each.join(', ')}]
  groups: [{ id: g, topics: [orders], members: ${members}, assignor: range, commit: automatic, handlerMs: 5, sessionTimeoutMs: 10000, maxPollIntervalMs: 8000 }]
`);
  if (!scenario.ok) expect.fail(scenario.error.join('\n'));
  return scenario.value;
}

describe('the limits of a rebalance', () => {
  test('have the time of offsets.commit.timeout.ms', () => {
    expect(syncLimitsOf(scenarioWith(1, 1)).commitTimeoutMs).toBe(5000);
    expect(syncLimitsOf(scenarioWith(1, 1, 'offsets.commit.timeout.ms: 700')).commitTimeoutMs).toBe(700);
  });
  test('leave room for what every client and broker may have on its way, and for what few of them send again', () => {
    expect(syncLimitsOf(scenarioWith(1, 1)).onTheirWay).toBe(100);
    const crowd = syncLimitsOf(scenarioWith(40, 2)).onTheirWay;
    expect(crowd).toBeGreaterThan(5 * 40);
    expect(syncLimitsOf(scenarioWith(41, 2)).onTheirWay - crowd).toBeGreaterThan(5);
    expect(syncLimitsOf(scenarioWith(40, 3)).onTheirWay).toBeGreaterThan(crowd);
  });
});
