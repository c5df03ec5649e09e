/** From a base to the seeds of a swarm: seed i is a hash of the base's text and i, so that any text (a commit's hash, say) names a swarm. */

/** Two mixes of 32 bits over the text; all integer arithmetic, the same on every engine. */
function hashText(text: string): { readonly high: number; readonly low: number } {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x9e3779b1);
    low = Math.imul(low ^ code, 0x5f356495);
    high ^= low >>> 15;
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  return { high: (high ^ (high >>> 16)) >>> 0, low: (low ^ (low >>> 16)) >>> 0 };
}

/** The i-th seed (from 0) of a swarm: an integer in [0, 2^53). */
export function seedOf(base: string, index: number): number {
  const { high, low } = hashText(`${base}/${index}`);
  return (high & 0x1fffff) * 0x1_0000_0000 + low;
}

/** A seed folded to the 32 bits that fast-check takes. */
export const foldSeed = (seed: number): number => hashText(`scenario ${seed}`).high | 0;
