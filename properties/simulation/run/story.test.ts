/** The story of a finding names what was done, what decided it, and the rule that is wrong. */
import { beforeAll, describe, expect, test } from 'vitest';
import { kafkaClientRules } from '../../../src/kafka/client/rules.ts';
import { kafkaRules, type Rules } from '../../../src/kafka/rules/rules.ts';
import { entryLine, storyText } from '../../../src/report/story-text.ts';
import { RuleWatch } from '../../../src/simulation/run/rule-watch.ts';
import { type Shrunk, shrinkFinding } from '../../../src/simulation/run/shrink.ts';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { type Story, storyOf } from '../../../src/simulation/run/story.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';
import type { Scenario } from '../../../src/simulation/scenario.ts';

const { replication } = kafkaRules;
const rules: Rules = {
  ...kafkaRules,
  replication: { ...replication, followerTakeOver: (_end, highWatermark) => ({ truncateTo: highWatermark }) },
};

/** Written out, so that it shows the same whatever the seeds draw. */
const scenarioOf = (workload: string, faults: string): Scenario => {
  const read = parseScenario(`
version: 1
seed: 5
cluster:
  brokers: 3
  config: { broker.session.timeout.ms: 6000 }
  topics:
    - { name: orders, partitions: 1, replicationFactor: 3, config: { min.insync.replicas: 2 } }
    - { name: payments, partitions: 2, replicationFactor: 3, config: { min.insync.replicas: 2 } }
workload:
  seconds: 20
  producers:
    - { id: producer-1, topic: orders, ratePerSecond: 12, ${workload} }
    - { id: producer-2, topic: payments, ratePerSecond: 5, ${workload} }
  consumers:
    - { id: consumer-1, topic: orders }
    - { id: consumer-2, topic: payments }
faults:
${faults}
`);
  if (!read.ok) throw new Error(read.error.join('\n'));
  return read.value;
};

describe('the story of a follower that truncates to its high watermark', () => {
  let shrunk: Shrunk;
  let story: Story;
  beforeAll(() => {
    const scenario = scenarioOf(
      'idempotence: true',
      `
  - { kind: slow-network, at: 3000, target: broker(3), durationMs: 3000, latencyMs: 20 }
  - { kind: crash, on: "leader(orders-0) acknowledged", nth: 20, target: leader(orders-0), powerLoss: false, downMs: 3000 }
  - { kind: reset, at: 9000, target: leader(payments-1) }`,
    );
    const finding = simulate(scenario, { rules }).findings.find(({ verdict }) => verdict === 'finding');
    const small = finding && shrinkFinding(scenario, finding, { rules });
    const told = small && storyOf(small.scenario, small.finding, { rules });
    if (small === undefined || told === undefined) throw new Error('the seed does not show it any more: take another');
    [shrunk, story] = [small, told];
  }, 60_000);

  test('has one entry for each fault that struck and each operation of a client, in the order of time', () => {
    const { faults, workload } = shrunk.scenario;
    const records = workload.producers.reduce((sum, { only = [] }) => sum + only.length, 0);
    expect(story.entries.map(({ type }) => type).sort()).toEqual(
      [...faults.map(() => 'fault'), ...Array.from({ length: records }, () => 'send')].sort(),
    );
    const times = story.entries.map(({ timeUs }) => timeUs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(story.finding).toEqual(shrunk.finding);
  });

  test('ends with the truncation, decided by that rule', () => {
    const last = story.decisive.at(-1);
    expect(last?.event.type).toBe('truncated');
    expect(last?.rules[0]).toMatchObject({ rule: 'replication.followerTakeOver', answer: { truncateTo: 0 } });
    expect(story.atFinding.map(({ rule }) => rule)).toContain('replication.followerTakeOver');
    expect(story.decisive.length).toBeLessThanOrEqual(14);
  });

  test('says in words who did what, and in which line the rule is written', () => {
    const said = storyText(story);
    expect(said).toMatch(/^ +\d+\.\d{3} s {2}producer-1 sends record \d+ to orders, acknowledged at \d+\.\d{3} s: offset 0 of orders-0$/m);
    expect(said).toMatch(/^ +\d+\.\d{3} s {2}broker-\d, which leads orders-0, crashes and starts again after \d+ ms$/m);
    expect(said).toMatch(/replication\.followerTakeOver\(1, 0\) = \{truncateTo:0\} {3}src\/kafka\/rules\/replication-follower\.ts:\d+/);
    expect(said).toContain(shrunk.finding.message);
  });

  test('is told the same each time, and is no other run than the one without a story', () => {
    expect(storyText(storyOf(shrunk.scenario, shrunk.finding, { rules }) ?? story)).toBe(storyText(story));
    const watch = new RuleWatch();
    const watched = { rules: watch.watched(rules), clientRules: watch.watched(kafkaClientRules, 'client.'), recording: watch.recording };
    expect(simulate(shrunk.scenario, watched).traceHash).toBe(simulate(shrunk.scenario, { rules }).traceHash);
    expect(watch.last('client.partitionOfKey')).toBeDefined();
  });

  test('is none where the finding does not come', () => {
    expect(storyOf(shrunk.scenario, shrunk.finding)).toBeUndefined();
  });
});

describe('the story of a finding that the end of the run shows', () => {
  test('blames no step, and tells of every client', () => {
    const scenario = scenarioOf(
      'idempotence: true, requestTimeoutMs: 1000',
      `
  - { kind: partition-one-way, at: 4000, target: leader(orders-0), durationMs: 9000, direction: outbound, peers: [client(producer-1)] }
  - { kind: move-leader, at: 5500, target: leader(orders-0) }`,
    );
    const { producer } = kafkaRules;
    const forgets: Rules = {
      ...kafkaRules,
      producer: { ...producer, afterAppend: (entry, batch, from) => (from === 'leader' ? producer.afterAppend(entry, batch, from) : entry) },
    };
    const finding = simulate(scenario, { rules: forgets }).findings.find(({ verdict, anomaly }) => verdict === 'finding' && anomaly === 'duplicate');
    const story = finding && storyOf(scenario, finding, { rules: forgets });
    if (story === undefined) throw new Error('the seed does not show it any more: take another');
    expect(story.atFinding).toEqual([]);
    const said = story.entries.map(entryLine).join('\n');
    for (const { id, topic } of scenario.workload.consumers) expect(said).toContain(`${id} reads ${topic} from the beginning`);
    for (const { id } of scenario.workload.producers) expect(said).toContain(`${id} sends record 0 to `);
  }, 60_000);
});
