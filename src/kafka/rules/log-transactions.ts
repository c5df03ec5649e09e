/**
 * What a log decides about transactions: how far its records are decided, and which aborted ones a reader is told of. Pure functions over plain
 * data. Source: KIP-98, Kafka's ProducerStateManager, UnifiedLog.fetchLastStableOffsetMetadata, TransactionIndex.collectAbortedTxns.
 */
import type { Offset } from '../../model/brand.ts';

/** A transaction that a marker has ended. Offsets inclusive; the last one is the marker's. */
export interface CompletedTransaction {
  readonly producerId: number;
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
}

/** One that was aborted, as the index has it. */
export interface AbortedTransaction extends CompletedTransaction {
  /** Below it all was decided once the marker was there: what is aborted later begins at or above. */
  readonly lastStableOffset: Offset;
}

export interface StabilityFacts {
  /** Where the first transaction begins that has no marker; undefined for none. */
  readonly undecided: Offset | undefined;
  /** Where the first one begins whose marker stands at or above the high watermark; undefined for none. */
  readonly unreplicated: Offset | undefined;
  readonly logStartOffset: Offset;
  readonly highWatermark: Offset;
}

export interface TransactionRules {
  /** Below it nothing will be decided otherwise: an open transaction holds it, and a marker that another leader may not have. */
  lastStableOffset(facts: StabilityFacts): Offset;
  /** The last stable offset that an abort marker leaves; `undecided` is where the first other open transaction begins. */
  stableAfterAbort(aborted: CompletedTransaction, undecided: Offset | undefined): Offset;
  /** Whether who reads [from, upTo) has to know of an aborted transaction. */
  concerns(aborted: AbortedTransaction, from: Offset, upTo: Offset): boolean;
  /** Whether no later entry can concern who reads up to there. */
  searchEnds(aborted: AbortedTransaction, upTo: Offset): boolean;
}

export const transactionRules: TransactionRules = {
  lastStableOffset({ undecided, unreplicated, logStartOffset, highWatermark }) {
    const first = Math.min(undecided ?? highWatermark, unreplicated ?? highWatermark);
    return Math.min(Math.max(first, logStartOffset), highWatermark) as Offset;
  },
  stableAfterAbort: ({ lastOffset }, undecided) => undecided ?? ((lastOffset + 1) as Offset),
  concerns: ({ firstOffset, lastOffset }, from, upTo) => lastOffset >= from && firstOffset < upTo,
  searchEnds: ({ lastStableOffset }, upTo) => lastStableOffset >= upTo,
};
