import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { attribute, BatchView, type CompressionType, compressionTypes, field, resealBatch } from '../../../src/protocol/records/batch-header.ts';
import { writeInt16, writeInt32, writeInt64 } from '../../../src/protocol/records/bytes.ts';
import { decodeRecords } from '../../../src/protocol/records/decode.ts';
import { type BatchInput, encodeBatch, type RecordInput } from '../../../src/protocol/records/encode.ts';
import { type ProduceLimits, validateProduced } from '../../../src/protocol/records/validate.ts';
import { producedInput } from './arbitraries.ts';

const nowMs = 1_700_000_000_000;
/** The newest version of Produce. */
const latest = 13;
const limits: ProduceLimits = {
  maxMessageBytes: 1_048_588,
  segmentBytes: 1_073_741_824,
  compacted: false,
  messageTimestampType: 'CreateTime',
  messageTimestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  messageTimestampAfterMaxMs: Number.MAX_SAFE_INTEGER,
  compressionType: 'producer',
};
const one: RecordInput = { key: Uint8Array.of(1), value: Uint8Array.of(2), timestampMs: nowMs };

/** A batch of `count` records, changed and sealed again. */
function batch(count: number, change: (bytes: Uint8Array) => void = () => {}, input: Partial<BatchInput> = {}): Uint8Array {
  const bytes = encodeBatch({ records: Array.from({ length: count }, () => one), ...input });
  change(bytes);
  resealBatch(bytes, 0);
  return bytes;
}

function codeOf(bytes: Uint8Array, changed: Partial<ProduceLimits> = {}): number {
  const result = validateProduced(bytes, { ...limits, ...changed }, latest, nowMs);
  return result.ok ? ErrorCode.NONE : result.error.code;
}

describe('a produced batch', () => {
  test('that is right is stored as it came, bit for bit', () => {
    fc.assert(
      fc.property(producedInput, (input) => {
        const bytes = encodeBatch(input);
        const result = validateProduced(bytes.slice(), limits, latest, nowMs);
        expect(result).toEqual({ ok: true, value: { bytes, logAppendTimeMs: -1 } });
      }),
    );
  });

  test('is exactly one whole batch of magic 2, else INVALID_RECORD; a cut one behind it is dropped', () => {
    const good = batch(2);
    expect(codeOf(new Uint8Array(0))).toBe(ErrorCode.INVALID_RECORD);
    expect(codeOf(good.slice(0, good.length - 1))).toBe(ErrorCode.INVALID_RECORD);
    expect(codeOf(Uint8Array.from([...good, ...good]))).toBe(ErrorCode.INVALID_RECORD);
    expect(codeOf(batch(1, (bytes) => bytes.fill(1, field.magic, field.magic + 1)))).toBe(ErrorCode.INVALID_RECORD);
    const tailed = validateProduced(Uint8Array.from([...good, ...good.slice(0, 40)]), limits, latest, nowMs);
    expect(tailed.ok && tailed.value.bytes).toEqual(good);
    const short = batch(1);
    writeInt32(short, field.batchLength, 48);
    expect(codeOf(short)).toBe(ErrorCode.CORRUPT_MESSAGE);
  });

  test('of which any bit from the attributes on is flipped is CORRUPT_MESSAGE', () => {
    const good = batch(3);
    fc.assert(
      fc.property(fc.integer({ min: field.crc, max: good.length - 1 }), fc.nat(7), (at, bit) => {
        const bytes = good.slice();
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        expect(codeOf(bytes)).toBe(ErrorCode.CORRUPT_MESSAGE);
      }),
    );
  });

  test('has base offset 0, as many records as offsets, a sequence with its producer id and no control bit, else INVALID_RECORD', () => {
    const wrong: readonly ((bytes: Uint8Array) => void)[] = [
      (bytes) => writeInt64(bytes, field.baseOffset, 1),
      (bytes) => writeInt32(bytes, field.lastOffsetDelta, 2),
      (bytes) => writeInt32(bytes, field.recordCount, 1),
      (bytes) => writeInt32(bytes, field.recordCount, 0),
      (bytes) => writeInt64(bytes, field.producerId, 5),
      (bytes) => writeInt16(bytes, field.attributes, attribute.control),
      (bytes) => {
        writeInt32(bytes, field.recordCount, 3);
        writeInt32(bytes, field.lastOffsetDelta, 2);
      },
      (bytes) => bytes.fill(0xff, 61, 62),
    ];
    for (const change of wrong) expect(codeOf(batch(2, change))).toBe(ErrorCode.INVALID_RECORD);
  });

  test('larger than max.message.bytes is MESSAGE_TOO_LARGE, larger than a segment RECORD_LIST_TOO_LARGE', () => {
    const { length } = batch(4);
    expect(codeOf(batch(4), { maxMessageBytes: length })).toBe(ErrorCode.NONE);
    expect(codeOf(batch(4), { maxMessageBytes: length - 1 })).toBe(ErrorCode.MESSAGE_TOO_LARGE);
    expect(codeOf(batch(4), { segmentBytes: length - 1 })).toBe(ErrorCode.RECORD_LIST_TOO_LARGE);
  });

  test('for a compacted topic names every record without a key', () => {
    const records = [one, { ...one, key: null }, one, { ...one, key: null }];
    for (const compression of compressionTypes) {
      const result = validateProduced(encodeBatch({ records, compression }), { ...limits, compacted: true }, latest, nowMs);
      expect(!result.ok && [result.error.code, result.error.recordErrors.map((error) => error.batchIndex)]).toEqual([
        ErrorCode.INVALID_RECORD,
        [1, 3],
      ]);
    }
  });

  test('with a timestamp out of the topic’s range is INVALID_TIMESTAMP; -1 is exempt', () => {
    const at = (timestampMs: number): Uint8Array => encodeBatch({ records: [one, { ...one, timestampMs }] });
    const range = { messageTimestampBeforeMaxMs: 1000, messageTimestampAfterMaxMs: 500 };
    for (const timestampMs of [nowMs - 1000, nowMs + 500, -1]) expect(codeOf(at(timestampMs), range)).toBe(ErrorCode.NONE);
    for (const timestampMs of [nowMs - 1001, nowMs + 501, 0]) {
      expect(codeOf(at(timestampMs), range)).toBe(ErrorCode.INVALID_TIMESTAMP);
      expect(codeOf(at(timestampMs), { ...range, messageTimestampType: 'LogAppendTime' })).toBe(ErrorCode.NONE);
    }
  });

  test('that sets the timestamp type LogAppendTime is INVALID_TIMESTAMP for each of its records', () => {
    for (const messageTimestampType of ['CreateTime', 'LogAppendTime'] as const) {
      const bytes = batch(2, () => {}, { logAppendTimeMs: nowMs });
      const result = validateProduced(bytes, { ...limits, messageTimestampType }, latest, nowMs);
      expect(!result.ok && [result.error.code, result.error.recordErrors.length]).toEqual([ErrorCode.INVALID_TIMESTAMP, 2]);
    }
  });

  test('with a record without a key and one out of time is INVALID_TIMESTAMP, in whichever order, and names both', () => {
    const wrong = [
      { ...one, key: null },
      { ...one, timestampMs: 0 },
    ];
    for (const records of [wrong, [...wrong].reverse()]) {
      const result = validateProduced(encodeBatch({ records }), { ...limits, compacted: true, messageTimestampBeforeMaxMs: 5 }, latest, nowMs);
      expect(!result.ok && [result.error.code, result.error.recordErrors.map((each) => each.batchIndex)]).toEqual([
        ErrorCode.INVALID_TIMESTAMP,
        [0, 1],
      ]);
    }
  });

  test('in a codec that Kafka does not know is INVALID_RECORD; a stream that its codec cannot read is CORRUPT_MESSAGE', () => {
    expect(codeOf(batch(1, (bytes) => writeInt16(bytes, field.attributes, 5)))).toBe(ErrorCode.INVALID_RECORD);
    for (const codec of [1, 2, 3, 4]) expect(codeOf(batch(1, (bytes) => writeInt16(bytes, field.attributes, codec)))).toBe(ErrorCode.CORRUPT_MESSAGE);
  });

  test('of zstd is UNSUPPORTED_COMPRESSION_TYPE below version 7 of Produce', () => {
    const versionOf = (compression: CompressionType, apiVersion: number) =>
      validateProduced(
        batch(1, () => {}, { compression }),
        limits,
        apiVersion,
        nowMs,
      );
    const refused = versionOf('zstd', 6);
    expect(!refused.ok && refused.error.code).toBe(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
    expect(versionOf('zstd', 7).ok && versionOf('lz4', 3).ok).toBe(true);
    // The topic's own zstd is no matter of the producer's version.
    expect(validateProduced(batch(1), { ...limits, compressionType: 'zstd' }, 3, nowMs).ok).toBe(true);
  });

  test('that grows beyond what a broker decompresses is CORRUPT_MESSAGE, at any ratio', () => {
    const zeros: RecordInput = { key: null, value: new Uint8Array(130 * 1024 * 1024), timestampMs: nowMs };
    expect(codeOf(encodeBatch({ records: [zeros], compression: 'zstd' }))).toBe(ErrorCode.CORRUPT_MESSAGE);
  });

  test('whose recompressed form is larger than max.message.bytes is MESSAGE_TOO_LARGE', () => {
    const records = [{ ...one, value: new Uint8Array(5000) }];
    for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const bytes = encodeBatch({ records, compression });
      expect(codeOf(bytes.slice(), { maxMessageBytes: 1000 })).toBe(ErrorCode.NONE);
      expect(codeOf(bytes, { maxMessageBytes: 1000, compressionType: 'uncompressed' })).toBe(ErrorCode.MESSAGE_TOO_LARGE);
    }
  });

  test('under LogAppendTime is stored with that type and time, and a checksum that holds', () => {
    fc.assert(
      fc.property(producedInput, (input) => {
        const result = validateProduced(encodeBatch(input), { ...limits, messageTimestampType: 'LogAppendTime' }, latest, nowMs);
        if (!result.ok) throw new Error(result.error.message);
        const view = new BatchView(result.value.bytes, 0);
        expect([view.isLogAppendTime, view.maxTimestampMs, view.isIntact, result.value.logAppendTimeMs]).toEqual([true, nowMs, true, nowMs]);
      }),
    );
  });

  test('is stored with the largest timestamp of its records, whatever its header says', () => {
    const result = validateProduced(
      batch(2, (bytes) => writeInt64(bytes, field.maxTimestamp, 5)),
      limits,
      latest,
      nowMs,
    );
    const view = result.ok ? new BatchView(result.value.bytes, 0) : undefined;
    expect([view?.maxTimestampMs, view?.isIntact]).toEqual([nowMs, true]);
  });

  test('is recompressed to the topic’s codec with nothing else changed', () => {
    fc.assert(
      fc.property(producedInput, fc.constantFrom('uncompressed' as const, ...compressionTypes), (input, compressionType) => {
        const before = new BatchView(encodeBatch(input), 0);
        const result = validateProduced(encodeBatch(input), { ...limits, compressionType }, latest, nowMs);
        if (!result.ok) throw new Error(result.error.message);
        const after = new BatchView(result.value.bytes, 0);
        expect(after.compression).toBe(compressionType === 'uncompressed' ? 'none' : compressionType);
        expect(after.isIntact).toBe(true);
        expect(decodeRecords(after)).toEqual(decodeRecords(before));
        expect([after.producerId, after.baseSequence, after.isTransactional]).toEqual([
          before.producerId,
          before.baseSequence,
          before.isTransactional,
        ]);
      }),
    );
  });

  test('with other offset deltas than 0, 1, 2 is numbered anew', () => {
    const records = [3, 7, 8].map((offsetDelta) => ({ ...one, offsetDelta }));
    for (const compression of compressionTypes) {
      const result = validateProduced(
        batch(3, (bytes) => writeInt32(bytes, field.lastOffsetDelta, 2), { records, compression, producerId: 4, producerEpoch: 2, baseSequence: 6 }),
        limits,
        latest,
        nowMs,
      );
      const view = result.ok ? new BatchView(result.value.bytes, 0) : undefined;
      const decoded = view === undefined ? undefined : decodeRecords(view);
      expect(decoded?.ok && decoded.value.map((record) => record.offset)).toEqual([0, 1, 2]);
      expect([view?.compression, view?.producerId, view?.producerEpoch, view?.baseSequence]).toEqual([compression, 4, 2, 6]);
    }
  });

  test('that is hostile but sealed is rejected or stored whole: what is stored always decodes', () => {
    const mutation = fc.record({ at: fc.nat(), to: fc.nat(255) });
    fc.assert(
      fc.property(producedInput, fc.array(mutation, { minLength: 1, maxLength: 5 }), (input, mutations) => {
        const bytes = encodeBatch(input);
        for (const { at, to } of mutations) bytes[field.attributes + (at % (bytes.length - field.attributes))] = to;
        resealBatch(bytes, 0);
        const result = validateProduced(bytes, limits, latest, nowMs);
        if (!result.ok) return;
        const view = new BatchView(result.value.bytes, 0);
        const records = decodeRecords(view);
        expect(view.isIntact && records.ok && records.value.map((record) => record.offset)).toEqual(
          Array.from({ length: view.recordCount }, (_, index) => index),
        );
      }),
      { numRuns: 2000 },
    );
  });
});
