import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeEvent } from '../../../src/io/node-event.ts';
import { type ProducerConfig, producerConfig } from '../../../src/kafka/client/config.ts';
import { partitionOfKey } from '../../../src/kafka/client/partitioner.ts';
import { Producer, type ProducerRecord, type SendOutcome } from '../../../src/kafka/client/producer.ts';
import { kafkaClientRules } from '../../../src/kafka/client/rules.ts';
import { FakeCluster, type ProduceScript } from './fake-cluster.ts';

class Fixture {
  readonly cluster: FakeCluster;
  readonly producer: Producer;
  readonly outcomes: (SendOutcome | undefined)[] = [];
  readonly ends: number[] = [];
  readonly events: NodeEvent[] = [];

  constructor(given: Partial<ProducerConfig> = {}, cluster = new FakeCluster(), rules = kafkaClientRules) {
    this.cluster = cluster;
    cluster.simulator.observer = (_, event) => this.events.push(event);
    const config = producerConfig({ ...cluster.bootstrap, enableIdempotence: false, ...given });
    if (!config.ok) throw new Error(config.error);
    this.producer = new Producer(cluster.clientWorld, config.value, rules);
  }

  /** Answers the number of the send, whose outcome stands in `outcomes`. */
  send(value: string, record: Partial<ProducerRecord> = {}): number {
    const at = this.ends.push(0) - 1;
    this.cluster.client.enter(() =>
      this.producer.send({ topic: 'orders', value: Buffer.from(value), ...record }, (outcome) => {
        this.ends[at] = (this.ends[at] ?? 0) + 1;
        this.outcomes[at] = outcome;
      }),
    );
    return at;
  }

  passMs(ms: number): this {
    this.cluster.passMs(ms);
    return this;
  }
}

describe('a producer', () => {
  test('puts records into the partition it is told, and says at which offset', () => {
    const fixture = new Fixture();
    const partitions = fixture.cluster.topic('orders', [1, 2, 3]);
    for (const value of ['a', 'b', 'c']) fixture.send(value, { partition: 2 });
    fixture.send('d', { partition: 0 });
    fixture.passMs(100);
    expect(fixture.outcomes).toEqual(
      [0, 1, 2].map((offset) => ({ type: 'acknowledged', partition: 2, offset })).concat([{ type: 'acknowledged', partition: 0, offset: 0 }]),
    );
    expect(partitions.map(({ values }) => values)).toEqual([['d'], [], ['a', 'b', 'c']]);
  });

  test('puts records with one key into one partition, that of Kafka’s hash', () => {
    const fixture = new Fixture();
    fixture.cluster.topic('orders', [1, 2, 3, 1, 2]);
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const key of keys) fixture.send(key, { key: Buffer.from(key) });
    fixture.passMs(100);
    expect(fixture.outcomes.map((outcome) => outcome?.partition)).toEqual(keys.map((key) => partitionOfKey(Buffer.from(key), 5)));
  });

  test('gathers what comes within linger.ms into one batch, and sends a full batch at once', () => {
    const fixture = new Fixture({ lingerMs: 100, batchSize: 500 });
    fixture.cluster.topic('orders', [1]);
    fixture.send('first', { partition: 0 });
    fixture.passMs(1000);
    const { produces } = fixture.cluster;
    expect(produces.length).toBe(1);
    const startMs = fixture.cluster.nowMs;
    fixture.send('a', { partition: 0 });
    fixture.passMs(60);
    fixture.send('b', { partition: 0 });
    fixture.passMs(35);
    expect(produces.length).toBe(1);
    fixture.passMs(10);
    expect(produces[1]?.batches).toEqual(['orders-0:a,b']);
    expect((produces[1]?.atMs ?? 0) - startMs).toBeGreaterThanOrEqual(100);
    expect((produces[1]?.atMs ?? 0) - startMs).toBeLessThan(102);
    const fullMs = fixture.cluster.nowMs;
    for (let at = 0; at < 5; at++) fixture.send('x'.repeat(90), { partition: 0 });
    fixture.passMs(5);
    expect(produces.length).toBeGreaterThan(2);
    expect((produces[2]?.atMs ?? 0) - fullMs).toBeLessThan(2);
  });

  test('sends what lingers when it is flushed, and says when all of it has its outcome', () => {
    const fixture = new Fixture({ lingerMs: 60_000, deliveryTimeoutMs: 120_000 });
    fixture.cluster.topic('orders', [1, 2]);
    fixture.send('a', { partition: 0 });
    fixture.send('b', { partition: 1 });
    fixture.passMs(1000);
    expect(fixture.cluster.produces.length).toBe(0);
    let flushed = false;
    fixture.cluster.client.enter(() =>
      fixture.producer.flush(() => {
        flushed = true;
        expect(fixture.outcomes.map((outcome) => outcome?.type)).toEqual(['acknowledged', 'acknowledged']);
      }),
    );
    fixture.passMs(20);
    expect(flushed).toBe(true);
  });

  test('asks for no outcome with acks=0', () => {
    const fixture = new Fixture({ acks: 0 });
    const [partition] = fixture.cluster.topic('orders', [1]);
    for (let at = 0; at < 20; at++) fixture.send(`${at}`, { partition: 0 });
    fixture.passMs(200);
    expect(fixture.outcomes.every((outcome) => outcome?.type === 'acknowledged' && outcome.offset === -1)).toBe(true);
    expect(partition?.values.length).toBe(20);
  });

  test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('compresses a batch with %s so that a broker reads the same records', (compressionType) => {
    const fixture = new Fixture({ compressionType, lingerMs: 20 });
    const [partition] = fixture.cluster.topic('orders', [1]);
    const values = Array.from({ length: 50 }, (_, at) => `value-${at}`);
    for (const value of values) fixture.send(value, { partition: 0 });
    fixture.passMs(200);
    expect(partition?.values).toEqual(values);
    expect(partition?.batches[0]?.compression).toBe(compressionType);
  });

  test.each([
    [9, 'orders by name'],
    [12, 'orders by name'],
    [13, 'orders by id'],
  ])('speaks Produce in version %i to a broker that knows no later one', (version) => {
    const fixture = new Fixture();
    fixture.cluster.maxVersions.set(0, version);
    fixture.cluster.topic('orders', [1]);
    fixture.send('a', { partition: 0 });
    fixture.passMs(100);
    expect(fixture.outcomes[0]?.type).toBe('acknowledged');
    expect(fixture.cluster.produces[0]?.version).toBe(version);
  });
});

describe('a producer that meets errors', () => {
  test('sends a batch again until it is taken, and tells of each time', () => {
    const fixture = new Fixture();
    fixture.cluster.topic('orders', [1]);
    let failures = 3;
    fixture.cluster.produceScript = () => (failures-- > 0 ? 19 : 'append');
    fixture.send('a', { partition: 0 });
    fixture.passMs(3000);
    expect(fixture.outcomes).toEqual([{ type: 'acknowledged', partition: 0, offset: 0 }]);
    expect(fixture.events).toEqual(Array(3).fill({ type: 'produceRetried', partition: 'orders-0', error: 19 }));
    const times = fixture.cluster.produces.map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((atMs, at) => atMs - (times[at] ?? 0));
    // 100, 200 and 400 ms, each within 20%.
    for (const [at, gap] of gaps.entries()) {
      expect(gap).toBeGreaterThan(79 * 2 ** at);
      expect(gap).toBeLessThan(123 * 2 ** at);
    }
  });

  test('may write a record twice when an answer is lost, and says where the last one is', () => {
    const fixture = new Fixture({ requestTimeoutMs: 1000, deliveryTimeoutMs: 20_000 });
    const [partition] = fixture.cluster.topic('orders', [1]);
    let first = true;
    fixture.cluster.produceScript = () => {
      const script = first ? 'append-silently' : 'append';
      first = false;
      return script;
    };
    fixture.send('a', { partition: 0 });
    fixture.passMs(5000);
    expect(partition?.values).toEqual(['a', 'a']);
    expect(fixture.outcomes).toEqual([{ type: 'acknowledged', partition: 0, offset: 1 }]);
    expect(fixture.events).toEqual([{ type: 'produceRetried', partition: 'orders-0', error: -1 }]);
  });

  test('follows a leader that moved, at once where the answer names it', () => {
    const fixture = new Fixture();
    const [partition] = fixture.cluster.topic('orders', [1]);
    fixture.send('a', { partition: 0 });
    fixture.passMs(100);
    partition?.lead(2);
    const movedMs = fixture.cluster.nowMs;
    fixture.send('b', { partition: 0 });
    fixture.passMs(60);
    expect(partition?.values).toEqual(['a', 'b']);
    expect(fixture.cluster.produces.map(({ broker }) => broker)).toEqual([1, 1, 2]);
    expect((fixture.cluster.produces[2]?.atMs ?? 0) - movedMs).toBeLessThan(40);
    expect(fixture.events).toEqual([{ type: 'produceRetried', partition: 'orders-0', error: 6 }]);
  });

  test('believes the leader that an answer names, and no metadata that is older than that', () => {
    const fixture = new Fixture();
    const { cluster } = fixture;
    const [partition] = cluster.topic('orders', [1]);
    if (partition === undefined) return;
    fixture.send('a', { partition: 0 });
    fixture.passMs(100);
    cluster.staleLeaders = new Map([[partition, { leader: 1, epoch: 0 }]]);
    partition.lead(2);
    for (const value of ['b', 'c', 'd']) {
      fixture.send(value, { partition: 0 });
      fixture.passMs(500);
    }
    expect(partition.values).toEqual(['a', 'b', 'c', 'd']);
    // The metadata that was asked for after the refusal still named the old leader.
    expect(cluster.metadataRequests).toBeGreaterThan(1);
    expect(cluster.produces.map(({ broker }) => broker)).toEqual([1, 1, 2, 2, 2]);
  });

  test('finds the new leader when the old one is dead', () => {
    const fixture = new Fixture({ requestTimeoutMs: 2000, deliveryTimeoutMs: 30_000 });
    const [partition] = fixture.cluster.topic('orders', [1]);
    fixture.send('a', { partition: 0 });
    fixture.passMs(100);
    fixture.cluster.broker(1).crash({ powerLoss: true });
    fixture.send('b', { partition: 0 });
    fixture.passMs(500);
    partition?.lead(3);
    fixture.passMs(10_000);
    expect(partition?.values).toEqual(['a', 'b']);
    expect(fixture.outcomes.map((outcome) => outcome?.type)).toEqual(['acknowledged', 'acknowledged']);
  });

  test('does not repeat what cannot pass, and calls it definite', () => {
    const fixture = new Fixture();
    fixture.cluster.topic('orders', [1]);
    fixture.cluster.produceScript = () => 87;
    fixture.send('a', { partition: 0 });
    fixture.passMs(1000);
    expect(fixture.outcomes).toEqual([{ type: 'failed', partition: 0, error: 87, certainty: 'definite' }]);
    expect(fixture.cluster.produces.length).toBe(1);
  });

  test('calls a refusal indeterminate when an earlier attempt may have been written', () => {
    const fixture = new Fixture({ requestTimeoutMs: 1000, deliveryTimeoutMs: 20_000 });
    const [partition] = fixture.cluster.topic('orders', [1]);
    const scripts: ProduceScript[] = ['append-silently', 87];
    fixture.cluster.produceScript = () => scripts.shift() ?? 87;
    fixture.send('a', { partition: 0 });
    fixture.passMs(5000);
    expect(partition?.values).toEqual(['a']);
    expect(fixture.outcomes).toEqual([{ type: 'failed', partition: 0, error: 87, certainty: 'indeterminate' }]);
  });

  test('sends the records of a batch that is too large in smaller ones', () => {
    const fixture = new Fixture({ lingerMs: 20 });
    const [partition] = fixture.cluster.topic('orders', [1]);
    fixture.cluster.produceScript = (_, __, ___, values) => (values.length > 2 ? 10 : 'append');
    for (const value of ['a', 'b', 'c', 'd', 'e']) fixture.send(value, { partition: 0 });
    fixture.passMs(2000);
    expect(partition?.values.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(fixture.outcomes.every((outcome) => outcome?.type === 'acknowledged')).toBe(true);
    for (const [at, outcome] of fixture.outcomes.entries())
      expect(outcome?.type === 'acknowledged' && partition?.values[outcome.offset]).toBe(['a', 'b', 'c', 'd', 'e'][at]);
  });

  test('gives up after delivery.timeout.ms: definite if nothing was sent, else indeterminate', () => {
    const fixture = new Fixture({ requestTimeoutMs: 500, deliveryTimeoutMs: 2000 });
    const [, led] = fixture.cluster.topic('orders', [1, 1]);
    const never = fixture.send('never', { partition: 0 });
    fixture.passMs(100);
    expect(fixture.outcomes[never]?.type).toBe('acknowledged');
    fixture.cluster.produceScript = () => 'silent';
    const sent = fixture.send('sent', { partition: 1 });
    fixture.passMs(2050);
    expect(fixture.outcomes[sent]).toEqual({ type: 'failed', partition: 1, error: 7, certainty: 'indeterminate' });
    if (led !== undefined) led.leader = -1;
    for (const broker of fixture.cluster.brokers) broker.crash({ powerLoss: true });
    fixture.passMs(20_000);
    const unsent = fixture.send('unsent', { partition: 1 });
    fixture.passMs(2050);
    expect(fixture.outcomes[unsent]).toEqual({ type: 'failed', partition: 1, error: 7, certainty: 'definite' });
  });

  test('waits for a topic to appear, for max.block.ms', () => {
    const fixture = new Fixture({ maxBlockMs: 3000 });
    const late = fixture.send('late');
    fixture.passMs(2000);
    fixture.cluster.topic('orders', [1]);
    fixture.passMs(1500);
    expect(fixture.outcomes[late]?.type).toBe('acknowledged');
    const lost = fixture.send('lost', { topic: 'nowhere' });
    fixture.passMs(3100);
    expect(fixture.outcomes[lost]).toEqual({ type: 'failed', partition: -1, error: 7, certainty: 'definite' });
  });

  test('holds records back while buffer.memory is used up, and sends them later', () => {
    const fixture = new Fixture({ bufferMemory: 1000, maxInFlightRequestsPerConnection: 1, batchSize: 300 });
    const [partition] = fixture.cluster.topic('orders', [1]);
    const values = Array.from({ length: 40 }, (_, at) => `${at}`.padStart(100, '0'));
    for (const value of values) fixture.send(value, { partition: 0 });
    fixture.passMs(2000);
    expect(partition?.values).toEqual(values);
  });

  test('gives up after max.block.ms what finds no memory', () => {
    const fixture = new Fixture({ bufferMemory: 1000, maxBlockMs: 500 });
    fixture.cluster.topic('orders', [1]);
    fixture.cluster.produceScript = () => 'silent';
    for (let at = 0; at < 40; at++) fixture.send('x'.repeat(100), { partition: 0 });
    fixture.passMs(600);
    const blocked = fixture.outcomes.filter((outcome) => outcome !== undefined);
    expect(blocked.length).toBeGreaterThan(30);
    expect(blocked.length).toBeLessThan(35);
    for (const outcome of blocked) expect(outcome).toEqual({ type: 'failed', partition: 0, error: 7, certainty: 'definite' });
  });

  test('refuses a record that no request can hold, and every record after close()', () => {
    const fixture = new Fixture({ maxRequestSize: 1000 });
    fixture.cluster.topic('orders', [1]);
    fixture.send('x'.repeat(1000));
    let closed = false;
    fixture.cluster.client.enter(() =>
      fixture.producer.close(() => {
        closed = true;
      }),
    );
    fixture.send('a');
    fixture.passMs(100);
    expect(fixture.outcomes.map((outcome) => outcome?.type === 'failed' && [outcome.error, outcome.certainty])).toEqual([
      [10, 'definite'],
      [55, 'definite'],
    ]);
    expect(closed).toBe(true);
  });

  test('delivers everything before it closes', () => {
    const fixture = new Fixture({ lingerMs: 10_000, deliveryTimeoutMs: 60_000 });
    const [partition] = fixture.cluster.topic('orders', [1]);
    for (const value of ['a', 'b']) fixture.send(value);
    let closed = 0;
    fixture.cluster.client.enter(() => fixture.producer.close(() => closed++));
    fixture.passMs(200);
    expect(closed).toBe(1);
    expect(partition?.values).toEqual(['a', 'b']);
    expect(fixture.cluster.simulator.run(fixture.cluster.simulator.nowUs + 1e9)).toBe('idle');
  });

  test('fails what is left when it may not wait any longer for close()', () => {
    const fixture = new Fixture();
    fixture.cluster.topic('orders', [1]);
    fixture.cluster.produceScript = () => 'silent';
    fixture.send('a', { partition: 0 });
    fixture.passMs(50);
    let closedMs = 0;
    fixture.cluster.client.enter(() => fixture.producer.close(() => (closedMs = fixture.cluster.nowMs), 700));
    fixture.passMs(1000);
    expect(closedMs).toBeCloseTo(750, 0);
    expect(fixture.outcomes).toEqual([{ type: 'failed', partition: 0, error: 7, certainty: 'indeterminate' }]);
  });
});

describe('the order of records', () => {
  /** Every answer may be an error or get lost; what is in the log is judged. */
  const run = (maxInFlight: number, scripts: readonly ProduceScript[], seed: string) => {
    const fixture = new Fixture(
      { maxInFlightRequestsPerConnection: maxInFlight, requestTimeoutMs: 300, deliveryTimeoutMs: 100_000, batchSize: 120, lingerMs: 0 },
      new FakeCluster(2, seed),
    );
    const [partition] = fixture.cluster.topic('orders', [1]);
    const left = [...scripts];
    fixture.cluster.produceScript = () => left.shift() ?? 'append';
    for (let at = 0; at < 12; at++) {
      fixture.send(`${at}`.padStart(4, '0'), { partition: 0 });
      fixture.passMs(1);
    }
    fixture.passMs(60_000);
    expect(fixture.outcomes.every((outcome) => outcome?.type === 'acknowledged')).toBe(true);
    return partition?.values ?? [];
  };

  test('is that of send() with one request in flight, whatever fails', () => {
    const script = fc.constantFrom<ProduceScript>('append', 'append-silently', 'silent', 'disconnect', 6, 19, 20);
    fc.assert(
      fc.property(fc.array(script, { maxLength: 10 }), fc.string({ maxLength: 5 }), (scripts, seed) => {
        const values = run(1, scripts, seed);
        // A batch may be there twice, but nothing comes before what was sent earlier for the first time.
        const firsts = [...new Set(values)];
        expect(firsts).toEqual(firsts.toSorted());
        expect(firsts.length).toBe(12);
      }),
      { numRuns: 60 },
    );
  });

  test('is kept across leaders with one request in flight: nothing goes to the new one while the old one holds a batch', () => {
    const fixture = new Fixture({ maxInFlightRequestsPerConnection: 1, requestTimeoutMs: 1000, deliveryTimeoutMs: 10_000, lingerMs: 0 });
    const [partition, other] = fixture.cluster.topic('orders', [1, 1]);
    fixture.cluster.produceScript = (broker) => (broker === 1 ? 'silent' : 'append');
    fixture.send('a', { partition: 0 });
    fixture.passMs(100);
    partition?.lead(2);
    other?.lead(2);
    fixture.cluster.client.enter(() => fixture.producer.send({ topic: 'fresh', value: null }, () => undefined));
    fixture.passMs(300);
    for (const value of ['b', 'c']) fixture.send(value, { partition: 0 });
    fixture.passMs(300);
    expect(partition?.values).toEqual([]);
    fixture.passMs(3000);
    expect(partition?.values).toEqual(['a', 'b', 'c']);
  });

  test('may be lost with several in flight and a retry, as Kafka’s without idempotence', () => {
    const values = run(5, [19], 'x');
    expect(values.length).toBe(12);
    expect(values).not.toEqual(values.toSorted());
  });
});

test('every record gets exactly one outcome, and an acknowledged one is where it says', () => {
  const action = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ type: fc.constant('send' as const), partition: fc.integer({ min: -1, max: 2 }), size: fc.nat({ max: 300 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('script' as const),
        script: fc.constantFrom<ProduceScript>('append', 'append-silently', 'silent', 'disconnect', 6, 7, 10, 19, 20, 87),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constantFrom('crash' as const, 'lead' as const, 'leaderless' as const), which: fc.nat({ max: 2 }) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('boot' as const) }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 1500 }) }) },
  );
  fc.assert(
    fc.property(
      fc.array(action, { minLength: 1, maxLength: 40 }),
      fc.constantFrom(1, 5),
      fc.string({ maxLength: 5 }),
      (actions, maxInFlight, seed) => {
        const fixture = new Fixture(
          {
            requestTimeoutMs: 400,
            deliveryTimeoutMs: 1500,
            maxBlockMs: 1000,
            lingerMs: 3,
            batchSize: 400,
            maxInFlightRequestsPerConnection: maxInFlight,
          },
          new FakeCluster(3, seed),
        );
        const { cluster } = fixture;
        const partitions = cluster.topic('orders', [1, 2, 3]);
        for (const each of actions) {
          if (each.type === 'send')
            fixture.send(`${fixture.ends.length}:${'x'.repeat(each.size)}`, each.partition < 0 ? {} : { partition: each.partition });
          else if (each.type === 'script') cluster.produceScript = () => each.script;
          else if (each.type === 'crash') cluster.brokers[each.which]?.crash({ powerLoss: each.which === 1 });
          else if (each.type === 'lead') partitions[each.which]?.lead((Math.max(partitions[each.which]?.leader ?? 0, 0) % 3) + 1);
          else if (each.type === 'leaderless') partitions[each.which]?.lead(-1);
          else if (each.type === 'boot') {
            for (const broker of cluster.brokers) if (!broker.up) cluster.boot(broker.id);
          } else if (each.type === 'pass') fixture.passMs(each.ms);
        }
        // A record waits at most max.block.ms for its batch and then delivery.timeout.ms.
        fixture.passMs(2600);
        expect(fixture.ends.every((count) => count === 1)).toBe(true);
        expect(fixture.producer.pending).toBe(0);
        for (const [at, outcome] of fixture.outcomes.entries()) {
          const places = partitions.flatMap(({ values }, partition) =>
            values.flatMap((value, offset) => (value.startsWith(`${at}:`) ? [`${partition}@${offset}`] : [])),
          );
          if (outcome?.type === 'acknowledged') expect(places).toContain(`${outcome.partition}@${outcome.offset}`);
          else if (outcome?.certainty === 'definite') expect(places).toEqual([]);
        }
      },
    ),
    { numRuns: 150 },
  );
});
