/**
 * The 61-byte header of a record batch (magic 2): where its fields are, how they are read, and the few that a leader writes.
 * Owns no records and no rules; see decode.ts, encode.ts, validate.ts. Source: KIP-98, Kafka's DefaultRecordBatch.
 */
import type { LeaderEpoch, Offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import { readInt16, readInt32, readInt64, writeInt32, writeInt64 } from './bytes.ts';
import { crc32c } from './crc32c.ts';

/** Bytes of a batch before its records. */
export const batchHeaderBytes = 61;
/** Bytes before the part that batchLength counts. */
export const batchLengthBytes = 12;
export const currentMagic = 2;

export const field = {
  baseOffset: 0,
  batchLength: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const;

export const attribute = { codec: 0x07, logAppendTime: 0x08, transactional: 0x10, control: 0x20, deleteHorizon: 0x40 } as const;
/** Codec bits by name; the position is the number on the wire. */
export const compressionTypes = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type CompressionType = (typeof compressionTypes)[number];

/** Why bytes are no acceptable batch: Kafka's error and a sentence for the answer's ErrorMessage. */
export interface BatchProblem {
  readonly code: ErrorCode;
  readonly message: string;
}

/** The whole batch, header included. */
export const batchBytesAt = (bytes: Uint8Array, at: number): number => batchLengthBytes + readInt32(bytes, at + field.batchLength);
export const baseOffsetAt = (bytes: Uint8Array, at: number): Offset => readInt64(bytes, at) as Offset;
export const lastOffsetAt = (bytes: Uint8Array, at: number): Offset =>
  (readInt64(bytes, at) + readInt32(bytes, at + field.lastOffsetDelta)) as Offset;
export const leaderEpochAt = (bytes: Uint8Array, at: number): LeaderEpoch => readInt32(bytes, at + field.partitionLeaderEpoch) as LeaderEpoch;
export const magicAt = (bytes: Uint8Array, at: number): number => ((bytes[at + field.magic] ?? 0) << 24) >> 24;
export const crcAt = (bytes: Uint8Array, at: number): number => readInt32(bytes, at + field.crc) >>> 0;
export const attributesAt = (bytes: Uint8Array, at: number): number => readInt16(bytes, at + field.attributes);
export const lastOffsetDeltaAt = (bytes: Uint8Array, at: number): number => readInt32(bytes, at + field.lastOffsetDelta);
export const maxTimestampAt = (bytes: Uint8Array, at: number): number => readInt64(bytes, at + field.maxTimestamp);
/** -1 for none. */
export const producerIdAt = (bytes: Uint8Array, at: number): number => readInt64(bytes, at + field.producerId);
/** -1 for none. */
export const producerEpochAt = (bytes: Uint8Array, at: number): number => readInt16(bytes, at + field.producerEpoch);
/** -1 for none. */
export const baseSequenceAt = (bytes: Uint8Array, at: number): number => readInt32(bytes, at + field.baseSequence);
export const recordCountAt = (bytes: Uint8Array, at: number): number => readInt32(bytes, at + field.recordCount);

/** CRC-32C over the attributes and all behind them; offset and leader epoch stay out of it, so that a leader may stamp them. */
export const computeCrc = (bytes: Uint8Array, at: number): number => crc32c(bytes, at + field.attributes, at + batchBytesAt(bytes, at));

/** Writes what the leader decides: where the batch stands, and in which epoch. Neither is covered by the CRC. */
export function stampBatch(bytes: Uint8Array, at: number, baseOffset: Offset, epoch: LeaderEpoch): void {
  writeInt64(bytes, at + field.baseOffset, baseOffset);
  writeInt32(bytes, at + field.partitionLeaderEpoch, epoch);
}

/** Brings the stored checksum in line with the bytes after a change behind it. */
export function resealBatch(bytes: Uint8Array, at: number): void {
  writeInt32(bytes, at + field.crc, computeCrc(bytes, at));
}

/** One batch within bytes, read field by field; nothing is copied. The header must be there whole. */
export class BatchView {
  readonly bytes: Uint8Array;
  readonly at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  get baseOffset(): Offset {
    return baseOffsetAt(this.bytes, this.at);
  }
  get lastOffset(): Offset {
    return lastOffsetAt(this.bytes, this.at);
  }
  get lastOffsetDelta(): number {
    return lastOffsetDeltaAt(this.bytes, this.at);
  }
  /** The whole batch, header included. */
  get byteLength(): number {
    return batchBytesAt(this.bytes, this.at);
  }
  get leaderEpoch(): LeaderEpoch {
    return leaderEpochAt(this.bytes, this.at);
  }
  get magic(): number {
    return magicAt(this.bytes, this.at);
  }
  get crc(): number {
    return crcAt(this.bytes, this.at);
  }
  get attributes(): number {
    return attributesAt(this.bytes, this.at);
  }
  /** Undefined for a codec that Kafka does not know. */
  get compression(): CompressionType | undefined {
    return compressionTypes[this.attributes & attribute.codec];
  }
  get isLogAppendTime(): boolean {
    return (this.attributes & attribute.logAppendTime) !== 0;
  }
  get isTransactional(): boolean {
    return (this.attributes & attribute.transactional) !== 0;
  }
  get isControl(): boolean {
    return (this.attributes & attribute.control) !== 0;
  }
  /** When compaction drops the tombstones in it; undefined before a compaction found any (KIP-534). */
  get deleteHorizonMs(): number | undefined {
    return (this.attributes & attribute.deleteHorizon) === 0 ? undefined : this.baseTimestampMs;
  }
  get baseTimestampMs(): number {
    return readInt64(this.bytes, this.at + field.baseTimestamp);
  }
  get maxTimestampMs(): number {
    return maxTimestampAt(this.bytes, this.at);
  }
  /** -1 for none. */
  get producerId(): number {
    return producerIdAt(this.bytes, this.at);
  }
  /** -1 for none. */
  get producerEpoch(): number {
    return producerEpochAt(this.bytes, this.at);
  }
  /** -1 for none. */
  get baseSequence(): number {
    return baseSequenceAt(this.bytes, this.at);
  }
  get recordCount(): number {
    return recordCountAt(this.bytes, this.at);
  }
  /** Does the checksum hold? */
  get isIntact(): boolean {
    return computeCrc(this.bytes, this.at) === this.crc;
  }
}
