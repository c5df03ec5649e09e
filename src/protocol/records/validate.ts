/**
 * What a leader makes of a produced batch before it may stand in the log: reject it with Kafka's error, or give back the batch as it will be
 * stored, with the topic's timestamp type and codec. Offsets and epoch are stamped later. Source: Kafka's ProduceRequest.validateRecords,
 * UnifiedLog.analyzeAndValidateRecords, LogValidator.
 */
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import {
  attribute,
  type BatchProblem,
  BatchView,
  batchBytesAt,
  batchHeaderBytes,
  batchLengthBytes,
  type CompressionType,
  compressionTypes,
  currentMagic,
  field,
  magicAt,
  resealBatch,
} from './batch-header.ts';
import { readInt32, writeInt16, writeInt32, writeInt64 } from './bytes.ts';
import { compress } from './compression/compression.ts';
import { decodeRecords, type Payload, payloadOf } from './decode.ts';
import { encodeBatch } from './encode.ts';
import { RecordReader } from './record-reader.ts';

/** The topic's configuration as far as it judges batches. */
export interface ProduceLimits {
  /** max.message.bytes: of the whole batch, compressed. */
  readonly maxMessageBytes: number;
  /** segment.bytes: no batch may be larger than a segment. */
  readonly segmentBytes: number;
  /** cleanup.policy holds `compact`: every record needs a key. */
  readonly compacted: boolean;
  /** message.timestamp.type */
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime';
  /** message.timestamp.before.max.ms */
  readonly messageTimestampBeforeMaxMs: number;
  /** message.timestamp.after.max.ms */
  readonly messageTimestampAfterMaxMs: number;
  /** compression.type: `producer` keeps what came. */
  readonly compressionType: 'producer' | 'uncompressed' | CompressionType;
}

/** A batch ready to be stamped and appended. */
export interface ProducedBatch {
  /** Exactly one batch: the caller's bytes, changed in place, or fresh ones. */
  readonly bytes: Uint8Array;
  /** For the answer's LogAppendTimeMs: -1 under CreateTime. */
  readonly logAppendTimeMs: number;
}

/** The answer's error, with what is wrong with single records. */
export interface ProduceRejection extends BatchProblem {
  readonly recordErrors: readonly { readonly batchIndex: number; readonly message: string }[];
}

const noRecordErrors: ProduceRejection['recordErrors'] = [];
const reject = (code: ErrorCode, message: string, recordErrors = noRecordErrors) => failed<ProduceRejection>({ code, message, recordErrors });

/** What the walk over the records found out. */
interface Walk {
  readonly maxTimestampMs: number;
  /** Offset deltas are not 0, 1, 2, ... */
  readonly renumber: boolean;
}

/** The first Produce version whose clients know zstd (KIP-110). */
const zstdVersion = 7;

/**
 * `records` is a field of a Produce request of version `apiVersion`, of one partition; the bytes are the callee's to change. `nowMs` is the
 * leader's wall time.
 */
export function validateProduced(
  records: Uint8Array,
  limits: ProduceLimits,
  apiVersion: number,
  nowMs: number,
): Result<ProducedBatch, ProduceRejection> {
  const one = onlyBatch(records);
  if (!one.ok) return one;
  if (apiVersion < zstdVersion && one.value.compression === 'zstd')
    return reject(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, `zstd needs version ${zstdVersion} of Produce`);
  const problem = headerProblem(one.value, limits);
  if (problem !== undefined) return { ok: false, error: problem };
  const batch = one.value;
  const payload = payloadOf(batch);
  if (!payload.ok) return reject(payload.error.code, payload.error.message);
  const walk = walkRecords(batch, payload.value, limits, nowMs);
  if (!walk.ok) return walk;
  const stored = convert(batch, payload.value, walk.value, limits);
  if (!stored.ok) return stored;
  const appendTime = limits.messageTimestampType === 'LogAppendTime';
  stampTimestamps(stored.value, appendTime ? nowMs : walk.value.maxTimestampMs, appendTime);
  // Another codec or new offset deltas may have made it larger.
  if (stored.value.length > limits.maxMessageBytes) return reject(ErrorCode.MESSAGE_TOO_LARGE, 'the batch is larger than max.message.bytes');
  if (stored.value.length > limits.segmentBytes) return reject(ErrorCode.RECORD_LIST_TOO_LARGE, 'the batch is larger than segment.bytes');
  return ok({ bytes: stored.value, logAppendTimeMs: appendTime ? nowMs : -1 });
}

/** Produce version 3 and later carry exactly one batch of magic 2; a cut one behind it is ignored. */
function onlyBatch(records: Uint8Array): Result<BatchView, ProduceRejection> {
  if (records.length < batchLengthBytes) return reject(ErrorCode.INVALID_RECORD, 'a partition needs exactly one record batch');
  const length = batchBytesAt(records, 0);
  if (length < batchLengthBytes + 5) return reject(ErrorCode.CORRUPT_MESSAGE, 'the batch is shorter than its header');
  if (length > records.length) return reject(ErrorCode.INVALID_RECORD, 'a partition needs exactly one record batch');
  if (magicAt(records, 0) !== currentMagic) return reject(ErrorCode.INVALID_RECORD, 'only record batches of magic 2 are accepted');
  if (length < batchHeaderBytes) return reject(ErrorCode.CORRUPT_MESSAGE, 'the batch is shorter than its header');
  const behind = records.length - length;
  if (behind >= batchLengthBytes && batchBytesAt(records, length) <= behind)
    return reject(ErrorCode.INVALID_RECORD, 'a partition needs exactly one record batch');
  return ok(new BatchView(behind === 0 ? records : records.subarray(0, length), 0));
}

function headerProblem(batch: BatchView, limits: ProduceLimits): ProduceRejection | undefined {
  const problem = (code: ErrorCode, message: string): ProduceRejection => ({ code, message, recordErrors: noRecordErrors });
  if (readInt32(batch.bytes, 0) !== 0 || readInt32(batch.bytes, 4) !== 0)
    return problem(ErrorCode.INVALID_RECORD, 'the base offset of a produced batch is 0');
  if (batch.byteLength > limits.maxMessageBytes) return problem(ErrorCode.MESSAGE_TOO_LARGE, 'the batch is larger than max.message.bytes');
  if (!batch.isIntact) return problem(ErrorCode.CORRUPT_MESSAGE, 'the checksum of the batch is wrong');
  const count = batch.recordCount;
  if (count <= 0 || batch.lastOffsetDelta !== count - 1) return problem(ErrorCode.INVALID_RECORD, 'the count of records is not that of the offsets');
  if (batch.isControl) return problem(ErrorCode.INVALID_RECORD, 'clients do not write control records');
  if (!Number.isSafeInteger(batch.producerId) || (batch.producerId >= 0 && batch.baseSequence < 0))
    return problem(ErrorCode.INVALID_RECORD, 'a batch with a producer id has a sequence');
  return undefined;
}

function walkRecords(batch: BatchView, payload: Payload, limits: ProduceLimits, nowMs: number): Result<Walk, ProduceRejection> {
  const { compacted, messageTimestampBeforeMaxMs: beforeMaxMs, messageTimestampAfterMaxMs: afterMaxMs } = limits;
  const checkTime = limits.messageTimestampType === 'CreateTime';
  const { baseTimestampMs, isLogAppendTime } = batch;
  const reader = new RecordReader(payload.bytes, payload.at, payload.end, batch.recordCount);
  let maxTimestampMs = -1;
  let renumber = false;
  let errors: { readonly batchIndex: number; readonly message: string }[] | undefined;
  // One timestamp out of range is the whole batch's error, whatever else is wrong with it.
  let code: ErrorCode = ErrorCode.INVALID_RECORD;
  for (let index = 0; reader.next(); index++) {
    if (reader.offsetDelta !== index) renumber = true;
    const timestampMs = baseTimestampMs + reader.timestampDelta;
    if (timestampMs > maxTimestampMs) maxTimestampMs = timestampMs;
    let message: string | undefined;
    if (compacted && reader.keyLength < 0) message = 'a record of a compacted topic needs a key';
    else {
      const tooFar = checkTime && timestampMs !== -1 && (nowMs - timestampMs > beforeMaxMs || timestampMs - nowMs > afterMaxMs);
      if (isLogAppendTime) message = 'a producer does not set the timestamp type LogAppendTime';
      else if (tooFar || !Number.isSafeInteger(timestampMs)) message = 'the timestamp is out of range';
      if (message !== undefined) code = ErrorCode.INVALID_TIMESTAMP;
    }
    if (message !== undefined) {
      errors ??= [];
      errors.push({ batchIndex: index, message });
    }
  }
  if (reader.problem !== undefined) return reject(ErrorCode.INVALID_RECORD, reader.problem);
  if (errors === undefined) return ok({ maxTimestampMs, renumber });
  const reason = code === ErrorCode.INVALID_TIMESTAMP ? 'records with an invalid timestamp' : 'invalid records';
  return reject(code, `the batch was rejected for ${reason}`, errors);
}

/** The batch in the topic's codec and with offset deltas 0, 1, 2, ...; the same bytes when both are so already. */
function convert(batch: BatchView, payload: Payload, walk: Walk, limits: ProduceLimits): Result<Uint8Array, ProduceRejection> {
  const source = batch.compression ?? 'none';
  const wanted = limits.compressionType === 'producer' ? source : limits.compressionType === 'uncompressed' ? 'none' : limits.compressionType;
  if (walk.renumber) return renumbered(batch, wanted);
  if (wanted === source) return ok(batch.bytes);
  const plain = payload.bytes.subarray(payload.at, payload.end);
  const body = wanted === 'none' ? plain : compress(wanted, plain);
  const bytes = new Uint8Array(batchHeaderBytes + body.length);
  bytes.set(batch.bytes.subarray(0, batchHeaderBytes));
  bytes.set(body, batchHeaderBytes);
  writeInt32(bytes, field.batchLength, bytes.length - batchLengthBytes);
  writeInt16(bytes, field.attributes, (batch.attributes & ~attribute.codec) | compressionTypes.indexOf(wanted));
  resealBatch(bytes, 0);
  return ok(bytes);
}

function renumbered(batch: BatchView, compression: CompressionType): Result<Uint8Array, ProduceRejection> {
  const decoded = decodeRecords(batch);
  if (!decoded.ok) return reject(decoded.error.code, decoded.error.message);
  const { producerId, producerEpoch, baseSequence, isTransactional: transactional } = batch;
  return ok(encodeBatch({ records: decoded.value, compression, producerId, producerEpoch, baseSequence, transactional }));
}

/** A producer's own maximum is not trusted: look-ups by time rest on it. */
function stampTimestamps(bytes: Uint8Array, maxTimestampMs: number, appendTime: boolean): void {
  const batch = new BatchView(bytes, 0);
  if (!appendTime && batch.maxTimestampMs === maxTimestampMs) return;
  if (appendTime) writeInt16(bytes, field.attributes, batch.attributes | attribute.logAppendTime);
  writeInt64(bytes, field.maxTimestamp, maxTimestampMs);
  resealBatch(bytes, 0);
}
