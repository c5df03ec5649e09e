/**
 * Reading and writing files whole over a Disk whose calls may do less than asked, and replacing small text files atomically.
 * Owns no format. Nothing is caught here: a power loss inside a call ends the program.
 */
import type { Disk, DiskError, File } from '../../io/disk.ts';
import { done, failed, ok, type Result } from '../../model/result.ts';

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Fills `into` from position `at`; answers how much the file had, which is less only at its end. */
export function readFully(file: File, at: number, into: Uint8Array): Result<number, DiskError> {
  let count = 0;
  while (count < into.length) {
    const read = file.read(at + count, count === 0 ? into : into.subarray(count));
    if (!read.ok) return read;
    if (read.value === 0) break;
    count += read.value;
  }
  return ok(count);
}

/** Writes all of `bytes` at position `at`, in one call where the disk takes them at once. After an error a part may be there. */
export function writeFully(file: File, at: number, bytes: Uint8Array): Result<void, DiskError> {
  let count = 0;
  while (count < bytes.length) {
    const written = file.write(at + count, count === 0 ? bytes : bytes.subarray(count));
    if (!written.ok) return written;
    // A device that takes nothing and names no reason would hold the node for ever.
    if (written.value === 0) return failed('EIO');
    count += written.value;
  }
  return done;
}

/** A file's content; undefined when there is none. */
export function readBytes(disk: Disk, path: string): Result<Uint8Array | undefined, DiskError> {
  const opened = disk.open(path, 'read');
  if (!opened.ok) return opened.error === 'ENOENT' ? ok(undefined) : opened;
  const bytes = new Uint8Array(opened.value.size());
  const read = readFully(opened.value, 0, bytes);
  opened.value.close();
  return read.ok ? ok(bytes.subarray(0, read.value)) : read;
}

/** A text file's content; undefined when there is none. */
export function readText(disk: Disk, path: string): Result<string | undefined, DiskError> {
  const bytes = readBytes(disk, path);
  return bytes.ok ? ok(bytes.value === undefined ? undefined : utf8Decoder.decode(bytes.value)) : bytes;
}

/** Replaces a text file so that a power loss leaves the old one or the new one, and the new one once this returns. */
export function writeText(disk: Disk, folder: string, name: string, text: string): Result<void, DiskError> {
  const path = inFolder(folder, name);
  const opened = disk.open(`${path}.tmp`, 'truncate');
  if (!opened.ok) return opened;
  const written = writeFully(opened.value, 0, utf8Encoder.encode(text));
  const synced = written.ok ? opened.value.sync() : written;
  opened.value.close();
  if (!synced.ok) return synced;
  const renamed = disk.rename(`${path}.tmp`, path);
  return renamed.ok ? disk.syncDirectory(folder) : renamed;
}

/** Removes a folder and the files in it; what is gone already is no error. */
export function removeFolder(disk: Disk, folder: string): Result<void, DiskError> {
  const names = disk.list(folder);
  if (!names.ok) return names.error === 'ENOENT' ? done : names;
  for (const name of names.value) {
    const removed = removeIfThere(disk, inFolder(folder, name));
    if (!removed.ok) return removed;
  }
  return removeIfThere(disk, folder);
}

export function removeIfThere(disk: Disk, path: string): Result<void, DiskError> {
  const removed = disk.remove(path);
  return removed.ok || removed.error === 'ENOENT' ? done : removed;
}

export const inFolder = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);
