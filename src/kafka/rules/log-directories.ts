/**
 * Which log of a node is a partition's replica, and in which directory a new one may be made. A replica that lies in a directory which is offline is
 * not gone: an empty one in its place, under the same broker's id, would pass for what was acknowledged. Owns no state.
 * Sources: KIP-112, KIP-858, LogManager.getOrCreateLog and nextLogDirs, Partition.createLogInAssignedDirectoryId, LogManager.isStrayReplica.
 */
import type { BrokerId } from '../../model/brand.ts';
import { type Uuid, zeroUuid } from '../../model/uuid.ts';

export interface DirectoryFacts {
  readonly id: Uuid;
  readonly offline: boolean;
  /** How many logs lie in it. */
  readonly logs: number;
}

/** A log that lies in one of the directories under the partition's name. */
export interface FoundLog {
  /** Zero where the folder does not say: nothing was ever appended to it. */
  readonly topicId: Uuid;
  /** Its place in the list of directories. */
  readonly directory: number;
}

export interface LogQuestion {
  readonly topicId: Uuid;
  /** The directory that the metadata assigns; zero for none (DirectoryId.UNASSIGNED). */
  readonly assigned: Uuid;
  readonly directories: readonly DirectoryFacts[];
  readonly found: readonly FoundLog[];
  /** Copies under way: their directories, for those of this topic. */
  readonly futures: readonly number[];
  /** Where an administrator wants a replica that is not there yet; -1 for nowhere. */
  readonly preferred: number;
}

/**
 * `use`: one of those found. `make`: a new one in this directory. `promote`: the copy in this directory, since what it was copied from is gone.
 * `wait`: there may be one that can not be seen now.
 */
export type LogChoice =
  | { readonly type: 'use'; readonly log: number }
  | { readonly type: 'make' | 'promote'; readonly directory: number }
  | { readonly type: 'wait' };

const wait: LogChoice = { type: 'wait' };

/**
 * What metadata assigns comes first; while it is offline nothing takes its place. Else what is there, else where it is wanted, else the directory with
 * the fewest logs. A copy in the assigned directory had all but the last of what it was copied from, or the controller would not name that directory
 * (LogManager.recoverAbandonedFutureLogs); Kafka takes it also while the original may come back with a directory that is offline.
 */
export function chooseLog({ topicId, assigned, directories, found, futures, preferred }: LogQuestion): LogChoice {
  const isOnline = (directory: number): boolean => directories[directory]?.offline === false;
  const assignedTo = directories.findIndex(({ id, offline }) => !offline && id === assigned);
  if (assigned !== zeroUuid && assignedTo < 0 && directories.some(({ offline }) => offline)) return wait;
  let use = -1;
  let isHidden = false;
  for (const [log, { topicId: of, directory }] of found.entries()) {
    if (of !== topicId && of !== zeroUuid) continue;
    if (of === topicId && directory === assignedTo) return { type: 'use', log };
    if (!isOnline(directory)) isHidden = true;
    else if (use < 0 || (of === topicId && found[use]?.topicId === zeroUuid)) use = log;
  }
  if (isHidden) return wait;
  if (use >= 0) return { type: 'use', log: use };
  if (assigned !== zeroUuid && assignedTo >= 0 && futures.includes(assignedTo))
    return directories.some(({ offline }) => offline) ? wait : { type: 'promote', directory: assignedTo };
  if (preferred >= 0 && isOnline(preferred)) return { type: 'make', directory: preferred };
  if (assignedTo >= 0) return { type: 'make', directory: assignedTo };
  let fewest = -1;
  for (const [index, { offline, logs }] of directories.entries())
    if (!offline && (fewest < 0 || logs < (directories[fewest]?.logs ?? 0))) fewest = index;
  return fewest < 0 ? wait : { type: 'make', directory: fewest };
}

/** Nobody's log: its topic is gone, or this broker holds no replica of that partition any more. It is set aside, not deleted. `replicas`: of its topic's id. */
export const isStray = (topicId: Uuid, replicas: readonly BrokerId[] | undefined, broker: BrokerId): boolean =>
  topicId === zeroUuid || replicas?.includes(broker) !== true;

/** Whether a replica in this directory may lead, and counts as alive. A directory that is not assigned yet is one that its broker will choose (DirectoryId.isOnline). */
export const isOnlineDirectory = (directory: Uuid | undefined, online: readonly Uuid[]): boolean =>
  directory === undefined || directory === zeroUuid || online.includes(directory);
