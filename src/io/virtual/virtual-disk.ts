/**
 * One disk of a virtual host: its folders and files, and what a power loss leaves of them.
 * Owns names and space. Bytes are the file images', device time the device's; programs come through a NodeDisk.
 *
 * A name change is durable once its folder was synced. Of those that were not, a power loss leaves a prefix, as a journal would.
 */
import { done, failed, ok, type Result } from '../../model/result.ts';
import type { DiskError } from '../disk.ts';
import { Device, type DiskModel } from './device.ts';
import type { Engine } from './engine.ts';
import { FileImage, type Survival } from './file-image.ts';
import { type Fault, fault } from './network-faults.ts';
import type { Weather, WeatherStream } from './weather.ts';

export class Folder {
  readonly entries = new Map<string, Folder | FileImage>();
  /** The names that a power loss leaves. */
  readonly durable = new Map<string, Folder | FileImage>();
}

/** A name in a folder gets a new meaning, or none. */
interface NameChange {
  readonly folder: Folder;
  readonly name: string;
  readonly before: Folder | FileImage | undefined;
  readonly after: Folder | FileImage | undefined;
}

/** A bit of a stored file that changed by itself. */
export interface Rot {
  /** Nothing was written over it, and its file is still there. */
  readonly isThere: boolean;
  /** Turns it back. */
  repair(): void;
}

/** Changes that happen together, in the order of a journal; a rename has two. */
interface JournalEntry {
  readonly changes: readonly NameChange[];
  /** The folders whose sync it still needs. */
  readonly unsynced: Set<Folder>;
}

/** One in eight losses leaves everything, one in four nothing, one in four what was issued before some moment; else each write has its own fate. */
const survivals: readonly Survival[] = ['everything', 'nothing', 'nothing', 'prefix', 'prefix', 'each', 'each', 'each'];
const roomyBytes = 1_125_899_906_842_624;

export class VirtualDisk {
  readonly device: Device;
  /** How many power losses it has been through. */
  powerLosses = 0;
  /** While above 0, reads and writes may do less than asked. */
  shortening = 0;
  readonly #capacityBytes: number;
  /** Capacities that hold for a time. */
  readonly #limits = new Set<{ readonly bytes: number }>();
  readonly #shortness: WeatherStream;
  readonly #weather: Weather;
  readonly #name: string;
  readonly #survival: WeatherStream;
  #root = new Folder();
  #journal: JournalEntry[] = [];
  #usedBytes = 0;

  constructor(engine: Engine, name: string, model: DiskModel) {
    const { weather } = engine;
    this.#weather = weather;
    this.#name = name;
    this.#survival = weather.stream(`disk ${name}`);
    this.#shortness = weather.stream(`short io ${name}`);
    this.#capacityBytes = model.capacityBytes ?? roomyBytes;
    this.device = new Device(engine, model);
  }

  get freeBytes(): number {
    let capacityBytes = this.#capacityBytes;
    for (const { bytes } of this.#limits) capacityBytes = Math.min(capacityBytes, bytes);
    return Math.max(0, capacityBytes - this.#usedBytes);
  }

  /** Until healed no more than this still fits; what is stored stays. */
  limit(freeBytes: number): Fault {
    const limit = { bytes: this.#usedBytes + freeBytes };
    this.#limits.add(limit);
    return fault(() => this.#limits.delete(limit));
  }

  /** How many of these bytes one call takes or gives: all, or in every other call that may be short some, at least one. */
  portion(bytes: number): number {
    if (this.shortening === 0 || bytes < 2 || this.#shortness.below(2) === 0) return bytes;
    return 1 + this.#shortness.below(bytes - 1);
  }

  /** Takes or gives back space. */
  use(bytes: number): void {
    this.#usedBytes += bytes;
  }

  /** The file at a path; made when missing if `make` says so. */
  file(path: string, make: boolean): Result<FileImage, DiskError> {
    const place = this.#place(path);
    if (!place.ok) return place;
    const { folder, name } = place.value;
    const found = name === '' ? folder : folder.entries.get(name);
    if (found instanceof Folder) return failed('EISDIR');
    if (found !== undefined) return ok(found);
    if (!make) return failed('ENOENT');
    const image = new FileImage();
    this.#change([{ folder, name, before: undefined, after: image }]);
    return ok(image);
  }

  folder(path: string): Result<Folder, DiskError> {
    const place = this.#place(path);
    if (!place.ok) return place;
    const { folder, name } = place.value;
    const found = name === '' ? folder : folder.entries.get(name);
    if (found === undefined) return failed('ENOENT');
    return found instanceof Folder ? ok(found) : failed('ENOTDIR');
  }

  makeFolder(path: string): Result<void, DiskError> {
    const place = this.#place(path);
    if (!place.ok) return place;
    const { folder, name } = place.value;
    if (name === '' || folder.entries.has(name)) return failed('EEXIST');
    this.#change([{ folder, name, before: undefined, after: new Folder() }]);
    return done;
  }

  rename(from: string, to: string): Result<void, DiskError> {
    const source = this.#place(from);
    if (!source.ok) return source;
    const moved = source.value.folder.entries.get(source.value.name);
    if (moved === undefined) return failed(source.value.name === '' ? 'EEXIST' : 'ENOENT');
    const target = this.#place(to);
    if (!target.ok) return target;
    const { folder, name } = target.value;
    const replaced = name === '' ? folder : folder.entries.get(name);
    if (moved instanceof Folder) {
      if (replaced !== undefined) return failed(replaced instanceof Folder ? 'EEXIST' : 'ENOTDIR');
      // A folder cannot become its own descendant.
      if (to.startsWith(`${from}/`)) return failed('EIO');
    } else if (replaced instanceof Folder) return failed('EISDIR');
    else if (replaced === moved) return done;
    else if (replaced !== undefined) this.#unlink(replaced);
    this.#change([
      { folder: source.value.folder, name: source.value.name, before: moved, after: undefined },
      { folder, name, before: replaced, after: moved },
    ]);
    return done;
  }

  remove(path: string): Result<void, DiskError> {
    const place = this.#place(path);
    if (!place.ok) return place;
    const { folder, name } = place.value;
    const removed = folder.entries.get(name);
    if (removed === undefined) return failed(name === '' ? 'ENOTEMPTY' : 'ENOENT');
    if (removed instanceof Folder) {
      if (removed.entries.size > 0) return failed('ENOTEMPTY');
    } else this.#unlink(removed);
    this.#change([{ folder, name, before: removed, after: undefined }]);
    return done;
  }

  /** Makes the names in a folder durable. */
  syncFolder(folder: Folder): void {
    let open = 0;
    for (const entry of this.#journal) {
      entry.unsynced.delete(folder);
      if (entry.unsynced.size > 0) {
        this.#journal[open++] = entry;
      } else makeDurable(entry);
    }
    this.#journal.length = open;
  }

  /** A handle was closed: a file without a name frees its space with its last one. */
  closed(image: FileImage): void {
    if (--image.handles === 0 && !image.linked) this.use(-image.size);
  }

  /** Leaves what a power loss leaves. */
  losePower(): void {
    this.powerLosses++;
    this.device.powerOff();
    const survival = survivals[this.#survival.below(survivals.length)] ?? 'nothing';
    const names = this.#journal.length;
    const kept = survival === 'everything' ? names : survival === 'nothing' ? 0 : this.#survival.below(names + 1);
    for (const entry of this.#journal.slice(0, kept)) makeDurable(entry);
    this.#journal = [];
    this.#usedBytes = 0;
    this.#reload(this.#root, this.#name, survival);
  }

  /** Erases everything. */
  wipe(): void {
    this.#root = new Folder();
    this.#journal = [];
    this.#usedBytes = 0;
  }

  // For the harness, tests and dumps.

  /** The paths of all files, as a program would see them, in order. */
  files(): readonly string[] {
    const paths: string[] = [];
    const visit = (folder: Folder, prefix: string): void => {
      for (const [name, entry] of folder.entries) {
        if (entry instanceof Folder) visit(entry, `${prefix}${name}/`);
        else paths.push(`${prefix}${name}`);
      }
    };
    visit(this.#root, '');
    return paths.sort();
  }

  /** A copy of what a program would read; undefined when there is no such file. */
  contents(path: string): Uint8Array | undefined {
    const file = this.file(path, false);
    if (!file.ok) return undefined;
    const bytes = new Uint8Array(file.value.size);
    file.value.read(0, bytes);
    return bytes;
  }

  /** All files with what a program would read, in the order of their paths. */
  allContents(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.files().map((path): [string, Uint8Array] => [path, this.contents(path) ?? new Uint8Array(0)]));
  }

  /** The same with all that rots as it was written. */
  undamaged(path: string): Uint8Array | undefined {
    const file = this.file(path, false);
    return file.ok ? file.value.undamaged() : undefined;
  }

  /** Bit rot: changes one bit of a file, durably; undefined when there is no such byte. */
  flipBit(path: string, at: number, bit: number): Rot | undefined {
    const file = this.file(path, false);
    if (!file.ok || at >= file.value.size) return undefined;
    const image = file.value;
    const flip = image.flipBit(at, bit);
    const stores = (): boolean => holds(this.#root, image);
    return {
      get isThere() {
        return image.isRotten(flip) && stores();
      },
      repair: () => image.repair(flip),
    };
  }

  /** The folder that holds a name; the root has the name ''. */
  #place(path: string): Result<{ readonly folder: Folder; readonly name: string }, DiskError> {
    let folder = this.#root;
    let from = 0;
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', from)) {
      const next = folder.entries.get(path.slice(from, slash));
      if (next === undefined) return failed('ENOENT');
      if (!(next instanceof Folder)) return failed('ENOTDIR');
      folder = next;
      from = slash + 1;
    }
    return ok({ folder, name: path.slice(from) });
  }

  #unlink(image: FileImage): void {
    image.linked = false;
    if (image.handles === 0) this.use(-image.size);
  }

  #change(changes: readonly NameChange[]): void {
    const unsynced = new Set<Folder>();
    for (const { folder, name, after } of changes) {
      if (after === undefined) folder.entries.delete(name);
      else folder.entries.set(name, after);
      unsynced.add(folder);
    }
    this.#journal.push({ changes, unsynced });
  }

  #reload(folder: Folder, path: string, survival: Survival): void {
    folder.entries.clear();
    for (const [name, entry] of folder.durable) {
      folder.entries.set(name, entry);
      if (entry instanceof Folder) this.#reload(entry, `${path}/${name}`, survival);
      else {
        entry.losePower(survival, this.#weather.stream(`file ${path}/${name}`));
        entry.handles = 0;
        entry.linked = true;
        this.use(entry.size);
      }
    }
  }
}

/** Applies a journal entry to the durable names. What it takes away it takes only if it is still there. */
function makeDurable(entry: JournalEntry): void {
  for (const { folder, name, before, after } of entry.changes) {
    if (after !== undefined) folder.durable.set(name, after);
    else if (folder.durable.get(name) === before) folder.durable.delete(name);
  }
}

/** Does a name below this folder lead to the file? */
function holds(folder: Folder, image: FileImage): boolean {
  for (const [, entry] of folder.entries) if (entry === image || (entry instanceof Folder && holds(entry, image))) return true;
  return false;
}
