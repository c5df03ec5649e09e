/**
 * What a power loss takes from a disk: contents that were written and not synced. Owns, for each file with such contents, how to undo them; names
 * survive, which is one of the states that a real loss may leave. Works on any disk, in memory or not.
 */
import type { Disk, File } from '../io/disk.ts';
import { invariant } from '../model/invariant.ts';

/** What was done to a file after one request to sync it and before the next. */
interface Layer {
  /** Before. */
  readonly size: number;
  /** What stood where something else stands now, oldest first. */
  readonly replaced: { readonly at: number; readonly bytes: Uint8Array }[];
  sealed: boolean;
}

/** A file's contents that are not durable yet, oldest first. */
export class UnsyncedFile {
  layers: Layer[] = [];

  /** About to change the file from `from` on, up to `to`, or up to its end. */
  changes(file: File, from: number, to = Number.POSITIVE_INFINITY): void {
    let layer = this.layers.at(-1);
    // Appending, as almost always.
    if (layer !== undefined && !layer.sealed && from >= layer.size) return;
    const size = file.size();
    if (layer === undefined || layer.sealed) {
      layer = { size, replaced: [], sealed: false };
      this.layers.push(layer);
    }
    const end = Math.min(to, size, layer.size);
    if (from >= end) return;
    const bytes = new Uint8Array(end - from);
    for (let read = 0; read < bytes.length; ) {
      const got = file.read(from + read, bytes.subarray(read));
      if (!got.ok || got.value === 0) break;
      read += got.value;
    }
    layer.replaced.push({ at: from, bytes });
  }

  /** A sync was asked for; answers what to call when it is done: all that was written before is durable then. */
  syncing(): () => void {
    const last = this.layers.at(-1);
    if (last !== undefined) last.sealed = true;
    const covered = new Set(this.layers);
    return () => {
      this.layers = this.layers.filter((layer) => !covered.has(layer));
    };
  }

  undo(file: File): void {
    for (const { size, replaced } of this.layers.reverse()) {
      for (const { at, bytes } of replaced.reverse())
        for (let written = 0; written < bytes.length; ) {
          const took = file.write(at + written, bytes.subarray(written));
          invariant(took.ok && took.value > 0, 'a disk that lost its power can be written');
          written += took.value;
        }
      file.truncate(size);
    }
    this.layers = [];
  }
}

export class Unsynced {
  readonly #files = new Map<string, UnsyncedFile>();

  of(path: string): UnsyncedFile {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = new UnsyncedFile();
      this.#files.set(path, file);
    }
    return file;
  }

  /** A file, or a folder with all that is in it. */
  renamed(from: string, to: string): void {
    this.removed(to);
    for (const [path, file] of [...this.#files])
      if (path === from || path.startsWith(`${from}/`)) {
        this.#files.delete(path);
        this.#files.set(to + path.slice(from.length), file);
      }
  }

  removed(path: string): void {
    this.#files.delete(path);
  }

  /** Undoes on this disk, on which nothing else works now. */
  losePower(disk: Disk): void {
    for (const [path, unsynced] of this.#files) {
      if (unsynced.layers.length === 0) continue;
      const opened = disk.open(path, 'write');
      invariant(opened.ok, 'a file with contents is there', path);
      unsynced.undo(opened.value);
      opened.value.close();
    }
    this.#files.clear();
  }
}
