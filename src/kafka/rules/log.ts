/**
 * Every decision of the log that durability rests on, as pure functions over plain data: what is verified after a stop, where a torn log
 * ends, what the epoch cache says, in which order things become durable. Owns no state and touches no disk: `kafka/log` carries out.
 */
import { type BrokerEpoch, type BrokerId, brokerEpoch, type LeaderEpoch, type Offset } from '../../model/brand.ts';
import type { Uuid } from '../../model/uuid.ts';
import { type CleaningRules, cleaningRules } from './log-cleaning.ts';
import { chooseLog, isStray, type LogChoice, type LogQuestion } from './log-directories.ts';
import { assignEpoch, type EpochRun, epochsAfterLoad, epochsAtLeast, epochsBelow } from './log-epochs.ts';
import { type MoveRules, moveRules } from './log-moves.ts';
import { type DeletionStep, deletableSegments, deletionSteps, type RetentionFacts } from './log-retention.ts';
import { type TransactionRules, transactionRules } from './log-transactions.ts';
import type { EpochEntry } from './replication.ts';

/** A batch that recovery came upon. */
export interface ScannedBatch {
  readonly base: Offset;
  readonly last: Offset;
  readonly epoch: LeaderEpoch;
  /** Does the checksum hold? */
  readonly intact: boolean;
}

/** What stands before a scanned batch: the offset behind the last kept one (or the segment's base), and its epoch, -1 for none. */
export interface ScanPosition {
  readonly segmentBase: Offset;
  readonly nextOffset: Offset;
  readonly epoch: LeaderEpoch;
}

export type StartStep = 'readMarkers' | 'removeMarkers' | 'load';
export type StopStep = 'flush' | 'producers' | 'recoveryPoints' | 'logStartOffsets' | 'highWatermarks' | 'markers';
export type AppendStep = 'assignEpoch' | 'write';
export type TruncateStep = 'cutFiles' | 'syncFiles' | 'trimEpochs' | 'rebuildProducers' | 'recoveryPoint';
/** `append`: goes in. `stop`: this batch and all behind it are left for a later fetch. */
export type FetchedBatch = 'append' | 'stop' | 'restart' | 'outOfOrder';

export interface LogRules {
  /**
   * A marker is gone, durably, before any log is opened: one that outlives a crash would skip recovery and let the broker claim a clean
   * stop it did not have (KAFKA-10471, KAFKA-15375).
   */
  startSteps(): readonly StartStep[];
  /** The marker comes last: it vouches for all the others. */
  stopSteps(): readonly StopStep[];
  /** The broker epoch of the last stop if every directory was stopped cleanly in the same one, else -1 (KIP-966). */
  previousBrokerEpoch(markers: readonly (BrokerEpoch | undefined)[]): BrokerEpoch;
  /**
   * The first of the segments whose batches are verified; their number for none. After a clean stop nothing is; else all from the one
   * that holds the recovery point, since a sync vouches for nothing beyond it.
   */
  recoveryStart(cleanStop: boolean, recoveryPoint: Offset, segmentBases: readonly Offset[]): number;
  /** Whether a scanned batch stays. The log ends before the first that does not: what stands behind a hole was never acknowledged in order. */
  keepScanned(batch: ScannedBatch, before: ScanPosition): boolean;
  /**
   * Whether a verified segment goes on where the one before it ends. A lost write at the end of a segment leaves no torn bytes, only a gap.
   * `first`: nothing stands before it.
   */
  segmentFollows(base: Offset, previousEnd: Offset, first: boolean): boolean;
  /**
   * Whether the index files of a segment are taken as they are. A sync vouches for them as it does for the batches; behind the recovery point
   * they may speak of a history that is gone, and are built anew.
   */
  trustIndexes(verified: boolean): boolean;
  /** Recovery syncs nothing but what it cut, so only a clean stop moves the point to the end. */
  recoveredPoint(cleanStop: boolean, checkpointed: Offset, logEndOffset: Offset): Offset;
  /** The epoch cache of an opened log: what the checkpoint says and the batches do not contradict, extended by the batches found. */
  epochsAfterLoad(
    checkpointed: readonly EpochEntry[],
    found: readonly EpochRun[],
    logStartOffset: Offset,
    logEndOffset: Offset,
  ): readonly EpochEntry[];
  /** The cache with this epoch from this offset on; undefined when it says so already. Conflicting entries give way (LeaderEpochFileCache.assign). */
  assignEpoch(entries: readonly EpochEntry[], epoch: LeaderEpoch, startOffset: Offset): readonly EpochEntry[] | undefined;
  /** The cache without epochs that start at or above the end. */
  epochsBelow(entries: readonly EpochEntry[], endOffset: Offset): readonly EpochEntry[];
  /** The cache without what ends below the start; the epoch that holds the start begins there. */
  epochsAtLeast(entries: readonly EpochEntry[], startOffset: Offset): readonly EpochEntry[];
  /** A new epoch's start is durable before its first record can be. */
  appendSteps(newEpoch: boolean): readonly AppendStep[];
  /** What follows a write of batches: a part of them may be in the file after any error, a full disk's too, and nothing may be built on that. */
  afterWrite(whole: boolean): 'note' | 'directoryFails';
  /** What becomes of a batch that a follower fetched (KAFKA-18723 for `upToEpoch`). `logStartOffset` equals the log end in an empty log. */
  fetchedBatch(base: Offset, last: Offset, epoch: LeaderEpoch, logStartOffset: Offset, logEndOffset: Offset, upToEpoch: LeaderEpoch): FetchedBatch;
  /**
   * The cut is durable before the cache forgets the epochs above it, and the recovery point is durable before anything is appended again:
   * else a later recovery would trust bytes of two histories. So it is with what the log knows of producers, and its snapshots.
   * `cuts` false: the log ends there already, and yet epochs may begin there that no record followed (KAFKA-10706).
   */
  truncateSteps(cuts: boolean): readonly TruncateStep[];
  /** Whether a segment is closed before a batch: it would grow too large, is too old, an index is full, or the batch is too far from its base offset. */
  rollDue(facts: RollFacts): boolean;
  /**
   * Whether a stored batch is handed out. Kafka leaves the checksum to whoever reads; here a batch that rots never leaves, so that a leader
   * with a bad disk makes way instead of being asked for the same bytes for ever.
   */
  servesBatch(batch: StoredBatch): boolean;
  /** How many segments, from the lowest on, retention deletes now. */
  deletableSegments(facts: RetentionFacts): number;
  /** In which order. */
  deletionSteps(): readonly DeletionStep[];
  /** Which log is a partition's replica, or where a new one is made: never while the one that metadata means may lie in a directory that is offline. */
  chooseLog(question: LogQuestion): LogChoice;
  /** Whether a log is nobody's and is set aside; `replicas` as the metadata has them for its topic's id, undefined for no such partition. */
  isStray(topicId: Uuid, replicas: readonly BrokerId[] | undefined, broker: BrokerId): boolean;
  /** What compaction does. */
  readonly cleaning: CleaningRules;
  /** How a replica moves to another directory. */
  readonly moves: MoveRules;
  /** How far records are decided, and what was aborted. */
  readonly transactions: TransactionRules;
}

/** A batch on its way out. */
export interface StoredBatch {
  /** Does the checksum hold? */
  readonly intact: boolean;
  /** It follows what stands before it, in the epoch that the cache has for its offset: its checksum covers neither. */
  readonly inPlace: boolean;
}

export interface RollFacts {
  readonly segmentBytes: number;
  readonly maxSegmentBytes: number;
  readonly batchBytes: number;
  /** Between the segment's first record, or its creation, and the batch. */
  readonly waitedMs: number;
  readonly maxSegmentMs: number;
  /** The batch's last offset less the segment's base offset. */
  readonly relativeOffset: number;
  /** An index of the segment has no room for another entry. */
  readonly indexFull: boolean;
}

/** A relative offset in a segment is an int32. */
export const maxRelativeOffset = 0x7fffffff;
const start: readonly StartStep[] = ['readMarkers', 'removeMarkers', 'load'];
const stop: readonly StopStep[] = ['flush', 'producers', 'recoveryPoints', 'logStartOffsets', 'highWatermarks', 'markers'];
const appendInNewEpoch: readonly AppendStep[] = ['assignEpoch', 'write'];
const append: readonly AppendStep[] = ['write'];
const truncate: readonly TruncateStep[] = ['cutFiles', 'syncFiles', 'trimEpochs', 'rebuildProducers', 'recoveryPoint'];
const truncateAtEnd: readonly TruncateStep[] = ['trimEpochs'];
const noBrokerEpoch = brokerEpoch(-1);

export const kafkaLogRules: LogRules = {
  startSteps: () => start,
  stopSteps: () => stop,
  previousBrokerEpoch(markers) {
    const first = markers[0];
    return first !== undefined && markers.every((marker) => marker === first) ? first : noBrokerEpoch;
  },
  recoveryStart(cleanStop, recoveryPoint, segmentBases) {
    if (cleanStop) return segmentBases.length;
    let index = segmentBases.length - 1;
    while (index > 0 && (segmentBases[index] ?? 0) > recoveryPoint) index--;
    return Math.max(index, 0);
  },
  keepScanned(batch, before) {
    if (!batch.intact || batch.base < before.nextOffset || batch.last < batch.base) return false;
    if (batch.last - before.segmentBase > maxRelativeOffset) return false;
    return batch.epoch < 0 || batch.epoch >= before.epoch;
  },
  trustIndexes: (verified) => !verified,
  segmentFollows: (base, previousEnd, first) => first || base === previousEnd,
  recoveredPoint(cleanStop, checkpointed, logEndOffset) {
    return cleanStop || checkpointed > logEndOffset ? logEndOffset : checkpointed;
  },
  epochsAfterLoad,
  assignEpoch,
  epochsBelow,
  epochsAtLeast,
  appendSteps: (newEpoch) => (newEpoch ? appendInNewEpoch : append),
  afterWrite: (whole) => (whole ? 'note' : 'directoryFails'),
  fetchedBatch(base, last, epoch, logStartOffset, logEndOffset, upToEpoch) {
    if (epoch > upToEpoch) return 'stop';
    if (base >= logEndOffset) return 'append';
    // The leader's log start may lie inside a batch: an empty follower begins with that whole batch.
    return logStartOffset === logEndOffset && last >= logEndOffset ? 'restart' : 'outOfOrder';
  },
  servesBatch: ({ intact, inPlace }) => intact && inPlace,
  truncateSteps: (cuts) => (cuts ? truncate : truncateAtEnd),
  rollDue(facts) {
    if (facts.relativeOffset > maxRelativeOffset || facts.indexFull) return true;
    if (facts.segmentBytes === 0) return false;
    return facts.segmentBytes + facts.batchBytes > facts.maxSegmentBytes || facts.waitedMs > facts.maxSegmentMs;
  },
  deletableSegments,
  deletionSteps,
  chooseLog,
  isStray,
  cleaning: cleaningRules,
  moves: moveRules,
  transactions: transactionRules,
};
