/** A scenario written in code is the one that the same fields make in YAML. */
import { describe, expect, test } from 'vitest';
import { type ScenarioFields, scenarioOf } from '../../../src/simulation/scenario/fields.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';

const fields: ScenarioFields = {
  description: 'a story\nof two lines',
  seed: 9,
  cluster: {
    brokers: 4,
    config: { 'broker.session.timeout.ms': 3000 },
    topics: [{ name: 'orders', partitions: 2, config: { 'min.insync.replicas': 2 } }],
  },
  workload: {
    seconds: 20,
    producers: [{ id: 'p', topic: 'orders', acks: 1, ratePerSecond: 3, compressionType: 'lz4' }],
    consumers: [{ id: 'c', topic: 'orders' }],
    groups: [{ id: 'g', topics: ['orders'], commit: 'after-processing' }],
    sandbox: [{ id: 'k', application: 'kafkajs-consumer', topic: 'orders', group: 'kg', sessionTimeoutMs: 9000 }],
  },
  faults: [
    { kind: 'crash', at: 1000, target: 'leader(orders-0)', downMs: 'forever' },
    {
      kind: 'partition',
      on: 'leader(orders-1) appended, not yet replicated',
      nth: 2,
      after: 500,
      target: 'broker(2)',
      peers: ['controller'],
      durationMs: 9,
    },
    { kind: 'add-partitions', at: 2000, topic: 'orders', partitions: 1 },
  ],
  expect: { faults: 'any', never: ['truncated'] },
};
const text = `version: 1
description: "a story\\nof two lines"
seed: 9
cluster:
  brokers: 4
  config: { broker.session.timeout.ms: 3000 }
  topics: [{ name: orders, partitions: 2, config: { min.insync.replicas: 2 } }]
workload:
  seconds: 20
  producers: [{ id: p, topic: orders, acks: 1, ratePerSecond: 3, compressionType: lz4 }]
  consumers: [{ id: c, topic: orders }]
  groups: [{ id: g, topics: [orders], commit: after-processing }]
  sandbox: [{ id: k, application: kafkajs-consumer, topic: orders, group: kg, sessionTimeoutMs: 9000 }]
faults:
  - { kind: crash, at: 1000, target: leader(orders-0), downMs: forever }
  - { kind: partition, on: "leader(orders-1) appended, not yet replicated", nth: 2, after: 500, target: broker(2), peers: [controller], durationMs: 9 }
  - { kind: add-partitions, at: 2000, topic: orders, partitions: 1 }
expect: { faults: any, never: [truncated] }
`;

describe('a scenario written in code', () => {
  test('is the one that the same fields make in YAML', () => {
    expect({ ok: true, value: scenarioOf(fields) }).toEqual(parseScenario(text));
  });

  test('needs a topic and no more', () => {
    const { seed, cluster, workload, faults } = scenarioOf({ cluster: { topics: [{ name: 'orders' }] } });
    expect([seed, cluster.brokers, workload.seconds, faults]).toEqual([1, 3, 60, []]);
    expect(cluster.topics).toEqual([{ name: 'orders', partitions: 1, replicationFactor: 3, config: [] }]);
  });

  test('is refused with every field that is wrong, and what would be right', () => {
    const wrong = () =>
      scenarioOf({
        cluster: { topics: [{ name: 'orders', partitions: Number.NaN }] },
        faults: [{ kind: 'pause', at: 1, target: 'boss', durationMs: 1 }],
      });
    expect(wrong).toThrow(TypeError);
    expect(wrong).toThrow(
      /^this is no scenario that can be played:\n {2}cluster\.topics\[0\]\.partitions: must be a whole number.*\n {2}faults\[0\]\.target: cannot read "boss"/,
    );
  });

  test('does not compile with fields that its kind of fault does not have', () => {
    const cluster = { topics: [{ name: 'orders' }] };
    // @ts-expect-error: a crash has no duration.
    expect(() => scenarioOf({ cluster, faults: [{ kind: 'crash', at: 1, target: 'broker(1)', durationMs: 1 }] })).toThrow(
      'faults[0].durationMs: is no field',
    );
    // @ts-expect-error: whom?
    expect(() => scenarioOf({ cluster, faults: [{ kind: 'pause', at: 1, durationMs: 1 }] })).toThrow('faults[0].target');
  });
});
