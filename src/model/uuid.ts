/**
 * Kafka's uuids: 16 bytes on the wire, 22 characters of base64url in text. Kept as text: it compares, keys a map and prints.
 */
import type { Brand } from './brand.ts';
import { invariant } from './invariant.ts';

export type Uuid = Brand<string, 'Uuid'>;

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const sextets = new Int8Array(128).fill(-1);
for (let index = 0; index < alphabet.length; index++) sextets[alphabet.charCodeAt(index)] = index;

/** The all-zero uuid: "none". */
export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA' as Uuid;
/** The topic id of `__cluster_metadata` (Uuid.METADATA_TOPIC_ID). */
export const metadataTopicId = 'AAAAAAAAAAAAAAAAAAAAAQ' as Uuid;

/** A uuid from its 22-character text. */
export function uuid(text: string): Uuid {
  invariant(/^[A-Za-z0-9_-]{21}[AQgw]$/.test(text), 'a uuid is 22 characters of base64url', text);
  return text as Uuid;
}

/** Reads the 16 bytes at `at`. */
export function uuidFromBytes(bytes: Uint8Array, at: number): Uuid {
  let text = '';
  for (let group = 0; group < 15; group += 3) {
    const word = ((bytes[at + group] ?? 0) << 16) | ((bytes[at + group + 1] ?? 0) << 8) | (bytes[at + group + 2] ?? 0);
    text += alphabet.charAt(word >>> 18) + alphabet.charAt((word >>> 12) & 63) + alphabet.charAt((word >>> 6) & 63) + alphabet.charAt(word & 63);
  }
  const last = bytes[at + 15] ?? 0;
  return (text + alphabet.charAt(last >>> 2) + alphabet.charAt((last & 3) << 4)) as Uuid;
}

/** Writes the 16 bytes at `at`. */
export function uuidToBytes(value: Uuid, bytes: Uint8Array, at: number): void {
  for (let group = 0; group < 5; group++) {
    const word =
      (sextet(value, group * 4) << 18) | (sextet(value, group * 4 + 1) << 12) | (sextet(value, group * 4 + 2) << 6) | sextet(value, group * 4 + 3);
    bytes[at + group * 3] = word >>> 16;
    bytes[at + group * 3 + 1] = (word >>> 8) & 255;
    bytes[at + group * 3 + 2] = word & 255;
  }
  bytes[at + 15] = (sextet(value, 20) << 2) | (sextet(value, 21) >>> 4);
}

/** A uuid made of four 32-bit words, as a world's Random draws them; variant and version bits as RFC 4122 version 4. */
export function uuidFromWords(a: number, b: number, c: number, d: number): Uuid {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, a >>> 0);
  view.setUint32(4, ((b & 0xffff0fff) | 0x4000) >>> 0);
  view.setUint32(8, ((c & 0x3fffffff) | 0x80000000) >>> 0);
  view.setUint32(12, d >>> 0);
  return uuidFromBytes(bytes, 0);
}

const sextet = (value: Uuid, at: number): number => sextets[value.charCodeAt(at)] ?? 0;
