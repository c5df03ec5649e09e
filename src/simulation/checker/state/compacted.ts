/**
 * Every batch that was ever written to one partition of a compacted topic, as it was before compaction, with what stood before it. A batch's leader
 * epoch and base offset name it and all its history (LogMatching), so that a log of which compaction has taken something is still a log of whole
 * batches to the other checks: what it lacks in between is known from here. Owns this memory; what may be missing is compaction-checks.ts's.
 */
import type { BatchSummary } from '../../../io/node-event.ts';
import type { TopicPartition } from '../../../model/topic-partition.ts';
import type { Ledger } from './ledger.ts';
import type { ReplicaLog } from './replica-log.ts';

/** One record as a log holds it. */
export interface StoredRecord {
  readonly offset: number;
  /** Undefined where it has none, and in a control batch. */
  readonly key: string | undefined;
  readonly tombstone: boolean;
  /** Equal for equal records: made of key, value and headers. */
  readonly hash: number;
}

export interface StoredBatch extends BatchSummary {
  readonly records: readonly StoredRecord[];
}

/** Which topics are compacted, and what lies in their files. */
export interface CompactedTopics {
  /** delete.retention.ms of a topic that is compacted; undefined for others. */
  readonly deleteRetentionMs: (partition: TopicPartition) => number | undefined;
  /** As OracleOptions.stored, with the records. */
  readonly stored: (hostId: number, partition: TopicPartition) => readonly StoredBatch[];
  /** The last batch of the host's log with this base offset. */
  readonly batchAt: (hostId: number, partition: TopicPartition, base: number) => StoredBatch | undefined;
}

/** A batch as it was written first. */
export interface WrittenBatch extends BatchSummary {
  readonly records: readonly StoredRecord[];
  /** The one before it in its log; undefined where that is not known, or there is none. */
  readonly before: WrittenBatch | undefined;
  /** When it was seen first. */
  readonly timeUs: number;
}

export class CompactedHistory {
  /** delete.retention.ms: no tombstone goes before it is that old. */
  readonly deleteRetentionMs: number;
  readonly #byEpoch = new Map<number, Map<number, WrittenBatch>>();

  constructor(deleteRetentionMs: number) {
    this.deleteRetentionMs = deleteRetentionMs;
  }

  find(base: number, epoch: number): WrittenBatch | undefined {
    return this.#byEpoch.get(epoch)?.get(base);
  }

  /** Remembers a batch that is about to be the log's next one. */
  add(log: ReplicaLog, batch: StoredBatch, timeUs: number): void {
    let batches = this.#byEpoch.get(batch.epoch);
    if (batches === undefined) {
      batches = new Map();
      this.#byEpoch.set(batch.epoch, batches);
    }
    const { base, last, epoch, crc, records } = batch;
    batches.set(base, { base, last, epoch, crc, records, before: this.find(log.bases[log.length - 1] ?? -1, log.lastEpoch), timeUs });
  }

  /** Gives a log, as the checks see it, all that compaction has taken out between its end and this batch. */
  fill(ledger: Ledger, log: ReplicaLog, next: WrittenBatch): void {
    const taken: WrittenBatch[] = [];
    for (let batch = next.before; batch !== undefined && batch.base >= log.end; batch = batch.before) taken.push(batch);
    for (const { base, last, epoch, crc } of taken.reverse()) ledger.append(log, base, last + 1, epoch, crc);
  }

  /** The batches of a log, as they were written. */
  *batchesOf(log: ReplicaLog): Generator<WrittenBatch> {
    for (const [at, base] of log.bases.entries()) {
      const written = this.find(base, log.epochs[at] ?? -1);
      if (written !== undefined) yield written;
    }
  }
}

/** Each record of the copy is one of the original's: compaction takes records out of a batch and changes none. */
export function isWhatIsLeft(copy: readonly StoredRecord[], original: readonly StoredRecord[]): boolean {
  return copy.every((record) => original.some(({ offset, hash }) => offset === record.offset && hash === record.hash));
}
