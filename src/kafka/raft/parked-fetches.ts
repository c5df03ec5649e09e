/** Fetches of the metadata log that wait for something new: answered when the log moves, or when their time is up. Owns no log. */
import type { Timer } from '../../io/clock.ts';
import type { World } from '../../io/world.ts';

interface Parked {
  readonly answer: () => void;
  readonly timer: Timer;
}

export class ParkedFetches {
  readonly #world: World;
  #parked = new Set<Parked>();

  constructor(world: World) {
    this.#world = world;
  }

  /** `answer` comes once, in the lane `raft` when the time is up, else in that of who wakes it. */
  park(replica: number, maxWaitMs: number, answer: () => void): void {
    const timer = this.#world.clock.after(`metadata fetch of ${replica}`, maxWaitMs, () =>
      this.#world.on('raft', () => {
        if (this.#parked.delete(parked)) answer();
      }),
    );
    const parked: Parked = { answer, timer };
    this.#parked.add(parked);
  }

  /** Answers them all; what parks meanwhile waits for the next time. */
  wake(): void {
    if (this.#parked.size === 0) return;
    const woken = this.#parked;
    this.#parked = new Set();
    for (const { answer, timer } of woken) {
      timer.cancel();
      answer();
    }
  }
}
