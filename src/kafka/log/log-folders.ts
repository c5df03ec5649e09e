/**
 * The folders of logs: how an empty log is made in one, and how one is renamed out of the way. Owns their names beside the partition's own; whose log it
 * is, and when, is the log manager's. Source: LogManager.getOrCreateLog, UnifiedLog.renameDir.
 */
import type { World } from '../../io/world.ts';
import { offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import { invariant } from '../../model/invariant.ts';
import { done, ok, type Result } from '../../model/result.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import { type Uuid, uuidToBytes, zeroUuid } from '../../model/uuid.ts';
import { randomUuid } from './directory-loader.ts';
import { maxNameLength } from './disguise.ts';
import { LeaderEpochCache } from './leader-epoch-cache.ts';
import type { LogConfig } from './log-config.ts';
import type { LogContext, LogDirectory } from './log-directory.ts';
import { PartitionLog } from './partition-log.ts';
import { ProducerStateManager } from './producer-state.ts';
import { SegmentList } from './segment-list.ts';

const nothing = offset(0);

/** An empty log, durable by name, of a topic with this id. */
export function makeLog(context: LogContext, partition: TopicPartition, topicId: Uuid, config: LogConfig): Result<PartitionLog, ErrorCode> {
  const { directory } = context;
  invariant(partition.length > 0 && partition.length <= maxNameLength, 'a partition names its folder', partition);
  const folder = directory.disk.makeDirectory(partition);
  // A folder that is there although no log was opened from it is what a crash left of an earlier creation.
  if (!folder.ok && folder.error !== 'EEXIST') return directory.fail(folder.error);
  // A synced segment would be lost with the name of its folder.
  const named = directory.disk.syncDirectory('');
  if (!named.ok) return directory.fail(named.error);
  const segments = new SegmentList(context, partition, partition);
  const created = segments.create(nothing, config.segmentJitterMs);
  if (!created.ok) return directory.fail(created.error);
  const log = new PartitionLog({
    context,
    partition,
    topicId: zeroUuid,
    config,
    segments,
    epochs: new LeaderEpochCache(context, partition, []),
    producers: new ProducerStateManager(context, partition, []),
    logStartOffset: nothing,
    logEndOffset: nothing,
    recoveryPoint: nothing,
    highWatermark: nothing,
    cleanedTo: nothing,
  });
  const assigned = log.assignTopicId(topicId);
  return assigned.ok ? ok(log) : assigned;
}

/** Renames a folder, durably. */
export function renameFolder(directory: LogDirectory, from: string, to: string): Result<void, ErrorCode> {
  const renamed = directory.disk.rename(from, to);
  if (!renamed.ok) return directory.fail(renamed.error);
  const synced = directory.disk.syncDirectory('');
  return synced.ok ? done : directory.fail(synced.error);
}

/** The name of a folder that is out of the way: to be deleted, or kept because nobody knows whose it is. */
export function awayName(world: World, partition: TopicPartition, why: 'delete' | 'stray'): string {
  const suffix = `.${hex(randomUuid(world, `${why === 'delete' ? 'deleted' : why} log ${partition}`))}-${why}`;
  return `${partition.slice(0, maxNameLength - suffix.length)}${suffix}`;
}

/** 32 hexadecimal digits, as the names of deleted and future folders hold them. */
export function hex(id: Uuid): string {
  const bytes = new Uint8Array(16);
  uuidToBytes(id, bytes, 0);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
