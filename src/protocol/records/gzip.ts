/** Gzip (RFC 1952) by the platform's synchronous zlib. Pure functions; the only file of the records that imports it. */
import { gunzipSync, gzipSync } from 'node:zlib';

/** Where the header names the operating system; zlib writes the one it was built for. */
const operatingSystemAt = 9;

/** The same bytes on every operating system. Other versions of zlib may find other matches, so the length is no constant. */
export function gzip(bytes: Uint8Array): Uint8Array {
  const compressed = gzipSync(bytes);
  compressed[operatingSystemAt] = 0;
  return new Uint8Array(compressed.buffer, compressed.byteOffset, compressed.byteLength);
}

/** Undefined when the bytes are no gzip stream or would grow beyond `maxBytes`. */
export function gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
  try {
    const plain = gunzipSync(bytes, { maxOutputLength: maxBytes });
    return new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength);
  } catch {
    return undefined;
  }
}
