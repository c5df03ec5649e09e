/**
 * Gzip (RFC 1952). Compressed by fflate, which is plain JavaScript: a batch's checksum goes into the trace hash, and the zlib of the platform
 * finds other matches in other versions of Node and on other processors. Decompressed by the platform's synchronous zlib, which checks the
 * stream's own checksum. Pure functions; the only file that imports either.
 */
import { gunzipSync } from 'node:zlib';
import { gzipSync } from 'fflate';

/** Without a given `mem` fflate asks Math.log, whose last bit engines may round differently; 4 is a hash table of 64 Ki entries. */
const options = { level: 6, mem: 4, mtime: 0 } as const;

export const gzip = (plain: Uint8Array): Uint8Array => gzipSync(plain, options);

/** Undefined when the bytes are no gzip stream or would grow beyond `maxBytes`. */
export function gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
  try {
    const plain = gunzipSync(bytes, { maxOutputLength: maxBytes });
    return new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength);
  } catch {
    return undefined;
  }
}
