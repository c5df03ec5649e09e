/**
 * How long to wait before trying again: exponential with jitter, as Kafka's ExponentialBackoff. Owns the formula only; who waits for
 * what is the caller's. No powers: V8 versions disagree on them.
 */

export interface Backoff {
  /** The wait after the first failure, in ms. */
  readonly initialMs: number;
  /** No wait is longer, in ms. */
  readonly maxMs: number;
}

/** Each wait lies within 20% of its nominal value, so that clients that failed together do not return together. */
const jitterShare = 0.2;

/**
 * The wait before try `attempt` + 1, in whole ms: initial * 2^attempt, within 20%, at most the maximum.
 * `attempt` counts failures so far from 0; `draw` is an integer in [0, 2^32) from the world's Random.
 */
export function backoffMs(backoff: Backoff, attempt: number, draw: number): number {
  if (backoff.maxMs <= backoff.initialMs) return Math.min(backoff.initialMs, backoff.maxMs);
  let nominalMs = Math.max(backoff.initialMs, 1);
  for (let doubling = 0; doubling < attempt && nominalMs < backoff.maxMs; doubling++) nominalMs *= 2;
  const factor = 1 - jitterShare + (2 * jitterShare * draw) / 4294967296;
  return backoff.initialMs === 0 ? 0 : Math.min(Math.floor(Math.min(nominalMs, backoff.maxMs) * factor), backoff.maxMs);
}
