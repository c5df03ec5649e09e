/**
 * Requests that wait for partitions to move on: watched by partition, looked at again when one of them changed, ended by a timeout.
 * Owns the waiting; what completes an operation is its own. Source: DelayedOperationPurgatory.
 */
import type { Timer } from '../../io/clock.ts';
import type { World } from '../../io/world.ts';

export interface DelayedOperation {
  /** Completes the request if it can be; true when it just did. Never called again afterwards. */
  tryComplete(): boolean;
  /** The time is up: answers with what there is. */
  expire(): void;
}

interface Waiting {
  readonly operation: DelayedOperation;
  /** Undefined when it waits no more. */
  timer: Timer | undefined;
}

/** So many who wait no more may stand in a list before it is swept. */
const sweepFloor = 16;

/** Those who wait for one key, in the order in which they came, and some who wait no more: they go when the list is looked through. */
class Watchers {
  readonly #all: Waiting[] = [];
  #sweepAt = sweepFloor;

  add(waiting: Waiting): void {
    if (this.#all.length >= this.#sweepAt) {
      this.#keep((each) => each.timer !== undefined);
      this.#sweepAt = this.#all.length * 2 + sweepFloor;
    }
    this.#all.push(waiting);
  }

  /** `completed` is told of each that was. */
  wake(completed: (waiting: Waiting) => void): void {
    this.#keep((each) => {
      if (each.timer === undefined) return false;
      if (!each.operation.tryComplete()) return true;
      completed(each);
      return false;
    });
  }

  #keep(waits: (waiting: Waiting) => boolean): void {
    const all = this.#all;
    let kept = 0;
    for (let index = 0; index < all.length; index++) {
      const waiting = all[index];
      if (waiting !== undefined && waits(waiting)) all[kept++] = waiting;
    }
    all.length = kept;
  }
}

export class Purgatory<Key extends object> {
  readonly #world: World;
  readonly #name: string;
  /** Goes with its key; a list that empties stays, for it fills again soon. */
  readonly #watched = new WeakMap<Key, Watchers>();
  readonly #all = new Set<Waiting>();

  /** The name keys the timers. */
  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
  }

  /** How many operations wait. */
  get size(): number {
    return this.#all.size;
  }

  /** Completes the operation now, or watches it until a wake() completes it or the time is up. */
  tryCompleteElseWatch(operation: DelayedOperation, keys: readonly Key[], timeoutMs: number): void {
    if (operation.tryComplete()) return;
    const waiting: Waiting = { operation, timer: undefined };
    this.#all.add(waiting);
    waiting.timer = this.#world.clock.after(this.#name, timeoutMs, () =>
      this.#world.on('requests', () => {
        if (waiting.timer === undefined) return;
        this.#forget(waiting);
        operation.expire();
      }),
    );
    for (const key of keys) this.#watchersOf(key).add(waiting);
  }

  /** Something changed for this key: who can be answered now is. */
  wake(key: Key): void {
    this.#watched.get(key)?.wake(this.#forget);
  }

  /** Nobody will be answered any more. */
  close(): void {
    for (const waiting of this.#all) this.#forget(waiting);
  }

  #watchersOf(key: Key): Watchers {
    let watchers = this.#watched.get(key);
    if (watchers === undefined) {
      watchers = new Watchers();
      this.#watched.set(key, watchers);
    }
    return watchers;
  }

  readonly #forget = (waiting: Waiting): void => {
    waiting.timer?.cancel();
    waiting.timer = undefined;
    this.#all.delete(waiting);
  };
}
