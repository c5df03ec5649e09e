/**
 * Fetch (1): reads what consumers and followers ask for, as it is stored, and holds a request until there is enough to answer.
 * Owns the long poll; sessions are in fetch-sessions.ts, what a follower's fetch means for replication is the leader's. Records leave as
 * slices of the log: nothing here looks into a batch or copies one. Source: KafkaApis.handleFetchRequest, ReplicaManager.readFromLog,
 * Partition.fetchRecords, DelayedFetch.
 */
import { append } from '../../../model/append.ts';
import { type BrokerEpoch, type BrokerId, brokerId, type LeaderEpoch, type Offset } from '../../../model/brand.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import { invariant } from '../../../model/invariant.ts';
import type { FetchRequest, FetchResponseInput } from '../../../protocol/messages/fetch.ts';
import type { Partition } from '../../replication/partition.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { answer, type BrokerContext, worst } from '../broker-context.ts';
import type { FetchPlan, FetchTarget, PartitionAnswer } from '../fetch-sessions.ts';
import { findPartition, LeaderHints } from '../partitions.ts';
import type { DelayedOperation } from '../purgatory.ts';
import { wireBrokerEpoch, wireLeaderEpoch, wireOffset } from '../wire.ts';

type Context = RequestContext<FetchResponseInput>;

/** The first version whose consumers may read from a follower (KIP-392). */
const followerReadVersion = 11;
/** The first version with NodeEndpoints (KIP-951). */
const leaderHintsVersion = 16;
const replicaStateVersion = 15;
const readCommitted = 1;
const unknown = -1;
const noRecords = new Uint8Array(0);
const nothing: readonly never[] = [];

/** What holds for every partition of one request. */
interface FetchParams {
  /** -1 for a consumer. */
  readonly replicaId: BrokerId;
  /** The follower's broker epoch, -1 for none. */
  readonly replicaEpoch: BrokerEpoch;
  readonly isFollower: boolean;
  readonly leaderOnly: boolean;
  readonly readCommitted: boolean;
  readonly minBytes: number;
  readonly maxBytes: number;
}

export function handleFetch(broker: BrokerContext, context: Context, request: FetchRequest): void {
  const { replicaId: id, replicaEpoch } =
    context.apiVersion >= replicaStateVersion ? request.replicaState : { replicaId: request.replicaId, replicaEpoch: unknown };
  const isFollower = id >= 0;
  const opening = broker.fetchSessions.open(context.apiVersion, request, isFollower);
  if (opening.type === 'refused') {
    answer(broker, context, { errorCode: opening.error, sessionId: 0, responses: [] }, opening.error);
    return;
  }
  const maxBytes = Math.max(0, Math.min(request.maxBytes, broker.config.fetchMaxBytes));
  const params: FetchParams = {
    replicaId: brokerId(isFollower ? id : unknown),
    replicaEpoch: wireBrokerEpoch(replicaEpoch),
    isFollower,
    leaderOnly: isFollower || context.apiVersion < followerReadVersion,
    readCommitted: request.isolationLevel === readCommitted,
    minBytes: Math.min(request.minBytes, maxBytes),
    maxBytes,
  };
  const { plan } = opening;
  const read = readAll(broker, params, plan.targets, true);
  const parkable = request.maxWaitMs > 0 && plan.targets.length > 0 && read.bytes < params.minBytes && !read.urgent;
  if (!parkable) {
    respond(broker, context, params, plan, read.results);
    return;
  }
  const partitions = plan.targets.map((target) => {
    const found = findPartition(broker, target.topic, target.topicId, target.index);
    invariant(found.ok, 'what was read a moment ago is there', target.topic, target.index);
    return found.value;
  });
  broker.fetchPurgatory.tryCompleteElseWatch(new DelayedFetch(broker, context, params, plan, partitions), partitions, request.maxWaitMs);
}

interface ReadAll {
  readonly results: readonly PartitionAnswer[];
  readonly bytes: number;
  /** An error or a diverging epoch, which no fetcher should wait for. */
  readonly urgent: boolean;
}

/** `arrived`: the request has just come, so that a follower's position counts; a second read of the same request says nothing new. */
function readAll(broker: BrokerContext, params: FetchParams, targets: readonly FetchTarget[], arrived: boolean): ReadAll {
  const results = new Array<PartitionAnswer>(targets.length);
  let left = params.maxBytes;
  let bytes = 0;
  let urgent = false;
  for (let index = 0; index < targets.length; index++) {
    const target = targets[index];
    if (target === undefined) break;
    // The first partition with records may exceed the limits by one batch, or a large batch could never be fetched (KIP-74).
    const result = readOne(broker, params, target, left, bytes === 0, arrived);
    results[index] = result;
    const size = result.records?.byteLength ?? 0;
    bytes += size;
    left = Math.max(0, left - size);
    if (result.errorCode !== ErrorCode.NONE || (result.divergingEpoch?.epoch ?? unknown) >= 0) urgent = true;
  }
  return { results, bytes, urgent };
}

function readOne(
  broker: BrokerContext,
  params: FetchParams,
  target: FetchTarget,
  bytesLeft: number,
  atLeastOne: boolean,
  arrived: boolean,
): PartitionAnswer {
  const found = findPartition(broker, target.topic, target.topicId, target.index);
  if (!found.ok) return failure(target.index, found.error);
  const partition = found.value;
  const requested = wireLeaderEpoch(target.currentLeaderEpoch);
  const readable = partition.readable(requested, params.leaderOnly);
  if (!readable.ok) return failure(target.index, readable.error);
  const { leader } = partition;
  if (params.isFollower) {
    const error = leader?.checkFollower(params.replicaId, requested, params.replicaEpoch) ?? ErrorCode.NOT_LEADER_OR_FOLLOWER;
    if (error !== ErrorCode.NONE) return failure(target.index, error);
  }
  const log = readable.value;
  const { replication } = broker.rules;
  const fetchOffset = wireOffset(target.fetchOffset);
  const { highWatermark, logStartOffset, logEndOffset } = log;
  const { lastStableOffset } = log;
  const divergence = replication.divergenceOf(
    log.epochs.entries(),
    logStartOffset,
    logEndOffset,
    wireLeaderEpoch(target.lastFetchedEpoch),
    fetchOffset,
  );
  if (divergence.type === 'diverged') {
    const { epoch, endOffset } = divergence;
    broker.world.observe({ type: 'diverged', partition: partition.name, replica: params.replicaId, epoch, endOffset });
    return { ...success(target.index, highWatermark, lastStableOffset, logStartOffset, noRecords), divergingEpoch: { epoch, endOffset } };
  }
  if (divergence.type === 'outOfRange') return outOfRange(broker, params, partition, fetchOffset);
  const upTo = replication.fetchUpperBound(params.isFollower, params.readCommitted, highWatermark, lastStableOffset, logEndOffset);
  const slice = log.read(fetchOffset, upTo, Math.max(0, Math.min(bytesLeft, target.maxBytes)), atLeastOne);
  if (!slice.ok) {
    if (slice.error === ErrorCode.OFFSET_OUT_OF_RANGE) return outOfRange(broker, params, partition, fetchOffset);
    if (slice.error === ErrorCode.KAFKA_STORAGE_ERROR) broker.replicas.storageFailed(partition);
    return failure(target.index, slice.error);
  }
  if (params.isFollower && arrived) leader?.followerFetched(params.replicaId, fetchOffset, wireOffset(target.logStartOffset), params.replicaEpoch);
  // A list is told to those who read committed records only, even if it is empty.
  const aborted = params.readCommitted ? log.abortedTransactions(fetchOffset, slice.value.nextOffset) : null;
  return success(target.index, highWatermark, lastStableOffset, logStartOffset, slice.value, aborted);
}

function outOfRange(broker: BrokerContext, params: FetchParams, partition: Partition, at: Offset): PartitionAnswer {
  broker.world.observe({ type: 'outOfRange', partition: partition.name, replica: params.replicaId, offset: at });
  return failure(partition.index, ErrorCode.OFFSET_OUT_OF_RANGE);
}

const success = (
  partitionIndex: number,
  highWatermark: Offset,
  lastStableOffset: Offset,
  logStartOffset: Offset,
  records: NonNullable<PartitionAnswer['records']>,
  abortedTransactions: PartitionAnswer['abortedTransactions'] = null,
): PartitionAnswer => ({
  partitionIndex,
  errorCode: ErrorCode.NONE,
  highWatermark,
  lastStableOffset,
  logStartOffset,
  abortedTransactions,
  records,
});

const failure = (partitionIndex: number, errorCode: ErrorCode): PartitionAnswer => ({
  partitionIndex,
  errorCode,
  highWatermark: unknown,
  lastStableOffset: unknown,
  logStartOffset: unknown,
  abortedTransactions: null,
  records: noRecords,
});

/** Waits until enough can be read, or until waiting makes no sense any more. */
class DelayedFetch implements DelayedOperation<Partition> {
  readonly #broker: BrokerContext;
  readonly #context: Context;
  readonly #params: FetchParams;
  readonly #plan: FetchPlan;
  /** One a target, in their order. */
  readonly #partitions: readonly Partition[];

  constructor(broker: BrokerContext, context: Context, params: FetchParams, plan: FetchPlan, partitions: readonly Partition[]) {
    this.#broker = broker;
    this.#context = context;
    this.#params = params;
    this.#plan = plan;
    this.#partitions = partitions;
  }

  tryComplete(moved: Partition | undefined): boolean {
    if (this.#context.closed) return true;
    if (!this.#due(moved)) return false;
    this.expire();
    return true;
  }

  expire(): void {
    const { results } = readAll(this.#broker, this.#params, this.#plan.targets, false);
    respond(this.#broker, this.#context, this.#params, this.#plan, results);
  }

  /** Every change of a partition leads here. So where any record will do, only who moved can have become due since the last look. */
  #due(moved: Partition | undefined): boolean {
    const only = this.#params.minBytes <= 1 ? moved : undefined;
    const { targets } = this.#plan;
    let bytes = 0;
    for (let index = 0; index < targets.length; index++) {
      const target = targets[index];
      const partition = this.#partitions[index];
      if (target === undefined || partition === undefined || (only !== undefined && partition !== only)) continue;
      const available = this.#available(partition, target);
      if (available === undefined) return true;
      bytes += available;
      if (bytes >= this.#params.minBytes) return true;
    }
    return false;
  }

  /** How many bytes can be read now; undefined when the answer is due whatever there is: an error, a truncation, a divergence. */
  #available(partition: Partition, target: FetchTarget): number | undefined {
    const readable = partition.readable(wireLeaderEpoch(target.currentLeaderEpoch), this.#params.leaderOnly);
    if (!readable.ok) return undefined;
    const log = readable.value;
    const { replication } = this.#broker.rules;
    const at = wireOffset(target.fetchOffset);
    const upTo = replication.fetchUpperBound(
      this.#params.isFollower,
      this.#params.readCommitted,
      log.highWatermark,
      log.lastStableOffset,
      log.logEndOffset,
    );
    if (at > log.logEndOffset || at < log.logStartOffset) return undefined;
    const asked: LeaderEpoch = wireLeaderEpoch(target.lastFetchedEpoch);
    if (replication.divergenceOf(log.epochs.entries(), log.logStartOffset, log.logEndOffset, asked, at).type !== 'matches') return undefined;
    if (at >= upTo) return 0;
    // Any record will do; else the size counts, as far as this partition may contribute.
    if (this.#params.minBytes <= 1) return 1;
    const slice = log.read(at, upTo, Math.max(0, target.maxBytes), true);
    return slice.ok ? slice.value.byteLength : undefined;
  }
}

interface TopicAnswer {
  readonly topic: string;
  readonly topicId: FetchTarget['topicId'];
  readonly partitions: PartitionAnswer[];
}

function respond(broker: BrokerContext, context: Context, params: FetchParams, plan: FetchPlan, results: readonly PartitionAnswer[]): void {
  if (context.closed) return;
  const { error: sessionError, sessionId, told, answers } = plan.finish(results);
  let error: number = sessionError;
  const hints = new LeaderHints(broker);
  let topics: TopicAnswer[] | undefined;
  let topic: TopicAnswer | undefined;
  for (let at = 0; at < answers.length; at++) {
    const target = told[at];
    const result = answers[at];
    if (target === undefined || result === undefined) continue;
    error = worst(error, result.errorCode);
    const moved = result.errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER || result.errorCode === ErrorCode.FENCED_LEADER_EPOCH;
    const currentLeader = moved && context.apiVersion >= leaderHintsVersion ? hints.of(target.topic, target.topicId, target.index) : undefined;
    const partition = currentLeader === undefined ? result : { ...result, currentLeader };
    if (topic?.topicId === target.topicId && topic.topic === target.topic) topic.partitions.push(partition);
    else {
      topic = { topic: target.topic, topicId: target.topicId, partitions: [partition] };
      topics = append(topics, topic);
    }
    if (!params.isFollower && result.records !== null && result.records.byteLength > 0) tellServed(broker, target, result.records);
  }
  answer(broker, context, { errorCode: sessionError, sessionId, responses: topics ?? nothing, nodeEndpoints: hints.endpoints() }, error);
}

function tellServed(broker: BrokerContext, target: FetchTarget, records: NonNullable<PartitionAnswer['records']>): void {
  const found = findPartition(broker, target.topic, target.topicId, target.index);
  if (!found.ok || !('nextOffset' in records)) return;
  const { nextOffset } = records as { readonly nextOffset: Offset };
  broker.world.observe({ type: 'served', partition: found.value.name, from: wireOffset(target.fetchOffset), to: nextOffset });
}
