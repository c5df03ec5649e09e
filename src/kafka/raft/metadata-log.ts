/**
 * The seam between the controller and the metadata quorum: what a controller node needs of a replicated log `__cluster_metadata-0`.
 * Owns the interface only. An implementation must persist its epoch before it acts in it and expose nothing before it is durable.
 */
import type { BrokerId, LeaderEpoch, Offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import type { Result } from '../../model/result.ts';
import type { DescribeQuorumRequest, DescribeQuorumResponseInput } from '../../protocol/messages/describe-quorum.ts';
import type { FetchRequest, FetchResponseInput } from '../../protocol/messages/fetch.ts';
import type { MetadataBatch } from '../metadata/metadata-image.ts';
import type { MetadataRecord } from '../metadata/metadata-record.ts';

/** What the log tells its node, in the lane `raft`. */
export interface MetadataLogListener {
  /** A batch is committed: durable on a majority. In order, each once a start, from the beginning of the log. */
  committed(batch: MetadataBatch): void;
  /** This node leads from now on; every batch of earlier epochs has been told as committed. */
  elected(epoch: LeaderEpoch): void;
  /** This node leads no more; what it appended and was not told as committed may be lost. */
  resigned(): void;
  /** The log's storage failed: the node can not go on. */
  failed(error: ErrorCode): void;
}

export interface MetadataLog {
  /** Opens what is on disk, then takes part; the listener is told of what happens. */
  start(listener: MetadataLogListener): void;
  /** The current epoch, -1 before the first. */
  readonly epoch: LeaderEpoch;
  /** -1 while unknown. */
  readonly leaderId: BrokerId;
  /** Where the next record will stand. */
  readonly endOffset: Offset;
  /** Everything below is committed. */
  readonly highWatermark: Offset;
  /** Writes the records as one batch, atomic in a crash. The offset of the last one; `committed` follows. NOT_CONTROLLER when this node does not lead. */
  append(records: readonly MetadataRecord[]): Result<Offset, ErrorCode>;
  /** Serves an observer's or a voter's Fetch; `respond` comes at once, or when there is data or the wait is over. */
  fetch(request: FetchRequest, apiVersion: number, respond: (response: FetchResponseInput) => void): void;
  describeQuorum(request: DescribeQuorumRequest): DescribeQuorumResponseInput;
  /** Ends in order: parked fetches are answered, files closed. */
  close(): void;
}
