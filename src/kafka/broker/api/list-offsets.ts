/**
 * ListOffsets (2): the offset of a moment, or of an end of the log. Owns the meaning of the negative timestamps; whether the latest
 * offset may be told yet is a rule. Source: KafkaApis.handleListOffsetRequest, Partition.fetchOffsetForTimestamp.
 */
import { type LeaderEpoch, leaderEpoch, type Offset, offset } from '../../../model/brand.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import { failed, ok, type Result } from '../../../model/result.ts';
import { zeroUuid } from '../../../model/uuid.ts';
import type { ListOffsetsRequest, ListOffsetsResponseInput } from '../../../protocol/messages/list-offsets.ts';
import type { PartitionLog } from '../../log/partition-log.ts';
import type { Partition } from '../../replication/partition.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { answer, type BrokerContext, worst } from '../broker-context.ts';
import { findPartition } from '../partitions.ts';
import { wireLeaderEpoch } from '../wire.ts';

type Asked = ListOffsetsRequest['topics'][number]['partitions'][number];
type Answered = ListOffsetsResponseInput['topics'][number]['partitions'][number];

const latest = -1;
const earliest = -2;
const maxTimestamp = -3;
const earliestLocal = -4;
const latestTiered = -5;
const earliestPendingUpload = -6;
/** The version from which each special timestamp is understood, by its absolute value. */
const sinceVersion = [0, 1, 1, 7, 8, 9, 11];
const consumer = -1;
const readCommitted = 1;
const debuggingConsumer = -3;

interface Found {
  readonly offset: Offset;
  readonly timestampMs: number;
  readonly epoch: LeaderEpoch;
}
const nothing: Found = { offset: offset(-1), timestampMs: -1, epoch: leaderEpoch(-1) };

export function handleListOffsets(broker: BrokerContext, context: RequestContext<ListOffsetsResponseInput>, request: ListOffsetsRequest): void {
  let error: number = ErrorCode.NONE;
  const topics = request.topics.map((topic) => {
    const partitions = topic.partitions.map((asked): Answered => {
      const twice = topic.partitions.some((other) => other !== asked && other.partitionIndex === asked.partitionIndex);
      const found = twice ? failed(ErrorCode.INVALID_REQUEST) : find(broker, context.apiVersion, request, topic.name, asked);
      const { offset, timestampMs: timestamp, epoch } = found.ok ? found.value : nothing;
      const errorCode = found.ok ? ErrorCode.NONE : found.error;
      error = worst(error, errorCode);
      // Clients before version 4 know no leader epochs.
      return { partitionIndex: asked.partitionIndex, errorCode, timestamp, offset, leaderEpoch: context.apiVersion >= 4 ? epoch : -1 };
    });
    return { name: topic.name, partitions };
  });
  answer(broker, context, { topics }, error);
}

function find(broker: BrokerContext, version: number, request: ListOffsetsRequest, topic: string, asked: Asked): Result<Found, ErrorCode> {
  const { timestamp } = asked;
  if (timestamp < 0 && version < (sinceVersion[-timestamp] ?? Number.POSITIVE_INFINITY)) return failed(ErrorCode.UNSUPPORTED_VERSION);
  const found = findPartition(broker, topic, zeroUuid, asked.partitionIndex);
  if (!found.ok) return found;
  const partition = found.value;
  const readable = partition.readable(wireLeaderEpoch(asked.currentLeaderEpoch), request.replicaId !== debuggingConsumer);
  if (!readable.ok) return readable;
  const log = readable.value;
  const isClient = request.replicaId === consumer;
  const visibleTo = request.isolationLevel === readCommitted ? log.lastStableOffset : log.highWatermark;
  const upTo = isClient ? visibleTo : undefined;
  switch (timestamp) {
    case latest:
      return latestOffset(broker, partition, log, upTo, version);
    case earliest:
    case earliestLocal:
      return ok({ offset: log.logStartOffset, timestampMs: -1, epoch: epochAt(log, log.logStartOffset) });
    case latestTiered:
    case earliestPendingUpload:
      // Nothing is ever tiered here.
      return ok(nothing);
    default:
      return byTime(broker, partition, log, timestamp, upTo, version);
  }
}

/** Consumers see up to the high watermark or the last stable offset; followers and debuggers, with `upTo` undefined, up to the log end. */
function latestOffset(
  broker: BrokerContext,
  partition: Partition,
  log: PartitionLog,
  upTo: Offset | undefined,
  version: number,
): Result<Found, ErrorCode> {
  const error = upTo === undefined ? ErrorCode.NONE : lagging(broker, partition, upTo, version);
  if (error !== ErrorCode.NONE) return failed(error);
  return ok({ offset: upTo ?? log.logEndOffset, timestampMs: -1, epoch: partition.leaderEpoch });
}

/** A hit below what may be read is good in any case; a miss may only mean that a new leader's high watermark lags. */
function byTime(
  broker: BrokerContext,
  partition: Partition,
  log: PartitionLog,
  timestamp: number,
  upTo: Offset | undefined,
  version: number,
): Result<Found, ErrorCode> {
  const found = timestamp === maxTimestamp ? log.maxTimestamp() : log.offsetForTimestamp(timestamp, log.logEndOffset);
  if (!found.ok) return found;
  if (found.value !== undefined && found.value.offset < (upTo ?? log.logEndOffset)) return ok(found.value);
  const error = upTo === undefined ? ErrorCode.NONE : lagging(broker, partition, upTo, version);
  return error === ErrorCode.NONE ? ok(nothing) : failed(error);
}

function lagging(broker: BrokerContext, partition: Partition, upTo: Offset, version: number): ErrorCode {
  const { leader } = partition;
  return leader === undefined ? ErrorCode.NONE : broker.rules.replication.latestOffsetError(upTo, leader.epochStartOffset, version);
}

/** The epoch in which the record at `at` was written, -1 when no epoch is known. */
function epochAt(log: PartitionLog, at: Offset): LeaderEpoch {
  let epoch = leaderEpoch(-1);
  for (const entry of log.epochs.entries()) if (entry.startOffset <= at) epoch = entry.epoch;
  return epoch;
}
