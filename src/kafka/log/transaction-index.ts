/**
 * The aborted transactions of one segment, as its `.txnindex` file has them and in memory: those whose abort marker stands in the segment, in
 * the order of the markers. There is no file before the first one. An entry of 34 bytes, without a checksum: version, producer id, first and
 * last offset, last stable offset. Source: Kafka's TransactionIndex, AbortedTxn.
 */
import type { Disk, DiskError } from '../../io/disk.ts';
import type { Offset } from '../../model/brand.ts';
import { invariant } from '../../model/invariant.ts';
import { done, ok, type Result } from '../../model/result.ts';
import { readInt16, readInt64, writeInt16, writeInt64 } from '../../protocol/records/bytes.ts';
import type { AbortedTransaction } from '../rules/log-transactions.ts';
import { EntryFile } from './entry-file.ts';
import { removeIfThere, writeFully } from './files.ts';

export const abortedEntryBytes = 34;
const version = 0;

/** The entries in the bytes of such a file, which hold whole ones; undefined when one has another version. */
export function decodeAborted(bytes: Uint8Array): readonly AbortedTransaction[] | undefined {
  const entries: AbortedTransaction[] = [];
  for (let at = 0; at + abortedEntryBytes <= bytes.length; at += abortedEntryBytes) {
    if (readInt16(bytes, at) !== version) return undefined;
    entries.push({
      producerId: readInt64(bytes, at + 2),
      firstOffset: readInt64(bytes, at + 10) as Offset,
      lastOffset: readInt64(bytes, at + 18) as Offset,
      lastStableOffset: readInt64(bytes, at + 26) as Offset,
    });
  }
  return entries;
}

function encodeAborted(entry: AbortedTransaction): Uint8Array {
  const bytes = new Uint8Array(abortedEntryBytes);
  writeInt16(bytes, 0, version);
  writeInt64(bytes, 2, entry.producerId);
  writeInt64(bytes, 10, entry.firstOffset);
  writeInt64(bytes, 18, entry.lastOffset);
  writeInt64(bytes, 26, entry.lastStableOffset);
  return bytes;
}

/** Markers ascend from the segment's base on, and each transaction begins before its marker. */
function plausible(entries: readonly AbortedTransaction[], baseOffset: Offset): boolean {
  let before = baseOffset - 1;
  for (const { producerId, firstOffset, lastOffset, lastStableOffset } of entries) {
    if (producerId < 0 || firstOffset < 0 || firstOffset >= lastOffset || lastOffset <= before) return false;
    if (lastStableOffset < 0 || lastStableOffset > lastOffset + 1) return false;
    before = lastOffset;
  }
  return true;
}

const same = (a: AbortedTransaction, b: AbortedTransaction | undefined): boolean =>
  a.producerId === b?.producerId && a.firstOffset === b.firstOffset && a.lastOffset === b.lastOffset && a.lastStableOffset === b.lastStableOffset;

export class TransactionIndex {
  readonly #disk: Disk;
  readonly #folder: string;
  #path: string;
  #file: EntryFile | undefined;
  #entries: AbortedTransaction[];
  /** What lies there can not be such an index: it has to be replaced. */
  readonly damaged: boolean;

  private constructor(disk: Disk, folder: string, path: string, file: EntryFile | undefined, entries: AbortedTransaction[], damaged: boolean) {
    this.#disk = disk;
    this.#folder = folder;
    this.#path = path;
    this.#file = file;
    this.#entries = entries;
    this.damaged = damaged;
  }

  /** One without entries, where no file lies. */
  static create(disk: Disk, folder: string, path: string): TransactionIndex {
    return new TransactionIndex(disk, folder, path, undefined, [], false);
  }

  /** What lies there; no file is no entry. */
  static open(disk: Disk, folder: string, path: string, baseOffset: Offset): Result<TransactionIndex, DiskError> {
    const file = EntryFile.open(disk, path, abortedEntryBytes);
    if (!file.ok) return file;
    if (file.value === undefined) return ok(TransactionIndex.create(disk, folder, path));
    const bytes = file.value.contents();
    if (!bytes.ok) return bytes;
    const entries = file.value.whole ? decodeAborted(bytes.value) : undefined;
    const sound = entries !== undefined && plausible(entries, baseOffset);
    return ok(new TransactionIndex(disk, folder, path, file.value, sound ? [...entries] : [], !sound));
  }

  get entries(): readonly AbortedTransaction[] {
    return this.#entries;
  }

  /** The first one makes the file, durably by name: a sync of the file alone would not vouch for it. */
  append(entry: AbortedTransaction): Result<void, DiskError> {
    const last = this.#entries[this.#entries.length - 1];
    invariant(last === undefined || entry.lastOffset > last.lastOffset, 'abort markers ascend', entry.lastOffset);
    this.#entries.push(entry);
    if (this.#file === undefined) {
      const created = EntryFile.create(this.#disk, this.#path, abortedEntryBytes);
      if (!created.ok) return created;
      this.#file = created.value;
      const named = this.#disk.syncDirectory(this.#folder);
      if (!named.ok) return named;
    }
    return this.#file.append(encodeAborted(entry));
  }

  /** Forgets transactions whose markers stand at and above an offset. */
  truncate(end: Offset): Result<void, DiskError> {
    while ((this.#entries[this.#entries.length - 1]?.lastOffset ?? -1) >= end) this.#entries.pop();
    return this.#file?.keep(this.#entries.length) ?? done;
  }

  /** Says from now on what a rebuild found, durably; a power loss leaves the old file or the new one. */
  replace(entries: readonly AbortedTransaction[]): Result<void, DiskError> {
    if (!this.damaged && entries.length === this.#entries.length && entries.every((entry, index) => same(entry, this.#entries[index]))) {
      return this.#file?.syncAnyway() ?? done;
    }
    this.#file?.close();
    this.#file = undefined;
    this.#entries = [...entries];
    if (entries.length === 0) {
      const removed = removeIfThere(this.#disk, this.#path);
      return removed.ok ? this.#disk.syncDirectory(this.#folder) : removed;
    }
    const written = this.#writeBeside(entries);
    const renamed = written.ok ? this.#disk.rename(`${this.#path}.tmp`, this.#path) : written;
    const named = renamed.ok ? this.#disk.syncDirectory(this.#folder) : renamed;
    if (!named.ok) return named;
    const opened = EntryFile.open(this.#disk, this.#path, abortedEntryBytes);
    if (!opened.ok) return opened;
    this.#file = opened.value;
    return done;
  }

  /** The files of the segment have another suffix. */
  renamed(path: string): void {
    this.#path = path;
  }

  sync(): Result<void, DiskError> {
    return this.#file?.sync() ?? done;
  }

  syncLater(then: (result: Result<void, DiskError>) => void): void {
    if (this.#file === undefined) then(done);
    else this.#file.syncLater(then);
  }

  close(): void {
    this.#file?.close();
  }

  #writeBeside(entries: readonly AbortedTransaction[]): Result<void, DiskError> {
    const opened = this.#disk.open(`${this.#path}.tmp`, 'truncate');
    if (!opened.ok) return opened;
    const bytes = new Uint8Array(entries.length * abortedEntryBytes);
    for (const [index, entry] of entries.entries()) bytes.set(encodeAborted(entry), index * abortedEntryBytes);
    const written = writeFully(opened.value, 0, bytes);
    const synced = written.ok ? opened.value.sync() : written;
    opened.value.close();
    return synced;
  }
}
