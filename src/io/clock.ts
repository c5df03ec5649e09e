/** Time, as a node sees it. */
import type { TimestampMs } from '../model/brand.ts';

export interface Timer {
  /** Idempotent; after it the timer never fires. */
  cancel(): void;
}

export interface Clock {
  /** Integer milliseconds that never go back and never jump; the zero is arbitrary. */
  monotonicMs(): number;
  /** Wall time, which may be skewed, drift and jump. */
  wallMs(): TimestampMs;
  /** Fires once, `delayMs` from now (>= 0), in no lane. The name is stable over runs: it keys randomness, traces and reports. */
  after(name: string, delayMs: number, fire: () => void): Timer;
}
