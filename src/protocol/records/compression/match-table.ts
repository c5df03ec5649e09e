/**
 * Where four bytes were last seen within a block: the one structure that the greedy compressors of LZ4 and Snappy share. One table for all
 * blocks, cleared as far as a block uses it; nothing of it outlives a block, so the same bytes always compress to the same bytes.
 */
import { littleInt32 } from './little-endian.ts';

const mostBits = 13;
const positions = new Int32Array(1 << mostBits);
let shift = 32 - mostBits;

/** Forgets the last block. A small block needs a small table. */
export function clearMatches(blockBytes: number): void {
  let bits = 8;
  while (bits < mostBits && 1 << bits < blockBytes) bits++;
  shift = 32 - bits;
  positions.fill(0, 0, 1 << bits);
}

/** The last position of the four bytes at `at`, or -1; remembers `at` in its place. A candidate holds the same four bytes. */
export function matchBefore(bytes: Uint8Array, at: number): number {
  const word = littleInt32(bytes, at);
  const slot = Math.imul(word, 0x9e3779b1) >>> shift;
  // Stored one too high, so that an empty slot is 0.
  const found = (positions[slot] as number) - 1;
  positions[slot] = at + 1;
  return found >= 0 && littleInt32(bytes, found) === word ? found : -1;
}
