import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ConsumerConfig, consumerConfig } from '../../../src/kafka/client/config.ts';
import { Consumer, type PollResult } from '../../../src/kafka/client/consumer.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { compressionTypes } from '../../../src/protocol/records/batch-header.ts';
import { encodeControlBatch } from '../../../src/protocol/records/control.ts';
import { encodeBatch } from '../../../src/protocol/records/encode.ts';
import { FakeCluster } from './fake-cluster.ts';

const orders = (index: number) => topicPartition('orders', index);

class Fixture {
  readonly cluster: FakeCluster;
  readonly consumer: Consumer;
  /** What polls gave, by partition. */
  readonly read = new Map<string, string[]>();
  readonly results: PollResult[] = [];
  polling = false;

  constructor(given: Partial<ConsumerConfig> = {}, cluster = new FakeCluster()) {
    this.cluster = cluster;
    const config = consumerConfig({ ...cluster.bootstrap, autoOffsetReset: 'earliest', ...given });
    if (!config.ok) throw new Error(config.error);
    this.consumer = new Consumer(cluster.clientWorld, config.value);
  }

  do(step: (consumer: Consumer) => void): this {
    this.cluster.client.enter(() => step(this.consumer));
    return this;
  }

  assign(...indexes: readonly number[]): this {
    return this.do((consumer) => consumer.assign(indexes.map(orders)));
  }

  /** One poll; its result, if it came within its time. */
  poll(timeoutMs = 500): PollResult | undefined {
    let result: PollResult | undefined;
    this.do((consumer) =>
      consumer.poll(timeoutMs, (polled) => {
        result = polled;
        this.results.push(polled);
        if (polled.type === 'records')
          for (const { partition, records } of polled.records)
            for (const { value } of records) this.read.set(partition, [...(this.read.get(partition) ?? []), Buffer.from(value ?? []).toString()]);
      }),
    );
    this.cluster.passMs(timeoutMs + 5);
    return result;
  }

  pollFor(ms: number): this {
    const endMs = this.cluster.nowMs + ms;
    while (this.cluster.nowMs < endMs) this.poll(100);
    return this;
  }

  values(index: number): readonly string[] {
    return this.read.get(orders(index)) ?? [];
  }

  position(index: number): number | undefined {
    return this.consumer.position(orders(index));
  }
}

describe('a consumer by assignment', () => {
  test('reads batches of every codec', () => {
    const fixture = new Fixture();
    const [partition] = fixture.cluster.topic('orders', [1]);
    const values = compressionTypes.map((compression) => [`${compression}-1`, `${compression}-2`]);
    for (const [index, compression] of compressionTypes.entries()) {
      const records = (values[index] ?? []).map((value) => ({ key: null, value: Buffer.from(value), timestampMs: 1 }));
      partition?.append(encodeBatch({ records, compression }));
    }
    fixture.assign(0).pollFor(300);
    expect(fixture.values(0)).toEqual(values.flat());
  });

  test('reads every record of its partitions in order, with offset, key and time', () => {
    const fixture = new Fixture();
    const [one, two] = fixture.cluster.topic('orders', [1, 2]);
    one?.put('a', 'b');
    one?.put('c');
    two?.put('x');
    fixture.assign(0, 1).pollFor(300);
    expect(fixture.values(0)).toEqual(['a', 'b', 'c']);
    expect(fixture.values(1)).toEqual(['x']);
    one?.put('d');
    fixture.pollFor(100);
    expect(fixture.values(0)).toEqual(['a', 'b', 'c', 'd']);
    expect(fixture.position(0)).toBe(4);
    const first = fixture.results.find((result) => result.type === 'records' && result.records.length > 0);
    expect(first?.type === 'records' && first.records[0]?.records[0]).toMatchObject({ offset: 0, timestampMs: 1000, key: null, headers: [] });
  });

  test('gives nothing when the time is over, and records as soon as there are any', () => {
    const fixture = new Fixture();
    const [partition] = fixture.cluster.topic('orders', [1]);
    fixture.assign(0).poll(1000);
    expect(fixture.poll(1000)).toEqual({ type: 'records', records: [], moved: [] });
    let doneMs = 0;
    const startMs = fixture.cluster.nowMs;
    fixture.do((consumer) => consumer.poll(10_000, () => (doneMs = fixture.cluster.nowMs)));
    fixture.cluster.passMs(300);
    partition?.put('a');
    fixture.cluster.passMs(100);
    expect(doneMs - startMs).toBeGreaterThan(300);
    expect(doneMs - startMs).toBeLessThan(330);
  });

  test('gives at most max.poll.records at once and loses none', () => {
    const fixture = new Fixture({ maxPollRecords: 7 });
    const partitions = fixture.cluster.topic('orders', [1, 1, 2]);
    const values = Array.from({ length: 40 }, (_, at) => `${at}`);
    for (const partition of partitions) for (let at = 0; at < 40; at += 4) partition.put(...values.slice(at, at + 4));
    fixture.assign(0, 1, 2).pollFor(4000);
    for (const result of fixture.results)
      expect(result.type === 'records' && result.records.reduce((sum, { records }) => sum + records.length, 0)).toBeLessThanOrEqual(7);
    for (const index of [0, 1, 2]) expect(fixture.values(index)).toEqual(values);
  });

  test('begins within a batch where it was told to seek', () => {
    const fixture = new Fixture({ fetchMaxWaitMs: 50 });
    const [partition] = fixture.cluster.topic('orders', [1]);
    partition?.put('a', 'b', 'c', 'd');
    fixture.assign(0).do((consumer) => consumer.seek(orders(0), 2));
    fixture.pollFor(200);
    expect(fixture.values(0)).toEqual(['c', 'd']);
    fixture.do((consumer) => consumer.seek(orders(0), 1)).pollFor(200);
    expect(fixture.values(0)).toEqual(['c', 'd', 'b', 'c', 'd']);
    fixture.do((consumer) => consumer.seekToEnd([orders(0)])).pollFor(200);
    expect(fixture.values(0).length).toBe(5);
    expect(fixture.position(0)).toBe(4);
    fixture.do((consumer) => consumer.seekToBeginning([orders(0)])).pollFor(200);
    expect(fixture.values(0).slice(5)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('takes no answer to a fetch that was sent before a seek', () => {
    const fixture = new Fixture({ fetchMaxWaitMs: 1000 });
    const [partition] = fixture.cluster.topic('orders', [1]);
    partition?.put('a', 'b');
    fixture.assign(0).pollFor(300);
    expect(fixture.position(0)).toBe(2);
    // The broker holds a fetch from offset 2, and finds something for it only now.
    fixture.do((consumer) => consumer.seek(orders(0), 0));
    partition?.put('c');
    fixture.pollFor(1500);
    expect(fixture.values(0)).toEqual(['a', 'b', 'a', 'b', 'c']);
  });

  test('never shows control records, and passes over their offsets', () => {
    const fixture = new Fixture();
    const [partition] = fixture.cluster.topic('orders', [1]);
    partition?.put('a');
    partition?.append(encodeControlBatch({ records: [{ type: 'commit', value: new Uint8Array(6) }], timestampMs: 1 }));
    partition?.put('b');
    partition?.append(encodeControlBatch({ records: [{ type: 'abort', value: new Uint8Array(6) }], timestampMs: 1 }));
    fixture.assign(0).pollFor(400);
    expect(fixture.values(0)).toEqual(['a', 'b']);
    expect(fixture.position(0)).toBe(4);
  });

  test('gives nothing of a paused partition until it is resumed', () => {
    const fixture = new Fixture({ fetchMaxWaitMs: 50 });
    const [one, two] = fixture.cluster.topic('orders', [1, 1]);
    one?.put('a');
    two?.put('x');
    fixture.assign(0, 1).do((consumer) => consumer.pause([orders(0)]));
    fixture.pollFor(300);
    expect([fixture.values(0), fixture.values(1)]).toEqual([[], ['x']]);
    fixture.do((consumer) => consumer.resume([orders(0)])).pollFor(200);
    expect(fixture.values(0)).toEqual(['a']);
  });

  test('keeps back what was fetched before the pause', () => {
    const fixture = new Fixture({ maxPollRecords: 1 });
    const [partition] = fixture.cluster.topic('orders', [1]);
    partition?.put('a', 'b', 'c');
    fixture.assign(0).poll();
    fixture.do((consumer) => consumer.pause([orders(0)])).pollFor(500);
    expect(fixture.values(0)).toEqual(['a']);
    fixture.do((consumer) => consumer.resume([orders(0)])).pollFor(500);
    expect(fixture.values(0)).toEqual(['a', 'b', 'c']);
  });

  test('keeps the position of a partition that stays assigned and forgets that of one that goes', () => {
    const fixture = new Fixture();
    const [one, two] = fixture.cluster.topic('orders', [1, 2]);
    one?.put('a');
    two?.put('x');
    fixture.assign(0, 1).pollFor(200);
    fixture.assign(0).pollFor(100);
    fixture.assign(0, 1).pollFor(300);
    expect(fixture.values(0)).toEqual(['a']);
    expect(fixture.values(1)).toEqual(['x', 'x']);
  });

  test('tells a corrupt batch from a good one', () => {
    const fixture = new Fixture();
    const [partition] = fixture.cluster.topic('orders', [1]);
    partition?.put('a');
    partition?.put('bad');
    const bytes = partition?.batches[1]?.bytes;
    if (bytes !== undefined) bytes[bytes.length - 2] = (bytes.at(-2) ?? 0) ^ 1;
    fixture.assign(0).pollFor(300);
    expect(fixture.values(0)).toEqual(['a']);
    expect(fixture.results).toContainEqual({ type: 'failed', partition: orders(0), problem: 'error', error: ErrorCode.CORRUPT_MESSAGE, offset: 1 });
    fixture.do((consumer) => consumer.seek(orders(0), 2));
    partition?.put('c');
    fixture.pollFor(300);
    expect(fixture.values(0)).toEqual(['a', 'c']);
  });
});

describe('a consumer without a position', () => {
  const begin = (autoOffsetReset: ConsumerConfig['autoOffsetReset']) => {
    const fixture = new Fixture({ autoOffsetReset });
    const [partition] = fixture.cluster.topic('orders', [1]);
    partition?.put('a', 'b');
    fixture.assign(0);
    return { fixture, partition };
  };

  test('begins at the beginning under earliest', () => {
    const { fixture } = begin('earliest');
    fixture.pollFor(300);
    expect(fixture.values(0)).toEqual(['a', 'b']);
    expect(fixture.results).toContainEqual(expect.objectContaining({ moved: [{ type: 'reset', partition: orders(0), from: -1, to: 0 }] }));
  });

  test('begins at the end under latest', () => {
    const { fixture, partition } = begin('latest');
    fixture.pollFor(300);
    expect(fixture.values(0)).toEqual([]);
    partition?.put('c');
    fixture.pollFor(200);
    expect(fixture.values(0)).toEqual(['c']);
  });

  test('says so under none, and goes on after a seek', () => {
    const { fixture } = begin('none');
    expect(fixture.poll()).toEqual({ type: 'failed', partition: orders(0), problem: 'noOffset', error: 1, offset: -1 });
    expect(fixture.poll()).toMatchObject({ type: 'failed', problem: 'noOffset' });
    fixture.do((consumer) => consumer.seek(orders(0), 1)).pollFor(200);
    expect(fixture.values(0)).toEqual(['b']);
  });

  test.each(['earliest', 'latest', 'none'] as const)('follows %s when its offset is not in the log any more', (autoOffsetReset) => {
    const { fixture, partition } = begin(autoOffsetReset);
    if (partition === undefined) return;
    partition.put('c');
    partition.batches = partition.batches.slice(1);
    partition.start = 2;
    fixture.do((consumer) => consumer.seek(orders(0), 0));
    fixture.poll();
    fixture.pollFor(300);
    const [first] = fixture.results;
    if (autoOffsetReset === 'none') {
      expect(first).toEqual({ type: 'failed', partition: orders(0), problem: 'outOfRange', error: 1, offset: 0 });
      expect(fixture.position(0)).toBe(0);
    } else {
      expect(fixture.values(0)).toEqual(autoOffsetReset === 'earliest' ? ['c'] : []);
      expect(fixture.results.flatMap((result) => (result.type === 'records' ? result.moved : []))).toEqual([
        { type: 'reset', partition: orders(0), from: 0, to: autoOffsetReset === 'earliest' ? 2 : 3 },
      ]);
    }
  });
});

describe('a consumer whose leader changes', () => {
  test('follows it', () => {
    const fixture = new Fixture();
    const [partition] = fixture.cluster.topic('orders', [1]);
    partition?.put('a');
    fixture.assign(0).pollFor(200);
    partition?.lead(2);
    partition?.put('b');
    fixture.pollFor(500);
    partition?.lead(3);
    partition?.put('c');
    fixture.pollFor(500);
    expect(fixture.values(0)).toEqual(['a', 'b', 'c']);
    expect(fixture.cluster.fetches.map(({ broker }) => broker)).toContain(3);
  });

  test('is not moved by the answer to a question that it asked before it gave a partition up and took it again', () => {
    const fixture = new Fixture();
    const [partition] = fixture.cluster.topic('orders', [3, 2]);
    for (const value of ['a', 'b', 'c']) partition?.put(value);
    fixture.assign(1).pollFor(200);
    fixture.cluster.broker(3).pause();
    // Where does it begin? Broker 3 will tell late.
    fixture.assign(0).poll();
    fixture.assign(1).do((consumer) => {
      consumer.assign([orders(0)]);
      consumer.seek(orders(0), 2);
    });
    fixture.cluster.broker(3).resume();
    fixture.pollFor(500);
    expect(fixture.values(0)).toEqual(['c']);
  });

  test('notices that the log was cut below its position, says so, and reads the new history', () => {
    const fixture = new Fixture();
    const [partition] = fixture.cluster.topic('orders', [1]);
    for (const value of ['a', 'b', 'c', 'd']) partition?.put(value);
    fixture.assign(0).pollFor(200);
    expect(fixture.position(0)).toBe(4);
    partition?.truncateTo(2);
    partition?.lead(2);
    for (const value of ['C', 'D', 'E']) partition?.put(value);
    fixture.pollFor(800);
    expect(fixture.values(0)).toEqual(['a', 'b', 'c', 'd', 'C', 'D', 'E']);
    expect(fixture.results.flatMap((result) => (result.type === 'records' ? result.moved.filter(({ type }) => type === 'truncated') : []))).toEqual([
      { type: 'truncated', partition: orders(0), from: 4, to: 2 },
    ]);
  });

  test('leaves the choice to the application when there is no reset policy', () => {
    const fixture = new Fixture({ autoOffsetReset: 'none' });
    const [partition] = fixture.cluster.topic('orders', [1]);
    for (const value of ['a', 'b', 'c']) partition?.put(value);
    fixture.assign(0).do((consumer) => consumer.seek(orders(0), 0));
    fixture.pollFor(200);
    partition?.truncateTo(1);
    partition?.lead(2);
    partition?.put('B');
    fixture.pollFor(800);
    const failure = fixture.results.find((result) => result.type === 'failed');
    expect(failure).toEqual({
      type: 'failed',
      partition: orders(0),
      problem: 'truncated',
      error: 1,
      offset: 3,
      divergent: { offset: 1, offsetEpoch: 0 },
    });
    // It asks once for each time that it tells.
    const told = fixture.results.filter((result) => result.type === 'failed').length;
    expect(told).toBeGreaterThan(1);
    fixture.do((consumer) => consumer.seek(orders(0), 1, 0)).pollFor(300);
    expect(fixture.values(0)).toEqual(['a', 'b', 'c', 'B']);
  });

  test('keeps reading from where it was when the log below is whole', () => {
    const fixture = new Fixture();
    const [partition] = fixture.cluster.topic('orders', [1]);
    for (const value of ['a', 'b']) partition?.put(value);
    fixture.assign(0).pollFor(200);
    for (const leader of [2, 3, 1, 2]) {
      partition?.lead(leader);
      partition?.put(`by ${leader}`);
      fixture.pollFor(500);
    }
    expect(fixture.values(0)).toEqual(['a', 'b', 'by 2', 'by 3', 'by 1', 'by 2']);
    expect(fixture.results.every((result) => result.type === 'records' && result.moved.every(({ type }) => type === 'reset'))).toBe(true);
  });

  test('does not spin while nobody leads', () => {
    const fixture = new Fixture();
    const [partition] = fixture.cluster.topic('orders', [1]);
    partition?.put('a');
    fixture.assign(0).pollFor(200);
    const before = fixture.cluster.metadataRequests;
    if (partition !== undefined) partition.leader = -1;
    fixture.pollFor(10_000);
    expect(fixture.cluster.metadataRequests - before).toBeLessThan(25);
    expect(fixture.cluster.metadataRequests - before).toBeGreaterThan(5);
    partition?.lead(3);
    partition?.put('b');
    fixture.pollFor(2000);
    expect(fixture.values(0)).toEqual(['a', 'b']);
  });
});

describe('fetch sessions', () => {
  test('spare the broker what it knows already', () => {
    const fixture = new Fixture({ fetchMaxWaitMs: 50 });
    const partitions = fixture.cluster.topic('orders', [1, 1, 1]);
    fixture.assign(0, 1, 2).pollFor(500);
    partitions[1]?.put('a');
    fixture.pollFor(300);
    const told = fixture.cluster.fetches.map(({ body }) => [body.sessionEpoch > 0, body.topics.flatMap((topic) => topic.partitions).length]);
    expect(told[0]).toEqual([false, 3]);
    expect(told.slice(1).every(([incremental]) => incremental)).toBe(true);
    expect(told.slice(1).reduce((sum, [, count]) => sum + Number(count), 0)).toBe(1);
    expect(fixture.values(1)).toEqual(['a']);
  });

  test.each([
    ['lost', ErrorCode.FETCH_SESSION_ID_NOT_FOUND],
    ['out of step', ErrorCode.INVALID_FETCH_SESSION_EPOCH],
    ['of another naming', ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR],
  ])('are made anew when one is %s, and no record is missed', (_, error) => {
    const fixture = new Fixture({ fetchMaxWaitMs: 50 });
    const [partition] = fixture.cluster.topic('orders', [1]);
    let countdown = 6;
    fixture.cluster.fetchScript = (__, body) => (body.sessionEpoch > 0 && countdown-- % 3 === 0 ? error : 0);
    for (let at = 0; at < 8; at++) {
      partition?.put(`${at}`);
      fixture.pollFor(150);
    }
    fixture.assign(0).pollFor(300);
    for (let at = 8; at < 16; at++) {
      partition?.put(`${at}`);
      fixture.pollFor(150);
    }
    expect(fixture.values(0)).toEqual(Array.from({ length: 16 }, (___, at) => `${at}`));
    expect(fixture.cluster.fetches.filter(({ body }) => body.sessionEpoch === 0).length).toBeGreaterThan(1);
  });

  test('are not trusted after an answer was lost', () => {
    const fixture = new Fixture({ fetchMaxWaitMs: 50, requestTimeoutMs: 1000 });
    fixture.cluster.topic('orders', [1]);
    fixture.assign(0).pollFor(300);
    const cut = fixture.cluster.simulator.faults.partition(fixture.cluster.brokers, [fixture.cluster.client], { oneWay: true });
    fixture.pollFor(2000);
    const lost = fixture.cluster.fetches.length;
    cut.heal();
    fixture.pollFor(3000);
    const [next, ...later] = fixture.cluster.fetches.slice(lost).map(({ body }) => body.sessionEpoch);
    expect(next).toBe(0);
    expect(later.every((epoch) => epoch > 0)).toBe(true);
  });

  test('end with the consumer', () => {
    const fixture = new Fixture({ fetchMaxWaitMs: 50 });
    fixture.cluster.topic('orders', [1, 2]);
    fixture.assign(0, 1).pollFor(300);
    expect(fixture.cluster.openSessions).toBe(2);
    let closed = 0;
    fixture.do((consumer) => consumer.close(() => closed++));
    fixture.cluster.passMs(700);
    expect(closed).toBe(1);
    expect(fixture.cluster.openSessions).toBe(0);
    expect(fixture.cluster.simulator.run(fixture.cluster.simulator.nowUs + 1e9)).toBe('idle');
  });
});

test('questions about offsets find the beginning, the end and the first record at a time', () => {
  const fixture = new Fixture();
  const [one, two] = fixture.cluster.topic('orders', [1, 2]);
  for (const value of ['a', 'b', 'c']) one?.put(value);
  if (two !== undefined) two.leader = -1;
  const answers: unknown[] = [];
  const note = (offsets: ReadonlyMap<string, { ok: boolean }>) =>
    answers.push([...offsets].map(([name, result]) => [name, result.ok && 'value' in result ? (result.value as { offset: number }).offset : result]));
  fixture.do((consumer) => {
    consumer.beginningOffsets([orders(0)], note);
    consumer.endOffsets([orders(0), orders(1)], note);
    consumer.offsetsForTimes(new Map([[orders(0), 1001]]), note);
    consumer.offsetsForTimes(new Map([[orders(0), 9999]]), note);
    consumer.endOffsets([], note);
  });
  fixture.cluster.passMs(3000);
  expect(answers).toHaveLength(4);
  two?.lead(3);
  fixture.cluster.passMs(3000);
  expect(answers).toEqual(
    expect.arrayContaining([
      [],
      [[orders(0), 0]],
      [[orders(0), 1]],
      [[orders(0), -1]],
      expect.arrayContaining([
        [orders(0), 3],
        [orders(1), 0],
      ]),
    ]),
  );
  // Nobody leads any more: the question ends when its time is over.
  two?.lead(-1);
  fixture.do((consumer) => consumer.endOffsets([topicPartition('nowhere', 0)], note));
  fixture.cluster.passMs(60_100);
  expect(answers.at(-1)).toEqual([['nowhere-0', { ok: false, error: ErrorCode.REQUEST_TIMED_OUT }]]);
});

test('a consumer reads each record once and in order whatever happens to brokers, leaders and sessions', () => {
  const action = fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant('put' as const), partition: fc.nat({ max: 2 }), count: fc.integer({ min: 1, max: 4 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constantFrom('crash' as const, 'lead' as const, 'leaderless' as const), which: fc.nat({ max: 2 }) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('boot' as const, 'forget' as const) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('cut' as const), ms: fc.integer({ min: 1, max: 3000 }) }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('poll' as const), ms: fc.integer({ min: 1, max: 600 }) }) },
  );
  fc.assert(
    fc.property(
      fc.array(action, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      fc.string({ maxLength: 5 }),
      (actions, maxPollRecords, seed) => {
        const fixture = new Fixture({ requestTimeoutMs: 1000, maxPollRecords, fetchMaxWaitMs: 100 }, new FakeCluster(3, seed));
        const { cluster } = fixture;
        const partitions = cluster.topic('orders', [1, 2, 3]);
        fixture.assign(0, 1, 2);
        for (const each of actions) {
          if (each.type === 'put') {
            const partition = partitions[each.partition];
            partition?.put(...Array.from({ length: each.count }, (_, at) => `${partition.end + at}`));
          } else if (each.type === 'crash') cluster.brokers[each.which]?.crash({ powerLoss: each.which === 1 });
          else if (each.type === 'lead') partitions[each.which]?.lead((Math.max(partitions[each.which]?.leader ?? 0, 0) % 3) + 1);
          else if (each.type === 'leaderless') partitions[each.which]?.lead(-1);
          else if (each.type === 'forget') cluster.forgetSessions();
          else if (each.type === 'boot') {
            for (const broker of cluster.brokers) if (!broker.up) cluster.boot(broker.id);
          } else if (each.type === 'cut') {
            const cut = cluster.simulator.faults.partition([cluster.client], [...cluster.brokers]);
            fixture.pollFor(each.ms);
            cut.heal();
          } else if (each.type === 'poll') fixture.poll(each.ms);
        }
        for (const broker of cluster.brokers) if (!broker.up) cluster.boot(broker.id);
        for (const [at, partition] of partitions.entries()) if (partition.leader < 0) partition.lead(at + 1);
        fixture.pollFor(12_000);
        for (const [at, partition] of partitions.entries()) expect(fixture.values(at)).toEqual(partition.values);
      },
    ),
    { numRuns: 60 },
  );
});
