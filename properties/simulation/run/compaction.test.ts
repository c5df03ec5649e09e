/** Compaction in a cluster: each replica compacts for itself, clients see the last value of each key, and what a wrong cleaner takes is found. */
import { describe, expect, test } from 'vitest';
import type { NodeEvent } from '../../../src/io/node-event.ts';
import { type CleaningRules, cleaningRules } from '../../../src/kafka/rules/log-cleaning.ts';
import { kafkaRules } from '../../../src/kafka/rules/rules.ts';
import { offset } from '../../../src/model/brand.ts';
import { brokerSettings } from '../../../src/simulation/cluster/settings.ts';
import type { ReadRecord } from '../../../src/simulation/history/operation.ts';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { scenarioOf } from '../../../src/simulation/scenario/fields.ts';

const compacted = { 'cleanup.policy': 'compact', 'min.insync.replicas': 2, 'segment.ms': 1000, 'min.cleanable.dirty.ratio': 0.1 };

function scenario(seed: number, faults: Parameters<typeof scenarioOf>[0]['faults'] = [], acks: 'all' | 1 = 'all') {
  return scenarioOf({
    seed,
    cluster: {
      config: {
        'log.cleaner.backoff.ms': 300,
        'log.initial.task.delay.ms': 500,
        'log.flush.offset.checkpoint.interval.ms': 1000,
        'broker.session.timeout.ms': 3000,
        'replica.lag.time.max.ms': 2000,
        'log.roll.ms': 1000,
        'log.cleaner.min.cleanable.ratio': 0.1,
      },
      topics: [{ name: 'orders', config: compacted }],
    },
    workload: {
      seconds: 15,
      producers: [{ id: 'producer-1', topic: 'orders', ratePerSecond: 20, keys: 4, tombstones: 20, acks, idempotence: acks === 'all' }],
      consumers: [{ id: 'consumer-1', topic: 'orders', seekEveryMs: 2000 }],
      groups: [{ id: 'group-1', topics: ['orders'] }],
    },
    faults,
  });
}

function play(played: ReturnType<typeof scenario>, cleaning: Partial<CleaningRules> = {}) {
  const cleaned: { readonly timeUs: number; readonly node: number; readonly event: NodeEvent & { readonly partition: string } }[] = [];
  const checkpoints: string[] = [];
  const result = simulate(played, {
    rules: { ...kafkaRules, log: { ...kafkaRules.log, cleaning: { ...cleaningRules, ...cleaning } } },
    listener: { observed: (timeUs, node, event) => void (event.type === 'cleaned' && cleaned.push({ timeUs, node, event })) },
    atEnd: (cluster) => {
      for (const id of cluster.brokerIds())
        for (const disk of cluster.disksOf(id).values()) {
          const bytes = disk.contents('cleaner-offset-checkpoint');
          if (bytes !== undefined) checkpoints.push(new TextDecoder().decode(bytes));
        }
    },
  });
  const findings = new Set(result.findings.filter(({ verdict }) => verdict === 'finding').map(({ anomaly }) => anomaly));
  return { result, cleaned, checkpoints, findings };
}

const crashes = [
  { kind: 'crash', at: 4000, target: 'leader(orders-0)', powerLoss: true, downMs: 1500 },
  { kind: 'crash', on: 'leader(orders-0) cleaned', after: 9000, target: 'leader(orders-0)', powerLoss: true, downMs: 1500 },
] as const;

describe('a compacted topic', () => {
  test.each([1, 2, 3])('keeps its promises over power losses, the second one in the middle of a compaction (seed %i)', (seed) => {
    const { result, cleaned, checkpoints } = play(scenario(seed, crashes));
    expect(result.findings.filter(({ verdict }) => verdict !== 'excused')).toEqual([]);
    expect(result.unmet).toEqual([]);
    const ofOrders = cleaned.filter(({ event }) => event.partition === 'orders-0');
    // Each replica at its own time.
    expect(new Set(ofOrders.map(({ node }) => node))).toEqual(new Set([1, 2, 3]));
    expect(new Set(ofOrders.map(({ timeUs }) => timeUs)).size).toBeGreaterThan(ofOrders.length / 2);
    expect(cleaned.some(({ event }) => event.partition.startsWith('__consumer_offsets-'))).toBe(true);
    expect(checkpoints).toHaveLength(3);
    for (const text of checkpoints) expect(text).toMatch(/^orders 0 [1-9]/m);
  });

  test('shows in the end of each key the last value, and of most keys not many more', () => {
    const { result } = play(scenario(4));
    const { operations } = result.history;
    const read = operations.flatMap(({ completion }): readonly ReadRecord[] =>
      completion?.type === 'ok' && completion.result.type === 'finalRead' ? completion.result.records : [],
    );
    const last = new Map<string, string>();
    let sent = 0;
    for (const { operation } of operations)
      if (operation.type === 'send') {
        last.set(operation.key ?? '', operation.value);
        sent++;
      }
    expect([...last.values()].filter((value) => !read.some((record) => record.value === value))).toEqual([]);
    expect(read.length).toBeLessThan(sent / 2);
  });

  test('has a cleaner, where others need none', () => {
    const { cluster } = scenario(1);
    const enabled = (topics: typeof cluster.topics) => {
      const settings = brokerSettings({ ...cluster, topics }, 1);
      return settings.ok && settings.value.logCleanerEnable;
    };
    expect([enabled(cluster.topics), enabled(cluster.topics.map((topic) => ({ ...topic, config: [] })))]).toEqual([true, false]);
  });
});

describe('a cleaner', () => {
  const { keepRecord, dirtyRange, swapSteps } = cleaningRules;
  interface Wrong {
    readonly does: string;
    readonly found: string;
    readonly rules: Partial<CleaningRules>;
    readonly faults?: Parameters<typeof scenario>[1];
    readonly acks?: 1;
  }
  const wrong: readonly Wrong[] = [
    {
      does: 'drops the last record of a key',
      found: 'CompactedPrefix',
      rules: { keepRecord: (record) => record.offset !== record.newest && keepRecord(record) },
    },
    {
      does: 'drops tombstones at once',
      found: 'CompactedPrefix',
      rules: { keepRecord: (record) => (record.hasValue || record.offset > record.seenTo) && keepRecord(record) },
    },
    {
      does: 'goes past the high watermark',
      found: 'RetentionBounds',
      rules: { dirtyRange: (facts) => dirtyRange({ ...facts, lastStableOffset: offset(facts.segments.at(-1)?.nextOffset ?? 0) }) },
      faults: [{ kind: 'partition', at: 3000, target: 'leader(orders-0)', durationMs: 6000 }],
      acks: 1,
    },
    {
      does: 'does not sync what it has written',
      found: 'RecoveryEquivalence',
      rules: { swapSteps: () => swapSteps().filter((step) => step !== 'sync') },
      faults: crashes,
    },
  ];
  test.each(wrong)('that $does is found by $found', ({ found, rules, faults, acks }) => {
    const anomalies = [1, 2, 3, 4].flatMap((seed) => [...play(scenario(seed, faults, acks), rules).findings]);
    expect(anomalies).toContain(found);
  });
});
