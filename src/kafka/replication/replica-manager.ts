/**
 * All replicas of one broker: gives each partition the role that the metadata says, and tells who waits when one changed.
 * Owns the table of partitions, the fetchers, the ISR manager and the periodic ISR shrink. Owns no requests (broker/api) and no log files
 * (the log manager). Source: ReplicaManager.
 */
import type { Timer } from '../../io/clock.ts';
import type { World } from '../../io/world.ts';
import { type BrokerEpoch, type BrokerId, brokerEpoch, type Offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import type { Result } from '../../model/result.ts';
import { splitTopicPartition, topicPartition } from '../../model/topic-partition.ts';
import type { Uuid } from '../../model/uuid.ts';
import type { ProduceLimits } from '../../protocol/records/validate.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import { effectiveSegmentBytes, effectiveTopicConfig, type TopicConfig, topicDefaults } from '../config/topic-config.ts';
import { mayHaveFuture } from '../log/disguise.ts';
import type { LogConfig } from '../log/log-config.ts';
import type { LogManager } from '../log/log-manager.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { MetadataDelta, MetadataImage } from '../metadata/metadata-image.ts';
import { ConfigResourceType, type PartitionRegistration } from '../metadata/registration.ts';
import type { MoveRules } from '../rules/log-moves.ts';
import type { BrokerStandings, ReplicationRules } from '../rules/replication.ts';
import type { FetcherConfig, FetcherContext } from './fetcher.ts';
import { FetcherManager } from './fetcher-manager.ts';
import { type AskController, IsrManager, type IsrProposal } from './isr-manager.ts';
import { Partition } from './partition.ts';
import { PartitionTable } from './partition-table.ts';
import { ReplicaMover } from './replica-mover.ts';
import type { ReplicationContext } from './replication-context.ts';

export interface ReplicaManagerOptions {
  readonly world: World;
  readonly config: BrokerConfig;
  readonly rules: ReplicationRules;
  readonly moveRules: MoveRules;
  readonly logs: MovedLogs;
  readonly image: MetadataImage;
  readonly askController: AskController;
  /** Whoever waits for this partition should look again; in the lane `requests`, in a step of its own. */
  readonly woken: (partition: Partition) => void;
  /** Tells the controller in which directory a replica lies, where it does not know; `accepted` once it does. */
  readonly assign: (partition: Partition, directory: Uuid, accepted: () => void) => void;
}

/** What is asked of the log manager. */
type MovedLogs = Pick<
  LogManager,
  'create' | 'remove' | 'setStraysAside' | 'directories' | 'prefer' | 'future' | 'createFuture' | 'removeFuture' | 'promote'
>;

export class ReplicaManager implements ReplicationContext, FetcherContext {
  readonly world: World;
  readonly brokerId: BrokerId;
  readonly rules: ReplicationRules;
  readonly lagTimeMaxMs: number;
  readonly fetch: FetcherConfig;
  /** Set at each registration. */
  brokerEpoch: BrokerEpoch = brokerEpoch(-1);
  readonly #options: ReplicaManagerOptions;
  readonly #table = new PartitionTable();
  readonly #fetchers: FetcherManager;
  readonly #isr: IsrManager;
  readonly #mover: ReplicaMover;
  readonly #dirty: Partition[] = [];
  /** The defaults of topics, with dynamic broker configs applied. */
  #topicDefaults: TopicConfig;
  #inControlledShutdown = false;
  #shrinkTimer: Timer | undefined;
  #closed = false;

  constructor(options: ReplicaManagerOptions) {
    this.#options = options;
    this.world = options.world;
    this.brokerId = options.config.nodeId;
    this.rules = options.rules;
    this.lagTimeMaxMs = options.config.replicaLagTimeMaxMs;
    this.fetch = options.config;
    this.#topicDefaults = options.config.topicDefaults;
    this.#fetchers = new FetcherManager(this, () => this.#options.image.brokers);
    this.#mover = this.#newMover();
    this.#isr = new IsrManager(options.world, options.rules, this.brokerId, () => this.brokerEpoch, options.askController);
  }

  get brokers(): BrokerStandings {
    return this.#options.image.brokers;
  }
  get partitions(): ReadonlySet<Partition> {
    return this.#table.all;
  }

  byId(topicId: Uuid, index: number): Partition | undefined {
    return this.#table.byId(topicId, index);
  }
  byName(topic: string, index: number): Partition | undefined {
    return this.#table.byName(topic, index);
  }

  /** What a topic's configuration amounts to on this broker. */
  topicConfig(topic: string): TopicConfig {
    return effectiveTopicConfig(this.#options.image.topicConfig(topic), this.#topicDefaults);
  }

  /** Takes all roles of the image at once, as the first thing after catching up: what was true before is nobody's role any more. */
  start(): void {
    this.#applyBrokerConfigs();
    for (const topic of this.#options.image.topics.values()) for (const partition of topic.partitions) this.#place(partition);
    // Topics deleted, or replicas moved, while this broker was down (KAFKA-14616).
    this.#options.logs.setStraysAside(
      this.brokerId,
      (topicId, name) => this.#options.image.topicById(topicId)?.partitions[splitTopicPartition(name).index]?.replicas,
    );
    this.#shrinkLater();
  }

  /** Follows the metadata, batch by batch. */
  apply(delta: MetadataDelta): void {
    if (delta.configs.some((change) => change.resourceType === ConfigResourceType.BROKER)) {
      this.#applyBrokerConfigs();
      for (const partition of this.#table.all) this.#configure(partition);
    }
    for (const change of delta.configs) if (change.resourceType === ConfigResourceType.TOPIC) this.#configureTopic(change.resourceName);
    for (const { before, after } of delta.partitions) {
      if (after?.replicas.includes(this.brokerId)) this.#place(after);
      else if (before !== undefined) this.#drop(before);
    }
    for (const { before, after } of delta.brokers) if (after !== undefined && after.epoch !== before?.epoch) this.#fetchers.registered(after.id);
    this.#fetchers.closeIdle();
  }

  /** From now on replicas that left the ISR by the shutdown are not fetched any more. */
  beginControlledShutdown(): void {
    this.#inControlledShutdown = true;
  }

  close(): void {
    this.#closed = true;
    this.#shrinkTimer?.cancel();
    this.#mover.close();
    this.#isr.close();
    this.#fetchers.close();
  }

  changed(partition: Partition): void {
    if (partition.dirty) return;
    partition.dirty = true;
    this.#dirty.push(partition);
    if (this.#dirty.length === 1) this.world.on('requests', this.#wake);
  }

  cutCopy(partition: Partition, to: Offset): void {
    this.#mover.cut(partition, to);
  }

  propose(proposal: IsrProposal): boolean {
    return this.#isr.submit(proposal);
  }

  /** An I/O error took a partition's log directory away: it has no role until the controller gives it one elsewhere. */
  storageFailed(partition: Partition): void {
    this.#fetchers.unfollow(partition);
    this.#mover.stop(partition);
    partition.stop();
  }

  /** After a log directory failed: every partition on it, and what moves to it. */
  dropOffline(): void {
    this.#mover.dropOffline();
    for (const partition of this.#table.all) if (partition.log?.offline) this.storageFailed(partition);
  }

  /** An administrator wants a replica in another log directory; the error says why it does not go there (ReplicaManager.alterReplicaLogDirs). */
  alterLogDir(topic: string, index: number, directory: string): ErrorCode {
    const { logs, moveRules, image } = this.#options;
    const name = topicPartition(topic, index);
    const partition = this.#table.byName(topic, index);
    const directories = logs.directories();
    const destination = directories.find((each) => each.name === directory);
    const future = partition && logs.future(name);
    const elsewhere = image.topicByName(topic)?.partitions[index] === undefined ? 'unknown' : 'elsewhere';
    const decision = moveRules.moveRequest({
      nameFits: mayHaveFuture(name),
      destination: destination === undefined ? 'unknown' : destination.offline ? 'offline' : 'online',
      anyOffline: directories.some(({ offline }) => offline),
      replica: partition === undefined ? elsewhere : partition.offline ? 'offline' : 'here',
      isThere: partition?.log?.directory === directory,
      future: future === undefined ? 'none' : future.directory === directory ? 'there' : 'elsewhere',
    });
    if (decision.cancels && partition !== undefined) {
      this.#mover.stop(partition);
      logs.removeFuture(name);
    }
    if (decision.prefers) logs.prefer(name, directory);
    if (!decision.begins || partition === undefined) return decision.error;
    const begun = this.#mover.begin(partition, directory);
    return begun.ok ? decision.error : begun.error;
  }

  #newMover(): ReplicaMover {
    const { world, config, moveRules, logs, assign } = this.#options;
    return new ReplicaMover({
      world,
      brokerId: config.nodeId,
      rules: moveRules,
      copyBytes: config.replicaFetchMaxBytes,
      backoffMs: config.replicaFetchBackoffMs,
      logs,
      assign,
      failed: () => this.dropOffline(),
    });
  }

  readonly #wake = (): void => {
    const changed = this.#dirty.splice(0);
    for (const partition of changed) {
      partition.dirty = false;
      if (!this.#closed) this.#options.woken(partition);
    }
  };

  #place(registration: PartitionRegistration): void {
    if (!registration.replicas.includes(this.brokerId)) return;
    let partition = this.#table.byId(registration.topicId, registration.index);
    if (partition === undefined) {
      partition = new Partition(this, registration);
      this.#table.add(partition);
    }
    const config = this.topicConfig(registration.topic);
    partition.limits = produceLimits(config);
    const opened = partition.log === undefined ? this.#open(partition, registration, config) : { ok: true as const, value: partition.log };
    if (!opened.ok) {
      this.storageFailed(partition);
      return;
    }
    const become = partition.become(registration, opened.value, config.minInsyncReplicas);
    if (!become.ok) {
      this.storageFailed(partition);
      return;
    }
    const { directoryId } = opened.value;
    const registered = registration.directories[registration.replicas.indexOf(this.brokerId)];
    if (registered === undefined || (registered !== directoryId && !this.#mover.isAnnounced(partition, registered)))
      this.#options.assign(partition, directoryId, () => {});
    this.#mover.resume(partition);
    if (partition.follower === undefined) this.#fetchers.unfollow(partition);
    else if (this.#inControlledShutdown && (registration.leader < 0 || !registration.isr.includes(this.brokerId))) this.#fetchers.unfollow(partition);
    else if (become.value.newEpoch) this.#fetchers.follow(partition);
  }

  #open(partition: Partition, registration: PartitionRegistration, config: TopicConfig): Result<PartitionLog, ErrorCode> {
    const assigned = registration.directories[registration.replicas.indexOf(this.brokerId)];
    return this.#options.logs.create(partition.name, partition.topicId, logConfig(config), assigned);
  }

  #drop(registration: PartitionRegistration): void {
    const partition = this.#table.byId(registration.topicId, registration.index);
    if (partition === undefined) return;
    this.#fetchers.unfollow(partition);
    this.#mover.stop(partition);
    this.#options.logs.removeFuture(partition.name);
    const log = partition.log;
    partition.stop();
    this.#table.remove(partition);
    if (log !== undefined) this.#options.logs.remove(partition.name);
  }

  #applyBrokerConfigs(): void {
    const { config, image } = this.#options;
    const clusterWide = topicDefaults(image.clusterConfig(), [], config.topicDefaults);
    this.#topicDefaults = topicDefaults(image.brokerConfig(this.brokerId), [], clusterWide);
  }

  #configureTopic(topic: string): void {
    const image = this.#options.image.topicByName(topic);
    for (const registration of image?.partitions ?? []) {
      const partition = this.#table.byId(registration.topicId, registration.index);
      if (partition !== undefined) this.#configure(partition);
    }
  }

  #configure(partition: Partition): void {
    const config = this.topicConfig(partition.topic);
    partition.limits = produceLimits(config);
    if (partition.log !== undefined) partition.log.config = logConfig(config);
    const future = this.#options.logs.future(partition.name);
    if (future !== undefined) future.config = logConfig(config);
    partition.leader?.setMinInsyncReplicas(config.minInsyncReplicas);
  }

  /** Twice a lag time, so that a follower is out after one and a half at the latest (ReplicaManager.maybeShrinkIsr). */
  #shrinkLater(): void {
    this.#shrinkTimer = this.world.clock.after('ISR shrink', Math.ceil(this.lagTimeMaxMs / 2), () =>
      this.world.on('background', () => {
        if (this.#closed) return;
        for (const partition of this.#table.all) partition.leader?.shrinkIsr();
        this.#shrinkLater();
      }),
    );
  }
}

const produceLimits = (config: TopicConfig): ProduceLimits => ({
  ...config,
  segmentBytes: effectiveSegmentBytes(config),
  compacted: config.cleanupPolicy.includes('compact'),
});

const logConfig = (config: TopicConfig): LogConfig => ({ ...config, segmentBytes: effectiveSegmentBytes(config) });
