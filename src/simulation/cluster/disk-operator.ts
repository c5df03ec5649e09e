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
  /** Empties the disks of a node that is down. */
  wipe(node: string): void;
  /** What a partition's replica holds (undefined: what all of them hold) is not what was written, or is again. */
  damaged(node: string, partition: TopicPartition | undefined, isDamaged: boolean): void;
}

interface Ward {
  /** How many disk faults are in force. */
  faults: number;
  /** Its process ended because of its disk, and was not started since. */
  gaveUp: boolean;
  /** It has to be emptied before it can start. */
  rotten: boolean;
  /** What rots, one entry for each fault: whose files, or (undefined) those of all. */
  rotting: { readonly partition: TopicPartition | undefined }[];
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
    const { simulator } = this.#cluster;
    if (ward.faults === 0) simulator.at(simulator.nowUs + lookUs, `${node} is looked after`, () => this.#look(node, ward));
  }

  started(node: string): void {
    const ward = this.#wards.get(node);
    if (ward !== undefined) ward.gaveUp = false;
  }

  failDisk(node: string, { calls, nthCall }: { readonly calls: DiskCallKind; readonly nthCall: number | null }): Healable {
    return this.#inForce(node, failCalls(this.#cluster.host(node), calls, nthCall));
  }
  fillDisk(node: string, { freeBytes }: { readonly freeBytes: number }): Healable {
    return this.#inForce(node, fillDisks(this.#cluster.host(node), freeBytes));
  }
  shortenIo(node: string): Healable {
    return this.#inForce(node, shortenCalls(this.#cluster.host(node)));
  }
  stallSyncs(node: string): Healable {
    return this.#inForce(node, stallSyncs(this.#cluster.host(node)));
  }

  /** The way to let a bit rot; undefined while there is none of that kind. */
  rotBit(
    node: string,
    { file, partition }: { readonly file: RottingFile; readonly partition: TopicPartition | undefined },
  ): (() => Healable) | undefined {
    const host = this.#cluster.host(node);
    const disks = host.diskNames.map((name) => host.disk(name));
    const found = disks.flatMap((disk) => disk.files().flatMap((path) => (mayRot(disk, path, file, partition) ? [{ disk, path }] : [])));
    const chosen = found[found.length === 0 ? 0 : host.drawBelow('bit rot', found.length)];
    return chosen && (() => this.#rot(node, host, chosen.disk, chosen.path));
  }

  #rot(node: string, host: VirtualHost, disk: VirtualDisk, path: string): Healable {
    const bytes = disk.contents(path) ?? new Uint8Array(0);
    const drawn = host.drawBelow('bit rot', bytes.length);
    const at = suffixes.batch.test(path) ? underChecksum(bytes, drawn) : drawn;
    const bit = suffixes.checkpoint.test(path) && !path.endsWith('.snapshot') ? 7 : host.drawBelow('bit rot', 8);
    const rot = disk.flipBit(path, at, bit);
    const partition = partitionOf(path);
    const life = host.incarnation;
    const place = { partition };
    this.#ward(node).rotting.push(place);
    this.#cluster.damaged(node, partition, true);
    return this.#inForce(node, { heal: () => this.#endRot(node, rot, place, host.incarnation === life) });
  }

  /** `sameLife`: what runs has read nothing into its memory since that may be wrong. */
  #endRot(node: string, rot: Rot | undefined, place: Ward['rotting'][number], sameLife: boolean): void {
    const ward = this.#ward(node);
    if (ward.gaveUp && rot?.isThere === true) {
      ward.rotten = true;
      return;
    }
    rot?.repair();
    ward.rotting = ward.rotting.filter((each) => each !== place);
    this.#cluster.damaged(node, place.partition, false);
    for (const { partition } of ward.rotting) this.#cluster.damaged(node, partition, true);
    if (sameLife || !this.#cluster.host(node).up) return;
    this.#cluster.crash(node);
    this.#cluster.restart(node);
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
    if (!ward.gaveUp || ward.faults > 0) return;
    if (ward.rotten) {
      this.#cluster.wipe(node);
      ward.rotting = [];
    }
    ward.rotten = false;
    this.#cluster.restart(node);
  }

  #ward(node: string): Ward {
    let ward = this.#wards.get(node);
    if (ward === undefined) {
      ward = { faults: 0, gaveUp: false, rotten: false, rotting: [] };
      this.#wards.set(node, ward);
    }
    return ward;
  }
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
