/**
 * What compiled writers call: scalars that are more than a few shifts, lengths, and the refusal of values that do not fit. Owns how a refusal
 * is told; the order in which things are written is `compile-writer.ts`.
 */
import { InvariantViolation } from '../../model/invariant.ts';
import { type Uuid, uuidToBytes } from '../../model/uuid.ts';
import type { Output } from './output.ts';
import { writeText, writeUvarint } from './text.ts';

/** The value cannot be what the field says it is. */
function bad(message: string, field: string, value: unknown): never {
  const shown = typeof value === 'object' && value !== null ? value.constructor?.name : value;
  throw new InvariantViolation('a value does not fit its field', [message, field, shown === '' ? "''" : shown]);
}

/** The version has no such field, and without it the message would say something else. */
function lost(message: string, field: string, version: number): never {
  throw new InvariantViolation('a value would be lost in a version that has no field for it', [message, field, version]);
}

function int32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
}

/** A safe integer. */
function int64(bytes: Uint8Array, at: number, value: number): void {
  const low = value | 0;
  int32(bytes, at, low === value ? value >> 31 : (value - (low >>> 0)) / 4_294_967_296);
  int32(bytes, at + 4, low);
}

const isSafe = Number.isSafeInteger;
const isInt64 = (value: unknown): boolean => typeof value === 'bigint' && BigInt.asIntN(64, value) === value;

function int64Bits(bytes: Uint8Array, at: number, value: bigint): void {
  int32(bytes, at, Number(BigInt.asIntN(32, value >> 32n)));
  int32(bytes, at + 4, Number(BigInt.asIntN(32, value)));
}

const view = new DataView(new ArrayBuffer(8));
function float64(bytes: Uint8Array, at: number, value: number): void {
  view.setFloat64(0, value);
  int32(bytes, at, view.getInt32(0));
  int32(bytes, at + 4, view.getInt32(4));
}

/** The brand vouches for the characters. */
const isUuid = (value: unknown): value is Uuid => typeof value === 'string' && value.length === 22;

const isBytes = (value: unknown): boolean => value instanceof Uint8Array;
const isSource = (value: unknown): boolean =>
  value instanceof Uint8Array || (typeof value === 'object' && value !== null && 'readInto' in value && 'byteLength' in value);

/** A length, or a count of elements, and room for `more` bytes behind it; null is length -1. Gives the position after it. */
function length(output: Output, at: number, value: number, compact: boolean, more: number): number {
  const bytes = output.bytes.length - at < 5 + more ? output.grow(at, 5 + more) : output.bytes;
  if (compact) return writeUvarint(bytes, at, value + 1);
  int32(bytes, at, value);
  return at + 4;
}

/** Fills in the size of a tagged field whose first byte is at `from`, one byte having been left for it. Gives the position after the field. */
function sizeOfTag(output: Output, from: number, at: number): number {
  const size = at - from;
  const extra = (size > 127 ? 1 : 0) + (size > 16_383 ? 1 : 0) + (size > 2_097_151 ? 1 : 0) + (size > 268_435_455 ? 1 : 0);
  if (extra > 0) {
    if (output.bytes.length - at < extra) output.grow(at, extra);
    output.bytes.copyWithin(from + extra, from, at);
  }
  writeUvarint(output.bytes, from - 1, size);
  return at + extra;
}

/** By the names under which compiled writers know them. */
export const writingHelpers = {
  ...{ bad, lost, int32, int64, isSafe, isInt64, int64Bits, float64, isUuid, isBytes, isSource, length, sizeOfTag },
  text: writeText,
  uuid: uuidToBytes,
  uvarint: writeUvarint,
};
/** The same names as source text. */
export const writingNames =
  'bad, lost, int32, int64, isSafe, isInt64, int64Bits, float64, isUuid, isBytes, isSource, length, sizeOfTag, text, uuid, uvarint';
