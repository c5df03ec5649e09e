/** The records of __consumer_offsets, as Kafka writes them and as it has ever written them, and where a group's records go. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partitionFor } from '../../../../src/kafka/coordinator/group/coordinator.ts';
import { type CoordinatorRecord, decodeRecord, encodeRecord } from '../../../../src/kafka/coordinator/group/records.ts';
import { uuid, zeroUuid } from '../../../../src/model/uuid.ts';

const topicId = uuid('AAAAAAAAAAAAAAAAAAAABQ');
const offset = { offset: -2, leaderEpoch: 4, metadata: 'note', commitTimestampMs: 1_700_000_000_000, expireTimestampMs: -1, topicId };
const group: CoordinatorRecord = {
  type: 'group',
  group: 'g',
  value: {
    protocolType: 'consumer',
    generation: 3,
    protocol: 'range',
    leader: 'm',
    currentStateTimestamp: 5,
    members: [
      {
        memberId: 'm',
        groupInstanceId: null,
        clientId: 'c',
        clientHost: '/h',
        rebalanceTimeout: 7,
        sessionTimeout: 6,
        subscription: Uint8Array.of(1),
        assignment: Uint8Array.of(2),
      },
    ],
  },
};
const records: readonly CoordinatorRecord[] = [
  group,
  { type: 'groupTombstone', group: 'g' },
  { type: 'offset', group: 'g', topic: 't', partition: 1, value: offset },
  { type: 'offset', group: 'g', topic: 't', partition: 1, value: { ...offset, leaderEpoch: -1, expireTimestampMs: 9, topicId: zeroUuid } },
  { type: 'offsetTombstone', group: 'g', topic: 't', partition: 1 },
];
const bytesOf = (record: CoordinatorRecord) => encodeRecord(record, 1);
const versionOf = (bytes: Uint8Array | null): number | undefined => (bytes === null ? undefined : ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0));

describe('a record', () => {
  test.each(records)('of %o comes back as it was', (record) => {
    const { key, value } = bytesOf(record);
    expect(decodeRecord(key ?? new Uint8Array(0), value)).toEqual(record);
  });
  test('has the key type and the value version that Kafka gives it', () => {
    const versions = records.map((record) => [versionOf(bytesOf(record).key), versionOf(bytesOf(record).value)]);
    expect(versions).toEqual([
      [2, 3],
      [2, undefined],
      [1, 4],
      [1, 1],
      [1, undefined],
    ]);
  });
  test('of another kind of group is nobody’s here, and damaged bytes are told from it', () => {
    expect(decodeRecord(Uint8Array.of(0, 3, 0, 1, 103), null)).toBeUndefined();
    expect(decodeRecord(Uint8Array.of(0), null)).toBe('corrupt');
    expect(decodeRecord(Uint8Array.of(0, 2, 0, 9), null)).toBe('corrupt');
    expect(decodeRecord(bytesOf(group).key ?? new Uint8Array(0), Uint8Array.of(0, 99))).toBe('corrupt');
  });
  test('cut anywhere is damaged, never an exception', () => {
    fc.assert(
      fc.property(fc.constantFrom(...records), fc.nat(), (record, cut) => {
        const { key, value } = bytesOf(record);
        if (key === null || value === null) return;
        expect(decodeRecord(key, value.subarray(0, cut % value.length))).toBe('corrupt');
      }),
    );
  });
});

describe('a group', () => {
  // String.hashCode() as Java computes it; polygenelubricants is the classic text whose hash is Integer.MIN_VALUE.
  test.each([
    ['', 0],
    ['a', 97 % 50],
    ['hello', 99_162_322 % 50],
    ['polygenelubricants', 0],
    ['ä€', (228 * 31 + 8364) % 50],
    ['zzzzzz', 685_785_664 % 50],
  ])('named %s has partition %s of 50', (name, partition) => expect(partitionFor(name, 50)).toBe(partition));
  test('always has a partition', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 100 }), (name, count) => {
        const partition = partitionFor(name, count);
        expect(partition >= 0 && partition < count).toBe(true);
      }),
    );
  });
});
