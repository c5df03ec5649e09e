import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BatchView } from '../../../../src/protocol/records/batch-header.ts';
import { type Codec, compress, decompress } from '../../../../src/protocol/records/compression/compression.ts';
import { crc32cPure } from '../../../../src/protocol/records/crc32c-pure.ts';
import { decodeRecords } from '../../../../src/protocol/records/decode.ts';
import { batches, records, streams, text } from './golden.ts';

const codecs: readonly Codec[] = ['gzip', 'snappy', 'lz4', 'zstd'];
const codec = fc.constantFrom(...codecs);
const limit = 1 << 24;
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
const asText = (bytes: Uint8Array | null | undefined): string | null | undefined => (bytes ? Buffer.from(bytes).toString() : bytes);

/** Between noise and repetition, of one block and of several, at every length near a block's edge. */
const content: fc.Arbitrary<Uint8Array> = fc
  .record({
    length: fc.oneof(fc.nat(40), fc.nat(3000), fc.integer({ min: 32_760, max: 32_776 }), fc.integer({ min: 65_528, max: 65_544 }), fc.nat(200_000)),
    seed: fc.integer(),
    alphabet: fc.constantFrom(1, 2, 5, 256),
    runs: fc.constantFrom(1, 3, 90, 300),
  })
  .map(({ length, seed, alphabet, runs }) => {
    const bytes = new Uint8Array(length);
    let state = seed;
    for (let at = 0; at < length; ) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
      const byte = (state >>> 16) % alphabet;
      for (let left = 1 + ((state >>> 8) % runs); left > 0 && at < length; left--) bytes[at++] = byte;
    }
    return bytes;
  });

describe('a codec', () => {
  test('gives back what it was given, whatever its length and however well it compresses', () => {
    fc.assert(
      fc.property(codec, content, (name, plain) => {
        const packed = compress(name, plain);
        const unpacked = decompress(name, packed, Math.max(1, plain.length));
        expect(unpacked !== undefined && Buffer.compare(unpacked, plain) === 0).toBe(true);
        expect(packed.length).toBeLessThanOrEqual(plain.length * 1.02 + 64);
      }),
      { numRuns: 400 },
    );
  });

  test('makes a repetitive text much smaller', () => {
    for (const name of codecs) expect(compress(name, new TextEncoder().encode(text)).length).toBeLessThan(7000);
  });

  test('writes the same bytes on every machine: these, whose checksums are known', () => {
    const plain = new Uint8Array(40_000).map((_, index) => ((index * index) >> 5) & (index % 7 === 0 ? 255 : 15));
    const sums = codecs.map((name) => {
      const packed = compress(name, plain);
      return [name, packed.length, crc32cPure(packed, 0, packed.length)];
    });
    expect(sums).toMatchInlineSnapshot(`
      [
        [
          "gzip",
          9517,
          353176314,
        ],
        [
          "snappy",
          20172,
          3960095421,
        ],
        [
          "lz4",
          15223,
          2269537905,
        ],
        [
          "zstd",
          5319,
          4270316067,
        ],
      ]
    `);
  });

  test('refuses what grows beyond the limit, and takes what just fits', () => {
    const plain = new Uint8Array(300_000);
    for (const name of codecs) {
      const packed = compress(name, plain);
      expect(decompress(name, packed, plain.length - 1)).toBeUndefined();
      expect(decompress(name, packed, plain.length)?.length).toBe(plain.length);
    }
  });
});

describe('what another implementation wrote', () => {
  for (const { name, codec: kind, base64 } of streams)
    test(`is read: ${name}`, () => expect(asText(decompress(kind, bytesOf(base64), text.length))).toBe(text));

  for (const [name, base64] of batches)
    test(`is read: a batch of Java’s with ${name}`, () => {
      const view = new BatchView(bytesOf(base64), 0);
      expect([view.compression, view.isIntact, view.producerId, view.producerEpoch, view.baseSequence]).toEqual([name, true, 7, 3, 11]);
      const decoded = decodeRecords(view);
      const found = decoded.ok ? decoded.value : [];
      expect(
        found.map((record) => ({
          ...record,
          key: asText(record.key),
          value: asText(record.value),
          headers: record.headers.map((header) => ({ key: header.key, value: asText(header.value) })),
        })),
      ).toEqual(records);
    });
});

describe('a hostile stream', () => {
  const sources = [...codecs.map((name) => ({ codec: name, bytes: compress(name, new TextEncoder().encode(text)) }))].concat(
    streams.map((each) => ({ codec: each.codec, bytes: bytesOf(each.base64) })),
  );

  test('that is cut anywhere is refused', () => {
    for (const { codec: name, bytes } of sources) {
      const step = Math.max(1, Math.floor(bytes.length / 300));
      for (let end = 0; end < bytes.length; end += step) {
        const plain = decompress(name, bytes.subarray(0, end), limit);
        // Nothing at all is no block, no frame, or a stream of nothing; xerial's stream may end behind any block.
        expect(plain === undefined || plain.length < text.length).toBe(true);
      }
    }
  });

  test('of mutated bytes is refused or read, within the limit and without a crash', () => {
    const mutation = fc.record({ at: fc.nat(), to: fc.nat(255) });
    fc.assert(
      fc.property(
        fc.constantFrom(...sources),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        ({ codec: name, bytes }, mutations, early) => {
          const mutated = bytes.slice();
          for (const { at, to } of mutations) mutated[at % (early ? 40 : mutated.length)] = to;
          const plain = decompress(name, mutated, 100_000);
          expect(plain === undefined || plain.length <= 100_000).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('of arbitrary bytes is refused or read', () => {
    fc.assert(
      fc.property(codec, fc.uint8Array({ maxLength: 200 }), (name, bytes) => {
        const magic = { gzip: [0x1f, 0x8b, 8, 0], snappy: [], lz4: [4, 0x22, 0x4d, 0x18], zstd: [0x28, 0xb5, 0x2f, 0xfd] }[name];
        for (const input of [bytes, Uint8Array.from([...magic, ...bytes])]) {
          const plain = decompress(name, input, 100_000);
          expect(plain === undefined || plain.length <= 100_000).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('that claims much and holds little allocates little', () => {
    // A snappy block of 2 GiB, an LZ4 frame of 4 GiB in blocks of 4 MiB, a zstd frame of 1 GiB in a window of 1 GiB.
    const claims: readonly (readonly [Codec, readonly number[]])[] = [
      ['snappy', [0xff, 0xff, 0xff, 0xff, 0x07, 0]],
      ['lz4', [4, 0x22, 0x4d, 0x18, 0x68, 0x70, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0x53, 0, 0, 0, 0]],
      ['zstd', [0x28, 0xb5, 0x2f, 0xfd, 0x80, 0xa0, 0xff, 0xff, 0xff, 0x3f, 1, 0, 0]],
    ];
    const before = process.memoryUsage().arrayBuffers;
    for (const [name, bytes] of claims) expect(decompress(name, Uint8Array.from(bytes), 128 * 1024 * 1024)).toBeUndefined();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
  });

  test('that is a bomb is refused, and the codec works on', () => {
    for (const name of codecs) {
      const bomb = compress(name, new Uint8Array(100_000_000));
      expect(decompress(name, bomb, 40_000_000)).toBeUndefined();
      expect(decompress(name, compress(name, Uint8Array.of(1, 2, 3)), 10)).toEqual(Uint8Array.of(1, 2, 3));
    }
  });
});

describe('an LZ4 frame', () => {
  const checked = streams.find((each) => each.name.includes('checksums of blocks'));
  const frame = checked === undefined ? new Uint8Array(0) : bytesOf(checked.base64);
  const flipped = (at: number): Uint8Array => frame.map((byte, index) => (index === at ? byte ^ 1 : byte));

  test('with a wrong checksum of its header, a block or its content, or a wrong size, is refused', () => {
    expect(decompress('lz4', frame, limit)?.length).toBe(text.length);
    // Content size, header checksum, a block's literal, the content's checksum.
    for (const at of [6, 14, 30, frame.length - 1]) expect(decompress('lz4', flipped(at), limit)).toBeUndefined();
  });

  test('may follow another, or one that is to be skipped', () => {
    const skipped = [0x52, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9];
    expect(decompress('lz4', Uint8Array.from([...frame, ...skipped, ...frame]), limit)?.length).toBe(2 * text.length);
    expect(decompress('lz4', Uint8Array.from([...frame, 1, 2, 3]), limit)).toBeUndefined();
  });
});
