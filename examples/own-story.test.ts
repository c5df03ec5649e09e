/** A story of one's own: a cluster, clients and faults as data, and what should come of it. */
import { type RunResult, scenarioOf, simulate } from 'faultline';
import 'faultline/vitest';
import { expect, test } from 'vitest';

/** The leader is cut off from its followers while they are still in sync, goes on acknowledging, and dies. */
const story = (acks: 'all' | 1) =>
  scenarioOf({
    cluster: { topics: [{ name: 'orders' }], config: { 'broker.session.timeout.ms': 3000, 'broker.heartbeat.interval.ms': 500 } },
    workload: { seconds: 40, producers: [{ id: 'shop', topic: 'orders', acks }], consumers: [{ id: 'billing', topic: 'orders' }] },
    faults: [
      { kind: 'partition', at: 10_000, target: 'leader(orders-0)', peers: ['follower(orders-0, 0)', 'follower(orders-0, 1)'], durationMs: 3000 },
      { kind: 'crash', at: 12_000, target: 'leader(orders-0)', powerLoss: false },
    ],
  });

test('acks=all survives it', () => {
  expect(simulate(story('all'))).toKeepPromises();
});

test('acks=1 loses records that were acknowledged, as Kafka permits', () => {
  expect(simulate(story(1))).toExcuse('lost-write');
});

/** A check of one's own over what the clients did and were told: how many acknowledged records no reader ever got. */
function lost({ history }: RunResult): number {
  const acknowledged = new Set<string>();
  for (const { operation, completion } of history.operations)
    if (operation.type === 'send' && completion?.type === 'ok') acknowledged.add(operation.value);
  for (const { completion } of history.operations)
    if (completion?.type === 'ok' && completion.result.type === 'finalRead')
      for (const { value } of completion.result.records) acknowledged.delete(value);
  return acknowledged.size;
}

test('what is lost can be counted', () => {
  expect(lost(simulate(story(1)))).toBeGreaterThan(0);
  expect(lost(simulate(story('all')))).toBe(0);
});
