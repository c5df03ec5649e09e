/** This machine as a World: shell, being filled in. */
import type { NodeEvent } from '../node-event.ts';
import type { World } from '../world.ts';
import type { FileSystem } from './real-disk.ts';

export interface RealWorldOptions {
  /** Log directories by name: a path on this machine, or a folder of another file system such as a memfs volume. */
  readonly disks: ReadonlyMap<string, string | { readonly fileSystem: FileSystem; readonly path: string }>;
  readonly observe?: (event: NodeEvent) => void;
  /** Address to listen on. Default 127.0.0.1. */
  readonly listenHost?: string;
  /** Default 21,000 ms. */
  readonly connectTimeoutMs?: number;
}
export interface RealWorld extends World {
  /** Ends everything the world started: connections, listeners, timers, files. No callback comes after. Idempotent. */
  close(): void;
}
export function realWorld(_options: RealWorldOptions): RealWorld {
  throw new Error('shell');
}
