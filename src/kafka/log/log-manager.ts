/**
 * All logs of one node: opens them at the start, makes and removes them, writes the checkpoints, and stops cleanly. Owns what lies in a log
 * directory beside the partitions' folders. Which partitions this node should have is the broker's to know. Source: Kafka's LogManager.
 */
import type { DiskError } from '../../io/disk.ts';
import type { World } from '../../io/world.ts';
import { type BrokerEpoch, type BrokerId, brokerEpoch, offset } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { invariant, unreachable } from '../../model/invariant.ts';
import { done, failed, ok, type Result } from '../../model/result.ts';
import { type TopicPartition, topicPartition } from '../../model/topic-partition.ts';
import { type Uuid, uuidToBytes, zeroUuid } from '../../model/uuid.ts';
import type { LogRules, StopStep } from '../rules/log.ts';
import type { ProducerRules } from '../rules/producer.ts';
import { DirectoryCheckpoints } from './directory-checkpoints.ts';
import { openDirectory, randomUuid, type StoredDirectory } from './directory-loader.ts';
import { removeFolder } from './files.ts';
import { LeaderEpochCache } from './leader-epoch-cache.ts';
import { LogCleaner } from './log-cleaner.ts';
import type { LogConfig, LogManagerConfig } from './log-config.ts';
import type { FlushStats, LogContext, LogDirectory } from './log-directory.ts';
import { LogLoader } from './log-loader.ts';
import { PartitionLog } from './partition-log.ts';
import { ProducerStateManager } from './producer-state.ts';
import { SegmentList } from './segment-list.ts';

/** One log directory of this node. */
export interface LogDirectoryState {
  readonly name: string;
  readonly id: Uuid;
  readonly offline: boolean;
  /** Why it is offline, as errno names it. */
  readonly failure: DiskError | undefined;
}

/** For those who ask what takes the space. */
export interface DirectoryContents {
  readonly directory: LogDirectoryState;
  /** -1 where it is not known. */
  readonly usableBytes: number;
  readonly logs: readonly PartitionLog[];
}

/** A directory with what belongs to it. */
interface Place {
  readonly directory: LogDirectory;
  readonly checkpoints: DirectoryCheckpoints;
  readonly context: LogContext;
  readonly stored: StoredDirectory;
  readonly logs: Map<TopicPartition, PartitionLog>;
}

/** A log and where it lies. */
interface Held {
  readonly place: Place;
  readonly log: PartitionLog;
}

const metadataLog = topicPartition('__cluster_metadata', 0);
const nothing = offset(0);
/** The longest file name; a deleted topic's name is cut so that its suffix fits. */
const maxNameLength = 255;

export class LogManager {
  /** Told when a directory goes offline, also while loading. */
  onDirectoryFailure: (directory: LogDirectoryState) => void = () => {};
  /** Of all logs, since this manager was made. */
  readonly flushes: FlushStats = { count: 0, totalMs: 0 };
  readonly #world: World;
  readonly #config: LogManagerConfig;
  readonly #rules: LogRules;
  readonly #producerRules: ProducerRules;
  readonly #places: Place[] = [];
  readonly #logs = new Map<TopicPartition, PartitionLog>();
  /** Logs of partitions that have another one in an earlier directory: what came back with a directory that was offline. */
  #doubles: Held[] = [];
  #previousBrokerEpoch: BrokerEpoch = brokerEpoch(-1);
  #stopped = false;
  #cleaner: LogCleaner | undefined;

  constructor(world: World, config: LogManagerConfig, rules: { readonly log: LogRules; readonly producer: ProducerRules }) {
    this.#world = world;
    this.#config = config;
    this.#rules = rules.log;
    this.#producerRules = rules.producer;
  }

  /**
   * Opens every log, one segment or 1 MiB a step, in the lane `background`. A failing directory goes offline, with its logs; the error is text
   * for an operator: a directory that belongs to another node or cluster, or no directory at all that works.
   */
  load(then: (result: Result<void, string>) => void): void {
    this.#world.on('background', () => {
      const opened = this.#openDirectories();
      if (!opened.ok) then(opened);
      else this.#loadNext(this.#foldersToLoad(), 0, undefined, then);
    });
  }

  get(partition: TopicPartition): PartitionLog | undefined {
    return this.#logs.get(partition);
  }

  /** In the order in which they were opened or made. */
  logs(): IterableIterator<PartitionLog> {
    return this.#logs.values();
  }

  /** The broker epoch of the last clean stop, if every directory has seen the same one; else -1 (KIP-966). Known after load. */
  previousBrokerEpoch(): BrokerEpoch {
    return this.#previousBrokerEpoch;
  }

  /** Undefined before the start, and where nothing is compacted. */
  get cleaner(): Pick<LogCleaner, 'maxDirtyRatio' | 'lastLookMs' | 'unreadable'> | undefined {
    return this.#cleaner;
  }

  directories(): readonly LogDirectoryState[] {
    return this.#places.map((place) => place.directory);
  }

  /** What lies in each directory; of one that is offline nothing is known. */
  contents(): readonly DirectoryContents[] {
    return this.#places.map(({ directory, logs }) => ({
      directory,
      usableBytes: directory.offline ? -1 : directory.disk.freeBytes(),
      logs: directory.offline ? [] : [...logs.values()],
    }));
  }

  /**
   * The log of a partition: the one that the metadata means (`assigned` is its directory, zero for none), made when there is none. What else lies here
   * under that name is set aside. KAFKA_STORAGE_ERROR when its directory is offline, or may be.
   */
  create(partition: TopicPartition, topicId: Uuid, config: LogConfig, assigned: Uuid = zeroUuid): Result<PartitionLog, ErrorCode> {
    const found = this.#found(partition);
    const choice = this.#rules.chooseLog({
      topicId,
      assigned,
      directories: this.#places.map(({ directory, logs }) => ({ id: directory.id, offline: directory.offline, logs: logs.size })),
      found: found.map(({ place, log }) => ({ topicId: log.topicId, directory: this.#places.indexOf(place) })),
    });
    if (choice.type === 'wait') return failed(ErrorCode.KAFKA_STORAGE_ERROR);
    const chosen = choice.type === 'use' ? found[choice.log] : undefined;
    for (const held of found) if (held !== chosen) this.#moveAway(held, 'stray');
    const place = choice.type === 'make' ? this.#places[choice.directory] : chosen?.place;
    if (place === undefined || place.directory.offline) return failed(ErrorCode.KAFKA_STORAGE_ERROR);
    if (chosen !== undefined) return this.#adopt(chosen, topicId, config);
    const made = this.#make(place, partition, topicId, config);
    if (made.ok) this.#take(place, made.value);
    return made;
  }

  /** Sets aside every log that is nobody's, once it is known who should have which; `replicas` as the metadata has them, by the topic's id. */
  setStraysAside(broker: BrokerId, replicas: (topicId: Uuid, partition: TopicPartition) => readonly BrokerId[] | undefined): void {
    const all = [...this.#places.flatMap((place) => [...place.logs.values()].map((log) => ({ place, log }))), ...this.#doubles];
    for (const held of all) {
      const { topicId, partition, offline } = held.log;
      // The metadata's own log is named by no metadata: here lies that of a controller which shared this directory.
      if (partition === metadataLog) continue;
      if (!offline && this.#rules.isStray(topicId, replicas(topicId, partition), broker)) this.#moveAway(held, 'stray');
    }
  }

  /** Takes a log away: its folder is renamed at once, durably, and removed after file.delete.delay.ms. */
  remove(partition: TopicPartition): Result<void, ErrorCode> {
    const held = this.#found(partition)[0];
    if (held === undefined) return failed(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    const away = this.#moveAway(held, 'delete');
    if (!away.ok) return away;
    const { directory } = held.place;
    this.#later(`delete ${partition}`, this.#config.fileDeleteDelayMs, () => {
      const removed = directory.offline ? done : removeFolder(directory.disk, away.value);
      if (!removed.ok) directory.fail(removed.error);
    });
    return done;
  }

  /** Begins the periodic checkpoints and, where configured, the flush of old records; called once, after load. */
  start(): void {
    const { logFlushOffsetCheckpointIntervalMs, logFlushStartOffsetCheckpointIntervalMs, replicaHighWatermarkCheckpointIntervalMs } = this.#config;
    const { logFlushSchedulerIntervalMs, logInitialTaskDelayMs } = this.#config;
    this.#every('checkpoint high watermarks', replicaHighWatermarkCheckpointIntervalMs, replicaHighWatermarkCheckpointIntervalMs, () =>
      this.#each((place) => place.checkpoints.highWatermarks([...place.logs.values()])),
    );
    this.#every('checkpoint recovery points', logInitialTaskDelayMs, logFlushOffsetCheckpointIntervalMs, () =>
      this.#each((place) => place.checkpoints.recoveryPoints([...place.logs.values()])),
    );
    this.#every('checkpoint log starts', logInitialTaskDelayMs, logFlushStartOffsetCheckpointIntervalMs, () =>
      this.#each((place) => place.checkpoints.logStartOffsets([...place.logs.values()])),
    );
    this.#every('retention', logInitialTaskDelayMs, this.#config.logRetentionCheckIntervalMs, () => this.#deleteOld());
    const { producerIdExpirationCheckIntervalMs: expiryMs } = this.#config;
    this.#every('expire producers', expiryMs, expiryMs, () => this.#expireProducers());
    const { cleaner } = this.#config;
    const later = (delayMs: number, step: () => void) => this.#later('log cleaner', delayMs, step);
    if (cleaner !== undefined) this.#cleaner = new LogCleaner(this.#world, cleaner, () => this.#logs.values(), later);
    this.#cleaner?.start();
    if (logFlushSchedulerIntervalMs !== undefined)
      this.#every('flush old records', logInitialTaskDelayMs, logFlushSchedulerIntervalMs, () => this.#flushOld());
  }

  /** Stops cleanly: syncs and closes all logs, writes the checkpoints and, in each directory where all that went well, the marker. */
  shutDown(epoch: BrokerEpoch): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const place of this.#places) {
      const logs = [...place.logs.values()];
      for (const step of this.#rules.stopSteps()) {
        if (place.directory.offline) break;
        this.#stopStep(step, place, logs, epoch);
      }
      for (const log of logs) log.close();
    }
    for (const { log } of this.#doubles) log.close();
  }

  /** Lets go of all files as they are: no sync, no marker. For a node that ends by its own error. */
  abandon(): void {
    this.#stopped = true;
    for (const log of this.#logs.values()) log.close();
    for (const { log } of this.#doubles) log.close();
  }

  #stopStep(step: StopStep, place: Place, logs: readonly PartitionLog[], epoch: BrokerEpoch): void {
    switch (step) {
      case 'flush':
        for (const log of logs) if (log.flush().ok) log.seal();
        return;
      case 'producers':
        for (const log of logs) log.snapshotProducers();
        return;
      case 'recoveryPoints':
        place.checkpoints.recoveryPoints(logs);
        return;
      case 'logStartOffsets':
        place.checkpoints.logStartOffsets(logs);
        return;
      case 'highWatermarks':
        place.checkpoints.highWatermarks(logs);
        return;
      case 'markers':
        place.checkpoints.marker(epoch);
        return;
      default:
        unreachable(step);
    }
  }

  #openDirectories(): Result<void, string> {
    for (const [name, disk] of this.#world.disks) {
      const opened = openDirectory(this.#world, this.#config, this.#rules, name, disk, (directory, error) => {
        this.#world.observe({ type: 'directoryFailed', directory: name, error });
        this.onDirectoryFailure(directory);
      });
      if (!opened.ok) return opened;
      const stored = opened.value;
      const checkpoints = new DirectoryCheckpoints(stored.directory);
      const context: LogContext = {
        world: this.#world,
        directory: stored.directory,
        rules: this.#rules,
        producerRules: this.#producerRules,
        flushes: this.flushes,
        producerIdExpirationMs: this.#config.producerIdExpirationMs,
        checkpoint: () => this.#checkpointNow(place),
        later: (name, delayMs, step) => this.#later(name, delayMs, step),
      };
      const place: Place = { directory: stored.directory, checkpoints, context, stored, logs: new Map() };
      this.#places.push(place);
    }
    if (this.#places.every((place) => place.directory.offline)) return failed(this.#noneWorks());
    this.#previousBrokerEpoch = this.#rules.previousBrokerEpoch(this.#places.map((place) => place.stored.marker));
    return done;
  }

  #noneWorks(): string {
    return `no log directory works: ${this.#places.map(({ directory }) => `${directory.name} ${directory.failure ?? ''}`).join(', ')}`;
  }

  #foldersToLoad(): readonly { readonly place: Place; readonly folder: string }[] {
    return this.#places.flatMap((place) => place.stored.folders.map((folder) => ({ place, folder })));
  }

  /** One step of one log, then the lane is free for others. */
  #loadNext(
    folders: readonly { readonly place: Place; readonly folder: string }[],
    index: number,
    loader: LogLoader | undefined,
    then: (result: Result<void, string>) => void,
  ): void {
    if (this.#stopped) return;
    const next = folders[index];
    if (next === undefined) {
      this.#each((place) => {
        if (hasLostSynced(place)) this.#checkpointNow(place);
      });
      then(this.#places.every((place) => place.directory.offline) ? failed(this.#noneWorks()) : done);
      return;
    }
    const current = loader ?? this.#loader(next.place, next.folder);
    const step = current.step();
    const ended = !step.ok || step.value !== undefined;
    if (step.ok && step.value !== undefined) this.#take(next.place, step.value);
    this.#world.on('background', () => this.#loadNext(folders, ended ? index + 1 : index, ended ? undefined : current, then));
  }

  #loader(place: Place, folder: string): LogLoader {
    const partition = folder as TopicPartition;
    const { stored, context } = place;
    return new LogLoader({
      context,
      partition,
      folder,
      config: this.#config.defaultLogConfig,
      cleanStop: stored.marker !== undefined,
      recoveryPoint: stored.recoveryPoints.get(partition) ?? nothing,
      logStartOffset: stored.logStartOffsets.get(partition) ?? nothing,
      highWatermark: stored.highWatermarks.get(partition) ?? nothing,
      cleanedTo: stored.cleanedOffsets.get(partition) ?? nothing,
    });
  }

  /** The first directory's counts until it is known which one is meant. */
  #take(place: Place, log: PartitionLog): void {
    if (this.#logs.has(log.partition)) {
      this.#doubles.push({ place, log });
      return;
    }
    this.#logs.set(log.partition, log);
    place.logs.set(log.partition, log);
  }

  /** What lies here under this name, what counts now before what does not. */
  #found(partition: TopicPartition): readonly Held[] {
    const log = this.#logs.get(partition);
    const place = log && this.#places.find(({ logs }) => logs.get(partition) === log);
    const doubles = this.#doubles.length === 0 ? this.#doubles : this.#doubles.filter((held) => held.log.partition === partition);
    return log === undefined || place === undefined ? doubles : [{ place, log }, ...doubles];
  }

  #adopt({ place, log }: Held, topicId: Uuid, config: LogConfig): Result<PartitionLog, ErrorCode> {
    if (log.topicId === zeroUuid) {
      const assigned = log.assignTopicId(topicId);
      if (!assigned.ok) return assigned;
    }
    log.config = config;
    if (this.#logs.get(log.partition) !== log) {
      this.#doubles = this.#doubles.filter((held) => held.log !== log);
      this.#take(place, log);
    }
    return ok(log);
  }

  /**
   * Forgets a log and renames its folder, durably; answers the new name. A stray is kept for ever, as Kafka does: it may be somebody's last copy.
   */
  #moveAway({ place, log }: Held, why: 'delete' | 'stray'): Result<string, ErrorCode> {
    const { partition } = log;
    const counted = this.#logs.get(partition) === log;
    if (counted) {
      this.#logs.delete(partition);
      place.logs.delete(partition);
    } else this.#doubles = this.#doubles.filter((held) => held.log !== log);
    log.close();
    if (place.directory.offline) return failed(ErrorCode.KAFKA_STORAGE_ERROR);
    const { disk } = place.directory;
    const suffix = `.${hex(randomUuid(this.#world, `${why === 'delete' ? 'deleted' : why} log ${partition}`))}-${why}`;
    const away = `${partition.slice(0, maxNameLength - suffix.length)}${suffix}`;
    const renamed = disk.rename(partition, away);
    if (!renamed.ok) return place.directory.fail(renamed.error);
    const synced = disk.syncDirectory('');
    if (!synced.ok) return place.directory.fail(synced.error);
    if (counted) this.#world.observe({ type: 'logRemoved', partition });
    return ok(away);
  }

  #make(place: Place, partition: TopicPartition, topicId: Uuid, config: LogConfig): Result<PartitionLog, ErrorCode> {
    const { context, directory } = place;
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

  /** After a truncation, before anything is appended again, and after a compaction. */
  #checkpointNow(place: Place): Result<void, ErrorCode> {
    const logs = [...place.logs.values()];
    const written = place.checkpoints.recoveryPoints(logs);
    const started = written.ok ? place.checkpoints.logStartOffsets(logs) : written;
    return started.ok ? place.checkpoints.cleanedOffsets(logs) : started;
  }

  #each(write: (place: Place) => void): void {
    for (const place of this.#places) if (!place.directory.offline) write(place);
  }

  #expireProducers(): void {
    const nowMs = this.#world.clock.wallMs();
    for (const log of this.#logs.values())
      if (log.producers.expire(nowMs)) this.#world.observe({ type: 'producersForgotten', partition: log.partition });
  }

  /** An error takes the directory offline, and its logs with it. */
  #deleteOld(): void {
    const nowMs = this.#world.clock.wallMs();
    for (const log of this.#logs.values()) if (!log.offline) log.deleteOldSegments(nowMs);
  }

  /** flush.ms, looked at once a tick as Kafka does. */
  #flushOld(): void {
    const nowMs = this.#world.clock.wallMs();
    for (const log of this.#logs.values())
      if (log.unsyncedSinceMs !== undefined && nowMs - log.unsyncedSinceMs >= log.config.flushMs) log.flushLater();
  }

  #every(name: string, delayMs: number, periodMs: number, step: () => void): void {
    this.#later(name, delayMs, () => {
      step();
      this.#every(name, periodMs, periodMs, step);
    });
  }

  #later(name: string, delayMs: number, step: () => void): void {
    this.#world.clock.after(name, delayMs, () => {
      this.#world.on('background', () => {
        if (!this.#stopped) step();
      });
    });
  }
}

/**
 * Does a log end below its checkpointed recovery point, as after a truncation that power cut short? What is appended next up to there is not
 * synced, so the checkpoint must be lowered first.
 */
function hasLostSynced(place: Place): boolean {
  for (const log of place.logs.values()) if (log.recoveryPoint < (place.stored.recoveryPoints.get(log.partition) ?? nothing)) return true;
  return false;
}

/** 32 hexadecimal digits, as the names of deleted folders hold them. */
function hex(id: Uuid): string {
  const bytes = new Uint8Array(16);
  uuidToBytes(id, bytes, 0);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
