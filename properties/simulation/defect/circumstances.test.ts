/** Each wrong decision about groups is found in a scenario made for it, which is clean with the right rules. */
import { describe, expect, test } from 'vitest';
import { kafkaClientRules } from '../../../src/kafka/client/rules.ts';
import { type Defect, rulesOf } from '../../../src/simulation/defect/defect.ts';
import { defectNamed } from '../../../src/simulation/defect/defects.ts';
import { keepsWhatItLost, trustAll } from '../../../src/simulation/defect/groups.ts';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';
import type { Scenario } from '../../../src/simulation/scenario.ts';

const scenario = (group: string, faults: readonly string[]): Scenario => {
  const parsed = parseScenario(`
version: 1
seed: 3
cluster:
  brokers: 3
  config: { offsets.topic.num.partitions: 3, offsets.topic.replication.factor: 3 }
  topics:
    - { name: orders, partitions: 6 }
workload:
  seconds: 50
  producers:
    - { id: p, topic: orders, ratePerSecond: 10, idempotence: true }
  groups:
    - { id: g, topics: [orders], members: 3, ${group} }
faults:
${faults.map((fault) => `  - { ${fault} }`).join('\n')}
`);
  if (!parsed.ok) throw new Error(parsed.error.join('\n'));
  return parsed.value;
};

/** A member is cut off until the group has gone on without it, and comes back with what it had. */
const zombie = (assignor: string): Scenario =>
  scenario(`assignor: ${assignor}, commit: after-processing, handlerMs: 300, sessionTimeoutMs: 6000`, [
    'kind: client-cut, at: 12000, target: client(g-1), durationMs: 12000',
    'kind: client-cut, at: 30000, target: client(g-2), durationMs: 12000',
  ]);

/** Members have a long session and a short rebalance timeout; one is cut off as the generation begins, before it can hand in an assignment. */
const silent = (member: string): Scenario =>
  scenario('assignor: range, commit: after-processing, handlerMs: 20, sessionTimeoutMs: 40000, maxPollIntervalMs: 8000', [
    `kind: client-cut, on: any generation, nth: 1, target: client(${member}), durationMs: 38000`,
  ]);

type Decisions = Pick<Defect, 'rules' | 'clientRules'>;

const found = (where: readonly Scenario[], decisions: Decisions = {}): readonly string[] => {
  const findings = where.flatMap((each) => simulate(each, rulesOf(decisions)).findings);
  return [...new Set(findings.filter(({ verdict }) => verdict === 'finding').map(({ anomaly }) => anomaly))];
};
const known = (id: string): Decisions => {
  const defect = defectNamed(id);
  if (defect === undefined) throw new Error(`no defect ${id}`);
  return defect;
};
const { group } = kafkaClientRules;
const alone = (rules: Partial<typeof group>): Decisions => ({ clientRules: { group: { ...group, ...rules } } });

describe('a scenario with the circumstance', () => {
  test.each([
    { wrong: 'a commit is taken from an old generation', decisions: known('KIP-62'), where: [zombie('range')], anomaly: /StaleCommit/ },
    { wrong: 'SyncGroup has no timeout', decisions: known('KAFKA-12890'), where: ['g-1', 'g-2', 'g-3'].map(silent), anomaly: /SyncTimeout/ },
    {
      wrong: 'sticky claims are trusted',
      decisions: alone({ settleClaims: trustAll }),
      where: [zombie('sticky')],
      anomaly: /NoDoubleAssignment|broken-invariant/,
    },
    {
      wrong: 'cooperative claims are trusted',
      decisions: known('KAFKA-12984'),
      where: [zombie('cooperative-sticky')],
      anomaly: /NoDoubleAssignment|broken-invariant/,
    },
  ])('is clean, and shows it when $wrong', ({ decisions, where, anomaly }) => {
    expect(found(where)).toEqual([]);
    expect(found(where, decisions).join(' ')).toMatch(anomaly);
  });

  test('shows that the age of claims is what keeps partitions apart where a member keeps what it lost', () => {
    expect(found([zombie('cooperative-sticky')], alone({ beforeJoin: keepsWhatItLost }))).not.toContain('NoDoubleAssignment');
  });
});
