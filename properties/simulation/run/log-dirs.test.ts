/** What a cluster makes of the failure of one of a broker's log directories: the others go on, and nothing that was acknowledged is lost. */
import { describe, expect, test } from 'vitest';
import type { NodeEvent } from '../../../src/io/node-event.ts';
import { kafkaRules, type Rules } from '../../../src/kafka/rules/rules.ts';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';

interface Played {
  readonly verdict: string;
  readonly findings: readonly string[];
  /** Nodes and what they told of, from the first fault on. */
  readonly told: readonly string[];
  readonly wiped: readonly { readonly node: number; readonly partitions: readonly string[] }[];
  /** Between the first failure of a directory and the first election after it. */
  readonly electedAfterMs: number;
  /** Elections of a replica that lies in a directory which is offline. */
  readonly misled: readonly string[];
  readonly whole: boolean;
  /** For each failure of a directory: the partitions that lost their role on that broker while it went on, and those that kept it. */
  readonly struck: readonly {
    readonly lost: ReadonlySet<string>;
    readonly inDirectory: ReadonlySet<string>;
    readonly elsewhere: ReadonlySet<string>;
  }[];
}

function play(seed: number, faults: readonly string[], options: { readonly config?: readonly string[]; readonly rules?: Rules } = {}): Played {
  const scenario = parseScenario(`
version: 1
seed: ${seed}
cluster:
  brokers: 3
  logDirs: 2
  config: { broker.session.timeout.ms: 3000, replica.lag.time.max.ms: 2000, ${(options.config ?? ['broker.heartbeat.interval.ms: 500']).join(', ')} }
  topics: [{ name: orders, partitions: 4, replicationFactor: 3, config: { min.insync.replicas: 2 } }]
workload:
  seconds: 14
  producers:
    - { id: producer-1, topic: orders, acks: all, ratePerSecond: 50, keys: 8, valueBytes: 200, deliveryTimeoutMs: 30000, requestTimeoutMs: 4000, idempotence: true }
  consumers: [{ id: consumer-1, topic: orders, seekEveryMs: 400 }]
faults:
${faults.map((fault) => `  - { ${fault} }`).join('\n')}
`);
  if (!scenario.ok) throw new Error(scenario.error.join('\n'));
  const told: string[] = [];
  const wiped: Played['wiped'][number][] = [];
  const misled: string[] = [];
  let [failedUs, electedUs] = [Number.NaN, Number.NaN];
  const struck: { lost: Set<string>; inDirectory: Set<string>; elsewhere: Set<string>; readonly node: number; readonly directory: string }[] = [];
  const kinds = new Set<NodeEvent['type']>(['directoryFailed', 'gaveUp', 'damageFound', 'damageReceived']);
  const over = new Set<number>();
  const result = simulate(scenario.value, {
    ...(options.rules === undefined ? {} : { rules: options.rules }),
    atEnd: (cluster) => {
      // A replica that is not lost lies where it lay.
      for (const { node, directory, inDirectory, elsewhere } of struck)
        for (const [name, disk] of cluster.disksOf(node))
          for (const path of disk.files()) {
            const folder = /^(.+-\d+)\//.exec(path)?.[1];
            if (folder !== undefined) (name === directory ? inDirectory : elsewhere).add(folder);
          }
    },
    listener: {
      crashed: (_timeUs, node) => over.add(node),
      observed: (timeUs, node, event) => {
        if (kinds.has(event.type)) told.push(`${node} ${event.type}`);
        if (event.type === 'directoryFailed' && Number.isNaN(failedUs)) failedUs = timeUs;
        if (event.type === 'elected' && Number.isNaN(electedUs) && timeUs > failedUs) electedUs = timeUs;
        if (event.type === 'directoryFailed')
          struck.push({ node, directory: event.directory, lost: new Set(), inDirectory: new Set(), elsewhere: new Set() });
        if (event.type === 'elected')
          for (const each of struck)
            if (each.node === event.leader && !over.has(each.node) && each.lost.has(event.partition)) misled.push(event.partition);
        if (event.type === 'role' && event.role === 'none' && event.leader >= 0)
          for (const each of struck) if (each.node === node && !over.has(node)) each.lost.add(event.partition);
      },
      wiped: (_timeUs, node, partitions) => wiped.push({ node, partitions: [...partitions].sort() }),
    },
  });
  return {
    verdict: result.verdict,
    findings: result.findings.map(({ anomaly, message }) => `${anomaly}: ${message}`),
    told,
    wiped,
    struck,
    misled,
    electedAfterMs: (electedUs - failedUs) / 1000,
    whole: result.cluster.brokers.every(({ state, fenced }) => state === 'running' && !fenced),
  };
}

const ok = { verdict: 'ok', findings: [], whole: true };

describe('the failure of one log directory of two', () => {
  test('takes offline what lies in it and nothing else, and loses nothing, whichever calls fail on whichever disk', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const calls = ['all', 'write', 'sync', 'names'][seed % 4];
      const played = play(seed, [
        `kind: disk-error, at: 3000, target: broker(${1 + (seed % 3)}), durationMs: 6000, calls: ${calls}, logDir: ${seed % 2}`,
      ]);
      expect(played, `seed ${seed}`).toMatchObject({ ...ok, told: [`${1 + (seed % 3)} directoryFailed`], wiped: [] });
      const [struck] = played.struck;
      expect(struck?.inDirectory.size, `seed ${seed}`).toBeGreaterThan(0);
      expect(struck?.elsewhere.size, `seed ${seed}`).toBeGreaterThan(0);
      expect([...(struck?.lost ?? [])].sort(), `seed ${seed}`).toEqual([...(struck?.inDirectory ?? [])].sort());
    }
  });

  test('is known to the controller at once: others lead what it led long before the next heartbeat is due', () => {
    const calm = ['broker.heartbeat.interval.ms: 2900'];
    const played = play(3, ['kind: disk-error, at: 3000, target: leader(orders-0), durationMs: 6000, calls: write, logDir: 0'], { config: calm });
    expect(played).toMatchObject(ok);
    expect(played.told.length).toBe(1);
    expect(played.electedAfterMs).toBeLessThan(500);
  });

  test('by a full disk, or by rot that costs one disk and what lies on it, leaves the other one alone', () => {
    for (let seed = 1; seed <= 3; seed++) {
      const full = play(seed, ['kind: disk-full, at: 3000, target: broker(1), durationMs: 5000, freeBytes: 700, logDir: 1']);
      expect(full, `seed ${seed}`).toMatchObject({ ...ok, told: ['1 directoryFailed'], wiped: [] });
      const rotten = play(seed, ['kind: bit-rot, at: 6000, target: leader(orders-1), durationMs: 4000']);
      expect(rotten, `seed ${seed}`).toMatchObject(ok);
      expect(rotten.told.map((each) => each.slice(2))).toEqual(['damageFound', 'directoryFailed']);
      const [lost] = rotten.wiped;
      expect(lost?.partitions).toContain('orders-1');
      expect([...(lost?.partitions ?? [])].sort()).toEqual([...(rotten.struck[0]?.lost ?? [])].sort());
      expect(lost?.partitions.length).toBeLessThan(7);
    }
  });

  test('at a start keeps only its replicas away; after a power loss of the others too nothing is missing', () => {
    for (let seed = 1; seed <= 3; seed++) {
      const played = play(seed, [
        'kind: crash, at: 3000, target: broker(2), powerLoss: true, downMs: 1000',
        'kind: disk-error, at: 3990, target: broker(2), durationMs: 5000, logDir: 0',
        'kind: disk-error, on: broker(2) recovered, after: 3991, target: broker(2), durationMs: 5000, logDir: 0',
        'kind: crash, at: 11000, target: broker(1), powerLoss: true, downMs: 1000',
      ]);
      expect(played, `seed ${seed}`).toMatchObject(ok);
      expect(played.told).toEqual(['2 directoryFailed']);
    }
  });

  test('of all of them ends the broker, until its disks work again', () => {
    const played = play(4, [
      'kind: disk-error, at: 3000, target: broker(3), durationMs: 5000, logDir: 0',
      'kind: disk-error, at: 4000, target: broker(3), durationMs: 5000, logDir: 1',
    ]);
    expect(played).toMatchObject({ ...ok, told: ['3 directoryFailed', '3 directoryFailed', '3 gaveUp'] });
  });

  test('keeps its replicas from leading, whoever else is gone; a controller that does not look would let them', () => {
    const faults = [
      'kind: crash, at: 2000, target: broker(2), powerLoss: false, downMs: 10000',
      'kind: disk-error, at: 6500, target: broker(1), durationMs: 7000, calls: write, logDir: 0',
      'kind: crash, at: 7500, target: broker(3), powerLoss: false, downMs: 5500',
    ];
    const played = play(5, faults);
    expect(played).toMatchObject({ ...ok, told: ['1 directoryFailed'], misled: [] });
    expect(played.struck[0]?.lost.size).toBeGreaterThan(0);
    const blind: Rules = { ...kafkaRules, controller: { ...kafkaRules.controller, isOnlineDirectory: () => true } };
    expect(play(5, faults, { rules: blind }).misled.length).toBeGreaterThan(0);
  });
});
