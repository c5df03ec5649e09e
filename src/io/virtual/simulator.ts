/**
 * The virtual universe: hosts on a network, one clock, one seed.
 * Owns who is there and what the harness schedules; time is the engine's, programs live on their hosts.
 */
import { invariant } from '../../model/invariant.ts';
import type { Timer } from '../clock.ts';
import type { NodeEvent } from '../node-event.ts';
import { Engine, type RunEnd } from './engine.ts';
import { QueuedEvent } from './event-queue.ts';
import type { NetworkModel } from './link.ts';
import { NetworkFaults } from './network-faults.ts';
import type { TraceSink } from './trace-sink.ts';
import { type HostOptions, VirtualHost } from './virtual-host.ts';

export type { RunEnd } from './engine.ts';

export interface SimulatorOptions extends Partial<NetworkModel> {
  /** All randomness of the world hangs on it. */
  readonly seed: string;
}

/** As between racks of one data centre. */
const defaults: NetworkModel = { latencyUs: 150, jitterUs: 350, connectTimeoutMs: 21_000, sendBufferBytes: 1_048_576 };

class HarnessEvent extends QueuedEvent implements Timer {
  readonly #engine: Engine;
  readonly #fire: () => void;
  #over = false;

  constructor(engine: Engine, fire: () => void) {
    super();
    this.#engine = engine;
    this.#fire = fire;
  }

  fire(): void {
    this.#over = true;
    this.#fire();
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#engine.queue.cancel(this);
  }
}

export class Simulator {
  readonly engine: Engine;
  readonly network: NetworkModel;
  readonly faults: NetworkFaults;
  /** Called inside a node's observe(), at the moment something became true. It may crash the node, which then ends there. */
  observer: (host: VirtualHost, event: NodeEvent) => void = () => undefined;
  readonly #hosts = new Map<string, VirtualHost>();

  constructor(options: SimulatorOptions) {
    this.engine = new Engine(options.seed);
    this.network = {
      latencyUs: options.latencyUs ?? defaults.latencyUs,
      jitterUs: options.jitterUs ?? defaults.jitterUs,
      connectTimeoutMs: options.connectTimeoutMs ?? defaults.connectTimeoutMs,
      sendBufferBytes: options.sendBufferBytes ?? defaults.sendBufferBytes,
    };
    this.faults = new NetworkFaults(this);
  }

  /** Virtual time in whole microseconds since the world began. */
  get nowUs(): number {
    return this.engine.nowUs;
  }
  /** Events from the queue that were handed to a program: bytes, accepts, closes, timers, disk completions, steps that waited for their lane. */
  get dispatches(): number {
    return this.engine.dispatches;
  }
  get trace(): TraceSink {
    return this.engine.trace;
  }
  set trace(sink: TraceSink) {
    this.engine.trace = sink;
  }
  /** In the order in which they were made. */
  get hosts(): readonly VirtualHost[] {
    return [...this.#hosts.values()];
  }

  /** Makes a host, switched off. Its name is its address. */
  host(name: string, options: HostOptions): VirtualHost {
    invariant(!this.#hosts.has(name), 'a host name is taken', name);
    const host = new VirtualHost(this, name, options);
    this.#hosts.set(name, host);
    return host;
  }

  find(name: string): VirtualHost | undefined {
    return this.#hosts.get(name);
  }

  /** Does something from outside the world at a moment that is not past. Events of one moment happen in the order in which they were asked for. */
  at(timeUs: number, _name: string, fire: () => void): Timer {
    invariant(timeUs >= this.nowUs && Number.isInteger(timeUs), 'the harness schedules whole microseconds that are not past', timeUs);
    const event = new HarnessEvent(this.engine, fire);
    this.engine.schedule(timeUs, event);
    return event;
  }

  /** Lets the world go on up to and including `untilUs`. What a program throws, a power loss apart, comes out here; see `VirtualHost.running`. */
  run(untilUs: number): RunEnd {
    return this.engine.run(untilUs);
  }

  /** One event of `run`, for those who have work of their own to do between two events; undefined while there may be more. */
  step(untilUs: number): RunEnd | undefined {
    return this.engine.step(untilUs);
  }
}
