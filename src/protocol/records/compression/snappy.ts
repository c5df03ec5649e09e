/**
 * Snappy as Java's clients frame it (xerial's stream: a header, then blocks of 32 KiB with their lengths), and the bare block that other
 * clients send. Source: SnappyOutputStream and SnappyInputStream of snappy-java, KIP-110's compatibility notes.
 */
import { readInt32, writeInt32 } from '../bytes.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { compressSnappyBlock, decompressSnappyBlock, snappyBlockBound } from './snappy-block.ts';

/** Magic, version 1, lowest version that reads it. */
const header = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00, 0, 0, 0, 1, 0, 0, 0, 1);
const magicBytes = 8;
const blockBytes = 32_768;

export function snappy(plain: Uint8Array): Uint8Array {
  const blocks = Math.ceil(plain.length / blockBytes);
  const into = new Uint8Array(header.length + blocks * (4 + snappyBlockBound(Math.min(blockBytes, plain.length))));
  into.set(header);
  let at = header.length;
  for (let from = 0; from < plain.length; from += blockBytes) {
    const end = compressSnappyBlock(plain, from, Math.min(from + blockBytes, plain.length), into, at + 4);
    writeInt32(into, at, end - at - 4);
    at = end;
  }
  return into.slice(0, at);
}

/** Undefined when the bytes are neither, or would grow beyond `maxBytes`. */
export function unsnappy(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
  const output = new GrowingBytes(bytes.length * 2, maxBytes);
  if (!headerAt(bytes, 0)) return decompressSnappyBlock(bytes, 0, bytes.length, output) ? output.written : undefined;
  for (let at = 0; at < bytes.length; ) {
    // Streams may stand one behind another.
    if (headerAt(bytes, at)) {
      at += header.length;
      continue;
    }
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + readInt32(bytes, at);
    if (end <= at + 4 || end > bytes.length || !decompressSnappyBlock(bytes, at + 4, end, output)) return undefined;
    at = end;
  }
  return output.written;
}

function headerAt(bytes: Uint8Array, at: number): boolean {
  if (at + header.length > bytes.length) return false;
  for (let index = 0; index < magicBytes; index++) if (bytes[at + index] !== header[index]) return false;
  return true;
}
