/**
 * DeleteRecords (21): moves the start of partitions' logs forward, and answers when every live replica has followed. Owns the waiting; the
 * leader moves its own log, followers take its start over from what they fetch. Source: ReplicaManager.deleteRecords, DelayedDeleteRecords,
 * KIP-107.
 */
import { type Offset, offset } from '../../../model/brand.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import { zeroUuid } from '../../../model/uuid.ts';
import type { DeleteRecordsRequest, DeleteRecordsResponseInput } from '../../../protocol/messages/delete-records.ts';
import type { Partition } from '../../replication/partition.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { answer, type BrokerContext, worst } from '../broker-context.ts';
import { findPartition, isInternal } from '../partitions.ts';
import type { DelayedOperation } from '../purgatory.ts';

type Context = RequestContext<DeleteRecordsResponseInput>;

const unknown = offset(-1);

/** What became of one partition of a request. */
interface Deleted {
  readonly topic: string;
  readonly index: number;
  error: number;
  /** -1 while it is not known. */
  lowWatermark: Offset;
  /** The low watermark that is waited for. */
  required: Offset;
  /** Where the records were; undefined when none were deleted, or when nothing is waited for any more. */
  pending: Partition | undefined;
}

export function handleDeleteRecords(broker: BrokerContext, context: Context, request: DeleteRecordsRequest): void {
  const results: Deleted[] = [];
  const waiting: Partition[] = [];
  for (const topic of request.topics) {
    for (const asked of topic.partitions) {
      const result: Deleted = {
        topic: topic.name,
        index: asked.partitionIndex,
        error: ErrorCode.NONE,
        lowWatermark: unknown,
        required: unknown,
        pending: undefined,
      };
      results.push(result);
      deleteRecords(broker, asked.offset, result);
      if (result.pending !== undefined) waiting.push(result.pending);
    }
  }
  broker.deletePurgatory.tryCompleteElseWatch(new DelayedDelete(broker, context, results), waiting, Math.max(0, request.timeoutMs));
}

function deleteRecords(broker: BrokerContext, wanted: number, result: Deleted): void {
  const found = findPartition(broker, result.topic, zeroUuid, result.index);
  if (!found.ok) {
    result.error = found.error;
    return;
  }
  const partition = found.value;
  const { leader } = partition;
  if (isInternal(partition.topic)) result.error = ErrorCode.INVALID_TOPIC_EXCEPTION;
  else if (leader === undefined) result.error = partition.offline ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NOT_LEADER_OR_FOLLOWER;
  else if (!leader.log.config.cleanupPolicy.includes('delete')) result.error = ErrorCode.POLICY_VIOLATION;
  else {
    const deleted = leader.deleteRecords(wanted);
    if (deleted.ok) {
      result.required = deleted.value;
      result.pending = partition;
      return;
    }
    result.error = deleted.error;
    if (deleted.error === ErrorCode.KAFKA_STORAGE_ERROR) broker.replicas.storageFailed(partition);
  }
}

/** Waits until every partition's low watermark has come to what was asked, or leadership is lost, or the time is up. */
class DelayedDelete implements DelayedOperation<Partition> {
  readonly #broker: BrokerContext;
  readonly #context: Context;
  readonly #results: readonly Deleted[];

  constructor(broker: BrokerContext, context: Context, results: readonly Deleted[]) {
    this.#broker = broker;
    this.#context = context;
    this.#results = results;
  }

  tryComplete(): boolean {
    let pending = false;
    for (const result of this.#results) if (result.pending !== undefined) pending = !look(result, result.pending) || pending;
    if (pending) return false;
    this.#respond();
    return true;
  }

  expire(): void {
    for (const result of this.#results) if (result.pending !== undefined) result.error = ErrorCode.REQUEST_TIMED_OUT;
    this.#respond();
  }

  #respond(): void {
    let error: number = ErrorCode.NONE;
    const topics: { name: string; partitions: DeleteRecordsResponseInput['topics'][number]['partitions'][number][] }[] = [];
    for (const { topic: name, index: partitionIndex, error: errorCode, lowWatermark } of this.#results) {
      error = worst(error, errorCode);
      let topic = topics.at(-1);
      if (topic?.name !== name) {
        topic = { name, partitions: [] };
        topics.push(topic);
      }
      topic.partitions.push({ partitionIndex, lowWatermark, errorCode });
    }
    answer(this.#broker, this.#context, { throttleTimeMs: 0, topics }, error);
  }
}

/** True when the partition is done. */
function look(result: Deleted, partition: Partition): boolean {
  const { leader } = partition;
  if (leader === undefined) {
    result.error = partition.offline ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NOT_LEADER_OR_FOLLOWER;
    result.lowWatermark = unknown;
  } else {
    result.lowWatermark = leader.lowWatermark;
    if (result.lowWatermark < result.required) return false;
  }
  result.pending = undefined;
  return true;
}
