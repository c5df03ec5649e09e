/** A machine of the virtual world: shell, being filled in. */
import type { World } from '../world.ts';
import type { Fault } from './network-faults.ts';

export interface DiskModel {
  /** A write, truncate or name change takes this long, plus its bytes over `bytesPerSecond`. Default 0: the page cache. */
  readonly writePerOperationUs?: number;
  /** A sync takes this long. Default 300 us. */
  readonly syncPerOperationUs?: number;
  /** Default Infinity. */
  readonly bytesPerSecond?: number;
  /** Default 2^50. */
  readonly capacityBytes?: number;
}
export interface HostOptions {
  /** Names the host in traces. */
  readonly id: number;
  /** Names of its disks. Default none. */
  readonly disks?: readonly string[];
  readonly diskModel?: DiskModel;
}
export interface DiskCall {
  /** Counts the host's disk calls since it was made or the fault was set, from 0. */
  readonly count: number;
  readonly disk: string;
  readonly operation: 'open' | 'read' | 'write' | 'truncate' | 'sync' | 'syncLater' | 'close' | 'list' | 'rename' | 'remove' | 'makeDirectory' | 'syncDirectory' | 'size' | 'freeBytes';
  readonly path: string;
}
export interface VirtualHost {
  readonly id: number;
  readonly name: string;
  /** A program runs. */
  readonly up: boolean;
  readonly paused: boolean;
  /** Told when a disk call lost the power of this host; the host is off by then. */
  onPowerLoss: (() => void) | undefined;
  boot(program: (world: World) => void): void;
  /** The program ended itself. */
  stop(): void;
  crash(how: { readonly powerLoss: boolean }): void;
  pause(): void;
  resume(): void;
  slowDisk(slower: { readonly perOperationUs: number; readonly bytesPerSecond: number }): Fault;
  /** Loses power inside the first disk call the predicate picks. */
  crashAtDiskCall(which: (call: DiskCall) => boolean): Fault;
  wipe(): void;
}
