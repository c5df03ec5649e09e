/** The compiled codecs of all messages: what goes in comes out, as the wire rules have it. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode, encodeToBytes } from '../../src/protocol/schema/codec.ts';
import type { ByteSource, Field, Message } from '../../src/protocol/schema/schema.ts';
import { hasVersion } from '../../src/protocol/schema/versions.ts';
import { arbitraryOf, defaultValue, propertyOf } from './arbitrary.ts';
import { allMessages, liveMessages, versionsOf } from './messages.ts';
import { bytesOf } from './wire-rules.ts';

const numRuns = 15;

function eachVersion(message: Message, check: (version: number, value: never) => void): void {
  for (const version of versionsOf(message))
    fc.assert(
      fc.property(arbitraryOf(message, version), (value) => check(version, value as never)),
      { numRuns, seed: version },
    );
}

/** The value without the fields that a caller may leave out and that are their default. */
function withoutDefaults(fields: readonly Field[], value: unknown): unknown {
  const entries = fields.flatMap((field): [string, unknown][] => {
    const own = (value as Readonly<Record<string, unknown>>)[propertyOf(field)];
    const optional = field.versions !== '0+' || field.options.default !== undefined || field.options.tag !== undefined;
    if (optional && isDeepStrictEqual(own, defaultValue(field))) return [];
    const { type } = field;
    if (own === null) return [[propertyOf(field), own]];
    if (type.kind === 'struct') return [[propertyOf(field), withoutDefaults(type.fields, own)]];
    if (type.kind === 'array' && type.element.kind === 'struct')
      return [[propertyOf(field), (own as readonly unknown[]).map((each) => withoutDefaults(type.element.fields, each))]];
    return [[propertyOf(field), own]];
  });
  return Object.fromEntries(entries);
}

describe('every version of every message', () => {
  test('is there', () => {
    expect(allMessages.length).toBe(280);
    expect(liveMessages.length).toBe(272);
  });

  test.each(liveMessages.map((message) => [message.name, message] as const))('%s decodes to what was encoded', (_, message) => {
    eachVersion(message, (version, value) => {
      const decoded = decode(message, version, encodeToBytes(message, version, value));
      expect(decoded.ok && isDeepStrictEqual(decoded.value, value), `version ${version}: ${JSON.stringify(decoded, printable)}`).toBe(true);
    });
  });

  test.each(liveMessages.map((message) => [message.name, message] as const))('%s has the bytes that the wire rules say', (_, message) => {
    eachVersion(message, (version, value) => {
      expect(Buffer.from(encodeToBytes(message, version, value)).toString('hex')).toBe(Buffer.from(bytesOf(message, version, value)).toString('hex'));
    });
  });

  test.each(liveMessages.map((message) => [message.name, message] as const))('%s is the same with its defaults left out', (_, message) => {
    eachVersion(message, (version, value) => {
      const short = withoutDefaults(message.fields, value) as never;
      expect(Buffer.from(encodeToBytes(message, version, short)).equals(encodeToBytes(message, version, value))).toBe(true);
    });
  });

  test.each(liveMessages.map((message) => [message.name, message] as const))('%s in parts has the bytes of the whole', (_, message) => {
    eachVersion(message, (version, value) => {
      const encoded = encode(message, version, value);
      const joined = Buffer.concat(encoded.parts.map((part) => (part instanceof Uint8Array ? part : read(part))));
      expect(encoded.byteLength).toBe(joined.length);
      expect(joined.equals(encodeToBytes(message, version, value))).toBe(true);
    });
  });
});

describe('a version that lacks a field', () => {
  test('refuses to lose a value, unless the field is ignorable', () => {
    let refused = 0;
    let ignored = 0;
    for (const message of liveMessages)
      for (const version of versionsOf(message))
        for (const field of message.fields.filter((each) => !hasVersion(each.versions, version))) {
          const richer = versionsOf(message).find((each) => hasVersion(field.versions, each));
          if (richer === undefined) continue;
          const [plain] = fc.sample(arbitraryOf(message, version), { numRuns: 1, seed: 1 });
          const said = fc
            .sample(arbitraryOf(message, richer), { numRuns: 40, seed: 2 })
            .map((each) => (each as Readonly<Record<string, unknown>>)[propertyOf(field)])
            .find((each) => !isDeepStrictEqual(each, defaultValue(field)));
          expect(said).toBeDefined();
          const value = { ...(plain as object), [propertyOf(field)]: said } as never;
          if (field.options.ignorable === true) {
            expect(encodeToBytes(message, version, value)).toEqual(encodeToBytes(message, version, plain as never));
            ignored++;
          } else {
            expect(() => encodeToBytes(message, version, value), `${message.name} ${version} ${field.name}`).toThrow('would be lost');
            refused++;
          }
        }
    expect(refused).toBeGreaterThan(100);
    expect(ignored).toBeGreaterThan(100);
  });
});

const read = (source: ByteSource): Uint8Array => {
  const target = new Uint8Array(source.byteLength);
  source.readInto(target);
  return target;
};
const printable = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
