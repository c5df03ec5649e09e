/** What logs and their manager need of the configuration: Kafka's keys in camel case. Owns no parsing; a broker's defaults are config's. */

export interface LogConfig {
  /** segment.bytes: a segment is rolled before it would grow beyond this. */
  readonly segmentBytes: number;
  /** segment.ms: a segment older than this is rolled by the next append. */
  readonly segmentMs: number;
  /** segment.jitter.ms: at most this is taken off segment.ms, drawn once a segment. */
  readonly segmentJitterMs: number;
  /** index.interval.bytes: so many bytes of batches go by between two entries of the indexes. */
  readonly indexIntervalBytes: number;
  /** segment.index.bytes: a segment whose index would grow beyond this is rolled. */
  readonly segmentIndexBytes: number;
  /** flush.messages: so many records un-synced make an append sync before it answers. */
  readonly flushMessages: number;
  /** flush.ms: records un-synced for longer are synced at the next tick of log.flush.scheduler.interval.ms. */
  readonly flushMs: number;
  /** cleanup.policy: `delete` by age and size, `compact` to the last record of each key, both, or nothing. */
  readonly cleanupPolicy: readonly ('compact' | 'delete')[];
  /** retention.ms: a segment whose youngest record is older is deleted; negative for never. */
  readonly retentionMs: number;
  /** retention.bytes: the oldest segments are deleted while the log stays at least this large without them; negative for never. */
  readonly retentionBytes: number;
  /** file.delete.delay.ms: how long the files of a deleted segment lie around renamed, for those who still read them. */
  readonly fileDeleteDelayMs: number;
  /** min.cleanable.dirty.ratio, 0 to 1: so much of the log must be dirty, by bytes, before it is compacted. */
  readonly minCleanableDirtyRatio: number;
  /** min.compaction.lag.ms: younger records are not compacted. */
  readonly minCompactionLagMs: number;
  /** max.compaction.lag.ms: older ones are, however small the ratio. Also a bound on a segment's age. */
  readonly maxCompactionLagMs: number;
  /** delete.retention.ms: how long a tombstone stays after the first cleaning that finds it. */
  readonly deleteRetentionMs: number;
}

const never = Number.MAX_SAFE_INTEGER;

/** What a log is configured to that belongs to no topic: Kafka's sizes; it is rolled by size alone, and deletes nothing by itself. */
export const plainLogConfig: LogConfig = {
  segmentBytes: 1_073_741_824,
  segmentMs: never,
  segmentJitterMs: 0,
  indexIntervalBytes: 4096,
  segmentIndexBytes: 10_485_760,
  flushMessages: never,
  flushMs: never,
  cleanupPolicy: [],
  retentionMs: -1,
  retentionBytes: -1,
  fileDeleteDelayMs: 60_000,
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: never,
  deleteRetentionMs: 86_400_000,
};

/** How the cleaner of a node works. */
export interface CleanerConfig {
  /** log.cleaner.backoff.ms, 15000: the rest when no log is worth cleaning. */
  readonly backoffMs: number;
  /** Keys that one pass remembers, at least 1; from log.cleaner.dedupe.buffer.size. */
  readonly maxKeys: number;
}

/** What the log manager needs of its node's configuration. */
export interface LogManagerConfig {
  readonly nodeId: number;
  readonly clusterId: string;
  /** The configuration of logs found at load, before the topic's own is known. */
  readonly defaultLogConfig: LogConfig;
  /** log.flush.scheduler.interval.ms; undefined for never. */
  readonly logFlushSchedulerIntervalMs: number | undefined;
  /** log.flush.offset.checkpoint.interval.ms, 60000. */
  readonly logFlushOffsetCheckpointIntervalMs: number;
  /** log.flush.start.offset.checkpoint.interval.ms, 60000. */
  readonly logFlushStartOffsetCheckpointIntervalMs: number;
  /** replica.high.watermark.checkpoint.interval.ms, 5000. */
  readonly replicaHighWatermarkCheckpointIntervalMs: number;
  /** log.initial.task.delay.ms, 30000: before the first of each of these, after a start. */
  readonly logInitialTaskDelayMs: number;
  /** log.retention.check.interval.ms, 300000. */
  readonly logRetentionCheckIntervalMs: number;
  /** Undefined with log.cleaner.enable=false. */
  readonly cleaner: CleanerConfig | undefined;
  /** file.delete.delay.ms, 60000: how long a deleted log's renamed directory stays. */
  readonly fileDeleteDelayMs: number;
  /** producer.id.expiration.ms, 86400000: a producer that was silent for so long is forgotten. */
  readonly producerIdExpirationMs: number;
  /** producer.id.expiration.check.interval.ms, 600000. */
  readonly producerIdExpirationCheckIntervalMs: number;
}

/** How a manager works that no broker configures: Kafka's intervals, and no cleaner. */
export const plainManagerConfig: Omit<LogManagerConfig, 'nodeId' | 'clusterId'> = {
  defaultLogConfig: plainLogConfig,
  logFlushSchedulerIntervalMs: undefined,
  logFlushOffsetCheckpointIntervalMs: 60_000,
  logFlushStartOffsetCheckpointIntervalMs: 60_000,
  replicaHighWatermarkCheckpointIntervalMs: 5000,
  logInitialTaskDelayMs: 30_000,
  logRetentionCheckIntervalMs: 300_000,
  cleaner: undefined,
  fileDeleteDelayMs: 60_000,
  producerIdExpirationMs: 86_400_000,
  producerIdExpirationCheckIntervalMs: 600_000,
};
