/**
 * The metadata log of a quorum of one: this node is its only voter, so it leads as soon as it has raised its epoch, and what it has synced is
 * committed. Batches are written and synced in the lane `raft`, those that gather meanwhile together; requests go on in their own lane.
 * Owns the log's files, the file quorum-state and the fetches of observers. Source: KafkaRaftClient, with a quorum of one voter.
 */
import type { World } from '../../io/world.ts';
import { type BrokerId, brokerEpoch, type LeaderEpoch, leaderEpoch, type Offset, offset } from '../../model/brand.ts';
import { ErrorCode, errorName } from '../../model/error-code.ts';
import { invariant } from '../../model/invariant.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { metadataTopicId } from '../../model/uuid.ts';
import type { DescribeQuorumRequest, DescribeQuorumResponseInput } from '../../protocol/messages/describe-quorum.ts';
import type { FetchRequest, FetchResponseInput } from '../../protocol/messages/fetch.ts';
import { plainLogConfig, plainManagerConfig } from '../log/log-config.ts';
import { LogManager } from '../log/log-manager.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { MetadataBatch } from '../metadata/metadata-image.ts';
import type { MetadataRecord } from '../metadata/metadata-record.ts';
import { noLeader } from '../metadata/registration.ts';
import type { Rules } from '../rules/rules.ts';
import { decodeMetadataBatches, encodeLeaderChange, encodeMetadataBatch } from './metadata-batch.ts';
import { answerMetadataFetch, inVersion } from './metadata-fetch.ts';
import { type MetadataLog, type MetadataLogListener, metadataPartition, metadataTopic } from './metadata-log.ts';
import { ParkedFetches } from './parked-fetches.ts';
import { readQuorumState, writeQuorumState } from './quorum-state.ts';

export interface SingleVoterLogConfig {
  readonly nodeId: BrokerId;
  readonly clusterId: string;
  /** Where observers reach this node; known once its listener is bound. */
  readonly endpoint: () => { readonly host: string; readonly port: number };
}

/** How much of the log one step replays at start. */
const replayStepBytes = 1024 * 1024;
/** From here on DescribeQuorum names the voters' addresses. */
const nodesVersion = 2;
/** Observers whose progress is remembered, for DescribeQuorum. */
const maxObservers = 1000;

interface Unwritten {
  readonly batch: MetadataBatch;
  readonly bytes: Uint8Array;
}
interface ObserverState {
  readonly logEndOffset: Offset;
  readonly lastFetchMs: number;
}

export class SingleVoterLog implements MetadataLog {
  readonly #world: World;
  readonly #config: SingleVoterLogConfig;
  readonly #rules: Rules;
  readonly #logs: LogManager;
  readonly #fetches: ParkedFetches;
  readonly #observers = new Map<BrokerId, ObserverState>();
  #listener: MetadataLogListener | undefined;
  #log: PartitionLog | undefined;
  #epoch = leaderEpoch(-1);
  #leading = false;
  #closed = false;
  #endOffset = offset(0);
  #highWatermark = offset(0);
  #unwritten: Unwritten[] = [];

  constructor(world: World, config: SingleVoterLogConfig, rules: Rules) {
    this.#world = world;
    this.#config = config;
    this.#rules = rules;
    this.#fetches = new ParkedFetches(world);
    this.#logs = new LogManager(world, { ...plainManagerConfig, nodeId: config.nodeId, clusterId: config.clusterId }, rules);
    // Also where a read for an observer failed, and nobody here waits for what it gives.
    this.#logs.onDirectoryFailure = () => world.on('raft', () => this.#fail(errorName(ErrorCode.KAFKA_STORAGE_ERROR)));
  }

  get epoch(): LeaderEpoch {
    return this.#epoch;
  }
  get leaderId(): BrokerId {
    return this.#leading ? this.#config.nodeId : noLeader;
  }
  get endOffset(): Offset {
    return this.#endOffset;
  }
  get highWatermark(): Offset {
    return this.#highWatermark;
  }

  start(listener: MetadataLogListener): void {
    invariant(this.#listener === undefined, 'a metadata log starts once');
    this.#listener = listener;
    this.#logs.load((loaded) => this.#world.on('raft', () => (loaded.ok ? this.#open() : this.#fail(loaded.error))));
  }

  append(records: readonly MetadataRecord[]): Result<MetadataBatch, ErrorCode> {
    if (!this.#leading || this.#closed) return failed(ErrorCode.NOT_CONTROLLER);
    invariant(records.length > 0, 'a batch of metadata has records');
    const base = this.#endOffset;
    const batch: MetadataBatch = { base, last: offset(base + records.length - 1), epoch: this.#epoch, records };
    this.#unwritten.push({ batch, bytes: encodeMetadataBatch(records, base, this.#epoch, this.#world.clock.wallMs()) });
    this.#endOffset = offset(batch.last + 1);
    if (this.#unwritten.length === 1) this.#world.on('raft', this.#write);
    return ok(batch);
  }

  fetch(request: FetchRequest, apiVersion: number, answered: (response: FetchResponseInput) => void): void {
    const respond = (response: FetchResponseInput): void => answered(inVersion(response, apiVersion));
    const replica = (request.replicaState.replicaId >= 0 ? request.replicaState.replicaId : request.replicaId) as BrokerId;
    const answer = this.#answer(request);
    if (answer === undefined) respond({ throttleTimeMs: 0, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, responses: [] });
    else {
      this.#noteObserver(replica, request);
      if (!answer.wait || request.maxWaitMs <= 0 || request.minBytes <= 0) respond(answer.response);
      else this.#fetches.park(replica, request.maxWaitMs, () => respond(this.#answer(request)?.response ?? answer.response));
    }
  }

  describeQuorum(request: DescribeQuorumRequest, apiVersion: number): DescribeQuorumResponseInput {
    const [topic] = request.topics;
    const known = topic !== undefined && topic.topicName === metadataTopic && topic.partitions.every((partition) => partition.partitionIndex === 0);
    const errorCode = known ? (this.#leading ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER) : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    const replica = (id: BrokerId, logEndOffset: Offset, lastFetchMs: number) => ({
      replicaId: id,
      logEndOffset,
      lastFetchTimestamp: lastFetchMs,
      lastCaughtUpTimestamp: logEndOffset >= this.#highWatermark ? lastFetchMs : -1,
    });
    const { host, port } = this.#config.endpoint();
    return {
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      topics: request.topics.map(({ topicName, partitions }) => ({
        topicName,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode,
          errorMessage: errorCode === ErrorCode.NONE ? null : errorName(errorCode),
          leaderId: this.leaderId,
          leaderEpoch: this.#epoch,
          highWatermark: this.#highWatermark,
          currentVoters: [replica(this.#config.nodeId, this.#endOffset, this.#world.clock.wallMs())],
          observers: [...this.#observers].map(([id, state]) => replica(id, state.logEndOffset, state.lastFetchMs)),
        })),
      })),
      nodes: apiVersion < nodesVersion ? [] : [{ nodeId: this.#config.nodeId, listeners: [{ name: 'CONTROLLER', host, port }] }],
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#write();
    this.#closed = true;
    this.#leading = false;
    this.#fetches.wake();
    // The marker's broker epoch is a broker's; a controller has none.
    if (this.#log !== undefined) this.#logs.shutDown(brokerEpoch(-1));
  }

  #open(): void {
    const created = this.#logs.get(metadataPartition) ?? this.#logs.create(metadataPartition, metadataTopicId, plainLogConfig);
    if ('ok' in created && !created.ok) {
      this.#fail(errorName(created.error));
      return;
    }
    const log = 'ok' in created ? created.value : created;
    this.#log = log;
    this.#endOffset = log.logEndOffset;
    const raised = this.#raiseEpoch(log);
    if (!raised.ok) {
      this.#fail(raised.error);
      return;
    }
    this.#epoch = raised.value;
    this.#beginEpoch(log);
  }

  /** The new epoch is durable before anything is written in it. */
  #raiseEpoch(log: PartitionLog): Result<LeaderEpoch, string> {
    const [disk] = this.#world.disks.values();
    const [directory] = this.#logs.directories();
    if (disk === undefined || directory === undefined) return failed('a controller needs a disk');
    const stored = readQuorumState(disk, metadataPartition);
    if (!stored.ok) return failed(`quorum-state: ${stored.error}`);
    const epoch = leaderEpoch(Math.max(stored.value?.leaderEpoch ?? 0, log.epochs.latest(), 0) + 1);
    const { nodeId } = this.#config;
    const state = { leaderId: nodeId, leaderEpoch: epoch, votedId: nodeId, votedDirectoryId: directory.id };
    const written = writeQuorumState(disk, metadataPartition, state);
    return written.ok ? ok(epoch) : failed(`quorum-state: ${written.error}`);
  }

  /** Writes and syncs the LeaderChange, and with it all that an earlier start left un-synced; then everything is committed and replayed. */
  #beginEpoch(log: PartitionLog): void {
    const [directory] = this.#logs.directories();
    const nowMs = this.#world.clock.wallMs();
    const voters = directory === undefined ? [] : [{ voterId: this.#config.nodeId, voterDirectoryId: directory.id }];
    const appended = log.appendAsLeader(encodeLeaderChange(this.#config.nodeId, voters, log.logEndOffset, this.#epoch, nowMs), this.#epoch, nowMs);
    const synced = appended.ok ? log.flush() : appended;
    if (!synced.ok) {
      this.#fail(errorName(synced.error));
      return;
    }
    this.#endOffset = log.logEndOffset;
    this.#replay(log, log.logStartOffset);
  }

  /** A step replays a piece; the last one ends in leadership. */
  #replay(log: PartitionLog, from: Offset): void {
    if (this.#closed) return;
    if (from === log.logEndOffset) {
      this.#highWatermark = log.logEndOffset;
      log.highWatermark = log.logEndOffset;
      this.#leading = true;
      this.#listener?.elected(this.#epoch);
      return;
    }
    const slice = log.read(from, log.logEndOffset, replayStepBytes, true);
    if (!slice.ok) {
      this.#fail(errorName(slice.error));
      return;
    }
    const bytes = new Uint8Array(slice.value.byteLength);
    slice.value.readInto(bytes);
    if (slice.value.failed) {
      this.#fail(errorName(ErrorCode.KAFKA_STORAGE_ERROR));
      return;
    }
    const batches = decodeMetadataBatches(bytes);
    if (!batches.ok) {
      this.#fail(batches.error);
      return;
    }
    invariant(batches.value.length > 0, 'a piece of the metadata log holds a batch', from);
    for (const batch of batches.value) this.#listener?.committed(batch);
    this.#world.on('raft', () => this.#replay(log, slice.value.nextOffset));
  }

  /** Writes what has gathered, syncs once, and only then lets anybody know. */
  readonly #write = (): void => {
    const log = this.#log;
    if (log === undefined || this.#closed || this.#unwritten.length === 0) return;
    const gathered = this.#unwritten;
    this.#unwritten = [];
    for (const { batch, bytes } of gathered) {
      const appended = log.appendAsLeader(bytes, batch.epoch, this.#world.clock.wallMs());
      if (!appended.ok) {
        this.#fail(errorName(appended.error));
        return;
      }
      invariant(appended.value.base === batch.base, 'a batch of metadata gets the place it was given', appended.value.base, batch.base);
    }
    const synced = log.flush();
    if (!synced.ok) {
      this.#fail(errorName(synced.error));
      return;
    }
    this.#highWatermark = log.logEndOffset;
    log.highWatermark = log.logEndOffset;
    for (const { batch } of gathered) this.#listener?.committed(batch);
    this.#fetches.wake();
  };

  #answer(request: FetchRequest) {
    const log = this.#log;
    if (log === undefined || !this.#leading) return undefined;
    const { nodeId, clusterId, endpoint } = this.#config;
    const { host, port } = endpoint();
    const endpoints = [{ nodeId, host, port }];
    return answerMetadataFetch(
      { log, clusterId, leaderId: nodeId, epoch: this.#epoch, highWatermark: this.#highWatermark, endpoints },
      this.#rules.replication,
      request,
    );
  }

  #noteObserver(replica: BrokerId, request: FetchRequest): void {
    const fetchOffset = request.topics[0]?.partitions[0]?.fetchOffset ?? -1;
    if (replica < 0 || fetchOffset < 0) return;
    // Anybody may claim to be a replica; who has been silent longest is forgotten first.
    this.#observers.delete(replica);
    for (const [oldest] of this.#observers) if (this.#observers.size >= maxObservers) this.#observers.delete(oldest);
    this.#observers.set(replica, { logEndOffset: offset(fetchOffset), lastFetchMs: this.#world.clock.wallMs() });
  }

  #fail(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#leading = false;
    this.#unwritten = [];
    this.#listener?.failed(reason);
  }
}
