/** Decoding bytes of anyone: whatever they hold, the answer is a value, it comes quickly, and no claim is believed. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { apiByKey, apis } from '../../src/protocol/apis.ts';
import { decodeRequestHeader, FrameReader } from '../../src/protocol/frame.ts';
import { requestHeader } from '../../src/protocol/messages/header.ts';
import { type DecodeError, decode, decodePrefix, encodeToBytes } from '../../src/protocol/schema/codec.ts';
import { array, bool, field, int32, int64, type Message, message, string } from '../../src/protocol/schema/schema.ts';
import { damages, dice, mutatedRequests, validRequests, validResponses } from './corpus.ts';
import { uvarint } from './wire-rules.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const maxFrameBytes = 1_048_576;

/** What a server does with a frame before anyone looks at the request. */
function decodeRequest(frame: Uint8Array): Result<unknown, DecodeError> {
  const header = decodeRequestHeader(frame);
  if (!header.ok) return header;
  const api = apiByKey(header.value.apiKey);
  if (api === undefined) throw new Error('a header without an API was accepted');
  const body = decode(api.request, header.value.apiVersion, frame, header.value.bodyAt);
  // What was accepted is a value of the version like any other.
  if (body.ok) {
    const again = decode(api.request, header.value.apiVersion, encodeToBytes(api.request, header.value.apiVersion, body.value as never));
    if (!again.ok || !isDeepStrictEqual(again.value, body.value)) throw new Error(`${api.name} ${header.value.apiVersion} was not understood twice`);
  }
  return body;
}

function checkError(result: Result<unknown, DecodeError>, length: number): void {
  if (result.ok) return;
  if (!(result.error.at >= 0 && result.error.at <= length && result.error.problem.length > 0)) throw new Error(JSON.stringify(result.error));
}

describe('100,000 mutated requests', () => {
  test('decode to a value or to an error inside the frame, never to an exception', () => {
    const counts = new Map<string, number>();
    const count = (key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
    for (const mutant of mutatedRequests(4, 100_000)) {
      const reader = new FrameReader(maxFrameBytes);
      reader.push(mutant.bytes);
      const frame = reader.next();
      if (frame === undefined || frame === 'hostile-length') {
        count(`${mutant.damage} ${String(frame)}`);
        continue;
      }
      const decoded = decodeRequest(frame);
      checkError(decoded, frame.length);
      count(`${mutant.damage} ${decoded.ok ? 'accepted' : 'refused'}`);
    }
    // The corpus reaches both sides of every decision.
    for (const damage of damages.filter((each) => !['stopped', 'whole', 'noise', 'cut'].includes(each)))
      for (const outcome of ['accepted', 'refused']) expect(counts.get(`${damage} ${outcome}`) ?? 0, `${damage} ${outcome}`).toBeGreaterThan(20);
    expect(counts.get('cut accepted')).toBeUndefined();
    expect(counts.get('noise refused')).toBeGreaterThan(1000);
    expect(counts.get('frame-length hostile-length')).toBeGreaterThan(1000);
    expect(counts.get('stopped undefined')).toBeGreaterThan(1000);
    expect(counts.get('whole refused')).toBeUndefined();
  });
});

describe('a response', () => {
  test('that was damaged decodes to a value or an error', () => {
    const roll = dice(7);
    const pool = validResponses(7, 2);
    let refused = 0;
    for (let round = 0; round < 30_000; round++) {
      const { api, version, bytes } = pool[roll() % pool.length] ?? { api: apis.fetch, version: 4, bytes: hex('') };
      const frame = bytes.slice(4, round % 3 === 0 ? 4 + (roll() % (bytes.length - 3)) : bytes.length);
      for (let flips = round % 3; flips > 0 && frame.length > 0; flips--) frame[roll() % frame.length] = roll();
      const decoded = decode(api.response, version, frame);
      checkError(decoded, frame.length);
      if (!decoded.ok) refused++;
    }
    expect(refused).toBeGreaterThan(10_000);
  });
});

describe('every cut of a request', () => {
  test('is an error, since nothing in a message is optional at its end', () => {
    for (const whole of validRequests(9, 1)) {
      const frame = whole.subarray(4);
      for (let length = 0; length < frame.length; length++) {
        const decoded = decodeRequest(frame.slice(0, length));
        checkError(decoded, length);
        expect(decoded.ok, `${frame.length} bytes cut to ${length}: ${Buffer.from(frame).toString('hex')}`).toBe(false);
      }
    }
  });
  test('lengthened by a byte is an error', () => {
    for (const whole of validRequests(10, 1)) expect(decodeRequest(new Uint8Array(Buffer.concat([whole.subarray(4), hex('00')]))).ok).toBe(false);
  });
});

const classic = message({
  name: 'Classic',
  kind: 'data',
  versions: '0',
  flexible: 'none',
  fields: [field('Numbers', array(int32), '0+'), field('Name', string, '0+', { nullable: '0+' })],
});
const flexible = message({
  name: 'Flexible',
  kind: 'data',
  versions: '0',
  flexible: '0+',
  fields: [
    field('Numbers', array(int32), '0+'),
    field('Yes', bool, '0+'),
    field('Big', int64, '0+'),
    field('First', int32, '0+', { tag: 0, tagged: '0+' }),
    field('Third', string, '0+', { tag: 2, tagged: '0+', default: 'none' }),
  ],
});
const problemOf = (definition: Message, bytes: Uint8Array): string => {
  const decoded = decode(definition, 0, bytes);
  return decoded.ok ? 'none' : `${decoded.error.at} ${decoded.error.field}: ${decoded.error.problem}`;
};
const start = '01 01 0000000000000007';

describe('a claim', () => {
  test.each([
    ['of 2^31 - 1 elements', classic, '7fffffff 00000001', '4 Numbers: claims 2147483647 elements, 4 bytes are left'],
    ['of one element more than there are', classic, '00000002 00000001 000000', '4 Numbers: claims 2 elements, 7 bytes are left'],
    ['of null where null is not allowed', classic, 'ffffffff 0000', '4 Numbers: is null, which this version does not allow'],
    ['of more text than there is', classic, '00000000 0003 6162', '6 Name: claims 3 bytes, 2 are left'],
    ['of 2^32 - 2 compact elements', flexible, 'ffffffff0f', '5 Numbers: claims 4294967294 elements, 0 bytes are left'],
    ['of a length in six bytes', flexible, '8080808080 01', '0 Numbers: is no unsigned varint'],
    ['of a length beyond 32 bits', flexible, 'ffffffff10', '0 Numbers: is no unsigned varint'],
    ['of an int64 of 2^53', flexible, '01 01 0020000000000000 00', '2 Big: is beyond 2^53 - 1'],
    ['of an int64 of -2^53', flexible, '01 01 ffe0000000000000 00', '2 Big: is beyond 2^53 - 1'],
    ['of a tag twice', flexible, `${start} 02 00 04 00000001 00 04 00000002`, '18 tagged fields: tag 0 does not come after the tag before it'],
    ['of tags that descend', flexible, `${start} 02 02 02 0261 00 04 00000002`, '16 tagged fields: tag 0 does not come after the tag before it'],
    ['of a tagged field that ends early', flexible, `${start} 01 00 05 00000001 00`, '17 First: ends 1 bytes before the size of its tagged field'],
    ['of a tagged field that ends late', flexible, `${start} 01 00 03 00000001`, '13 First: takes 4 bytes, 3 are left'],
    ['of a tagged field beyond the end', flexible, `${start} 01 09 7f 00`, '13 tagged fields: claims 127 bytes, 1 are left'],
    ['of more tagged fields than there are', flexible, `${start} 7f`, '11 tagged fields: is no unsigned varint'],
  ] as const)('%s is refused where it stands', (_, definition, bytes, problem) => {
    expect(problemOf(definition, hex(bytes))).toBe(problem);
  });

  test('of 2^31 - 1 elements allocates nothing', () => {
    const bytes = hex('7fffffff');
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 10_000; round++) decode(classic, 0, bytes);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  test('of text longer than Kafka allows is refused in compact form too', () => {
    const long = Uint8Array.from([...uvarint(32_769), ...new Uint8Array(32_768).fill(97), 0]);
    expect(problemOf(message({ name: 'M', kind: 'data', versions: '0', flexible: '0+', fields: [field('Text', string, '0+')] }), long)).toMatch(
      /Text: claims a string of 32768 bytes/,
    );
  });
});

describe('bytes that are merely unusual', () => {
  test('are read as Kafka reads them', () => {
    const unknownTags = hex(`${start} 03 00 04 00000005 01 03 010203 e807 00`);
    expect(decode(flexible, 0, unknownTags)).toEqual({ ok: true, value: { numbers: [], yes: true, big: 7, first: 5, third: 'none' } });
    const otherTrue = decode(flexible, 0, hex('01 80 001fffffffffffff 00'));
    expect(otherTrue.ok && [otherTrue.value.yes, otherTrue.value.big]).toEqual([true, 9007199254740991]);
    const brokenText = decode(classic, 0, hex('00000000 0003 61ff62'));
    expect(brokenText.ok && brokenText.value.name).toBe('a�b');
    const marked = decode(classic, 0, hex('00000000 0004 efbbbf61'));
    expect(marked.ok && marked.value.name).toBe('\ufeffa');
    const anyNull = decode(classic, 0, hex('00000000 8000'));
    expect(anyNull.ok && anyNull.value.name).toBe(null);
  });

  test('name the element they stand in', () => {
    const bytes = encodeToBytes(apis.metadata.request, 4, { topics: [{ name: 'a' }, { name: 'b' }], allowAutoTopicCreation: true });
    const decoded = decode(apis.metadata.request, 4, bytes.slice(0, 8));
    expect(decoded.ok ? '' : decoded.error.field).toBe('Topics[1].Name');
  });
});

describe('a version', () => {
  test('that does not exist is an error of decoding and an exception of encoding', () => {
    for (const version of [-1, 3, 19, 32_767, 1.5]) {
      expect(decode(apis.fetch.request, version, hex('')).ok).toBe(false);
      expect(() => encodeToBytes(apis.fetch.request, version, { maxWaitMs: 0, minBytes: 0, topics: [] })).toThrow('does not exist');
    }
    expect(decodePrefix(requestHeader, 0, hex('0000')).ok).toBe(false);
  });
});

describe('a value of this program', () => {
  const value = { numbers: [1], yes: true, big: 1 };
  test.each([
    ['a fraction', { ...value, numbers: [0.5] }, 'Numbers[0]'],
    ['an int32 of 2^31', { ...value, numbers: [1, 2 ** 31] }, 'Numbers[1]'],
    ['an int64 of 2^53', { ...value, big: 2 ** 53 }, 'Big'],
    ['a number for a bool', { ...value, yes: 1 }, 'Yes'],
    ['null for an array', { ...value, numbers: null }, 'Numbers'],
    ['a missing field', { numbers: [], yes: true }, 'Big'],
    ['too long a text', { ...value, third: 'é'.repeat(16_384) }, 'Third'],
    ['a number for a text', { ...value, third: 5 }, 'Third'],
  ])('that does not fit is refused by name: %s', (_, wrong, path) => {
    expect(() => encodeToBytes(flexible, 0, wrong as never)).toThrow(path);
    // The refusal leaves nothing behind.
    expect(Buffer.from(encodeToBytes(flexible, 0, value)).toString('hex')).toBe(`0200000001010000000000000001${'00'}`);
  });
});
