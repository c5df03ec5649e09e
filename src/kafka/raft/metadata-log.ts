/**
 * The seam between a controller and the metadata quorum: what a controller node needs of a replicated log `__cluster_metadata-0`.
 * Owns the interface only. An implementation must persist its epoch before it acts in it, and expose nothing that is not committed.
 */
import type { BrokerId, LeaderEpoch, Offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import type { Result } from '../../model/result.ts';
import { topicPartition } from '../../model/topic-partition.ts';
import type { DescribeQuorumRequest, DescribeQuorumResponseInput } from '../../protocol/messages/describe-quorum.ts';
import type { FetchRequest, FetchResponseInput } from '../../protocol/messages/fetch.ts';
import type { MetadataBatch } from '../metadata/metadata-image.ts';
import type { MetadataRecord } from '../metadata/metadata-record.ts';

export const metadataTopic = '__cluster_metadata';
export const metadataPartition = topicPartition(metadataTopic, 0);

/** What the log tells its node, in the lane `raft`. */
export interface MetadataLogListener {
  /** A batch is committed: durable on a majority. Every batch comes once a start, in order, from the beginning of the log. */
  committed(batch: MetadataBatch): void;
  /** This node leads from now on; every batch of earlier epochs, and the LeaderChange of this one, has been told as committed. */
  elected(epoch: LeaderEpoch): void;
  /** This node leads no more; what it appended and was not told as committed may be lost. */
  resigned(): void;
  /** The storage failed, and the node with it; `reason` is for an operator. Nothing comes afterwards. */
  failed(reason: string): void;
}

export interface MetadataLog {
  /** Opens what is on disk, then takes part. Once. */
  start(listener: MetadataLogListener): void;
  /** The current epoch, -1 before the first. */
  readonly epoch: LeaderEpoch;
  /** -1 while unknown. */
  readonly leaderId: BrokerId;
  /** Where the next record will stand. */
  readonly endOffset: Offset;
  /** Everything below is committed. */
  readonly highWatermark: Offset;
  /**
   * Takes the records as one batch, whole or not at all after a crash, and gives it its place. `committed` follows later, never within
   * this call. NOT_CONTROLLER when this node does not lead.
   */
  append(records: readonly MetadataRecord[]): Result<MetadataBatch, ErrorCode>;
  /** Serves a Fetch of an observer or a voter; `respond` comes at once, or when there is data or the wait is over. */
  fetch(request: FetchRequest, apiVersion: number, respond: (response: FetchResponseInput) => void): void;
  describeQuorum(request: DescribeQuorumRequest, apiVersion: number): DescribeQuorumResponseInput;
  /** Ends in order: parked fetches are answered, files synced and closed. */
  close(): void;
}
