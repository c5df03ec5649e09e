/** A disk that fails in the middle of a truncation: what was cut by then is told of, so that a restart finds what it should. */
import { expect, test } from 'vitest';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';

/** The file is cut, then a checkpoint gets no new name: the log directory goes offline, and the broker, which has no other, ends. */
const text = `
version: 1
seed: 4304354147722052
cluster:
  brokers: 3
  topics:
    - name: orders
      partitions: 3
      replicationFactor: 3
    - name: payments
      partitions: 1
      replicationFactor: 3
workload:
  seconds: 17
  producers:
    - id: producer-1
      topic: orders
      acks: all
      ratePerSecond: 12
      keys: 3
      valueBytes: 24
      lingerMs: 0
      deliveryTimeoutMs: 30000
      requestTimeoutMs: 3000
      maxInFlight: 1
      only: 19, 21, 53-54, 58
  consumers: []
faults:
  - kind: slow-network
    at: 1459
    target: follower(orders-2, 0)
    durationMs: 9000
    latencyMs: 300
    jitterMs: 0
  - kind: move-leader
    at: 2900
    target: leader(orders-2)
  - kind: crash
    at: 8600
    target: leader(orders-2)
    powerLoss: false
    downMs: 1
  - kind: disk-error
    at: 14000
    target: follower(payments-0, slowest)
    durationMs: 4022
    calls: names
    nthCall: 1
expect:
  happens: [directoryFailed, gaveUp, truncated]
`;

test('a cut that failed on the way is told of after the failure, and what is opened later is what it left', () => {
  const scenario = parseScenario(text);
  if (!scenario.ok) throw new Error(scenario.error.join('\n'));
  const told: string[] = [];
  const result = simulate(scenario.value, {
    listener: {
      observed: (_timeUs, node, event) => {
        if (event.type === 'directoryFailed') told.push(`${node} failed`);
        if (event.type === 'truncated' && event.to < event.from) told.push(`${node} cut`);
      },
    },
  });
  expect(told.join(', ')).toContain('2 failed, 2 cut');
  expect([result.verdict, result.unmet]).toEqual(['ok', []]);
});
