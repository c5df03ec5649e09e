/**
 * One life of a foreign program on a machine of the virtual world, from its start to its end or crash.
 * Owns what the substitutes act on: its world's clock, network and chance, its modules, its environment. It is handed one event at a time: what
 * comes while another one is not drained yet waits its turn, as it would in Node's own loop.
 */
import { EventEmitter } from 'node:events';
import type { Timer } from '../io/clock.ts';
import type { Connection, ConnectionEvents } from '../io/network.ts';
import type { World } from '../io/world.ts';
import { current, hand, isTouched } from './current.ts';
import type { ModuleGraph } from './module-graph.ts';
import { refusal } from './refusal.ts';
import type { VirtualTimeout } from './substitutes/timers.ts';

/** A machine as a name look-up finds it. */
export interface Machine {
  readonly name: string;
  readonly address: string;
}

export interface ProcessOptions {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timerFloorMs: number;
  readonly modules: ModuleGraph;
  /** The machine of this name or address in the virtual world. */
  readonly resolve: (host: string) => Machine | undefined;
  /** The program ended itself: by process.exit, or by an error that nobody caught. */
  readonly ended: (how: { readonly exitCode: number } | { readonly error: unknown }) => void;
}

/** Unwinds the stack of a program that called process.exit. */
class Exit extends Error {}

export class SandboxProcess {
  readonly name: string;
  readonly env: Record<string, string>;
  readonly timerFloorMs: number;
  readonly modules: ModuleGraph;
  /** Of its `process`. */
  readonly listeners = new EventEmitter();
  readonly #world: World;
  readonly #options: ProcessOptions;
  readonly #startMs: number;
  readonly #numbered = new Map<number, VirtualTimeout>();
  #number = 0;
  #ended = false;
  #terminated: (() => void) | undefined;
  #inbox: (() => void)[] = [];
  #turnAsked = false;

  constructor(world: World, options: ProcessOptions) {
    this.#world = world;
    this.#options = options;
    this.#startMs = world.clock.monotonicMs();
    this.name = options.name;
    this.env = { ...options.env };
    this.timerFloorMs = options.timerFloorMs;
    this.modules = options.modules;
  }

  /** Whether what it says counts: it runs, and nothing but an event of the virtual world woke it. */
  speaks(): boolean {
    if (this.#ended) return false;
    if (current() === this) return true;
    const error = refusal(
      `what woke ${this.name}`,
      'it came in real time, such as the end of an import(); finish it before the run, or use env.require',
    );
    this.failed(error);
    throw error;
  }

  /** However it ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Hands it an event. */
  enter(step: () => void): void {
    if (isTouched() || this.#inbox.length > 0) this.enterLater(step);
    else this.#run(step);
  }

  /** Hands it an event that does not come from the queue of the world: it has its own turn there, at this moment. */
  enterLater(step: () => void): void {
    this.#inbox.push(step);
    this.#askForTurn();
  }

  #askForTurn(): void {
    if (this.#turnAsked) return;
    this.#turnAsked = true;
    this.#world.clock.after('sandbox turn', 0, () => {
      this.#turnAsked = false;
      if (!isTouched()) {
        const step = this.#inbox.shift();
        if (step !== undefined) this.#run(step);
      }
      if (this.#inbox.length > 0) this.#askForTurn();
    });
  }

  #run(step: () => void): void {
    if (this.#ended) return;
    hand(this);
    try {
      step();
    } catch (error) {
      if (this.listeners.listenerCount('uncaughtException') === 0) this.failed(error);
      else this.listeners.emit('uncaughtException', error, 'uncaughtException');
    }
  }

  // Its end.

  exit(exitCode: number): never {
    if (!this.#ended) {
      this.listeners.emit('exit', exitCode);
      this.#ended = true;
      if (this.#terminated !== undefined) this.#terminated();
      else this.#options.ended({ exitCode });
    }
    throw new Exit('process.exit');
  }

  /** SIGTERM: it ends when it calls process.exit, or now if it does not listen. `done` is told. */
  terminate(done: () => void): void {
    if (this.listeners.listenerCount('SIGTERM') === 0) {
      done();
      return;
    }
    this.#terminated = done;
    this.enterLater(() => this.listeners.emit('SIGTERM', 'SIGTERM'));
  }

  /** It was ended from outside. */
  crashed(): void {
    this.#ended = true;
  }

  /** An error that nobody caught ends it. */
  failed(error: unknown): void {
    if (this.#ended || error instanceof Exit) return;
    this.#ended = true;
    this.#options.ended({ error });
  }

  // What the substitutes need.

  get wallMs(): number {
    return this.#world.clock.wallMs();
  }
  /** Since it started. */
  get monotonicMs(): number {
    return this.#world.clock.monotonicMs() - this.#startMs;
  }
  /** An integer in [0, 2^32). */
  random(name: string): number {
    return this.#world.random.uint32(name);
  }
  nextNumber(): number {
    return this.#number++;
  }

  after(delayMs: number, fire: () => void): Timer {
    let over = false;
    const due = (): void => {
      if (over) return;
      over = true;
      fire();
    };
    const timer = this.#world.clock.after('sandbox timer', delayMs, () => this.enter(due));
    return {
      cancel: () => {
        over = true;
        timer.cancel();
      },
    };
  }

  connect(host: string, port: number, events: () => ConnectionEvents): Connection {
    return this.#world.network.connect(host, port, () => {
      const inside = events();
      return {
        opened: () => this.enter(inside.opened),
        received: (bytes) => this.enter(() => inside.received(bytes)),
        drained: () => this.enter(inside.drained),
        closed: (why) => this.enter(() => inside.closed(why)),
      };
    });
  }

  resolve(host: string): Machine | undefined {
    return this.#options.resolve(host === 'localhost' || host === '127.0.0.1' || host === '::1' ? this.name : host);
  }
  get address(): string {
    return this.#options.resolve(this.name)?.address ?? '';
  }

  /** A number that stands for a timer: clearTimeout takes it too. */
  numbered(timeout: VirtualTimeout): number {
    for (const [number, known] of this.#numbered) if (known === timeout) return number;
    const number = this.nextNumber() + 1;
    this.#numbered.set(number, timeout);
    return number;
  }
  timeoutOf(number: number): VirtualTimeout | undefined {
    return this.#numbered.get(number);
  }
}
