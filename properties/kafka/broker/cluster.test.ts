/** Three brokers and a controller in a virtual world: the promises of acks=all through crashes. */
import { describe, expect, test } from 'vitest';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { apis } from '../../../src/protocol/apis.ts';
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

test.each([
  ['the leader', 1],
  ['the follower', 2],
])('a leader that gets another epoch keeps its follower, also when %s hears of it last', (_, late) => {
  const rig = cluster();
  rig.createTopic({
    name: 'moving',
    numPartitions: 1,
    assignments: [{ partitionIndex: 0, brokerIds: [1, 2, 3] }],
    configs: new Map([['min.insync.replicas', '2']]),
  });
  rig.run(3000);
  const slow = rig.simulator.faults.latency([rig.controller], [rig.host(late)], { extraUs: 200_000, jitterUs: 0 });
  const topics = [{ name: 'moving', partitions: [{ partitionIndex: 0, replicas: [1, 2] }] }];
  expect(rig.ask(3, apis.alterPartitionReassignments, { topics }).responses[0]?.partitions[0]?.errorCode).toBe(0);
  rig.run(1000);
  slow.heal();
  expect(rig.broker(1).replicas.byName('moving', 0)?.leaderEpoch).toBe(1);
  const sent = rig.send(rig.producer('all'), 'moving', 'a');
  rig.until(() => sent.outcome !== undefined, 5000, 'an answer to acks=all');
  expect(sent.outcome?.type).toBe('acknowledged');
});

describe('a broker', () => {
  const isr = (rig: Rig): readonly number[] => {
    const leader = rig.leader(orders);
    return leader === undefined ? [] : (rig.broker(leader).replicas.byName('orders', 0)?.leader?.isr ?? []);
  };

  test('with a slow disk leaves the ISR by its lag, is never fenced, and comes back', () => {
    const rig = new Rig({ config: { replicaLagTimeMaxMs: 3000 } });
    rig.ready();
    rig.createTopic(safe);
    const leader = rig.leader(orders) ?? 0;
    const slow = leader === 1 ? 2 : 1;
    const fault = rig.host(slow).slowDisk({ perOperationUs: 10_000_000, bytesPerSecond: 1000 });
    const producer = rig.producer('all');
    const from = rig.simulator.nowUs;
    const sent = Array.from({ length: 30 }, (_, index) => ({ index, outcome: { outcome: undefined } as ReturnType<Rig['send']> }));
    for (const each of sent)
      rig.simulator.at(from + each.index * 300_000, 'send', () => {
        each.outcome = rig.send(producer, 'orders', `v${each.index}`);
      });
    rig.until(() => isr(rig).length === 2, 30_000, 'the slow one out');
    expect(isr(rig)).not.toContain(slow);
    fault.heal();
    rig.until(() => isr(rig).length === 3, 60_000, 'the slow one back');
    expect(rig.events('fenced')).toEqual([]);
    rig.until(() => sent.every((each) => each.outcome.outcome?.type === 'acknowledged'), 60_000, 'every record acknowledged');
  });

  test('that stops in order hands over its leaderships first, and comes back clean', () => {
    const rig = cluster();
    const producer = rig.producer('all');
    const first = rig.send(producer, 'orders', 'a');
    rig.until(() => first.outcome !== undefined, 5000);
    const leader = rig.leader(orders) ?? 0;
    let down = false;
    rig.host(leader).enter(() =>
      rig.broker(leader).shutDown(() => {
        down = true;
      }),
    );
    rig.until(() => down, 20_000, 'the end of the shutdown');
    rig.host(leader).stop();
    expect(rig.leader(orders)).not.toBe(leader);
    const second = rig.send(producer, 'orders', 'b');
    rig.until(() => second.outcome !== undefined, 20_000);
    expect(second.outcome?.type).toBe('acknowledged');
    rig.start(leader);
    rig.until(() => rig.broker(leader).running && isr(rig).length === 3, 30_000, 'back in the ISR');
    const registered = rig.events('registered').filter((each) => each.event.broker === leader);
    expect(registered.map((each) => each.event.unclean)).toEqual([registered[0]?.event.unclean, false]);
    const recovered = rig.events('recovered').filter((each) => each.host === `broker-${leader}`);
    expect(recovered.at(-1)?.event.clean).toBe(true);
  });

  test('whose disk fails answers so and gives its partitions up, without taking the others down', () => {
    const rig = cluster();
    const producer = rig.producer('all');
    const leader = rig.leader(orders) ?? 0;
    const told: (string | undefined)[] = [];
    rig.broker(leader).onFailure = () => told.push(rig.broker(leader).failure);
    rig.host(leader).failDiskCalls((call) => call.operation === 'write' && call.path.startsWith('orders-0/'));
    const sent = rig.send(producer, 'orders', 'a');
    rig.until(() => sent.outcome !== undefined, 60_000, 'an outcome');
    expect(rig.events('answered').some((each) => each.host === `broker-${leader}` && each.event.error === 56)).toBe(true);
    expect(sent.outcome?.type).toBe('acknowledged');
    expect(told).toEqual(['every log directory failed: data EIO']);
    expect(rig.leader(orders)).not.toBe(leader);
  });

  test('that was cut off while a partition moved on keeps no promise it cannot keep', () => {
    const rig = cluster();
    const leader = rig.leader(orders) ?? 0;
    const others = [1, 2, 3].filter((id) => id !== leader).map((id) => rig.host(id));
    const cut = rig.simulator.faults.partition([rig.host(leader)], [...others, rig.controller]);
    const producer = rig.producer(1);
    const lost = rig.send(producer, 'orders', 'lost');
    rig.until(() => lost.outcome !== undefined, 5000);
    rig.until(() => rig.leader(orders) !== leader, 30_000, 'another leader');
    const kept = rig.send(rig.producer('all'), 'orders', 'kept');
    rig.until(() => kept.outcome?.type === 'acknowledged', 60_000, 'the record kept');
    cut.heal();
    rig.until(() => isr(rig).length === 3, 60_000, 'a full ISR');
    rig.run(2000);
    expect(rig.events('truncated').map((each) => [each.host, each.event.to])).toContainEqual([`broker-${leader}`, 0]);
    expect(rig.consume('orders', 1).map(([, value]) => value)).toEqual(['kept']);
  });
});
