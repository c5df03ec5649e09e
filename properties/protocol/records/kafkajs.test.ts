/** The same bytes as an independent encoder, and read back by an independent decoder: kafkajs. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leaderEpoch, offset } from '../../../src/model/brand.ts';
import { BatchView } from '../../../src/protocol/records/batch-header.ts';
import { decodeRecords } from '../../../src/protocol/records/decode.ts';
import { type BatchInput, encodeBatch } from '../../../src/protocol/records/encode.ts';

interface KafkajsRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Record<string, Buffer>;
}
type EncodeRecord = (record: object) => object;
type EncodeBatch = (batch: object) => Promise<{ readonly buffer: Buffer }>;
type DecodeBatch = (
  decoder: object,
) => Promise<{ readonly records: readonly KafkajsRecord[]; readonly firstOffset: string; readonly partitionLeaderEpoch: number }>;

const load = createRequire(import.meta.url);
const record: EncodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0/index.js');
const { RecordBatch }: { readonly RecordBatch: EncodeBatch } = load('kafkajs/src/protocol/recordBatch/v0/index.js');
const decodeBatch: DecodeBatch = load('kafkajs/src/protocol/recordBatch/v0/decoder.js');
const Decoder: new (bytes: Buffer) => object = load('kafkajs/src/protocol/decoder.js');

const bytes = fc.option(fc.uint8Array({ maxLength: 60 }), { nil: null });
const input = fc.record({
  records: fc.array(
    fc.record({
      key: bytes,
      value: bytes,
      timestampMs: fc.integer({ min: 0, max: 2_000_000_000_000 }),
      headers: fc.uniqueArray(fc.record({ key: fc.stringMatching(/^[a-z]{1,6}$/), value: fc.uint8Array({ maxLength: 9 }) }), {
        maxLength: 3,
        selector: (header) => header.key,
      }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  compression: fc.constantFrom('none' as const, 'gzip' as const),
  producerId: fc.integer({ min: 0, max: 100_000 }),
  producerEpoch: fc.nat(1000),
  baseSequence: fc.nat(),
  transactional: fc.boolean(),
}) satisfies fc.Arbitrary<BatchInput>;

type Input = typeof input extends fc.Arbitrary<infer Value> ? Value : never;

async function byKafkajs(batch: Input): Promise<Uint8Array> {
  const first = batch.records[0]?.timestampMs ?? 0;
  const { buffer } = await RecordBatch({
    compression: batch.compression === 'gzip' ? 1 : 0,
    firstTimestamp: first,
    maxTimestamp: Math.max(...batch.records.map((one) => one.timestampMs)),
    partitionLeaderEpoch: -1,
    lastOffsetDelta: batch.records.length - 1,
    transactional: batch.transactional,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    firstSequence: batch.baseSequence,
    records: batch.records.map((one, index) =>
      record({
        offsetDelta: index,
        timestampDelta: one.timestampMs - first,
        key: one.key === null ? null : Buffer.from(one.key),
        value: one.value === null ? null : Buffer.from(one.value),
        headers: Object.fromEntries(one.headers.map((header) => [header.key, Buffer.from(header.value)])),
      }),
    ),
  });
  return new Uint8Array(buffer);
}

describe('batches and kafkajs', () => {
  test('an uncompressed batch has the bytes that kafkajs gives it', async () => {
    await fc.assert(
      fc.asyncProperty(input, async (batch) => {
        const plain = { ...batch, compression: 'none' as const };
        expect(encodeBatch(plain)).toEqual(await byKafkajs(plain));
      }),
    );
  });

  test('what kafkajs encodes is intact and decodes to the same records, gzip included', async () => {
    await fc.assert(
      fc.asyncProperty(input, async (batch) => {
        const view = new BatchView(await byKafkajs(batch), 0);
        expect(view.isIntact).toBe(true);
        const records = decodeRecords(view);
        expect(records.ok && records.value).toEqual(batch.records.map((one, index) => ({ ...one, offset: index })));
      }),
    );
  });

  test('what is encoded here decodes to the same records in kafkajs, gzip included', async () => {
    await fc.assert(
      fc.asyncProperty(input, fc.nat(), fc.nat(), async (batch, base, epoch) => {
        const encoded = encodeBatch({ ...batch, baseOffset: offset(base), leaderEpoch: leaderEpoch(epoch) });
        const read = await decodeBatch(new Decoder(Buffer.from(encoded)));
        expect([read.firstOffset, read.partitionLeaderEpoch]).toEqual([String(base), epoch]);
        expect(
          read.records.map((one) => ({
            offset: one.offset,
            timestampMs: Number(one.timestamp),
            key: one.key === null ? null : new Uint8Array(one.key),
            value: one.value === null ? null : new Uint8Array(one.value),
            headers: Object.entries(one.headers).map(([key, value]) => ({ key, value: new Uint8Array(value) })),
          })),
        ).toEqual(batch.records.map((one, index) => ({ ...one, offset: String(base + index) })));
      }),
    );
  });

  test('one batch stands here byte for byte, so that no change of both sides goes unseen', () => {
    const batch = encodeBatch({
      records: [
        { key: Uint8Array.of(0x6b), value: Uint8Array.of(0x76, 0x31), timestampMs: 1_700_000_000_000 },
        { key: null, value: null, timestampMs: 1_700_000_000_005, headers: [{ key: 'h', value: Uint8Array.of(1) }] },
      ],
      producerId: 7,
      producerEpoch: 1,
      baseSequence: 9,
    });
    expect(Buffer.from(batch).toString('hex')).toBe(
      [
        '0000000000000000',
        '00000046',
        'ffffffff',
        '02',
        '5031a292',
        '0000',
        '00000001',
        '0000018bcfe56800',
        '0000018bcfe56805',
        '0000000000000007',
        '0001',
        '00000009',
        '00000002',
        '12000000026b0476310014000a0201010202680201',
      ].join(''),
    );
  });
});
