/** The story of a finding names what was done, what decided it, and the rule that is wrong. */
import { beforeAll, describe, expect, test } from 'vitest';
import { kafkaClientRules } from '../../../src/kafka/client/rules.ts';
import { kafkaRules, type Rules } from '../../../src/kafka/rules/rules.ts';
import { entryLine, storyText } from '../../../src/report/story-text.ts';
import { RuleWatch } from '../../../src/simulation/run/rule-watch.ts';
import { type Shrunk, shrinkFinding } from '../../../src/simulation/run/shrink.ts';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { type Story, storyOf } from '../../../src/simulation/run/story.ts';
import { scenarioOfSeed } from '../../../src/simulation/scenario/arbitrary.ts';
import { seedOf } from '../../../src/simulation/scenario/seeds.ts';

const { replication } = kafkaRules;
const rules: Rules = {
  ...kafkaRules,
  replication: { ...replication, followerTakeOver: (_end, highWatermark) => ({ truncateTo: highWatermark }) },
};

describe('the story of a follower that truncates to its high watermark', () => {
  let shrunk: Shrunk;
  let story: Story;
  beforeAll(() => {
    const scenario = scenarioOfSeed(seedOf('planted', 28), 'replication');
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
    const scenario = scenarioOfSeed(seedOf('planted', 6), 'no-duplicates');
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
