/**
 * One broker node: opens its logs, joins the cluster, serves clients and other brokers, and leaves in order.
 * Owns the wiring and the order of start and stop; each part's work is in its own file. Source: BrokerServer.
 *
 * Start: bind the listener, open the logs, follow the metadata, register, take roles once caught up, serve, be unfenced. Requests that come
 * before the roles are taken wait, as connections wait in the backlog of a starting broker.
 */
import type { World } from '../../io/world.ts';
import { invariant } from '../../model/invariant.ts';
import { zeroUuid } from '../../model/uuid.ts';
import { type Api, apis } from '../../protocol/apis.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import { noLimit } from '../config/knob.ts';
import { effectiveSegmentBytes } from '../config/topic-config.ts';
import { GroupCoordinator, offsetsTopic } from '../coordinator/group/coordinator.ts';
import type { LogManagerConfig } from '../log/log-config.ts';
import { LogManager } from '../log/log-manager.ts';
import { supportedFeatures } from '../metadata/features.ts';
import type { MetadataImage } from '../metadata/metadata-image.ts';
import { MetadataObserver } from '../raft/metadata-observer.ts';
import type { Partition } from '../replication/partition.ts';
import { ReplicaManager } from '../replication/replica-manager.ts';
import { Routes } from '../rpc/routes.ts';
import { type RpcListener, serve } from '../rpc/server.ts';
import type { Rules } from '../rules/rules.ts';
import { handleAlterReplicaLogDirs } from './api/alter-replica-log-dirs.ts';
import { handleApiVersions, type ServedVersions, servedVersions } from './api/api-versions.ts';
import { handleDescribeCluster, handleDescribeTopicPartitions } from './api/cluster.ts';
import { handleInitProducerId } from './api/coordination.ts';
import { handleDeleteRecords } from './api/delete-records.ts';
import { handleDescribeConfigs, handleListConfigResources } from './api/describe-configs.ts';
import { handleDescribeLogDirs } from './api/describe-log-dirs.ts';
import { handleFetch } from './api/fetch.ts';
import { handleFindCoordinator } from './api/find-coordinator.ts';
import { routeForwarded } from './api/forwarded.ts';
import { routeGroups } from './api/groups.ts';
import { handleListOffsets } from './api/list-offsets.ts';
import { handleMetadata } from './api/metadata.ts';
import { handleOffsetForLeaderEpoch } from './api/offset-for-leader-epoch.ts';
import { handleProduce } from './api/produce.ts';
import type { BrokerContext } from './broker-context.ts';
import { ControllerLink } from './controller-link.ts';
import { DirectoryAssignments } from './directory-assignments.ts';
import { FetchSessions } from './fetch-sessions.ts';
import { LifeCycle } from './life-cycle.ts';
import { ProducerIds } from './producer-ids.ts';
import { Purgatory } from './purgatory.ts';

export class Broker implements BrokerContext {
  readonly world: World;
  readonly config: BrokerConfig;
  readonly rules: Rules;
  readonly logs: LogManager;
  readonly replicas: ReplicaManager;
  readonly producePurgatory: Purgatory<Partition>;
  readonly fetchPurgatory: Purgatory<Partition>;
  readonly deletePurgatory: Purgatory<Partition>;
  readonly fetchSessions: FetchSessions;
  readonly producerIds: ProducerIds;
  readonly groups: GroupCoordinator;
  readonly controller: ControllerLink;
  readonly #heartbeatLink: ControllerLink;
  readonly #isrLink: ControllerLink;
  readonly #assignments: DirectoryAssignments;
  readonly #observer: MetadataObserver;
  readonly #lifeCycle: LifeCycle;
  readonly #routes = new Routes();
  /** What clients are told of the routes; made when the first one asks. */
  #served: readonly ServedVersions[] | undefined;
  #listener: RpcListener | undefined;
  #loaded = false;
  /** The replicas have their roles. */
  #serving = false;
  #stopped = false;
  #held: (() => void)[] = [];
  /** The logs were closed, all of them. */
  #inOrder = false;
  #whenDown: ((inOrder: boolean) => void)[] = [];
  #failure: string | undefined;
  /** Told when the broker gives up, as Kafka halts its process; `failure` then says why. */
  onFailure: () => void = () => {};

  constructor(world: World, config: BrokerConfig, rules: Rules) {
    this.world = world;
    this.config = config;
    this.rules = rules;
    this.logs = new LogManager(world, logManagerConfig(config), rules);
    this.#observer = new MetadataObserver(
      world,
      { nodeId: config.nodeId, clusterId: config.clusterId, controllers: config.controllerQuorumBootstrapServers },
      {
        applied: (image, delta) => {
          if (this.#serving) {
            this.replicas.apply(delta);
            this.groups.apply(delta);
          }
          world.observe({ type: 'metadataApplied', offset: image.offset });
        },
        controllerChanged: (controller) => {
          for (const link of [this.controller, this.#heartbeatLink, this.#isrLink]) link.moved(controller);
        },
      },
    );
    this.controller = this.#link('forwarding', 'requests', config.controllerSocketTimeoutMs);
    this.#heartbeatLink = this.#link('heartbeat', 'heartbeat', Math.max(1, Math.floor(config.brokerSessionTimeoutMs / 2)));
    this.#isrLink = this.#link('alter-partition', 'background', config.controllerSocketTimeoutMs);
    this.producePurgatory = new Purgatory(world, 'produce timeout');
    this.fetchPurgatory = new Purgatory(world, 'fetch wait');
    this.deletePurgatory = new Purgatory(world, 'delete records timeout');
    this.fetchSessions = new FetchSessions(world, `broker ${config.nodeId} fetch session`, config.maxIncrementalFetchSessionCacheSlots);
    this.producerIds = new ProducerIds(world, config.nodeId, () => this.replicas.brokerEpoch, this.controller);
    this.#assignments = new DirectoryAssignments(world, config.nodeId, () => this.replicas.brokerEpoch, this.#isrLink);
    this.replicas = new ReplicaManager({
      world,
      config,
      rules: rules.replication,
      moveRules: rules.log.moves,
      logs: this.logs,
      image: this.#observer.image,
      askController: (request, answered) => this.#isrLink.send(apis.alterPartition, request, answered),
      woken: (partition) => {
        this.producePurgatory.wake(partition);
        this.fetchPurgatory.wake(partition);
        this.deletePurgatory.wake(partition);
        if (partition.topic === offsetsTopic) this.groups.look(partition);
      },
      assign: ({ name, topicId, index }, directory, accepted) => this.#assignments.tell({ name, topicId, index, directory, accepted }),
    });
    this.groups = new GroupCoordinator({ world, config, rules: rules.group, image: this.#observer.image, partitions: this.replicas });
    this.#lifeCycle = this.#newLifeCycle();
    this.#route();
  }

  get image(): MetadataImage {
    return this.#observer.image;
  }
  get stopped(): boolean {
    return this.#stopped;
  }
  /** Why it gave up; undefined while it has not. */
  get failure(): string | undefined {
    return this.#failure;
  }
  /** What its listener serves. */
  get apis(): readonly Api[] {
    return this.#routes.apis;
  }
  /** The port of the first listener once it is bound, 0 before. */
  get port(): number {
    return this.#listener?.port ?? 0;
  }
  /** True once unfenced for the first time, until it stops. */
  get running(): boolean {
    return this.#lifeCycle.state === 'running';
  }

  /** Opens the logs, registers, catches up, serves. The event `running` tells when it is unfenced; a broker that cannot start stops. */
  start(): void {
    const listener = this.config.listeners[0];
    invariant(listener !== undefined, 'a broker has a listener');
    const { socketRequestMaxBytes: maxFrameBytes } = this.config;
    const bound = serve(this.world, { port: listener.port, listener: 'broker', maxFrameBytes, apis: this.#routes.apis }, (context, api, body) => {
      if (this.#serving) this.#routes.handle(context, api, body);
      else this.#held.push(() => this.#routes.handle(context, api, body));
    });
    if (!bound.ok) {
      this.#giveUp(`port ${listener.port} is taken`);
      return;
    }
    this.#listener = bound.value;
    this.logs.onDirectoryFailure = () => this.world.on('background', () => this.#directoryFailed());
    this.logs.load((loaded) => {
      if (this.#stopped) return;
      if (!loaded.ok) {
        this.#giveUp(loaded.error);
        return;
      }
      this.#loaded = true;
      this.logs.start();
      this.#observer.start();
      this.#lifeCycle.start();
    });
  }

  /**
   * Controlled shutdown, then closes the logs and writes the clean-shutdown marker; `done` comes when the node holds nothing any more, and tells
   * whether every log directory has its marker.
   */
  shutDown(done?: (inOrder: boolean) => void): void {
    if (this.#stopped) {
      done?.(this.#inOrder);
      return;
    }
    if (done !== undefined) this.#whenDown.push(done);
    if (!this.#loaded) {
      this.#halt();
      return;
    }
    if (!this.config.controlledShutdownEnable) {
      this.world.on('background', () => this.#finish());
      return;
    }
    this.replicas.beginControlledShutdown();
    this.#lifeCycle.beginControlledShutdown();
  }

  #link(purpose: string, lane: 'requests' | 'heartbeat' | 'background', requestTimeoutMs: number): ControllerLink {
    const { nodeId: brokerId, socketConnectionSetupTimeoutMs: connectTimeoutMs } = this.config;
    return new ControllerLink(this.world, { purpose, brokerId, lane, requestTimeoutMs, connectTimeoutMs });
  }

  #newLifeCycle(): LifeCycle {
    const { world, config } = this;
    return new LifeCycle({
      world,
      config,
      link: this.#heartbeatLink,
      registration: () => this.#registration(),
      metadataOffset: () => this.#observer.image.offset,
      offlineLogDirs: () => this.#directories(true),
      listener: {
        registered: (epoch) => {
          this.replicas.brokerEpoch = epoch;
        },
        caughtUp: () => world.on('raft', () => this.#takeRoles()),
        running: () => world.observe({ type: 'running' }),
        shutDownGranted: () => world.on('background', () => this.#finish()),
        failureUntold: () => this.#giveUp('the controller did not hear in time of a log directory that failed'),
        registrationFailed: () => this.#giveUp('the controller did not take its registration in time'),
      },
    });
  }

  #registration() {
    const { config } = this;
    const listener = config.advertisedListeners?.[0] ?? config.listeners[0];
    const host = listener?.host === undefined || listener.host === '' ? 'localhost' : listener.host;
    const port = config.advertisedListeners === undefined ? this.port : (listener?.port ?? this.port);
    return {
      brokerId: config.nodeId,
      clusterId: config.clusterId,
      listeners: [{ name: listener?.name ?? 'PLAINTEXT', host, port, securityProtocol: 0 }],
      features: supportedFeatures.map(({ name, minSupportedVersion, maxSupportedVersion }) => ({ name, minSupportedVersion, maxSupportedVersion })),
      rack: config.brokerRack ?? null,
      logDirs: this.#directories(false),
      previousBrokerEpoch: this.logs.previousBrokerEpoch(),
    };
  }

  #directories(offline: boolean) {
    return (
      this.logs
        .directories()
        // One whose meta.properties could not be read has no id, and was never registered.
        .filter(({ id, offline: isOffline }) => isOffline === offline && id !== zeroUuid)
        .map((directory) => directory.id)
    );
  }

  /** The metadata is caught up: what is true now counts, not what was true on the way. */
  #takeRoles(): void {
    if (this.#stopped || this.#serving) return;
    this.replicas.start();
    this.groups.start();
    this.#serving = true;
    this.#lifeCycle.readyToUnfence();
    const held = this.#held.splice(0);
    if (held.length === 0) return;
    this.world.on('requests', () => {
      for (const request of held) request();
    });
  }

  #directoryFailed(): void {
    if (this.#stopped) return;
    this.replicas.dropOffline();
    this.#lifeCycle.directoryFailed();
    const directories = this.logs.directories();
    if (directories.every((directory) => directory.offline))
      this.#giveUp(`every log directory failed: ${directories.map(({ name, failure }) => `${name} ${failure ?? ''}`).join(', ')}`);
  }

  #finish(): void {
    if (this.#stopped) return;
    this.#letGo();
    this.logs.shutDown(this.#lifeCycle.epoch);
    this.#inOrder = this.logs.directories().every((directory) => !directory.offline);
    this.#down();
  }

  #giveUp(why: string): void {
    if (this.#stopped) return;
    this.#failure = why;
    this.world.observe({ type: 'gaveUp', reason: why });
    // First of all: whoever waits for a stop in order hears that it was none.
    this.onFailure();
    this.#halt();
  }

  /** Ends without a marker: the next start takes nothing for clean. */
  #halt(): void {
    if (this.#stopped) return;
    this.#letGo();
    this.logs.abandon();
    this.#down();
  }

  #letGo(): void {
    this.#stopped = true;
    this.#held = [];
    // While they can still be answered: those who wait for a group look for its next coordinator.
    this.groups.close();
    this.#listener?.close();
    this.#lifeCycle.close();
    this.#assignments.close();
    this.replicas.close();
    this.producePurgatory.close();
    this.fetchPurgatory.close();
    this.deletePurgatory.close();
    this.#observer.close();
    for (const link of [this.controller, this.#heartbeatLink, this.#isrLink]) link.close();
  }

  #down(): void {
    for (const done of this.#whenDown.splice(0)) done(this.#inOrder);
  }

  #toldVersions(): readonly ServedVersions[] {
    this.#served ??= servedVersions(this.#routes.apis);
    return this.#served;
  }

  #route(): void {
    const routes = this.#routes
      .on(apis.produce, (context, request) => handleProduce(this, context, request))
      .on(apis.fetch, (context, request) => handleFetch(this, context, request))
      .on(apis.listOffsets, (context, request) => handleListOffsets(this, context, request))
      .on(apis.metadata, (context, request) => handleMetadata(this, context, request))
      .on(apis.findCoordinator, (context, request) => handleFindCoordinator(this, context, request))
      .on(apis.apiVersions, (context, request) => handleApiVersions(this, this.#toldVersions(), context, request))
      .on(apis.deleteRecords, (context, request) => handleDeleteRecords(this, context, request))
      .on(apis.initProducerId, (context, request) => handleInitProducerId(this, context, request))
      .on(apis.offsetForLeaderEpoch, (context, request) => handleOffsetForLeaderEpoch(this, context, request))
      .on(apis.describeConfigs, (context, request) => handleDescribeConfigs(this, context, request))
      .on(apis.alterReplicaLogDirs, (context, request) => handleAlterReplicaLogDirs(this, context, request))
      .on(apis.describeLogDirs, (context, request) => handleDescribeLogDirs(this, context, request))
      .on(apis.describeCluster, (context, request) => handleDescribeCluster(this, context, request))
      .on(apis.listConfigResources, (context, request) => handleListConfigResources(this, context, request))
      .on(apis.describeTopicPartitions, (context, request) => handleDescribeTopicPartitions(this, context, request));
    routeForwarded(routes, this);
    routeGroups(routes, this);
  }
}

/** Kafka's offset map holds a hash of 16 bytes and an offset for each key. */
const keyBytes = 24;
const cleanerKeys = ({ logCleanerDedupeBufferSize, logCleanerIoBufferLoadFactor }: BrokerConfig): number =>
  Math.max(1, Math.floor((logCleanerDedupeBufferSize / keyBytes) * logCleanerIoBufferLoadFactor));

function logManagerConfig(config: BrokerConfig): LogManagerConfig {
  const { topicDefaults } = config;
  return {
    nodeId: config.nodeId,
    clusterId: config.clusterId,
    defaultLogConfig: { ...topicDefaults, segmentBytes: effectiveSegmentBytes(topicDefaults) },
    logFlushSchedulerIntervalMs: config.logFlushSchedulerIntervalMs === noLimit ? undefined : config.logFlushSchedulerIntervalMs,
    logFlushOffsetCheckpointIntervalMs: config.logFlushOffsetCheckpointIntervalMs,
    logFlushStartOffsetCheckpointIntervalMs: config.logFlushStartOffsetCheckpointIntervalMs,
    replicaHighWatermarkCheckpointIntervalMs: config.replicaHighWatermarkCheckpointIntervalMs,
    logInitialTaskDelayMs: config.logInitialTaskDelayMs,
    logRetentionCheckIntervalMs: config.logRetentionCheckIntervalMs,
    cleaner: config.logCleanerEnable ? { backoffMs: config.logCleanerBackoffMs, maxKeys: cleanerKeys(config) } : undefined,
    fileDeleteDelayMs: topicDefaults.fileDeleteDelayMs,
    producerIdExpirationMs: config.producerIdExpirationMs,
    producerIdExpirationCheckIntervalMs: config.producerIdExpirationCheckIntervalMs,
  };
}
