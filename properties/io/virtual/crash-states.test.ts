/** What a power loss leaves on a virtual disk. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Disk, File } from '../../../src/io/disk.ts';
import { PowerLoss } from '../../../src/io/virtual/power-loss.ts';
import { Simulator } from '../../../src/io/virtual/simulator.ts';
import type { DiskCall, DiskModel, VirtualHost } from '../../../src/io/virtual/virtual-host.ts';
import type { World } from '../../../src/io/world.ts';
import { bytesOf, textOf } from '../rig.ts';

function machine(seed: string, diskModel: DiskModel = {}): { readonly simulator: Simulator; readonly host: VirtualHost } {
  const simulator = new Simulator({ seed });
  return { simulator, host: simulator.host('node', { id: 1, disks: ['d'], diskModel }) };
}

function diskOf(world: World): Disk {
  const disk = world.disks.get('d');
  if (disk === undefined) throw new Error('no disk');
  return disk;
}

function create(disk: Disk, path: string): File {
  const file = disk.open(path, 'create');
  if (!file.ok) throw new Error(file.error);
  return file.value;
}

/** A disk after a program ran and the power went, for each of many seeds. */
function* losses(count: number, program: (disk: Disk) => void): Generator<VirtualHost> {
  for (let seed = 0; seed < count; seed++) {
    const { host } = machine(`${seed}`);
    host.boot((world) => program(diskOf(world)));
    host.crash({ powerLoss: true });
    yield host;
  }
}

const contentsOf = (host: VirtualHost, path: string): string | undefined => {
  const bytes = host.disk('d').contents(path);
  return bytes === undefined ? undefined : textOf(bytes);
};

describe('what was synced', () => {
  test('survives a power loss, name and bytes', () => {
    for (const host of losses(50, (disk) => {
      const file = create(disk, 'f');
      file.write(0, bytesOf('durable'));
      file.sync();
      disk.syncDirectory('');
      file.write(7, bytesOf(' or not'));
    }))
      expect(contentsOf(host, 'f')?.slice(0, 7)).toBe('durable');
  });

  test('survives overwrites that were not', () => {
    const seen = new Set<string | undefined>();
    for (const host of losses(100, (disk) => {
      const file = create(disk, 'f');
      file.write(0, bytesOf('first'));
      file.sync();
      disk.syncDirectory('');
      file.write(0, bytesOf('other'));
      file.truncate(3);
    }))
      seen.add(contentsOf(host, 'f'));
    expect([...seen].sort()).toEqual(['fir', 'first', 'oth', 'other']);
  });

  test('is nothing when only the process died: its page cache outlives it', () => {
    const { host } = machine('x');
    host.boot((world) => create(diskOf(world), 'f').write(0, bytesOf('written')));
    host.crash({ powerLoss: false });
    expect(contentsOf(host, 'f')).toBe('written');
  });

  test('loses its name with a folder that was not', () => {
    const seen = new Set<string>();
    for (const host of losses(60, (disk) => {
      const file = create(disk, 'f');
      file.write(0, bytesOf('bytes'));
      file.sync();
    }))
      seen.add(`${contentsOf(host, 'f')}`);
    expect([...seen].sort()).toEqual(['bytes', 'undefined']);
  });
});

describe('a write that was not synced', () => {
  test('is lost, whole, or torn at a sector', () => {
    const whole = new Uint8Array(2000).fill(1);
    const lengths = new Set<number>();
    let holes = 0;
    for (const host of losses(400, (disk) => {
      const file = create(disk, 'f');
      file.write(0, new Uint8Array(100).fill(9));
      file.sync();
      disk.syncDirectory('');
      file.write(100, whole);
    })) {
      const bytes = host.disk('d').contents('f') ?? new Uint8Array(0);
      expect([...bytes.subarray(0, 100)]).toEqual(Array.from({ length: 100 }, () => 9));
      lengths.add(bytes.length);
      const zeros = bytes.indexOf(0);
      if (zeros >= 0) {
        holes++;
        // The first sectors did not reach the disk, the last ones did.
        expect(zeros).toBe(100);
        expect(bytes.indexOf(1, 100) % 512).toBe(0);
      } else expect([100, 2100, 512, 1024, 1536, 2048]).toContain(bytes.length);
    }
    expect([...lengths].sort((x, y) => x - y)).toEqual([100, 512, 1024, 1536, 2048, 2100]);
    expect(holes).toBeGreaterThan(0);
  });

  test('has a fate of its own among others: any subset may survive, and all or none often do', () => {
    const seen = new Map<string, number>();
    for (const host of losses(600, (disk) => {
      const file = create(disk, 'f');
      file.sync();
      disk.syncDirectory('');
      for (let index = 0; index < 4; index++) file.write(index, bytesOf('abcd'.charAt(index)));
    })) {
      const text = (contentsOf(host, 'f') ?? '').replaceAll('\0', '-');
      seen.set(text, (seen.get(text) ?? 0) + 1);
    }
    expect(seen.size).toBe(16);
    expect((seen.get('') ?? 0) / 600).toBeGreaterThan(0.2);
    expect((seen.get('abcd') ?? 0) / 600).toBeGreaterThan(0.1);
    expect(seen.has('--c')).toBe(true);
  });

  test('leaves a state that is one of those which its order and its syncs allow', () => {
    const change = fc.oneof(
      fc.record({ at: fc.nat(30), bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
      fc.record({ size: fc.nat(40) }),
      fc.constant('sync' as const),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 10 }), fc.string(), (changes, seed) => {
        const { host } = machine(seed);
        let states: number[][] = [[]];
        host.boot((world) => {
          const file = create(diskOf(world), 'f');
          diskOf(world).syncDirectory('');
          let live: number[] = [];
          for (const what of changes) {
            if (what === 'sync') {
              file.sync();
              states = [live];
              continue;
            }
            const next = (bytes: readonly number[]): number[] => {
              if ('size' in what) return Array.from({ length: what.size }, (_, index) => bytes[index] ?? 0);
              const end = what.at + what.bytes.length;
              return Array.from({ length: Math.max(bytes.length, end) }, (_, index) =>
                index >= what.at && index < end ? (what.bytes[index - what.at] ?? 0) : (bytes[index] ?? 0),
              );
            };
            if ('size' in what) file.truncate(what.size);
            else file.write(what.at, what.bytes);
            // A truncate to the present size is no change.
            if (!('size' in what && what.size === live.length)) states = [...states, ...states.map(next)];
            live = next(live);
          }
        });
        host.crash({ powerLoss: true });
        const left = [...(host.disk('d').contents('f') ?? [])];
        expect(states.some((state) => state.join() === left.join())).toBe(true);
        // What the loss left is durable: a second one takes nothing.
        host.boot(() => undefined);
        host.crash({ powerLoss: true });
        expect([...(host.disk('d').contents('f') ?? [])]).toEqual(left);
      }),
      { numRuns: 500, seed: 11 },
    );
  });
});

describe('a sync that is not waited for', () => {
  const program = (told: string[]) => (world: World) => {
    const file = create(diskOf(world), 'f');
    diskOf(world).syncDirectory('');
    world.on('requests', () => {
      file.write(0, bytesOf('before '));
      file.syncLater(() => told.push('done'));
      file.write(7, bytesOf('after'));
    });
  };

  test('covers what was issued before the call and nothing more, once it is done', () => {
    const seen = new Set<string | undefined>();
    for (let seed = 0; seed < 60; seed++) {
      const { simulator, host } = machine(`${seed}`);
      const told: string[] = [];
      host.boot(program(told));
      simulator.run(10_000);
      expect(told).toEqual(['done']);
      host.crash({ powerLoss: true });
      seen.add(contentsOf(host, 'f'));
    }
    expect([...seen].sort()).toEqual(['before ', 'before after']);
  });

  test('covers nothing when power goes before it is done, and is not told', () => {
    const seen = new Set<string | undefined>();
    for (let seed = 0; seed < 60; seed++) {
      const { simulator, host } = machine(`${seed}`, { syncPerOperationUs: 5_000 });
      const told: string[] = [];
      host.boot(program(told));
      simulator.run(9_000);
      host.crash({ powerLoss: true });
      host.boot(() => undefined);
      simulator.run(20_000);
      expect(told).toEqual([]);
      seen.add(contentsOf(host, 'f'));
    }
    expect(seen).toContain('');
  });

  test('is finished by the kernel when only the process dies', () => {
    for (let seed = 0; seed < 30; seed++) {
      const { simulator, host } = machine(`${seed}`, { syncPerOperationUs: 5_000 });
      host.boot(program([]));
      simulator.run(6_000);
      host.crash({ powerLoss: false });
      simulator.run(20_000);
      host.crash({ powerLoss: true });
      expect(contentsOf(host, 'f')?.slice(0, 7)).toBe('before ');
    }
  });
});

describe('names', () => {
  test('that were not synced survive as a prefix of their order', () => {
    const seen = new Set<string>();
    for (const host of losses(300, (disk) => {
      disk.makeDirectory('d');
      create(disk, 'd/1');
      create(disk, 'd/2');
      disk.rename('d/1', 'd/3');
      disk.remove('d/2');
      disk.rename('d', 'e');
    }))
      seen.add(host.disk('d').files().join());
    expect([...seen].sort()).toEqual(['', 'd/1', 'd/1,d/2', 'd/2,d/3', 'd/3', 'e/3']);
  });

  test('of a folder are durable when it was synced, whatever became of other folders', () => {
    const seen = new Set<string>();
    for (const host of losses(200, (disk) => {
      for (const folder of ['p', 'q']) disk.makeDirectory(folder);
      disk.syncDirectory('');
      create(disk, 'p/1');
      create(disk, 'q/2');
      disk.syncDirectory('q');
    }))
      seen.add(host.disk('d').files().join());
    expect([...seen].sort()).toEqual(['p/1,q/2', 'q/2']);
  });

  test('of a rename are the old or the new, never both and never none', () => {
    const seen = new Set<string>();
    for (const host of losses(200, (disk) => {
      for (const name of ['checkpoint', 'checkpoint.tmp']) {
        const file = create(disk, name);
        file.write(0, bytesOf(name === 'checkpoint' ? 'old' : 'new'));
        file.sync();
      }
      disk.syncDirectory('');
      disk.rename('checkpoint.tmp', 'checkpoint');
    }))
      seen.add(`${host.disk('d').files().join()}=${contentsOf(host, 'checkpoint')}`);
    expect([...seen].sort()).toEqual(['checkpoint,checkpoint.tmp=old', 'checkpoint=new']);
  });

  test('of a rename between folders need both folders synced', () => {
    const between = (synced: readonly string[]) => (disk: Disk) => {
      disk.makeDirectory('p');
      create(disk, 'f');
      disk.syncDirectory('');
      disk.rename('f', 'p/f');
      for (const folder of synced) disk.syncDirectory(folder);
    };
    const leaves = (synced: readonly string[]): string[] =>
      [...new Set([...losses(60, between(synced))].map((host) => host.disk('d').files().join()))].sort();
    expect(leaves([])).toEqual(['f', 'p/f']);
    expect(leaves(['p'])).toEqual(['f', 'p/f']);
    expect(leaves(['p', ''])).toEqual(['p/f']);
  });
});

test('a rename that becomes durable late takes no newer file of the old name away', () => {
  for (const host of losses(10, (disk) => {
    disk.makeDirectory('p');
    create(disk, 'f');
    disk.syncDirectory('');
    disk.rename('f', 'p/f');
    create(disk, 'f');
    disk.syncDirectory('');
    disk.syncDirectory('p');
  }))
    expect(host.disk('d').files()).toEqual(['f', 'p/f']);
});

describe('every disk call', () => {
  /** One call of each kind, so that a loss can strike at each. */
  const program = (world: World, told: string[]): void => {
    const disk = diskOf(world);
    disk.makeDirectory('p');
    const file = create(disk, 'p/tmp');
    file.write(0, bytesOf('text'));
    file.truncate(3);
    file.sync();
    file.read(0, new Uint8Array(3));
    file.syncLater(() => undefined);
    disk.rename('p/tmp', 'p/f');
    disk.syncDirectory('p');
    disk.list('p');
    disk.remove('p/f');
    told.push('finished');
  };

  test('is a point at which power may go: the program ends there, and the host is off', () => {
    const { host: whole } = machine('count');
    let calls = 0;
    const operations: string[] = [];
    whole.crashAtDiskCall((call: DiskCall) => {
      calls++;
      operations.push(call.operation);
      return false;
    });
    whole.boot((world) => program(world, []));
    expect(calls).toBe(11);
    expect(new Set(operations).size).toBe(11);
    for (let call = 0; call <= calls; call++) {
      const { host } = machine(`${call}`);
      const told: string[] = [];
      host.onPowerLoss = () => told.push('power loss');
      host.crashAtDiskCall(call);
      host.boot((world) => program(world, told));
      expect(told).toEqual([call < calls ? 'power loss' : 'finished']);
      expect(host.poweredOn).toBe(call === calls);
      expect(host.up).toBe(call === calls);
    }
  });

  test('at which power went may have done its work, or not', () => {
    const seen = new Set<string | undefined>();
    for (let seed = 0; seed < 60; seed++) {
      const { host } = machine(`${seed}`);
      host.crashAtDiskCall((call) => call.operation === 'write');
      host.boot((world) => {
        const file = create(diskOf(world), 'f');
        diskOf(world).syncDirectory('');
        file.write(0, bytesOf('x'));
      });
      seen.add(contentsOf(host, 'f'));
    }
    expect([...seen].sort()).toEqual(['', 'x']);
  });

  test('at which power went is one: the host runs on after its reboot', () => {
    const { host } = machine('once');
    host.crashAtDiskCall((call) => call.operation === 'open');
    const told: string[] = [];
    host.boot((world) => program(world, told));
    host.boot((world) => program(world, told));
    expect(told).toEqual(['finished']);
  });

  test('may fail with EIO until that is healed', () => {
    const { host } = machine('eio');
    const fault = host.failDiskCalls((call) => call.path === 'f' && call.operation !== 'open');
    const results: unknown[] = [];
    host.boot((world) => {
      const file = create(diskOf(world), 'f');
      results.push(file.write(0, bytesOf('x')), file.sync(), file.read(0, new Uint8Array(1)));
      fault.heal();
      results.push(file.write(0, bytesOf('x')));
    });
    expect(results).toEqual([...Array.from({ length: 3 }, () => ({ ok: false, error: 'EIO' })), { ok: true, value: 1 }]);
  });

  test('of a program that was crashed by what it observed ends it there', () => {
    const { simulator, host } = machine('observer');
    const told: string[] = [];
    simulator.observer = (where) => where.crash({ powerLoss: true });
    host.boot((world) => {
      create(diskOf(world), 'f');
      world.observe({ type: 'running' });
      told.push('never');
    });
    expect(told).toEqual([]);
    expect(host.poweredOn).toBe(false);
  });

  test('of a program that is dead is refused with a PowerLoss', () => {
    const { host } = machine('dead');
    let disk: Disk | undefined;
    host.boot((world) => {
      disk = diskOf(world);
    });
    host.crash({ powerLoss: false });
    expect(() => disk?.list('')).toThrow(PowerLoss);
  });
});

describe('what a step had put out before it lost power', () => {
  test('may have left, in order, or not: a program that answers before it writes is found out', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const { simulator, host } = machine(`${seed}`);
      let heard = '';
      simulator.host('peer', { id: 2 }).boot((world) =>
        world.network.listen(1, () => ({
          opened: () => undefined,
          received: (bytes) => {
            heard += textOf(bytes);
          },
          drained: () => undefined,
          closed: () => undefined,
        })),
      );
      host.boot((world) => {
        const connection = world.network.connect('peer', 1, () => ({
          opened: () =>
            world.on('requests', () => {
              connection.write(bytesOf('1'));
              connection.write(bytesOf('2'));
              create(diskOf(world), 'f');
              connection.write(bytesOf('3'));
            }),
          received: () => undefined,
          drained: () => undefined,
          closed: () => undefined,
        }));
      });
      host.crashAtDiskCall(0);
      simulator.run(1_000_000);
      seen.add(heard);
    }
    expect([...seen].sort()).toEqual(['', '1', '12']);
  });
});

describe('space', () => {
  test('runs out: what fits is taken, then ENOSPC, and removing makes room once nobody has the file open', () => {
    const { host } = machine('full', { capacityBytes: 100 });
    host.boot((world) => {
      const disk = diskOf(world);
      const file = create(disk, 'f');
      expect(file.write(0, new Uint8Array(90))).toEqual({ ok: true, value: 90 });
      expect(disk.freeBytes()).toBe(10);
      expect(file.write(90, new Uint8Array(20))).toEqual({ ok: true, value: 10 });
      expect(file.write(100, new Uint8Array(1))).toEqual({ ok: false, error: 'ENOSPC' });
      expect(file.truncate(101)).toEqual({ ok: false, error: 'ENOSPC' });
      expect(file.write(0, new Uint8Array(100))).toEqual({ ok: true, value: 100 });
      disk.remove('f');
      expect(disk.freeBytes()).toBe(0);
      file.close();
      expect(disk.freeBytes()).toBe(100);
      create(disk, 'g').write(0, new Uint8Array(60));
    });
    host.crash({ powerLoss: true });
    const left = host.disk('d').contents('g')?.length ?? 0;
    expect(host.disk('d').freeBytes).toBe(100 - left);
    host.wipe('d');
    expect(host.disk('d').freeBytes).toBe(100);
    expect(host.disk('d').files()).toEqual([]);
  });
});

test('a flipped bit is read, and stays through a power loss', () => {
  const { host } = machine('rot');
  host.boot((world) => {
    const file = create(diskOf(world), 'f');
    file.write(0, bytesOf('abc'));
    file.sync();
    diskOf(world).syncDirectory('');
  });
  host.disk('d').flipBit('f', 1, 0);
  host.crash({ powerLoss: true });
  expect(contentsOf(host, 'f')).toBe('acc');
});
