/**
 * This machine as a World: the system's clock, TCP, files and entropy.
 * Owns lanes that just run, one step after another. What a program throws is not caught: it ends the process unless the process says otherwise.
 */
import { randomFillSync } from 'node:crypto';
import fs from 'node:fs';
import { timestampMs } from '../../model/brand.ts';
import { invariant } from '../../model/invariant.ts';
import type { Clock, Timer } from '../clock.ts';
import type { NodeEvent } from '../node-event.ts';
import type { Lane, World } from '../world.ts';
import { type FileSystem, RealDisk } from './real-disk.ts';
import { RealNetwork } from './real-network.ts';

export interface RealWorldOptions {
  /** Log directories by name: a folder of this machine, or of another file system such as a memfs volume. The folders must exist. */
  readonly disks: ReadonlyMap<string, string | { readonly fileSystem: FileSystem; readonly path: string }>;
  /** Told what the program observes. Default: nobody. */
  readonly observe?: (event: NodeEvent) => void;
  /** Address to listen on. Default 127.0.0.1. */
  readonly listenHost?: string;
  /** A connect that heard nothing fails after this. Default 21,000 ms. */
  readonly connectTimeoutMs?: number;
}

export interface RealWorld extends World {
  /** Ends everything that the program started: connections, listeners, timers, files. No callback comes after. Idempotent. */
  close(): void;
}

/** setTimeout takes no more; longer waits are made of several. */
const longestTimeoutMs = 2_000_000_000;

export function realWorld(options: RealWorldOptions): RealWorld {
  return new Machine(options);
}

class Machine implements RealWorld {
  readonly clock: Clock;
  readonly network: RealNetwork;
  readonly random = { uint32: (_name: string): number => this.#draw() };
  readonly disks: ReadonlyMap<string, RealDisk>;
  readonly #observe: ((event: NodeEvent) => void) | undefined;
  readonly #timers = new Set<RealTimer>();
  readonly #entropy = new Uint32Array(256);
  #drawn = 256;
  #closed = false;
  #stepping = false;
  #waiting: (() => void)[] = [];

  constructor(options: RealWorldOptions) {
    this.#observe = options.observe;
    this.network = new RealNetwork({ listenHost: options.listenHost ?? '127.0.0.1', connectTimeoutMs: options.connectTimeoutMs ?? 21_000 });
    const startNs = process.hrtime.bigint();
    this.clock = {
      monotonicMs: () => Number((process.hrtime.bigint() - startNs) / 1_000_000n),
      wallMs: () => timestampMs(Date.now()),
      after: (_name, delayMs, fire) => this.#after(delayMs, fire),
    };
    const later = (step: () => void): void => this.on('background', step);
    this.disks = new Map(
      [...options.disks].map(([name, place]) =>
        typeof place === 'string' ? [name, new RealDisk(fs, place, later)] : [name, new RealDisk(place.fileSystem, place.path, later)],
      ),
    );
  }

  on(_lane: Lane, step: () => void): void {
    if (this.#closed) return;
    if (this.#stepping) {
      this.#waiting.push(step);
      return;
    }
    this.#stepping = true;
    try {
      step();
      for (let index = 0; index < this.#waiting.length && !this.#closed; index++) this.#waiting[index]?.();
    } finally {
      this.#waiting = [];
      this.#stepping = false;
    }
  }

  observe(event: NodeEvent): void {
    this.#observe?.(event);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    this.network.close();
    for (const disk of this.disks.values()) disk.close();
  }

  #draw(): number {
    if (this.#drawn === this.#entropy.length) {
      randomFillSync(this.#entropy);
      this.#drawn = 0;
    }
    return this.#entropy[this.#drawn++] ?? 0;
  }

  #after(delayMs: number, fire: () => void): Timer {
    invariant(delayMs >= 0, 'a timer lies in the future', delayMs);
    const timer = new RealTimer(delayMs, fire, this.#timers);
    if (this.#closed) timer.cancel();
    return timer;
  }
}

class RealTimer implements Timer {
  readonly #fire: () => void;
  readonly #all: Set<RealTimer>;
  #timeout: NodeJS.Timeout | undefined;

  constructor(delayMs: number, fire: () => void, all: Set<RealTimer>) {
    this.#fire = fire;
    this.#all = all;
    all.add(this);
    this.#wait(delayMs);
  }

  #wait(leftMs: number): void {
    const nowMs = Math.min(leftMs, longestTimeoutMs);
    this.#timeout = setTimeout(() => {
      if (leftMs > nowMs) this.#wait(leftMs - nowMs);
      else if (this.#all.delete(this)) this.#fire();
    }, nowMs);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
    this.#all.delete(this);
  }
}
