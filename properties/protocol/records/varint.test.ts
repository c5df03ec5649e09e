import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sizeOfVarint, VarintReader, writeVarint } from '../../../src/protocol/records/varint.ts';

const int32 = fc.integer();
const int64 = fc.maxSafeInteger();
const edges = [0, -1, 1, 63, 64, -64, -65, 8191, 8192, 0x7fffffff, -0x80000000, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];

function written(value: number): Uint8Array {
  const bytes = new Uint8Array(10);
  return bytes.subarray(0, writeVarint(bytes, 0, value));
}

/** The definition: zigzag in 64 bits, seven bits a group, low first. */
function byDefinition(value: number): Uint8Array {
  const wide = BigInt(value);
  let zigzag = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
  const groups: number[] = [];
  do {
    groups.push(Number(zigzag & 127n) | (zigzag > 127n ? 128 : 0));
    zigzag >>= 7n;
  } while (zigzag > 0n);
  return Uint8Array.from(groups);
}

describe('a varint', () => {
  test('is written as zigzag groups of seven bits, in exactly the size foretold', () => {
    const check = (value: number): void => {
      expect(written(value)).toEqual(byDefinition(value));
      expect(sizeOfVarint(value)).toBe(written(value).length);
    };
    edges.forEach(check);
    fc.assert(fc.property(fc.oneof(int32, int64), check));
  });

  test('reads back as what was written, up to the last safe integer', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(int64, fc.constantFrom(...edges))), (values) => {
        const bytes = Uint8Array.from(values.flatMap((value) => [...written(value)]));
        const reader = new VarintReader(bytes, 0, bytes.length);
        expect(values.map(() => reader.int64())).toEqual(values);
        expect(reader.malformed).toBe(false);
        expect(reader.at).toBe(bytes.length);
      }),
    );
  });

  test('reads back as an int32 where it is one, and is malformed where it is not', () => {
    fc.assert(
      fc.property(fc.oneof(int32, int64), (value) => {
        const bytes = written(value);
        const reader = new VarintReader(bytes, 0, bytes.length);
        const read = reader.int32();
        const fits = value >= -0x80000000 && value <= 0x7fffffff;
        expect(reader.malformed).toBe(!fits);
        expect(read).toBe(fits ? value : 0);
      }),
    );
  });

  test('never reads beyond its end, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.nat(12), (bytes, end) => {
        const reader = new VarintReader(bytes, 0, Math.min(end, bytes.length));
        reader.int64();
        reader.int32();
        expect(reader.at).toBeLessThanOrEqual(Math.min(end, bytes.length));
      }),
    );
  });

  test('beyond the safe integers or without an end is malformed, not rounded', () => {
    for (const bytes of [byDefinitionOf(2n ** 60n), new Uint8Array(11).fill(0xff), new Uint8Array(0)]) {
      const reader = new VarintReader(bytes, 0, bytes.length);
      expect([reader.int64(), reader.malformed]).toEqual([0, true]);
    }
  });
});

function byDefinitionOf(value: bigint): Uint8Array {
  let zigzag = value << 1n;
  const groups: number[] = [];
  while (zigzag > 127n) {
    groups.push(Number(zigzag & 127n) | 128);
    zigzag >>= 7n;
  }
  return Uint8Array.from([...groups, Number(zigzag)]);
}
