/** Cutting a stream of bytes into frames, however the bytes arrive. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameReader } from '../../src/protocol/frame-reader.ts';

const framed = (body: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(4 + body.length);
  new DataView(bytes.buffer).setInt32(0, body.length);
  bytes.set(body, 4);
  return bytes;
};
const drain = (reader: FrameReader): (Uint8Array | string)[] => {
  const found: (Uint8Array | string)[] = [];
  for (let next = reader.next(); next !== undefined && found.length < 1000; next = reader.next()) {
    found.push(next);
    if (next === 'hostile-length') break;
  }
  return found;
};
/** Cuts at arbitrary places, empty chunks included. */
const chunks = (stream: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  return places.slice(1).map((place, index) => stream.slice(places[index], place));
};

describe('a stream of frames', () => {
  const bodies = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.integer({ min: 60_000, max: 140_000 }).map((size) => new Uint8Array(size).fill(size)),
    ),
    {
      maxLength: 6,
    },
  );

  test('gives the same frames however it is cut and whenever they are asked for', () => {
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(), { maxLength: 30 }), fc.array(fc.boolean(), { minLength: 31, maxLength: 31 }), (frames, cuts, asks) => {
        const reader = new FrameReader(1_000_000);
        const found: (Uint8Array | string)[] = [];
        for (const [index, chunk] of chunks(Buffer.concat(frames.map(framed)), cuts).entries()) {
          reader.push(chunk);
          if (asks[index] === true) found.push(...drain(reader));
        }
        found.push(...drain(reader));
        expect(found.map((frame) => Buffer.from(frame).toString('base64'))).toEqual(frames.map((frame) => Buffer.from(frame).toString('base64')));
      }),
      { numRuns: 300 },
    );
  });

  test('one byte at a time gives the same frames', () => {
    const reader = new FrameReader(100);
    const stream = Buffer.concat([framed(Uint8Array.of(1, 2, 3)), framed(new Uint8Array(0)), framed(Uint8Array.of(4))]);
    const found: (Uint8Array | string)[] = [];
    for (const byte of stream) {
      reader.push(Uint8Array.of(byte));
      found.push(...drain(reader));
    }
    expect(found).toEqual([Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(4)]);
  });
});

describe('a frame that lies in one chunk', () => {
  test('is a view of it', () => {
    const chunk = Buffer.concat([framed(Uint8Array.of(1, 2)), framed(Uint8Array.of(3))]);
    const reader = new FrameReader(100);
    reader.push(chunk);
    for (const frame of drain(reader)) expect(frame instanceof Uint8Array && frame.buffer === chunk.buffer && !Buffer.isBuffer(frame)).toBe(true);
  });
});

describe('a length', () => {
  const firstAfter = (length: number, maxFrameBytes: number): Uint8Array | string | undefined => {
    const reader = new FrameReader(maxFrameBytes);
    const bytes = new Uint8Array(104);
    new DataView(bytes.buffer).setInt32(0, length);
    reader.push(bytes);
    const first = reader.next();
    if (first === 'hostile-length') expect(reader.next()).toBe('hostile-length');
    return first;
  };
  test('that is negative or above the limit is hostile, up to the limit it is not', () => {
    expect(firstAfter(-1, 100)).toBe('hostile-length');
    expect(firstAfter(-2_147_483_648, 100)).toBe('hostile-length');
    expect(firstAfter(101, 100)).toBe('hostile-length');
    expect(firstAfter(100, 100)).toEqual(new Uint8Array(100));
    expect(firstAfter(2_147_483_647, 2_147_483_647)).toBeUndefined();
  });
  test('that is only claimed takes no memory', () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 100 }, () => {
      const reader = new FrameReader(104_857_600);
      reader.push(Uint8Array.of(6, 0x40, 0, 0, 1, 2, 3));
      expect(reader.next()).toBeUndefined();
      return reader;
    });
    expect(readers.length).toBe(100);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });
});
