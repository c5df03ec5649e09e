/** The matchers judge what a run shows, refuse what would never fail, and say what leads to the same run again. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { kafkaRules, type Rules } from '../../src/kafka/rules/rules.ts';
import { failureText } from '../../src/report/failure-text.ts';
import { scenarioOfToken } from '../../src/report/token.ts';
import { runSandbox } from '../../src/sandbox/sandbox.ts';
import type { Finding } from '../../src/simulation/checker/finding.ts';
import { anomalyNames } from '../../src/simulation/checker/meaning.ts';
import type { RunResult } from '../../src/simulation/run/result.ts';
import { simulate } from '../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../src/simulation/scenario/parse.ts';
import type { Scenario } from '../../src/simulation/scenario.ts';
import '../../src/vitest/index.ts';

function story(name: string): Scenario {
  const read = parseScenario(readFileSync(new URL(`../../scenarios/${name}.yaml`, import.meta.url), 'utf8'));
  if (!read.ok) throw new Error(read.error.join('\n'));
  return read.value;
}
/** What a matcher throws. */
function messageOf(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'nothing was thrown';
}
const { replication } = kafkaRules;
const hasty: Rules = { ...kafkaRules, replication: { ...replication, advanceHighWatermark: (leader) => leader.logEndOffset } };

const excused = simulate(story('acks-one-loses-on-leader-crash'));
const broken = simulate(story('acks-all-survives-leader-crash'), { rules: hasty });
const never = story('acks-all-survives-leader-crash');
/** Its last fault waits for what never comes. */
const missed = simulate({
  ...never,
  faults: never.faults.map((fault) => (fault.trigger.type === 'event' ? { ...fault, trigger: { ...fault.trigger, nth: 1_000_000 } } : fault)),
});

describe('toKeepPromises', () => {
  test('holds for a clean run, and where all that was seen is excused', () => {
    expect(simulate(story('acks-all-survives-leader-crash'))).toKeepPromises();
    expect(excused.verdict).toBe('excused');
    expect(excused).toKeepPromises();
  });
  test('does not hold where a checker found something, or could not judge, or a fault did not strike', () => {
    expect(broken).not.toKeepPromises();
    expect(missed).not.toKeepPromises();
    const unknown: Finding = { checker: 'c', anomaly: 'unseen', place: 'orders-0', message: 'm', timeUs: 0, verdict: 'unknown' };
    expect({ ...excused, findings: [unknown] }).not.toKeepPromises();
  });
  test('tells the finding, what it means, where, when, the faults, the seed, and the token of the very scenario', () => {
    const message = messageOf(() => expect(broken).toKeepPromises());
    expect(message).toMatch(
      /^The promises were not kept\.\nFound:\n {2}.*\d+\.\d{6} s {2}\S+\/HighWatermark at orders-0: a replica calls records committed/,
    );
    expect(message).toMatch(/^Faults that struck:\n {2} +\d+\.\d{6} s {2}faults\[0\] {2}partition {2}broker-\d$/m);
    expect(message).toMatch(/^ {2}and \d+ more$/m);
    expect(message).toContain(`Scenario seed ${broken.scenario.seed}.`);
    const token = / faultline replay (fl2\.\S+)$/.exec(message)?.[1] ?? '';
    expect(scenarioOfToken(token)).toEqual({ ok: true, value: broken.scenario });
    expect(messageOf(() => expect(missed).toKeepPromises())).toMatch(/^Not as expected:\n {2}faults\[1\] did not fire/m);
    expect(messageOf(() => expect(excused).not.toKeepPromises())).toMatch(/^The promises were kept, and should not have been\.\nFound:/);
  });
});

describe('toFind and toExcuse', () => {
  test('tell what was found from what was excused', () => {
    expect(broken).toFind('HighWatermark');
    expect(broken).not.toExcuse('HighWatermark');
    expect(excused).toExcuse('lost-write');
    expect(excused).not.toFind('lost-write');
    expect(excused).not.toExcuse('group-skip');
  });
  test('say what was seen instead', () => {
    expect(messageOf(() => expect(excused).toFind('lost-write'))).toMatch(
      /^lost-write was not found: a record that was acknowledged.*\nFound:\n[\s\S]*lost-write at orders-0/,
    );
    expect(messageOf(() => expect(excused).toFind('lost-write'))).toMatch(/ \(acks=1 does not wait for the in-sync replicas\) \[excused\]$/m);
    expect(messageOf(() => expect(broken).toExcuse('HighWatermark'))).toMatch(/^HighWatermark was not excused: /);
    expect(messageOf(() => expect(broken).not.toFind('HighWatermark'))).toMatch(/^HighWatermark was found: /);
  });
  test('refuse an anomaly that no checker has: it would never be found', () => {
    expect(() => expect(excused).not.toFind('lost-wirte')).toThrow(`there is no anomaly "lost-wirte"; there are ${anomalyNames.join(', ')}`);
    expect(() => expect(excused).not.toExcuse('')).toThrow('there is no anomaly ""');
    expect(excused).not.toFind('int-poll-skip');
  });
});

describe('what a test prints', () => {
  test('says so when the scenario alone does not play the run again', async () => {
    expect([missed.replayable, excused.replayable, broken.replayable]).toEqual([true, true, false]);
    expect(failureText(missed)).toContain('Scenario seed 11. Play it again (--trace prints every event):\n  npx faultline replay fl2.');
    expect(failureText(broken)).toContain('so this test alone plays it again');
    const calm = { ...never, faults: [], workload: { ...never.workload, seconds: 2 } };
    expect((await runSandbox({ scenario: calm, processes: [{ name: 'own', start: () => undefined }] })).replayable).toBe(false);
    expect((await runSandbox({ scenario: calm })).replayable).toBe(true);
  });
  test('is refused for what is no result of a run', async () => {
    const later: unknown = Promise.resolve(excused);
    expect(() => expect(later).toKeepPromises()).toThrow('judges the result of simulate() or runSandbox(): await it first');
    expect(() => expect(never).toKeepPromises()).toThrow('expect(simulate(scenario)).toKeepPromises(...)');
    await expect(Promise.resolve<RunResult>(excused)).resolves.toKeepPromises();
  });
});
