/**
 * Every content that a disk may have after a power loss at any moment of a recording, within a stated bound. The model is that of the virtual
 * disk: what a sync covered is there; of a file's later changes any subset, in order, one write torn at a sector; of the changes of names, those
 * whose folder was synced and a prefix of the others. In the manner of ALICE (OSDI '14) and CrashMonkey (OSDI '18).
 *
 * The bound: of the changes that no sync covers, all subsets of the last `exhaustive` ones, with those before them all there or all lost; and in
 * each state at most one torn write, at each boundary of a sector, its first or its last part being there.
 */
import type { DiskContent, DiskOperation, FileId, NameChange } from './recorded-disk.ts';

const sectorBytes = 512;

export interface Bound {
  /** How many un-synced changes are taken in all combinations. */
  readonly exhaustive: number;
}

type DataChange = Extract<DiskOperation, { readonly type: 'write' | 'truncate' }>;

interface Pending {
  readonly number: number;
  readonly change: DataChange;
}

/** A change of names that may be lost, and the folders whose syncs it waits for. */
interface PendingNames {
  readonly changes: readonly NameChange[];
  readonly waitsFor: Set<string>;
}

/** How one write arrived: bytes before the boundary (counted from its start), or those from there on. */
interface Tear {
  readonly boundary: number;
  readonly first: boolean;
}

/** What is durable and what is not, as operations go by. */
export class CrashModel {
  readonly #durable: Uint8Array[] = [];
  readonly #pending: Pending[] = [];
  readonly #names = new Map<string, FileId | 'folder'>();
  readonly #journal: PendingNames[] = [];
  readonly #bound: Bound;
  #number = 0;

  constructor(start: DiskContent, bound: Bound) {
    this.#bound = bound;
    for (const folder of start.folders) this.#names.set(folder, 'folder');
    for (const [path, bytes] of start.files) {
      this.#names.set(path, this.#durable.length);
      this.#durable.push(bytes);
    }
  }

  /** The next operation of the recording is issued. */
  issue(operation: DiskOperation): void {
    const number = this.#number++;
    switch (operation.type) {
      case 'write':
      case 'truncate':
        this.#pending.push({ number, change: operation });
        return;
      case 'sync':
        this.#sync(operation.file, operation.before);
        return;
      case 'names':
        for (const { to } of operation.changes) if (typeof to === 'number') this.#durable[to] ??= new Uint8Array(0);
        this.#journal.push({ changes: operation.changes, waitsFor: new Set(operation.changes.map(({ path }) => folderOf(path))) });
        return;
      case 'syncFolder':
        this.#syncFolder(operation.folder);
    }
  }

  /** Calls for each content; contents may come more than once. */
  visit(visit: (content: DiskContent) => void): void {
    const names = new Map(this.#names);
    this.#forNames(names, visit);
    for (const { changes } of this.#journal) {
      rename(names, changes);
      this.#forNames(names, visit);
    }
  }

  /** All fates of the data under these names. */
  #forNames(names: ReadonlyMap<string, FileId | 'folder'>, visit: (content: DiskContent) => void): void {
    const reachable = new Set(names.values());
    const open = this.#pending.filter(({ change }) => reachable.has(change.file));
    const all = Math.max(0, open.length - this.#bound.exhaustive);
    const older = open.slice(0, all);
    const last = open.slice(all);
    for (const kept of older.length > 0 ? [older, []] : [[]])
      for (let subset = 0; subset < 1 << last.length; subset++) {
        const there = last.filter((_, bit) => (subset & (1 << bit)) !== 0);
        visit(this.#content(names, [...kept, ...there], undefined, undefined));
        for (const torn of there) for (const tear of tearsOf(torn.change)) visit(this.#content(names, [...kept, ...there], torn, tear));
      }
  }

  #content(
    names: ReadonlyMap<string, FileId | 'folder'>,
    changes: readonly Pending[],
    torn: Pending | undefined,
    tear: Tear | undefined,
  ): DiskContent {
    const files = new Map<string, Uint8Array>();
    const folders = new Set<string>();
    for (const [path, what] of names) {
      if (what === 'folder') folders.add(path);
      else {
        let bytes = this.#durable[what] ?? new Uint8Array(0);
        for (const pending of changes) if (pending.change.file === what) bytes = applied(bytes, pending.change, pending === torn ? tear : undefined);
        files.set(path, bytes);
      }
    }
    return { files, folders };
  }

  #sync(file: FileId, before: number): void {
    let bytes = this.#durable[file] ?? new Uint8Array(0);
    let open = 0;
    for (const pending of this.#pending) {
      if (pending.change.file === file && pending.number < before) bytes = applied(bytes, pending.change, undefined);
      else this.#pending[open++] = pending;
    }
    this.#pending.length = open;
    this.#durable[file] = bytes;
  }

  #syncFolder(folder: string): void {
    let open = 0;
    for (const entry of this.#journal) {
      entry.waitsFor.delete(folder);
      if (entry.waitsFor.size > 0) this.#journal[open++] = entry;
      else rename(this.#names, entry.changes);
    }
    this.#journal.length = open;
  }
}

function rename(names: Map<string, FileId | 'folder'>, changes: readonly NameChange[]): void {
  for (const { path, to } of changes) {
    if (to === undefined) names.delete(path);
    else names.set(path, to);
  }
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** Where a write may be torn: at each boundary of a sector inside it. */
function tearsOf(change: DataChange): readonly Tear[] {
  if (change.type === 'truncate') return [];
  const tears: Tear[] = [];
  for (let at = sectorBytes - (change.at % sectorBytes); at < change.bytes.length; at += sectorBytes)
    tears.push({ boundary: at, first: true }, { boundary: at, first: false });
  return tears;
}

function applied(bytes: Uint8Array, change: DataChange, tear: Tear | undefined): Uint8Array {
  if (change.type === 'truncate') {
    const cut = new Uint8Array(change.size);
    cut.set(bytes.subarray(0, Math.min(change.size, bytes.length)));
    return cut;
  }
  const from = tear !== undefined && !tear.first ? tear.boundary : 0;
  const to = tear?.first === true ? tear.boundary : change.bytes.length;
  const end = change.at + to;
  const written = new Uint8Array(Math.max(bytes.length, end));
  written.set(bytes);
  written.set(change.bytes.subarray(from, to), change.at + from);
  return written;
}
