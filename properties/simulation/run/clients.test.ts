/** What becomes of clients, coordinators and topics that faults strike, in whole runs: each fault shows, and nothing else does. */
import { describe, expect, test } from 'vitest';
import { kafkaClientRules } from '../../../src/kafka/client/rules.ts';
import type { RunResult } from '../../../src/simulation/run/result.ts';
import { type SimulateOptions, simulate } from '../../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';

/** Three brokers, a producer, a group of two; 30 s with these faults, and what must and must not happen. */
function play(faults: string, expectation: string, group = '', options: SimulateOptions = {}): RunResult {
  const parsed = parseScenario(`
version: 1
seed: 8
cluster:
  brokers: 3
  config: { group.initial.rebalance.delay.ms: 500, min.insync.replicas: 2 }
  topics: [{ name: orders, partitions: 2, config: { min.insync.replicas: 2 } }]
workload:
  seconds: 30
  producers: [{ id: p, topic: orders, ratePerSecond: 20, keys: 20, idempotence: true, metadataMaxAgeMs: 2000 }]
  groups:
    - { id: g, topics: [orders], members: 2, commit: after-processing, sessionTimeoutMs: 6000, metadataMaxAgeMs: 2000 ${group} }
faults: [${faults}]
expect: {${expectation}}
`);
  if (!parsed.ok) expect.fail(parsed.error.join('\n'));
  return simulate(parsed.value, options);
}

const bad = ({ findings }: RunResult) => findings.filter(({ verdict }) => verdict !== 'excused');

describe('a fault', () => {
  test.each([
    [
      'crash',
      'of a member ends its session',
      '{ kind: crash, at: 8000, target: client(g-1), powerLoss: true, downMs: 9000 }',
      'happens: [expiry rebalance], never: [leave rebalance]',
    ],
    [
      'stop',
      'of a member is a leave, after its work and its commit',
      '{ kind: stop, at: 8000, target: client(g-1), downMs: 9000 }',
      'happens: [leave rebalance], never: [expiry rebalance, redelivered]',
    ],
    [
      'pause',
      'of a member past its session makes it a zombie that is refused',
      '{ kind: pause, at: 8000, target: client(g-1), durationMs: 9000 }',
      'happens: [expiry rebalance, unknown member], never: [leave rebalance]',
    ],
    [
      'slow-handler',
      'past the poll interval makes the member leave',
      '{ kind: slow-handler, at: 8000, target: client(g-1), perPollMs: 5000, durationMs: 500 }',
      'happens: [leave rebalance, redelivered], never: [expiry rebalance]',
    ],
    [
      'move-leader',
      'moves a coordinator, and its group goes on where it was',
      '{ kind: move-leader, at: 12000, target: coordinator(g) }',
      'happens: [coordinator move, not coordinator], never: [fencing, expiry rebalance, leave rebalance, metadata rebalance]',
    ],
    [
      'add-partitions',
      'has the group share them out',
      '{ kind: add-partitions, at: 8000, topic: orders, partitions: 2 }',
      'happens: [metadata rebalance], never: [expiry rebalance, leave rebalance]',
    ],
    [
      'stop',
      'of a broker hands over what it leads and needs no recovery',
      '{ kind: stop, at: 8000, target: coordinator(g), downMs: 5000 }',
      'happens: [coordinator move, clean recovery], never: [unclean recovery, unclean registration, expiry rebalance]',
    ],
  ])('%s %s', (kind, _what, faults, expectation) => {
    const result = play(faults, expectation, kind === 'slow-handler' ? ', maxPollIntervalMs: 4000' : '');
    expect(result.unmet).toEqual([]);
    expect(bad(result)).toEqual([]);
    expect(result.faultsFired.map((fault) => fault.kind)).toEqual([kind]);
  });

  test('is what it takes: without one the group is joined and nothing more', () => {
    const result = play(
      '',
      'happens: [join rebalance], never: [leave rebalance, expiry rebalance, metadata rebalance, coordinator move, redelivered]',
    );
    expect([result.unmet, result.findings]).toEqual([[], []]);
  });

  test('may come before a member does: the group grows', () => {
    const { history, unmet } = play('{ kind: crash, at: 2000, target: client(g-2), powerLoss: false, downMs: 0 }', '', ', joinEveryMs: 10000');
    expect(unmet).toEqual([]);
    const second = history.processes.filter(({ name }) => name === 'g-2').map(({ id }) => id);
    const first = history.operations.find(({ process }) => second.includes(process));
    expect(first?.timeUs).toBeGreaterThan(10_000_000);
  });
});

describe('a client that starts again', () => {
  const { history, acknowledged } = play(
    '{ kind: crash, at: 8000, target: client(p), powerLoss: true, downMs: 1000 }, { kind: stop, at: 16000, target: client(p), downMs: 1000 }',
    '',
  );
  const lives = history.processes.filter(({ name }) => name === 'p').map(({ id }) => id);
  const sends = history.operations.filter(({ operation }) => operation.type === 'send');
  test('is a new process under the same name', () => expect(lives).toHaveLength(3));
  test('sends values that none of its lives sent before', () => {
    const values = sends.map(({ operation }) => (operation.type === 'send' ? operation.value : ''));
    expect(new Set(values).size).toBe(values.length);
  });
  test('leaves no send without an end, and what a stop cut off had one', () => {
    expect(sends.filter(({ completion }) => completion === undefined)).toEqual([]);
    expect(sends.filter(({ process, completion }) => process === lives[1] && completion?.type !== 'ok')).toEqual([]);
  });
  test('adds up what all its lives had acknowledged', () => {
    expect(acknowledged).toBe(sends.filter(({ completion }) => completion?.type === 'ok').length);
  });
});

test('partitions that were added and that nobody takes are a finding', () => {
  const mustRejoin: typeof kafkaClientRules.group.mustRejoin = (state) => state.requested;
  const clientRules = { ...kafkaClientRules, group: { ...kafkaClientRules.group, mustRejoin } };
  const result = play('{ kind: add-partitions, at: 8000, topic: orders, partitions: 2 }', '', '', { clientRules });
  expect(bad(result).map(({ anomaly }) => anomaly)).toContain('not-owned');
});

test('records of added partitions are read and worked on', () => {
  const { history } = play('{ kind: add-partitions, at: 8000, topic: orders, partitions: 2 }', '');
  const handled = history.operations.flatMap(({ operation }) => (operation.type === 'handle' ? operation.records : []));
  expect(handled.filter(({ partition }) => partition === 'orders-3').length).toBeGreaterThan(10);
});
