/** Consumer groups in whole runs: members, brokers and the coordinator as they are, with faults; and a wrong assignor that is found. */
import { describe, expect, test } from 'vitest';
import type { GroupClientRules } from '../../../src/kafka/client/group/rules.ts';
import { kafkaClientRules } from '../../../src/kafka/client/rules.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { type SimulateOptions, simulate } from '../../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';
import { printScenario } from '../../../src/simulation/scenario/print.ts';

const scenario = (assignor: string, commit: string): string => `
version: 1
seed: 2
cluster:
  brokers: 3
  config: { offsets.topic.num.partitions: 3, offsets.topic.replication.factor: 3 }
  topics:
    - { name: orders, partitions: 4 }
workload:
  seconds: 40
  producers:
    - { id: p, topic: orders, ratePerSecond: 5, idempotence: true }
  groups:
    - { id: g, topics: [orders], members: 3, assignor: ${assignor}, commit: ${commit}, handlerMs: 20, sessionTimeoutMs: 6000 }
faults:
  - { kind: crash, at: 9000, target: broker(3), powerLoss: true, downMs: 3000 }
  - { kind: client-cut, at: 14000, target: client(g-2), durationMs: 12000 }
  - { kind: crash, at: 30000, target: broker(1), powerLoss: true, downMs: 2000 }
`;

function play(assignor: string, commit: string, options: SimulateOptions = {}) {
  const parsed = parseScenario(scenario(assignor, commit));
  if (!parsed.ok) throw new Error(parsed.error.join('\n'));
  const again = parseScenario(printScenario(parsed.value));
  expect(again.ok && again.value).toEqual(parsed.value);
  const result = simulate(parsed.value, options);
  const told = result.history.operations.flatMap(({ operation }) => (operation.type === 'rebalance' ? [operation.event] : []));
  return { result, told };
}

describe('a group of three, of which one is cut off while brokers crash', () => {
  test.each([
    ['range', 'automatic'],
    ['roundrobin', 'before-processing'],
    ['sticky', 'after-processing'],
    ['cooperative-sticky', 'after-processing'],
  ])('shares its partitions out again, skips nothing and loses no commit: %s, %s', (assignor, commit) => {
    const { result, told } = play(assignor, commit);
    expect(result.findings.filter(({ verdict }) => verdict !== 'excused')).toEqual([]);
    expect(result.unmet).toEqual([]);
    expect(told.filter((event) => event === 'assigned').length).toBeGreaterThan(3);
    expect(result.history.operations.filter(({ operation }) => operation.type === 'handle').length).toBeGreaterThan(20);
  });

  test('goes on with the others under their names and times when one is left out', () => {
    const whole = scenario('range', 'automatic').replace('members: 3', 'members: 3, joinEveryMs: 2000');
    const joins = (text: string): ReadonlyMap<string, number> => {
      const parsed = parseScenario(text);
      if (!parsed.ok) throw new Error(parsed.error.join('\n'));
      const { history, unmet } = simulate(parsed.value);
      expect(unmet).toEqual([]);
      const first = history.operations.filter(
        ({ operation, process }) => operation.type === 'poll' && history.processes[process]?.name.startsWith('g-'),
      );
      return new Map(first.map(({ process, timeUs }): [string, number] => [history.processes[process]?.name ?? '', timeUs]).reverse());
    };
    const all = joins(whole);
    expect(new Set(all.keys())).toEqual(new Set(['g-1', 'g-2', 'g-3']));
    const others = joins(whole.replace('members: 3', 'members: 3, only: "1, 3"').replace('client(g-2)', 'client(g-3)'));
    expect(new Set(others.keys())).toEqual(new Set(['g-1', 'g-3']));
    expect(others.get('g-3')).toBe(all.get('g-3'));
  });

  test('is caught when its assignor gives everything to everybody', () => {
    const everybody: GroupClientRules['assign'] = (_, counts, members) => {
      const all = [...counts].flatMap(([topic, count]) => Array.from({ length: count }, (_each, index) => topicPartition(topic, index)));
      return new Map(members.map(({ memberId }) => [memberId, all]));
    };
    const { result } = play('range', 'automatic', { clientRules: { ...kafkaClientRules, group: { ...kafkaClientRules.group, assign: everybody } } });
    expect(result.findings.map(({ anomaly }) => anomaly)).toContain('double-assignment');
    expect(result.verdict).toBe('finding');
  });
});
