/** What each fault of a disk does to the calls that meet it, and to no other. */
import { describe, expect, test } from 'vitest';
import type { Disk, File } from '../../../src/io/disk.ts';
import { failCalls, fillDisks, shortenCalls, stallSyncs } from '../../../src/io/virtual/disk-faults.ts';
import { Simulator } from '../../../src/io/virtual/simulator.ts';
import type { VirtualHost } from '../../../src/io/virtual/virtual-host.ts';
import type { World } from '../../../src/io/world.ts';
import { bytesOf, textOf } from '../rig.ts';

function machine(): { readonly simulator: Simulator; readonly host: VirtualHost; readonly world: World; readonly disk: Disk } {
  const simulator = new Simulator({ seed: 'faults' });
  const host = simulator.host('node', { id: 1, disks: ['d'] });
  const worlds: World[] = [];
  host.boot((world) => worlds.push(world));
  const disk = worlds[0]?.disks.get('d');
  if (worlds[0] === undefined || disk === undefined) throw new Error('no disk');
  return { simulator, host, world: worlds[0], disk };
}

function create(disk: Disk, path: string): File {
  const file = disk.open(path, 'create');
  if (!file.ok) throw new Error(file.error);
  return file.value;
}

const eio = { ok: false, error: 'EIO' };

describe('an error of the device', () => {
  test('meets the calls of its kind until it is healed, and changes nothing', () => {
    const { host, disk } = machine();
    const file = create(disk, 'f');
    file.write(0, bytesOf('abc'));
    const calls = {
      read: () => file.read(0, new Uint8Array(3)),
      write: () => file.write(0, bytesOf('xyz')),
      sync: () => file.sync(),
      names: () => disk.rename('f', 'g'),
    };
    for (const kind of ['read', 'write', 'sync', 'names'] as const) {
      const fault = failCalls(host, kind, null);
      expect(calls[kind]()).toEqual(eio);
      expect(calls[kind]()).toEqual(eio);
      const other = kind === 'read' ? 'sync' : 'read';
      expect(calls[other]().ok, `${other} during ${kind}`).toBe(true);
      expect(host.disk('d').files()).toEqual(['f']);
      expect(textOf(host.disk('d').contents('f') ?? new Uint8Array(0))).toBe('abc');
      fault.heal();
    }
    const all = failCalls(host, 'all', null);
    for (const call of Object.values(calls)) expect(call()).toEqual(eio);
    all.heal();
    expect(calls.sync().ok).toBe(true);
  });
  test('meets only the call that was meant, counted among those of its kind', () => {
    const { host, disk } = machine();
    const file = create(disk, 'f');
    failCalls(host, 'write', 2);
    expect(file.write(0, bytesOf('a'))).toEqual({ ok: true, value: 1 });
    file.sync();
    expect(file.write(0, bytesOf('b'))).toEqual(eio);
    expect(file.write(0, bytesOf('c'))).toEqual({ ok: true, value: 1 });
  });
});

test('a disk that is full takes what fits, then nothing, keeps what it has, and has room again once it is healed', () => {
  const { host, disk } = machine();
  const file = create(disk, 'f');
  file.write(0, bytesOf('abcdef'));
  const full = fillDisks(host, 2);
  expect(disk.freeBytes()).toBe(2);
  expect(file.write(6, bytesOf('ghij'))).toEqual({ ok: true, value: 2 });
  expect(file.write(8, bytesOf('ij'))).toEqual({ ok: false, error: 'ENOSPC' });
  expect(file.write(0, bytesOf('ABC'))).toEqual({ ok: true, value: 3 });
  expect(textOf(host.disk('d').contents('f') ?? new Uint8Array(0))).toBe('ABCdefgh');
  full.heal();
  expect(file.write(8, bytesOf('ij'))).toEqual({ ok: true, value: 2 });
});

test('short transfers are at least one byte long, sometimes whole, and over once healed', () => {
  const { host, disk } = machine();
  const file = create(disk, 'f');
  file.write(0, new Uint8Array(100));
  const fault = shortenCalls(host);
  const counts = Array.from({ length: 200 }, (_, index) =>
    index % 2 === 0 ? file.read(0, new Uint8Array(100)) : file.write(0, new Uint8Array(100)),
  );
  const taken = counts.map((count) => (count.ok ? count.value : 0));
  expect(Math.min(...taken)).toBeGreaterThan(0);
  expect(taken.filter((count) => count === 100).length).toBeGreaterThan(50);
  expect(taken.filter((count) => count < 100).length).toBeGreaterThan(50);
  fault.heal();
  expect(file.read(0, new Uint8Array(100))).toEqual({ ok: true, value: 100 });
});

test('a stalled sync ends when the device goes on, and not before', () => {
  const { simulator, host, world, disk } = machine();
  const file = create(disk, 'f');
  const endedUs: number[] = [];
  const fault = stallSyncs(host);
  host.enter(() => {
    file.write(0, bytesOf('abc'));
    file.syncLater(() => endedUs.push(simulator.nowUs));
    world.on('raft', () => {
      file.sync();
      world.on('raft', () => endedUs.push(simulator.nowUs));
    });
  });
  simulator.run(5_000_000);
  expect(endedUs).toEqual([]);
  fault.heal();
  simulator.run(5_100_000);
  expect(endedUs.length).toBe(2);
});

describe('a bit that rots', () => {
  test('is read until it is repaired, and what was written can be told from it', () => {
    const { host, disk } = machine();
    create(disk, 'f').write(0, bytesOf('abc'));
    const rot = host.disk('d').flipBit('f', 1, 0);
    expect(textOf(host.disk('d').contents('f') ?? new Uint8Array(0))).toBe('acc');
    expect(textOf(host.disk('d').undamaged('f') ?? new Uint8Array(0))).toBe('abc');
    expect(rot?.isThere).toBe(true);
    rot?.repair();
    expect(textOf(host.disk('d').contents('f') ?? new Uint8Array(0))).toBe('abc');
    expect(rot?.isThere).toBe(false);
  });
  test('is gone with what is written over it, cut off or removed; a repair changes nothing then', () => {
    for (const way of ['write', 'truncate', 'remove', 'wipe']) {
      const { host, disk } = machine();
      const file = create(disk, 'f');
      file.write(0, bytesOf('abc'));
      file.sync();
      const rot = host.disk('d').flipBit('f', 1, 0);
      if (way === 'write') file.write(0, bytesOf('xyz'));
      if (way === 'truncate') file.truncate(1);
      if (way === 'remove') disk.remove('f');
      if (way === 'wipe') {
        host.crash({ powerLoss: false });
        host.wipe('d');
      }
      const before = host.disk('d').contents('f');
      expect(rot?.isThere, way).toBe(false);
      rot?.repair();
      expect(host.disk('d').contents('f')).toEqual(before);
    }
  });
});

describe('on a host of several disks', () => {
  const two = () => {
    const simulator = new Simulator({ seed: 'faults' });
    const host = simulator.host('node', { id: 1, disks: ['a', 'b'] });
    const worlds: World[] = [];
    host.boot((world) => worlds.push(world));
    const [world] = worlds;
    const [a, b] = ['a', 'b'].map((name) => world?.disks.get(name));
    if (world === undefined || a === undefined || b === undefined) throw new Error('no disks');
    return { simulator, host, world, a: create(a, 'f'), b: create(b, 'f') };
  };

  test('a fault meets the disk that is named, and no other', () => {
    const { host, a, b } = two();
    failCalls(host, 'write', null, 'b');
    expect([a.write(0, bytesOf('x')), b.write(0, bytesOf('x'))]).toEqual([{ ok: true, value: 1 }, eio]);
    const nth = failCalls(host, 'sync', 1, 'a');
    expect([b.sync().ok, a.sync(), a.sync().ok]).toEqual([true, eio, true]);
    nth.heal();
    fillDisks(host, 0, 'a');
    expect(a.write(1, bytesOf('x'))).toEqual({ ok: false, error: 'ENOSPC' });
  });

  test('a step that waits for one disk, then works on another and again on the first, goes on when the first is well', () => {
    const { simulator, host, world, a, b } = two();
    const stall = stallSyncs(host, 'a');
    const doneUs: number[] = [];
    const step = (): void => {
      a.sync();
      b.sync();
      a.sync();
    };
    host.enter(() => {
      for (const lane of ['background', 'requests'] as const) {
        world.on(lane, step);
        world.on(lane, () => doneUs.push(simulator.nowUs));
      }
    });
    simulator.run(2_000_000);
    expect(doneUs).toEqual([]);
    stall.heal();
    simulator.run(simulator.nowUs + 10_000);
    // Six syncs of 300 us, some of them at the same time.
    expect(doneUs.length).toBe(2);
    for (const at of doneUs) expect(at - 2_000_000).toBeLessThanOrEqual(2000);
  });
});
