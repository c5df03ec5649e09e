import { describe, expect, test } from 'vitest';
import { Admin, AlterOperation, ResourceType } from '../../../src/kafka/client/admin.ts';
import { type AdminConfig, adminConfig } from '../../../src/kafka/client/config.ts';
import { earliestTimestamp, latestTimestamp } from '../../../src/kafka/client/offset-questions.ts';
import type { Routes } from '../../../src/kafka/rpc/routes.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { apis } from '../../../src/protocol/apis.ts';
import { FakeCluster } from './fake-cluster.ts';

/** Brokers that log what they are asked and answer with the errors of a script, 0 when it is used up. */
class Fixture {
  readonly asked: string[] = [];
  readonly errors: (number | 'silent')[] = [];
  readonly cluster: FakeCluster;
  readonly admin: Admin;

  constructor(given: Partial<AdminConfig> = {}) {
    this.cluster = new FakeCluster(3, 'admin', (routes, broker) => this.#serve(routes, broker));
    const config = adminConfig({ ...this.cluster.bootstrap, ...given });
    if (!config.ok) throw new Error(config.error);
    this.admin = new Admin(this.cluster.clientWorld, config.value);
  }

  #serve(routes: Routes, broker: number): void {
    const next = (what: string): number | 'silent' => {
      this.asked.push(`${broker} ${what}`);
      return this.errors.shift() ?? 0;
    };
    routes.on(apis.createTopics, (context, { topics }) => {
      const results = topics.map(({ name, numPartitions }) => ({ name, error: next(`create ${name}/${numPartitions}`) }));
      if (results.some(({ error }) => error === 'silent')) return;
      context.respond({ topics: results.map(({ name, error }) => ({ name, errorCode: Number(error), errorMessage: error === 0 ? null : 'no' })) });
    });
    routes.on(apis.deleteTopics, (context, { topics, topicNames }) => {
      const names = context.apiVersion >= 6 ? topics.map(({ name }) => name ?? '') : topicNames;
      context.respond({ responses: names.map((name) => ({ name, errorCode: Number(next(`delete ${name}`)) })) });
    });
    routes.on(apis.createPartitions, (context, { topics }) =>
      context.respond({ throttleTimeMs: 0, results: topics.map(({ name, count }) => ({ name, errorCode: Number(next(`grow ${name}/${count}`)) })) }),
    );
    routes.on(apis.describeConfigs, (context, { resources }) =>
      context.respond({
        throttleTimeMs: 0,
        results: resources.map(({ resourceType, resourceName }) => ({
          errorCode: Number(next(`describe ${resourceType} ${resourceName}`)),
          errorMessage: null,
          resourceType,
          resourceName,
          configs: [{ name: 'min.insync.replicas', value: '2', readOnly: false, isSensitive: false }],
        })),
      }),
    );
    routes.on(apis.incrementalAlterConfigs, (context, { resources }) =>
      context.respond({
        throttleTimeMs: 0,
        responses: resources.map(({ resourceType, resourceName, configs }) => ({
          errorCode: Number(next(`alter ${resourceName} ${configs.map(({ name, configOperation, value }) => `${name}${configOperation}${value}`)}`)),
          errorMessage: null,
          resourceType,
          resourceName,
        })),
      }),
    );
    routes.on(apis.describeCluster, (context) =>
      context.respond({ throttleTimeMs: 0, errorCode: Number(next('cluster')), clusterId: 'fake', controllerId: 1, brokers: [] }),
    );
  }

  /** Calls, lets time pass, and gives what the call ended with; undefined while it has not. */
  call<T>(passMs: number, make: (admin: Admin, done: (result: T) => void) => void): T | undefined {
    const ends: T[] = [];
    this.cluster.client.enter(() => make(this.admin, (result) => ends.push(result)));
    this.cluster.passMs(passMs);
    expect(ends.length).toBeLessThan(2);
    return ends[0];
  }
}

describe('an admin client', () => {
  test('asks the controller, and gives each topic its own result', () => {
    const fixture = new Fixture();
    fixture.errors.push(0, ErrorCode.TOPIC_ALREADY_EXISTS);
    const result = fixture.call(200, (admin, done) =>
      admin.createTopics([{ name: 'a', numPartitions: 3, replicationFactor: 2, configs: new Map([['x', 'y']]) }, { name: 'b' }], done),
    );
    expect(result).toMatchObject([
      { name: 'a', error: 0, message: null },
      { name: 'b', error: 36, message: 'no' },
    ]);
    expect(fixture.asked).toEqual(['1 create a/3', '1 create b/-1']);
  });

  test('asks again for those items only that were not done, when the controller is another', () => {
    const fixture = new Fixture();
    fixture.errors.push(0, ErrorCode.NOT_CONTROLLER);
    const result = fixture.call(1000, (admin, done) => admin.createTopics([{ name: 'a' }, { name: 'b' }], done));
    expect(result).toMatchObject([
      { name: 'a', error: 0 },
      { name: 'b', error: 0 },
    ]);
    expect(fixture.asked).toEqual(['1 create a/-1', '1 create b/-1', '1 create b/-1']);
  });

  test('finds another broker when the one it asked dies, and gives up after default.api.timeout.ms', () => {
    const fixture = new Fixture({ requestTimeoutMs: 1000, defaultApiTimeoutMs: 5000 });
    fixture.errors.push('silent');
    expect(fixture.call(100, (admin, done) => admin.createTopics([{ name: 'a' }], done))).toBeUndefined();
    fixture.cluster.broker(1).crash({ powerLoss: true });
    fixture.cluster.passMs(4000);
    expect(fixture.asked).toEqual(['1 create a/-1', '2 create a/-1']);
    for (const broker of fixture.cluster.brokers) if (broker.up) broker.crash({ powerLoss: true });
    const startMs = fixture.cluster.nowMs;
    let endMs = 0;
    fixture.call(6000, (admin, done) =>
      admin.deleteTopics(['a'], (results) => {
        endMs = fixture.cluster.nowMs;
        done(results);
        expect(results).toEqual([{ name: 'a', error: expect.any(Number), message: null, value: undefined }]);
        expect([ErrorCode.REQUEST_TIMED_OUT, ErrorCode.NETWORK_EXCEPTION]).toContain(results[0]?.error);
      }),
    );
    expect(endMs - startMs).toBeCloseTo(5000, -1);
  });

  test('stops after as many retries as it may make', () => {
    const fixture = new Fixture({ retries: 2 });
    fixture.errors.push(41, 41, 41, 41);
    expect(fixture.call(5000, (admin, done) => admin.createPartitions([{ name: 'a', count: 9 }], done))).toMatchObject([{ name: 'a', error: 41 }]);
    expect(fixture.asked).toEqual(Array(3).fill('1 grow a/9'));
  });

  test.each([5, 6])('deletes topics by name in version %i', (version) => {
    const fixture = new Fixture();
    fixture.cluster.maxVersions.set(apis.deleteTopics.key, version);
    fixture.errors.push(0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(fixture.call(200, (admin, done) => admin.deleteTopics(['a', 'b'], done))).toMatchObject([
      { name: 'a', error: 0 },
      { name: 'b', error: 3 },
    ]);
  });

  test('asks a broker for its own configuration and anyone for a topic’s', () => {
    const fixture = new Fixture();
    fixture.call(200, (admin, done) => admin.describeConfigs([{ type: ResourceType.broker, name: '3' }], done));
    const topic = fixture.call(200, (admin, done) => admin.describeConfigs([{ type: ResourceType.topic, name: 'a' }], done));
    expect(fixture.asked[0]).toBe('3 describe 4 3');
    expect(fixture.asked[1]).toMatch(/^\d describe 2 a$/);
    expect(topic).toMatchObject([{ name: 'a', error: 0, value: { configs: [{ name: 'min.insync.replicas', value: '2' }] } }]);
    fixture.call(200, (admin, done) =>
      admin.incrementalAlterConfigs(
        [{ type: ResourceType.topic, name: 'a', configs: [{ name: 'retention.ms', operation: AlterOperation.set, value: '5' }] }],
        done,
      ),
    );
    expect(fixture.asked[2]).toMatch(/^\d alter a retention.ms05$/);
  });

  test('describes the cluster and its topics', () => {
    const fixture = new Fixture();
    fixture.cluster.topic('orders', [1, 2]);
    fixture.errors.push(ErrorCode.REQUEST_TIMED_OUT);
    expect(fixture.call(500, (admin, done) => admin.describeCluster(done))).toMatchObject({ ok: true, value: { clusterId: 'fake' } });
    expect(fixture.call(200, (admin, done) => admin.describeTopics(undefined, done))).toMatchObject({
      ok: true,
      value: [{ name: 'orders', partitions: [{ leaderId: 1 }, { leaderId: 2 }] }],
    });
    expect(fixture.call(200, (admin, done) => admin.describeTopics(['nowhere'], done))).toMatchObject({
      ok: true,
      value: [{ name: 'nowhere', errorCode: 3 }],
    });
  });

  test('lists offsets from the leaders', () => {
    const fixture = new Fixture();
    const [one, two] = fixture.cluster.topic('orders', [1, 2]);
    one?.put('a', 'b');
    two?.put('x');
    const offsets = fixture.call<ReadonlyMap<string, unknown>>(500, (admin, done) =>
      admin.listOffsets(
        new Map([
          [topicPartition('orders', 0), latestTimestamp],
          [topicPartition('orders', 1), earliestTimestamp],
        ]),
        done,
      ),
    );
    expect(offsets?.get('orders-0')).toMatchObject({ ok: true, value: { offset: 2 } });
    expect(offsets?.get('orders-1')).toMatchObject({ ok: true, value: { offset: 0 } });
    // And from the new ones, after an election that it did not hear of.
    one?.lead(3);
    const later = fixture.call<ReadonlyMap<string, unknown>>(1000, (admin, done) =>
      admin.listOffsets(new Map([[topicPartition('orders', 0), latestTimestamp]]), done),
    );
    expect(later?.get('orders-0')).toMatchObject({ ok: true, value: { offset: 2, leaderEpoch: 1 } });
  });

  test('ends what is under way when it closes', () => {
    const fixture = new Fixture();
    fixture.errors.push('silent');
    expect(fixture.call(100, (admin, done) => admin.createTopics([{ name: 'a' }], done))).toBeUndefined();
    const ends: unknown[] = [];
    fixture.cluster.client.enter(() => fixture.admin.describeCluster((result) => ends.push(result)));
    fixture.cluster.client.enter(() => fixture.admin.close());
    expect(ends).toEqual([{ ok: false, error: ErrorCode.REQUEST_TIMED_OUT }]);
    expect(fixture.cluster.simulator.run(fixture.cluster.simulator.nowUs + 1e9)).toBe('idle');
  });
});
