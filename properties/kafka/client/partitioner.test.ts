import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { murmur2, partitionOfKey, roundRobinPartitioner, stickyPartitioner } from '../../../src/kafka/client/partitioner.ts';

const require = createRequire(import.meta.url);
const kafkajsMurmur2: (key: Uint8Array) => number = require('kafkajs/src/producer/partitioners/default/murmur2.js');

describe('murmur2', () => {
  test('gives the values that Kafka itself is tested with', () => {
    const golden: readonly (readonly [string, number])[] = [
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['a-little-bit-longer-string', -1486304829],
      ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ];
    for (const [key, hash] of golden) expect([key, murmur2(Buffer.from(key))]).toEqual([key, hash]);
    expect(murmur2(Buffer.from('abc'))).toBe(479470107);
  });

  test('agrees with kafkajs for any key, so that clients of both put a key into one partition', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 1, max: 100 }), (key, partitions) => {
        const theirs = kafkajsMurmur2(Buffer.from(key));
        expect(murmur2(key)).toBe(theirs | 0);
        expect(partitionOfKey(key, partitions)).toBe((theirs & 0x7fffffff) % partitions);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a keyless record', () => {
  test('stays with its partition until a batch is full, then goes where the draw says', () => {
    const draws = [1, 2, 0];
    const sticky = stickyPartitioner(100, () => draws.shift() ?? 9);
    const choices = { partitions: 3, available: [0, 1, 2] };
    expect(sticky.choose(choices)).toBe(1);
    sticky.took(1, 60, false);
    expect(sticky.choose(choices)).toBe(1);
    sticky.took(1, 60, false);
    expect(sticky.choose(choices)).toBe(1);
    sticky.took(1, 60, true);
    expect(sticky.choose(choices)).toBe(2);
    sticky.took(2, 200, false);
    expect(sticky.choose(choices)).toBe(0);
  });

  test('goes to no partition without a leader while another has one', () => {
    const partitioners = () => [stickyPartitioner(1, () => 7), roundRobinPartitioner()];
    for (const partitioner of partitioners()) {
      for (let turn = 0; turn < 6; turn++) {
        const chosen = partitioner.choose({ partitions: 4, available: [1, 3] });
        expect([1, 3]).toContain(chosen);
        partitioner.took(chosen, 10, true);
      }
    }
    for (const partitioner of partitioners()) expect(partitioner.choose({ partitions: 4, available: [] })).toBeLessThan(4);
  });

  test('takes the partitions in turn under round robin', () => {
    const partitioner = roundRobinPartitioner();
    const choices = { partitions: 3, available: [0, 1, 2] };
    expect([1, 2, 3, 4].map(() => partitioner.choose(choices))).toEqual([0, 1, 2, 0]);
  });
});
