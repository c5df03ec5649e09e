/**
 * The device under a node's disk while a fault makes it slow: what is asked of it takes time, one thing after the other. In one process of
 * Node nothing can stand still for it; so the work is done at once, and what depends on it waits until it would have been done.
 */
import type { Healable } from '../simulation/nemesis/fault-target.ts';
import { Flow, nowMs } from './flow.ts';

export interface Slowness {
  readonly perOperationMs: number;
  /** null: as fast as it is. */
  readonly bytesPerSecond: number | null;
}

export class Device {
  /** When all that it was asked is done, by `nowMs`. */
  busyUntilMs = 0;
  /** Told when it is well again: nothing waits for it any more. */
  healed: () => void = () => undefined;
  readonly #faults = new Set<Slowness>();
  readonly #waiting = new Flow(() => true);

  slow(slowness: Slowness): Healable {
    const fault = { ...slowness };
    this.#faults.add(fault);
    return {
      heal: () => {
        if (!this.#faults.delete(fault) || this.#faults.size > 0) return;
        this.busyUntilMs = 0;
        this.healed();
        this.#waiting.rush();
      },
    };
  }

  /** An operation on so many bytes. */
  charge(bytes: number): void {
    if (this.#faults.size === 0) return;
    let costMs = 0;
    for (const { perOperationMs, bytesPerSecond } of this.#faults)
      costMs += perOperationMs + (bytesPerSecond === null ? 0 : (bytes * 1000) / bytesPerSecond);
    this.busyUntilMs = Math.max(this.busyUntilMs, nowMs()) + costMs;
  }

  /** Does this once what was asked so far is done. */
  whenDone(go: () => void): void {
    this.#waiting.push(go, 0, this.busyUntilMs);
  }

  /** The machine is off: nobody waits. */
  clear(): void {
    this.busyUntilMs = 0;
    this.#waiting.clear();
  }
}
