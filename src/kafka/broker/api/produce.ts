/**
 * Produce (0): validates each partition's batch, appends it as the leader, and answers by the acks that were asked for.
 * Owns the delayed answer of acks=all; the rules say when a partition is done. Source: KafkaApis.handleProduceRequest,
 * ReplicaManager.appendRecords, DelayedProduce.
 */
import { type LeaderEpoch, leaderEpoch, type Offset, offset } from '../../../model/brand.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import type { Uuid } from '../../../model/uuid.ts';
import type { ProduceRequest, ProduceResponseInput } from '../../../protocol/messages/produce.ts';
import { BatchView } from '../../../protocol/records/batch-header.ts';
import { validateProduced } from '../../../protocol/records/validate.ts';
import { after } from '../../replication/leader.ts';
import type { Partition } from '../../replication/partition.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { answer, type BrokerContext, worst } from '../broker-context.ts';
import { findPartition, isInternal, LeaderHints, noLeaderHint } from '../partitions.ts';
import type { DelayedOperation } from '../purgatory.ts';

type Context = RequestContext<ProduceResponseInput>;

/** The one client that may write to internal topics. */
const adminClientId = '__admin_client';
/** The first version with CurrentLeader and NodeEndpoints (KIP-951). */
const leaderHintsVersion = 10;
const noOffset = offset(-1);
const noRecordErrors: readonly never[] = [];

/** What became of one partition of a request. */
interface Appended {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly index: number;
  error: number;
  base: Offset;
  last: Offset;
  logAppendTimeMs: number;
  logStartOffset: Offset;
  message: string | null;
  recordErrors: readonly { readonly batchIndex: number; readonly message: string }[];
  /** Where it was appended; undefined when it was not. */
  partition: Partition | undefined;
  /** The epoch it was appended in. */
  epoch: LeaderEpoch;
  /** See Partition.tenure. */
  tenure: number;
  /** Waits for the high watermark. */
  pending: boolean;
}

export function handleProduce(broker: BrokerContext, context: Context, request: ProduceRequest): void {
  const { acks } = request;
  const results: Appended[] = [];
  let appended = 0;
  let error: number = ErrorCode.NONE;
  for (const topic of request.topicData) {
    for (const data of topic.partitionData) {
      const result = none(topic.name, topic.topicId, data.index);
      results.push(result);
      append(broker, context, acks, data.records, result);
      if (result.partition !== undefined) appended++;
      error = worst(error, result.error);
    }
  }
  if (acks === 0) {
    broker.world.observe({ type: 'answered', apiKey: context.apiKey, error });
    // Nobody listens for an error; a broken connection makes the producer look for the leader anew.
    if (error === ErrorCode.NONE) context.noResponse();
    else context.disconnect();
    return;
  }
  if (acks !== -1 || appended === 0) {
    respond(broker, context, results, acks);
    return;
  }
  const waiting: Partition[] = [];
  for (const result of results) {
    if (result.partition === undefined) continue;
    result.pending = true;
    waiting.push(result.partition);
  }
  broker.producePurgatory.tryCompleteElseWatch(new DelayedProduce(broker, context, results, appended), waiting, Math.max(0, request.timeoutMs));
}

const none = (topic: string, topicId: Uuid, index: number): Appended => ({
  topic,
  topicId,
  index,
  error: ErrorCode.NONE,
  base: noOffset,
  last: noOffset,
  logAppendTimeMs: -1,
  logStartOffset: noOffset,
  message: null,
  recordErrors: noRecordErrors,
  partition: undefined,
  epoch: leaderEpoch(-1),
  tenure: -1,
  pending: false,
});

function append(broker: BrokerContext, context: Context, acks: number, records: Uint8Array | null, result: Appended): void {
  if (acks < -1 || acks > 1) {
    result.error = ErrorCode.INVALID_REQUIRED_ACKS;
    return;
  }
  const found = findPartition(broker, result.topic, result.topicId, result.index);
  if (!found.ok) {
    result.error = found.error;
    return;
  }
  const partition = found.value;
  if (isInternal(partition.topic) && context.clientId !== adminClientId) {
    result.error = ErrorCode.INVALID_TOPIC_EXCEPTION;
    return;
  }
  const leader = partition.leader;
  if (leader === undefined || partition.limits === undefined) {
    result.error = partition.offline ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NOT_LEADER_OR_FOLLOWER;
    return;
  }
  if (records === null || records.length === 0) {
    result.error = ErrorCode.INVALID_RECORD;
    result.message = 'a partition needs exactly one record batch';
    return;
  }
  const wallMs = broker.world.clock.wallMs();
  const batch = validateProduced(records, partition.limits, context.apiVersion, wallMs);
  if (!batch.ok) {
    result.error = batch.error.code;
    result.message = batch.error.message;
    result.recordErrors = batch.error.recordErrors;
    return;
  }
  if (new BatchView(batch.value.bytes, 0).isTransactional) {
    // No transaction coordinator has opened a transaction for it: there is none on this broker.
    result.error = ErrorCode.INVALID_TXN_STATE;
    return;
  }
  const info = leader.append(batch.value.bytes, acks, wallMs);
  if (!info.ok) {
    result.error = info.error;
    if (info.error === ErrorCode.KAFKA_STORAGE_ERROR) broker.replicas.storageFailed(partition);
    return;
  }
  result.partition = partition;
  result.epoch = leader.epoch;
  result.tenure = partition.tenure;
  result.base = info.value.base;
  result.last = info.value.last;
  if (info.value.duplicate !== undefined)
    broker.world.observe({ type: 'duplicated', partition: partition.name, base: info.value.base, last: info.value.last });
  // A repetition is answered as the first one was.
  result.logAppendTimeMs = info.value.duplicate?.timestampMs ?? batch.value.logAppendTimeMs;
  result.logStartOffset = leader.log.logStartOffset;
}

/** Waits until every partition's high watermark has passed what was appended, or leadership is lost, or the time is up. */
class DelayedProduce implements DelayedOperation<Partition> {
  readonly #broker: BrokerContext;
  readonly #context: Context;
  readonly #results: readonly Appended[];
  #pending: number;

  constructor(broker: BrokerContext, context: Context, results: readonly Appended[], pending: number) {
    this.#broker = broker;
    this.#context = context;
    this.#results = results;
    this.#pending = pending;
  }

  tryComplete(): boolean {
    for (const result of this.#results) if (result.pending) this.#look(result);
    if (this.#pending > 0) return false;
    respond(this.#broker, this.#context, this.#results, -1);
    return true;
  }

  expire(): void {
    for (const result of this.#results) if (result.pending) result.error = ErrorCode.REQUEST_TIMED_OUT;
    respond(this.#broker, this.#context, this.#results, -1);
  }

  #look(result: Appended): void {
    const { partition } = result;
    const leader = partition?.tenure === result.tenure ? partition.leader : undefined;
    const acknowledgement = this.#broker.rules.replication.acknowledgement(leader, after(result.last));
    if (acknowledgement.type === 'wait') return;
    result.pending = false;
    result.error = acknowledgement.error;
    this.#pending--;
  }
}

function respond(broker: BrokerContext, context: Context, results: readonly Appended[], acks: number): void {
  acknowledge(broker, results, acks);
  let error: number = ErrorCode.NONE;
  const topics: { name: string; topicId: Uuid; partitionResponses: ProduceResponseInput['responses'][number]['partitionResponses'][number][] }[] = [];
  const hints = new LeaderHints(broker);
  for (const result of results) {
    error = worst(error, result.error);
    let topic = topics.at(-1);
    if (topic === undefined || topic.name !== result.topic || topic.topicId !== result.topicId) {
      topic = { name: result.topic, topicId: result.topicId, partitionResponses: [] };
      topics.push(topic);
    }
    const failed = result.error !== ErrorCode.NONE;
    const moved = result.error === ErrorCode.NOT_LEADER_OR_FOLLOWER && context.apiVersion >= leaderHintsVersion;
    const currentLeader = moved ? hints.of(result.topic, result.topicId, result.index) : undefined;
    topic.partitionResponses.push({
      index: result.index,
      errorCode: result.error,
      baseOffset: failed ? noOffset : result.base,
      logAppendTimeMs: failed ? -1 : result.logAppendTimeMs,
      logStartOffset: failed ? noOffset : result.logStartOffset,
      recordErrors:
        result.recordErrors.length === 0
          ? noRecordErrors
          : result.recordErrors.map((each) => ({ batchIndex: each.batchIndex, batchIndexErrorMessage: each.message })),
      errorMessage: result.message,
      currentLeader: currentLeader ?? noLeaderHint,
    });
  }
  answer(broker, context, { responses: topics, nodeEndpoints: hints.endpoints() }, error);
}

function acknowledge(broker: BrokerContext, results: readonly Appended[], acks: number): void {
  for (const result of results) {
    if (result.partition === undefined || result.error !== ErrorCode.NONE) continue;
    broker.world.observe({
      type: 'acknowledged',
      partition: result.partition.name,
      base: result.base,
      last: result.last,
      epoch: result.epoch,
      acks,
    });
  }
}
