/** What a cluster makes of the failure of one of a broker's log directories: the others go on, and nothing that was acknowledged is lost. */
import { describe, expect, test } from 'vitest';
import type { NodeEvent } from '../../../src/io/node-event.ts';
import type { Rules } from '../../../src/kafka/rules/rules.ts';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';

interface Played {
  readonly verdict: string;
  readonly findings: readonly string[];
  /** Nodes and what they told of, from the first fault on. */
  readonly told: readonly string[];
  readonly wiped: readonly (readonly [node: number, partitions: readonly string[]])[];
  readonly whole: boolean;
  /** For each failure of a directory: the partitions that lost their role on that broker while it went on, and those that kept it. */
  readonly struck: readonly {
    readonly lost: ReadonlySet<string>;
    readonly inDirectory: ReadonlySet<string>;
    readonly elsewhere: ReadonlySet<string>;
  }[];
}

function play(seed: number, faults: readonly string[], options: { readonly logDirs?: number; readonly rules?: Rules } = {}): Played {
  const scenario = parseScenario(`
version: 1
seed: ${seed}
cluster:
  brokers: 3
  logDirs: ${options.logDirs ?? 2}
  config: { broker.session.timeout.ms: 3000, broker.heartbeat.interval.ms: 500, replica.lag.time.max.ms: 2000 }
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
  const wiped: (readonly [number, readonly string[]])[] = [];
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
      observed: (_timeUs, node, event) => {
        if (kinds.has(event.type)) told.push(`${node} ${event.type}`);
        if (event.type === 'directoryFailed')
          struck.push({ node, directory: event.directory, lost: new Set(), inDirectory: new Set(), elsewhere: new Set() });
        if (event.type === 'role' && event.role === 'none' && event.leader >= 0)
          for (const each of struck) if (each.node === node && !over.has(node)) each.lost.add(event.partition);
      },
      wiped: (_timeUs, node, partitions) => wiped.push([node, [...partitions].sort()]),
    },
  });
  return {
    verdict: result.verdict,
    findings: result.findings.map(({ anomaly, message }) => `${anomaly}: ${message}`),
    told,
    wiped,
    struck,
    whole: result.cluster.brokers.every(({ state, fenced }) => state === 'running' && !fenced),
  };
}

const ok = { verdict: 'ok', findings: [], whole: true };

describe('the failure of one log directory of two', () => {
  test('takes offline what lies in it and nothing else, and loses nothing, whichever calls fail on whichever disk', () => {
    for (let seed = 1; seed <= 16; seed++) {
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
});
