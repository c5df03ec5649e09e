/** XXH32 with seed 0, the checksum of LZ4 frames. Source: xxHash's specification. */
import { littleInt32 } from './little-endian.ts';

const prime1 = 0x9e3779b1;
const prime2 = 0x85ebca77;
const prime3 = 0xc2b2ae3d;
const prime4 = 0x27d4eb2f;
const prime5 = 0x165667b1;

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
const round = (lane: number, word: number): number => Math.imul(rotate((lane + Math.imul(word, prime2)) | 0, 13), prime1);

/** Of bytes [from, to), as an unsigned number. */
export function xxh32(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  let hash = prime5;
  if (to - from >= 16) {
    let a = (prime1 + prime2) | 0;
    let b = prime2 | 0;
    let c = 0;
    let d = -prime1 | 0;
    for (; at + 16 <= to; at += 16) {
      a = round(a, littleInt32(bytes, at));
      b = round(b, littleInt32(bytes, at + 4));
      c = round(c, littleInt32(bytes, at + 8));
      d = round(d, littleInt32(bytes, at + 12));
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
  }
  hash = (hash + to - from) | 0;
  for (; at + 4 <= to; at += 4) hash = Math.imul(rotate((hash + Math.imul(littleInt32(bytes, at), prime3)) | 0, 17), prime4);
  for (; at < to; at++) hash = Math.imul(rotate((hash + Math.imul(bytes[at] as number, prime5)) | 0, 11), prime1);
  hash = Math.imul(hash ^ (hash >>> 15), prime2);
  hash = Math.imul(hash ^ (hash >>> 13), prime3);
  return (hash ^ (hash >>> 16)) >>> 0;
}
