/**
 * All logs of one node: opens them at the start, makes and removes them, writes the checkpoints, and stops cleanly. Owns what lies in a log
 * directory beside the partitions' folders. Which partitions this node should have is the broker's to know. Source: Kafka's LogManager.
 */
import type { DiskError } from '../../io/disk.ts';
import type { World } from '../../io/world.ts';
import { type BrokerEpoch, type BrokerId, brokerEpoch, offset } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { unreachable } from '../../model/invariant.ts';
import { done, failed, ok, type Result } from '../../model/result.ts';
import { type TopicPartition, topicPartition } from '../../model/topic-partition.ts';
import { type Uuid, zeroUuid } from '../../model/uuid.ts';
import type { LogRules, StopStep } from '../rules/log.ts';
import type { ProducerRules } from '../rules/producer.ts';
import { DirectoryCheckpoints } from './directory-checkpoints.ts';
import { openDirectory, randomUuid, type StoredDirectory } from './directory-loader.ts';
import { Disguise, futureFolderOf, partitionOfFuture } from './disguise.ts';
import { removeFolder } from './files.ts';
import { type FutureLog, FutureLogs } from './future-logs.ts';
import { LogCleaner } from './log-cleaner.ts';
import type { LogConfig, LogManagerConfig } from './log-config.ts';
import type { FlushStats, LogContext, LogDirectory } from './log-directory.ts';
import { awayName, hex, makeLog, renameFolder } from './log-folders.ts';
import { LogLoader } from './log-loader.ts';
import type { PartitionLog } from './partition-log.ts';
import { type Promotion, promotionStep } from './promotion.ts';

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
  /** Those that will be replicas here. */
  readonly futures: readonly PartitionLog[];
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

/** A folder of a log, in which directory; `disguise`: that of a future log. */
interface FoundFolder {
  readonly place: Place;
  readonly folder: string;
  readonly partition: TopicPartition;
  readonly disguise: Disguise | undefined;
}

const metadataLog = topicPartition('__cluster_metadata', 0);
const nothing = offset(0);

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
  /** Partitions with several logs, of which it is not told yet that one was opened. */
  #undecided = new Set<TopicPartition>();
  readonly #futures = new FutureLogs<Place>();
  /** The directories in which replicas are to be made that are not there yet. */
  readonly #preferred = new Map<TopicPartition, string>();
  /** Others have taken their places; they may still be read. */
  readonly #retired = new Set<PartitionLog>();
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
    return this.#places.map((place) => ({
      directory: place.directory,
      usableBytes: place.directory.offline ? -1 : place.directory.disk.freeBytes(),
      logs: place.directory.offline ? [] : [...place.logs.values()],
      futures: place.directory.offline ? [] : this.#futures.in(place),
    }));
  }

  /**
   * The log of a partition: the one that the metadata means (`assigned` is its directory, zero for none), made when there is none. What else lies here
   * under that name is set aside. KAFKA_STORAGE_ERROR when its directory is offline, or may be.
   */
  create(partition: TopicPartition, topicId: Uuid, config: LogConfig, assigned: Uuid = zeroUuid): Result<PartitionLog, ErrorCode> {
    const found = this.#found(partition);
    const futures = this.#futures.of(partition).filter(({ place, log }) => log.topicId === topicId && !place.directory.offline);
    const preferred = this.#preferred.get(partition);
    const choice = this.#rules.chooseLog({
      topicId,
      assigned,
      directories: this.#places.map(({ directory, logs }) => ({ id: directory.id, offline: directory.offline, logs: logs.size })),
      found: found.map(({ place, log }) => ({ topicId: log.topicId, directory: this.#places.indexOf(place) })),
      futures: futures.map(({ place }) => this.#places.indexOf(place)),
      preferred: preferred === undefined ? -1 : this.#places.findIndex(({ directory }) => directory.name === preferred),
    });
    if (choice.type === 'wait') return failed(ErrorCode.KAFKA_STORAGE_ERROR);
    const chosen = choice.type === 'use' ? found[choice.log] : undefined;
    for (const held of found) if (held !== chosen) this.#moveAway(held, 'stray', chosen === undefined);
    const place = choice.type === 'use' ? chosen?.place : this.#places[choice.directory];
    if (place === undefined || place.directory.offline) return failed(ErrorCode.KAFKA_STORAGE_ERROR);
    const promoted = choice.type === 'promote' ? futures.find((future) => future.place === place) : undefined;
    this.#keepOneFuture(partition, topicId, place, promoted);
    if (chosen !== undefined) return this.#adopt(chosen, topicId, config);
    if (promoted !== undefined) return this.#promote(promoted, undefined, config);
    const made = makeLog(place.context, partition, topicId, config);
    if (made.ok) this.#take(place, made.value);
    if (made.ok) this.#preferred.delete(partition);
    return made;
  }

  /** A replica that is not here yet is made in this directory, if it works then. */
  prefer(partition: TopicPartition, directory: string): void {
    this.#preferred.set(partition, directory);
  }

  /** What is to take the place of the partition's log. */
  future(partition: TopicPartition): PartitionLog | undefined {
    return this.#futures.of(partition)[0]?.log;
  }

  /** Makes an empty one beside the partition's log, in a directory that works. */
  createFuture(current: PartitionLog, directory: string): Result<PartitionLog, ErrorCode> {
    const { partition, topicId, config } = current;
    const place = this.#places.find((each) => each.directory.name === directory);
    if (place === undefined || place.directory.offline) return failed(ErrorCode.KAFKA_STORAGE_ERROR);
    const disguise = new Disguise(place.context, partition, futureFolderOf(partition, hex(randomUuid(this.#world, `future log ${partition}`))));
    const made = makeLog(disguise.context, partition, topicId, config);
    if (!made.ok) return made;
    this.#futures.add({ place, log: made.value, disguise });
    this.#preferred.delete(partition);
    return made;
  }

  /** Takes the future log away, as `remove` does another one; nothing where there is none. */
  removeFuture(partition: TopicPartition): void {
    for (const future of this.#futures.of(partition)) this.#removeFuture(future, 'delete');
  }

  /**
   * The future log takes the place of the partition's log, and is it from now on, also where its directory fails right after that: then it is offline.
   * An error is that of its own directory: nothing has changed then.
   */
  promote(partition: TopicPartition): Result<PartitionLog, ErrorCode> {
    const [current] = this.#found(partition);
    const [future] = this.#futures.of(partition);
    return current === undefined || future === undefined ? failed(ErrorCode.KAFKA_STORAGE_ERROR) : this.#promote(future, current, current.log.config);
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
    for (const future of this.#futures.all) {
      const { topicId, partition } = future.log;
      if (this.#rules.isStray(topicId, replicas(topicId, partition), broker)) this.#removeFuture(future, 'stray');
    }
  }

  /** Takes a log away: its folder is renamed at once, durably, and removed after file.delete.delay.ms. */
  remove(partition: TopicPartition): Result<void, ErrorCode> {
    const held = this.#found(partition)[0];
    if (held === undefined) return failed(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    const away = this.#moveAway(held, 'delete');
    if (!away.ok) return away;
    this.#deleteLater(held.place.directory, partition, away.value);
    return done;
  }

  /** Begins the periodic checkpoints and, where configured, the flush of old records; called once, after load. */
  start(): void {
    const { logFlushOffsetCheckpointIntervalMs, logFlushStartOffsetCheckpointIntervalMs, replicaHighWatermarkCheckpointIntervalMs } = this.#config;
    const { logFlushSchedulerIntervalMs, logInitialTaskDelayMs } = this.#config;
    this.#every('checkpoint high watermarks', replicaHighWatermarkCheckpointIntervalMs, replicaHighWatermarkCheckpointIntervalMs, () =>
      this.#each((place) => place.checkpoints.highWatermarks(this.#logsIn(place))),
    );
    this.#every('checkpoint recovery points', logInitialTaskDelayMs, logFlushOffsetCheckpointIntervalMs, () =>
      this.#each((place) => place.checkpoints.recoveryPoints(this.#logsIn(place))),
    );
    this.#every('checkpoint log starts', logInitialTaskDelayMs, logFlushStartOffsetCheckpointIntervalMs, () =>
      this.#each((place) => place.checkpoints.logStartOffsets(this.#logsIn(place))),
    );
    this.#every('retention', logInitialTaskDelayMs, this.#config.logRetentionCheckIntervalMs, () => this.#deleteOld());
    const { producerIdExpirationCheckIntervalMs: expiryMs } = this.#config;
    this.#every('expire producers', expiryMs, expiryMs, () => this.#expireProducers());
    const { cleaner } = this.#config;
    const later = (delayMs: number, step: () => void) => this.#later('log cleaner', delayMs, step);
    if (cleaner !== undefined) this.#cleaner = new LogCleaner(this.#world, cleaner, () => this.#cleanable(), later);
    this.#cleaner?.start();
    if (logFlushSchedulerIntervalMs !== undefined)
      this.#every('flush old records', logInitialTaskDelayMs, logFlushSchedulerIntervalMs, () => this.#flushOld());
  }

  /** Stops cleanly: syncs and closes all logs, writes the checkpoints and, in each directory where all that went well, the marker. */
  shutDown(epoch: BrokerEpoch): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const place of this.#places) {
      const logs = this.#logsIn(place);
      for (const step of this.#rules.stopSteps()) {
        if (place.directory.offline) break;
        this.#stopStep(step, place, logs, epoch);
      }
      for (const log of logs) log.close();
    }
    this.#closeRest();
  }

  /** Lets go of all files as they are: no sync, no marker. For a node that ends by its own error. */
  abandon(): void {
    this.#stopped = true;
    for (const log of this.#logs.values()) log.close();
    this.#closeRest();
  }

  #closeRest(): void {
    for (const { log } of this.#doubles) log.close();
    for (const { log } of this.#futures.all) log.close();
    for (const log of this.#retired) log.close();
  }

  /** With those that will be replicas. */
  #logsIn(place: Place): readonly PartitionLog[] {
    return [...place.logs.values(), ...this.#futures.in(place)];
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

  #foldersToLoad(): readonly FoundFolder[] {
    const found = this.#places.flatMap((place) =>
      place.stored.folders.map((folder): FoundFolder => {
        const future = partitionOfFuture(folder);
        if (future === undefined) return { place, folder, partition: folder as TopicPartition, disguise: undefined };
        return { place, folder, partition: future, disguise: new Disguise(place.context, future, folder) };
      }),
    );
    const seen = new Set<TopicPartition>();
    for (const { partition, disguise } of found) {
      if (disguise !== undefined) continue;
      if (seen.has(partition)) this.#undecided.add(partition);
      seen.add(partition);
    }
    return found;
  }

  /** One step of one log, then the lane is free for others. */
  #loadNext(folders: readonly FoundFolder[], index: number, loader: LogLoader | undefined, then: (result: Result<void, string>) => void): void {
    if (this.#stopped) return;
    const next = folders[index];
    if (next === undefined) {
      this.#each((place) => {
        if (hasLostSynced(place, this.#logsIn(place))) this.#checkpointNow(place);
      });
      then(this.#places.every((place) => place.directory.offline) ? failed(this.#noneWorks()) : done);
      return;
    }
    const current = loader ?? this.#loader(next);
    const step = current.step();
    const ended = !step.ok || step.value !== undefined;
    if (step.ok && step.value !== undefined) this.#loaded(next, step.value);
    this.#world.on('background', () => this.#loadNext(folders, ended ? index + 1 : index, ended ? undefined : current, then));
  }

  #loader({ place: { stored, context }, partition, disguise }: FoundFolder): LogLoader {
    return new LogLoader({
      context: disguise?.context ?? context,
      partition,
      folder: partition,
      config: this.#config.defaultLogConfig,
      cleanStop: stored.marker !== undefined,
      recoveryPoint: stored.recoveryPoints.get(partition) ?? nothing,
      logStartOffset: stored.logStartOffsets.get(partition) ?? nothing,
      highWatermark: stored.highWatermarks.get(partition) ?? nothing,
      cleanedTo: stored.cleanedOffsets.get(partition) ?? nothing,
    });
  }

  #loaded({ place, partition, disguise }: FoundFolder, log: PartitionLog): void {
    if (disguise !== undefined) {
      this.#futures.add({ place, log, disguise });
      return;
    }
    if (!this.#undecided.has(partition)) this.#tellRecovered(place, log);
    this.#take(place, log);
  }

  /** This is what came back of the replica. */
  #tellRecovered({ stored }: Place, { partition, logStartOffset, logEndOffset, highWatermark }: PartitionLog): void {
    const clean = stored.marker !== undefined;
    this.#world.observe({ type: 'recovered', partition, logStart: logStartOffset, logEnd: logEndOffset, highWatermark, clean });
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
    if (this.#undecided.delete(log.partition)) this.#tellRecovered(place, log);
    if (this.#logs.get(log.partition) !== log) {
      this.#doubles = this.#doubles.filter((held) => held.log !== log);
      this.#take(place, log);
    }
    return ok(log);
  }

  /**
   * Forgets a log and renames its folder, durably; answers the new name. A stray is kept for ever, as Kafka does: it may be somebody's last copy.
   * `told`: the replica is gone with it.
   */
  #moveAway({ place, log }: Held, why: 'delete' | 'stray', told = true): Result<string, ErrorCode> {
    const { partition } = log;
    const counted = this.#logs.get(partition) === log;
    if (counted) {
      this.#logs.delete(partition);
      place.logs.delete(partition);
    } else this.#doubles = this.#doubles.filter((held) => held.log !== log);
    log.close();
    if (place.directory.offline) return failed(ErrorCode.KAFKA_STORAGE_ERROR);
    const away = awayName(this.#world, partition, why);
    const renamed = renameFolder(place.directory, partition, away);
    if (!renamed.ok) return renamed;
    if (counted && told) this.#world.observe({ type: 'logRemoved', partition });
    // What lies here next under this name has synced nothing yet.
    const written = this.#checkpointNow(place);
    return written.ok ? ok(away) : written;
  }

  #deleteLater(directory: LogDirectory, partition: TopicPartition, folder: string, log?: PartitionLog): void {
    this.#later(`delete ${partition}`, this.#config.fileDeleteDelayMs, () => {
      log?.close();
      if (log !== undefined) this.#retired.delete(log);
      const removed = directory.offline ? done : removeFolder(directory.disk, folder);
      if (!removed.ok) directory.fail(removed.error);
    });
  }

  /** What was copied for another topic, to where the replica lies anyway, or a second time, is of no use. */
  #keepOneFuture(partition: TopicPartition, topicId: Uuid, current: Place, promoted: FutureLog<Place> | undefined): void {
    let kept = promoted;
    for (const future of this.#futures.of(partition)) {
      const { place, log } = future;
      if (future === kept) continue;
      if (kept === undefined && log.topicId === topicId && place !== current && !place.directory.offline) kept = future;
      else this.#removeFuture(future, 'delete');
    }
  }

  #removeFuture(future: FutureLog<Place>, why: 'delete' | 'stray'): void {
    const { place, log, disguise } = future;
    this.#futures.delete(future);
    log.close();
    if (place.directory.offline || disguise.folder === undefined) return;
    const away = awayName(this.#world, log.partition, why);
    const renamed = renameFolder(place.directory, disguise.folder, away);
    if (renamed.ok && this.#checkpointNow(place).ok && why === 'delete') this.#deleteLater(place.directory, log.partition, away);
  }

  /** An error is that of its own directory, which failed before it had the name; what fails later is the old directory, of which nothing depends. */
  #promote(future: FutureLog<Place>, current: Held | undefined, config: LogConfig): Result<PartitionLog, ErrorCode> {
    const { place, log, disguise } = future;
    const { partition } = log;
    const promotion: Promotion = {
      world: this.#world,
      future: { log, directory: place.directory, disguise },
      current: current && { log: current.log, directory: current.place.directory },
      took: () => {
        this.#futures.delete(future);
        current?.place.logs.delete(partition);
        this.#logs.delete(partition);
        this.#take(place, log);
        if (current !== undefined) this.#retired.add(current.log);
      },
      retired: (folder) => this.#deleteLater((current?.place ?? place).directory, partition, folder, current?.log),
      checkpoint: () => {
        if (current?.place.directory.offline === false) this.#checkpointNow(current.place);
        return this.#checkpointNow(place);
      },
    };
    for (const step of this.#rules.moves.promotionSteps()) {
      const taken = promotionStep(step, promotion);
      if (taken.ok || !place.directory.offline) continue;
      return this.#logs.get(partition) === log ? ok(log) : taken;
    }
    log.config = config;
    if (current === undefined) this.#tellRecovered(place, log);
    this.#world.observe({ type: 'synced', partition, to: log.recoveryPoint });
    this.#world.observe({ type: 'replicaMoved', partition, directory: place.directory.name });
    return ok(log);
  }

  /** A log that is being copied stays as it is meanwhile. */
  *#cleanable(): IterableIterator<PartitionLog> {
    for (const log of this.#logs.values()) if (this.#futures.of(log.partition).length === 0) yield log;
  }

  /** After a truncation, before anything is appended again, and after a compaction. */
  #checkpointNow(place: Place): Result<void, ErrorCode> {
    const logs = this.#logsIn(place);
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
function hasLostSynced(place: Place, logs: readonly PartitionLog[]): boolean {
  for (const log of logs) if (log.recoveryPoint < (place.stored.recoveryPoints.get(log.partition) ?? nothing)) return true;
  return false;
}
