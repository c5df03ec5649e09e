/** Which of the settings of a server's nodes win. */
import { describe, expect, test } from 'vitest';
import { settingsOf } from '../../src/server/settings.ts';

const controller = { id: 1000, host: '127.0.0.1', port: 9999 };
const settings = (brokers: number, given: readonly (readonly [string, string])[] = []) => {
  const ports = new Map(Array.from({ length: brokers }, (_, index): [number, number] => [index + 1, 9092 + index]));
  return settingsOf({ clusterId: 'c', host: '127.0.0.1', ports, controller }, new Map(given));
};

describe('the settings of a server', () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 3],
    [5, 3],
  ])('give __consumer_offsets and other topics on %i brokers %i replicas, so that they can be created', (brokers, replicas) => {
    const made = settings(brokers);
    const factors = made.ok ? made.value.brokers.map((each) => [each.offsetsTopicReplicationFactor, each.defaultReplicationFactor]) : [];
    expect(factors).toEqual(Array.from({ length: brokers }, () => [replicas, replicas]));
    expect(made.ok && made.value.controller.defaultReplicationFactor).toBe(replicas);
  });
  test('are the user’s where the user says, on every node', () => {
    const made = settings(2, [
      ['offsets.topic.replication.factor', '3'],
      ['broker.session.timeout.ms', '1234'],
      ['min.insync.replicas', '2'],
    ]);
    if (!made.ok) throw new Error(made.error);
    expect(made.value.brokers.map((each) => [each.offsetsTopicReplicationFactor, each.brokerSessionTimeoutMs])).toEqual([
      [3, 1234],
      [3, 1234],
    ]);
    expect([made.value.controller.brokerSessionTimeoutMs, made.value.controller.minInsyncReplicas]).toEqual([1234, 2]);
    expect(made.value.ignored).toEqual([]);
  });
  test('leave the server’s own keys to the server, and name them with those that mean nothing', () => {
    const made = settings(1, [
      ['node.id', '7'],
      ['listeners', 'PLAINTEXT://:1'],
      ['log.dirs', '/var/lib'],
      ['num.io.threads', '8'],
      ['num.partitions', '4'],
    ]);
    if (!made.ok) throw new Error(made.error);
    expect(made.value.ignored).toEqual(['node.id', 'listeners', 'log.dirs', 'num.io.threads']);
    expect(made.value.brokers[0]).toMatchObject({ nodeId: 1, listeners: [{ port: 9092 }], numPartitions: 4 });
  });
  test('are refused by key, once for all nodes', () => {
    const made = settings(3, [['num.partitions', 'many']]);
    expect(made.ok ? '' : made.error).toMatch(/^num\.partitions=many: [^;]*$/);
  });
});
