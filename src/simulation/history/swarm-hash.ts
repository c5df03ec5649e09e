/**
 * The hash of a swarm: the digests of its runs folded one after the other, in the order of the runs. Apart from a run's own hash, which
 * remembers the texts it meets: a swarm may go on for days, and its hash must not grow.
 */
import { hashText, TraceHash } from './trace-hash.ts';

export class SwarmHash {
  readonly #hash = new TraceHash();

  /** `digest`: of one run; empty for a run that nobody could play to its end. */
  add(digest: string): void {
    const middle = digest.length >> 1;
    this.#hash.fold(hashText(digest.slice(0, middle)));
    this.#hash.fold(hashText(digest.slice(middle)));
  }

  /** 16 hex digits; adding may go on after it. */
  digest(): string {
    return this.#hash.digest();
  }
}
