/** What every Disk promises, on the virtual disk, on files and in memory. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Disk, DiskError, File, OpenMode } from '../../src/io/disk.ts';
import type { Result } from '../../src/model/result.ts';
import { bytesOf, fileKind, memoryKind, type Rig, servedKind, textOf, virtualKind } from './rig.ts';

function opened(result: Result<File, DiskError>): File {
  if (!result.ok) throw new Error(`open failed: ${result.error}`);
  return result.value;
}

function put(disk: Disk, path: string, text: string): void {
  const file = opened(disk.open(path, 'truncate'));
  expect(file.write(0, bytesOf(text))).toEqual({ ok: true, value: text.length });
  file.close();
}

function get(disk: Disk, path: string): string {
  const file = opened(disk.open(path, 'read'));
  const bytes = new Uint8Array(file.size());
  expect(file.read(0, bytes)).toEqual({ ok: true, value: bytes.length });
  file.close();
  return textOf(bytes);
}

const fails = (error: DiskError): unknown => ({ ok: false, error });
const fine = expect.objectContaining({ ok: true });

describe.each([virtualKind, fileKind, memoryKind, servedKind])('a disk of $name', ({ make }) => {
  let rig: Rig;
  let disk: Disk;
  beforeEach(() => {
    rig = make();
    const first = rig.start('node').disks.get('a');
    if (first === undefined) throw new Error('the node has no disk');
    disk = first;
  });
  afterEach(() => rig.close());

  test('only create and truncate make a file', () => {
    expect(disk.open('f', 'read')).toEqual(fails('ENOENT'));
    expect(disk.open('f', 'write')).toEqual(fails('ENOENT'));
    expect(disk.list('')).toEqual({ ok: true, value: [] });
    opened(disk.open('f', 'create')).close();
    opened(disk.open('g', 'truncate')).close();
    expect(disk.list('')).toEqual({ ok: true, value: ['f', 'g'] });
  });

  test('create and write keep what is there, truncate empties it', () => {
    put(disk, 'f', 'hello');
    opened(disk.open('f', 'create')).close();
    opened(disk.open('f', 'write')).close();
    expect(get(disk, 'f')).toBe('hello');
    opened(disk.open('f', 'truncate')).close();
    expect(get(disk, 'f')).toBe('');
  });

  test('a created file can be written anywhere and read back', () => {
    put(disk, 'f', 'hello');
    const file = opened(disk.open('f', 'create'));
    expect(file.write(1, bytesOf('u'))).toEqual({ ok: true, value: 1 });
    const into = new Uint8Array(5);
    expect(file.read(0, into)).toEqual({ ok: true, value: 5 });
    expect(textOf(into)).toBe('hullo');
  });

  test('the bytes of a write stay the caller’s', () => {
    const file = opened(disk.open('f', 'create'));
    const bytes = bytesOf('abc');
    file.write(0, bytes);
    bytes.fill(0);
    file.close();
    expect(get(disk, 'f')).toBe('abc');
  });

  test('a read past the end is short, and leaves the rest of the buffer alone', () => {
    put(disk, 'f', 'hello');
    const file = opened(disk.open('f', 'read'));
    const into = new Uint8Array(4).fill(7);
    expect(file.read(3, into)).toEqual({ ok: true, value: 2 });
    expect([...into]).toEqual([108, 111, 7, 7]);
    expect(file.read(5, into)).toEqual({ ok: true, value: 0 });
    expect(file.read(50, into)).toEqual({ ok: true, value: 0 });
  });

  test('holes and what a truncate added read as zeros, also where bytes stood before', () => {
    const file = opened(disk.open('f', 'create'));
    file.write(0, bytesOf('abcdef'));
    expect(file.truncate(2)).toEqual(fine);
    expect(file.size()).toBe(2);
    expect(file.truncate(4)).toEqual(fine);
    file.write(6, bytesOf('z'));
    expect(file.size()).toBe(7);
    const into = new Uint8Array(7).fill(9);
    file.read(0, into);
    expect([...into]).toEqual([97, 98, 0, 0, 0, 0, 122]);
  });

  test('two handles of a file see each other’s writes, and a handle outlives the name', () => {
    const one = opened(disk.open('f', 'create'));
    const two = opened(disk.open('f', 'read'));
    one.write(0, bytesOf('abc'));
    expect(two.size()).toBe(3);
    expect(disk.remove('f')).toEqual(fine);
    const into = new Uint8Array(3);
    expect(two.read(0, into)).toEqual({ ok: true, value: 3 });
    expect(textOf(into)).toBe('abc');
    expect(disk.open('f', 'read')).toEqual(fails('ENOENT'));
  });

  test('what is missing is ENOENT, what is no folder ENOTDIR, what is one EISDIR', () => {
    put(disk, 'f', '');
    disk.makeDirectory('d');
    expect(disk.open('x/y', 'create')).toEqual(fails('ENOENT'));
    expect(disk.open('f/y', 'create')).toEqual(fails('ENOTDIR'));
    for (const mode of ['read', 'write', 'create', 'truncate'] satisfies OpenMode[]) expect(disk.open('d', mode)).toEqual(fails('EISDIR'));
    expect(disk.list('x')).toEqual(fails('ENOENT'));
    expect(disk.list('f')).toEqual(fails('ENOTDIR'));
    expect(disk.remove('x')).toEqual(fails('ENOENT'));
    expect(disk.remove('f/y')).toEqual(fails('ENOTDIR'));
    expect(disk.makeDirectory('x/y')).toEqual(fails('ENOENT'));
    expect(disk.makeDirectory('f/y')).toEqual(fails('ENOTDIR'));
    expect(disk.syncDirectory('x')).toEqual(fails('ENOENT'));
    expect(disk.syncDirectory('f')).toEqual(fails('ENOTDIR'));
    expect(disk.rename('x', 'y')).toEqual(fails('ENOENT'));
    expect(disk.rename('f', 'x/y')).toEqual(fails('ENOENT'));
  });

  test('a folder is made once, and removed when it is empty', () => {
    expect(disk.makeDirectory('d')).toEqual(fine);
    expect(disk.makeDirectory('d')).toEqual(fails('EEXIST'));
    put(disk, 'f', '');
    expect(disk.makeDirectory('f')).toEqual(fails('EEXIST'));
    put(disk, 'd/f', '');
    expect(disk.remove('d')).toEqual(fails('ENOTEMPTY'));
    expect(disk.remove('d/f')).toEqual(fine);
    expect(disk.remove('d')).toEqual(fine);
    expect(disk.list('')).toEqual({ ok: true, value: ['f'] });
  });

  test('names are listed by code unit', () => {
    for (const name of ['b', 'a10', 'a9', 'B', '\uff5e', 'é', '😀', '_']) put(disk, name, '');
    expect(disk.list('')).toEqual({ ok: true, value: ['B', '_', 'a10', 'a9', 'b', 'é', '😀', '\uff5e'] });
  });

  test('a rename replaces a file, and the handle of the old one keeps its bytes', () => {
    put(disk, 'old', 'old');
    put(disk, 'new', 'new');
    const handle = opened(disk.open('old', 'read'));
    expect(disk.rename('new', 'old')).toEqual(fine);
    expect(disk.list('')).toEqual({ ok: true, value: ['old'] });
    expect(get(disk, 'old')).toBe('new');
    const into = new Uint8Array(3);
    handle.read(0, into);
    expect(textOf(into)).toBe('old');
    expect(disk.rename('old', 'old')).toEqual(fine);
    expect(get(disk, 'old')).toBe('new');
  });

  test('a folder is empty when the one file is gone that others were renamed onto', () => {
    expect(disk.makeDirectory('d')).toEqual(fine);
    put(disk, 'd/f', 'old');
    for (const text of ['new', 'newer']) {
      put(disk, 'd/g', text);
      expect(disk.rename('d/g', 'd/f')).toEqual(fine);
    }
    expect(disk.rename('d/f', 'd/f')).toEqual(fine);
    expect(get(disk, 'd/f')).toBe('newer');
    expect(disk.rename('d/missing', 'd/f')).toEqual(fails('ENOENT'));
    expect(disk.remove('d')).toEqual(fails('ENOTEMPTY'));
    expect(disk.rename('d', 'e')).toEqual(fine);
    expect(disk.remove('e/f')).toEqual(fine);
    expect(disk.remove('e')).toEqual(fine);
  });

  test('a folder moves, with what is in it, to a free name only', () => {
    disk.makeDirectory('d');
    disk.makeDirectory('e');
    put(disk, 'd/f', 'x');
    put(disk, 'g', '');
    expect(disk.rename('d', 'e')).toEqual(fails('EEXIST'));
    expect(disk.rename('d', 'g')).toEqual(fails('ENOTDIR'));
    expect(disk.rename('g', 'd')).toEqual(fails('EISDIR'));
    expect(disk.rename('d', 'd/inside')).toEqual(fails('EIO'));
    expect(disk.rename('d', 'e/d')).toEqual(fine);
    expect(get(disk, 'e/d/f')).toBe('x');
    expect(disk.list('')).toEqual({ ok: true, value: ['e', 'g'] });
  });

  test('a sync is fine, and syncs that are not waited for are told later, in order', async () => {
    const file = opened(disk.open('f', 'create'));
    file.write(0, bytesOf('abc'));
    expect(file.sync()).toEqual(fine);
    expect(disk.syncDirectory('')).toEqual(fine);
    const told: string[] = [];
    rig.enter('node', () => {
      file.syncLater((result) => told.push(`first ${result.ok}`));
      file.write(3, bytesOf('d'));
      file.syncLater((result) => told.push(`second ${result.ok}`));
      told.push('asked');
    });
    await rig.until(() => told.length === 3);
    expect(told).toEqual(['asked', 'first true', 'second true']);
  });

  test('a file closed while it is synced is synced all the same', async () => {
    const file = opened(disk.open('f', 'create'));
    const told: boolean[] = [];
    rig.enter('node', () => {
      file.syncLater((result) => told.push(result.ok));
      file.close();
      file.close();
    });
    await rig.until(() => told.length === 1);
    expect(told).toEqual([true]);
  });

  test('a disk tells its room', () => {
    expect(disk.freeBytes()).toBeGreaterThan(1_000_000);
  });

  test('disks of one node are apart', () => {
    put(disk, 'f', '');
    expect(rig.start('other').disks.get('a')?.list('')).toEqual({ ok: true, value: [] });
  });
});

type Call =
  | { readonly type: 'write'; readonly path: string; readonly mode: OpenMode; readonly at: number; readonly bytes: Uint8Array }
  | { readonly type: 'truncate'; readonly path: string; readonly size: number }
  | { readonly type: 'rename'; readonly path: string; readonly to: string }
  | { readonly type: 'remove' | 'makeDirectory' | 'list' | 'read'; readonly path: string };

const path = fc.constantFrom('f', 'g', 'd', 'd/f', 'd/g', 'd/e', 'd/e/f', 'h/f');
const call: fc.Arbitrary<Call> = fc.oneof(
  fc.record({
    type: fc.constant('write' as const),
    path,
    mode: fc.constantFrom<OpenMode>('write', 'create', 'truncate'),
    at: fc.nat(40),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 30 }),
  }),
  fc.record({ type: fc.constant('truncate' as const), path, size: fc.nat(40) }),
  fc.record({ type: fc.constant('rename' as const), path, to: path }),
  fc.record({ type: fc.constantFrom('remove' as const, 'makeDirectory' as const, 'list' as const, 'read' as const), path }),
);

function perform(disk: Disk, what: Call): unknown {
  switch (what.type) {
    case 'write':
    case 'truncate':
    case 'read': {
      const file = disk.open(what.path, what.type === 'write' ? what.mode : what.type === 'read' ? 'read' : 'write');
      if (!file.ok) return file;
      const into = new Uint8Array(50);
      const result =
        what.type === 'write'
          ? file.value.write(what.at, what.bytes)
          : what.type === 'truncate'
            ? file.value.truncate(what.size).ok
            : [file.value.read(2, into), into, file.value.size()];
      file.value.close();
      return result;
    }
    case 'rename':
      return [disk.rename(what.path, what.to).ok];
    case 'list':
      return disk.list(what.path);
    default:
      return disk[what.type](what.path);
  }
}

test('any sequence of calls is answered alike by the virtual disk and by files', () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 60 }), (calls) => {
      const rigs = [virtualKind.make(), fileKind.make()];
      const answers = rigs.map((rig) => {
        const disk = rig.start('node').disks.get('a');
        return calls.map((what) => (disk === undefined ? undefined : perform(disk, what)));
      });
      for (const rig of rigs) rig.close();
      expect(answers[0]).toEqual(answers[1]);
    }),
    { numRuns: 100, seed: 7 },
  );
});
