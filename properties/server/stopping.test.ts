/** A server with faults in force ends in order, and says what its administrator was refused. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { realWorld } from '../../src/io/real/real-world.ts';
import { producerConfig } from '../../src/kafka/client/config.ts';
import { Producer } from '../../src/kafka/client/producer.ts';
import { type Server, startServer } from '../../src/server/server.ts';
import { ControlClient, eventually } from '../interop/control-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-stopping-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const reports: string[] = [];
async function started(dataDir?: string): Promise<{ readonly server: Server; readonly control: ControlClient }> {
  const answer = await startServer({
    ...{ brokers: 3, port: 0, control: 0, report: (line) => reports.push(line) },
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  if (!answer.ok) throw new Error(answer.error);
  return { server: answer.value, control: new ControlClient(answer.value.controlUrl ?? '') };
}

/** Sends one record to partition 0, with all acknowledgements. */
async function produce(server: Server, topic: string): Promise<void> {
  const world = realWorld({ disks: new Map() });
  const bootstrapServers = server.bootstrap.map((each) => ({ host: each.split(':')[0] ?? '', port: Number(each.split(':')[1]) }));
  const config = producerConfig({ bootstrapServers, clientId: 'producer', lingerMs: 0 });
  if (!config.ok) throw new Error(config.error);
  const producer = new Producer(world, config.value);
  const { type } = await new Promise<{ readonly type: string }>((done) => producer.send({ topic, partition: 0, value: new Uint8Array(10) }, done));
  await new Promise<void>((done) => producer.close(done));
  world.close();
  expect(type).toBe('acknowledged');
}

describe('a server that is stopped', () => {
  /** Brokers that closed their logs in order, and have not begun again since. */
  const inOrder = (dataDir: string): readonly number[] => [1, 2, 3].filter((id) => existsSync(marker(dataDir, id)));
  const marker = (dataDir: string, id: number): string => join(dataDir, `broker-${id}`, '.kafka_cleanshutdown');

  test('waits for the broker that a fault is stopping', async () => {
    const dataDir = join(folder, 'under-way');
    const { server, control } = await started(dataDir);
    await produce(server, 'orders');
    expect(await control.post({ kind: 'stop', target: 'leader(orders-0)', downMs: 'forever' })).toMatchObject({ state: 'active', fired: 1 });
    expect(inOrder(dataDir)).toEqual([]);
    await server.stop();
    expect(inOrder(dataDir)).toEqual([1, 2, 3]);
  });

  test('does not start again the broker that a fault stopped', async () => {
    const dataDir = join(folder, 'down');
    const { server, control } = await started(dataDir);
    await control.post({ kind: 'stop', target: 'broker(2)', downMs: 'forever' });
    await eventually('it is down', 10_000, async () => ((await control.nodes()).find(({ id }) => id === 2)?.state === 'down' ? true : undefined));
    expect(inOrder(dataDir)).toEqual([2]);
    const before = statSync(marker(dataDir, 2)).mtimeMs;
    await server.stop();
    expect(inOrder(dataDir)).toEqual([1, 2, 3]);
    expect(statSync(marker(dataDir, 2)).mtimeMs).toBe(before);
  });
});

test('a server says what its administrator was refused: two who count the same partitions ask for the same total', async () => {
  const { server, control } = await started();
  await produce(server, 'grown');
  const more = { kind: 'add-partitions', topic: 'grown', partitions: 1, on: 'leader(grown-0) acknowledged' };
  for (const fault of [more, more]) expect(await control.post(fault)).toMatchObject({ state: 'waiting' });
  reports.length = 0;
  await produce(server, 'grown');
  await eventually('a refusal', 10_000, () => (reports.length > 0 ? true : undefined));
  expect(reports).toEqual(['add-partitions of grown was refused: INVALID_PARTITIONS']);
  await server.stop();
});
