/** Logs forget idempotent producers that were silent: what the protocol cannot promise then is excused, and nothing else happens. */
import { expect, test } from 'vitest';
import type { NodeEvent } from '../../../src/io/node-event.ts';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';

const scenario = `
version: 1
seed: 5
cluster:
  brokers: 3
  config: { producer.id.expiration.ms: 1500, producer.id.expiration.check.interval.ms: 500 }
  topics:
    - { name: orders, partitions: 2 }
workload:
  seconds: 40
  producers:
    - { id: p, topic: orders, ratePerSecond: 1, idempotence: true, deliveryTimeoutMs: 30000 }
faults:
  - { kind: client-cut, at: 8000, target: client(p), durationMs: 6000 }
  - { kind: crash, at: 20000, target: leader(orders-0), powerLoss: false, downMs: 4000 }
`;

test('a producer that is forgotten again and again between two records keeps all that does not rest on being remembered', () => {
  const parsed = parseScenario(scenario);
  if (!parsed.ok) expect.fail(parsed.error.join('\n'));
  let forgotten = 0;
  const observed = (_timeUs: number, _nodeId: number, event: NodeEvent): void => {
    if (event.type === 'producersForgotten') forgotten++;
  };
  const result = simulate(parsed.value, { listener: { observed } });
  expect(forgotten).toBeGreaterThan(5);
  expect(result.findings.filter(({ verdict }) => verdict !== 'excused')).toEqual([]);
});
