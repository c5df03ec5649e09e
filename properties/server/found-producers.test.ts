/** Logs that another cluster wrote are taken over, with the producers that are remembered in them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { highestProducerIdIn } from '../../src/server/found-producers.ts';
import { type Server, startServer } from '../../src/server/server.ts';
import { kafkajsFor } from '../interop/kafkajs.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-found-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function start(): Promise<Server> {
  const started = await startServer({ brokers: 1, port: 0, dataDir: folder, settings: new Map([['num.partitions', '1']]) });
  if (!started.ok) throw new Error(started.error);
  return started.value;
}

/** Offsets of so many records, each sent alone by one new idempotent producer. */
async function send(server: Server, count: number): Promise<readonly number[]> {
  const producer = kafkajsFor(server.bootstrap.join(',')).producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const offsets: number[] = [];
  for (let sent = 0; sent < count; sent++) {
    const [answer] = await producer.send({ topic: 'found', acks: -1, messages: [{ value: `v${sent}` }] });
    offsets.push(Number(answer?.baseOffset));
  }
  await producer.disconnect();
  return offsets;
}

test('the first batch of a new producer is no duplicate of one that the other cluster gave the same id', { timeout: 60_000 }, async () => {
  const before = await start();
  expect(await send(before, 3)).toEqual([0, 1, 2]);
  await before.stop();
  const highest = highestProducerIdIn(join(folder, 'broker-1', 'found-0'));
  expect(highest).toBeGreaterThanOrEqual(0);
  // What the cluster knew is gone; its logs are not.
  rmSync(join(folder, 'controller'), { recursive: true });
  const after = await start();
  expect(await send(after, 3)).toEqual([3, 4, 5]);
  await after.stop();
  expect(highestProducerIdIn(join(folder, 'broker-1', 'found-0'))).toBeGreaterThan(highest);
});
