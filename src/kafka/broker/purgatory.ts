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

interface Waiting<Key> {
  readonly operation: DelayedOperation;
  readonly keys: readonly Key[];
  timer: Timer | undefined;
}

export class Purgatory<Key extends object> {
  readonly #world: World;
  readonly #name: string;
  /** Goes with its key; a set that empties stays, for it fills again soon. */
  readonly #watched = new WeakMap<Key, Set<Waiting<Key>>>();
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
  tryCompleteElseWatch(operation: DelayedOperation, keys: readonly Key[], timeoutMs: number): void {
    if (operation.tryComplete()) return;
    const waiting: Waiting<Key> = { operation, keys, timer: undefined };
    for (const key of keys) {
      const watchers = this.#watched.get(key);
      if (watchers === undefined) this.#watched.set(key, new Set([waiting]));
      else watchers.add(waiting);
    }
    this.#all.add(waiting);
    waiting.timer = this.#world.clock.after(this.#name, timeoutMs, () =>
      this.#world.on('requests', () => {
        if (waiting.timer === undefined) return;
        this.#forget(waiting);
        operation.expire();
      }),
    );
  }

  /** Something changed for this key: who can be answered now is. */
  wake(key: Key): void {
    const watchers = this.#watched.get(key);
    if (watchers === undefined) return;
    for (const waiting of watchers) if (waiting.operation.tryComplete()) this.#forget(waiting);
  }

  /** Nobody will be answered any more. */
  close(): void {
    for (const waiting of this.#all) this.#forget(waiting);
  }

  #forget(waiting: Waiting<Key>): void {
    waiting.timer?.cancel();
    waiting.timer = undefined;
    this.#all.delete(waiting);
    for (const key of waiting.keys) this.#watched.get(key)?.delete(waiting);
  }
}
