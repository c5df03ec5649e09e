/**
 * Encoding and decoding of every version of every message. Readers and writers are compiled from the definition on first use and kept with it.
 * Owns the entrances and the cache; what the compiled code looks like is `compile-reader.ts` and `compile-writer.ts`.
 *
 * Encoding takes values of this program: one that cannot be encoded throws. Decoding takes bytes of anyone: whatever they hold, the answer
 * is a Result, and no length is believed before it was compared with the bytes that are there.
 */
import { InvariantViolation } from '../../model/invariant.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { compileReader, type Reader } from './compile-reader.ts';
import { compileWriter, type Writer } from './compile-writer.ts';
import { type Encoded, type Output, output } from './output.ts';
import { cursor, type DecodeError, DecodeFailure } from './reading.ts';
import type { Infer, Input, Message } from './schema.ts';
import { hasVersion } from './versions.ts';

export type { Encoded } from './output.ts';
export type { DecodeError } from './reading.ts';

/** The value of a message and where its bytes end. */
export interface Prefix<M extends Message> {
  readonly value: Infer<M>;
  readonly end: number;
}

const readers = new WeakMap<Message, (Reader | undefined)[]>();
const writers = new WeakMap<Message, (Writer | undefined)[]>();

/** Encodes a message; Uint8Arrays and sources given as `records` are handed on as they are, uncopied. Throws on a value that does not fit. */
export function encode<M extends Message>(message: M, version: number, value: Input<M>): Encoded {
  output.start(0, 'parts');
  write(output, message, version, value);
  return output.toEncoded();
}

/** Encodes a message into one contiguous view that nothing else refers to, reading the sources among its records. Throws on a value that does not fit. */
export function encodeToBytes<M extends Message>(message: M, version: number, value: Input<M>): Uint8Array {
  output.start(0, 'whole');
  write(output, message, version, value);
  return output.toBytes();
}

/** Appends a message to an output, for those who put several into one buffer (`frame.ts`). */
export function write<M extends Message>(to: Output, message: M, version: number, value: Input<M>): void {
  let compiled = writers.get(message)?.[version];
  if (compiled === undefined) {
    if (!hasVersion(message.versions, version))
      throw new InvariantViolation('a version that does not exist cannot be encoded', [message.name, version]);
    compiled = compileWriter(message, version);
    keep(writers, message, version, compiled);
  }
  compiled(value, to);
}

/** What bytes behind a message mean. */
export type Trailing = 'refused' | 'ignored';

/** Decodes a message that fills `bytes` from `at` to the end, unless told otherwise. Its `bytes` and `records` are views of `bytes`. */
export function decode<M extends Message>(
  message: M,
  version: number,
  bytes: Uint8Array,
  at = 0,
  trailing: Trailing = 'refused',
): Result<Infer<M>, DecodeError> {
  const compiled = readers.get(message)?.[version] ?? readerOf(message, version);
  if (compiled === undefined) return failed(noSuchVersion(message, version, at));
  try {
    const value = compiled(bytes, at, bytes.length) as Infer<M>;
    if (cursor.at === bytes.length || trailing === 'ignored') return ok(value);
    return failed({ at: cursor.at, field: '', problem: `${bytes.length - cursor.at} bytes follow the end of ${message.name} version ${version}` });
  } catch (error) {
    if (error instanceof DecodeFailure) return failed(error.error);
    throw error;
  }
}

/** Decodes a message that something else may follow. */
export function decodePrefix<M extends Message>(message: M, version: number, bytes: Uint8Array, at = 0): Result<Prefix<M>, DecodeError> {
  const compiled = readers.get(message)?.[version] ?? readerOf(message, version);
  if (compiled === undefined) return failed(noSuchVersion(message, version, at));
  try {
    const value = compiled(bytes, at, bytes.length) as Infer<M>;
    return ok({ value, end: cursor.at });
  } catch (error) {
    if (error instanceof DecodeFailure) return failed(error.error);
    throw error;
  }
}

function readerOf(message: Message, version: number): Reader | undefined {
  if (!hasVersion(message.versions, version)) return undefined;
  const compiled = compileReader(message, version);
  keep(readers, message, version, compiled);
  return compiled;
}

function keep<Compiled>(cache: WeakMap<Message, (Compiled | undefined)[]>, message: Message, version: number, compiled: Compiled): void {
  const versions = cache.get(message) ?? [];
  versions[version] = compiled;
  cache.set(message, versions);
}

const noSuchVersion = (message: Message, version: number, at: number): DecodeError => ({
  at,
  field: '',
  problem: `${message.name} has no version ${version}`,
});
