import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c } from '../../../src/protocol/records/crc32c.ts';
import { nativeCrc32c } from '../../../src/protocol/records/crc32c-native.ts';
import { crc32cPure } from '../../../src/protocol/records/crc32c-pure.ts';

test('the checksum is CRC-32C: the check value of "123456789" and the vectors of RFC 3720', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);
  const vectors: readonly [Uint8Array, number][] = [
    [new TextEncoder().encode('123456789'), 0xe3069283],
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [ascending, 0x46dd794e],
    [new Uint8Array(0), 0],
  ];
  for (const [bytes, expected] of vectors) {
    expect(crc32cPure(bytes, 0, bytes.length)).toBe(expected);
    expect(crc32c(bytes, 0, bytes.length)).toBe(expected);
    expect(nativeCrc32c?.(bytes) ?? expected).toBe(expected);
  }
});

test('the native way, the plain way and the chosen way agree on every range of every input', () => {
  expect(nativeCrc32c, 'the native package is installed on this machine').toBeDefined();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1200, size: 'max' }), fc.nat(1200), fc.nat(1200), (bytes, a, b) => {
      const from = Math.min(a, b, bytes.length);
      const to = Math.min(Math.max(a, b), bytes.length);
      const plain = crc32cPure(bytes, from, to);
      expect(nativeCrc32c?.(bytes.subarray(from, to))).toBe(plain);
      expect(crc32c(bytes, from, to)).toBe(plain);
    }),
  );
});
