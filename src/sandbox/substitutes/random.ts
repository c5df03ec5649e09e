/** Chance: Math.random, the random functions of node:crypto, and webcrypto's. All of it is the weather of the process's machine. */
import crypto from 'node:crypto';
import type { SandboxProcess } from '../sandbox-process.ts';
import type { Substitutions } from '../substitutions.ts';

const two32 = 0x1_0000_0000;
const two26 = 0x400_0000;
const two27 = 0x800_0000;

/** In [0, 1), with 53 bits. */
function fraction(process: SandboxProcess): number {
  const high = process.random('Math.random') >>> 5;
  const low = process.random('Math.random') >>> 6;
  return (high * two26 + low) / (two27 * two26);
}

function fill<T extends ArrayBufferView>(process: SandboxProcess, view: T, offset = 0, size = view.byteLength - offset): T {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, size);
  for (let at = 0; at < bytes.length; at += 4) {
    const drawn = process.random('crypto');
    for (let byte = 0; byte < 4 && at + byte < bytes.length; byte++) bytes[at + byte] = drawn >>> (8 * byte);
  }
  return view;
}

function viewOf(value: unknown): ArrayBufferView {
  if (ArrayBuffer.isView(value)) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw Object.assign(new TypeError('The "buf" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView'), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
}

function uuid(process: SandboxProcess): string {
  const bytes = fill(process, Buffer.alloc(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** In [min, max); the range is below 2^48, as Node wants it. */
function integer(process: SandboxProcess, args: readonly number[]): number {
  const [min, max] = args.length > 1 ? [args[0] ?? 0, args[1] ?? 0] : [0, args[0] ?? 0];
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || max <= min || max - min >= 2 ** 48)
    throw Object.assign(new RangeError(`The value of "max" is out of range. It must be greater than the value of "min" (${min}). Received ${max}`), {
      code: 'ERR_OUT_OF_RANGE',
    });
  const drawn = (process.random('crypto') & 0x1f_ffff) * two32 + process.random('crypto');
  return min + (drawn % (max - min));
}

/** With a callback as its last argument the outcome comes by it, at this moment of virtual time but later. */
function answered(process: SandboxProcess, args: readonly unknown[], act: (args: readonly unknown[]) => unknown): unknown {
  const callback = args.at(-1);
  if (typeof callback !== 'function') return act(args);
  const result = act(args.slice(0, -1));
  process.after(0, () => Reflect.apply(callback, undefined, [null, result]));
  return undefined;
}

export function substituteRandom(substitutions: Substitutions): void {
  substitutions.call(Math, 'random', fraction);
  for (const name of ['randomBytes', 'pseudoRandomBytes', 'rng', 'prng'])
    substitutions.call(crypto, name, (process, args) => answered(process, args, ([size]) => fill(process, Buffer.alloc(Number(size)))));
  const into = (process: SandboxProcess, [buffer, offset, size]: readonly unknown[]): unknown => {
    fill(process, viewOf(buffer), offset === undefined ? 0 : Number(offset), size === undefined ? undefined : Number(size));
    return buffer;
  };
  substitutions.call(crypto, 'randomFillSync', into);
  substitutions.call(crypto, 'randomFill', (process, args) => answered(process, args, (own) => into(process, own)));
  substitutions.call(crypto, 'randomInt', (process, args) => answered(process, args, (own) => integer(process, own.map(Number))));
  substitutions.call(crypto, 'randomUUID', uuid);
  const prototype: object = Object.getPrototypeOf(crypto.webcrypto);
  substitutions.call(prototype, 'getRandomValues', into);
  substitutions.call(prototype, 'randomUUID', uuid);
}
