/**
 * A machine of the virtual world: its power, its process, its disks and its links.
 * Owns what a crash means: which of kernel, program and disks survive it. What runs on it is an Incarnation, one from boot to crash.
 */
import { invariant } from '../../model/invariant.ts';
import type { NodeEvent } from '../node-event.ts';
import type { Lane, World } from '../world.ts';
import { Device, type DiskModel, type Slowness } from './device.ts';
import type { DiskCall } from './disk-call.ts';
import type { Endpoint } from './endpoint.ts';
import { KernelReset } from './endpoint.ts';
import { QueuedEvent } from './event-queue.ts';
import type { HostEvent } from './host-event.ts';
import { Incarnation } from './incarnation.ts';
import type { SlowableLane } from './lanes.ts';
import { Link } from './link.ts';
import { type Fault, fault } from './network-faults.ts';
import type { Simulator } from './simulator.ts';
import { VirtualDisk } from './virtual-disk.ts';
import { hashName, type WeatherStream } from './weather.ts';

export type { DiskModel } from './device.ts';
export type { DiskCall } from './disk-call.ts';

export interface HostOptions {
  /** Names the host in traces. */
  readonly id: number;
  /** Names of its disks. Default none. */
  readonly disks?: readonly string[];
  readonly diskModel?: DiskModel;
}

/** Wall time at virtual time 0: 2026-01-01T00:00:00Z. */
const wallEpochMs = 1_767_225_600_000;

/** What a paused process was not handed, is handed. */
class Resumption extends QueuedEvent {
  readonly #host: VirtualHost;

  constructor(host: VirtualHost) {
    super();
    this.#host = host;
  }

  fire(): void {
    this.#host.handOver(this);
  }
}

export class VirtualHost {
  readonly simulator: Simulator;
  readonly id: number;
  readonly name: string;
  readonly nameHash: number;
  readonly diskNames: readonly string[];
  /** The kernel runs: it answers packets, if only with resets. */
  poweredOn = false;
  /** The process is stopped, as by a long garbage collection; its kernel goes on. */
  paused = false;
  /** The program that runs. */
  incarnation: Incarnation | undefined;
  /** Connects are refused, or not answered, while above 0. */
  refusing = 0;
  hanging = 0;
  /** Ends of connections lost in a power loss to which a peer sent something while the host was off. */
  readonly unheard = new Set<Endpoint>();
  /** Told when a disk call, or the program's own code, lost the power of this host; the host is off by then. */
  onPowerLoss: (() => void) | undefined;
  /** Wall clock: its reading at virtual time 0, and how fast it goes. */
  wallAtZeroMs = wallEpochMs;
  wallRate = 1;
  readonly #disks: ReadonlyMap<string, VirtualDisk>;
  readonly #slowLanes = new Map<SlowableLane, Device>();
  readonly #links = new Map<string, Link>();
  readonly #streams = new Map<string, WeatherStream>();
  readonly #timerHashes = new Map<string, number>();
  #held: HostEvent[] = [];
  #resumption: Resumption | undefined;
  #clientPort = 32_768;
  /** Watchers of disk calls; undefined when there are none, so that the usual call pays nothing. */
  #watchers: Set<(call: DiskCall) => 'power-loss' | 'EIO' | undefined> | undefined;
  #diskCalls = 0;

  constructor(simulator: Simulator, name: string, options: HostOptions) {
    this.simulator = simulator;
    this.name = name;
    this.nameHash = hashName(name);
    this.id = options.id;
    this.diskNames = options.disks ?? [];
    this.#disks = new Map(this.diskNames.map((disk) => [disk, new VirtualDisk(simulator.engine, `${name}/${disk}`, options.diskModel ?? {})]));
  }

  /** A program runs, if perhaps paused. */
  get up(): boolean {
    return this.incarnation !== undefined;
  }

  disk(name: string): VirtualDisk {
    const disk = this.#disks.get(name);
    invariant(disk !== undefined, 'a host has no such disk', this.name, name);
    return disk;
  }

  // What the harness does to it.

  /** Switches the machine on, if it is off, and starts a program. The call runs the program's start. */
  boot(program: (world: World) => void): void {
    invariant(!this.up, 'a program runs on this host', this.name);
    this.poweredOn = true;
    const { engine } = this.simulator;
    for (const endpoint of this.unheard) {
      const link = endpoint.pipe.link;
      engine.schedule(engine.nowUs + link.delayUs() + link.below(1_000_000), new KernelReset(link, endpoint.peer));
    }
    this.unheard.clear();
    const incarnation = new Incarnation(this, engine);
    this.incarnation = incarnation;
    incarnation.enter(() => program(incarnation));
  }

  /** Calls into the running program from outside, as a workload does: its outputs count as those of a callback. Held while it is paused; nothing when it is down. */
  enter(step: () => void): void {
    this.incarnation?.enter(step);
  }

  /** The program ended itself: its connections end in order, its files are as it left them. */
  stop(): void {
    this.#endProcess('end');
  }

  /** Without power loss the kernel goes on: it resets the connections and keeps the page cache. With it, what was not synced may be lost. */
  crash(how: { readonly powerLoss: boolean }): void {
    if (how.powerLoss) this.#powerOff();
    else this.#endProcess('reset');
  }

  pause(): void {
    if (this.up) this.paused = true;
    this.#resumption = undefined;
  }

  resume(): void {
    if (!this.paused || this.#resumption !== undefined) return;
    const engine = this.simulator.engine;
    this.#resumption = new Resumption(this);
    engine.schedule(engine.nowUs, this.#resumption);
  }

  /** Erases one disk of a host that is down, as a new device in its place. */
  wipe(name: string): void {
    invariant(!this.up, 'a host is wiped while it is down', this.name);
    this.disk(name).wipe();
  }

  /** All its disks, or the one named, are slow until healed. */
  slowDisk(slowness: Slowness, name?: string): Fault {
    const disks = name === undefined ? [...this.#disks.values()] : [this.disk(name)];
    const faults = disks.map((disk) => disk.device.slow(slowness));
    return fault(() => {
      for (const slow of faults) slow.heal();
    });
  }

  /** Every step of these lanes takes longer, whatever it does. `fetchers`: the lanes of all fetchers. */
  slowLanes(lanes: SlowableLane, perStepUs: number): Fault {
    // A thread that does one thing after another is what a device is.
    let device = this.#slowLanes.get(lanes);
    if (device === undefined) {
      device = new Device(this.simulator.engine, { syncPerOperationUs: 0 });
      this.#slowLanes.set(lanes, device);
    }
    return device.slow({ perOperationUs: perStepUs, bytesPerSecond: Number.POSITIVE_INFINITY });
  }

  /** What keeps a lane busy beside its disk work; undefined where nothing does. */
  slowLane(lane: Lane): Device | undefined {
    return this.#slowLanes.size === 0 ? undefined : this.#slowLanes.get(lane.startsWith('fetcher') ? 'fetchers' : (lane as SlowableLane));
  }

  /** Loses power inside the first disk call that the predicate picks, or that has this number (from 0, counted from now). */
  crashAtDiskCall(which: number | ((call: DiskCall) => boolean)): Fault {
    const first = this.#diskCalls;
    const picks = typeof which === 'number' ? (call: DiskCall) => call.count - first === which : which;
    const watch = this.#watch((call) => {
      if (!picks(call)) return undefined;
      watch.heal();
      return 'power-loss';
    });
    return watch;
  }

  /** Disk calls that the predicate picks fail with EIO until healed. */
  failDiskCalls(picks: (call: DiskCall) => boolean): Fault {
    return this.#watch((call) => (picks(call) ? 'EIO' : undefined));
  }

  /** Moves the wall clock, which is all that jumps. */
  jumpWallClock(byMs: number): void {
    this.wallAtZeroMs += byMs;
  }

  /** Lets the wall clock go faster (above 0) or slower, in parts per million, from now on. */
  driftWallClock(partsPerMillion: number): void {
    const rate = 1 + partsPerMillion / 1_000_000;
    this.wallAtZeroMs += Math.round((this.simulator.nowUs * (this.wallRate - rate)) / 1000);
    this.wallRate = rate;
  }

  // What the rest of the virtual world asks of it.

  observed(event: NodeEvent): void {
    this.simulator.observer(this, event);
  }

  draw(name: string): number {
    return this.#stream(name).next();
  }

  drawBelow(name: string, below: number): number {
    return this.#stream(name).below(below);
  }

  #stream(name: string): WeatherStream {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = this.simulator.engine.weather.stream(`${this.name}/${name}`);
      this.#streams.set(name, stream);
    }
    return stream;
  }

  timerHash(name: string): number {
    let hash = this.#timerHashes.get(name);
    if (hash === undefined) {
      hash = hashName(name);
      this.#timerHashes.set(name, hash);
    }
    return hash;
  }

  linkTo(name: string): Link {
    let link = this.#links.get(name);
    if (link === undefined) {
      link = new Link(this.simulator.engine, `${this.name}>${name}`, this.simulator.network);
      this.#links.set(name, link);
    }
    return link;
  }

  /** For people: it never enters a trace. */
  nextClientPort(): number {
    const port = this.#clientPort;
    this.#clientPort = port === 49_151 ? 32_768 : port + 1;
    return port;
  }

  hold(event: HostEvent): void {
    this.#held.push(event);
  }

  handOver(resumption: Resumption): void {
    if (resumption !== this.#resumption) return;
    this.#resumption = undefined;
    this.paused = false;
    const held = this.#held;
    this.#held = [];
    for (let index = 0; index < held.length; index++) {
      if (this.paused) {
        this.#held = [...held.slice(index), ...this.#held];
        return;
      }
      const event = held[index];
      if (event !== undefined) this.incarnation?.dispatch(event);
    }
  }

  /** What shall happen to this disk call. */
  watchedCall(disk: string, operation: DiskCall['operation'], path: string): 'power-loss' | 'EIO' | undefined {
    const count = this.#diskCalls++;
    if (this.#watchers === undefined) return undefined;
    const call: DiskCall = { count, disk, operation, path };
    for (const watcher of [...this.#watchers]) {
      const verdict = watcher(call);
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  }

  #watch(watcher: (call: DiskCall) => 'power-loss' | 'EIO' | undefined): Fault {
    this.#watchers ??= new Set();
    this.#watchers.add(watcher);
    return fault(() => {
      this.#watchers?.delete(watcher);
      if (this.#watchers?.size === 0) this.#watchers = undefined;
    });
  }

  /** The program met a power loss in its own code. */
  losePower(): void {
    this.#powerOff();
    this.onPowerLoss?.();
  }

  #powerOff(): void {
    if (!this.poweredOn) return;
    this.#endProcess('silent');
    this.poweredOn = false;
    for (const link of this.#links.values()) for (const pipe of [...link.holding]) pipe.abort();
    for (const disk of this.#disks.values()) disk.losePower();
  }

  #endProcess(how: 'end' | 'reset' | 'silent'): void {
    const incarnation = this.incarnation;
    if (incarnation === undefined) return;
    this.incarnation = undefined;
    this.paused = false;
    this.#resumption = undefined;
    this.#held = [];
    for (const lane of this.#slowLanes.values()) lane.powerOff();
    incarnation.end(how);
  }
}
