/**
 * Strings and uuids between memory and wire. Nearly all of them are short, ASCII and seen before (topics, groups, clients, topic ids), so what
 * was read lately is looked up by its bytes: that spares the allocation and gives strings whose hash is known when they key a Map.
 * The look-up changes how fast an answer comes, never the answer.
 */
import { type Uuid, uuidFromBytes, zeroUuid } from '../../model/uuid.ts';
import type { Output } from './output.ts';

/** Kafka replaces what is not UTF-8 and keeps a byte order mark. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const utf8Encoder = new TextEncoder();

const longestRemembered = 64;
const rememberedTexts = 4096;
const texts: string[] = new Array<string>(rememberedTexts).fill('');
const rememberedUuids = 1024;
const uuids: Uuid[] = new Array<Uuid>(rememberedUuids).fill(zeroUuid);
const uuidWords = new Int32Array(rememberedUuids * 4);

/** The text of `length` bytes at `at`, all of which are there. */
export function readText(bytes: Uint8Array, at: number, length: number): string {
  if (length === 0) return '';
  if (length > longestRemembered) return utf8.decode(bytes.subarray(at, at + length));
  const end = at + length;
  let hash = length;
  let bits = 0;
  for (let index = at; index < end; index++) {
    const byte = bytes[index] ?? 0;
    hash = (Math.imul(hash, 31) + byte) | 0;
    bits |= byte;
  }
  if (bits > 127) return utf8.decode(bytes.subarray(at, end));
  const slot = (hash ^ (hash >>> 12)) & (rememberedTexts - 1);
  const known = texts[slot] ?? '';
  if (known.length === length) {
    let index = 0;
    while (index < length && known.charCodeAt(index) === bytes[at + index]) index++;
    if (index === length) return known;
  }
  const text = utf8.decode(bytes.subarray(at, end));
  texts[slot] = text;
  return text;
}

/** The uuid at `at`, whose 16 bytes are there. */
export function readUuid(bytes: Uint8Array, at: number): Uuid {
  const a = word(bytes, at);
  const b = word(bytes, at + 4);
  const c = word(bytes, at + 8);
  const d = word(bytes, at + 12);
  if ((a | b | c | d) === 0) return zeroUuid;
  const mixed = Math.imul(a ^ Math.imul(b, 31) ^ Math.imul(c, 1009) ^ Math.imul(d, 92821), 0x9e3779b1);
  const slot = mixed >>> 22;
  const from = slot * 4;
  if (uuidWords[from] === a && uuidWords[from + 1] === b && uuidWords[from + 2] === c && uuidWords[from + 3] === d) return uuids[slot] ?? zeroUuid;
  const text = uuidFromBytes(bytes, at);
  uuidWords[from] = a;
  uuidWords[from + 1] = b;
  uuidWords[from + 2] = c;
  uuidWords[from + 3] = d;
  uuids[slot] = text;
  return text;
}

const word = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);

/** Kafka refuses longer strings on both sides, in compact form too. */
export const longestText = 0x7fff;
const longestLoop = 80;

/**
 * Writes a string behind its length, an int16 or, compact, an unsigned varint of length + 1. Gives the position after it, or -1 for what is no
 * string of at most 32,767 bytes of UTF-8. May replace the output's buffer.
 */
export function writeText(output: Output, at: number, text: unknown, compact: boolean): number {
  if (typeof text !== 'string' || text.length > longestText) return -1;
  const length = text.length;
  const room = length * 3 + 3;
  const bytes = output.bytes.length - at < room ? output.grow(at, room) : output.bytes;
  const from = at + (compact ? lengthOfLength(length + 1) : 2);
  let written = 0;
  if (length <= longestLoop) {
    while (written < length) {
      const code = text.charCodeAt(written);
      if (code > 127) break;
      bytes[from + written] = code;
      written++;
    }
  }
  if (written < length) written = utf8Encoder.encodeInto(text, bytes.subarray(from)).written;
  if (written > longestText) return -1;
  if (!compact) {
    bytes[at] = written >> 8;
    bytes[at + 1] = written;
    return from + written;
  }
  const to = at + lengthOfLength(written + 1);
  if (to !== from) bytes.copyWithin(to, from, from + written);
  writeUvarint(bytes, at, written + 1);
  return to + written;
}

const lengthOfLength = (value: number): number => (value < 128 ? 1 : value < 16_384 ? 2 : 3);

/** Writes an unsigned varint of a value below 2^32; gives the position after its at most 5 bytes, for which there is room. */
export function writeUvarint(bytes: Uint8Array, at: number, value: number): number {
  while (value > 127) {
    bytes[at++] = (value & 127) | 128;
    value >>>= 7;
  }
  bytes[at] = value;
  return at + 1;
}
