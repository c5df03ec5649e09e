/** What a cluster makes of each fault of a disk: a clear state, nothing lost that was acknowledged, and all of it well again afterwards. */
import { describe, expect, test } from 'vitest';
import type { NodeEvent } from '../../../src/io/node-event.ts';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';

interface Played {
  readonly verdict: string;
  readonly findings: readonly string[];
  readonly fired: readonly string[];
  /** Nodes and the names of what they told of. */
  readonly told: readonly string[];
  readonly wiped: readonly number[];
  readonly up: boolean;
}

function play(seed: number, ...faults: readonly string[]): Played {
  const scenario = parseScenario(`
version: 1
seed: ${seed}
cluster:
  brokers: 3
  config: { broker.session.timeout.ms: 3000, broker.heartbeat.interval.ms: 500, replica.lag.time.max.ms: 2000 }
  topics: [{ name: orders, partitions: 2, replicationFactor: 3, config: { min.insync.replicas: 2, index.interval.bytes: 500 } }]
workload:
  seconds: 14
  producers:
    - { id: producer-1, topic: orders, acks: all, ratePerSecond: 50, keys: 4, valueBytes: 200, deliveryTimeoutMs: 30000, requestTimeoutMs: 4000, idempotence: true }
  consumers: [{ id: consumer-1, topic: orders, seekEveryMs: 400 }]
faults:
${faults.map((fault) => `  - { ${fault} }`).join('\n')}
`);
  if (!scenario.ok) throw new Error(scenario.error.join('\n'));
  const told: string[] = [];
  const wiped: number[] = [];
  const kinds = new Set<NodeEvent['type']>(['directoryFailed', 'gaveUp', 'damageFound', 'damageReceived']);
  const result = simulate(scenario.value, {
    listener: {
      observed: (_timeUs, node, event) => {
        if (kinds.has(event.type)) told.push(`${node} ${event.type}`);
      },
      wiped: (_timeUs, node) => wiped.push(node),
    },
  });
  return {
    verdict: result.verdict,
    findings: result.findings.map(({ anomaly, message }) => `${anomaly}: ${message}`),
    fired: result.faultsFired.map(({ kind }) => kind),
    told,
    wiped,
    up: result.cluster.brokers.every(({ state, fenced }) => state === 'running' && !fenced),
  };
}

const ok = { verdict: 'ok', findings: [], up: true };

describe('an error of a disk', () => {
  test.each(['all', 'write', 'sync', 'names'])('of %s calls ends the broker whose only directory it is, until the disk works again', (calls) => {
    const played = play(1, `kind: disk-error, at: 3000, target: leader(orders-0), durationMs: 70000, calls: ${calls}`);
    expect(played).toMatchObject({ ...ok, fired: ['disk-error'], wiped: [] });
    expect(played.told.map((each) => each.slice(2))).toEqual(['directoryFailed', 'gaveUp']);
  });
  test('of one call only is enough', () => {
    const played = play(2, 'kind: disk-error, at: 3000, target: leader(orders-1), durationMs: 3000, calls: write, nthCall: 5');
    expect(played).toMatchObject(ok);
    expect(played.told.map((each) => each.slice(2))).toEqual(['directoryFailed', 'gaveUp']);
  });
  test('ends the controller, which leads again once its disk works', () => {
    const played = play(
      3,
      'kind: disk-error, at: 3000, target: controller, durationMs: 4000',
      'kind: crash, at: 3500, target: broker(1), powerLoss: false, downMs: 1000',
    );
    expect(played).toMatchObject({ ...ok, told: ['1000 directoryFailed', '1000 gaveUp'] });
  });
  test('that meets a start keeps the broker down, however often it is started', () => {
    const played = play(
      4,
      'kind: crash, at: 3000, target: broker(2), powerLoss: true, downMs: 1000',
      'kind: disk-error, at: 3999, target: broker(2), durationMs: 3000',
      'kind: disk-error, on: any recovered, target: broker(2), durationMs: 3000',
    );
    expect(played).toMatchObject({ ...ok, fired: ['crash', 'disk-error', 'disk-error'] });
    expect(played.told).toContain('2 gaveUp');
  });
});

test('a full disk ends the broker, and what it had begun to write is no batch afterwards', () => {
  for (const freeBytes of [0, 50, 700, 1501]) {
    const played = play(5, `kind: disk-full, at: 3000, target: leader(orders-0), durationMs: 5000, freeBytes: ${freeBytes}`);
    expect(played, `${freeBytes}`).toMatchObject({ ...ok, wiped: [] });
    expect(played.told.map((each) => each.slice(2))).toEqual(['directoryFailed', 'gaveUp']);
  }
});

test('short transfers and stalled syncs end nobody', () => {
  expect(play(6, ...[1, 2, 3].map((broker) => `kind: short-io, at: 3000, target: broker(${broker}), durationMs: 8000`))).toMatchObject({
    ...ok,
    told: [],
  });
  expect(play(7, 'kind: short-io, at: 3000, target: controller, durationMs: 8000')).toMatchObject({ ...ok, told: [] });
  expect(play(8, 'kind: stalled-sync, at: 3000, target: leader(orders-0), durationMs: 6000')).toMatchObject({ ...ok, told: [] });
  expect(play(9, 'kind: stalled-sync, at: 3000, target: controller, durationMs: 6000')).toMatchObject({ ...ok, told: [] });
});

describe('bit rot', () => {
  test('in a batch that is asked for is found by the leader that holds it, reaches nobody, and costs the disk', () => {
    const played = play(10, 'kind: bit-rot, at: 6000, target: leader(orders-0), durationMs: 4000');
    expect(played).toMatchObject(ok);
    expect(played.told.map((each) => each.slice(2))).toEqual(['damageFound', 'directoryFailed', 'gaveUp']);
    expect(played.wiped.map((node) => `${node}`)).toEqual([played.told[0]?.slice(0, 1)]);
  });
  test.each(['batch', 'index', 'checkpoint'])('in a file of kind %s is no reason for a wrong answer after any kind of start', (file) => {
    for (const start of ['crash, powerLoss: false', 'stop'])
      for (let seed = 0; seed < 6; seed++) {
        const played = play(
          seed,
          `kind: bit-rot, at: 5000, target: broker(${1 + (seed % 3)}), durationMs: 3000, file: ${file}`,
          `kind: ${start}, at: 5300, target: broker(${1 + (seed % 3)}), downMs: 500`,
        );
        expect(played, `${start} ${seed}`).toMatchObject(ok);
        expect(played.told.some((each) => each.endsWith('damageReceived'))).toBe(false);
      }
  });
});
