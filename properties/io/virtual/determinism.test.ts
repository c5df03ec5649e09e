/** One seed is one history; and one operation less changes little of what comes later. */
import { describe, expect, test } from 'vitest';
import type { ConnectionEvents } from '../../../src/io/network.ts';
import { Simulator } from '../../../src/io/virtual/simulator.ts';
import { bytesOf } from '../rig.ts';

/**
 * Four nodes that send each other numbered messages at moments drawn from weather, write what they get to disk, and answer.
 * `dropped` names messages (`node:index`) that are not sent. Answers what was dispatched, one line each.
 */
function history(seed: string, dropped: ReadonlySet<string> = new Set()): readonly string[] {
  const simulator = new Simulator({ seed });
  const lines: string[] = [];
  simulator.trace = { dispatched: (timeUs, host, kind, a, b) => lines.push(`${timeUs} ${host} ${kind} ${a} ${b}`) };
  const ids = [0, 1, 2, 3];
  for (const id of ids) simulator.host(`node-${id}`, { id, disks: ['d'] });
  for (const host of simulator.hosts) {
    const id = host.id;
    host.boot((world) => {
      const opened = world.disks.get('d')?.open('log', 'create');
      const file = opened?.ok === true ? opened.value : undefined;
      const append = (bytes: Uint8Array): void =>
        world.on('requests', () => {
          file?.write(file.size(), bytes);
          if (bytes.length % 3 === 0) file?.syncLater(() => undefined);
        });
      const events = (received: (bytes: Uint8Array) => void): ConnectionEvents => ({
        opened: () => undefined,
        received,
        drained: () => undefined,
        closed: () => undefined,
      });
      world.network.listen(9092, (connection) =>
        events((bytes) => {
          append(bytes);
          connection.write(bytes);
        }),
      );
      for (const peer of ids) {
        if (peer === id) continue;
        const connection = world.network.connect(`node-${peer}`, 9092, () => events(append));
        let index = 0;
        const send = (): void => {
          const name = `${id}>${peer}:${index++}`;
          if (!dropped.has(name)) connection.write(bytesOf(name));
          if (index < 300) world.clock.after('send', 5 + (world.random.uint32(`pace ${peer}`) % 20), send);
        };
        send();
      }
    });
  }
  simulator.at(1_500_000, 'cut', () => {
    const nodes = simulator.hosts;
    const cut = simulator.faults.partition(nodes.slice(0, 1), nodes.slice(1, 2));
    simulator.at(1_800_000, 'heal', () => cut.heal());
  });
  simulator.run(6_000_000);
  return lines;
}

describe('a history', () => {
  test('is the same for the same seed, and another for another', () => {
    const one = history('1');
    expect(one.length).toBeGreaterThan(5_000);
    expect(history('1')).toEqual(one);
    expect(history('2')).not.toEqual(one);
  });

  test('keeps at least 95% of the events later than a second after one operation was dropped', () => {
    const whole = history('weather');
    for (const name of ['0>1:7', '1>0:20', '2>3:50', '3>1:90']) {
      const less = history('weather', new Set([name]));
      const atUs = Math.max(...whole.flatMap((line, index) => (less[index] === line ? [] : [Number(line.split(' ')[0])])).slice(0, 1));
      const later = whole.filter((line) => Number(line.split(' ')[0]) > atUs + 1_000_000);
      const kept = new Set(less);
      expect(later.length).toBeGreaterThan(1000);
      expect(less).not.toEqual(whole);
      expect(later.filter((line) => kept.has(line)).length / later.length).toBeGreaterThanOrEqual(0.95);
    }
  });
});
