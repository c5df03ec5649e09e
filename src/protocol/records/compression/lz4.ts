/**
 * LZ4 frames as Kafka writes them (independent blocks of 64 KiB, no content size, no checksums but the header's) and as anyone may: linked
 * blocks, larger ones, checksums and sizes, which are verified, frames one behind another. Source: lz4_Frame_format.md, Kafka's Lz4BlockOutputStream.
 */
import { GrowingBytes } from './growing-bytes.ts';
import { littleInt32, writeLittleInt32 } from './little-endian.ts';
import { compressLz4Block, decompressLz4Block, lz4BlockBound } from './lz4-block.ts';
import { xxh32 } from './xxh32.ts';

const magic = 0x184d2204;
/** Sixteen magics of frames that hold no data of ours. */
const skippable = 0x184d2a50;
/** Magic, version 1 with independent blocks, blocks of 64 KiB, the header's checksum. */
const header = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82);
const blockBytes = 65_536;
const plainBit = 0x80000000;
const flag = { version: 0xc0, independent: 0x20, blockChecksum: 0x10, contentSize: 0x08, contentChecksum: 0x04, reserved: 0x02, dictionary: 0x01 };

export function lz4(plain: Uint8Array): Uint8Array {
  const blocks = Math.ceil(plain.length / blockBytes);
  const into = new Uint8Array(header.length + 4 + blocks * 4 + lz4BlockBound(plain.length) + blocks * 16);
  into.set(header);
  let at = header.length;
  for (let from = 0; from < plain.length; from += blockBytes) {
    const to = Math.min(from + blockBytes, plain.length);
    let end = compressLz4Block(plain, from, to, into, at + 4);
    const worthIt = end - at - 4 < to - from;
    if (!worthIt) {
      into.set(plain.subarray(from, to), at + 4);
      end = at + 4 + to - from;
    }
    writeLittleInt32(into, at, worthIt ? end - at - 4 : (to - from) | plainBit);
    at = end;
  }
  // The end mark: a block of no bytes.
  writeLittleInt32(into, at, 0);
  return into.slice(0, at + 4);
}

/** Undefined when the bytes are no LZ4 frames, or would grow beyond `maxBytes`, or need a dictionary. */
export function unlz4(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
  const output = new GrowingBytes(bytes.length * 2, maxBytes);
  let at = 0;
  do {
    const next = at + 8 <= bytes.length ? readFrame(bytes, at, output) : -1;
    if (next < 0) return undefined;
    at = next;
  } while (at < bytes.length);
  return output.written;
}

/** Appends one frame's content; answers the position behind it, -1 when it is none. */
function readFrame(bytes: Uint8Array, from: number, output: GrowingBytes): number {
  const found = littleInt32(bytes, from);
  if ((found & ~15) === skippable) {
    const end = from + 8 + (littleInt32(bytes, from + 4) >>> 0);
    return end <= bytes.length ? end : -1;
  }
  const flags = bytes[from + 4] as number;
  const descriptor = bytes[from + 5] as number;
  const maxBlockBytes = 1 << (8 + 2 * (descriptor >> 4));
  const legal = (flags & flag.version) === 0x40 && (flags & flag.reserved) === 0 && (descriptor & 0x8f) === 0 && descriptor >= 0x40;
  if (found !== magic || !legal || (flags & flag.dictionary) !== 0) return -1;
  const sized = (flags & flag.contentSize) !== 0;
  const headerEnd = from + (sized ? 15 : 7);
  if (headerEnd > bytes.length || ((xxh32(bytes, from + 4, headerEnd - 1) >>> 8) & 0xff) !== bytes[headerEnd - 1]) return -1;
  const start = output.length;
  let at = readBlocks(bytes, headerEnd, flags, maxBlockBytes, output);
  if (at < 0) return -1;
  if (sized && (littleInt32(bytes, from + 10) !== 0 || littleInt32(bytes, from + 6) >>> 0 !== output.length - start)) return -1;
  if ((flags & flag.contentChecksum) === 0) return at;
  if (at + 4 > bytes.length || littleInt32(bytes, at) >>> 0 !== xxh32(output.bytes, start, output.length)) return -1;
  at += 4;
  return at;
}

/** From the first block to behind the end mark. */
function readBlocks(bytes: Uint8Array, from: number, flags: number, maxBlockBytes: number, output: GrowingBytes): number {
  const checksumBytes = (flags & flag.blockChecksum) === 0 ? 0 : 4;
  const start = output.length;
  for (let at = from; at + 4 <= bytes.length; ) {
    const size = littleInt32(bytes, at) & ~plainBit;
    const plain = littleInt32(bytes, at) < 0;
    at += 4;
    if (size === 0) return plain ? -1 : at;
    const end = at + size;
    if (size > maxBlockBytes || end + checksumBytes > bytes.length) return -1;
    if (checksumBytes > 0 && littleInt32(bytes, end) >>> 0 !== xxh32(bytes, at, end)) return -1;
    const floor = (flags & flag.independent) === 0 ? start : output.length;
    if (!(plain ? output.append(bytes, at, end) : decompressLz4Block(bytes, at, end, output, floor, maxBlockBytes))) return -1;
    at = end + checksumBytes;
  }
  return -1;
}
