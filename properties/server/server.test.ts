/** Brokers on real sockets keep what they acknowledged over an orderly restart, and say what is in the way of a start. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { realWorld } from '../../src/io/real/real-world.ts';
import { consumerConfig, producerConfig } from '../../src/kafka/client/config.ts';
import { Consumer } from '../../src/kafka/client/consumer.ts';
import { Producer } from '../../src/kafka/client/producer.ts';
import { topicPartition } from '../../src/model/topic-partition.ts';
import { takePorts } from '../../src/server/ports.ts';
import { type Server, type ServerOptions, startServer } from '../../src/server/server.ts';
import { simulate } from '../../src/simulation/run/simulate.ts';
import { scenarioOf } from '../../src/simulation/scenario/fields.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-server-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function started(options: ServerOptions): Promise<Server> {
  const server = await startServer(options);
  if (!server.ok) throw new Error(server.error);
  return server.value;
}

const bootstrapOf = (server: Server) =>
  server.bootstrap.map((address) => ({ host: address.split(':')[0] ?? '', port: Number(address.split(':')[1]) }));

/** Sends these values one after the other; answers when all are acknowledged by the whole ISR. */
async function produce(server: Server, topic: string, values: readonly string[]): Promise<void> {
  const world = realWorld({ disks: new Map() });
  const config = producerConfig({ bootstrapServers: bootstrapOf(server), clientId: 'test-producer', lingerMs: 0 });
  if (!config.ok) throw new Error(config.error);
  const producer = new Producer(world, config.value);
  for (const value of values) {
    const outcome = await new Promise<{ readonly type: string }>((done) =>
      producer.send({ topic, partition: 0, value: new TextEncoder().encode(value) }, done),
    );
    expect(outcome.type).toBe('acknowledged');
  }
  await new Promise<void>((done) => producer.close(done));
  world.close();
}

async function consume(server: Server, topic: string, count: number): Promise<readonly string[]> {
  const world = realWorld({ disks: new Map() });
  const config = consumerConfig({ bootstrapServers: bootstrapOf(server), clientId: 'test-consumer', autoOffsetReset: 'earliest' });
  if (!config.ok) throw new Error(config.error);
  const consumer = new Consumer(world, config.value);
  consumer.assign([topicPartition(topic, 0)]);
  const values: string[] = [];
  while (values.length < count) {
    const result = await new Promise<Parameters<Parameters<Consumer['poll']>[1]>[0]>((done) => consumer.poll(2000, done));
    if (result.type === 'failed') throw new Error(`${result.problem} ${result.error}`);
    for (const { records } of result.records) for (const record of records) values.push(new TextDecoder().decode(record.value ?? new Uint8Array(0)));
  }
  await new Promise<void>((done) => consumer.close(done));
  world.close();
  return values;
}

const some = Array.from({ length: 20 }, (_, index) => `value ${index}`);

describe('a server', () => {
  test('serves in memory what was produced, on any free ports', async () => {
    const server = await started({ brokers: 3, port: 0 });
    expect(new Set(server.bootstrap).size).toBe(3);
    await produce(server, 'memory', some);
    expect(await consume(server, 'memory', some.length)).toEqual(some);
    await server.stop();
  });
  test('keeps what it acknowledged in its folder over an orderly restart', async () => {
    const dataDir = join(folder, 'data');
    const first = await started({ brokers: 3, port: 0, dataDir });
    await produce(first, 'kept', some);
    await first.stop();
    const second = await started({ brokers: 3, port: 0, dataDir });
    expect(await consume(second, 'kept', some.length)).toEqual(some);
    await produce(second, 'kept', ['one more']);
    expect(await consume(second, 'kept', some.length + 1)).toEqual([...some, 'one more']);
    await second.stop();
  }, 90_000);
  test('runs with one broker, whose topics have one replica', async () => {
    const server = await started({ brokers: 1, port: 0 });
    await produce(server, 'single', some);
    expect(await consume(server, 'single', some.length)).toEqual(some);
    await server.stop();
  });
  test('names the port that is taken and what to do', async () => {
    const blocker = createServer();
    const port = await new Promise<number>((resolve) => {
      blocker.listen(0, '127.0.0.1', () => {
        const address = blocker.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const answer = await startServer({ brokers: 1, port });
    expect(answer.ok ? '' : answer.error).toContain(`port ${port} is taken by another program. Stop it, choose another first port with --port`);
    await new Promise((done) => blocker.close(done));
  });
  test('names the folder that it cannot use', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const answer = await startServer({ brokers: 1, port: 0, dataDir: file });
    expect(answer.ok ? '' : answer.error).toContain('Choose another folder with --data-dir');
  });
  test('takes one log directory of a broker that has several, and says which there are', async () => {
    const dataDir = join(folder, 'several');
    for (const name of ['data-0', 'data-1']) mkdirSync(join(dataDir, name), { recursive: true });
    const answer = await startServer({ port: 0, dataDir });
    expect(answer.ok ? '' : answer.error).toContain(`--data-dir: ${join(dataDir, 'data-0')}`);
  });
  test('does not take ports beyond the last', async () => {
    expect(await takePorts('127.0.0.1', 65_535, 3)).toEqual({ ok: false, error: expect.stringContaining('choose a --port of at most 65533') });
  });
});

describe('the disk of one broker', () => {
  test('of a simulated cluster is served as it is, by that broker, also to be written on, and again after a restart', async () => {
    const dataDir = join(folder, 'dump');
    let files: ReadonlyMap<string, Uint8Array> = new Map();
    const scenario = scenarioOf({
      cluster: { topics: [{ name: 'orders', partitions: 1 }] },
      workload: { seconds: 5, producers: [{ id: 'producer-1', topic: 'orders' }] },
    });
    const { history } = simulate(scenario, {
      atEnd: (cluster) => {
        files = cluster.disksOf(2).get('data')?.allContents() ?? files;
      },
    });
    const sent = history.operations.flatMap(({ operation, completion }) =>
      operation.type === 'send' && completion?.type === 'ok' ? [operation.value.trim()] : [],
    );
    for (const [path, bytes] of files) {
      mkdirSync(dirname(join(dataDir, path)), { recursive: true });
      writeFileSync(join(dataDir, path), bytes);
    }
    const server = await started({ port: 0, dataDir });
    expect(server.bootstrap).toHaveLength(1);
    expect((await consume(server, 'orders', sent.length)).map((value) => value.trim().replace(/\.*$/, ''))).toEqual(
      sent.map((value) => value.replace(/\.*$/, '')),
    );
    await produce(server, 'orders', ['later']);
    await server.stop();
    const again = await started({ port: 0, dataDir });
    expect((await consume(again, 'orders', sent.length + 1)).at(-1)).toBe('later');
    await again.stop();
  }, 60_000);

  test('is served by nobody else, and by nobody when its owner cannot be read', async () => {
    const dataDir = join(folder, 'two');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'meta.properties'), 'cluster.id=c\ndirectory.id=AAAAAAAAAAAAAAAAAAAAZQ\nnode.id=7\nversion=1\n');
    expect(await startServer({ brokers: 2, port: 0, dataDir })).toMatchObject({
      ok: false,
      error: expect.stringContaining('the disk of one broker, with id 7'),
    });
    writeFileSync(join(dataDir, 'meta.properties'), 'version=0\n');
    expect(await startServer({ port: 0, dataDir })).toMatchObject({ ok: false, error: expect.stringContaining('is no meta.properties') });
  });
});
