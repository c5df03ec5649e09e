/**
 * Small byte arrays cut from a common slab: an ArrayBuffer of its own costs ten times as much as a view. Owns the slab and nothing that was
 * cut from it; what is kept for long should be copied, since a view keeps the whole slab alive.
 */
const slabBytes = 65_536;
/** From here on the bytes get a buffer of their own. */
const largeBytes = 4096;

let slab = new ArrayBuffer(slabBytes);
let used = 0;

/** So many bytes, all 0, that nothing else refers to. */
export function freshBytes(length: number): Uint8Array {
  if (length >= largeBytes) return new Uint8Array(length);
  if (slabBytes - used < length) {
    slab = new ArrayBuffer(slabBytes);
    used = 0;
  }
  const from = used;
  used += length;
  return new Uint8Array(slab, from, length);
}
