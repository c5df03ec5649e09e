/** All logs of one node (signatures; the implementation follows). */
import type { World } from '../../io/world.ts';
import type { BrokerEpoch } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import type { Result } from '../../model/result.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { Uuid } from '../../model/uuid.ts';
import type { LogRules } from '../rules/log.ts';
import type { LogConfig, LogManagerConfig } from './log-config.ts';
import type { PartitionLog } from './partition-log.ts';

/** One log directory of this node. */
export interface LogDirectoryState {
  readonly name: string;
  readonly id: Uuid;
  readonly offline: boolean;
}

export declare class LogManager {
  constructor(world: World, config: LogManagerConfig, rules: { readonly log: LogRules });
  /** Opens every log, one segment or 1 MiB a step, in the lane `background`; a failed directory is offline, not an error. The error is text for an operator. */
  load(done: (result: Result<void, string>) => void): void;
  get(partition: TopicPartition): PartitionLog | undefined;
  logs(): IterableIterator<PartitionLog>;
  /** Opens or makes the log. INCONSISTENT_TOPIC_ID when one with another id is there; KAFKA_STORAGE_ERROR when no directory works. */
  create(partition: TopicPartition, topicId: Uuid, config: LogConfig): Result<PartitionLog, ErrorCode>;
  remove(partition: TopicPartition): Result<void, ErrorCode>;
  /** The broker epoch of the last clean stop, if every directory has seen the same one; else -1 (KIP-966). */
  previousBrokerEpoch(): BrokerEpoch;
  directories(): readonly LogDirectoryState[];
  /** Told when a directory goes offline after load. */
  onDirectoryFailure: (directory: LogDirectoryState) => void;
  /** Starts the periodic checkpoints; call after load. */
  start(): void;
  /** Clean stop: flush and close all logs, write the checkpoints, then the marker with this broker epoch. */
  shutDown(brokerEpoch: BrokerEpoch): void;
}
