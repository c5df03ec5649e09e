/** A finding of a planted defect shrinks to what it needs: nothing of the result can be left out, and it is the same finding. */
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/simulation/checker/finding.ts';
import { type Defect, rulesOf } from '../../../src/simulation/defect/defect.ts';
import { defectNamed } from '../../../src/simulation/defect/defects.ts';
import { type ShrinkNews, type ShrinkOptions, shrinkFinding } from '../../../src/simulation/run/shrink.ts';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { scenarioOfSeed } from '../../../src/simulation/scenario/arbitrary.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';
import { printScenario } from '../../../src/simulation/scenario/print.ts';
import { seedOf } from '../../../src/simulation/scenario/seeds.ts';
import type { Scenario } from '../../../src/simulation/scenario.ts';
import { memberNumbers } from '../../../src/simulation/workload/plan.ts';

type Rules = Pick<ShrinkOptions, 'rules' | 'clientRules'>;

const known = (id: string): Defect => {
  const defect = defectNamed(id);
  if (defect === undefined) throw new Error(`no defect ${id}`);
  return defect;
};
const truncatesToHighWatermark = known('KIP-101');
const planted: readonly Defect[] = [truncatesToHighWatermark, known('KIP-497'), known('KIP-98'), known('KIP-62')];

/** The first seed that shows it. */
function drawn(defect: Defect): { readonly scenario: Scenario; readonly finding: Finding } {
  for (let index = 0; index < 100; index++) {
    const scenario = scenarioOfSeed(seedOf('planted', index), defect.profile === 'log' ? undefined : defect.profile);
    const finding = simulate(scenario, rulesOf(defect)).findings.find(({ verdict }) => verdict === 'finding');
    if (finding !== undefined) return { scenario, finding };
  }
  throw new Error(`100 seeds do not show ${defect.id}`);
}

/** Without each single fault, record, consumer, member, producer and group in turn. */
function* eachWithout(scenario: Scenario): Generator<readonly [what: string, scenario: Scenario]> {
  const { faults, workload } = scenario;
  const { producers, consumers, groups = [] } = workload;
  const without = <T>(list: readonly T[], at: number): readonly T[] => list.filter((_, index) => index !== at);
  const but = (changed: Partial<Scenario['workload']>): Scenario => ({ ...scenario, workload: { ...workload, ...changed } });
  for (const index of faults.keys()) yield [`fault ${index}`, { ...scenario, faults: without(faults, index) }];
  for (const index of producers.keys()) yield [`producer ${index}`, but({ producers: without(producers, index) })];
  for (const index of consumers.keys()) yield [`consumer ${index}`, but({ consumers: without(consumers, index) })];
  for (const index of groups.keys()) yield [`group ${index}`, but({ groups: without(groups, index) })];
  for (const [at, plan] of producers.entries()) {
    if (plan.only === undefined) throw new Error('nobody tried to leave out its records');
    for (const number of plan.only.keys())
      yield [`record ${number}`, but({ producers: producers.with(at, { ...plan, only: without(plan.only, number) }) })];
  }
  for (const [at, plan] of groups.entries())
    for (const number of memberNumbers(plan).keys())
      yield [`member ${number}`, but({ groups: groups.with(at, { ...plan, only: without(memberNumbers(plan), number) }) })];
}

const shows = (scenario: Scenario, wanted: Finding, rules: Rules): boolean =>
  simulate(scenario, rules).findings.some(
    ({ verdict, checker, anomaly, place }) =>
      verdict === 'finding' && checker === wanted.checker && anomaly === wanted.anomaly && place === wanted.place,
  );

describe('a finding', () => {
  test.each(planted)('shrinks to a scenario of which nothing can be left out: $id', (defect) => {
    const rules = rulesOf(defect);
    const { scenario, finding } = drawn(defect);
    const shrunk = shrinkFinding(scenario, finding, rules);
    if (shrunk === undefined) throw new Error('the finding was lost');
    expect(shrunk.minimal).toBe(true);
    const read = parseScenario(printScenario(shrunk.scenario));
    expect(read).toEqual({ ok: true, value: shrunk.scenario });
    expect(shows(shrunk.scenario, finding, rules)).toBe(true);
    expect(simulate(shrunk.scenario).verdict).not.toBe('finding');
    const parts = [...eachWithout(shrunk.scenario)];
    expect(parts.length).toBeGreaterThan(0);
    expect(parts.length).toBeLessThanOrEqual(10);
    for (const [what, smaller] of parts) expect(shows(smaller, finding, rules), `without ${what}`).toBe(false);
  }, 120_000);

  test('is another one with another place, and none with the right rules', () => {
    const { scenario, finding } = drawn(truncatesToHighWatermark);
    expect(shrinkFinding(scenario, { ...finding, place: 'payments-9' }, rulesOf(truncatesToHighWatermark))).toBeUndefined();
    expect(shrinkFinding(scenario, { ...finding, verdict: 'excused' }, rulesOf(truncatesToHighWatermark))).toBeUndefined();
    expect(shrinkFinding(scenario, finding)).toBeUndefined();
  });

  test('shrinks the same way each time, and goes on from where it was', () => {
    const rules = rulesOf(truncatesToHighWatermark);
    const { scenario, finding } = drawn(truncatesToHighWatermark);
    const news: ShrinkNews[] = [];
    const whole = shrinkFinding(scenario, finding, { ...rules, progress: (each) => void news.push(each) });
    expect(shrinkFinding(scenario, finding, rules)).toEqual(whole);
    expect(news.filter(({ smaller }) => smaller).at(-1)?.smallest).toEqual(whole?.scenario);
    expect(news.at(-1)?.runs).toBe(whole?.runs);
    for (const maxRuns of [1, 10, 20]) {
      const part = shrinkFinding(scenario, finding, { ...rules, maxRuns });
      if (part === undefined) throw new Error('the finding was lost');
      expect(part).toMatchObject({ runs: maxRuns, minimal: false });
      expect(shows(part.scenario, finding, rules)).toBe(true);
      expect(shrinkFinding(part.scenario, finding, rules)).toMatchObject({ minimal: true });
    }
    const again = whole && shrinkFinding(whole.scenario, finding, rules);
    expect(again).toMatchObject({ scenario: whole?.scenario, minimal: true });
    expect(again?.runs).toBeLessThan((whole?.runs ?? 0) / 1.5);
  }, 60_000);

  test('ends when it is told so, with the smallest so far', () => {
    const { scenario, finding } = drawn(truncatesToHighWatermark);
    let left = 12;
    const shrunk = shrinkFinding(scenario, finding, { ...rulesOf(truncatesToHighWatermark), goOn: () => left-- > 0 });
    expect(shrunk).toMatchObject({ runs: 13, minimal: false });
    expect(shrunk?.scenario.workload.seconds).toBeLessThan(scenario.workload.seconds);
  });
});

describe('a run up to a finding', () => {
  test('ends with the event that shows it, after everybody heard of it, and judges nothing more', () => {
    const { scenario, finding } = drawn(truncatesToHighWatermark);
    const rules = rulesOf(truncatesToHighWatermark);
    let lastUs = 0;
    const phases: string[] = [];
    const result = simulate(scenario, {
      ...rules,
      until: (each) => each.anomaly === finding.anomaly,
      listener: {
        observed: (timeUs) => {
          lastUs = timeUs;
        },
        phase: (_, name) => void phases.push(name),
      },
    });
    expect(result.findings.at(-1)).toEqual(finding);
    expect([result.virtualUs, lastUs]).toEqual([finding.timeUs, finding.timeUs]);
    expect(phases).toEqual(['start-up', 'safety']);
  });
});
