/**
 * Arbitrary values of any version of any message, built from its definition. They are complete: a field that the version lacks has its default,
 * so that decoding what was encoded must give the same value again.
 */
import fc from 'fast-check';
import { uuidFromBytes, zeroUuid } from '../../src/model/uuid.ts';
import type { Field, Input, Message, Scalar, Type } from '../../src/protocol/schema/schema.ts';
import { hasVersion } from '../../src/protocol/schema/versions.ts';

const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom('a', 'é', '漢', '😀'), minLength: 30, maxLength: 140 }) },
);
const int64 = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -3, max: 70_000 }),
  fc.constantFrom(2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 31, -(2 ** 31) - 1),
);

function scalar(type: Scalar<unknown>): fc.Arbitrary<unknown> {
  switch (type.name) {
    case 'bool':
      return fc.boolean();
    case 'int8':
      return fc.integer({ min: -128, max: 127 });
    case 'int16':
      return fc.integer({ min: -32_768, max: 32_767 });
    case 'uint16':
      return fc.integer({ min: 0, max: 65_535 });
    case 'int32':
      return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    case 'uint32':
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case 'int64':
      return type.bits === true ? fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) : int64;
    case 'float64':
      return fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0));
    case 'uuid':
      return fc.oneof(
        { weight: 3, arbitrary: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => uuidFromBytes(bytes, 0)) },
        { weight: 1, arbitrary: fc.constant(zeroUuid) },
      );
    case 'string':
      return text;
    case 'bytes':
    case 'records':
      return fc.uint8Array({ maxLength: 20 });
  }
}

/** A field's value where it is absent, by Kafka's rules and not by the code under test. */
export function defaultValue(field: Field): unknown {
  const { type, options } = field;
  if (options.default === null) return null;
  if (type.kind === 'array') return [];
  if (type.kind === 'struct') return Object.fromEntries(type.fields.map((each: Field) => [propertyOf(each), defaultValue(each)]));
  if (type.name === 'int64' && type.bits === true) return BigInt(options.default ?? 0);
  if (options.default !== undefined) return options.default;
  if (type.name === 'string') return '';
  if (type.name === 'uuid') return zeroUuid;
  if (type.name === 'bool') return false;
  return type.name === 'bytes' || type.name === 'records' ? new Uint8Array(0) : 0;
}

export const propertyOf = (field: Field): string => field.name.charAt(0).toLowerCase() + field.name.slice(1);

function typeValue(type: Type, version: number): fc.Arbitrary<unknown> {
  if (type.kind === 'array') return fc.array(typeValue(type.element, version), { maxLength: 2 });
  return type.kind === 'struct' ? structOf(type.fields, version) : scalar(type);
}

function fieldOf(field: Field, version: number): fc.Arbitrary<unknown> {
  if (!hasVersion(field.versions, version)) return fc.constant(defaultValue(field));
  const value = typeValue(field.type, version);
  const choices = [{ weight: 5, arbitrary: value }];
  if (field.options.nullable !== undefined && hasVersion(field.options.nullable, version)) choices.push({ weight: 1, arbitrary: fc.constant(null) });
  if (field.options.tag !== undefined) choices.push({ weight: 3, arbitrary: fc.constant(defaultValue(field)) });
  return fc.oneof(...choices);
}

const structOf = (fields: readonly Field[], version: number): fc.Arbitrary<unknown> =>
  fc.record(Object.fromEntries(fields.map((field) => [propertyOf(field), fieldOf(field, version)])), { noNullPrototype: true });

/** Any complete value of one version of a message. */
export const arbitraryOf = <M extends Message>(message: M, version: number): fc.Arbitrary<Input<M>> =>
  structOf(message.fields, version).map((value) => value as Input<M>);
