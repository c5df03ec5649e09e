/**
 * One life of a program on a host, from boot to crash or stop, and the World that it sees.
 * Owns the lanes: which step runs when, how long its disk work keeps its lane, and when what it put out leaves.
 * A crash drops the incarnation; whatever was on its way to the program is dropped with it.
 *
 * A step runs at once, in no time; its disk calls act at once on the disk but add up device time. What a step put out leaves, and its lane
 * is free again, when that time is over; a step without disk time passes straight through. Callbacks of network and timers run in
 * no lane: what they put out leaves at once unless they did disk work themselves.
 */
import { type TimestampMs, timestampMs } from '../../model/brand.ts';
import { invariant } from '../../model/invariant.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Network } from '../network.ts';
import type { NodeEvent } from '../node-event.ts';
import type { Random } from '../random.ts';
import type { Lane, World } from '../world.ts';
import type { Device } from './device.ts';
import type { Engine } from './engine.ts';
import { HostEvent, type Output } from './host-event.ts';
import { NodeDisk } from './node-disk.ts';
import { NodeNetwork } from './node-network.ts';
import { PowerLoss } from './power-loss.ts';
import { DispatchKind } from './trace-sink.ts';
import type { VirtualHost } from './virtual-host.ts';
import { hashName } from './weather.ts';

/** Empties a list that fills again with the next step: it keeps its memory. */
function empty(list: unknown[]): void {
  while (list.length > 0) list.pop();
}

/** One lane: busy while the disk work of its last step goes on. */
class LaneState {
  readonly name: Lane;
  readonly nameHash: number;
  busy = false;
  waiting: LaneTask[] = [];

  constructor(name: Lane) {
    this.name = name;
    this.nameHash = hashName(name);
  }
}

/** A step that was asked for while another one was under way, or its lane busy. */
class LaneTask implements Output {
  readonly #incarnation: Incarnation;
  readonly lane: LaneState;
  readonly step: () => void;

  constructor(incarnation: Incarnation, lane: LaneState, step: () => void) {
    this.#incarnation = incarnation;
    this.lane = lane;
    this.step = step;
  }

  leave(): void {
    this.#incarnation.ready(this);
  }
}

/** The moment at which a step's disk work is done: what it put out leaves, and its lane goes on. */
class StepEnd extends HostEvent {
  readonly incarnation: Incarnation;
  readonly lane: LaneState | undefined;
  readonly outputs: readonly Output[];

  constructor(incarnation: Incarnation, lane: LaneState | undefined, outputs: readonly Output[]) {
    super();
    this.incarnation = incarnation;
    this.lane = lane;
    this.outputs = outputs;
  }

  fire(): void {
    this.incarnation.receive(this);
  }

  deliver(): void {
    this.incarnation.stepEnded(this);
  }
}

class NodeTimer extends HostEvent implements Output, Timer {
  readonly incarnation: Incarnation;
  readonly #name: string;
  readonly #delayUs: number;
  readonly #callback: () => void;
  #queued = false;
  #over = false;

  constructor(incarnation: Incarnation, name: string, delayUs: number, callback: () => void) {
    super();
    this.incarnation = incarnation;
    this.#name = name;
    this.#delayUs = delayUs;
    this.#callback = callback;
  }

  leave(): void {
    if (this.#over) return;
    this.#queued = true;
    const engine = this.incarnation.engine;
    engine.schedule(engine.nowUs + this.#delayUs, this);
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#queued) this.incarnation.engine.queue.cancel(this);
  }

  fire(): void {
    this.#queued = false;
    this.incarnation.receive(this);
  }

  deliver(): void {
    if (this.#over) return;
    this.#over = true;
    const { engine, host } = this.incarnation;
    engine.dispatched(host.id, DispatchKind.timer, host.timerHash(this.#name), 0);
    this.#callback();
  }
}

/** Something from outside the virtual world that calls into the program, such as a workload. */
class Entry extends HostEvent {
  readonly #incarnation: Incarnation;
  readonly #step: () => void;

  constructor(incarnation: Incarnation, step: () => void) {
    super();
    this.#incarnation = incarnation;
    this.#step = step;
  }

  fire(): void {
    this.#incarnation.receive(this);
  }

  deliver(): void {
    this.#step();
  }
}

export class Incarnation implements World {
  readonly host: VirtualHost;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly network: NodeNetwork & Network;
  readonly random: Random;
  readonly disks: ReadonlyMap<string, NodeDisk>;
  /** False after a crash, a stop or a power loss: nothing reaches the program any more, and nothing leaves it. */
  alive = true;
  readonly #lanes = new Map<Lane, LaneState>();
  /** The lane whose step is under way. */
  #lane: LaneState | undefined;
  /** True while the program's code runs. */
  #inside = false;
  /** Disk time that the step or callback under way has used so far. */
  #diskUs = 0;
  /** The one that it used last. */
  #device: Device | undefined;
  #outputs: Output[] = [];
  #ready: LaneTask[] = [];

  constructor(host: VirtualHost, engine: Engine) {
    this.host = host;
    this.engine = engine;
    this.clock = {
      monotonicMs: () => engine.nowMs,
      wallMs: () => this.#wallMs(),
      after: (name, delayMs, fire) => this.#after(name, delayMs, fire),
    };
    this.network = new NodeNetwork(this);
    this.random = { uint32: (name) => host.draw(name) };
    this.disks = new Map(host.diskNames.map((name) => [name, new NodeDisk(this, host.disk(name), name)]));
  }

  on(lane: Lane, step: () => void): void {
    if (!this.alive) return;
    let state = this.#lanes.get(lane);
    if (state === undefined) {
      state = new LaneState(lane);
      this.#lanes.set(lane, state);
    }
    if (this.#lane !== undefined || this.#diskUs > 0) this.#outputs.push(new LaneTask(this, state, step));
    else if (state.busy) state.waiting.push(new LaneTask(this, state, step));
    else {
      this.#run(state, step);
      if (this.#ready.length > 0) this.#drain();
    }
  }

  observe(event: NodeEvent): void {
    if (!this.alive) return;
    this.host.observed(event);
    // The observer may have crashed this very node: then the step ends here.
    if (!this.alive) throw new PowerLoss('an observed event');
  }

  #wallMs(): TimestampMs {
    const host = this.host;
    return timestampMs(host.wallAtZeroMs + Math.floor((this.engine.nowUs * host.wallRate) / 1000));
  }

  #after(name: string, delayMs: number, fire: () => void): Timer {
    invariant(delayMs >= 0, 'a timer lies in the future', delayMs);
    const timer = new NodeTimer(this, name, Math.round(delayMs * 1000), fire);
    this.emit(timer);
    return timer;
  }

  // What follows is for the virtual world, not for the program.

  /** Lets something out: now, or when the disk work that came before it is done. */
  emit(output: Output): void {
    if (!this.alive) return;
    if (this.#lane === undefined && this.#diskUs === 0) output.leave();
    else this.#outputs.push(output);
  }

  /** Takes an event to the program's door: dropped when it is dead, held when it is paused. */
  receive(event: HostEvent): void {
    if (!this.alive) return;
    if (this.host.paused) this.host.hold(event);
    else this.dispatch(event);
  }

  /** Runs the program's code for an event, in no lane. */
  dispatch(event: HostEvent): void {
    if (!this.alive) return;
    if (this.#inside) {
      // Called by something that this very program called: part of what is under way.
      event.deliver();
      return;
    }
    this.#inside = true;
    try {
      event.deliver();
      if (this.#diskUs > 0) this.#defer(undefined);
      this.#inside = false;
    } catch (error) {
      this.#broken(error);
    }
  }

  /** Calls into the program from outside, in no lane; held while it is paused. */
  enter(step: () => void): void {
    new Entry(this, step).fire();
  }

  /** Adds the time of one disk operation, a sync or a write of so many bytes, to the step or callback under way. */
  spend(device: Device, what: number | 'sync'): void {
    const beganUs = this.engine.nowUs + this.#diskUs;
    const doneUs = device.occupy(beganUs, what, this.#inside && this.#diskUs > 0 ? this.#device : undefined);
    if (!this.#inside || doneUs === beganUs) return;
    this.#diskUs += doneUs - beganUs;
    this.#device = device;
  }

  /** The program is over: nothing reaches it, nothing leaves it, its files are closed and its connections end. */
  end(how: 'end' | 'reset' | 'silent'): void {
    this.alive = false;
    for (const disk of this.disks.values()) for (const file of [...disk.openFiles]) file.close();
    this.network.abandon(how);
  }

  /** A step that left another step: it runs as soon as nothing is under way. */
  ready(task: LaneTask): void {
    this.#ready.push(task);
  }

  stepEnded(end: StepEnd): void {
    for (const output of end.outputs) output.leave();
    const lane = end.lane;
    if (lane !== undefined) {
      lane.busy = false;
      this.#runWaiting(lane);
    }
    this.#drain();
  }

  #runWaiting(lane: LaneState): void {
    let next = 0;
    while (!lane.busy && next < lane.waiting.length && this.alive) {
      const task = lane.waiting[next++];
      if (task === undefined) break;
      this.engine.dispatched(this.host.id, DispatchKind.step, lane.nameHash, 0);
      this.#run(lane, task.step);
    }
    if (next > 0) lane.waiting.splice(0, next);
  }

  #run(lane: LaneState, step: () => void): void {
    this.#lane = lane;
    const before = this.#inside;
    this.#inside = true;
    step();
    const slow = this.host.slowLane(lane.name);
    if (slow !== undefined) this.spend(slow, 'sync');
    this.#inside = before;
    if (this.#diskUs > 0) {
      lane.busy = true;
      this.#defer(lane);
      return;
    }
    if (this.#outputs.length > 0) this.#letOut();
    this.#lane = undefined;
  }

  /** What is put out while others leave joins them. */
  #letOut(): void {
    const outputs = this.#outputs;
    for (let index = 0; index < outputs.length; index++) outputs[index]?.leave();
    empty(outputs);
  }

  /** Puts off what the step or callback put out until its disk work is done. */
  #defer(lane: LaneState | undefined): void {
    this.#device?.whenDone(new StepEnd(this, lane, this.#outputs));
    this.#outputs = [];
    this.#diskUs = 0;
    this.#lane = undefined;
  }

  /** Runs the steps that were asked for during other steps, in the order in which they were asked for. */
  #drain(): void {
    const ready = this.#ready;
    for (let index = 0; index < ready.length && this.alive; index++) {
      const task = ready[index];
      if (task === undefined) break;
      this.engine.countAtInstant();
      if (this.engine.livelocked) return;
      if (task.lane.busy || task.lane.waiting.length > 0) task.lane.waiting.push(task);
      else this.#run(task.lane, task.step);
    }
    empty(ready);
  }

  /**
   * A step was cut short. After a power loss, some of what it had put out by then may have left: a machine that writes to a socket and
   * then to its disk may die between the two.
   */
  #broken(error: unknown): void {
    const outputs = this.#outputs;
    this.#inside = false;
    this.#lane = undefined;
    this.#diskUs = 0;
    this.#outputs = [];
    this.#ready = [];
    if (!(error instanceof PowerLoss)) throw error;
    if (!this.alive) return;
    const left = this.host.drawBelow('outputs-before-power-loss', outputs.length + 1);
    for (let index = 0; index < left; index++) outputs[index]?.leave();
    this.host.losePower();
  }
}
