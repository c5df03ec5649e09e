/**
 * One life of a node's program, from start to end, as the World that the program sees. It stands still while it is paused, hears nothing when it
 * is over, waits in its lanes for a slow disk, and what it throws ends it alone: it is told to whoever started it.
 * The machine around it, with its sockets and what lies on its disk, outlives it.
 */
import type { Clock, Timer } from '../io/clock.ts';
import type { Disk } from '../io/disk.ts';
import type { Network } from '../io/network.ts';
import type { NodeEvent } from '../io/node-event.ts';
import type { Random } from '../io/random.ts';
import type { RealWorld } from '../io/real/real-world.ts';
import type { Lane, World } from '../io/world.ts';
import type { Device } from './device.ts';
import { nowMs } from './flow.ts';

export interface ProcessOptions {
  /** Clock, entropy and disks; its own network is not used. */
  readonly machine: RealWorld;
  readonly device: Device;
  readonly network: (process: Process) => Network;
  readonly disks: (process: Process, disks: ReadonlyMap<string, Disk>) => ReadonlyMap<string, Disk>;
  readonly observe: (event: NodeEvent) => void;
  /** The program threw this, and is over. */
  readonly broke: (error: unknown) => void;
}

export class Process implements World {
  readonly clock: Clock;
  readonly network: Network;
  readonly random: Random;
  readonly disks: ReadonlyMap<string, Disk>;
  readonly #options: ProcessOptions;
  readonly #lanes = new Map<Lane, (() => void)[]>();
  #held: (() => void)[] = [];
  #paused = false;
  #over = false;
  /** The step under way began when the device had so much to do. */
  #stepSinceMs: number | undefined;

  constructor(options: ProcessOptions) {
    const { machine } = options;
    this.#options = options;
    this.random = machine.random;
    this.network = options.network(this);
    this.disks = options.disks(this, machine.disks);
    this.clock = {
      monotonicMs: () => machine.clock.monotonicMs(),
      wallMs: () => machine.clock.wallMs(),
      after: (name, delayMs, fire) => this.#after(name, delayMs, fire),
    };
  }

  get isOver(): boolean {
    return this.#over;
  }
  get paused(): boolean {
    return this.#paused;
  }
  /** What the step under way sends leaves when its disk work is done. */
  get sendDueMs(): number {
    return this.#charged() ? this.#options.device.busyUntilMs : 0;
  }

  run(step: () => void): void {
    if (this.#over) return;
    if (this.#paused) {
      this.#held.push(step);
      return;
    }
    try {
      step();
    } catch (error) {
      if (!this.#over) this.#options.broke(error);
    }
  }

  on(lane: Lane, step: () => void): void {
    if (!this.#over) this.#options.machine.on(lane, () => this.#step(lane, step));
  }

  observe(event: NodeEvent): void {
    if (!this.#over) this.#options.observe(event);
  }

  pause(): void {
    this.#paused = true;
  }

  /** All that came meanwhile comes now, in its order. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    const held = this.#held;
    this.#held = [];
    for (const step of held) this.run(step);
  }

  /** Ends it: nothing reaches it any more. */
  end(): void {
    this.#over = true;
    this.#held = [];
    this.#lanes.clear();
    this.#options.machine.close();
  }

  #step(lane: Lane, step: () => void): void {
    const busy = this.#lanes.get(lane);
    if (busy !== undefined) {
      busy.push(step);
      return;
    }
    const { device } = this.#options;
    this.#stepSinceMs = device.busyUntilMs;
    try {
      step();
      if (this.#charged()) this.#occupy(lane);
    } finally {
      this.#stepSinceMs = undefined;
    }
  }

  #charged(): boolean {
    const { busyUntilMs } = this.#options.device;
    return this.#stepSinceMs !== undefined && busyUntilMs > this.#stepSinceMs && busyUntilMs > nowMs();
  }

  /** The lane goes on when the device is done. */
  #occupy(lane: Lane): void {
    const waiting: (() => void)[] = [];
    this.#lanes.set(lane, waiting);
    this.#options.device.whenDone(() =>
      this.run(() => {
        this.#lanes.delete(lane);
        for (const step of waiting) this.on(lane, step);
      }),
    );
  }

  #after(name: string, delayMs: number, fire: () => void): Timer {
    let cancelled = false;
    const timer = this.#options.machine.clock.after(name, delayMs, () =>
      this.run(() => {
        if (!cancelled) fire();
      }),
    );
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }
}
