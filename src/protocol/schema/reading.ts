/**
 * What compiled readers call: scalars that are more than a few shifts, unsigned varints, and all that goes wrong. Owns how a failure is told;
 * the order in which things are read is `compile-reader.ts`.
 */
import { readText, readUuid } from './text.ts';

/** Why bytes are no message of the version they claim to be. */
export interface DecodeError {
  /** Index into the bytes that were to be decoded. */
  readonly at: number;
  /** Such as `Topics[2].Partitions[0].Records`; empty when no field is to blame. */
  readonly field: string;
  readonly problem: string;
}

/** Thrown by compiled readers and caught in `codec.ts`; no Error, since a stack would cost more than the decoding. */
export class DecodeFailure {
  readonly error: DecodeError;
  constructor(error: DecodeError) {
    this.error = error;
  }
}

/** Where the reader or the helper that ran last stopped. */
export const cursor = { at: 0 };

/** Fields of fixed size that are read behind one check of the length. */
export type Run = readonly { readonly name: string; readonly size: number }[];

const fail = (at: number, field: string, problem: string): never => {
  throw new DecodeFailure({ at, field, problem });
};

/** Finds the field of a run that the bytes end in. */
function short(at: number, end: number, path: string, run: Run): never {
  for (const each of run) {
    if (end - at < each.size) {
      const field = path === '' ? each.name : each.name === '' ? path : `${path}.${each.name}`;
      fail(at, field, `takes ${each.size} bytes, ${end - at} are left`);
    }
    at += each.size;
  }
  return fail(at, path, 'is cut short');
}

const tooLong = (at: number, end: number, path: string, length: number): never => fail(at, path, `claims ${length} bytes, ${end - at} are left`);
const tooMany = (at: number, end: number, path: string, count: number): never =>
  fail(at, path, `claims ${count} elements, ${end - at} bytes are left`);
const notNull = (at: number, path: string): never => fail(at, path, 'is null, which this version does not allow');
const notVarint = (at: number, path: string): never => fail(at, path, 'is no unsigned varint');
const notSafe = (at: number, path: string): never => fail(at, path, 'is beyond 2^53 - 1');
const tooLongText = (at: number, path: string, length: number): never => fail(at, path, `claims a string of ${length} bytes, 32767 are allowed`);
const tagOrder = (at: number, path: string, tag: number): never => fail(at, path, `tag ${tag} does not come after the tag before it`);
const tagSize = (at: number, end: number, path: string): never => fail(at, path, `ends ${end - at} bytes before the size of its tagged field`);

/** An unsigned varint of at most 5 bytes and 32 bits; -1 when the bytes are none. Leaves the position after it in the cursor. */
function uvarint(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    if (at >= end) return -1;
    const byte = bytes[at++] ?? 0;
    if (byte < 128) {
      if (shift === 28 && byte > 15) return -1;
      cursor.at = at;
      return (value | (byte << shift)) >>> 0;
    }
    value |= (byte & 127) << shift;
  }
  return -1;
}

const int32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);

/** A number that is exact between -(2^53 - 1) and 2^53 - 1 and beyond those outside of it. */
function int64(bytes: Uint8Array, at: number): number {
  const high = int32(bytes, at);
  const low = int32(bytes, at + 4);
  return high === low >> 31 ? low : high * 4_294_967_296 + (low >>> 0);
}

const int64Bits = (bytes: Uint8Array, at: number): bigint => BigInt(int32(bytes, at)) * 4_294_967_296n + BigInt(int32(bytes, at + 4) >>> 0);

const view = new DataView(new ArrayBuffer(8));
function float64(bytes: Uint8Array, at: number): number {
  view.setInt32(0, int32(bytes, at));
  view.setInt32(4, int32(bytes, at + 4));
  return view.getFloat64(0);
}

/** A view, never a Buffer even when `bytes` is one, so that all views have one shape. */
const slice = (bytes: Uint8Array, at: number, length: number): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset + at, length);

const emptyArray: readonly never[] = [];
const emptyBytes = new Uint8Array(0);

/** By the names under which compiled readers know them. */
export const readingHelpers = {
  ...{ fail, short, tooLong, tooMany, notNull, notVarint, notSafe, tooLongText, tagOrder, tagSize },
  ...{ uvarint, int64, int64Bits, float64, slice, cursor, emptyArray, emptyBytes },
  text: readText,
  uuid: readUuid,
};
/** The same names as source text. */
export const readingNames =
  'fail, short, tooLong, tooMany, notNull, notVarint, notSafe, tooLongText, tagOrder, tagSize, ' +
  'uvarint, int64, int64Bits, float64, slice, cursor, emptyArray, emptyBytes, text, uuid';
