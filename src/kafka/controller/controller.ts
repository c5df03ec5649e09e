/**
 * A controller node: serves the listener `controller`, keeps the metadata log, and lets the state machine decide on each request. An outcome's
 * records change the state when they have their place in the log, whole or not at all; its answer leaves, and its events are told, when they
 * are committed. Owns the order of these and the periodic tasks; decisions are the requests' and the rules'. An idle controller writes no
 * NoOp records: they only feed metrics of lag. Source: QuorumController, ControllerApis.
 */
import type { Timer } from '../../io/clock.ts';
import type { NodeEvent } from '../../io/node-event.ts';
import type { World } from '../../io/world.ts';
import type { LeaderEpoch, Offset } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { type Api, apis } from '../../protocol/apis.ts';
import type { Infer, Input, Message } from '../../protocol/schema/schema.ts';
import type { ControllerConfig } from '../config/controller-config.ts';
import { supportedFeatures } from '../metadata/features.ts';
import type { MetadataBatch, MetadataImage } from '../metadata/metadata-image.ts';
import type { MetadataLog, MetadataLogListener } from '../raft/metadata-log.ts';
import { SingleVoterLog } from '../raft/single-voter-log.ts';
import { Routes } from '../rpc/routes.ts';
import { type RequestContext, type RpcListener, serve } from '../rpc/server.ts';
import type { Rules } from '../rules/rules.ts';
import { adoptionRecords, type FoundTopic } from './adoption.ts';
import { bootstrapRecords } from './bootstrap.ts';
import { brokerHeartbeat, fenceOneStaleBroker, registerBroker, unregisterBroker } from './broker-requests.ts';
import { allocateProducerIds, describeCluster } from './cluster-requests.ts';
import { alterConfigs, incrementalAlterConfigs } from './config-requests.ts';
import { eventsOf, partitionState } from './controller-events.ts';
import { ControllerState, type Outcome } from './controller-state.ts';
import { createTopics } from './create-topics.ts';
import { assignReplicasToDirs } from './directory-requests.ts';
import { unwrap, wrap } from './envelope.ts';
import { inactive } from './inactive-answers.ts';
import { alterPartition, balanceLeaders, type ElectionPass, electLeaders, electUncleanLeaders } from './partition-requests.ts';
import { alterPartitionReassignments, listPartitionReassignments } from './reassignment-requests.ts';
import { createPartitions, deleteTopics } from './topic-requests.ts';

type Decide<Q extends Message, S extends Message> = (
  state: ControllerState,
  request: Infer<Q>,
  nowMs: number,
  apiVersion: number,
) => Outcome<Input<S>>;

interface Deferred {
  /** Answered once everything up to this offset is committed. */
  readonly offset: Offset;
  readonly events: readonly NodeEvent[];
  readonly answer: () => void;
}

export class Controller {
  readonly #world: World;
  readonly #config: ControllerConfig;
  readonly #log: MetadataLog;
  readonly #state: ControllerState;
  readonly #routes = new Routes();
  #listener: RpcListener | undefined;
  #active = false;
  #deferred: Deferred[] = [];
  #timers: Timer[] = [];
  #failure: string | undefined;
  readonly #found: readonly FoundTopic[];
  /** Told when it gives up, as Kafka halts its process; `failure` then says why. */
  onFailure: () => void = () => {};

  /** `found`: topics that lie in log directories, to be taken over if the cluster does not know them. */
  constructor(world: World, config: ControllerConfig, rules: Rules, found: readonly FoundTopic[] = []) {
    this.#world = world;
    this.#config = config;
    this.#found = found;
    this.#state = new ControllerState(config, rules.controller, world.random);
    const { nodeId, clusterId } = config;
    this.#log = new SingleVoterLog(world, { nodeId, clusterId, endpoint: () => this.#endpoint() }, rules);
    this.#route();
  }

  /** The port of the listener once it is bound, 0 before. */
  get port(): number {
    return this.#listener?.port ?? 0;
  }
  /** What its listener serves. */
  get apis(): readonly Api[] {
    return this.#routes.apis;
  }
  /** It leads the metadata log and serves requests. */
  get active(): boolean {
    return this.#active;
  }
  /** Why it gave up: its disk failed. The node then holds no connections, as if its process had ended. */
  get failure(): string | undefined {
    return this.#failure;
  }
  /** The state with all that was decided, committed or about to be. For audits. */
  get image(): MetadataImage {
    return this.#state.image;
  }

  /** Binds the listener, then opens the log; requests are answered NOT_CONTROLLER until it leads. */
  start(): Result<void, 'EADDRINUSE'> {
    const { listener, socketRequestMaxBytes } = this.#config;
    const bound = serve(
      this.#world,
      { port: listener.port, listener: 'controller', maxFrameBytes: socketRequestMaxBytes, apis: this.#routes.apis },
      this.#routes.handle,
    );
    if (!bound.ok) return failed(bound.error);
    this.#listener = bound.value;
    this.#log.start(this.#logListener);
    return ok(undefined);
  }

  /** Ends in order: what is decided is still written and answered, then the files are closed. */
  shutDown(done?: (inOrder: boolean) => void): void {
    this.#world.on('requests', () => {
      this.#stopTasks();
      this.#active = false;
      this.#log.close();
      this.#listener?.close();
      done?.(this.#failure === undefined);
    });
  }

  #endpoint(): { readonly host: string; readonly port: number } {
    return { host: this.#config.listener.host, port: this.port };
  }

  readonly #logListener: MetadataLogListener = {
    committed: (batch) => this.#committed(batch),
    elected: (epoch) => this.#elected(epoch),
    resigned: () => {
      this.#stopTasks();
      this.#active = false;
    },
    failed: (reason) => {
      this.#failure = reason;
      this.#stopTasks();
      this.#active = false;
      this.#deferred = [];
      this.#listener?.close();
      this.#world.observe({ type: 'gaveUp', reason });
      this.onFailure();
    },
  };

  /** While it leads, a committed batch is one that it has applied already; before, it follows. */
  #committed(batch: MetadataBatch): void {
    if (batch.base > this.#state.image.offset) this.#state.apply(batch);
    let settled = 0;
    for (const deferred of this.#deferred) {
      if (deferred.offset > batch.last) break;
      for (const event of deferred.events) this.#world.observe(event);
      deferred.answer();
      settled++;
    }
    if (settled > 0) this.#deferred = this.#deferred.slice(settled);
  }

  #elected(epoch: LeaderEpoch): void {
    this.#active = true;
    this.#state.grantSessions(this.#world.clock.monotonicMs());
    this.#world.observe({ type: 'controllerActive', epoch });
    // An earlier start may have lost power between committing a change and telling of it.
    for (const { id, fenced } of this.#state.image.brokers.values()) this.#world.observe({ type: 'brokerState', broker: id, fenced });
    for (const topic of this.#state.image.topics.values())
      for (const partition of topic.partitions) this.#world.observe(partitionState(this.#state, partition));
    this.#perform({ response: undefined, records: [...bootstrapRecords(this.#state), ...adoptionRecords(this.#state, this.#found)] }, () => {});
    this.#startTasks();
  }

  /** Writes, applies, remembers, and answers when all that the answer rests on is committed. */
  #perform<Response>(outcome: Outcome<Response>, answer: (response: Response) => void): void {
    let events: readonly NodeEvent[] = [];
    if (outcome.records.length > 0) {
      const appended = this.#log.append(outcome.records);
      // The log stopped leading a moment ago: nobody is answered, and its listener hears of it.
      if (!appended.ok) return;
      events = eventsOf(this.#state, this.#state.apply(appended.value), outcome.unclean ?? false);
    }
    if (outcome.soft !== undefined) this.#state.remember(outcome.soft);
    const { offset } = this.#state.image;
    if (offset < this.#log.highWatermark) answer(outcome.response);
    else this.#deferred.push({ offset, events, answer: () => answer(outcome.response) });
  }

  #route(): void {
    this.#decided(apis.brokerRegistration, registerBroker, inactive.brokerRegistration);
    this.#decided(apis.brokerHeartbeat, brokerHeartbeat, inactive.brokerHeartbeat);
    this.#decided(apis.unregisterBroker, unregisterBroker, inactive.unregisterBroker);
    this.#decided(apis.alterPartition, (state, request, _, version) => alterPartition(state, request, version), inactive.alterPartition);
    this.#decided(apis.electLeaders, electLeaders, inactive.electLeaders);
    this.#decided(apis.createTopics, createTopics, inactive.createTopics);
    this.#decided(apis.deleteTopics, deleteTopics, inactive.deleteTopics);
    this.#decided(apis.createPartitions, createPartitions, inactive.createPartitions);
    this.#decided(apis.incrementalAlterConfigs, incrementalAlterConfigs, inactive.incrementalAlterConfigs);
    this.#decided(apis.alterConfigs, alterConfigs, inactive.alterConfigs);
    this.#decided(apis.assignReplicasToDirs, assignReplicasToDirs, inactive.assignReplicasToDirs);
    this.#decided(apis.allocateProducerIds, allocateProducerIds, inactive.allocateProducerIds);
    this.#decided(apis.alterPartitionReassignments, alterPartitionReassignments, inactive.alterPartitionReassignments);
    this.#decided(apis.listPartitionReassignments, listPartitionReassignments, inactive.listPartitionReassignments);
    this.#routes
      .on(apis.describeCluster, (context, request) => context.respond(describeCluster(this.#state, request, context.apiVersion, this.#endpoint())))
      .on(apis.fetch, (context, request) => this.#log.fetch(request, context.apiVersion, (response) => context.respond(response)))
      .on(apis.describeQuorum, (context, request) => context.respond(this.#log.describeQuorum(request, context.apiVersion)))
      .on(apis.apiVersions, (context) => this.#apiVersions(context))
      .on(apis.envelope, (context, request) => this.#envelope(context, request.requestData));
  }

  #decided<Q extends Message, S extends Message>(api: Api<Q, S>, decide: Decide<Q, S>, whenInactive: (request: Infer<Q>) => Input<S>): void {
    this.#routes.on(api, (context, request) => {
      if (!this.#active) context.respond(whenInactive(request));
      else this.#perform(decide(this.#state, request, this.#world.clock.monotonicMs(), context.apiVersion), (response) => context.respond(response));
    });
  }

  #apiVersions(context: RequestContext<Input<typeof apis.apiVersions.response>>): void {
    const { features, offset } = this.#state.image;
    // Older clients reject a range that starts at 0 (KAFKA-17011).
    const told = context.apiVersion >= 4 ? supportedFeatures : supportedFeatures.filter((feature) => feature.minSupportedVersion > 0);
    context.respond({
      errorCode: ErrorCode.NONE,
      throttleTimeMs: 0,
      apiKeys: this.#routes.apis.map((api) => ({ apiKey: api.key, minVersion: api.controller?.min ?? 0, maxVersion: api.controller?.max ?? -1 })),
      supportedFeatures: told.map(({ name, minSupportedVersion, maxSupportedVersion }) => ({
        name,
        minVersion: minSupportedVersion,
        maxVersion: maxSupportedVersion,
      })),
      finalizedFeaturesEpoch: offset,
      finalizedFeatures: [...features].map(([name, level]) => ({ name, maxVersionLevel: level, minVersionLevel: level })),
    });
  }

  #envelope(context: RequestContext<Input<typeof apis.envelope.response>>, requestData: Uint8Array): void {
    const forwarded = this.#active ? unwrap(requestData) : failed(ErrorCode.NOT_CONTROLLER);
    if (!forwarded.ok) {
      context.respond({ responseData: null, errorCode: forwarded.error });
      return;
    }
    const request = forwarded.value;
    const inner: RequestContext = {
      apiKey: request.api.key,
      apiVersion: request.apiVersion,
      correlationId: request.correlationId,
      clientId: request.clientId,
      connectionId: context.connectionId,
      remote: context.remote,
      get closed() {
        return context.closed;
      },
      respond: (body) => context.respond({ responseData: wrap(request, body), errorCode: ErrorCode.NONE }),
      noResponse: () => context.noResponse(),
      disconnect: () => context.respond({ responseData: null, errorCode: ErrorCode.INVALID_REQUEST }),
    };
    this.#routes.handle(inner, request.api, request.body);
  }

  #startTasks(): void {
    const { brokerSessionTimeoutMs, autoLeaderRebalanceEnable, leaderImbalanceCheckIntervalSeconds, uncleanLeaderElectionIntervalMs } = this.#config;
    this.#every('fence stale brokers', Math.max(Math.floor(brokerSessionTimeoutMs / 8), 1), () => this.#fenceStale());
    this.#every('elect unclean leaders', uncleanLeaderElectionIntervalMs, () => this.#electEach(electUncleanLeaders));
    if (autoLeaderRebalanceEnable)
      this.#every('balance partition leaders', leaderImbalanceCheckIntervalSeconds * 1000, () => this.#electEach(balanceLeaders));
  }

  #every(name: string, periodMs: number, task: () => void): void {
    const slot = this.#timers.length;
    const schedule = (): void => {
      this.#timers[slot] = this.#world.clock.after(`controller: ${name}`, periodMs, () =>
        this.#world.on('requests', () => {
          if (!this.#active) return;
          task();
          schedule();
        }),
      );
    };
    schedule();
  }

  #stopTasks(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
  }

  #fenceStale(): void {
    for (;;) {
      const outcome = fenceOneStaleBroker(this.#state, this.#world.clock.monotonicMs());
      if (outcome.response === undefined) return;
      this.#perform(outcome, () => {});
    }
  }

  #electEach(elect: (state: ControllerState) => Outcome<ElectionPass>): void {
    for (;;) {
      const outcome = elect(this.#state);
      this.#perform(outcome, () => {});
      if (!outcome.response.more) return;
    }
  }
}
