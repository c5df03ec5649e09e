/**
 * LZ4's block format: sequences of a token, literals, and a match of at least four bytes at most 65535 bytes back. A greedy compressor and a
 * decompressor that believes no length. Own code, because the plain JavaScript packages there are do not check what they read. Source: lz4_Block_format.md.
 */
import type { GrowingBytes } from './growing-bytes.ts';
import { clearMatches, matchBefore } from './match-table.ts';

const minMatch = 4;
/** A block ends with at least so many literals, and the last match begins so far before the end: decoders copy in large steps. */
const lastLiterals = 5;
const matchMargin = 12;
const farthest = 65_535;
/** After so many positions without a match, a power of two, steps grow: what does not compress is passed over quickly. */
const patienceShift = 6;

/** The most that so many bytes can become. */
export const lz4BlockBound = (bytes: number): number => bytes + Math.ceil(bytes / 255) + 16;

/** Compresses [from, to), at most 64 KiB, to `into` at `at`, where lz4BlockBound bytes are free. Answers the position behind it. */
export function compressLz4Block(bytes: Uint8Array, from: number, to: number, into: Uint8Array, at: number): number {
  clearMatches(to - from);
  const lastMatch = to - matchMargin;
  let anchor = from;
  let misses = 0;
  for (let position = from; position <= lastMatch; ) {
    const match = matchBefore(bytes, position);
    if (match < from || position - match > farthest) {
      position += 1 + (misses++ >> patienceShift);
      continue;
    }
    misses = 0;
    const end = matchEnd(bytes, match + minMatch, position + minMatch, to - lastLiterals);
    at = writeSequence(bytes, anchor, position, position - match, end - position, into, at);
    anchor = end;
    position = end;
  }
  return writeLiterals(bytes, anchor, to, 0, into, at);
}

function matchEnd(bytes: Uint8Array, earlier: number, later: number, limit: number): number {
  while (later < limit && bytes[earlier] === bytes[later]) {
    earlier++;
    later++;
  }
  return later;
}

function writeSequence(bytes: Uint8Array, from: number, to: number, distance: number, length: number, into: Uint8Array, at: number): number {
  const rest = length - minMatch;
  at = writeLiterals(bytes, from, to, Math.min(rest, 15), into, at);
  into[at++] = distance;
  into[at++] = distance >> 8;
  return rest < 15 ? at : writeRest(rest - 15, into, at);
}

/** A token with `low` as its lower half, the length of the literals, and the literals. */
function writeLiterals(bytes: Uint8Array, from: number, to: number, low: number, into: Uint8Array, at: number): number {
  const count = to - from;
  into[at++] = (Math.min(count, 15) << 4) | low;
  if (count >= 15) at = writeRest(count - 15, into, at);
  into.set(bytes.subarray(from, to), at);
  return at + count;
}

function writeRest(rest: number, into: Uint8Array, at: number): number {
  for (; rest >= 255; rest -= 255) into[at++] = 255;
  into[at++] = rest;
  return at;
}

/** Appends what [from, to) decompresses to, at most `maxBytes`; matches may reach back to `floor` of the output. False when it is no LZ4 block. */
export function decompressLz4Block(bytes: Uint8Array, from: number, to: number, output: GrowingBytes, floor: number, maxBytes: number): boolean {
  const limit = output.length + maxBytes;
  let at = from;
  while (at < to) {
    const token = bytes[at++] as number;
    let literals = token >> 4;
    if (literals === 15)
      for (let more = 255; more === 255; literals += more) {
        if (at >= to) return false;
        more = bytes[at++] as number;
      }
    if (literals > to - at || output.length + literals > limit || !output.append(bytes, at, at + literals)) return false;
    at += literals;
    // The last sequence has no match.
    if (at === to) return true;
    if (at + 2 > to) return false;
    const distance = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
    at += 2;
    let length = (token & 15) + minMatch;
    if (length === 15 + minMatch)
      for (let more = 255; more === 255; length += more) {
        if (at >= to) return false;
        more = bytes[at++] as number;
      }
    if (distance === 0 || distance > output.length - floor || output.length + length > limit || !output.reserve(length)) return false;
    output.repeat(distance, length);
  }
  // An empty block, or one that ends with a match.
  return false;
}
