/** What encoding hands out: records uncopied in parts, one buffer when one is wanted, and nothing that is written again. */
import { describe, expect, test } from 'vitest';
import { apis } from '../../src/protocol/apis.ts';
import { encodeRequest, encodeResponse } from '../../src/protocol/frame.ts';
import { decode, encode, encodeToBytes } from '../../src/protocol/schema/codec.ts';
import { Output } from '../../src/protocol/schema/output.ts';
import type { ByteSource } from '../../src/protocol/schema/schema.ts';
import { writingHelpers } from '../../src/protocol/schema/writing.ts';

class Source implements ByteSource {
  readonly byteLength: number;
  reads = 0;
  readonly #bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.byteLength = bytes.length;
  }
  readInto(target: Uint8Array): void {
    this.reads++;
    expect(target.length).toBe(this.byteLength);
    // A source is foreign code: it may well encode something itself.
    encodeToBytes(apis.heartbeat.request, 0, { groupId: 'g', generationId: 1, memberId: 'm' });
    target.set(this.#bytes);
  }
}

const responseOf = (records: readonly (Uint8Array | ByteSource | null)[]) => ({
  throttleTimeMs: 0,
  errorCode: 0,
  sessionId: 0,
  responses: [
    {
      topic: 't',
      partitions: records.map((each, partitionIndex) => ({
        partitionIndex,
        errorCode: 0,
        highWatermark: 1,
        abortedTransactions: null,
        records: each,
      })),
    },
  ],
});
const read = (part: Uint8Array | ByteSource): Uint8Array => {
  if (part instanceof Uint8Array) return part;
  const target = new Uint8Array(part.byteLength);
  part.readInto(target);
  return target;
};

describe('a response with records', () => {
  const stored = Uint8Array.of(1, 2, 3);
  const read3 = Uint8Array.of(4, 5, 6, 7);

  test('holds them as they are, unread and uncopied', () => {
    for (const version of [4, 11, 12, 18]) {
      const source = new Source(read3);
      const encoded = encodeResponse(apis.fetch, version, 1, responseOf([stored, source, null, new Source(new Uint8Array(0)), source]));
      expect(encoded.parts.filter((part) => part === stored).length).toBe(1);
      expect(encoded.parts.filter((part) => part === source).length).toBe(2);
      expect(source.reads).toBe(0);
      const whole = Buffer.concat(encoded.parts.map(read));
      expect(whole.length).toBe(encoded.byteLength);
      expect(whole.readInt32BE(0)).toBe(whole.length - 4);
      const body = decode(apis.fetch.response, version, whole.subarray(version >= 12 ? 9 : 8));
      expect(body.ok && body.value.responses[0]?.partitions.map((each) => each.records)).toEqual([stored, read3, null, new Uint8Array(0), read3]);
    }
  });

  test('in one buffer has the same bytes', () => {
    const value = responseOf([stored, new Source(read3), stored]);
    const parts = encode(apis.fetch.response, 12, value).parts;
    expect(Buffer.from(encodeToBytes(apis.fetch.response, 12, value)).equals(Buffer.concat(parts.map(read)))).toBe(true);
  });
});

describe('what was encoded', () => {
  test('does not change by what is encoded later, small or large, whole or refused', () => {
    const kept: { readonly bytes: Uint8Array; readonly copy: string }[] = [];
    for (let round = 0; round < 3000; round++) {
      const size = round % 100 === 99 ? 100_000 + round * 100 : round % 300;
      const records = new Uint8Array(size).fill(round);
      const bytes = encodeRequest(apis.produce, 3 + (round % 11), round, 'c', {
        acks: 1,
        timeoutMs: round,
        topicData: [{ name: round % 11 === 10 ? '' : 't', partitionData: [{ index: 0, records: round % 2 === 0 ? records : new Source(records) }] }],
      });
      kept.push({ bytes, copy: Buffer.from(bytes).toString('base64') });
      if (round % 7 === 0)
        expect(() => encodeRequest(apis.heartbeat, 0, 0, null, { groupId: 'g'.repeat(40_000), generationId: 1, memberId: '' })).toThrow('GroupId');
    }
    for (const { bytes, copy } of kept) expect(Buffer.from(bytes).toString('base64') === copy).toBe(true);
  });

  test('holds a tagged field whose size takes more bytes than the slab has left', () => {
    const slab = new Output();
    slab.start(0, 'whole');
    const end = slab.bytes.length;
    slab.bytes.fill(9, end - 200, end);
    expect(writingHelpers.sizeOfTag(slab, end - 200, end)).toBe(end + 1);
    slab.at = end + 1;
    expect(slab.toBytes().slice(end - 201)).toEqual(Uint8Array.from([0xc8, 1, ...new Uint8Array(200).fill(9)]));
  });

  test('of any size is whole', () => {
    for (const size of [0, 1, 65_530, 65_536, 70_000, 1_000_000]) {
      const metadata = new Uint8Array(size).fill(7);
      const value = { groupId: 'g', sessionTimeoutMs: 1, memberId: 'm', protocolType: 'p', protocols: [{ name: 'n', metadata }] };
      for (const version of [1, 6]) {
        const decoded = decode(apis.joinGroup.request, version, encodeToBytes(apis.joinGroup.request, version, value));
        expect(decoded.ok && Buffer.from(decoded.value.protocols[0]?.metadata ?? []).equals(metadata)).toBe(true);
      }
    }
  });
});
