/**
 * What a follower decides: what it does to its log when it becomes one, and in which order it acts on a leader's answer.
 */
import type { LeaderEpoch, Offset } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import type { FollowerStep, OutOfRange } from './replication.ts';

const diverging: readonly FollowerStep[] = ['truncate'];
const sharing: readonly FollowerStep[] = ['append', 'highWatermark', 'logStart'];
const askOffsets: readonly FollowerStep[] = ['askOffsets'];
const backOff: readonly FollowerStep[] = ['backOff'];
const awaitMetadata: readonly FollowerStep[] = ['awaitMetadata'];
const keep: OutOfRange = { type: 'keep' };
const nothing: { readonly truncateTo: Offset | undefined } = { truncateTo: undefined };

/**
 * Nothing is cut: the log end offset is where fetching starts, and the leader's epochs say what of it is shared. A high watermark
 * always lags the leader's, so that cutting there drops committed records (KIP-101).
 */
export function followerTakeOver(_logEndOffset: Offset, _highWatermark: Offset): { readonly truncateTo: Offset | undefined } {
  return nothing;
}

/**
 * A diverging answer only truncates: its high watermark counts records of a history that this log does not share yet (KAFKA-14704).
 * Source: AbstractFetcherThread.processFetchRequest, onPartitionFenced.
 */
export function followerSteps(error: number, diverged: boolean): readonly FollowerStep[] {
  switch (error) {
    case ErrorCode.NONE:
      return diverged ? diverging : sharing;
    case ErrorCode.OFFSET_OUT_OF_RANGE:
      return askOffsets;
    case ErrorCode.FENCED_LEADER_EPOCH:
      return awaitMetadata;
    default:
      return backOff;
  }
}

/**
 * A read on the leader may race a truncation and an append of a later epoch; batches beyond the epoch in which the fetch was sent are
 * left for a fetch that knows them (KAFKA-18723).
 */
export function appendBound(fetchEpoch: LeaderEpoch): LeaderEpoch {
  return fetchEpoch;
}

/** Source: AbstractFetcherThread.fetchOffsetAndTruncate. */
export function outOfRange(logEndOffset: Offset, leaderLogStartOffset: Offset, leaderLogEndOffset: Offset): OutOfRange {
  if (leaderLogEndOffset < logEndOffset) return { type: 'truncate', to: leaderLogEndOffset };
  if (logEndOffset < leaderLogStartOffset) return { type: 'restart', at: leaderLogStartOffset };
  return keep;
}

/** min(leader's, own log end offset), not below the log start (UnifiedLog.maybeUpdateHighWatermark); it may fall after an election. */
export function followerHighWatermark(leaderHighWatermark: Offset, logStartOffset: Offset, logEndOffset: Offset): Offset {
  if (leaderHighWatermark < logStartOffset) return logStartOffset;
  return leaderHighWatermark < logEndOffset ? leaderHighWatermark : logEndOffset;
}
