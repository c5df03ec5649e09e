/** One partition's log (signatures; the implementation follows). */
import type { LeaderEpoch, Offset, TimestampMs } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import type { Result } from '../../model/result.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { Uuid } from '../../model/uuid.ts';
import type { LeaderEpochCache } from './leader-epoch-cache.ts';
import type { LogConfig } from './log-config.ts';
import type { LogSlice } from './log-slice.ts';

/** What an append did. Offsets inclusive; with no batch written, `last` is base - 1. */
export interface AppendInfo {
  readonly base: Offset;
  readonly last: Offset;
  readonly byteLength: number;
}

export interface FoundOffset {
  readonly offset: Offset;
  readonly timestampMs: TimestampMs;
  readonly epoch: LeaderEpoch;
}

export declare class PartitionLog {
  readonly partition: TopicPartition;
  readonly topicId: Uuid;
  config: LogConfig;
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  readonly recoveryPoint: Offset;
  /** Kept here for its checkpoint, set by replication: at load the checkpointed value within [logStart, logEnd]; lowered by truncation. */
  highWatermark: Offset;
  /** True after an I/O error of its log directory; everything then answers KAFKA_STORAGE_ERROR. */
  readonly offline: boolean;
  readonly epochs: LeaderEpochCache;
  appendAsLeader(batch: Uint8Array, epoch: LeaderEpoch, nowMs: number): Result<AppendInfo, ErrorCode>;
  appendAsFollower(records: Uint8Array, upToEpoch: LeaderEpoch): Result<AppendInfo, ErrorCode>;
  read(from: Offset, upTo: Offset, maxBytes: number, atLeastOne: boolean): Result<LogSlice, ErrorCode>;
  truncateTo(to: Offset): Result<void, ErrorCode>;
  truncateFullyAndStartAt(at: Offset): Result<void, ErrorCode>;
  advanceLogStart(to: Offset): Result<void, ErrorCode>;
  offsetForTimestamp(timestampMs: number, upTo: Offset): Result<FoundOffset | undefined, ErrorCode>;
  maxTimestamp(): Result<FoundOffset | undefined, ErrorCode>;
  flush(): Result<void, ErrorCode>;
  flushLater(): void;
  close(): void;
  remove(): Result<void, ErrorCode>;
}
