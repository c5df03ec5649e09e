/** Compiles the writer of one version of a message. */
import { InvariantViolation } from '../../model/invariant.ts';
import type { Output } from './output.ts';
import type { Message } from './schema.ts';

/** Writes at the output's position and moves it; throws on a value that cannot be encoded. */
export type Writer = (value: object, output: Output) => void;

export function compileWriter(message: Message, version: number): Writer {
  throw new InvariantViolation('not compiled', [message.name, version]);
}
