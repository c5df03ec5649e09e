/** CRC-32C of a range of bytes, by whichever way is faster for its length. Both ways give the same number on every machine. */
import { nativeCrc32c } from './crc32c-native.ts';
import { crc32cPure } from './crc32c-pure.ts';

/** Below this many bytes the call into native code costs more than it saves. */
const worthACallBytes = 200;

/** The checksum of bytes [from, to) as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  if (nativeCrc32c === undefined || to - from < worthACallBytes) return crc32cPure(bytes, from, to);
  return nativeCrc32c(bytes.subarray(from, to));
}
