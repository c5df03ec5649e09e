/**
 * The records of one partition from one fetch, given out bit by bit. Owns decoding and what a consumer never sees: records below its
 * position, control batches, a batch that was cut off. As CompletedFetch.
 */
import { ErrorCode } from '../../model/error-code.ts';
import type { BatchView } from '../../protocol/records/batch-header.ts';
import { type DecodedRecord, decodeRecords } from '../../protocol/records/decode.ts';
import { splitBatches } from '../../protocol/records/split.ts';
import type { Position } from './rules.ts';

export type ConsumerRecord = DecodedRecord;

export class FetchedRecords {
  readonly #batches: readonly BatchView[];
  readonly #checkCrcs: boolean;
  #nextBatch = 0;
  #records: readonly DecodedRecord[] = [];
  #nextRecord = 0;
  #epoch: number;
  #offset: number;
  /** The bytes are not what a log can hold: CORRUPT_MESSAGE, or a codec that is not supported. 0 while all is well. */
  error: number = ErrorCode.NONE;
  /** The checksum of a batch was wrong. */
  damaged = false;

  /** `bytes` were fetched from this position on. */
  constructor(bytes: Uint8Array, from: Position, checkCrcs: boolean) {
    const batches = splitBatches(bytes);
    this.#batches = batches.ok ? batches.value : [];
    if (!batches.ok) this.error = batches.error.code;
    this.#checkCrcs = checkCrcs;
    this.#offset = from.offset;
    this.#epoch = from.offsetEpoch;
  }

  /** Where to read on after what was given out. */
  get position(): Position {
    return { offset: this.#offset, offsetEpoch: this.#epoch };
  }

  /** Nothing is left. */
  get drained(): boolean {
    return this.#nextRecord >= this.#records.length && (this.#nextBatch >= this.#batches.length || this.error !== ErrorCode.NONE);
  }

  /** Gives out at most `most` records; fewer at the end, and before an error. */
  take(most: number): readonly ConsumerRecord[] {
    const taken: ConsumerRecord[] = [];
    while (taken.length < most) {
      const record = this.#records[this.#nextRecord];
      if (record === undefined) {
        if (!this.#openBatch()) break;
        continue;
      }
      this.#nextRecord++;
      if (record.offset < this.#offset) continue;
      taken.push(record);
      this.#offset = record.offset + 1;
      this.#endBatch();
    }
    return taken;
  }

  /** Goes on to the next batch; false when there is none. */
  #openBatch(): boolean {
    const batch = this.#batches[this.#nextBatch];
    if (batch === undefined || this.error !== ErrorCode.NONE) return false;
    if (this.#checkCrcs && !batch.isIntact) {
      this.error = ErrorCode.CORRUPT_MESSAGE;
      this.damaged = true;
      return false;
    }
    const records = batch.isControl ? noRecords : decodeRecords(batch);
    if (!records.ok) {
      this.error = records.error.code;
      return false;
    }
    this.#nextBatch++;
    this.#records = records.value;
    this.#nextRecord = 0;
    this.#epoch = batch.leaderEpoch;
    this.#endBatch();
    return true;
  }

  /** Behind the last record of a batch its offsets end, also where compaction or control records left a gap. */
  #endBatch(): void {
    const batch = this.#batches[this.#nextBatch - 1];
    if (batch !== undefined && this.#nextRecord >= this.#records.length) this.#offset = Math.max(this.#offset, batch.lastOffset + 1);
  }
}

const noRecords: { readonly ok: true; readonly value: readonly DecodedRecord[] } = { ok: true, value: [] };
