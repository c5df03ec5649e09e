/** Sequence numbers of idempotent producers: int32, one a record, counted up within [0, 2^31) and then again from 0 (KIP-98). */

export const maxSequence = 0x7fffffff;

/** The sequence so many records behind another, which may be -1 for "before the first" (DefaultRecordBatch.incrementSequence). */
export const sequenceAfter = (sequence: number, records: number): number => (sequence + records) % (maxSequence + 1);

/** The sequence so many records before another (DefaultRecordBatch.decrementSequence). */
export const sequenceBefore = (sequence: number, records: number): number =>
  sequence >= records ? sequence - records : maxSequence + 1 + sequence - records;
