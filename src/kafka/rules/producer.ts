/**
 * What a log decides about idempotent producers (KIP-98): whether a produced batch is next, a repetition or refused, what is remembered of
 * a producer and for how long, and from which snapshot its memory is rebuilt. Pure functions over plain data; `kafka/log` carries out.
 * Source: Kafka's ProducerAppendInfo, ProducerStateEntry, ProducerStateManager.
 */
import type { Offset } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { sequenceAfter } from '../../protocol/records/sequence.ts';

/** A batch that a log remembers of a producer. Sequences and offsets inclusive. */
export interface RememberedBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  /** The largest timestamp of its records. */
  readonly timestampMs: number;
}

/** What a log knows of one producer. */
export interface ProducerEntry {
  readonly producerId: number;
  /** -1 for none. */
  readonly epoch: number;
  /** Of this epoch, the oldest first, at most `rememberedBatches`. */
  readonly batches: readonly RememberedBatch[];
  /** Of the last append, a marker's too: what expiry counts from. */
  readonly lastTimestampMs: number;
  /** Where its open transaction begins; undefined when it has none. */
  readonly txnFirstOffset: Offset | undefined;
  /** Of the coordinator that wrote the last marker; -1 for none. */
  readonly coordinatorEpoch: number;
}

/** What a control batch says that ends a transaction. */
export interface EndMarker {
  readonly type: 'commit' | 'abort';
  readonly coordinatorEpoch: number;
}

/** A batch as a log holds it or is asked to. A marker has no sequences. */
export interface SequencedBatch {
  readonly producerId: number;
  readonly epoch: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly transactional: boolean;
  readonly marker: EndMarker | undefined;
}
/** A batch with its place. */
export interface PlacedBatch extends SequencedBatch {
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  readonly timestampMs: number;
}

export type SequenceVerdict =
  /** It is next: write it. */
  | { readonly type: 'append' }
  /** It stands in the log: write nothing, answer with the place that it has. */
  | { readonly type: 'duplicate'; readonly batch: RememberedBatch }
  | { readonly type: 'refused'; readonly error: ErrorCode };

/** Whose append a batch is. `replay`: it was in the log when this broker opened or cut it. */
export type AppendSource = 'leader' | 'follower' | 'replay';

export interface ProducerRules {
  /**
   * What becomes of a batch that a client produces. Asked by leaders only: a follower appends what its leader has accepted, whatever it
   * remembers itself (KAFKA-6003).
   */
  checkSequence(entry: ProducerEntry | undefined, batch: SequencedBatch): SequenceVerdict;
  /**
   * What is remembered once a batch is in the log; undefined for nothing. Followers and replays remember as leaders do, or a retry that
   * reaches the next leader would be written again.
   */
  afterAppend(entry: ProducerEntry | undefined, batch: PlacedBatch, source: AppendSource): ProducerEntry | undefined;
  /** Whether a producer was silent for so long that it is forgotten: producer.id.expiration.ms after its last record or marker, none being open. */
  expired(entry: ProducerEntry, nowMs: number, expirationMs: number): boolean;
  /**
   * Snapshots that the memory of a log may be rebuilt from, the best one first; a damaged one gives way to the next. The others are removed:
   * one above the log end tells of records that are gone, one at or below the log start of none that are left.
   */
  usableSnapshots(snapshots: readonly Offset[], logStartOffset: Offset, logEndOffset: Offset): readonly Offset[];
}

/** As many batches as a producer may have in flight; with fewer a retry of the first one would look out of order (KAFKA-5494). */
export const rememberedBatches = 5;

const append: SequenceVerdict = { type: 'append' };
const fenced: SequenceVerdict = { type: 'refused', error: ErrorCode.INVALID_PRODUCER_EPOCH };
const outOfOrder: SequenceVerdict = { type: 'refused', error: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER };
const outsideTransaction: SequenceVerdict = { type: 'refused', error: ErrorCode.INVALID_TXN_STATE };
const coordinatorFenced: SequenceVerdict = { type: 'refused', error: ErrorCode.TRANSACTION_COORDINATOR_FENCED };

/** A marker of an old epoch, or of a coordinator that was replaced, ends nothing any more. */
function checkMarker(entry: ProducerEntry | undefined, epoch: number, { coordinatorEpoch }: EndMarker): SequenceVerdict {
  if (entry === undefined) return append;
  if (epoch < entry.epoch) return fenced;
  return coordinatorEpoch < entry.coordinatorEpoch ? coordinatorFenced : append;
}

export const kafkaProducerRules: ProducerRules = {
  checkSequence(entry, batch) {
    if (batch.marker !== undefined) return checkMarker(entry, batch.epoch, batch.marker);
    // Nothing is known, or no longer: KIP-360 takes whatever comes, so that a producer outlives the deletion of its records.
    if (entry === undefined || entry.epoch < 0) return append;
    if (batch.epoch === entry.epoch) {
      for (const known of entry.batches)
        if (known.firstSequence === batch.firstSequence && known.lastSequence === batch.lastSequence) return { type: 'duplicate', batch: known };
    }
    if (batch.epoch < entry.epoch) return fenced;
    const last = entry.batches[entry.batches.length - 1];
    const next = batch.epoch > entry.epoch ? 0 : sequenceAfter(last?.lastSequence ?? -1, 1);
    if (batch.firstSequence !== next) return outOfOrder;
    return entry.txnFirstOffset !== undefined && !batch.transactional ? outsideTransaction : append;
  },
  afterAppend(entry, batch) {
    const { producerId, epoch, timestampMs, marker } = batch;
    if (marker !== undefined) {
      const batches = entry !== undefined && entry.epoch === epoch ? entry.batches : [];
      // A marker counts like a record: with the producer an old coordinator and an old epoch would no longer be known (KAFKA-9144).
      return { producerId, epoch, batches, lastTimestampMs: timestampMs, txnFirstOffset: undefined, coordinatorEpoch: marker.coordinatorEpoch };
    }
    const { firstSequence, lastSequence, firstOffset, lastOffset } = batch;
    const remembered: RememberedBatch = { firstSequence, lastSequence, firstOffset, lastOffset, timestampMs };
    const known = entry !== undefined && entry.epoch === epoch ? entry.batches : [];
    const batches = known.length < rememberedBatches ? [...known, remembered] : [...known.slice(1 - rememberedBatches), remembered];
    const txnFirstOffset = entry?.txnFirstOffset ?? (batch.transactional ? firstOffset : undefined);
    return { producerId, epoch, batches, lastTimestampMs: timestampMs, txnFirstOffset, coordinatorEpoch: entry?.coordinatorEpoch ?? -1 };
  },
  expired: (entry, nowMs, expirationMs) => entry.txnFirstOffset === undefined && nowMs - entry.lastTimestampMs >= expirationMs,
  usableSnapshots: (snapshots, logStartOffset, logEndOffset) =>
    snapshots.filter((at) => at > logStartOffset && at <= logEndOffset).sort((a, b) => b - a),
};
