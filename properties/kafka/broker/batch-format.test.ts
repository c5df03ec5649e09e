/** What a leader makes of produced batches by the topic's configuration, as a client sees it: raw Produce and Fetch over the virtual network. */
import { beforeAll, describe, expect, test } from 'vitest';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { zeroUuid } from '../../../src/model/uuid.ts';
import { apis } from '../../../src/protocol/apis.ts';
import { type BatchView, type CompressionType, compressionTypes } from '../../../src/protocol/records/batch-header.ts';
import { decodeRecords } from '../../../src/protocol/records/decode.ts';
import { encodeBatch, type RecordInput } from '../../../src/protocol/records/encode.ts';
import { splitBatches } from '../../../src/protocol/records/split.ts';
import { Rig } from './rig.ts';

let rig: Rig;
const topics: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  plain: [],
  compacted: [['cleanup.policy', 'compact']],
  stamped: [['message.timestamp.type', 'LogAppendTime']],
  bounded: [
    ['message.timestamp.before.max.ms', '1000'],
    ['message.timestamp.after.max.ms', '500'],
  ],
  small: [['max.message.bytes', '500']],
  ...Object.fromEntries(['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'].map((codec) => [`to-${codec}`, [['compression.type', codec]]])),
};
const now = (): number => rig.broker(1).world.clock.wallMs();
const one = (changed: Partial<RecordInput> = {}): RecordInput => ({
  key: Uint8Array.of(1),
  value: Buffer.from('value '.repeat(20)),
  timestampMs: now(),
  ...changed,
});
const batch = (records: readonly RecordInput[] = [one(), one()], compression: CompressionType = 'none'): Uint8Array =>
  encodeBatch({ records, compression });

function produce(topic: string, records: Uint8Array, version = 12) {
  const body = { acks: -1, timeoutMs: 1000, topicData: [{ name: topic, partitionData: [{ index: 0, records }] }] };
  const answer = rig.ask(1, apis.produce, body, version).responses[0]?.partitionResponses[0];
  if (answer === undefined) throw new Error('no answer for the partition');
  return answer;
}

/** The batch that begins at this offset, fetched by version `version`. */
function stored(topic: string, offset: number, version = 12): BatchView {
  const partitions = [{ partition: 0, fetchOffset: offset, partitionMaxBytes: 1 << 20 }];
  const body = { maxWaitMs: 0, minBytes: 1, maxBytes: 1 << 20, topics: [{ topic, topicId: zeroUuid, partitions }], forgottenTopicsData: [] };
  const records = rig.ask(1, apis.fetch, body, version).responses[0]?.partitions[0]?.records;
  const split = splitBatches(records ?? new Uint8Array(0));
  const [first] = split.ok ? split.value : [];
  if (first === undefined) throw new Error('no batch was fetched');
  return first;
}
const valuesOf = (view: BatchView) => {
  const records = decodeRecords(view);
  return records.ok ? records.value.map(({ value }) => Buffer.from(value ?? []).toString()) : [];
};

beforeAll(() => {
  rig = new Rig();
  rig.ready();
  for (const [name, configs] of Object.entries(topics))
    rig.createTopic({
      name,
      numPartitions: 1,
      assignments: [{ partitionIndex: 0, brokerIds: [1] }],
      configs: new Map([['min.insync.replicas', '1'], ...configs]),
    });
});

describe('a leader', () => {
  test.each(compressionTypes)('keeps the very bytes of a batch with %s where compression.type is producer', (compression) => {
    const sent = batch(undefined, compression);
    const answer = produce('plain', sent.slice());
    expect(answer).toMatchObject({ errorCode: ErrorCode.NONE, logAppendTimeMs: -1 });
    const view = stored('plain', Number(answer.baseOffset));
    expect(view.bytes.slice(view.at + 17, view.at + view.byteLength)).toEqual(sent.slice(17));
  });

  test.each(['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('recompresses batches of every codec to %s', (wanted) => {
    for (const compression of compressionTypes) {
      const answer = produce(`to-${wanted}`, batch(undefined, compression));
      expect(answer.errorCode).toBe(ErrorCode.NONE);
      const view = stored(`to-${wanted}`, Number(answer.baseOffset));
      expect([view.compression, view.isIntact, valuesOf(view)]).toEqual([
        wanted === 'uncompressed' ? 'none' : wanted,
        true,
        ['value '.repeat(20), 'value '.repeat(20)],
      ]);
    }
  });

  test('stamps a batch under LogAppendTime and says when', () => {
    const answer = produce('stamped', batch([one({ timestampMs: 5 })], 'lz4'));
    const view = stored('stamped', Number(answer.baseOffset));
    expect(answer.errorCode).toBe(ErrorCode.NONE);
    expect([view.isLogAppendTime, view.isIntact, view.maxTimestampMs]).toEqual([true, true, Number(answer.logAppendTimeMs)]);
    expect(Math.abs(Number(answer.logAppendTimeMs) - now())).toBeLessThan(1000);
  });

  test('names the records without a key on a compacted topic', () => {
    const answer = produce('compacted', batch([one(), one({ key: null }), one({ key: null })], 'snappy'));
    expect([answer.errorCode, answer.baseOffset, answer.recordErrors.map((each) => each.batchIndex)]).toEqual([ErrorCode.INVALID_RECORD, -1, [1, 2]]);
    expect(answer.errorMessage).not.toBe(null);
    expect(produce('compacted', batch()).errorCode).toBe(ErrorCode.NONE);
  });

  test('names the records whose time is out of bounds', () => {
    for (const [aheadMs, error] of [
      [-2000, ErrorCode.INVALID_TIMESTAMP],
      [5000, ErrorCode.INVALID_TIMESTAMP],
      [0, ErrorCode.NONE],
    ] as const) {
      const answer = produce('bounded', batch([one(), one({ timestampMs: now() + aheadMs })]));
      expect([answer.errorCode, answer.recordErrors.map((each) => each.batchIndex)]).toEqual([error, error === ErrorCode.NONE ? [] : [1]]);
    }
  });

  test('takes a batch as large as max.message.bytes once it is compressed, and none larger', () => {
    const records = [one({ value: new Uint8Array(3000) })];
    expect(produce('small', batch(records, 'zstd')).errorCode).toBe(ErrorCode.NONE);
    expect(produce('small', batch(records)).errorCode).toBe(ErrorCode.MESSAGE_TOO_LARGE);
  });

  test('takes zstd from version 7 of Produce on, and gives it to consumers of any version, as Kafka 4 does', () => {
    expect(produce('plain', batch(undefined, 'zstd'), 6).errorCode).toBe(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
    const answer = produce('plain', batch(undefined, 'zstd'), 7);
    expect(answer.errorCode).toBe(ErrorCode.NONE);
    for (const version of [4, 9, 10, 12]) expect(stored('plain', Number(answer.baseOffset), version).compression).toBe('zstd');
  });
});
