/** Compiles the reader of one version of a message. */
import type { Message } from './schema.ts';

/** Why bytes are no message of the version they claim to be. */
export interface DecodeError {
  /** Index into the bytes that were to be decoded. */
  readonly at: number;
  /** Such as `Topics[2].Partitions[0].Records`; empty when no field is to blame. */
  readonly field: string;
  readonly problem: string;
}

/** Reads from `at`, never beyond `end`; leaves in `cursor` where it stopped; throws DecodeFailure. */
export type Reader = (bytes: Uint8Array, at: number, end: number) => unknown;

export const cursor = { at: 0 };

/** Thrown by compiled readers and caught in `codec.ts`; no Error, since a stack would cost more than the decoding. */
export class DecodeFailure {
  readonly error: DecodeError;
  constructor(error: DecodeError) {
    this.error = error;
  }
}

export function compileReader(message: Message, version: number): Reader {
  throw new DecodeFailure({ at: 0, field: '', problem: `not compiled: ${message.name} ${version}` });
}
