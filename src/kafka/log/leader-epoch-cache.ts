/** A log's leader epochs (signatures; the implementation follows). */
import type { LeaderEpoch, Offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import type { Result } from '../../model/result.ts';
import type { EpochEntry } from '../rules/replication.ts';

export declare class LeaderEpochCache {
  entries(): readonly EpochEntry[];
  latest(): LeaderEpoch;
  /** Durable when it returns. */
  assign(epoch: LeaderEpoch, startOffset: Offset): Result<void, ErrorCode>;
  truncateFromEnd(endOffset: Offset): Result<void, ErrorCode>;
  truncateFromStart(startOffset: Offset): Result<void, ErrorCode>;
}
