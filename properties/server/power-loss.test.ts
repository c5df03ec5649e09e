/** What a power loss takes from a node of a server, and what it leaves. */
import { test as property } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Disk, File } from '../../src/io/disk.ts';
import { memoryFileSystem } from '../../src/io/real/memory-file-system.ts';
import { realWorld } from '../../src/io/real/real-world.ts';
import { Device } from '../../src/server/device.ts';
import { Process } from '../../src/server/process.ts';
import { ServedDisk } from '../../src/server/served-disk.ts';
import { Unsynced } from '../../src/server/unsynced.ts';

/** A disk as a program sees it, the bare one below, and the power to lose. */
function rig() {
  const fileSystem = memoryFileSystem();
  fileSystem.mkdirSync('/data');
  const world = realWorld({ disks: new Map([['data', { fileSystem, path: '/data' }]]) });
  const bare = world.disks.get('data');
  if (bare === undefined) throw new Error('no disk');
  const [device, unsynced] = [new Device(), new Unsynced()];
  const broke = (error: unknown): never => {
    throw error;
  };
  const process = new Process({ machine: world, device, network: () => world.network, disks: () => new Map(), observe: () => undefined, broke });
  return { disk: new ServedDisk(bare, device, unsynced, process), bare, losePower: () => unsynced.losePower(bare), close: () => world.close() };
}

function opened(disk: Disk, path: string, mode: 'read' | 'create' | 'truncate'): File {
  const file = disk.open(path, mode);
  if (!file.ok) throw new Error(file.error);
  return file.value;
}
function contents(disk: Disk, path: string): readonly number[] {
  const file = opened(disk, path, 'read');
  const bytes = new Uint8Array(file.size());
  file.read(0, bytes);
  file.close();
  return [...bytes];
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('write' as const), at: fc.nat(40), bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('truncate' as const), size: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('sync' as const, 'syncLater' as const, 'empty' as const, 'rename' as const) }) },
);

describe('a power loss', () => {
  property.prop([fc.array(step, { maxLength: 40 })])(
    'leaves of each file what its last sync that was told covered, whatever came after',
    async (steps) => {
      const { disk, bare, losePower, close } = rig();
      let path = 'first';
      let file = opened(disk, path, 'create');
      let durable: readonly number[] = [];
      for (const each of steps) {
        switch (each.type) {
          case 'write':
            file.write(each.at, each.bytes);
            break;
          case 'truncate':
            file.truncate(each.size);
            break;
          case 'sync':
            file.sync();
            durable = contents(bare, path);
            break;
          case 'syncLater': {
            const asked = contents(bare, path);
            const told = new Promise<void>((resolve) => file.syncLater(() => resolve()));
            // What is written between the request and its end is not covered.
            file.write(0, new Uint8Array([255]));
            await told;
            durable = asked;
            break;
          }
          case 'empty':
            file.close();
            file = opened(disk, path, 'truncate');
            break;
          case 'rename':
            disk.rename(path, `${path}x`);
            path = `${path}x`;
        }
      }
      losePower();
      expect(contents(bare, path)).toEqual(durable);
      losePower();
      expect(contents(bare, path)).toEqual(durable);
      close();
    },
  );
  test('keeps what moved with its folder apart from what was removed under the same name', () => {
    const { disk, bare, losePower, close } = rig();
    disk.makeDirectory('a');
    opened(disk, 'a/log', 'create').write(0, new Uint8Array([1, 2, 3]));
    disk.rename('a', 'b');
    disk.makeDirectory('a');
    const again = opened(disk, 'a/log', 'create');
    again.write(0, new Uint8Array([4]));
    again.sync();
    disk.remove('b/log');
    losePower();
    expect(contents(bare, 'a/log')).toEqual([4]);
    expect(bare.list('b')).toEqual({ ok: true, value: [] });
    close();
  });
});
