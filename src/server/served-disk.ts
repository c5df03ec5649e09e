/** A node's disk as its program sees it: the machine's, with its device's slowness, and a record of what is not synced yet. */
import type { Disk, DiskError, File, OpenMode } from '../io/disk.ts';
import { ok, type Result } from '../model/result.ts';
import type { Device } from './device.ts';
import type { Process } from './process.ts';
import type { Unsynced, UnsyncedFile } from './unsynced.ts';

export class ServedDisk implements Disk {
  readonly #disk: Disk;
  readonly #device: Device;
  readonly #unsynced: Unsynced;
  readonly #process: Process;

  constructor(disk: Disk, device: Device, unsynced: Unsynced, process: Process) {
    this.#disk = disk;
    this.#device = device;
    this.#unsynced = unsynced;
    this.#process = process;
  }

  open(path: string, mode: OpenMode): Result<File, DiskError> {
    this.#device.charge(0);
    // Emptied by a truncation of its own, so that what it held is known.
    const opened = this.#disk.open(path, mode === 'truncate' ? 'create' : mode);
    if (!opened.ok) return opened;
    const file = new ServedFile(opened.value, this.#device, this.#unsynced.of(path), this.#process);
    if (mode === 'truncate') {
      const emptied = file.truncate(0);
      if (!emptied.ok) return emptied;
    }
    return ok(file);
  }
  list(path: string): Result<readonly string[], DiskError> {
    this.#device.charge(0);
    return this.#disk.list(path);
  }
  rename(from: string, to: string): Result<void, DiskError> {
    this.#device.charge(0);
    const renamed = this.#disk.rename(from, to);
    if (renamed.ok && from !== to) this.#unsynced.renamed(from, to);
    return renamed;
  }
  remove(path: string): Result<void, DiskError> {
    this.#device.charge(0);
    const removed = this.#disk.remove(path);
    if (removed.ok) this.#unsynced.removed(path);
    return removed;
  }
  makeDirectory(path: string): Result<void, DiskError> {
    this.#device.charge(0);
    return this.#disk.makeDirectory(path);
  }
  syncDirectory(path: string): Result<void, DiskError> {
    this.#device.charge(0);
    return this.#disk.syncDirectory(path);
  }
  freeBytes(): number {
    return this.#disk.freeBytes();
  }
}

class ServedFile implements File {
  readonly #file: File;
  readonly #device: Device;
  readonly #unsynced: UnsyncedFile;
  readonly #process: Process;

  constructor(file: File, device: Device, unsynced: UnsyncedFile, process: Process) {
    this.#file = file;
    this.#device = device;
    this.#unsynced = unsynced;
    this.#process = process;
  }

  size(): number {
    return this.#file.size();
  }
  read(at: number, into: Uint8Array): Result<number, DiskError> {
    this.#device.charge(into.length);
    return this.#file.read(at, into);
  }
  write(at: number, bytes: Uint8Array): Result<number, DiskError> {
    this.#device.charge(bytes.length);
    this.#unsynced.changes(this.#file, at, at + bytes.length);
    return this.#file.write(at, bytes);
  }
  truncate(size: number): Result<void, DiskError> {
    this.#device.charge(0);
    this.#unsynced.changes(this.#file, size);
    return this.#file.truncate(size);
  }
  sync(): Result<void, DiskError> {
    this.#device.charge(0);
    const durable = this.#unsynced.syncing();
    const synced = this.#file.sync();
    if (synced.ok) durable();
    return synced;
  }
  syncLater(done: (result: Result<void, DiskError>) => void): void {
    this.#device.charge(0);
    const durable = this.#unsynced.syncing();
    this.#file.syncLater((synced) =>
      this.#device.whenDone(() =>
        this.#process.run(() => {
          if (synced.ok) durable();
          this.#process.on('background', () => done(synced));
        }),
      ),
    );
  }
  close(): void {
    this.#file.close();
  }
}
