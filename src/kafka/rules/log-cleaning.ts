/**
 * What compaction keeps of a log, which part of it is looked at, and in which order rewritten segments take the place of the old ones.
 * Pure functions over plain data; bytes and files are the log's. Source: Kafka's LogCleanerManager, Cleaner, MemoryRecords.filterTo, KIP-58,
 * KIP-354, KIP-534.
 */
import type { Offset } from '../../model/brand.ts';

/** What cleaning looks at of one segment. */
export interface CleanedSegment {
  readonly baseOffset: Offset;
  /** Of whole batches. */
  readonly bytes: number;
  /** The offset behind its last batch. */
  readonly nextOffset: Offset;
  readonly largestMs: number;
  /** The timestamp of its first batch; negative for none. */
  readonly firstMs: number;
}

export interface CleaningFacts {
  /** Ascending; the last one is the active segment. */
  readonly segments: readonly CleanedSegment[];
  /** Everything below was cleaned, as the checkpoint has it. */
  readonly cleanedTo: Offset;
  readonly logStartOffset: Offset;
  /** All below is replicated and decided. */
  readonly lastStableOffset: Offset;
  /** All below is durable. */
  readonly recoveryPoint: Offset;
  /** Wall time. */
  readonly nowMs: number;
  /** min.compaction.lag.ms: younger records stay as they are. */
  readonly minCompactionLagMs: number;
  /** max.compaction.lag.ms: a record that is older is due, however little there is to clean. */
  readonly maxCompactionLagMs: number;
}

/** The part of a log that a cleaning looks at for newer records of a key. */
export interface DirtyRange {
  readonly from: Offset;
  /** Exclusive. */
  readonly to: Offset;
  /** Its share of what would be clean afterwards, by bytes: 0 to 1. */
  readonly ratio: number;
  /** Its oldest record has waited for max.compaction.lag.ms. */
  readonly overdue: boolean;
}

/** What is known of a record when it is decided whether it stays. */
export interface CleaningRecord {
  readonly offset: Offset;
  readonly hasKey: boolean;
  readonly hasValue: boolean;
  /** The last offset of its key in the dirty range, -1 where there is none. */
  readonly newest: Offset | -1;
  /** The dirty range was looked through up to here, inclusive. */
  readonly seenTo: Offset;
  /** From this wall time on its batch keeps no tombstone; undefined while that is not set. */
  readonly deleteHorizonMs: number | undefined;
  readonly nowMs: number;
}

export interface EmptiedBatch {
  readonly lastOffset: Offset;
  /** It holds the last sequence of a producer that is remembered, or its epoch in a marker when there is none. */
  readonly lastOfProducer: boolean;
  /** No batch of the new segment follows. */
  readonly lastOfSegment: boolean;
}

/**
 * One step of putting a rewritten segment in the place of old ones, in order. `sync`: its files are durable. `markSwap`: from `.cleaned` to
 * `.swap`, the log's own file last: with that name it counts. `setAside`: the old ones, the lowest first. `takePlace`: to the final names, the
 * log's own last. `syncNames`: all of that is durable. `snapshots`: of producers, where no segment begins any more.
 */
export type SwapStep = 'sync' | 'markSwap' | 'setAside' | 'takePlace' | 'syncNames' | 'snapshots';

export interface CleaningRules {
  /** The part to clean; undefined when there is none. */
  dirtyRange(facts: CleaningFacts): DirtyRange | undefined;
  /** Is it worth while? `minRatio` is min.cleanable.dirty.ratio. */
  cleaningDue(range: DirtyRange, minRatio: number): boolean;
  /**
   * Of a key the last record stays. A tombstone stays until its horizon, so that whoever reads slowly from the beginning sees it before the
   * value could come back to them.
   */
  keepRecord(record: CleaningRecord): boolean;
  /** Whether records of aborted transactions stay. They count for nothing, a newer committed value of their key or not. */
  keepAborted(): boolean;
  /** Whether a marker stays of whose transaction no batch is left; until its horizon, undefined while that is not set. */
  keepSpentMarker(deleteHorizonMs: number | undefined, nowMs: number): boolean;
  /** How long what is known of transactions is carried on: one that spans groups of segments must not be forgotten between them (KAFKA-8351). */
  transactionsKnownFor(): 'pass' | 'group';
  /**
   * Up to where the aborted transactions are looked up for a pass that ends at `passEnd`, in a segment that is written anew up to its own end: of
   * one that is not known to be aborted the marker would look spent (KAFKA-13727).
   */
  abortedKnownTo(passEnd: Offset, segmentEnd: Offset): Offset;
  /** Whether records of such a batch go for newer ones of their key. What a marker has for a key is its type, which data may have for theirs (KAFKA-14055). */
  goesByKey(isControl: boolean): boolean;
  /** Whether a header without records stays of a batch that lost them all. */
  keepEmptied(batch: EmptiedBatch): boolean;
  /** The horizon that a rewritten batch gets; undefined for none. It begins with the first cleaning that finds a tombstone or a spent marker in it (KIP-534). */
  horizon(present: number | undefined, hasTombstones: boolean, nowMs: number, deleteRetentionMs: number): number | undefined;
  /** Which neighbours become one segment: their numbers, in order, covering all of them. */
  groups(segments: readonly CleanedSegment[], maxBytes: number): readonly number[];
  swapSteps(): readonly SwapStep[];
}

const swap: readonly SwapStep[] = ['sync', 'markSwap', 'setAside', 'takePlace', 'syncNames', 'snapshots'];
/** A relative offset in a segment is an int32. */
const maxRelativeOffset = 0x7fffffff;

export const cleaningRules: CleaningRules = {
  dirtyRange(facts) {
    const { segments, logStartOffset, nowMs, minCompactionLagMs } = facts;
    const active = segments[segments.length - 1];
    if (active === undefined) return undefined;
    const from = facts.cleanedTo > logStartOffset ? facts.cleanedTo : logStartOffset;
    // A record that is not durable must not drive out an older one that is. Kafka looks at the last stable offset alone, and relies on other replicas.
    const committed = facts.lastStableOffset < facts.recoveryPoint ? facts.lastStableOffset : facts.recoveryPoint;
    let to = committed < active.baseOffset ? committed : active.baseOffset;
    const dirty = segments.filter((segment) => segment !== active && segment.nextOffset > from);
    const young = minCompactionLagMs > 0 ? dirty.find((segment) => segment.largestMs > nowMs - minCompactionLagMs) : undefined;
    if (young !== undefined && young.baseOffset < to) to = young.baseOffset;
    // Whole segments only: the one that reaches beyond stays as it is.
    to = segments.reduce((base, segment) => (segment.baseOffset <= to ? segment.baseOffset : base), to);
    if (to <= from) return undefined;
    let clean = 0;
    let cleanable = 0;
    for (const { baseOffset, bytes, nextOffset } of segments) {
      if (nextOffset <= from) clean += bytes;
      else if (baseOffset < to) cleanable += bytes;
    }
    const firsts = dirty.filter(({ firstMs }) => firstMs >= 0).map(({ firstMs }) => firstMs);
    const overdue = firsts.some((firstMs) => firstMs < nowMs - facts.maxCompactionLagMs);
    return cleanable === 0 ? undefined : { from, to, ratio: cleanable / (clean + cleanable), overdue };
  },
  cleaningDue: (range, minRatio) => range.overdue || range.ratio > minRatio,
  keepRecord({ offset, hasKey, hasValue, newest, seenTo, deleteHorizonMs, nowMs }) {
    if (offset > seenTo) return true;
    if (!hasKey || offset < newest) return false;
    return hasValue || deleteHorizonMs === undefined || nowMs < deleteHorizonMs;
  },
  /**
   * The last batch of a segment stays as well, although Kafka keeps that of a whole round only: so segments follow one another without a gap,
   * and a gap goes on to mean that the end of one was lost.
   */
  keepEmptied: (batch) => batch.lastOfProducer || batch.lastOfSegment,
  keepAborted: () => false,
  keepSpentMarker: (deleteHorizonMs, nowMs) => deleteHorizonMs === undefined || nowMs < deleteHorizonMs,
  transactionsKnownFor: () => 'pass',
  abortedKnownTo: (_passEnd, segmentEnd) => segmentEnd,
  goesByKey: (isControl) => !isControl,
  horizon: (present, hasTombstones, nowMs, deleteRetentionMs) => present ?? (hasTombstones ? nowMs + deleteRetentionMs : undefined),
  groups(segments, maxBytes) {
    const counts: number[] = [];
    let bytes = 0;
    let base = 0;
    for (const segment of segments) {
      const last = counts.length - 1;
      const fits = bytes + segment.bytes <= maxBytes && segment.nextOffset - 1 - base <= maxRelativeOffset;
      if (last >= 0 && fits) {
        counts[last] = (counts[last] ?? 0) + 1;
        bytes += segment.bytes;
      } else {
        counts.push(1);
        bytes = segment.bytes;
        base = segment.baseOffset;
      }
    }
    return counts;
  },
  swapSteps: () => swap,
};
