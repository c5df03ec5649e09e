/**
 * Snappy's block format: the length of the content, then literals and copies. A greedy compressor and a decompressor that believes no length.
 * Own code, because the plain JavaScript package there is takes blocks that are cut or hold less than they say. Source: snappy's format_description.txt.
 */
import type { GrowingBytes } from './growing-bytes.ts';
import { littleInt32 } from './little-endian.ts';
import { clearMatches, matchBefore } from './match-table.ts';

const literal = 0;
const copy1 = 1;
const copy2 = 2;
const minMatch = 4;
const patienceShift = 5;

/** The most that so many bytes can become. */
export const snappyBlockBound = (bytes: number): number => 32 + bytes + Math.ceil(bytes / 6);

/** Compresses [from, to), at most 64 KiB, to `into` at `at`, where snappyBlockBound bytes are free. Answers the position behind it. */
export function compressSnappyBlock(bytes: Uint8Array, from: number, to: number, into: Uint8Array, at: number): number {
  at = writeLength(to - from, into, at);
  clearMatches(to - from);
  let anchor = from;
  let misses = 0;
  for (let position = from; position + minMatch <= to; ) {
    const match = matchBefore(bytes, position);
    if (match < from) {
      position += 1 + (misses++ >> patienceShift);
      continue;
    }
    misses = 0;
    let end = position + minMatch;
    for (let earlier = match + minMatch; end < to && bytes[earlier] === bytes[end]; earlier++) end++;
    at = writeLiteral(bytes, anchor, position, into, at);
    at = writeCopy(position - match, end - position, into, at);
    anchor = end;
    position = end;
  }
  return writeLiteral(bytes, anchor, to, into, at);
}

function writeLength(length: number, into: Uint8Array, at: number): number {
  for (; length >= 0x80; length >>>= 7) into[at++] = length | 0x80;
  into[at++] = length;
  return at;
}

function writeLiteral(bytes: Uint8Array, from: number, to: number, into: Uint8Array, at: number): number {
  const count = to - from;
  if (count === 0) return at;
  const rest = count - 1;
  if (rest < 60) into[at++] = (rest << 2) | literal;
  else {
    into[at++] = ((rest < 256 ? 60 : 61) << 2) | literal;
    into[at++] = rest;
    if (rest >= 256) into[at++] = rest >> 8;
  }
  into.set(bytes.subarray(from, to), at);
  return at + count;
}

function writeCopy(distance: number, length: number, into: Uint8Array, at: number): number {
  // What is left behind a copy of 64 is at least a copy of 4.
  for (; length > 0; ) {
    const part = length > 64 ? (length >= 68 ? 64 : 60) : length;
    if (part < 12 && distance < 2048) {
      into[at++] = ((distance >> 8) << 5) | ((part - 4) << 2) | copy1;
      into[at++] = distance;
    } else {
      into[at++] = ((part - 1) << 2) | copy2;
      into[at++] = distance;
      into[at++] = distance >> 8;
    }
    length -= part;
  }
  return at;
}

/** Appends what [from, to) decompresses to. False when it is no Snappy block. */
export function decompressSnappyBlock(bytes: Uint8Array, from: number, to: number, output: GrowingBytes): boolean {
  let at = from;
  let claimed = 0;
  for (let shift = 0; ; shift += 7) {
    if (at >= to || shift > 28) return false;
    const group = bytes[at++] as number;
    claimed += (group & 0x7f) * (1 << shift);
    if (group < 0x80) break;
  }
  const start = output.length;
  const limit = start + claimed;
  while (at < to) {
    const tag = bytes[at++] as number;
    const kind = tag & 3;
    let length = (tag >> 2) + 1;
    if (kind === literal) {
      const extra = length - 60;
      if (extra > 0) {
        if (extra > to - at) return false;
        length = 1;
        for (let index = 0; index < extra; index++) length += (bytes[at++] as number) * (1 << (index * 8));
      }
      // The topmost byte of a length above 2 GiB counts as negative.
      if (length <= 0 || length > to - at || output.length + length > limit || !output.append(bytes, at, at + length)) return false;
      at += length;
      continue;
    }
    const width = kind === copy1 ? 1 : kind === copy2 ? 2 : 4;
    if (width > to - at) return false;
    let distance = bytes[at] as number;
    if (kind === copy1) {
      length = ((tag >> 2) & 7) + 4;
      distance |= (tag >> 5) << 8;
    } else distance = kind === copy2 ? distance | ((bytes[at + 1] as number) << 8) : littleInt32(bytes, at);
    at += width;
    if (distance <= 0 || distance > output.length - start || output.length + length > limit || !output.reserve(length)) return false;
    output.repeat(distance, length);
  }
  return output.length === limit;
}
