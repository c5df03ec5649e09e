/**
 * What goes wrong with the disks of a host, short of a power loss: calls that fail, no space, short transfers, syncs that do not end.
 * Owns the faults; which call meets one is the host's watch, the disk's space and the device's time.
 */
import { unreachable } from '../../model/invariant.ts';
import type { DiskCall } from './disk-call.ts';
import { type Fault, fault } from './network-faults.ts';
import type { VirtualDisk } from './virtual-disk.ts';
import type { VirtualHost } from './virtual-host.ts';

/** Which disk calls: `sync` those of files, `names` all that read, change or sync names. */
export const diskCallKinds = ['all', 'read', 'write', 'sync', 'names'] as const;
export type DiskCallKind = (typeof diskCallKinds)[number];

/** Longer than any run. */
const neverUs = 1_000_000_000_000;

// Each strikes the disk that is named, or all of the host.

/** These calls fail with EIO until healed; with `nth` (from 1, counted from now) only that one. */
export function failCalls(host: VirtualHost, kind: DiskCallKind, nth: number | null, name?: string): Fault {
  let met = 0;
  return host.failDiskCalls(
    ({ disk, operation }) => (name === undefined || disk === name) && kindMatches(kind, operation) && (nth === null || ++met === nth),
  );
}

/** Until healed only so much more fits on each disk: writes take what fits, then nothing (ENOSPC). */
export const fillDisks = (host: VirtualHost, freeBytes: number, name?: string): Fault => all(host, name, (disk) => disk.limit(freeBytes));

/** Reads and writes do less than asked, some of them, until healed. */
export const shortenCalls = (host: VirtualHost, name?: string): Fault =>
  all(host, name, (disk) => {
    disk.shortening++;
    return fault(() => disk.shortening--);
  });

/** No sync ends until healed; what is asked of the devices behind one waits with it. */
export const stallSyncs = (host: VirtualHost, name?: string): Fault =>
  all(host, name, (disk) => disk.device.slow({ perOperationUs: 0, bytesPerSecond: Number.POSITIVE_INFINITY, perSyncUs: neverUs }));

function all(host: VirtualHost, only: string | undefined, strike: (disk: VirtualDisk) => { heal(): void }): Fault {
  const struck = (only === undefined ? host.diskNames : [only]).map((name) => strike(host.disk(name)));
  return fault(() => {
    for (const each of struck) each.heal();
  });
}

function kindMatches(kind: DiskCallKind, operation: DiskCall['operation']): boolean {
  return kind === 'all' || kind === kindOf(operation);
}

function kindOf(operation: DiskCall['operation']): Exclude<DiskCallKind, 'all'> {
  switch (operation) {
    case 'read':
      return 'read';
    case 'write':
    case 'truncate':
      return 'write';
    case 'sync':
    case 'syncLater':
      return 'sync';
    case 'open':
    case 'list':
    case 'rename':
    case 'remove':
    case 'makeDirectory':
    case 'syncDirectory':
      return 'names';
    default:
      return unreachable(operation);
  }
}
