/** A partition's name, which is kept once it was made, is the same however often it is asked for and whatever was asked for before. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { splitTopicPartition, topicPartition } from '../../src/model/topic-partition.ts';

const topic = fc.oneof(fc.constantFrom('orders', 'orders-1', ''), fc.string());
const index = fc.oneof(fc.integer({ min: -1, max: 5 }), fc.integer({ min: 1000, max: 1050 }), fc.integer({ min: -1, max: 0x7fffffff }));

describe("a partition's name", () => {
  test.prop([fc.array(fc.tuple(topic, index), { minLength: 1, maxLength: 400 })])(
    'is its topic, a dash and its index, whatever was named before',
    (asked) => {
      for (const [of, at] of asked) expect(topicPartition(of, at)).toBe(`${of}-${at}`);
      for (const [of, at] of asked) expect(topicPartition(of, at)).toBe(`${of}-${at}`);
    },
  );

  test.prop([fc.integer({ min: 257, max: 600 })])('stays right with more topics than are remembered', (topics) => {
    for (let round = 0; round < 2; round++) for (let of = 0; of < topics; of++) expect(topicPartition(`topic ${of}`, of)).toBe(`topic ${of}-${of}`);
  });

  test.prop([topic, index.filter((at) => at >= 0)])('gives back its parts', (of, at) => {
    expect(splitTopicPartition(topicPartition(of, at))).toEqual({ topic: of, index: at });
  });
});
