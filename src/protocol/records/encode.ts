/** From records to one batch, in one fresh buffer. The input is trusted: what cannot be encoded breaks an invariant. */
import { type LeaderEpoch, leaderEpoch, type Offset, offset } from '../../model/brand.ts';
import { freshBytes } from '../../model/fresh-bytes.ts';
import { invariant } from '../../model/invariant.ts';
import {
  attribute,
  batchHeaderBytes,
  batchLengthBytes,
  type CompressionType,
  compressionTypes,
  currentMagic,
  field,
  resealBatch,
  stampBatch,
} from './batch-header.ts';
import { writeInt16, writeInt32, writeInt64 } from './bytes.ts';
import { compress } from './compression/compression.ts';
import { sizeOfVarint, writeVarint } from './varint.ts';

export interface RecordInput {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** -1 for none. */
  readonly timestampMs: number;
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[];
  /** Its place behind the base offset; its index in the batch when not given. Ascending. */
  readonly offsetDelta?: number;
}

export interface BatchInput {
  /** Empty only for the header that compaction leaves of a batch. */
  readonly records: readonly RecordInput[];
  /** 0, as a client must send it, when not given. */
  readonly baseOffset?: Offset;
  /** -1, as a client must send it, when not given. */
  readonly leaderEpoch?: LeaderEpoch;
  readonly compression?: CompressionType;
  /** Makes it a LogAppendTime batch of this moment. */
  readonly logAppendTimeMs?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly transactional?: boolean;
  readonly control?: boolean;
  /** That of the last record when not given; compaction keeps a higher one. */
  readonly lastOffsetDelta?: number;
  /** Takes the place of the first timestamp: from then on compaction keeps no tombstone of this batch (KIP-534). */
  readonly deleteHorizonMs?: number;
  /** For a batch without records; else that of its records. */
  readonly maxTimestampMs?: number;
}

const utf8 = new TextEncoder();
const noHeaders: readonly never[] = [];
const zero = offset(0);
const noEpoch = leaderEpoch(-1);

export function encodeBatch(input: BatchInput): Uint8Array {
  const { records } = input;
  const baseTimestampMs = input.deleteHorizonMs ?? records[0]?.timestampMs ?? -1;
  const bodies = bodySizes(records, baseTimestampMs);
  let payloadBytes = 0;
  for (const body of bodies) payloadBytes += sizeOfVarint(body) + body;
  const { compression = 'none' } = input;
  const headerBytes = compression === 'none' ? batchHeaderBytes : 0;
  let batch = freshBytes(headerBytes + payloadBytes);
  let at = headerBytes;
  let maxTimestampMs = records.length === 0 ? (input.maxTimestampMs ?? -1) : -1;
  for (let index = 0; index < records.length; index++) {
    const record = records[index];
    if (record === undefined) continue;
    at = writeRecord(batch, at, record, bodies[index] ?? 0, index, baseTimestampMs);
    if (record.timestampMs > maxTimestampMs) maxTimestampMs = record.timestampMs;
  }
  if (compression !== 'none') {
    const payload = compress(compression, batch);
    batch = new Uint8Array(batchHeaderBytes + payload.length);
    batch.set(payload, batchHeaderBytes);
  }
  writeHeader(batch, input, baseTimestampMs, maxTimestampMs);
  return batch;
}

function writeHeader(batch: Uint8Array, input: BatchInput, baseTimestampMs: number, maxTimestampMs: number): void {
  const { records, logAppendTimeMs } = input;
  const last = records.length - 1;
  const lastOffsetDelta = input.lastOffsetDelta ?? records[last]?.offsetDelta ?? Math.max(last, 0);
  let attributes = compressionTypes.indexOf(input.compression ?? 'none');
  if (logAppendTimeMs !== undefined) attributes |= attribute.logAppendTime;
  if (input.transactional === true) attributes |= attribute.transactional;
  if (input.control === true) attributes |= attribute.control;
  if (input.deleteHorizonMs !== undefined) attributes |= attribute.deleteHorizon;
  stampBatch(batch, 0, input.baseOffset ?? zero, input.leaderEpoch ?? noEpoch);
  writeInt32(batch, field.batchLength, batch.length - batchLengthBytes);
  batch[field.magic] = currentMagic;
  writeInt16(batch, field.attributes, attributes);
  writeInt32(batch, field.lastOffsetDelta, lastOffsetDelta);
  writeInt64(batch, field.baseTimestamp, baseTimestampMs);
  writeInt64(batch, field.maxTimestamp, logAppendTimeMs ?? maxTimestampMs);
  writeInt64(batch, field.producerId, input.producerId ?? -1);
  writeInt16(batch, field.producerEpoch, input.producerEpoch ?? -1);
  writeInt32(batch, field.baseSequence, input.baseSequence ?? -1);
  writeInt32(batch, field.recordCount, records.length);
  resealBatch(batch, 0);
}

/** Bytes of each record behind its own length. */
function bodySizes(records: readonly RecordInput[], baseTimestampMs: number): readonly number[] {
  const sizes: number[] = [];
  let before = -1;
  for (let index = 0; index < records.length; index++) {
    const record = records[index];
    if (record === undefined) continue;
    const delta = record.offsetDelta ?? index;
    invariant(delta > before, 'offset deltas ascend', before, delta);
    before = delta;
    const headers = record.headers ?? noHeaders;
    let size = 1 + sizeOfVarint(record.timestampMs - baseTimestampMs) + sizeOfVarint(delta) + sizeOfBytes(record.key) + sizeOfBytes(record.value);
    size += sizeOfVarint(headers.length);
    for (const header of headers) size += sizeOfBytes(utf8.encode(header.key)) + sizeOfBytes(header.value);
    sizes.push(size);
  }
  return sizes;
}

function writeRecord(bytes: Uint8Array, at: number, record: RecordInput, body: number, index: number, baseTimestampMs: number): number {
  const headers = record.headers ?? noHeaders;
  at = writeVarint(bytes, at, body);
  bytes[at++] = 0;
  at = writeVarint(bytes, at, record.timestampMs - baseTimestampMs);
  at = writeVarint(bytes, at, record.offsetDelta ?? index);
  at = writeBytes(bytes, at, record.key);
  at = writeBytes(bytes, at, record.value);
  at = writeVarint(bytes, at, headers.length);
  for (const header of headers) {
    at = writeBytes(bytes, at, utf8.encode(header.key));
    at = writeBytes(bytes, at, header.value);
  }
  return at;
}

const sizeOfBytes = (value: Uint8Array | null): number => (value === null ? 1 : sizeOfVarint(value.length) + value.length);

function writeBytes(bytes: Uint8Array, at: number, value: Uint8Array | null): number {
  if (value === null) return writeVarint(bytes, at, -1);
  at = writeVarint(bytes, at, value.length);
  bytes.set(value, at);
  return at + value.length;
}
