/**
 * A machine that runs one node of this server: its sockets, its disk, and one life of the program after the other. Owns what a crash means. When
 * the process dies, the kernel resets its connections and keeps what was written; when the power fails, what was not synced is gone, and peers hear
 * nothing until the machine is on again.
 */
import type { Disk } from '../io/disk.ts';
import type { Connection, ConnectionEvents, Listener, Network } from '../io/network.ts';
import type { NodeEvent } from '../io/node-event.ts';
import { type RealConnection, RealNetwork } from '../io/real/real-network.ts';
import { type RealWorldOptions, realWorld } from '../io/real/real-world.ts';
import type { World } from '../io/world.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { Healable, NodeRole } from '../simulation/nemesis/fault-target.ts';
import { Device, type Slowness } from './device.ts';
import { Process } from './process.ts';
import { ServedDisk } from './served-disk.ts';
import { Unsynced } from './unsynced.ts';
import type { Ways } from './ways.ts';
import { Wire, type WireHost } from './wire.ts';

/** What runs on a machine, once it is started. */
export interface Program {
  /** Leaves in order. */
  shutDown(done: () => void): void;
}

/** `starting`: it runs, and does not serve yet. */
export type MachineState = 'starting' | 'running' | 'paused' | 'down';

export interface MachineOptions {
  readonly name: string;
  readonly id: number;
  readonly role: Exclude<NodeRole, 'client'>;
  readonly host: string;
  readonly port: number;
  readonly listenHost: string;
  /** Log directories by name. */
  readonly disks: RealWorldOptions['disks'];
  /** Makes and starts the program; `gaveUp` is how it ends itself. */
  readonly program: (world: World, gaveUp: (why: string) => void) => Program;
}

/** What machines share. */
export interface Surroundings {
  readonly ways: Ways;
  /** Ends of connections that nodes of this server opened, by the address where they end and their own. */
  readonly nodeBehind: Map<string, string>;
  nodeAt(port: number): string | undefined;
  clientNamed(before: string, now: string): void;
  observe(machine: Machine, event: NodeEvent): void;
  /** `error`: what the program threw; without it, a sentence why it gave up. */
  ended(machine: Machine, why: { readonly error: unknown } | { readonly reason: string }): void;
}

/** A connect over a way that is cut fails after this, as Linux gives up on its SYNs. */
const connectTimeoutMs = 21_000;

export class Machine implements WireHost {
  readonly options: MachineOptions;
  readonly name: string;
  readonly ways: Ways;
  readonly #around: Surroundings;
  readonly #kernel: RealNetwork;
  readonly #device = new Device();
  readonly #unsynced: ReadonlyMap<string, Unsynced>;
  /** Of the program that runs, and of those before whose end the peer did not hear yet. */
  readonly #wires = new Set<Wire>();
  readonly #listeners = new Map<number, Listener>();
  /** Takes what is accepted; undefined while nobody listens. */
  readonly #accepting = new Map<number, (socket: RealConnection) => ConnectionEvents>();
  /** Connections that were made while the power was off. */
  readonly #unheard = new Set<RealConnection>();
  #process: Process | undefined;
  #program: Program | undefined;
  #serves = false;
  #dark: Healable | undefined;
  #retired = false;

  constructor(options: MachineOptions, around: Surroundings) {
    this.options = options;
    this.name = options.name;
    this.ways = around.ways;
    this.#around = around;
    this.#unsynced = new Map([...options.disks.keys()].map((name) => [name, new Unsynced()]));
    this.#kernel = new RealNetwork({ listenHost: options.listenHost, connectTimeoutMs });
    this.#device.healed = () => {
      for (const wire of this.#wires) wire.rush();
    };
  }

  get state(): MachineState {
    if (this.#process === undefined) return 'down';
    if (this.#process.paused) return 'paused';
    return this.#serves ? 'running' : 'starting';
  }
  get isUp(): boolean {
    return this.#process !== undefined;
  }

  boot(): void {
    if (this.#process !== undefined || this.#retired) return;
    for (const wire of [...this.#wires]) if (wire.isAbandoned) wire.breakOff();
    for (const socket of this.#unheard) socket.reset();
    this.#dark?.heal();
    this.#dark = undefined;
    const machine = realWorld({ disks: this.options.disks });
    const process = new Process({
      machine,
      device: this.#device,
      network: (life) => this.#networkOf(life),
      disks: (life, disks) => this.#disksOf(life, disks),
      observe: (event) => this.#observed(event),
      broke: (error) => {
        this.crash({ powerLoss: false });
        this.#around.ended(this, { error });
      },
    });
    this.#process = process;
    this.#serves = false;
    process.run(() => {
      this.#program = this.options.program(process, (reason) => {
        if (this.#process !== process) return;
        this.crash({ powerLoss: false });
        this.#around.ended(this, { reason });
      });
    });
  }

  crash({ powerLoss }: { readonly powerLoss: boolean }): void {
    const process = this.#process;
    if (process === undefined) return;
    this.#process = undefined;
    this.#program = undefined;
    process.end();
    this.#device.clear();
    for (const wire of [...this.#wires]) wire.abandon(powerLoss);
    this.#accepting.clear();
    if (powerLoss) {
      this.#dark = this.ways.cut([this.name], undefined, { oneWay: false });
      const bare = realWorld({ disks: this.options.disks });
      for (const [name, each] of bare.disks) this.#unsynced.get(name)?.losePower(each);
      bare.close();
    } else {
      for (const port of [...this.#listeners.keys()]) this.#unbind(port);
    }
  }

  /** Ends in order, and is down then; heals by starting again, after a kill if it is not done. `down` hears of it when it is. */
  stop(down: () => void): Healable {
    const process = this.#process;
    const ended = (): void => {
      if (process === undefined || this.#process !== process) return;
      this.#leave(process);
      down();
    };
    // Not within its own step.
    this.shutDown(() => setImmediate(ended));
    return {
      heal: () => {
        if (this.#retired) return;
        if (process !== undefined && this.#process === process) {
          this.crash({ powerLoss: false });
          down();
        }
        this.boot();
      },
    };
  }

  pause(): void {
    this.#process?.pause();
    for (const wire of this.#wires) wire.regulate();
  }

  resume(): void {
    this.#process?.resume();
    for (const wire of this.#wires) wire.regulate();
  }

  slowDisk(slowness: Slowness): Healable {
    return this.#device.slow(slowness);
  }

  /** Breaks its connections with these peers. */
  reset(peers: readonly string[]): void {
    for (const wire of [...this.#wires]) if (peers.includes(wire.peer)) wire.breakOff();
  }

  /** Some way may be open that was not. */
  pump(): void {
    for (const wire of [...this.#wires]) wire.pump();
  }

  /** Who is down stays down from now on. */
  retire(): void {
    this.#retired = true;
  }

  /** Ends in order, if it runs; `done` comes when the program holds nothing any more. */
  shutDown(done: () => void): void {
    const program = this.#program;
    if (program === undefined || this.#process === undefined) done();
    else this.#process.run(() => program.shutDown(done));
  }

  /** Lets go of everything. */
  close(): void {
    this.#process?.end();
    this.#process = undefined;
    this.#device.clear();
    for (const wire of [...this.#wires]) wire.abandon(true);
    this.#kernel.close();
  }

  nodeBehind(remote: string): string | undefined {
    return this.#around.nodeBehind.get(this.#end(this.options.port, remote));
  }
  named(before: string, now: string): void {
    this.#around.clientNamed(before, now);
  }
  forget(wire: Wire): void {
    this.#wires.delete(wire);
  }

  /** The process exits: the kernel sends what it wrote, and keeps its files. */
  #leave(process: Process): void {
    this.#process = undefined;
    this.#program = undefined;
    process.end();
    for (const wire of [...this.#wires]) wire.leave();
    this.#accepting.clear();
    for (const port of [...this.#listeners.keys()]) this.#unbind(port);
  }

  #observed(event: NodeEvent): void {
    if (event.type === 'running' || event.type === 'controllerActive') this.#serves = true;
    this.#around.observe(this, event);
  }

  #disksOf(process: Process, disks: ReadonlyMap<string, Disk>): ReadonlyMap<string, Disk> {
    const served = new Map<string, Disk>();
    for (const [name, unsynced] of this.#unsynced) {
      const each = disks.get(name);
      if (each !== undefined) served.set(name, new ServedDisk(each, this.#device, unsynced, process));
    }
    return served;
  }

  #networkOf(process: Process): Network {
    return {
      listen: (port, accept) => this.#listen(process, port, accept),
      connect: (host, port, events) => this.#connect(process, host, port, events),
    };
  }

  #listen(process: Process, port: number, accept: (connection: Connection) => ConnectionEvents): Result<Listener, 'EADDRINUSE'> {
    let listener = this.#listeners.get(port);
    if (listener === undefined) {
      let at = port;
      // It outlives the process where the power fails: nobody is refused, and nobody is answered.
      const bound = this.#kernel.listen(port, (socket) => this.#accepting.get(at)?.(socket) ?? this.#unanswered(socket));
      if (!bound.ok) return bound;
      listener = bound.value;
      at = listener.port;
      this.#listeners.set(at, listener);
    }
    const at = listener.port;
    if (this.#accepting.has(at)) return failed('EADDRINUSE');
    this.#accepting.set(at, (socket) => {
      const wire = new Wire(this, process, socket.remote, undefined);
      this.#wires.add(wire);
      wire.accepted(socket, accept);
      return wire;
    });
    const close = (): void => {
      if (!process.isOver && this.#accepting.delete(at)) this.#unbind(at);
    };
    return ok({ port: at, close });
  }

  #unbind(port: number): void {
    this.#listeners.get(port)?.close();
    this.#listeners.delete(port);
  }

  #unanswered(socket: RealConnection): ConnectionEvents {
    socket.pause();
    this.#unheard.add(socket);
    const nothing = (): void => undefined;
    return { opened: nothing, received: nothing, drained: nothing, closed: () => this.#unheard.delete(socket) };
  }

  #connect(process: Process, host: string, port: number, events: (connection: Connection) => ConnectionEvents): Connection {
    const peer = this.#around.nodeAt(port) ?? `${host}:${port}`;
    const wire = new Wire(this, process, `${host}:${port}`, peer);
    this.#wires.add(wire);
    wire.connecting(events, connectTimeoutMs, () => {
      let end: string | undefined;
      const socket: RealConnection = this.#kernel.connect(host, port, () => ({
        opened: () => {
          end = this.#end(port, socket.local);
          this.#around.nodeBehind.set(end, this.name);
          wire.opened();
        },
        received: (bytes) => wire.received(bytes),
        drained: () => wire.drained(),
        closed: (why) => {
          if (end !== undefined) this.#around.nodeBehind.delete(end);
          wire.closed(why);
        },
      }));
      return socket;
    });
    return wire;
  }

  readonly #end = (port: number, address: string): string => `${port} ${address}`;
}
