/** Each named story comes out as it says. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { kafkaRules, type Rules } from '../../../src/kafka/rules/rules.ts';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';
import { printScenario } from '../../../src/simulation/scenario/print.ts';

const folder = new URL('../../../scenarios/', import.meta.url);
const stories = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

describe('the story', () => {
  test.each(stories)('%s comes out as it expects', (file) => {
    const scenario = parseScenario(readFileSync(new URL(file, folder), 'utf8'));
    if (!scenario.ok) expect.fail(scenario.error.join('\n'));
    const result = simulate(scenario.value);
    expect(result.unmet).toEqual([]);
    expect(result.findings.filter((finding) => finding.verdict !== 'excused')).toEqual([]);
    expect(result.acknowledged).toBeGreaterThan(200);
  });
  test.each(stories)('%s says what it is about and reads back as it is written', (file) => {
    const scenario = parseScenario(readFileSync(new URL(file, folder), 'utf8'));
    if (!scenario.ok) expect.fail(scenario.error.join('\n'));
    expect(scenario.value.description.length).toBeGreaterThan(80);
    expect(parseScenario(printScenario(scenario.value))).toEqual(scenario);
  });
  test('idempotence-survives-lost-responses has duplicates when its producer is not idempotent, and a finding when a broker remembers one batch', () => {
    const scenario = parseScenario(readFileSync(new URL('idempotence-survives-lost-responses.yaml', folder), 'utf8'));
    if (!scenario.ok) expect.fail(scenario.error.join('\n'));
    expect(simulate(scenario.value).findings).toEqual([]);
    const { workload } = scenario.value;
    const plain = { ...workload, producers: workload.producers.map((plan) => ({ ...plan, idempotence: false })) };
    expect(simulate({ ...scenario.value, workload: plain }).findings.map(({ verdict, anomaly }) => [verdict, anomaly])).toContainEqual([
      'excused',
      'duplicate',
    ]);
    const { producer } = kafkaRules;
    const forgetful: Rules = {
      ...kafkaRules,
      producer: {
        ...producer,
        checkSequence: (entry, batch) => producer.checkSequence(entry && { ...entry, batches: entry.batches.slice(-1) }, batch),
      },
    };
    expect(simulate(scenario.value, { rules: forgetful }).verdict).toBe('finding');
  });
  test('acks-one-loses-on-leader-crash loses nothing when its producer asks for acks=all', () => {
    const scenario = parseScenario(readFileSync(new URL('acks-one-loses-on-leader-crash.yaml', folder), 'utf8'));
    if (!scenario.ok) expect.fail(scenario.error.join('\n'));
    const { workload } = scenario.value;
    const safer = { ...workload, producers: workload.producers.map((plan) => ({ ...plan, acks: -1 as const })) };
    const lost = simulate({ ...scenario.value, workload: safer }).findings.filter(({ anomaly }) => ['lost-write', 'unseen'].includes(anomaly));
    expect(lost).toEqual([]);
  });
});
