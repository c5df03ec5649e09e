/**
 * What makes a log a future one: its folder has another name than it believes, and what it does is told to nobody, since it is no replica of anybody
 * yet. So a log needs not know whether it is a future one, and becomes the replica by the end of its disguise. Owns the names of such folders.
 * Source: KIP-113, UnifiedLog.logFutureDirName.
 */
import type { Disk } from '../../io/disk.ts';
import type { NodeEvent } from '../../io/node-event.ts';
import type { World } from '../../io/world.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { LogContext } from './log-directory.ts';

const futureFolder = /^(.+-\d+)\.[0-9a-f]{32}-future$/;
/** What follows the partition in the name of such a folder: a dot, 32 digits, the suffix. */
const suffixLength = 40;
/** The longest file name. */
export const maxNameLength = 255;

/** The partition whose future log lies in a folder of this name; undefined for any other folder. */
export const partitionOfFuture = (folder: string): TopicPartition | undefined => futureFolder.exec(folder)?.[1] as TopicPartition | undefined;

/** `uuid`: 32 hexadecimal digits. */
export const futureFolderOf = (partition: TopicPartition, uuid: string): string => `${partition}.${uuid}-future`;

/** Whether such a folder's name would be short enough for every file system (KAFKA-4893). */
export const mayHaveFuture = (partition: TopicPartition): boolean => partition.length + suffixLength <= maxNameLength;

export class Disguise {
  /** What the log works with. */
  readonly context: LogContext;
  readonly #partition: TopicPartition;
  readonly #world: World;
  #folder: string | undefined;
  /** Since when it knows of producers no more than their last batches: whoever relies on it as a replica's has to hear of that. */
  #rebuilt: NodeEvent | undefined;

  /** `folder`: the name that the log's folder really has. */
  constructor(context: LogContext, partition: TopicPartition, folder: string) {
    this.#partition = partition;
    this.#folder = folder;
    this.#world = context.world;
    this.context = { ...context, world: this.#quiet(context.world), directory: context.directory.through(this.#disk(context.directory.disk)) };
  }

  /** The folder's name while it is another one. */
  get folder(): string | undefined {
    return this.#folder;
  }

  /** The folder has the partition's name from now on, and the log is the replica. */
  end(): void {
    this.#folder = undefined;
    if (this.#rebuilt !== undefined) this.#world.observe(this.#rebuilt);
  }

  #quiet(world: World): World {
    return {
      clock: world.clock,
      network: world.network,
      random: world.random,
      disks: world.disks,
      on: (lane, step) => world.on(lane, step),
      observe: (event) => {
        if (this.#folder === undefined) world.observe(event);
        else if (event.type === 'producersRebuilt') this.#rebuilt = event;
      },
    };
  }

  #disk(disk: Disk): Disk {
    const real = (path: string): string => this.#real(path);
    return {
      open: (path, mode) => disk.open(real(path), mode),
      list: (path) => disk.list(real(path)),
      rename: (from, to) => disk.rename(real(from), real(to)),
      remove: (path) => disk.remove(real(path)),
      makeDirectory: (path) => disk.makeDirectory(real(path)),
      syncDirectory: (path) => disk.syncDirectory(real(path)),
      freeBytes: () => disk.freeBytes(),
    };
  }

  #real(path: string): string {
    if (this.#folder === undefined || !path.startsWith(this.#partition)) return path;
    const rest = path.slice(this.#partition.length);
    return rest === '' || rest.startsWith('/') ? this.#folder + rest : path;
  }
}
