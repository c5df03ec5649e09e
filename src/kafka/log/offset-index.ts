/**
 * The offset index of one segment, as its `.index` file has it and in memory: an entry about every index.interval.bytes that says where the
 * batch with that last offset begins. An entry of 8 bytes: the offset, relative to the segment's base, and the position. Sparse and never
 * preallocated. Source: Kafka's OffsetIndex.
 */
import type { Disk, DiskError } from '../../io/disk.ts';
import { invariant } from '../../model/invariant.ts';
import { ok, type Result } from '../../model/result.ts';
import { readInt32, writeInt32 } from '../../protocol/records/bytes.ts';
import { EntryFile } from './entry-file.ts';

export const offsetEntryBytes = 8;

export interface OffsetEntry {
  /** The last offset of a batch, less the segment's base offset. */
  readonly relative: number;
  /** Where in the segment that batch begins. */
  readonly position: number;
}

const beginning: OffsetEntry = { relative: 0, position: 0 };

/** The entries in the bytes of such a file, which hold whole ones. */
export function decodeOffsetEntries(bytes: Uint8Array): readonly OffsetEntry[] {
  const entries: OffsetEntry[] = [];
  for (let at = 0; at + offsetEntryBytes <= bytes.length; at += offsetEntryBytes)
    entries.push({ relative: readInt32(bytes, at), position: readInt32(bytes, at + 4) });
  return entries;
}

/** Offsets and positions ascend, lie within a file of so many bytes, and none is that of the first batch. */
function plausible(entries: readonly OffsetEntry[], segmentBytes: number): boolean {
  let before: OffsetEntry | undefined;
  for (const entry of entries) {
    if (entry.relative < 0 || entry.position <= 0 || entry.position >= segmentBytes) return false;
    if (before !== undefined && (entry.relative <= before.relative || entry.position <= before.position)) return false;
    before = entry;
  }
  return true;
}

export class OffsetIndex {
  readonly file: EntryFile;
  readonly #entries: OffsetEntry[];

  private constructor(file: EntryFile, entries: OffsetEntry[]) {
    this.file = file;
    this.#entries = entries;
  }

  static create(disk: Disk, path: string): Result<OffsetIndex, DiskError> {
    const file = EntryFile.create(disk, path, offsetEntryBytes);
    return file.ok ? ok(new OffsetIndex(file.value, [])) : file;
  }

  /** What lies there; undefined when that is nothing, or can not be an index of a segment of so many bytes. */
  static open(disk: Disk, path: string, segmentBytes: number): Result<OffsetIndex | undefined, DiskError> {
    const file = EntryFile.open(disk, path, offsetEntryBytes);
    if (!file.ok) return file;
    if (file.value === undefined) return ok(undefined);
    const bytes = file.value.contents();
    if (!bytes.ok) return bytes;
    const entries = [...decodeOffsetEntries(bytes.value)];
    if (file.value.whole && plausible(entries, segmentBytes)) return ok(new OffsetIndex(file.value, entries));
    file.value.close();
    return ok(undefined);
  }

  get entries(): readonly OffsetEntry[] {
    return this.#entries;
  }

  /** That of the beginning when there is none. */
  get last(): OffsetEntry {
    return this.#entries[this.#entries.length - 1] ?? beginning;
  }

  append(relative: number, position: number): Result<void, DiskError> {
    const { last } = this;
    invariant(this.#entries.length === 0 || (relative > last.relative && position > last.position), 'an index ascends', relative, position);
    const entry = new Uint8Array(offsetEntryBytes);
    writeInt32(entry, 0, relative);
    writeInt32(entry, 4, position);
    this.#entries.push({ relative, position });
    return this.file.append(entry);
  }

  /** The entry with the largest offset at or below this one: the batch asked for does not begin before it. */
  floor(relative: number): OffsetEntry {
    return this.#entries[this.#countUpTo((entry) => entry.relative <= relative) - 1] ?? beginning;
  }

  /** The entry with the largest position at or below this one. */
  floorPosition(position: number): OffsetEntry {
    return this.#entries[this.#countUpTo((entry) => entry.position <= position) - 1] ?? beginning;
  }

  /** Forgets what points behind a cut of the segment at a batch's position. */
  truncate(position: number): Result<void, DiskError> {
    this.#entries.length = this.#countUpTo((entry) => entry.position < position);
    return this.file.keep(this.#entries.length);
  }

  /** How many entries stand before the first for which this is false. */
  #countUpTo(holds: (entry: OffsetEntry) => boolean): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && holds(entry)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
