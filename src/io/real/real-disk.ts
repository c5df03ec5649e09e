/** Files through node:fs or what looks like it: shell, being filled in. */

/** The part of node:fs that a disk needs; memfs volumes have it too. */
export interface FileSystem {
  openSync(path: string, flags: string): number;
}
