/** Records as fast-check makes them: odd keys, nulls, headers, timestamps before and after each other. */
import fc from 'fast-check';
import { compressionTypes } from '../../../src/protocol/records/batch-header.ts';
import type { BatchInput, RecordInput } from '../../../src/protocol/records/encode.ts';

const bytes = fc.option(fc.uint8Array({ maxLength: 80 }), { nil: null });
const header = fc.record({ key: fc.string({ unit: 'grapheme', maxLength: 8 }), value: bytes });

export const timestampMs = fc.integer({ min: 0, max: 4_102_444_800_000 });

export const record: fc.Arbitrary<RecordInput> = fc.record({
  key: bytes,
  value: bytes,
  timestampMs,
  headers: fc.array(header, { maxLength: 3 }),
});

export const batchInput: fc.Arbitrary<BatchInput> = fc.record({
  records: fc.array(record, { minLength: 1, maxLength: 8 }),
  compression: fc.constantFrom(...compressionTypes),
});

/** A batch whose producer numbers it. */
export const producedInput: fc.Arbitrary<BatchInput> = fc.record({
  records: fc.array(record, { minLength: 1, maxLength: 8 }),
  compression: fc.constantFrom(...compressionTypes),
  producerId: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  producerEpoch: fc.integer({ min: 0, max: 32_767 }),
  baseSequence: fc.integer({ min: 0, max: 0x7fffffff }),
  transactional: fc.boolean(),
});
