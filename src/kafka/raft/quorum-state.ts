/**
 * The file `quorum-state` in the metadata log's folder: the epoch, its leader and this node's vote, in Kafka's version 1 (one line of JSON).
 * It is durable before anything is done in its epoch; otherwise a node that lost power could lead or vote twice in one epoch.
 */
import type { Disk, DiskError } from '../../io/disk.ts';
import { type BrokerId, brokerId, type LeaderEpoch, leaderEpoch } from '../../model/brand.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { type Uuid, uuid, zeroUuid } from '../../model/uuid.ts';
import { inFolder, readText, writeText } from '../log/files.ts';

const fileName = 'quorum-state';

export interface QuorumState {
  /** -1 while unknown. */
  readonly leaderId: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  /** -1 without a vote in this epoch. */
  readonly votedId: BrokerId;
  readonly votedDirectoryId: Uuid;
}

export const formatQuorumState = (state: QuorumState): string =>
  `{"leaderId":${state.leaderId},"leaderEpoch":${state.leaderEpoch},"votedId":${state.votedId},"votedDirectoryId":"${state.votedDirectoryId}","data_version":1}`;

/** Undefined for text that is no quorum state of version 1. */
export function parseQuorumState(text: string): QuorumState | undefined {
  const form =
    /^\{"leaderId":(-1|\d{1,9}|[12]\d{9}),"leaderEpoch":(\d{1,9}|[12]\d{9}),"votedId":(-1|\d{1,9}|[12]\d{9}),"votedDirectoryId":"([A-Za-z0-9_-]{21}[AQgw])","data_version":1\}\s*$/;
  const parts = form.exec(text);
  if (parts === null) return undefined;
  const [leader, epoch, voted] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (Math.max(leader, epoch, voted) > 0x7fffffff) return undefined;
  return { leaderId: brokerId(leader), leaderEpoch: leaderEpoch(epoch), votedId: brokerId(voted), votedDirectoryId: uuid(parts[4] ?? zeroUuid) };
}

/** Undefined when there is none; an error when there is one that cannot be read, for guessing an epoch could elect two leaders. */
export function readQuorumState(disk: Disk, folder: string): Result<QuorumState | undefined, DiskError | 'malformed'> {
  const text = readText(disk, inFolder(folder, fileName));
  if (!text.ok) return text;
  if (text.value === undefined) return ok(undefined);
  const state = parseQuorumState(text.value);
  return state === undefined ? failed('malformed') : ok(state);
}

export const writeQuorumState = (disk: Disk, folder: string, state: QuorumState): Result<void, DiskError> =>
  writeText(disk, folder, fileName, formatQuorumState(state));
