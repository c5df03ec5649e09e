/**
 * Requests that wait for partitions to move on: watched by partition, looked at again when one of them changed, ended by a timeout.
 * Owns the waiting; what completes an operation is its own. Source: DelayedOperationPurgatory.
 */
import type { Timer } from '../../io/clock.ts';
import type { World } from '../../io/world.ts';

export interface DelayedOperation<Key> {
  /** Completes the request if it can be; true when it just did. Never called again afterwards. `moved`: what changed; undefined at first. */
  tryComplete(moved: Key | undefined): boolean;
  /** The time is up: answers with what there is. */
  expire(): void;
}

interface Waiting<Key> {
  readonly operation: DelayedOperation<Key>;
  /** Undefined when it waits no more. */
  timer: Timer | undefined;
}

/** So many who wait no more may stand in a list before it is swept. */
const sweepFloor = 16;

/** Those who wait for one key, in the order in which they came, and some who wait no more: they go when the list is looked through. */
class Watchers<Key> {
  readonly #key: Key;
  readonly #all: Waiting<Key>[] = [];
  #sweepAt = sweepFloor;

  constructor(key: Key) {
    this.#key = key;
  }

  add(waiting: Waiting<Key>): void {
    if (this.#all.length >= this.#sweepAt) {
      this.#keep((each) => each.timer !== undefined);
      this.#sweepAt = this.#all.length * 2 + sweepFloor;
    }
    this.#all.push(waiting);
  }

  /** `completed` is told of each that was. */
  wake(completed: (waiting: Waiting<Key>) => void): void {
    this.#keep((each) => {
      if (each.timer === undefined) return false;
      if (!each.operation.tryComplete(this.#key)) return true;
      completed(each);
      return false;
    });
  }

  #keep(waits: (waiting: Waiting<Key>) => boolean): void {
    const all = this.#all;
    let kept = 0;
    for (let index = 0; index < all.length; index++) {
      const waiting = all[index];
      if (waiting !== undefined && waits(waiting)) all[kept++] = waiting;
    }
    while (all.length > kept) all.pop();
  }
}

export class Purgatory<Key extends object> {
  readonly #world: World;
  readonly #name: string;
  /** Goes with its key; a list that empties stays, for it fills again soon. */
  readonly #watched = new WeakMap<Key, Watchers<Key>>();
  readonly #all = new Set<Waiting<Key>>();

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
  tryCompleteElseWatch(operation: DelayedOperation<Key>, keys: readonly Key[], timeoutMs: number): void {
    if (operation.tryComplete(undefined)) return;
    const waiting: Waiting<Key> = { operation, timer: undefined };
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

  #watchersOf(key: Key): Watchers<Key> {
    let watchers = this.#watched.get(key);
    if (watchers === undefined) {
      watchers = new Watchers(key);
      this.#watched.set(key, watchers);
    }
    return watchers;
  }

  readonly #forget = (waiting: Waiting<Key>): void => {
    waiting.timer?.cancel();
    waiting.timer = undefined;
    this.#all.delete(waiting);
  };
}
