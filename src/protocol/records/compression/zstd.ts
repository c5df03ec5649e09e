/**
 * Zstandard frames by the reference implementation, compiled to WebAssembly in the package @bokuweb/zstd-wasm: the same bytes on every machine
 * and every version of Node, which node:zlib cannot promise and Node 20 has not. The package starts asynchronously; this file starts the same
 * module in one go, when it is first needed. Pure functions; the only file that loads it.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { invariant } from '../../../model/invariant.ts';

/** What is used of the package's module: zstd.h, the allocator, the memory. Sizes below 0 are errors. */
interface Zstd {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(at: number): void;
  _ZSTD_compressBound(bytes: number): number;
  _ZSTD_compress(to: number, capacity: number, from: number, bytes: number, level: number): number;
  _ZSTD_decompress(to: number, capacity: number, from: number, bytes: number): number;
}

/** As the package's glue code lets it be started: it names what the module imports and takes the instance. */
interface Startable extends Zstd {
  instantiateWasm: (imports: object, receive: (instance: object) => void) => void;
  init(): void;
}

/** The part of the platform's WebAssembly that is synchronous; TypeScript knows it only together with a browser. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => object;
  readonly RuntimeError: new () => Error;
};

/** Kafka's default for compression.zstd.level. */
const level = 3;
/** -ZSTD_error_dstSize_tooSmall */
const tooSmall = -70;
/** Most batches fit what is tried first; what does not is tried again with more. */
const firstTry = { bytes: 64 * 1024, perByte: 8, more: 4 } as const;
/** A memory never shrinks: after an input that made it larger than this, the next one gets a new one. */
const mostKeptBytes = 64 * 1024 * 1024;
const fetch = createRequire(import.meta.url);

let compiled: object | undefined;
let running: Zstd | undefined;

/** Starts a fresh module; its code is read and compiled once. */
function start(): Zstd {
  const folder = dirname(fetch.resolve('@bokuweb/zstd-wasm'));
  const glue = join(folder, 'zstd.js');
  compiled ??= new WebAssembly.Module(readFileSync(join(folder, 'zstd.wasm')));
  const code = compiled;
  delete fetch.cache[glue];
  const { Module: zstd } = fetch(glue) as { readonly Module: Startable };
  zstd.instantiateWasm = (imports, receive) => receive(new WebAssembly.Instance(code, imports));
  zstd.init();
  return zstd;
}

/** Runs `work` with `bytes` in the module's memory; undefined when it fails, which takes the module with it. */
function withInput<T>(bytes: Uint8Array, work: (zstd: Zstd, from: number) => T | undefined): T | undefined {
  running ??= start();
  const zstd = running;
  try {
    const from = zstd._malloc(bytes.length);
    zstd.HEAPU8.set(bytes, from);
    const result = work(zstd, from);
    zstd._free(from);
    if (zstd.HEAPU8.length > mostKeptBytes) running = undefined;
    return result;
  } catch (error) {
    running = undefined;
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return undefined;
    throw error;
  }
}

export function zstd(plain: Uint8Array): Uint8Array {
  const compressed = withInput(plain, (zstd, from) => {
    const capacity = zstd._ZSTD_compressBound(plain.length);
    const to = zstd._malloc(capacity);
    const size = zstd._ZSTD_compress(to, capacity, from, plain.length, level);
    const result = size < 0 ? undefined : zstd.HEAPU8.slice(to, to + size);
    zstd._free(to);
    return result;
  });
  invariant(compressed !== undefined, 'zstd compresses whatever fits its memory', plain.length);
  return compressed;
}

/** Undefined when the bytes are no zstd frames or would grow beyond `maxBytes`. */
export function unzstd(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
  return withInput(bytes, (zstd, from) => {
    let capacity = Math.min(maxBytes, Math.max(firstTry.bytes, bytes.length * firstTry.perByte));
    for (; ; capacity = Math.min(maxBytes, capacity * firstTry.more)) {
      const to = zstd._malloc(capacity);
      const size = to === 0 ? -1 : zstd._ZSTD_decompress(to, capacity, from, bytes.length);
      const result = size < 0 ? undefined : zstd.HEAPU8.slice(to, to + size);
      zstd._free(to);
      if (size !== tooSmall || capacity === maxBytes) return result;
    }
  });
}
