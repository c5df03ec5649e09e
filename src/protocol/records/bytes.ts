/**
 * Big-endian integers at a position of a byte array. Callers know that the bytes are there: nothing is checked here.
 * A DataView a batch would cost more than the reads themselves.
 */

export const readInt16 = (bytes: Uint8Array, at: number): number => (((bytes[at] ?? 0) << 24) >> 16) | (bytes[at + 1] ?? 0);

export const readInt32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);

/** Values beyond 2^53 come out as a number that Number.isSafeInteger refuses; it is the caller who must ask. */
export const readInt64 = (bytes: Uint8Array, at: number): number => readInt32(bytes, at) * 0x100000000 + (readInt32(bytes, at + 4) >>> 0);

export function writeInt16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

export function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
}

/** `value` is a safe integer. */
export function writeInt64(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / 0x100000000);
  writeInt32(bytes, at, high);
  writeInt32(bytes, at + 4, value - high * 0x100000000);
}
