/**
 * From a batch to its records. Keys, values and header values are views of the batch's bytes (or of what they decompress to): no copies.
 * Hostile bytes give a BatchProblem, never an exception.
 */
import type { Offset, TimestampMs } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { type BatchProblem, type BatchView, batchHeaderBytes } from './batch-header.ts';
import { decompress } from './compression/compression.ts';
import { RecordReader } from './record-reader.ts';
import { VarintReader } from './varint.ts';

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

export interface DecodedRecord {
  readonly offset: Offset;
  readonly timestampMs: TimestampMs;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/** The concatenated records of one batch, decompressed. */
export interface Payload {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly end: number;
}

/** What a batch may grow to; a produced batch of 1 MiB can hold 1 GiB of zeros. */
const maxPayloadBytes = 128 * 1024 * 1024;
const noHeaders: readonly RecordHeader[] = [];
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const brokenStream: BatchProblem = { code: ErrorCode.CORRUPT_MESSAGE, message: 'the compressed records cannot be decompressed' };
const unknownCodec: BatchProblem = { code: ErrorCode.INVALID_RECORD, message: 'Kafka knows no such compression codec' };
const unknownOffset: BatchProblem = { code: ErrorCode.INVALID_RECORD, message: 'a record has an impossible offset or timestamp' };

/** The records' bytes. INVALID_RECORD for a codec that Kafka does not know, CORRUPT_MESSAGE for a stream that its codec cannot read. */
export function payloadOf(batch: BatchView): Result<Payload, BatchProblem> {
  const from = batch.at + batchHeaderBytes;
  const to = batch.at + batch.byteLength;
  const codec = batch.compression;
  if (codec === 'none') return ok({ bytes: batch.bytes, at: from, end: to });
  if (codec === undefined) return failed(unknownCodec);
  const plain = decompress(codec, batch.bytes.subarray(from, to), maxPayloadBytes);
  return plain === undefined ? failed(brokenStream) : ok({ bytes: plain, at: 0, end: plain.length });
}

/** All records of a whole batch, which splitBatches or the log has found. The checksum is the caller's to verify. */
export function decodeRecords(batch: BatchView): Result<readonly DecodedRecord[], BatchProblem> {
  const payload = payloadOf(batch);
  if (!payload.ok) return payload;
  const { bytes, at, end } = payload.value;
  // Views are made by hand: subarray() asks the species of the array each time.
  const { buffer, byteOffset } = bytes;
  const reader = new RecordReader(bytes, at, end, batch.recordCount);
  const { baseOffset, baseTimestampMs } = batch;
  const appendTimeMs = batch.isLogAppendTime ? batch.maxTimestampMs : undefined;
  const records: DecodedRecord[] = [];
  while (reader.next()) {
    const offset = baseOffset + reader.offsetDelta;
    const timestampMs = appendTimeMs ?? baseTimestampMs + reader.timestampDelta;
    if (offset < 0 || !Number.isSafeInteger(offset) || !Number.isSafeInteger(timestampMs)) return failed(unknownOffset);
    records.push({
      offset: offset as Offset,
      timestampMs: timestampMs as TimestampMs,
      key: reader.keyLength < 0 ? null : new Uint8Array(buffer, byteOffset + reader.keyAt, reader.keyLength),
      value: reader.valueLength < 0 ? null : new Uint8Array(buffer, byteOffset + reader.valueAt, reader.valueLength),
      headers: reader.headerCount === 0 ? noHeaders : headersOf(bytes, reader.headersAt, reader.headerCount),
    });
  }
  return reader.problem === undefined ? ok(records) : failed({ code: ErrorCode.INVALID_RECORD, message: reader.problem });
}

/** The reader has walked over them before: their lengths are right. */
function headersOf(bytes: Uint8Array, at: number, count: number): readonly RecordHeader[] {
  const reader = new VarintReader(bytes, at, bytes.length);
  const headers: RecordHeader[] = [];
  for (let left = count; left > 0; left--) {
    const keyLength = reader.int32();
    const key = utf8.decode(bytes.subarray(reader.at, reader.at + keyLength));
    reader.at += keyLength;
    const valueLength = reader.int32();
    headers.push({ key, value: valueLength < 0 ? null : bytes.subarray(reader.at, reader.at + valueLength) });
    if (valueLength > 0) reader.at += valueLength;
  }
  return headers;
}
