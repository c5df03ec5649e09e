/**
 * A file of entries of one size, added and cut at its end only: the indexes of a segment. Owns how many there are and whether the last of them
 * are durable; what they mean is the index's. A trailing part of an entry counts as damage. Source: Kafka's AbstractIndex.
 */
import type { Disk, DiskError, File } from '../../io/disk.ts';
import { done, failed, ok, type Result } from '../../model/result.ts';
import { readFully, writeFully } from './files.ts';

export class EntryFile {
  readonly #file: File;
  readonly #entryBytes: number;
  #count: number;
  /** Changes since the last sync was asked for. */
  #dirty: boolean;

  private constructor(file: File, entryBytes: number, dirty: boolean) {
    this.#file = file;
    this.#entryBytes = entryBytes;
    this.#count = Math.floor(file.size() / entryBytes);
    this.#dirty = dirty;
  }

  /** An empty one, whatever lay there. */
  static create(disk: Disk, path: string, entryBytes: number): Result<EntryFile, DiskError> {
    const file = disk.open(path, 'truncate');
    return file.ok ? ok(new EntryFile(file.value, entryBytes, true)) : file;
  }

  /** One that is there; undefined when there is none. */
  static open(disk: Disk, path: string, entryBytes: number): Result<EntryFile | undefined, DiskError> {
    const file = disk.open(path, 'write');
    if (!file.ok) return file.error === 'ENOENT' ? ok(undefined) : file;
    return ok(new EntryFile(file.value, entryBytes, false));
  }

  get count(): number {
    return this.#count;
  }

  /** Does it end with a whole entry? */
  get whole(): boolean {
    return this.#file.size() === this.#count * this.#entryBytes;
  }

  /** All entries, one behind another. */
  contents(): Result<Uint8Array, DiskError> {
    const bytes = new Uint8Array(this.#count * this.#entryBytes);
    const read = readFully(this.#file, 0, bytes);
    if (!read.ok) return read;
    return read.value === bytes.length ? ok(bytes) : failed('EIO');
  }

  append(entry: Uint8Array): Result<void, DiskError> {
    const written = writeFully(this.#file, this.#count * this.#entryBytes, entry);
    if (!written.ok) return written;
    this.#dirty = true;
    this.#count++;
    return done;
  }

  /** Forgets all but the first `count` entries, and a part of one behind the last. */
  keep(count: number): Result<void, DiskError> {
    if (count >= this.#count && this.whole) return done;
    const kept = Math.min(count, this.#count);
    const cut = this.#file.truncate(kept * this.#entryBytes);
    if (!cut.ok) return cut;
    this.#dirty = true;
    this.#count = kept;
    return done;
  }

  sync(): Result<void, DiskError> {
    if (!this.#dirty) return done;
    this.#dirty = false;
    return this.#file.sync();
  }

  /** Also what an earlier program wrote, which may not have been synced. */
  syncAnyway(): Result<void, DiskError> {
    this.#dirty = true;
    return this.sync();
  }

  /** `then` comes at once when nothing has changed. */
  syncLater(then: (result: Result<void, DiskError>) => void): void {
    if (!this.#dirty) {
      then(done);
      return;
    }
    this.#dirty = false;
    this.#file.syncLater(then);
  }

  close(): void {
    this.#file.close();
  }
}
