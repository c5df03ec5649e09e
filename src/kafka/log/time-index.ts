/**
 * The time index of one segment, as its `.timeindex` file has it and in memory: with each entry of the offset index the largest timestamp up to
 * there and the last offset of the batch that has it. An entry of 12 bytes: the timestamp and the offset, relative to the segment's base.
 * An entry is left out when no timestamp is larger than in the one before. Source: Kafka's TimeIndex, KIP-33.
 */
import type { Disk, DiskError } from '../../io/disk.ts';
import { done, ok, type Result } from '../../model/result.ts';
import { readInt32, readInt64, writeInt32, writeInt64 } from '../../protocol/records/bytes.ts';
import { EntryFile } from './entry-file.ts';

export const timeEntryBytes = 12;

export interface TimeEntry {
  readonly timestampMs: number;
  /** The last offset of a batch, less the segment's base offset. */
  readonly relative: number;
}

const nothing: TimeEntry = { timestampMs: -1, relative: 0 };

/** The entries in the bytes of such a file, which hold whole ones. */
export function decodeTimeEntries(bytes: Uint8Array): readonly TimeEntry[] {
  const entries: TimeEntry[] = [];
  for (let at = 0; at + timeEntryBytes <= bytes.length; at += timeEntryBytes)
    entries.push({ timestampMs: readInt64(bytes, at), relative: readInt32(bytes, at + 8) });
  return entries;
}

function plausible(entries: readonly TimeEntry[]): boolean {
  let before: TimeEntry | undefined;
  for (const entry of entries) {
    if (!Number.isSafeInteger(entry.timestampMs) || entry.timestampMs < 0 || entry.relative < 0) return false;
    if (before !== undefined && (entry.timestampMs <= before.timestampMs || entry.relative <= before.relative)) return false;
    before = entry;
  }
  return true;
}

export class TimeIndex {
  readonly file: EntryFile;
  readonly #entries: TimeEntry[];

  private constructor(file: EntryFile, entries: TimeEntry[]) {
    this.file = file;
    this.#entries = entries;
  }

  static create(disk: Disk, path: string): Result<TimeIndex, DiskError> {
    const file = EntryFile.create(disk, path, timeEntryBytes);
    return file.ok ? ok(new TimeIndex(file.value, [])) : file;
  }

  /** What lies there; undefined when that is nothing, or can not be a time index. */
  static open(disk: Disk, path: string): Result<TimeIndex | undefined, DiskError> {
    const file = EntryFile.open(disk, path, timeEntryBytes);
    if (!file.ok) return file;
    if (file.value === undefined) return ok(undefined);
    const bytes = file.value.contents();
    if (!bytes.ok) return bytes;
    const entries = [...decodeTimeEntries(bytes.value)];
    if (file.value.whole && plausible(entries)) return ok(new TimeIndex(file.value, entries));
    file.value.close();
    return ok(undefined);
  }

  get entries(): readonly TimeEntry[] {
    return this.#entries;
  }

  /** No time at the segment's base when there is none. */
  get last(): TimeEntry {
    return this.#entries[this.#entries.length - 1] ?? nothing;
  }

  /** Does nothing unless the timestamp is larger than all before. */
  append(timestampMs: number, relative: number): Result<void, DiskError> {
    if (timestampMs <= this.last.timestampMs) return done;
    const entry = new Uint8Array(timeEntryBytes);
    writeInt64(entry, 0, timestampMs);
    writeInt32(entry, 8, relative);
    this.#entries.push({ timestampMs, relative });
    return this.file.append(entry);
  }

  /** The last entry whose timestamp is at or below this one: records before its offset are not younger. */
  floor(timestampMs: number): TimeEntry {
    let found = nothing;
    for (const entry of this.#entries) {
      if (entry.timestampMs > timestampMs) break;
      found = entry;
    }
    return found;
  }

  /** Forgets entries at and above an offset relative to the base. */
  truncate(relative: number): Result<void, DiskError> {
    while (this.#entries.length > 0 && this.last.relative >= relative) this.#entries.pop();
    return this.file.keep(this.#entries.length);
  }
}
