/**
 * What a swarm sees only now and then, made to happen: small scenarios by hand, each of which brings about one situation in any weather. What
 * random scenarios draw has no say in it.
 */
import { describe, expect, test } from 'vitest';
import type { CoverageKind } from '../../../src/simulation/history/coverage.ts';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';
import type { Scenario } from '../../../src/simulation/scenario.ts';

/** `session`: for how long a broker may be silent, in ms. */
const cluster = (session: number): string => `
version: 1
seed: 1
cluster:
  brokers: 3
  config:
    broker.session.timeout.ms: ${session}
    broker.heartbeat.interval.ms: 500
    replica.lag.time.max.ms: 4000
    min.insync.replicas: 2
    group.min.session.timeout.ms: 1000
    group.initial.rebalance.delay.ms: 0
  topics: [{ name: orders, partitions: 1, replicationFactor: 3, config: { min.insync.replicas: 2 } }]
workload:
  seconds: 20
`;
const producer = (settings: string): string => `
  producers: [{ id: producer-1, topic: orders, acks: all, ratePerSecond: 20, keys: 9, idempotence: true, ${settings} }]
`;
const group = (settings: string): string => `${producer('maxInFlight: 5')}
  groups: [{ id: group-1, topics: [orders], assignor: range, maxPollIntervalMs: 8000, metadataMaxAgeMs: 1000, ${settings} }]
`;
const faults = (...lines: readonly string[]): string => `faults: [${lines.join(', ')}]`;

const pair = group('members: 2, commit: automatic, handlerMs: 5, sessionTimeoutMs: 6000');
/** Their names are theirs, whatever becomes of them: who misses a rebalance is a member of it all the same. */
const staticMembers = group('members: 4, commit: automatic, handlerMs: 300, sessionTimeoutMs: 30000, staticMembers: true, joinEveryMs: 2500');
/** Each commit is a request. */
const diligent = group('members: 2, commit: before-processing, maxPollRecords: 1, handlerMs: 5, sessionTimeoutMs: 6000');
/** It gives up batches while they are on their way. */
const impatient = producer('lingerMs: 50, maxInFlight: 5, requestTimeoutMs: 2000, deliveryTimeoutMs: 5000');
const slowDisks = [1, 2, 3].map((broker) => `{ kind: slow-disk, at: 9000, target: broker(${broker}), durationMs: 6000, perOperationMs: 200 }`);

/** The same where each broker has two log directories. */
const twoDirs = cluster(3000).replace('brokers: 3', 'brokers: 3\n  logDirs: 2');
const moves = ['leader(orders-0)', '"follower(orders-0, 0)"', '"follower(orders-0, 1)"'].map(
  (target, index) => `{ kind: move-replica, at: ${9000 + 1000 * index}, target: ${target} }`,
);

/** The power goes off soon after. */
const cutShort = (move: string): string =>
  move.replace(/kind: move-replica, at: (\d+)(.*) \}/, 'kind: crash, at: $1.9$2, powerLoss: true, downMs: 500 }');

const sights: readonly (readonly [kind: CoverageKind, scenario: string])[] = [
  ['leave rebalance', cluster(3000) + pair + faults('{ kind: stop, at: 10000, target: "member(group-1, 1)", downMs: 2000 }')],
  ['expiry rebalance', cluster(3000) + pair + faults('{ kind: crash, at: 8000, target: "member(group-1, 1)", powerLoss: true, downMs: 9000 }')],
  ['metadata rebalance', cluster(3000) + pair + faults('{ kind: add-partitions, at: 10000, topic: orders, partitions: 3 }')],
  ['coordinator loading', cluster(3000) + diligent + faults(...slowDisks, '{ kind: move-leader, at: 10000, target: coordinator(group-1) }')],
  // It stands still in a rebalance, and comes back to the end of it before anybody else is heard.
  ['illegal generation', cluster(9000) + staticMembers + faults('{ kind: pause, at: 8000, target: coordinator(group-1), durationMs: 8600 }')],
  ['invalid producer epoch', cluster(3000) + impatient + faults('{ kind: client-cut, at: 8000, target: client(producer-1), durationMs: 5000 }')],
  ['replica moved', twoDirs + producer('maxInFlight: 5') + faults(...moves)],
  // A move that is cut short goes on.
  ['replica moved', twoDirs + producer('maxInFlight: 5') + faults(...moves, ...moves.map((move) => cutShort(move)))],
  ['out of order sequence', cluster(3000) + impatient + faults('{ kind: client-cut, at: 8000, target: client(producer-1), durationMs: 5000 }')],
];

const scenarioOf = (text: string): Scenario => {
  const scenario = parseScenario(text);
  if (!scenario.ok) expect.fail(scenario.error.join('\n'));
  return scenario.value;
};

describe('a scenario by hand', () => {
  test.each(sights)('sees %s, whatever the weather', (kind, text) => {
    const scenario = scenarioOf(text);
    for (const seed of [1, 2, 3]) {
      const { verdict, coverage } = simulate({ ...scenario, seed });
      expect(['ok', 'excused']).toContain(verdict);
      expect(new Map(coverage).get(kind) ?? 0, `seed ${seed}`).toBeGreaterThan(0);
    }
  });
});
