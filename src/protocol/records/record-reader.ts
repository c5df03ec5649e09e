/**
 * Walks the records of one uncompressed payload, checking every length before it is used. One object a batch: fields of the current record
 * are overwritten by next(), so that a walk allocates nothing a record.
 */
import { VarintReader } from './varint.ts';

/** Length and attributes, two deltas, two lengths, the count of headers: a byte each. */
const smallestRecordBytes = 7;

export class RecordReader {
  /** Why the walk ended early; undefined while all is well. */
  problem: string | undefined;
  timestampDelta = 0;
  offsetDelta = 0;
  keyAt = 0;
  /** -1 for null. */
  keyLength = -1;
  valueAt = 0;
  /** -1 for null. */
  valueLength = -1;
  headersAt = 0;
  headerCount = 0;
  readonly #reader: VarintReader;
  #left: number;

  /** Records lie in [at, end) of the payload; there must be exactly `count` and nothing behind them. */
  constructor(payload: Uint8Array, at: number, end: number, count: number) {
    this.#reader = new VarintReader(payload, at, end);
    this.#left = count;
    if (count < 0 || count > (end - at) / smallestRecordBytes) this.problem = 'the count of records does not fit the bytes';
  }

  /** Moves to the next record; false at the end or at a problem. */
  next(): boolean {
    if (this.problem !== undefined) return false;
    const reader = this.#reader;
    if (this.#left === 0) {
      if (reader.at !== reader.end) this.problem = 'bytes are left behind the last record';
      return false;
    }
    this.#left--;
    const length = reader.int32();
    const end = reader.at + length;
    if (reader.malformed || length < smallestRecordBytes - 1 || end > reader.end) return this.#fail('the length of a record is wrong');
    // The attributes of a record are unused.
    reader.at++;
    this.timestampDelta = reader.int64();
    this.offsetDelta = reader.int32();
    this.keyLength = reader.int32();
    this.keyAt = reader.at;
    if (reader.malformed || this.keyLength < -1 || this.keyLength > end - reader.at) return this.#fail('the length of a key is wrong');
    if (this.keyLength > 0) reader.at += this.keyLength;
    this.valueLength = reader.int32();
    this.valueAt = reader.at;
    if (reader.malformed || this.valueLength < -1 || this.valueLength > end - reader.at) return this.#fail('the length of a value is wrong');
    if (this.valueLength > 0) reader.at += this.valueLength;
    this.headerCount = reader.int32();
    this.headersAt = reader.at;
    if (reader.malformed || this.headerCount < 0 || this.headerCount > (end - reader.at) / 2) return this.#fail('the count of headers is wrong');
    for (let left = this.headerCount; left > 0; left--) {
      const keyLength = reader.int32();
      if (reader.malformed || keyLength < 0 || keyLength > end - reader.at) return this.#fail('the length of a header key is wrong');
      reader.at += keyLength;
      const valueLength = reader.int32();
      if (reader.malformed || valueLength < -1 || valueLength > end - reader.at) return this.#fail('the length of a header value is wrong');
      if (valueLength > 0) reader.at += valueLength;
    }
    if (reader.at !== end) return this.#fail('the length of a record is not that of its fields');
    return true;
  }

  #fail(problem: string): false {
    this.problem = problem;
    return false;
  }
}
