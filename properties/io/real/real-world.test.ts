/** What only the world of this machine promises: that it can be closed, and how long it waits. */
import { expect, test, vi } from 'vitest';
import { realWorld } from '../../../src/io/real/real-world.ts';
import { End, fileKind } from '../rig.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('a world that was closed calls nobody any more, and its port is free', async () => {
  const rig = fileKind.make();
  const server = rig.start('server');
  const closing = realWorld({ disks: new Map() });
  const ends: End[] = [];
  const keep = (connection: ConstructorParameters<typeof End>[0]): End => {
    const end = new End(connection);
    ends.push(end);
    return end;
  };
  const listener = closing.network.listen(0, keep);
  if (!listener.ok) throw new Error('no port');
  const client = rig.start('client');
  let peer: End | undefined;
  client.network.connect('127.0.0.1', listener.value.port, (connection) => {
    peer = new End(connection);
    return peer;
  });
  await rig.until(() => ends.length === 1 && peer?.log.length === 1);
  const fired: string[] = [];
  closing.clock.after('timer', 5, () => fired.push('timer'));
  closing.close();
  closing.close();
  closing.clock.after('late', 0, () => fired.push('late timer'));
  closing.on('requests', () => fired.push('step'));
  await rig.until(() => peer?.over === true);
  await sleep(30);
  expect(fired).toEqual([]);
  expect(ends[0]?.log).toEqual(['opened']);
  expect(server.network.listen(listener.value.port, keep).ok).toBe(true);
  rig.close();
});

test('a timer may be longer than the system’s timers can be', () => {
  vi.useFakeTimers();
  try {
    const world = realWorld({ disks: new Map() });
    const fired: string[] = [];
    const days = 86_400_000;
    world.clock.after('retention', 30 * days, () => fired.push('fired'));
    vi.advanceTimersByTime(30 * days - 1);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual(['fired']);
    world.close();
  } finally {
    vi.useRealTimers();
  }
});

test('what a step throws comes out, and the next step runs', () => {
  const world = realWorld({ disks: new Map() });
  expect(() =>
    world.on('requests', () => {
      throw new Error('broken');
    }),
  ).toThrow('broken');
  const ran: string[] = [];
  world.on('requests', () => ran.push('next'));
  expect(ran).toEqual(['next']);
  world.close();
});

test('what is observed reaches the observer', () => {
  const seen: string[] = [];
  const world = realWorld({ disks: new Map(), observe: (event) => seen.push(event.type) });
  world.observe({ type: 'running' });
  expect(seen).toEqual(['running']);
  world.close();
});
