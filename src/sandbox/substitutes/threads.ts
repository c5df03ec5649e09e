/** What Node does in other threads, done at once and answered after a virtual cost: zlib's and the key derivations' callback forms. */
import crypto from 'node:crypto';
import zlib from 'node:zlib';
import type { SandboxProcess } from '../sandbox-process.ts';
import type { Substitutions } from '../substitutions.ts';

/** About what one core compresses. */
const bytesPerMs = 50_000;
/** Key derivations are made to be slow. */
const derivationMs = 20;

type Callable = (...args: unknown[]) => unknown;
const isCallable = (value: unknown): value is Callable => typeof value === 'function';

/** Calls the synchronous form with all arguments but the callback, which gets the outcome later. */
function later(process: SandboxProcess, args: readonly unknown[], synchronous: Callable, costMs: number): undefined {
  const callback = args.at(-1);
  if (typeof callback !== 'function')
    throw Object.assign(new TypeError('The "callback" argument must be of type function.'), { code: 'ERR_INVALID_ARG_TYPE' });
  let answers: readonly unknown[];
  try {
    answers = [null, synchronous(...args.slice(0, -1))];
  } catch (error) {
    answers = [error];
  }
  process.after(costMs, () => Reflect.apply(callback, undefined, answers));
}

const lengthOf = (input: unknown): number => (typeof input === 'string' ? input.length : ArrayBuffer.isView(input) ? input.byteLength : 0);

export function substituteThreads(substitutions: Substitutions): void {
  const streams = 'its threads are real; use the form with a callback or the synchronous one';
  for (const name of Object.keys(zlib)) {
    const synchronous: unknown = Reflect.get(zlib, `${name}Sync`);
    if (isCallable(synchronous)) substitutions.call(zlib, name, (process, args) => later(process, args, synchronous, lengthOf(args[0]) / bytesPerMs));
    else if (/^create|^(Brotli|Zstd)?(De|Com|Decom|G|Gun|In|Un)?(flate|press|zip|flateRaw)?(Raw)?$/i.test(name) && /^(create|[A-Z])/.test(name))
      substitutions.refuse(zlib, name, `zlib.${name}`, streams);
  }
  for (const name of ['pbkdf2', 'scrypt', 'hkdf']) {
    const synchronous: unknown = Reflect.get(crypto, `${name}Sync`);
    if (isCallable(synchronous)) substitutions.call(crypto, name, (process, args) => later(process, args, synchronous, derivationMs));
  }
}
