/** Three brokers and a controller in a virtual world: the promises of acks=all through crashes. */
import { describe, expect, test } from 'vitest';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { Rig } from './rig.ts';

const orders = topicPartition('orders', 0);
const safe = { name: 'orders', numPartitions: 1, replicationFactor: 3, configs: new Map([['min.insync.replicas', '2']]) };

function cluster(): Rig {
  const rig = new Rig();
  rig.ready();
  rig.createTopic(safe);
  return rig;
}

describe('a cluster of three', () => {
  test('acknowledges with acks=all what every in-sync replica holds', () => {
    const rig = cluster();
    const producer = rig.producer('all');
    const sent = rig.send(producer, 'orders', 'a');
    rig.until(() => sent.outcome !== undefined, 10_000, 'an outcome');
    expect(sent.outcome).toEqual({ type: 'acknowledged', partition: 0, offset: 0 });
    for (const id of [1, 2, 3]) expect(rig.broker(id).replicas.byName('orders', 0)?.log?.logEndOffset).toBe(1);
    expect(rig.consume('orders', 1)).toEqual([[0, 'a']]);
  });

  test.each([true, false])('keeps every acknowledged record through a crash of the leader (power loss: %s)', (powerLoss) => {
    const rig = cluster();
    const producer = rig.producer('all');
    const sent = Array.from({ length: 20 }, (_, index) => rig.send(producer, 'orders', `v${index}`));
    rig.until(() => sent.every((each) => each.outcome !== undefined), 10_000, 'outcomes');
    const leader = rig.leader(orders) ?? 0;
    rig.host(leader).crash({ powerLoss });
    rig.until(() => (rig.leader(orders) ?? leader) !== leader, 30_000, 'another leader');
    const more = Array.from({ length: 5 }, (_, index) => rig.send(producer, 'orders', `w${index}`));
    rig.until(() => more.every((each) => each.outcome !== undefined), 60_000, 'outcomes after the crash');
    expect(more.map((each) => each.outcome?.type)).toEqual(more.map(() => 'acknowledged'));
    const read = rig.consume('orders', 25);
    expect(read.slice(0, 20).map(([, value]) => value)).toEqual(sent.map((_, index) => `v${index}`));
    rig.start(leader);
    rig.until(() => rig.broker(leader).running, 30_000, 'the old leader back');
    rig.until(() => (rig.broker(rig.leader(orders) ?? 0).replicas.byName('orders', 0)?.leader?.isr.length ?? 0) === 3, 30_000, 'a full ISR');
    rig.run(2000);
    const ends = [1, 2, 3].map((id) => rig.broker(id).replicas.byName('orders', 0)?.log?.logEndOffset);
    expect(new Set(ends).size).toBe(1);
  });
});
