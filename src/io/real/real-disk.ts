/**
 * A Disk on files: node:fs, or anything with the same calls, such as a memfs volume for a disk in memory.
 * Owns the mapping of calls and errno values; where Linux allows what a Disk does not (opening a folder, moving a folder onto an empty one)
 * it asks first.
 */
import { invariant } from '../../model/invariant.ts';
import { done, failed, ok, type Result } from '../../model/result.ts';
import type { Disk, DiskError, File, OpenMode } from '../disk.ts';

/** The part of node:fs that a disk needs. */
export interface FileSystem {
  openSync(path: string, flags: string): number;
  closeSync(fd: number): void;
  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
  writeSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
  ftruncateSync(fd: number, size: number): void;
  fsyncSync(fd: number): void;
  fsync(fd: number, done: (error: Error | null | undefined) => void): void;
  fstatSync(fd: number): { readonly size: number | bigint; isDirectory(): boolean };
  lstatSync(path: string): { isDirectory(): boolean };
  readdirSync(path: string): readonly unknown[];
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  rmdirSync(path: string): void;
  mkdirSync(path: string): unknown;
  /** Where missing, as in memory, a disk counts as having 2^50 bytes free. */
  statfsSync?(path: string): { readonly bavail: number | bigint; readonly bsize: number | bigint };
}

const flags: Readonly<Record<OpenMode, string>> = { read: 'r', write: 'r+', create: 'a', truncate: 'w+' };
const roomyBytes = 1_125_899_906_842_624;

/** The errno of a failed call as a DiskError; what is no failure of a call, such as a wrong argument, is thrown on. */
function diskError(error: unknown): DiskError {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'EEXIST':
    case 'ENOTEMPTY':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ENOSPC':
      return code;
    case 'EDQUOT':
      return 'ENOSPC';
    default:
      if (typeof code === 'string' && /^E[A-Z0-9]+$/.test(code)) return 'EIO';
      throw error;
  }
}

function attempt<T>(call: () => T): Result<T, DiskError> {
  try {
    return ok(call());
  } catch (error) {
    return failed(diskError(error));
  }
}

export class RealDisk implements Disk {
  readonly fileSystem: FileSystem;
  /** Runs a completion in the lane `background`, unless the world is closed. */
  readonly later: (step: () => void) => void;
  readonly #root: string;
  readonly #open = new Set<RealFile>();

  constructor(fileSystem: FileSystem, root: string, later: (step: () => void) => void) {
    this.fileSystem = fileSystem;
    this.#root = root;
    this.later = later;
  }

  open(path: string, mode: OpenMode): Result<File, DiskError> {
    const fs = this.fileSystem;
    const full = this.#path(path);
    const opened = attempt(() => {
      // Appending is the only mode that makes a file and keeps one; but it writes at the end only, so it is opened again.
      if (mode === 'create') fs.closeSync(fs.openSync(full, 'a'));
      const fd = fs.openSync(full, mode === 'create' ? 'r+' : flags[mode]);
      if (!fs.fstatSync(fd).isDirectory()) return fd;
      fs.closeSync(fd);
      return undefined;
    });
    if (!opened.ok) return opened;
    if (opened.value === undefined) return failed('EISDIR');
    const file = new RealFile(this, opened.value, mode !== 'read');
    this.#open.add(file);
    return ok(file);
  }

  list(path: string): Result<readonly string[], DiskError> {
    return attempt(() => this.fileSystem.readdirSync(this.#path(path)).map(String).sort());
  }

  rename(from: string, to: string): Result<void, DiskError> {
    return this.#tell(() => {
      const source = this.#kind(from);
      const target = this.#kind(to);
      if (source === 'folder' && target !== undefined) return failed(target === 'folder' ? 'EEXIST' : 'ENOTDIR');
      if (source === 'file' && target === 'folder') return failed('EISDIR');
      // Linux says EINVAL; memfs would lose the folder.
      if (source === 'folder' && to.startsWith(`${from}/`)) return failed('EIO');
      this.fileSystem.renameSync(this.#path(from), this.#path(to));
      return done;
    });
  }

  remove(path: string): Result<void, DiskError> {
    return this.#tell(() => {
      const kind = this.#kind(path);
      if (kind === 'folder') this.fileSystem.rmdirSync(this.#path(path));
      else this.fileSystem.unlinkSync(this.#path(path));
      return done;
    });
  }

  makeDirectory(path: string): Result<void, DiskError> {
    return this.#tell(() => {
      this.fileSystem.mkdirSync(this.#path(path));
      return done;
    });
  }

  syncDirectory(path: string): Result<void, DiskError> {
    const fs = this.fileSystem;
    return this.#tell(() => {
      const fd = fs.openSync(this.#path(path), 'r');
      try {
        if (!fs.fstatSync(fd).isDirectory()) return failed('ENOTDIR');
        fs.fsyncSync(fd);
      } finally {
        fs.closeSync(fd);
      }
      return done;
    });
  }

  freeBytes(): number {
    const fs = this.fileSystem;
    if (fs.statfsSync === undefined) return roomyBytes;
    const { bavail, bsize } = fs.statfsSync(this.#root);
    return Number(bavail) * Number(bsize);
  }

  /** Closes all files that are open. */
  close(): void {
    for (const file of [...this.#open]) file.close();
  }

  closed(file: RealFile): void {
    this.#open.delete(file);
  }

  #path(path: string): string {
    return path === '' ? this.#root : `${this.#root}/${path}`;
  }

  /** What a path names; undefined for nothing. Fails where a part of the path before the last is no folder. */
  #kind(path: string): 'file' | 'folder' | undefined {
    try {
      return this.fileSystem.lstatSync(this.#path(path)).isDirectory() ? 'folder' : 'file';
    } catch (error) {
      if (diskError(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  #tell(call: () => Result<void, DiskError>): Result<void, DiskError> {
    try {
      return call();
    } catch (error) {
      return failed(diskError(error));
    }
  }
}

class RealFile implements File {
  readonly #disk: RealDisk;
  readonly #fd: number;
  readonly #writable: boolean;
  #open = true;
  /** The sync under way, and the callbacks of those that follow it: one at a time, so that they are told in order. */
  #syncing = false;
  #waiting: ((result: Result<void, DiskError>) => void)[] = [];

  constructor(disk: RealDisk, fd: number, writable: boolean) {
    this.#disk = disk;
    this.#fd = fd;
    this.#writable = writable;
  }

  size(): number {
    invariant(this.#open, 'a file is open while it is used');
    return Number(this.#disk.fileSystem.fstatSync(this.#fd).size);
  }

  read(at: number, into: Uint8Array): Result<number, DiskError> {
    invariant(this.#open, 'a file is open while it is used');
    if (into.length === 0) return ok(0);
    return attempt(() => this.#disk.fileSystem.readSync(this.#fd, into, 0, into.length, at));
  }

  write(at: number, bytes: Uint8Array): Result<number, DiskError> {
    invariant(this.#open && this.#writable, 'a file is open for writing while it is written');
    if (bytes.length === 0) return ok(0);
    return attempt(() => this.#disk.fileSystem.writeSync(this.#fd, bytes, 0, bytes.length, at));
  }

  truncate(size: number): Result<void, DiskError> {
    invariant(this.#open && this.#writable, 'a file is open for writing while it is written');
    return attempt(() => this.#disk.fileSystem.ftruncateSync(this.#fd, size));
  }

  sync(): Result<void, DiskError> {
    invariant(this.#open, 'a file is open while it is used');
    return attempt(() => this.#disk.fileSystem.fsyncSync(this.#fd));
  }

  syncLater(done: (result: Result<void, DiskError>) => void): void {
    invariant(this.#open, 'a file is open while it is used');
    this.#waiting.push(done);
    if (!this.#syncing) this.#syncNext();
  }

  /** One sync covers all that asked for one before it began. */
  #syncNext(): void {
    const told = this.#waiting;
    this.#waiting = [];
    this.#syncing = true;
    this.#disk.fileSystem.fsync(this.#fd, (error) => {
      this.#syncing = false;
      const result = error === null || error === undefined ? done : failed(diskError(error));
      for (const callback of told) this.#disk.later(() => callback(result));
      if (this.#waiting.length > 0) this.#syncNext();
      else if (!this.#open) this.#disk.fileSystem.closeSync(this.#fd);
    });
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#disk.closed(this);
    // A sync under way still needs the descriptor, and closes it.
    if (!this.#syncing) this.#disk.fileSystem.closeSync(this.#fd);
  }
}
