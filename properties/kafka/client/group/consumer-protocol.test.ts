import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeCooperativeUserData,
  decodeStickyUserData,
  encodeCooperativeUserData,
  encodeStickyUserData,
} from '../../../../src/kafka/client/group/assignor/sticky-user-data.ts';
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from '../../../../src/kafka/client/group/consumer-protocol.ts';
import { type TopicPartition, topicPartition } from '../../../../src/model/topic-partition.ts';

const partitions = fc.uniqueArray(
  fc.tuple(fc.constantFrom('a', 'b-c', 'd'), fc.nat({ max: 300 })).map(([topic, index]) => topicPartition(topic, index)),
  { maxLength: 12 },
);
const sorted = (given: readonly TopicPartition[]) => [...given].sort();
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

describe('the protocol of consumers', () => {
  test('keeps of a subscription what its version can say, in every version', () => {
    const subscription = fc.record({
      topics: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
      ownedPartitions: partitions,
      generation: fc.integer({ min: -1, max: 1000 }),
      userData: fc.option(fc.uint8Array({ maxLength: 20 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(subscription, fc.integer({ min: 0, max: 3 }), (given, version) => {
        const read = decodeSubscription(encodeSubscription(given, version));
        if (!read.ok) throw new Error(read.error);
        expect([...read.value.topics]).toEqual([...given.topics].sort());
        expect(hex(read.value.userData)).toBe(hex(given.userData));
        expect(sorted(read.value.ownedPartitions)).toEqual(version >= 1 ? sorted(given.ownedPartitions) : []);
        expect(read.value.generation).toBe(version >= 2 ? given.generation : -1);
      }),
    );
  });
  test('keeps an assignment in every version, and of a newer version than is known what is known', () => {
    fc.assert(
      fc.property(partitions, fc.integer({ min: 0, max: 3 }), fc.boolean(), (given, version, newer) => {
        const bytes = encodeAssignment(given, version);
        const sent = newer ? Buffer.concat([Buffer.from([0, 9]), bytes.subarray(2), Buffer.from('new fields')]) : bytes;
        const read = decodeAssignment(sent);
        expect(read.ok && sorted(read.value)).toEqual(sorted(given));
      }),
    );
  });
  test('writes the bytes that Kafka writes', () => {
    expect(hex(encodeAssignment([topicPartition('t', 1), topicPartition('t', 0)], 1))).toBe(
      '0001000000010001740000000200000000' + '00000001ffffffff',
    );
    const subscription = { topics: ['t'], ownedPartitions: [topicPartition('t', 2)], generation: 7, userData: undefined };
    expect(hex(encodeSubscription(subscription))).toBe('0003000000010001' + '74ffffffff00000001000174000000010000000200000007ffff');
    expect(hex(encodeStickyUserData({ partitions: [topicPartition('t', 2)], generation: 7 }))).toBe('00000001000174000000010000000200000007');
    expect(hex(encodeCooperativeUserData(7))).toBe('00000007');
  });
  test('says what is wrong with bytes that are no message', () => {
    for (const bytes of [new Uint8Array(), new Uint8Array([0]), new Uint8Array([255, 255, 0, 0]), new Uint8Array([0, 0, 0, 0, 0, 9])]) {
      expect(decodeSubscription(bytes).ok).toBe(false);
      expect(decodeAssignment(bytes).ok).toBe(false);
    }
  });
});

describe('the user data of the sticky assignors', () => {
  test('tell what was owned in which generation; without a generation in its older form', () => {
    fc.assert(
      fc.property(partitions, fc.integer({ min: -1, max: 99 }), (given, generation) => {
        const bytes = encodeStickyUserData({ partitions: given, generation });
        expect(sorted(decodeStickyUserData(bytes).partitions)).toEqual(sorted(given));
        expect(decodeStickyUserData(bytes).generation).toBe(generation);
        const older = decodeStickyUserData(bytes.subarray(0, bytes.length - 4));
        expect(sorted(older.partitions)).toEqual(sorted(given));
        expect(older.generation).toBe(-1);
        expect(decodeCooperativeUserData(encodeCooperativeUserData(generation))).toBe(generation);
      }),
    );
  });
  test('say nothing when they cannot be read', () => {
    expect(decodeStickyUserData(new Uint8Array([1, 2, 3]))).toEqual({ partitions: [], generation: -1 });
    expect(decodeCooperativeUserData(new Uint8Array([1]))).toBe(-1);
    expect(decodeCooperativeUserData(undefined)).toBe(-1);
  });
});
