/**
 * A disk in memory that writes down every change in order, for the crash states to be made of. Owns the live files and the record; nothing fails
 * here and nothing is torn. What may be left of the record after a power loss is crash-states.ts.
 */
import type { Disk, DiskError, File, OpenMode } from '../../io/disk.ts';
import { done, failed, ok, type Result } from '../../model/result.ts';

/** A file apart from its names. */
export type FileId = number;

/** One change, or one sync. Names are paths; what they name is a file or a folder. */
export type DiskOperation =
  | { readonly type: 'write'; readonly file: FileId; readonly at: number; readonly bytes: Uint8Array }
  | { readonly type: 'truncate'; readonly file: FileId; readonly size: number }
  /** Covers the file's changes before the operation of this number. */
  | { readonly type: 'sync'; readonly file: FileId; readonly before: number }
  | { readonly type: 'names'; readonly changes: readonly NameChange[] }
  | { readonly type: 'syncFolder'; readonly folder: string };

export interface NameChange {
  readonly path: string;
  /** `undefined`: the name is gone. */
  readonly to: FileId | 'folder' | undefined;
}

/** A disk's content: files by their paths, and the folders. */
export interface DiskContent {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly folders: ReadonlySet<string>;
}

export const emptyContent: DiskContent = { files: new Map(), folders: new Set() };

class LiveFile {
  readonly id: FileId;
  bytes: Uint8Array;
  size: number;

  constructor(id: FileId, bytes: Uint8Array) {
    this.id = id;
    this.bytes = bytes;
    this.size = bytes.length;
  }
}

export class RecordedDisk implements Disk {
  readonly operations: DiskOperation[] = [];
  /** What each operation was issued under; see `context`. */
  readonly contexts: unknown[] = [];
  /** Whatever the recording's user wants to know of the moment at which an operation was issued. */
  context: unknown;
  readonly #files = new Map<string, LiveFile>();
  readonly #folders: Set<string>;
  readonly #later: (step: () => void) => void;
  #nextId = 0;

  /** `later` runs what completes in the background. Files get their ids in the order of the content. */
  constructor(content: DiskContent, later: (step: () => void) => void) {
    this.#later = later;
    this.#folders = new Set(content.folders);
    for (const [path, bytes] of content.files) this.#files.set(path, new LiveFile(this.#nextId++, bytes));
  }

  /** What a program would read now. */
  content(): DiskContent {
    const files = new Map<string, Uint8Array>();
    for (const [path, file] of this.#files) files.set(path, file.bytes.subarray(0, file.size));
    return { files, folders: this.#folders };
  }

  open(path: string, mode: OpenMode): Result<File, DiskError> {
    let file = this.#files.get(path);
    if (file === undefined) {
      if (this.#folders.has(path)) return failed('EISDIR');
      if (mode === 'read' || mode === 'write' || !this.#hasFolderOf(path)) return failed('ENOENT');
      file = new LiveFile(this.#nextId++, new Uint8Array(0));
      this.#files.set(path, file);
      this.#record({ type: 'names', changes: [{ path, to: file.id }] });
    } else if (mode === 'truncate') this.#truncate(file, 0);
    return ok(this.#handle(file));
  }

  list(path: string): Result<readonly string[], DiskError> {
    if (path !== '' && !this.#folders.has(path)) return failed('ENOENT');
    const prefix = path === '' ? '' : `${path}/`;
    const names: string[] = [];
    for (const each of [...this.#files.keys(), ...this.#folders])
      if (each.startsWith(prefix) && !each.slice(prefix.length).includes('/')) names.push(each.slice(prefix.length));
    return ok(names.sort());
  }

  rename(from: string, to: string): Result<void, DiskError> {
    const file = this.#files.get(from);
    if (file === undefined) return this.#folders.has(from) ? this.#renameFolder(from, to) : failed('ENOENT');
    this.#files.delete(from);
    this.#files.set(to, file);
    this.#record({
      type: 'names',
      changes: [
        { path: from, to: undefined },
        { path: to, to: file.id },
      ],
    });
    return done;
  }

  remove(path: string): Result<void, DiskError> {
    if (this.#files.delete(path) || this.#folders.delete(path)) {
      this.#record({ type: 'names', changes: [{ path, to: undefined }] });
      return done;
    }
    return failed('ENOENT');
  }

  makeDirectory(path: string): Result<void, DiskError> {
    if (this.#folders.has(path)) return failed('EEXIST');
    this.#folders.add(path);
    this.#record({ type: 'names', changes: [{ path, to: 'folder' }] });
    return done;
  }

  syncDirectory(path: string): Result<void, DiskError> {
    if (path !== '' && !this.#folders.has(path)) return failed('ENOENT');
    this.#record({ type: 'syncFolder', folder: path });
    return done;
  }

  freeBytes(): number {
    return Number.MAX_SAFE_INTEGER;
  }

  /** With all that lies in it, as one change. */
  #renameFolder(from: string, to: string): Result<void, DiskError> {
    const changes: NameChange[] = [
      { path: from, to: undefined },
      { path: to, to: 'folder' },
    ];
    this.#folders.delete(from);
    this.#folders.add(to);
    for (const [path, file] of [...this.#files]) {
      if (!path.startsWith(`${from}/`)) continue;
      const moved = to + path.slice(from.length);
      this.#files.delete(path);
      this.#files.set(moved, file);
      changes.push({ path, to: undefined }, { path: moved, to: file.id });
    }
    this.#record({ type: 'names', changes });
    return done;
  }

  #hasFolderOf(path: string): boolean {
    const slash = path.lastIndexOf('/');
    return slash < 0 || this.#folders.has(path.slice(0, slash));
  }

  #handle(file: LiveFile): File {
    return {
      size: () => file.size,
      read: (at, into) => {
        const length = Math.max(0, Math.min(into.length, file.size - at));
        into.set(file.bytes.subarray(at, at + length));
        return ok(length);
      },
      write: (at, bytes) => {
        this.#write(file, at, bytes);
        return ok(bytes.length);
      },
      truncate: (size) => {
        this.#truncate(file, size);
        return done;
      },
      sync: () => {
        this.#record({ type: 'sync', file: file.id, before: this.operations.length });
        return done;
      },
      syncLater: (then) => {
        const before = this.operations.length;
        this.#later(() => {
          this.#record({ type: 'sync', file: file.id, before });
          then(done);
        });
      },
      close: () => {},
    };
  }

  #write(file: LiveFile, at: number, bytes: Uint8Array): void {
    const size = Math.max(file.size, at + bytes.length);
    const grown = new Uint8Array(size);
    grown.set(file.bytes.subarray(0, file.size));
    grown.set(bytes, at);
    file.bytes = grown;
    file.size = size;
    this.#record({ type: 'write', file: file.id, at, bytes: bytes.slice() });
  }

  #truncate(file: LiveFile, size: number): void {
    if (size === file.size) return;
    const cut = new Uint8Array(size);
    cut.set(file.bytes.subarray(0, Math.min(size, file.size)));
    file.bytes = cut;
    file.size = size;
    this.#record({ type: 'truncate', file: file.id, size });
  }

  #record(operation: DiskOperation): void {
    this.operations.push(operation);
    this.contexts.push(this.context);
  }
}
