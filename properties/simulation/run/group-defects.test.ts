/** Each wrong decision about groups is found in a scenario made for it, which is clean with the right rules. */
import { describe, expect, test } from 'vitest';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';
import type { Scenario } from '../../../src/simulation/scenario.ts';
import { type GroupDefect, keptOwnership, noSyncTimeout, staleClaims, staleCommit, staleCooperativeClaims } from './group-defects.ts';

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

const found = (where: readonly Scenario[], { rules, clientRules }: Partial<GroupDefect> = {}): readonly string[] => {
  const findings = where.flatMap((each) => simulate(each, { ...(rules && { rules }), ...(clientRules && { clientRules }) }).findings);
  return [...new Set(findings.filter(({ verdict }) => verdict === 'finding').map(({ anomaly }) => anomaly))];
};

describe('a scenario with the circumstance', () => {
  test.each([
    { defect: staleCommit, where: [zombie('range')], anomaly: /StaleCommit/ },
    { defect: noSyncTimeout, where: ['g-1', 'g-2', 'g-3'].map(silent), anomaly: /SyncTimeout/ },
    { defect: staleClaims, where: [zombie('sticky')], anomaly: /NoDoubleAssignment|broken-invariant/ },
    { defect: staleCooperativeClaims, where: [zombie('cooperative-sticky')], anomaly: /NoDoubleAssignment|broken-invariant/ },
  ])('finds that $defect.decision ($defect.source)', ({ defect, where, anomaly }) => {
    expect(found(where)).toEqual([]);
    expect(found(where, defect).join(' ')).toMatch(anomaly);
  });

  test('shows that the age of claims is what keeps partitions apart where a member keeps what it lost', () => {
    expect(found([zombie('cooperative-sticky')], keptOwnership)).not.toContain('NoDoubleAssignment');
  });
});
