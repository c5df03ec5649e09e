/** A process's sockets behave as net.Socket does: the same events, the same errors, the same backpressure. */
import net from 'node:net';
import { describe, expect, test } from 'vitest';
import { topicPartition } from '../../src/model/topic-partition.ts';
import type { Fault } from '../../src/simulation/nemesis/fault.ts';
import type { Scenario } from '../../src/simulation/scenario.ts';
import { calm, inProcess } from './rig.ts';

const when = (atMs: number) => ({ type: 'time', atMs }) as const;
const service = { type: 'client', id: 'service' } as const;
const withFaults = (seconds: number, faults: readonly Fault[]): Scenario => ({ ...calm(seconds), faults });
const sleep = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

/** All that a socket tells until it is closed, with the second in which it did. */
function eventsOf(socket: net.Socket): Promise<readonly string[]> {
  const startMs = Date.now();
  return new Promise((resolve) => {
    const told: string[] = [];
    const tell = (text: string) => void told.push(`${text} ${Math.round((Date.now() - startMs) / 1000)}`);
    for (const event of ['connect', 'ready', 'end', 'timeout'] as const) socket.on(event, () => tell(event));
    socket.on('data', (bytes: Buffer) => tell(`data ${bytes.length > 0}`));
    socket.on('error', (error: NodeJS.ErrnoException) => tell(`${error.code} ${error.errno} ${error.syscall}: ${error.message}`));
    socket.on('close', (hadError) => {
      tell(`close ${hadError}`);
      resolve(told);
    });
  });
}

describe('a socket of a process', () => {
  test('is refused where nobody listens', async () => {
    expect(await inProcess(() => eventsOf(net.connect(1, 'broker-1')))).toEqual([
      'ECONNREFUSED -111 connect: connect ECONNREFUSED 10.0.0.1:1 0',
      'close true 0',
    ]);
  });
  test('finds no host of another world', async () => {
    expect(await inProcess(() => eventsOf(net.connect({ host: 'example.com', port: 80 })))).toEqual([
      'ENOTFOUND -3008 getaddrinfo: getaddrinfo ENOTFOUND example.com 0',
      'close true 0',
    ]);
  });
  test('gives a connect up when nothing answers', async () => {
    const cut: Fault = { kind: 'client-cut', trigger: when(0), target: service, durationMs: 40_000, peers: [] };
    const connect = async (): Promise<readonly string[]> => {
      await sleep(1000);
      return eventsOf(net.connect(9092, '10.0.0.1'));
    };
    expect(await inProcess(connect, { scenario: withFaults(50, [cut]) })).toEqual([
      'ETIMEDOUT -110 connect: connect ETIMEDOUT 10.0.0.1:9092 21',
      'close true 21',
    ]);
  });
  test('tells that the connection was reset', async () => {
    const reset: Fault = { kind: 'reset', trigger: when(2000), target: service, peers: [] };
    expect(await inProcess(() => eventsOf(net.connect(9092, 'broker-1')), { scenario: withFaults(5, [reset]) })).toEqual([
      'connect 0',
      'ready 0',
      'ECONNRESET -104 read: read ECONNRESET 2',
      'close true 2',
    ]);
  });
  test('ends in order, and is told when it was idle', async () => {
    const idle = () => {
      const socket = new net.Socket();
      socket.setTimeout(1000, () => socket.end());
      return eventsOf(socket.connect({ port: 9092, host: 'broker-1' }).setNoDelay().setKeepAlive(true));
    };
    expect(await inProcess(idle)).toEqual(['connect 0', 'ready 0', 'timeout 1', 'end 1', 'close false 1']);
  });
  test('that is destroyed tells nothing more but its close', async () => {
    const destroyed = () => {
      const socket = net.connect(9092, 'broker-1');
      setTimeout(() => socket.destroy(), 1000);
      return eventsOf(socket);
    };
    expect(await inProcess(destroyed)).toEqual(['connect 0', 'ready 0', 'close false 1']);
  });
  test('takes only as much as the network does, and goes on when the peer reads again', async () => {
    const pause: Fault = { kind: 'pause', trigger: when(1000), target: { type: 'leader', partition: topicPartition('orders', 0) }, durationMs: 3000 };
    const write = async (): Promise<readonly unknown[]> => {
      const socket = net.connect(9092, 'broker-1');
      socket.on('error', () => undefined);
      await sleep(1500);
      const startMs = Date.now();
      const written: number[] = [];
      const frame = Buffer.alloc(700_000);
      frame.writeInt32BE(90_000_000);
      for (let count = 0; count < 3; count++) socket.write(frame, () => void written.push(Math.round((Date.now() - startMs) / 1000)));
      const full = socket.writableNeedDrain;
      await new Promise((resolve) => socket.once('drain', resolve));
      return [full, written[0], written.at(-1)];
    };
    expect(await inProcess(write, { scenario: withFaults(8, [pause]) })).toEqual([true, 0, 3]);
  });
});
