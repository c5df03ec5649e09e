/**
 * The checkpoint files of one log directory and its clean-shutdown marker. Owns what was last written, so that an unchanged file is not written
 * again. Source: Kafka's OffsetCheckpointFile, LogStartOffset and high watermark checkpoints, CleanShutdownFileHandler.
 */
import type { BrokerEpoch, Offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import { done, type Result } from '../../model/result.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import { writeText } from './files.ts';
import type { LogDirectory } from './log-directory.ts';
import type { PartitionLog } from './partition-log.ts';
import { fileNames, formatCleanShutdown, formatOffsets } from './text-formats.ts';

export class DirectoryCheckpoints {
  readonly #directory: LogDirectory;
  readonly #written = new Map<string, string>();

  constructor(directory: LogDirectory) {
    this.#directory = directory;
  }

  /** Up to where each log was synced. */
  recoveryPoints(logs: readonly PartitionLog[]): Result<void, ErrorCode> {
    return this.#offsets(fileNames.recoveryPoints, logs, (log) => log.recoveryPoint);
  }

  /** Only of logs that start above their first segment's base offset; the others' start is known from the file names. */
  logStartOffsets(logs: readonly PartitionLog[]): Result<void, ErrorCode> {
    return this.#offsets(
      fileNames.logStartOffsets,
      logs.filter((log) => log.logStartOffset > log.firstSegmentBase),
      (log) => log.logStartOffset,
    );
  }

  highWatermarks(logs: readonly PartitionLog[]): Result<void, ErrorCode> {
    return this.#offsets(fileNames.highWatermarks, logs, (log) => log.highWatermark);
  }

  /** Up to where each compacted log was compacted. */
  cleanedOffsets(logs: readonly PartitionLog[]): Result<void, ErrorCode> {
    const cleaned = logs.filter((log) => log.cleanedTo > log.logStartOffset);
    // A node that compacts nothing has no such file.
    if (cleaned.length === 0 && !this.#written.has(fileNames.cleanedOffsets)) return done;
    return this.#offsets(fileNames.cleanedOffsets, cleaned, (log) => log.cleanedTo);
  }

  /** Vouches that everything in this directory is durable and complete. */
  marker(epoch: BrokerEpoch): Result<void, ErrorCode> {
    return this.#write(fileNames.cleanShutdown, formatCleanShutdown(epoch));
  }

  #offsets(name: string, logs: readonly PartitionLog[], offsetOf: (log: PartitionLog) => Offset): Result<void, ErrorCode> {
    const offsets = new Map<TopicPartition, Offset>();
    for (const log of logs) offsets.set(log.partition, offsetOf(log));
    return this.#write(name, formatOffsets(offsets));
  }

  #write(name: string, text: string): Result<void, ErrorCode> {
    if (this.#directory.offline) return this.#directory.fail('EIO');
    if (this.#written.get(name) === text) return done;
    const written = writeText(this.#directory.disk, '', name, text);
    if (!written.ok) return this.#directory.fail(written.error);
    this.#written.set(name, text);
    return done;
  }
}
