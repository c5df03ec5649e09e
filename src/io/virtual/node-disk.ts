/**
 * The Disk that one program sees: each call acts at once on the disk, costs the step device time, and is a point at which power may go.
 * Owns the crash points and the costs. A call of a program that is dead already ends it like a power loss.
 */
import { invariant } from '../../model/invariant.ts';
import { done, failed, ok, type Result } from '../../model/result.ts';
import type { Disk, DiskError, File, OpenMode } from '../disk.ts';
import type { DiskCall } from './disk-call.ts';
import { QueuedEvent } from './event-queue.ts';
import type { FileImage } from './file-image.ts';
import { HostEvent, type Output } from './host-event.ts';
import type { Incarnation } from './incarnation.ts';
import { PowerLoss } from './power-loss.ts';
import { DispatchKind } from './trace-sink.ts';
import type { VirtualDisk } from './virtual-disk.ts';
import { hashName } from './weather.ts';

export class NodeDisk implements Disk {
  readonly incarnation: Incarnation;
  readonly disk: VirtualDisk;
  readonly name: string;
  readonly openFiles = new Set<File>();

  constructor(incarnation: Incarnation, disk: VirtualDisk, name: string) {
    this.incarnation = incarnation;
    this.disk = disk;
    this.name = name;
  }

  open(path: string, mode: OpenMode): Result<File, DiskError> {
    const verdict = this.watch('open', path);
    if (verdict === 'EIO') return failed('EIO');
    const image = this.disk.file(path, mode === 'create' || mode === 'truncate');
    if (image.ok && mode === 'truncate') {
      this.disk.use(-image.value.size);
      image.value.truncate(0);
    }
    this.finish(verdict, 'open', path);
    if (!image.ok) return image;
    if (mode !== 'read' && mode !== 'write') this.spend(0);
    const file = new NodeFile(this, image.value, path, mode !== 'read');
    this.openFiles.add(file);
    return ok(file);
  }

  list(path: string): Result<readonly string[], DiskError> {
    const verdict = this.watch('list', path);
    if (verdict === 'EIO') return failed('EIO');
    this.finish(verdict, 'list', path);
    const folder = this.disk.folder(path);
    return folder.ok ? ok([...folder.value.entries.keys()].sort()) : folder;
  }

  rename(from: string, to: string): Result<void, DiskError> {
    return this.#changeNames('rename', from, () => this.disk.rename(from, to));
  }

  remove(path: string): Result<void, DiskError> {
    return this.#changeNames('remove', path, () => this.disk.remove(path));
  }

  makeDirectory(path: string): Result<void, DiskError> {
    return this.#changeNames('makeDirectory', path, () => this.disk.makeFolder(path));
  }

  syncDirectory(path: string): Result<void, DiskError> {
    const verdict = this.watch('syncDirectory', path);
    if (verdict === 'EIO') return failed('EIO');
    this.finish(verdict, 'syncDirectory', path);
    const folder = this.disk.folder(path);
    if (!folder.ok) return folder;
    this.disk.syncFolder(folder.value);
    this.incarnation.spend(this.disk.device, 'sync');
    return done;
  }

  freeBytes(): number {
    return this.disk.freeBytes;
  }

  #changeNames(operation: DiskCall['operation'], path: string, change: () => Result<void, DiskError>): Result<void, DiskError> {
    const verdict = this.watch(operation, path);
    if (verdict === 'EIO') return failed('EIO');
    const result = change();
    this.finish(verdict, operation, path);
    this.spend(0);
    return result;
  }

  /** Every call begins here. */
  watch(operation: DiskCall['operation'], path: string): 'power-loss' | 'EIO' | undefined {
    if (!this.incarnation.alive) throw new PowerLoss('a disk call of a program that is dead');
    return this.incarnation.host.watchedCall(this.name, operation, path);
  }

  /** The point inside a call at which power goes: what it changes is issued, what it would make durable is not. */
  finish(verdict: 'power-loss' | undefined, operation: DiskCall['operation'], path: string): void {
    if (verdict === 'power-loss') throw new PowerLoss(`${operation} ${this.name}/${path}`);
  }

  /** The step under way takes so long for a write or a change of names. */
  spend(bytes: number): void {
    this.incarnation.spend(this.disk.device, bytes);
  }
}

class NodeFile implements File {
  readonly #disk: NodeDisk;
  readonly #image: FileImage;
  readonly #path: string;
  readonly #writable: boolean;
  #open = true;

  constructor(disk: NodeDisk, image: FileImage, path: string, writable: boolean) {
    this.#disk = disk;
    this.#image = image;
    this.#path = path;
    this.#writable = writable;
    image.handles++;
  }

  size(): number {
    invariant(this.#open, 'a file is open while it is used', this.#path);
    return this.#image.size;
  }

  read(at: number, into: Uint8Array): Result<number, DiskError> {
    invariant(this.#open, 'a file is open while it is used', this.#path);
    const verdict = this.#disk.watch('read', this.#path);
    if (verdict !== undefined) {
      if (verdict === 'EIO') return failed('EIO');
      this.#disk.finish(verdict, 'read', this.#path);
    }
    const { disk } = this.#disk;
    return ok(this.#image.read(at, disk.shortening === 0 ? into : into.subarray(0, disk.portion(into.length))));
  }

  write(at: number, bytes: Uint8Array): Result<number, DiskError> {
    invariant(this.#open && this.#writable, 'a file is open for writing while it is written', this.#path);
    const verdict = this.#disk.watch('write', this.#path);
    if (verdict === 'EIO') return failed('EIO');
    const disk = this.#disk.disk;
    const image = this.#image;
    if (disk.shortening > 0) bytes = bytes.subarray(0, disk.portion(bytes.length));
    const growth = Math.max(0, at + bytes.length - image.size);
    let taken = bytes.length;
    if (growth > 0) {
      const free = disk.freeBytes;
      if (growth > free) {
        // What fits is taken, as Linux does; nothing fits, nothing is.
        taken = bytes.length - (growth - free);
        if (taken <= 0) return failed('ENOSPC');
        bytes = bytes.subarray(0, taken);
      }
      disk.use(Math.min(growth, free));
    }
    if (taken > 0) image.write(at, bytes);
    if (verdict !== undefined) this.#disk.finish(verdict, 'write', this.#path);
    this.#disk.spend(taken);
    return ok(taken);
  }

  truncate(size: number): Result<void, DiskError> {
    invariant(this.#open && this.#writable, 'a file is open for writing while it is written', this.#path);
    const verdict = this.#disk.watch('truncate', this.#path);
    if (verdict === 'EIO') return failed('EIO');
    const growth = size - this.#image.size;
    if (growth > this.#disk.disk.freeBytes) return failed('ENOSPC');
    this.#disk.disk.use(growth);
    this.#image.truncate(size);
    this.#disk.finish(verdict, 'truncate', this.#path);
    this.#disk.spend(0);
    return done;
  }

  sync(): Result<void, DiskError> {
    invariant(this.#open, 'a file is open while it is used', this.#path);
    const verdict = this.#disk.watch('sync', this.#path);
    if (verdict === 'EIO') return failed('EIO');
    this.#disk.finish(verdict, 'sync', this.#path);
    this.#image.syncUpTo(this.#image.issued);
    this.#disk.incarnation.spend(this.#disk.disk.device, 'sync');
    return done;
  }

  syncLater(done: (result: Result<void, DiskError>) => void): void {
    invariant(this.#open, 'a file is open while it is used', this.#path);
    const verdict = this.#disk.watch('syncLater', this.#path);
    if (verdict === 'power-loss') this.#disk.finish(verdict, 'syncLater', this.#path);
    this.#disk.incarnation.emit(new SyncRequest(this.#disk, this.#image, this.#path, verdict === 'EIO', done));
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#disk.openFiles.delete(this);
    this.#disk.disk.closed(this.#image);
  }
}

/** A sync that the program does not wait for. It goes to the device when its step is over, and covers what was issued before the call. */
class SyncRequest extends QueuedEvent implements Output {
  readonly disk: NodeDisk;
  readonly path: string;
  readonly fails: boolean;
  readonly done: (result: Result<void, DiskError>) => void;
  readonly #image: FileImage;
  readonly #covers: number;

  constructor(disk: NodeDisk, image: FileImage, path: string, fails: boolean, done: (result: Result<void, DiskError>) => void) {
    super();
    this.disk = disk;
    this.path = path;
    this.fails = fails;
    this.done = done;
    this.#image = image;
    this.#covers = image.issued;
  }

  leave(): void {
    const engine = this.disk.incarnation.engine;
    const device = this.disk.disk.device;
    const doneUs = device.occupy(engine.nowUs, 'sync');
    if (doneUs > engine.nowUs) device.whenDone(this);
    else engine.schedule(doneUs, this);
  }

  /** The device is done; the kernel does this even when the program has died. After a power loss nothing is left to cover. */
  fire(): void {
    if (!this.fails) this.#image.syncUpTo(this.#covers);
    this.disk.incarnation.receive(new SyncDone(this));
  }
}

class SyncDone extends HostEvent {
  readonly #request: SyncRequest;

  constructor(request: SyncRequest) {
    super();
    this.#request = request;
  }

  fire(): void {
    this.#request.disk.incarnation.receive(this);
  }

  deliver(): void {
    const { disk, path, fails, done: told } = this.#request;
    const { engine, host } = disk.incarnation;
    engine.dispatched(host.id, DispatchKind.synced, hashName(path), fails ? 1 : 0);
    disk.incarnation.on('background', () => told(fails ? failed('EIO') : done));
  }
}
