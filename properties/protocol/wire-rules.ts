/**
 * The wire format said a second time, as plainly and slowly as possible: a message becomes bytes by walking its definition. The compiled codecs
 * are compared with it, since a codec that reads back its own mistakes would pass every round trip.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Field, Message, Type } from '../../src/protocol/schema/schema.ts';
import { hasVersion } from '../../src/protocol/schema/versions.ts';
import { defaultValue, propertyOf } from './arbitrary.ts';

type Bytes = readonly number[];

export const uvarint = (value: number): Bytes => (value < 128 ? [value] : [(value % 128) + 128, ...uvarint(Math.floor(value / 128))]);

/** Big endian, two's complement. */
function integer(value: number | bigint, size: number): Bytes {
  const bits = BigInt.asUintN(size * 8, BigInt(value));
  return Array.from({ length: size }, (_, index) => Number((bits >> BigInt((size - 1 - index) * 8)) & 255n));
}

const integerSizes: Readonly<Record<string, number>> = { int8: 1, int16: 2, uint16: 2, int32: 4, uint32: 4, int64: 8 };

/** Lengths and counts: compact ones are one more than they say, so that 0 is null. */
const length = (value: number, classicSize: number, compact: boolean): Bytes => (compact ? uvarint(value + 1) : integer(value, classicSize));

function valueBytes(type: Type, value: unknown, version: number, flexible: boolean): Bytes {
  if (type.kind === 'array') {
    if (value === null) return length(-1, 4, flexible);
    const elements = value as readonly unknown[];
    return [...length(elements.length, 4, flexible), ...elements.flatMap((each) => valueBytes(type.element, each, version, flexible))];
  }
  if (type.kind === 'struct') return structBytes(type.fields, value, version, flexible);
  const size = integerSizes[type.name];
  if (size !== undefined) return integer(value as number | bigint, size);
  switch (type.name) {
    case 'bool':
      return [value === true ? 1 : 0];
    case 'float64': {
      const buffer = Buffer.alloc(8);
      buffer.writeDoubleBE(value as number);
      return [...buffer];
    }
    case 'uuid':
      return [...Buffer.from(value as string, 'base64url')];
    case 'string': {
      if (value === null) return length(-1, 2, flexible);
      const utf8 = Buffer.from(value as string, 'utf8');
      return [...length(utf8.length, 2, flexible), ...utf8];
    }
    default: {
      if (value === null) return length(-1, 4, flexible);
      const bytes = value as Uint8Array;
      return [...length(bytes.length, 4, flexible), ...bytes];
    }
  }
}

function fieldBytes(field: Field, value: unknown, version: number, flexible: boolean): Bytes {
  const compact = field.options.flexible === undefined ? flexible : hasVersion(field.options.flexible, version);
  const nullable = field.options.nullable !== undefined && hasVersion(field.options.nullable, version);
  if (field.type.kind !== 'struct' || !nullable) return valueBytes(field.type, value, version, compact);
  return value === null ? [255] : [1, ...valueBytes(field.type, value, version, compact)];
}

function structBytes(fields: readonly Field[], value: unknown, version: number, flexible: boolean): Bytes {
  const of = (field: Field): unknown => (value as Readonly<Record<string, unknown>>)[propertyOf(field)];
  const isTagged = (field: Field): boolean => field.options.tagged !== undefined && hasVersion(field.options.tagged, version);
  const present = fields.filter((field) => hasVersion(field.versions, version));
  const inline = present.filter((field) => !isTagged(field)).flatMap((field) => fieldBytes(field, of(field), version, flexible));
  if (!flexible) return inline;
  const tagged = present.filter((field) => isTagged(field) && !isDeepStrictEqual(of(field), defaultValue(field)));
  const section = [...tagged]
    .sort((a, b) => Number(a.options.tag) - Number(b.options.tag))
    .map((field) => ({ tag: Number(field.options.tag), bytes: fieldBytes(field, of(field), version, flexible) }))
    .flatMap(({ tag, bytes }) => [...uvarint(tag), ...uvarint(bytes.length), ...bytes]);
  return [...inline, ...uvarint(tagged.length), ...section];
}

/** The bytes of one version of a message. */
export const bytesOf = (message: Message, version: number, value: unknown): Uint8Array =>
  Uint8Array.from(structBytes(message.fields, value, version, hasVersion(message.flexible, version)));
