/**
 * The group coordinator of one broker: a shard for each partition of `__consumer_offsets` that it leads.
 * Owns which groups belong here, and the loading and giving up of shards as leadership moves; requests are broker/api's, groups the shards'.
 * Classic groups only: transactional offset commits and the groups of KIP-848 are not served. Source: GroupCoordinatorService,
 * CoordinatorRuntime.
 */
import type { Timer } from '../../../io/clock.ts';
import type { World } from '../../../io/world.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import { failed, ok, type Result } from '../../../model/result.ts';
import type { BrokerConfig } from '../../config/broker-config.ts';
import type { MetadataDelta, MetadataImage } from '../../metadata/metadata-image.ts';
import type { Partition } from '../../replication/partition.ts';
import type { GroupRules } from '../../rules/group.ts';
import { GroupShard } from './shard.ts';
import { expireOffsets, forgetTopics } from './shard-offsets.ts';

export const offsetsTopic = '__consumer_offsets';

/** The partitions of this broker. */
export interface HeldPartitions {
  byName(topic: string, index: number): Partition | undefined;
  storageFailed(partition: Partition): void;
}

export interface GroupCoordinatorOptions {
  readonly world: World;
  readonly config: BrokerConfig;
  readonly rules: GroupRules;
  readonly image: MetadataImage;
  readonly partitions: HeldPartitions;
}

export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions;
  readonly #shards = new Map<number, GroupShard>();
  /** Partitions whose leadership waits to be looked at. */
  readonly #elections = new Set<Partition>();
  #expiry: Timer | undefined;
  #closed = false;

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#expireLater();
  }

  /** The partition that a group belongs to; undefined while the topic does not exist. */
  partitionOf(groupId: string): number | undefined {
    const count = this.#options.image.topicByName(offsetsTopic)?.partitions.length;
    return count === undefined ? undefined : partitionFor(groupId, count);
  }

  /** Where the group's requests are served on this broker, or what they are told. */
  shardOf(groupId: string): Result<GroupShard, ErrorCode> {
    const index = this.partitionOf(groupId);
    return index === undefined ? failed(ErrorCode.NOT_COORDINATOR) : this.#serving(index);
  }

  /** Every shard that is served here, or COORDINATOR_LOAD_IN_PROGRESS when one is still being loaded. */
  allShards(): Result<readonly GroupShard[], ErrorCode> {
    const all: GroupShard[] = [];
    const count = this.#options.image.topicByName(offsetsTopic)?.partitions.length ?? 0;
    for (let index = 0; index < count; index++) {
      const shard = this.#serving(index);
      if (shard.ok) all.push(shard.value);
      else if (shard.error !== ErrorCode.NOT_COORDINATOR) return shard;
    }
    return ok(all);
  }

  /** A partition of the topic changed: leadership came or went, or the high watermark moved. */
  look(partition: Partition): void {
    if (this.#closed) return;
    const held = this.#shards.get(partition.index);
    if (held?.options.partition === partition) held.advance();
    if (this.#electionStep(partition, held) === 'keep' || this.#elections.has(partition)) return;
    // Shards are loaded and given up where requests are served, and so after what waits there (GroupCoordinatorService.onElection, onResignation).
    this.#elections.add(partition);
    this.#options.world.on('requests', () => {
      this.#elections.delete(partition);
      if (!this.#closed) this.#elect(partition);
    });
  }

  #electionStep(partition: Partition, held: GroupShard | undefined): ReturnType<GroupRules['electionStep']> {
    const { rules } = this.#options;
    // The topic was deleted and made anew: the last word of the old partition must not end the new one's shard.
    if (held !== undefined && held.options.partition !== partition) return partition.leader === undefined ? 'keep' : 'reload';
    return rules.electionStep(held?.epoch, partition.leader?.epoch);
  }

  #elect(partition: Partition): void {
    const held = this.#shards.get(partition.index);
    const step = this.#electionStep(partition, held);
    if (held !== undefined && (step === 'unload' || step === 'reload')) this.#unload(held);
    if (step === 'load' || step === 'reload') this.#load(partition);
  }

  /** Offsets of deleted topics go with them. */
  apply(delta: MetadataDelta): void {
    if (this.#closed || delta.topicsDeleted.length === 0) return;
    const topics = new Set(delta.topicsDeleted.map(({ name }) => name));
    // In a step of its own: writing is the business of the lane that serves requests.
    this.#options.world.on('requests', () => {
      for (const shard of this.#shards.values()) if (!this.#closed && shard.phase === 'active') forgetTopics(shard, topics);
    });
  }

  /** Answers whoever waits; nothing is served any more. */
  close(): void {
    this.#closed = true;
    this.#expiry?.cancel();
    for (const shard of this.#shards.values()) shard.close();
    this.#shards.clear();
  }

  #serving(index: number): Result<GroupShard, ErrorCode> {
    const { rules, partitions } = this.#options;
    const held = this.#shards.get(index);
    const error = this.#closed
      ? ErrorCode.COORDINATOR_NOT_AVAILABLE
      : rules.coordinationError(held, partitions.byName(offsetsTopic, index)?.leader?.epoch);
    return error === ErrorCode.NONE && held !== undefined ? ok(held) : failed(error === ErrorCode.NONE ? ErrorCode.NOT_COORDINATOR : error);
  }

  #load(partition: Partition): void {
    const { world, config, rules, partitions } = this.#options;
    const { leader } = partition;
    if (leader === undefined) return;
    const { epoch } = leader;
    const shard = new GroupShard({ world, config, rules, partition, epoch, storageFailed: () => partitions.storageFailed(partition) });
    this.#shards.set(partition.index, shard);
    shard.load((result) => {
      if (result.ok) world.observe({ type: 'coordinator', partition: partition.name, role: 'loaded', epoch });
    });
  }

  #unload(shard: GroupShard): void {
    const { partition } = shard.options;
    this.#shards.delete(partition.index);
    shard.close();
    if (shard.phase === 'active')
      this.#options.world.observe({ type: 'coordinator', partition: partition.name, role: 'unloaded', epoch: shard.epoch });
  }

  #expireLater(): void {
    const { world, config } = this.#options;
    this.#expiry = world.clock.after('offset expiry', config.offsetsRetentionCheckIntervalMs, () =>
      world.on('requests', () => {
        if (this.#closed) return;
        for (const shard of this.#shards.values()) if (shard.phase === 'active') expireOffsets(shard);
        this.#expireLater();
      }),
    );
  }
}

/** Utils.abs(groupId.hashCode()) % partitions, with Java's hash of a string (GroupCoordinatorService.partitionFor). */
export function partitionFor(groupId: string, partitions: number): number {
  let hash = 0;
  for (let at = 0; at < groupId.length; at++) hash = (Math.imul(hash, 31) + groupId.charCodeAt(at)) | 0;
  return (hash === -0x80000000 ? 0 : Math.abs(hash)) % partitions;
}
