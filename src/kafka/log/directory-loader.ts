/**
 * Opens a log directory: whose it is, whether it was stopped cleanly, what its checkpoints say and which logs lie in it. A new directory gets
 * an id. A checkpoint that is missing or malformed counts as empty: more is verified then, nothing is lost.
 */
import type { Disk, DiskError } from '../../io/disk.ts';
import type { World } from '../../io/world.ts';
import type { BrokerEpoch, Offset } from '../../model/brand.ts';
import { unreachable } from '../../model/invariant.ts';
import { done, failed, ok, type Result } from '../../model/result.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import { type Uuid, uuidFromWords, zeroUuid } from '../../model/uuid.ts';
import type { LogRules, StartStep } from '../rules/log.ts';
import { partitionOfFuture } from './disguise.ts';
import { readText, removeFolder, removeIfThere, writeText } from './files.ts';
import type { LogManagerConfig } from './log-config.ts';
import { LogDirectory } from './log-directory.ts';
import { fileNames, formatMetaProperties, parseCleanShutdown, parseMetaProperties, parseOffsets } from './text-formats.ts';

/** What a directory held when it was opened. */
export interface StoredDirectory {
  readonly directory: LogDirectory;
  /** The broker epoch of a clean stop; undefined after any other. */
  readonly marker: BrokerEpoch | undefined;
  readonly recoveryPoints: ReadonlyMap<TopicPartition, Offset>;
  readonly logStartOffsets: ReadonlyMap<TopicPartition, Offset>;
  readonly highWatermarks: ReadonlyMap<TopicPartition, Offset>;
  readonly cleanedOffsets: ReadonlyMap<TopicPartition, Offset>;
  /** Those of partitions and of their future logs, sorted. */
  readonly folders: readonly string[];
}

type Offsets = ReadonlyMap<TopicPartition, Offset>;
const partitionFolder = /^.+-\d+$/;
const deletedFolder = /-delete$/;

/** The error is text for an operator; an I/O error is none, it leaves the directory offline. */
export function openDirectory(
  world: World,
  config: LogManagerConfig,
  rules: LogRules,
  name: string,
  disk: Disk,
  onFailure: (directory: LogDirectory, error: DiskError) => void,
): Result<StoredDirectory, string> {
  const id = directoryId(world, config, name, disk);
  if (!id.ok && id.error.type === 'foreign') return failed(id.error.problem);
  const directory = new LogDirectory(name, disk, id.ok ? id.value : zeroUuid, onFailure);
  if (!id.ok && id.error.type === 'disk') directory.fail(id.error.error);
  const found = {
    marker: undefined as BrokerEpoch | undefined,
    recoveryPoints: empty,
    logStartOffsets: empty,
    highWatermarks: empty,
    cleanedOffsets: empty,
    folders: [] as string[],
  };
  for (const step of rules.startSteps()) {
    const taken = directory.offline ? done : startStep(step, disk, found);
    if (!taken.ok) directory.fail(taken.error);
  }
  return ok({ directory, ...found, folders: directory.offline ? [] : found.folders });
}

const empty: Offsets = new Map();

interface Found {
  marker: BrokerEpoch | undefined;
  recoveryPoints: Offsets;
  logStartOffsets: Offsets;
  highWatermarks: Offsets;
  cleanedOffsets: Offsets;
  folders: string[];
}

function startStep(step: StartStep, disk: Disk, found: Found): Result<void, DiskError> {
  switch (step) {
    case 'readMarkers': {
      const marker = readText(disk, fileNames.cleanShutdown);
      if (!marker.ok) return marker;
      found.marker = marker.value === undefined ? undefined : parseCleanShutdown(marker.value);
      return done;
    }
    case 'removeMarkers': {
      const removed = removeIfThere(disk, fileNames.cleanShutdown);
      // Also makes durable what a crash left behind un-synced: the names of partitions' folders.
      return removed.ok ? disk.syncDirectory('') : removed;
    }
    case 'load':
      return readState(disk, found);
    default:
      return unreachable(step);
  }
}

function readState(disk: Disk, found: Found): Result<void, DiskError> {
  const recoveryPoints = readOffsets(disk, fileNames.recoveryPoints);
  const logStartOffsets = readOffsets(disk, fileNames.logStartOffsets);
  const highWatermarks = readOffsets(disk, fileNames.highWatermarks);
  const cleanedOffsets = readOffsets(disk, fileNames.cleanedOffsets);
  const names = disk.list('');
  if (!recoveryPoints.ok) return recoveryPoints;
  if (!logStartOffsets.ok) return logStartOffsets;
  if (!highWatermarks.ok) return highWatermarks;
  if (!cleanedOffsets.ok) return cleanedOffsets;
  if (!names.ok) return names;
  found.recoveryPoints = recoveryPoints.value;
  found.logStartOffsets = logStartOffsets.value;
  found.highWatermarks = highWatermarks.value;
  found.cleanedOffsets = cleanedOffsets.value;
  for (const name of names.value) {
    if (deletedFolder.test(name)) {
      const removed = removeFolder(disk, name);
      if (!removed.ok) return removed;
    } else if (partitionFolder.test(name) || partitionOfFuture(name) !== undefined) found.folders.push(name);
  }
  return done;
}

function readOffsets(disk: Disk, name: string): Result<Offsets, DiskError> {
  const text = readText(disk, name);
  return text.ok ? ok(text.value === undefined ? empty : (parseOffsets(text.value) ?? empty)) : text;
}

type IdError = { readonly type: 'foreign'; readonly problem: string } | { readonly type: 'disk'; readonly error: DiskError };

/** The id in meta.properties; a directory without that file is new and gets one. */
function directoryId(world: World, config: LogManagerConfig, name: string, disk: Disk): Result<Uuid, IdError> {
  const text = readText(disk, fileNames.metaProperties);
  if (!text.ok) return failed({ type: 'disk', error: text.error });
  if (text.value === undefined) {
    const id = randomUuid(world, `log directory ${name}`);
    const meta = { clusterId: config.clusterId, nodeId: config.nodeId, directoryId: id };
    const written = writeText(disk, '', fileNames.metaProperties, formatMetaProperties(meta));
    return written.ok ? ok(id) : failed({ type: 'disk', error: written.error });
  }
  const meta = parseMetaProperties(text.value);
  const foreign = (problem: string) => failed({ type: 'foreign' as const, problem: `log directory ${name}: ${problem}` });
  if (meta === undefined) return foreign(`${fileNames.metaProperties} is malformed`);
  if (meta.clusterId !== config.clusterId) return foreign(`belongs to cluster ${meta.clusterId}, not ${config.clusterId}`);
  if (meta.nodeId !== config.nodeId) return foreign(`belongs to node ${meta.nodeId}, not ${config.nodeId}`);
  return ok(meta.directoryId);
}

export function randomUuid(world: World, name: string): Uuid {
  const word = (index: number): number => world.random.uint32(`uuid ${name} ${index}`);
  return uuidFromWords(word(0), word(1), word(2), word(3));
}
