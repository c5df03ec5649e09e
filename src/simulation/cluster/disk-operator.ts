/**
 * Breaks the disks of nodes, and looks after nodes that gave up over one, as an operator does: once the disk works again the node is started, over
 * an empty disk where what rots is still there. Owns which disk faults are in force on which node; what they do is the virtual disk's.
 */
import { type DiskCallKind, failCalls, fillDisks, shortenCalls, stallSyncs } from '../../io/virtual/disk-faults.ts';
import type { Simulator } from '../../io/virtual/simulator.ts';
import type { Rot, VirtualDisk } from '../../io/virtual/virtual-disk.ts';
import type { VirtualHost } from '../../io/virtual/virtual-host.ts';
import { splitTopicPartition, type TopicPartition, topicPartition } from '../../model/topic-partition.ts';
import { batchBytesAt, batchHeaderBytes } from '../../protocol/records/batch-header.ts';

export type RottingFile = 'batch' | 'index' | 'checkpoint';

/** What the operator has of the cluster. */
export interface OperatedCluster {
  readonly simulator: Simulator;
  host(node: string): VirtualHost;
  crash(node: string): void;
  restart(node: string): void;
  /** Empties a disk of a node that is down, on which these lay. */
  wipe(node: string, disk: string, partitions: ReadonlySet<TopicPartition>): void;
  /** What a partition's replica holds (undefined: what all of them hold) is not what was written, or is again. */
  damaged(node: string, partition: TopicPartition | undefined, isDamaged: boolean): void;
}

interface Ward {
  /** How many disk faults are in force. */
  faults: number;
  /** Its process ended because of its disk, and was not started since. */
  gaveUp: boolean;
  /** It goes on without one of its log directories, until it is started again. */
  limps: boolean;
  /** What has to be emptied before it can start. */
  readonly rotten: Set<string>;
  /** What rots, one entry for each fault. */
  rotting: readonly Rotting[];
}

interface Rotting {
  /** Whose files; undefined for those of all. */
  readonly partition: TopicPartition | undefined;
  readonly disk: string;
}

/** Which log directory's disk a fault strikes, from 0; all of the node's where it is not said. */
export interface Struck {
  readonly logDir?: number;
}

interface Healable {
  heal(): void;
}

/** A disk that failed after its fault was over, by a call that was under way, is looked after so much later. */
const lookUs = 1_000_000;
/** Where in a batch its length, its leader epoch and its magic stand. */
const [lengthFrom, epochFrom, magicAtByte] = [8, 12, 16];
const suffixes = { batch: /\.log$/, index: /\.(index|timeindex)$/, checkpoint: /(checkpoint|\.snapshot|partition\.metadata)$/ } as const;

export class DiskOperator {
  readonly #cluster: OperatedCluster;
  readonly #wards = new Map<string, Ward>();

  constructor(cluster: OperatedCluster) {
    this.#cluster = cluster;
  }

  /** The process of a node ended itself. */
  gaveUp(node: string): void {
    const ward = this.#wards.get(node);
    // Nothing was done to its disk: nobody knows why, and nobody starts it.
    if (ward === undefined) return;
    ward.gaveUp = true;
    this.#lookLater(node, ward);
  }

  /** One of its log directories is offline; a node with no other one ends. */
  directoryFailed(node: string): void {
    const ward = this.#wards.get(node);
    if (ward === undefined || this.#cluster.host(node).diskNames.length === 1) return;
    ward.limps = true;
    this.#lookLater(node, ward);
  }

  started(node: string): void {
    const ward = this.#wards.get(node);
    if (ward === undefined) return;
    ward.gaveUp = false;
    ward.limps = false;
  }

  failDisk(node: string, { calls, nthCall, logDir }: Struck & { readonly calls: DiskCallKind; readonly nthCall: number | null }): Healable {
    return this.#inForce(node, failCalls(this.#cluster.host(node), calls, nthCall, this.#disk(node, logDir)));
  }
  fillDisk(node: string, { freeBytes, logDir }: Struck & { readonly freeBytes: number }): Healable {
    return this.#inForce(node, fillDisks(this.#cluster.host(node), freeBytes, this.#disk(node, logDir)));
  }
  shortenIo(node: string, { logDir }: Struck): Healable {
    return this.#inForce(node, shortenCalls(this.#cluster.host(node), this.#disk(node, logDir)));
  }
  stallSyncs(node: string, { logDir }: Struck): Healable {
    return this.#inForce(node, stallSyncs(this.#cluster.host(node), this.#disk(node, logDir)));
  }

  /** The way to let a bit rot; undefined while there is none of that kind. */
  rotBit(
    node: string,
    { file, partition }: { readonly file: RottingFile; readonly partition: TopicPartition | undefined },
  ): (() => Healable) | undefined {
    const host = this.#cluster.host(node);
    const found = host.diskNames.flatMap((name) => {
      const disk = host.disk(name);
      return disk.files().flatMap((path) => (mayRot(disk, path, file, partition) ? [{ name, path }] : []));
    });
    const chosen = found[found.length === 0 ? 0 : host.drawBelow('bit rot', found.length)];
    return chosen && (() => this.#rot(node, host, chosen.name, chosen.path));
  }

  #rot(node: string, host: VirtualHost, name: string, path: string): Healable {
    const disk = host.disk(name);
    const bytes = disk.contents(path) ?? new Uint8Array(0);
    const drawn = host.drawBelow('bit rot', bytes.length);
    const at = suffixes.batch.test(path) ? underChecksum(bytes, drawn) : drawn;
    const bit = suffixes.checkpoint.test(path) && !path.endsWith('.snapshot') ? 7 : host.drawBelow('bit rot', 8);
    const rot = disk.flipBit(path, at, bit);
    const partition = partitionOf(path) ?? futureOf(path);
    const life = host.incarnation;
    const place = { partition, disk: name };
    const ward = this.#ward(node);
    ward.rotting = [...ward.rotting, place];
    this.#cluster.damaged(node, partition, true);
    return this.#inForce(node, { heal: () => this.#endRot(node, rot, place, host.incarnation === life) });
  }

  /** `sameLife`: what runs has read nothing into its memory since that may be wrong. */
  #endRot(node: string, rot: Rot | undefined, place: Rotting, sameLife: boolean): void {
    const ward = this.#ward(node);
    if ((ward.gaveUp || ward.limps) && rot?.isThere === true) {
      ward.rotten.add(place.disk);
      return;
    }
    rot?.repair();
    this.#endDamage(node, ward, place);
    if (sameLife || !this.#cluster.host(node).up) return;
    this.#cluster.crash(node);
    this.#cluster.restart(node);
  }

  #endDamage(node: string, ward: Ward, place: Rotting): void {
    ward.rotting = ward.rotting.filter((each) => each !== place);
    this.#cluster.damaged(node, place.partition, false);
    for (const { partition } of ward.rotting) this.#cluster.damaged(node, partition, true);
  }

  #inForce(node: string, broken: Healable): Healable {
    const ward = this.#ward(node);
    ward.faults++;
    let over = false;
    return {
      heal: () => {
        if (over) return;
        over = true;
        broken.heal();
        ward.faults--;
        this.#look(node, ward);
      },
    };
  }

  #look(node: string, ward: Ward): void {
    if (!(ward.gaveUp || ward.limps) || ward.faults > 0) return;
    this.#cluster.crash(node);
    const host = this.#cluster.host(node);
    for (const name of ward.rotten) this.#cluster.wipe(node, name, partitionsOn(host.disk(name)));
    const gone = ward.rotting.filter(({ disk }) => ward.rotten.has(disk));
    for (const place of gone) this.#endDamage(node, ward, place);
    ward.rotten.clear();
    this.#cluster.restart(node);
  }

  #lookLater(node: string, ward: Ward): void {
    const { simulator } = this.#cluster;
    if (ward.faults === 0) simulator.at(simulator.nowUs + lookUs, `${node} is looked after`, () => this.#look(node, ward));
  }

  #disk(node: string, logDir: number | undefined): string | undefined {
    return logDir === undefined ? undefined : this.#cluster.host(node).diskNames[logDir];
  }

  #ward(node: string): Ward {
    let ward = this.#wards.get(node);
    if (ward === undefined) {
      ward = { faults: 0, gaveUp: false, limps: false, rotten: new Set(), rotting: [] };
      this.#wards.set(node, ward);
    }
    return ward;
  }
}

/** Whose folders lie on a disk. */
function partitionsOn(disk: VirtualDisk): ReadonlySet<TopicPartition> {
  const partitions = new Set<TopicPartition>();
  for (const path of disk.files()) {
    const partition = partitionOf(path);
    if (partition !== undefined) partitions.add(partition);
  }
  return partitions;
}

function mayRot(disk: VirtualDisk, path: string, file: RottingFile, partition: TopicPartition | undefined): boolean {
  if (!suffixes[file].test(path) || (partition !== undefined && !path.startsWith(`${partition}/`))) return false;
  return (disk.contents(path)?.length ?? 0) > 0;
}

/** Whose folder a path leads into; undefined for what stands beside the folders. */
function partitionOf(path: string): TopicPartition | undefined {
  const folder = /^(.+-\d+)\//.exec(path)?.[1];
  if (folder === undefined) return undefined;
  const { topic, index } = splitTopicPartition(folder as TopicPartition);
  return topicPartition(topic, index);
}

/** Whose replica a path will belong to, when it has moved. */
function futureOf(path: string): TopicPartition | undefined {
  const folder = path.slice(0, path.indexOf('/') + 1);
  return partitionOf(folder.replace(/\.[0-9a-f]{32}-future\/$/, '/'));
}

/**
 * The byte drawn, or one further on where that belongs to a batch's base offset or leader epoch: Kafka's checksum covers neither, so that what rots there
 * is found only where something else is known to compare it with.
 */
function underChecksum(bytes: Uint8Array, drawn: number): number {
  let at = 0;
  while (at + batchHeaderBytes <= bytes.length && at + batchBytesAt(bytes, at) <= drawn) at += Math.max(batchHeaderBytes, batchBytesAt(bytes, at));
  const within = drawn - at;
  return within < lengthFrom || (within >= epochFrom && within < magicAtByte) ? Math.min(at + magicAtByte + within, bytes.length - 1) : drawn;
}
