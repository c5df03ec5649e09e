/**
 * Files as a node sees them. One Disk is one log directory; paths are relative to it, parts parted by `/`, no `.` or `..`.
 * Written bytes survive a process crash, but a power loss only after sync(); a file's name survives one only after syncDirectory()
 * of its folder. Every call is a point at which the virtual world may lose power.
 */
import type { Result } from '../model/result.ts';

/** As errno names them; EIO stands for every failure of the device. */
export type DiskError = 'ENOENT' | 'EEXIST' | 'ENOTEMPTY' | 'ENOTDIR' | 'EISDIR' | 'ENOSPC' | 'EIO';

export interface File {
  /** Length in bytes. */
  size(): number;
  /** Reads into `into` from position `at`; answers how many bytes, fewer than asked for at the end of the file and in a short read. */
  read(at: number, into: Uint8Array): Result<number, DiskError>;
  /** Writes at position `at` (beyond the end leaves zeros); answers how many bytes were taken, which may be fewer. The bytes stay the caller's. */
  write(at: number, bytes: Uint8Array): Result<number, DiskError>;
  truncate(size: number): Result<void, DiskError>;
  /** Blocks until all that was written before is durable: votes, epochs, checkpoints. */
  sync(): Result<void, DiskError>;
  /** The same without blocking: `done` comes later, in the lane `background`. */
  syncLater(done: (result: Result<void, DiskError>) => void): void;
  close(): void;
}

/** `read`: must exist. `write`: must exist. `create`: makes it when missing, keeps what is there. `truncate`: makes it, empty. */
export type OpenMode = 'read' | 'write' | 'create' | 'truncate';

export interface Disk {
  open(path: string, mode: OpenMode): Result<File, DiskError>;
  /** The names in a folder, sorted by code unit; '' is the root. */
  list(path: string): Result<readonly string[], DiskError>;
  /** Replaces a file at the target atomically; a folder moves only to a free name. */
  rename(from: string, to: string): Result<void, DiskError>;
  /** Removes a file or an empty folder. */
  remove(path: string): Result<void, DiskError>;
  /** The parent must exist. */
  makeDirectory(path: string): Result<void, DiskError>;
  /** Makes the names in this folder durable. */
  syncDirectory(path: string): Result<void, DiskError>;
  freeBytes(): number;
}
