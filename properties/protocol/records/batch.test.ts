import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leaderEpoch, offset } from '../../../src/model/brand.ts';
import { BatchView, batchHeaderBytes, stampBatch } from '../../../src/protocol/records/batch-header.ts';
import { controlTypeOf, controlTypes, encodeControlBatch } from '../../../src/protocol/records/control.ts';
import { decodeRecords } from '../../../src/protocol/records/decode.ts';
import { encodeBatch } from '../../../src/protocol/records/encode.ts';
import { splitBatches } from '../../../src/protocol/records/split.ts';
import { batchInput, producedInput } from './arbitraries.ts';

function decoded(bytes: Uint8Array) {
  const records = decodeRecords(new BatchView(bytes, 0));
  if (!records.ok) throw new Error(records.error.message);
  return records.value;
}

describe('a batch', () => {
  test('gives back the records it was made of, plain or compressed', () => {
    fc.assert(
      fc.property(fc.oneof(batchInput, producedInput), fc.maxSafeInteger(), (input, base) => {
        const baseOffset = offset(Math.max(0, Math.abs(base) - 100));
        const bytes = encodeBatch({ ...input, baseOffset });
        const view = new BatchView(bytes, 0);
        expect(view.isIntact).toBe(true);
        expect(view.byteLength).toBe(bytes.length);
        expect(view.recordCount).toBe(input.records.length);
        expect(view.maxTimestampMs).toBe(Math.max(...input.records.map((record) => record.timestampMs)));
        expect([view.producerId, view.producerEpoch, view.baseSequence]).toEqual([
          input.producerId ?? -1,
          input.producerEpoch ?? -1,
          input.baseSequence ?? -1,
        ]);
        expect(view.isTransactional).toBe(input.transactional ?? false);
        expect(decoded(bytes)).toEqual(
          input.records.map((record, index) => ({
            offset: baseOffset + index,
            timestampMs: record.timestampMs,
            key: record.key,
            value: record.value,
            headers: record.headers ?? [],
          })),
        );
      }),
    );
  });

  test('is stamped with offset and epoch without a new checksum', () => {
    fc.assert(
      fc.property(batchInput, fc.nat(), fc.nat(), (input, base, epoch) => {
        const bytes = encodeBatch(input);
        const before = bytes.slice(17);
        stampBatch(bytes, 0, offset(base), leaderEpoch(epoch));
        const view = new BatchView(bytes, 0);
        expect([view.baseOffset, view.leaderEpoch, view.lastOffset]).toEqual([base, epoch, base + input.records.length - 1]);
        expect(bytes.slice(17)).toEqual(before);
        expect(view.isIntact).toBe(true);
      }),
    );
  });

  test('of LogAppendTime gives every record the time of the append', () => {
    const bytes = encodeBatch({
      records: [1, 2].map((timestampMs) => ({ key: null, value: null, timestampMs })),
      logAppendTimeMs: 77,
    });
    expect(decoded(bytes).map((record) => record.timestampMs)).toEqual([77, 77]);
  });

  test('may be nothing but a header, as compaction leaves it', () => {
    const bytes = encodeBatch({ records: [], baseOffset: offset(10), lastOffsetDelta: 4 });
    expect(bytes.length).toBe(batchHeaderBytes);
    expect(new BatchView(bytes, 0).lastOffset).toBe(14);
    expect(decoded(bytes)).toEqual([]);
  });

  test('of control records names their types', () => {
    const records = controlTypes.map((type, index) => ({ type, value: Uint8Array.of(index) }));
    const bytes = encodeControlBatch({ records, timestampMs: 5, baseOffset: offset(3), leaderEpoch: leaderEpoch(2) });
    expect(new BatchView(bytes, 0).isControl).toBe(true);
    expect(decoded(bytes).map(controlTypeOf)).toEqual([...controlTypes]);
    expect(
      decoded(encodeBatch({ control: true, records: [{ key: Uint8Array.of(0, 0, 0, 99), value: null, timestampMs: 0 }] })).map(controlTypeOf),
    ).toEqual([undefined]);
  });
});

describe('a run of bytes', () => {
  test('cut anywhere splits into the whole batches before the cut', () => {
    fc.assert(
      fc.property(fc.array(batchInput, { maxLength: 4 }), fc.nat(), (inputs, cut) => {
        const batches = inputs.map(encodeBatch);
        const joined = new Uint8Array(batches.reduce((sum, batch) => sum + batch.length, 0));
        let at = 0;
        const ends = batches.map((batch) => {
          joined.set(batch, at);
          at += batch.length;
          return at;
        });
        const end = joined.length === 0 ? 0 : cut % (joined.length + 1);
        const split = splitBatches(joined, 0, end);
        expect(split.ok && split.value.map((view) => view.at + view.byteLength)).toEqual(ends.filter((whole) => whole <= end));
      }),
    );
  });

  test('that is hostile is refused or decoded, but never throws and never makes more records than it has bytes for', () => {
    const mutation = fc.record({ at: fc.nat(), to: fc.nat(255) });
    fc.assert(
      fc.property(batchInput, fc.array(mutation, { minLength: 1, maxLength: 6 }), (input, mutations) => {
        const bytes = encodeBatch(input);
        for (const { at, to } of mutations) bytes[at % bytes.length] = to;
        const split = splitBatches(bytes);
        for (const view of split.ok ? split.value : []) {
          const records = decodeRecords(view);
          if (records.ok && view.compression === 'none') expect(records.value.length * 7).toBeLessThanOrEqual(bytes.length);
        }
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 61, maxLength: 200 }), (bytes) => {
        bytes.set([0, 0, 0, bytes.length - 12], 8);
        bytes[16] = 2;
        const split = splitBatches(bytes);
        for (const view of split.ok ? split.value : []) decodeRecords(view);
      }),
      { numRuns: 2000 },
    );
  });
});
