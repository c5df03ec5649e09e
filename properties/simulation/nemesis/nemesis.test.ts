/** The nemesis strikes when and whom its scenario says, writes down what it did, and leaves nothing broken. */
import { test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { NodeEvent } from '../../../src/io/node-event.ts';
import { brokerId, leaderEpoch, offset } from '../../../src/model/brand.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import type { Fault, Target, Trigger } from '../../../src/simulation/nemesis/fault.ts';
import type { FaultTarget, Healable, Timeline } from '../../../src/simulation/nemesis/fault-target.ts';
import { Nemesis } from '../../../src/simulation/nemesis/nemesis.ts';
import { readEventPattern, readTarget, writeEventPattern, writeTarget } from '../../../src/simulation/nemesis/text.ts';
import { scenarioArbitrary } from '../../../src/simulation/scenario/arbitrary.ts';

const orders = topicPartition('orders', 0);
const at = (atMs: number): Trigger => ({ type: 'time', atMs });
const broker = (id: number) => ({ type: 'broker', id: brokerId(id) }) as const;

/** Three brokers of which the first leads; writes down what is done to it. */
class FakeCluster implements FaultTarget, Timeline {
  nowUs = 0;
  readonly log: string[] = [];
  readonly down = new Set<string>();
  leader: string | undefined = 'broker-1';
  coordinator: string | undefined = 'broker-2';
  replicated = true;
  broken = 0;
  #timers: { timeUs: number; fire: () => void }[] = [];

  at(timeUs: number, _name: string, fire: () => void): { cancel(): void } {
    this.#timers.push({ timeUs, fire });
    return { cancel: () => undefined };
  }
  run(untilMs: number): void {
    for (;;) {
      const next = this.#timers.filter((timer) => timer.timeUs <= untilMs * 1000).sort((a, b) => a.timeUs - b.timeUs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.nowUs = next.timeUs;
      next.fire();
    }
    this.nowUs = untilMs * 1000;
  }
  resolve(target: Parameters<FaultTarget['resolve']>[0]): string | undefined {
    if (target.type === 'leader') return this.leader;
    if (target.type === 'follower') return 'broker-2';
    if (target.type === 'broker') return `broker-${target.id}`;
    if (target.type === 'coordinator') return this.coordinator;
    if (target.type === 'member') return `${target.group}-${target.choice}`;
    return target.type === 'client' ? target.id : 'controller-1000';
  }
  nodes(role: 'broker' | 'controller' | 'client'): readonly string[] {
    return { broker: ['broker-1', 'broker-2', 'broker-3'], controller: ['controller-1000'], client: ['producer-1'] }[role];
  }
  roleOf = () => 'broker' as const;
  isUp = (node: string): boolean => !this.down.has(node);
  isUnreplicated = (): boolean => !this.replicated;
  crash(node: string, { powerLoss }: { readonly powerLoss: boolean }): void {
    this.down.add(node);
    this.#note(`crash ${node} ${powerLoss}`);
  }
  restart(node: string): void {
    this.down.delete(node);
    this.#note(`restart ${node}`);
  }
  pause = (node: string): void => this.#note(`pause ${node}`);
  resume = (node: string): void => this.#note(`resume ${node}`);
  partition = (from: readonly string[], to: readonly string[], how: { readonly oneWay: boolean }): Healable =>
    this.#break(`partition ${from} ${how.oneWay ? '->' : '<->'} ${to}`);
  slowDisk = (node: string): Healable => this.#break(`slow-disk ${node}`);
  slowNetwork = (node: string): Healable => this.#break(`slow-network ${node}`);
  stop = (node: string): Healable => this.#break(`stop ${node}`);
  slowHandler = (node: string, { perPollMs }: { readonly perPollMs: number }): Healable => this.#break(`slow-handler ${node} ${perPollMs}`);
  slowLane = (node: string, { lane, perStepMs }: { readonly lane: string; readonly perStepMs: number }): Healable =>
    this.#break(`slow-lane ${node} ${lane} ${perStepMs}`);
  failDisk = (node: string, { calls, nthCall }: { readonly calls: string; readonly nthCall: number | null }): Healable =>
    this.#break(`disk-error ${node} ${calls} ${nthCall}`);
  fillDisk = (node: string, { freeBytes }: { readonly freeBytes: number }): Healable => this.#break(`disk-full ${node} ${freeBytes}`);
  shortenIo = (node: string): Healable => this.#break(`short-io ${node}`);
  stallSyncs = (node: string): Healable => this.#break(`stalled-sync ${node}`);
  /** There is something to rot from two seconds on. */
  rotBit = (node: string, { file, partition }: { readonly file: string; readonly partition: string | undefined }) =>
    this.nowUs < 2_000_000 ? undefined : () => this.#break(`bit-rot ${node} ${file} ${partition}`);
  moveLeader = (target: Target): void => this.#note(`move-leader ${writeTarget(target)}`);
  moveReplica = (node: string, partition: string): void => this.#note(`move-replica ${node} ${partition}`);
  addPartitions = (topic: string, more: number): void => this.#note(`add-partitions ${topic} ${more}`);
  reset = (node: string, peers: readonly string[]): void => this.#note(`reset ${node} ${peers}`);

  #break(text: string): Healable {
    this.#note(text);
    this.broken++;
    return {
      heal: () => {
        this.broken--;
        this.#note(`heal ${text}`);
      },
    };
  }
  #note(text: string): void {
    this.log.push(`${this.nowUs / 1000} ${text}`);
  }
}

function play(faults: readonly Fault[], drive: (cluster: FakeCluster, nemesis: Nemesis) => void): { cluster: FakeCluster; nemesis: Nemesis } {
  const cluster = new FakeCluster();
  const nemesis = new Nemesis(faults, cluster, cluster);
  cluster.run(1000);
  nemesis.start();
  drive(cluster, nemesis);
  return { cluster, nemesis };
}

const appended: NodeEvent = { type: 'appended', partition: orders, base: offset(0), last: offset(3), epoch: leaderEpoch(0), crc: 1 };

describe('the nemesis', () => {
  test('crashes at the given time since the workload began and restarts after the downtime', () => {
    const fault: Fault = { kind: 'crash', trigger: at(500), target: broker(2), powerLoss: true, downMs: 300 };
    const { cluster, nemesis } = play([fault], (each) => each.run(5000));
    expect(cluster.log).toEqual(['1500 crash broker-2 true', '1800 restart broker-2']);
    expect(nemesis.fired).toEqual([{ index: 0, kind: 'crash', atUs: 1_500_000, node: 'broker-2' }]);
  });
  test('leaves who crashed without an end down until all is healed', () => {
    const fault: Fault = { kind: 'crash', trigger: at(500), target: broker(2), powerLoss: false, downMs: null };
    const { cluster } = play([fault], (each, nemesis) => {
      each.run(9000);
      expect(each.down.size).toBe(1);
      nemesis.healAll();
    });
    expect(cluster.log.at(-1)).toBe('9000 restart broker-2');
  });
  test('cuts the target from everybody who is not named otherwise, in the direction that was asked for', () => {
    const { cluster } = play(
      [
        { kind: 'partition', trigger: at(1), target: broker(1), durationMs: 1000, peers: [] },
        { kind: 'partition', trigger: at(2), target: broker(1), durationMs: 1000, peers: [broker(2)] },
        { kind: 'partition-one-way', trigger: at(3), target: broker(1), durationMs: 1000, peers: [broker(3)], direction: 'inbound' },
        { kind: 'client-cut', trigger: at(4), target: { type: 'client', id: 'producer-1' }, durationMs: 1000, peers: [] },
        { kind: 'reset', trigger: at(5), target: broker(1), peers: [] },
      ],
      (each) => each.run(1100),
    );
    expect(cluster.log).toEqual([
      '1001 partition broker-1 <-> broker-2,broker-3,controller-1000',
      '1002 partition broker-1 <-> broker-2',
      '1003 partition broker-3 -> broker-1',
      '1004 partition producer-1 <-> broker-1,broker-2,broker-3',
      '1005 reset broker-1 broker-2,broker-3,controller-1000,producer-1',
    ]);
  });
  test('strikes on the n-th matching event, counted from the given time on, and after the step that told it', () => {
    const trigger: Trigger = {
      type: 'event',
      subject: { type: 'leader', partition: orders },
      event: 'appended',
      notYetReplicated: false,
      nth: 2,
      afterMs: 100,
    };
    const fault: Fault = { kind: 'pause', trigger, target: { type: 'leader', partition: orders }, durationMs: 10 };
    const { cluster } = play([fault], (each, nemesis) => {
      nemesis.observe('broker-1', appended);
      each.run(1200);
      nemesis.observe('broker-2', appended);
      nemesis.observe('broker-1', { ...appended, partition: topicPartition('orders', 1) });
      nemesis.observe('broker-1', appended);
      nemesis.observe('broker-1', appended);
      expect(each.log).toEqual([]);
      each.run(3000);
    });
    expect(cluster.log).toEqual(['1200 pause broker-1', '1210 resume broker-1']);
  });
  test('asks whether the records are replicated only where the trigger does', () => {
    const trigger: Trigger = { type: 'event', subject: { type: 'any' }, event: 'appended', notYetReplicated: true, nth: 1, afterMs: 0 };
    const { cluster } = play([{ kind: 'pause', trigger, target: broker(1), durationMs: 10 }], (each, nemesis) => {
      nemesis.observe('broker-1', appended);
      each.run(2000);
      expect(each.log).toEqual([]);
      each.replicated = false;
      nemesis.observe('broker-1', appended);
      each.run(3000);
    });
    expect(cluster.log[0]).toBe('2000 pause broker-1');
  });
  test('waits for a target that does not exist yet', () => {
    const fault: Fault = { kind: 'pause', trigger: at(10), target: { type: 'leader', partition: orders }, durationMs: 10 };
    const { nemesis } = play([fault], (each) => {
      each.leader = undefined;
      each.run(2000);
      each.leader = 'broker-3';
      each.down.add('broker-3');
      each.run(3000);
      each.down.delete('broker-3');
      each.run(4000);
    });
    expect(nemesis.fired).toEqual([{ index: 0, kind: 'pause', atUs: 3_010_000, node: 'broker-3' }]);
  });
  test.each<readonly [fault: Fault, log: readonly string[]]>([
    [{ kind: 'stop', trigger: at(0), target: broker(1), downMs: 500 }, ['1000 stop broker-1', '1500 heal stop broker-1']],
    [
      { kind: 'slow-handler', trigger: at(0), target: { type: 'member', group: 'g', choice: 'leader' }, durationMs: 500, perPollMs: 7 },
      ['1000 slow-handler g-leader 7', '1500 heal slow-handler g-leader 7'],
    ],
    [
      { kind: 'slow-lane', trigger: at(0), target: { type: 'leader', partition: orders }, durationMs: 500, lane: 'network', perStepMs: 7 },
      ['1000 slow-lane broker-1 network 7', '1500 heal slow-lane broker-1 network 7'],
    ],
    [
      { kind: 'disk-error', trigger: at(0), target: broker(1), durationMs: 500, calls: 'sync', nthCall: 3 },
      ['1000 disk-error broker-1 sync 3', '1500 heal disk-error broker-1 sync 3'],
    ],
    [
      { kind: 'disk-full', trigger: at(0), target: { type: 'controller' }, durationMs: 500, freeBytes: 9 },
      ['1000 disk-full controller-1000 9', '1500 heal disk-full controller-1000 9'],
    ],
    [{ kind: 'short-io', trigger: at(0), target: broker(1), durationMs: 500 }, ['1000 short-io broker-1', '1500 heal short-io broker-1']],
    [{ kind: 'stalled-sync', trigger: at(0), target: broker(1), durationMs: 500 }, ['1000 stalled-sync broker-1', '1500 heal stalled-sync broker-1']],
    [
      { kind: 'bit-rot', trigger: at(0), target: { type: 'leader', partition: orders }, durationMs: 500, file: 'index' },
      ['2000 bit-rot broker-1 index orders-0', '2500 heal bit-rot broker-1 index orders-0'],
    ],
    [{ kind: 'move-leader', trigger: at(0), target: { type: 'coordinator', group: 'g' } }, ['1000 move-leader coordinator(g)']],
    [{ kind: 'move-replica', trigger: at(0), target: { type: 'leader', partition: orders } }, ['1000 move-replica broker-1 orders-0']],
    [{ kind: 'add-partitions', trigger: at(0), target: { type: 'controller' }, topic: 'orders', partitions: 2 }, ['1000 add-partitions orders 2']],
    [{ kind: 'crash', trigger: at(0), target: { type: 'client', id: 'p' }, powerLoss: false, downMs: 5 }, ['1000 crash p false', '1005 restart p']],
  ])('does what $kind is', (fault, log) => {
    const { cluster, nemesis } = play([fault], (each) => each.run(3000));
    expect(cluster.log).toEqual(log);
    expect(nemesis.fired.map(({ kind }) => kind)).toEqual([fault.kind]);
  });
  test('does not strike where nobody can do it', () => {
    const stop: Fault = { kind: 'stop', trigger: at(1000), target: broker(1), downMs: 500 };
    const { cluster, nemesis } = play([stop], (each) => {
      Object.defineProperty(each, 'stop', { value: undefined });
      each.run(3000);
    });
    expect(cluster.log).toEqual([]);
    expect(nemesis.fired).toEqual([]);
  });
  test('hears of the coordinator of its own group only, wherever that is by then', () => {
    const subject: Target = { type: 'coordinator', group: 'g' };
    const trigger: Trigger = { type: 'event', subject, event: 'generation', notYetReplicated: false, nth: 2, afterMs: 0 };
    const generation = (group: string): NodeEvent => ({
      type: 'generation',
      group,
      generation: 1,
      members: [],
      protocol: '',
      leader: '',
      reason: 'join',
      timeoutMs: 1,
    });
    const { cluster } = play([{ kind: 'pause', trigger, target: subject, durationMs: 10 }], (each, nemesis) => {
      nemesis.observe('broker-2', generation('g'));
      nemesis.observe('broker-2', generation('other'));
      nemesis.observe('broker-1', generation('g'));
      each.run(2000);
      expect(each.log).toEqual([]);
      each.coordinator = 'broker-3';
      nemesis.observe('broker-3', generation('g'));
      each.run(3000);
    });
    expect(cluster.log[0]).toBe('2000 pause broker-3');
  });
  test('strikes nobody once all is healed', () => {
    const trigger: Trigger = { type: 'event', subject: { type: 'any' }, event: 'appended', notYetReplicated: false, nth: 1, afterMs: 0 };
    const { nemesis } = play(
      [
        { kind: 'pause', trigger, target: broker(1), durationMs: 10 },
        { kind: 'pause', trigger: at(5000), target: broker(1), durationMs: 10 },
      ],
      (each, it) => {
        it.healAll();
        it.observe('broker-1', appended);
        each.run(9000);
      },
    );
    expect(nemesis.fired).toEqual([]);
  });
  property.prop([scenarioArbitrary])('leaves nothing broken and nobody down', ({ faults }) => {
    const { cluster } = play(faults, (each, nemesis) => {
      each.run(40_000);
      nemesis.healAll();
      each.run(200_000);
    });
    expect(cluster.broken).toBe(0);
    expect(cluster.down.size).toBe(0);
  });
});

describe('the short forms', () => {
  test.each([
    'broker(2)',
    'leader(orders-0)',
    'follower(orders-0, slowest)',
    'follower(a.b-c-11, 1)',
    'controller',
    'client(producer-1)',
    'coordinator(g.1)',
    'member(g, 3)',
    'member(g, leader)',
  ])('of the target %s read back as they are written', (text) => {
    const target = readTarget(text);
    expect(target.ok && writeTarget(target.value)).toBe(text);
  });
  test.each([
    '',
    'broker()',
    'broker(x)',
    'leader(orders)',
    'controller(1)',
    'follower(orders-0, first)',
    'broker(1',
    'leader(orders-0, 1)',
    'coordinator',
    'coordinator(g, 1)',
    'member(g, last)',
    'member',
  ])('refuse the target %s', (text) => expect(readTarget(text).ok).toBe(false));
  test.each([
    'leader(orders-0) appended, not yet replicated',
    'controller elected',
    'any isrShrunk of orders-0',
    'broker(1) answered Produce',
    'any answered AlterPartition',
    'coordinator(g) answered SyncGroup',
    'coordinator(g) committed of orders-0',
  ])('of the event %s read back as they are written', (text) => {
    const pattern = readEventPattern(text);
    expect(pattern.ok && writeEventPattern(pattern.value)).toBe(text);
  });
  test.each([
    'appended',
    'any',
    'any eaten',
    'any answered Lunch',
    'any elected Produce',
    'any elected of orders',
    'any elected, not yet replicated',
  ])('refuse the event %s', (text) => expect(readEventPattern(text).ok).toBe(false));
});
