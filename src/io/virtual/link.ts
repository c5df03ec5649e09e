/**
 * One direction between two hosts: how long bytes take, and whether they pass at all.
 * Owns delay, bandwidth and blockage, which all connections of that direction share; a connection's order is its pipe's.
 * Draws are keyed by the two host names, never by ports or connections, so that one connection more changes no other's weather for long.
 */
import type { Engine } from './engine.ts';
import type { QueuedEvent } from './event-queue.ts';
import type { Pipe } from './pipe.ts';
import type { WeatherStream } from './weather.ts';

export interface NetworkModel {
  /** Least one-way delay of a link, in microseconds. */
  readonly latencyUs: number;
  /** Up to this much is added to each delay, evenly drawn; one message in 128 is late by up to eight times as much. */
  readonly jitterUs: number;
  /** A connect that heard nothing fails after this. */
  readonly connectTimeoutMs: number;
  /** Bytes on their way above which write() answers false; drained() comes below half of it. */
  readonly sendBufferBytes: number;
}

/** Retransmission backs off while nothing gets through, so what was held back comes up to so much after the link healed. */
const longestRetransmissionUs = 1_000_000;

export class Link {
  /** Nothing blocks it. */
  open = true;
  /** Connections of which something is held back. */
  readonly holding = new Set<Pipe>();
  /** Holds asked for: each takes the next write and with it the rest of that write's connection. */
  holdsAsked: ((pipe: Pipe) => void)[] = [];
  readonly #engine: Engine;
  readonly #weather: WeatherStream;
  #latencyUs: number;
  #jitterUs: number;
  #bytesPerSecond = Number.POSITIVE_INFINITY;
  #limits: number[] = [];
  #freeAtUs = 0;
  #cuts = 0;
  #stalls = 0;
  #cutSinceUs = 0;
  #wasCut = false;
  #waiting: QueuedEvent[] = [];
  /** The bits of the last draw that delayUs() did not use. */
  #bits = 0;

  constructor(engine: Engine, name: string, model: NetworkModel) {
    this.#engine = engine;
    this.#weather = engine.weather.stream(`link ${name}`);
    this.#latencyUs = model.latencyUs;
    this.#jitterUs = model.jitterUs;
  }

  /** Packets are lost, rather than only late. */
  get cut(): boolean {
    return this.#cuts > 0;
  }

  /** Draws how long one message takes from now on, in whole microseconds. */
  delayUs(): number {
    const draw = this.#weather.next();
    this.#bits = draw;
    let jitter = Math.floor(((draw >>> 16) * this.#jitterUs) / 0x10000);
    if ((draw & 0x7f) === 0) jitter *= 8;
    return this.#latencyUs + jitter;
  }

  /** The same, with the time that the bytes need to get on a link of limited bandwidth. */
  arrivalUs(bytes: number): number {
    const nowUs = this.#engine.nowUs;
    const delay = this.delayUs();
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) return nowUs + delay;
    const startUs = Math.max(this.#freeAtUs, nowUs);
    this.#freeAtUs = startUs + Math.ceil((bytes * 1_000_000) / this.#bytesPerSecond);
    return this.#freeAtUs + delay;
  }

  /** One write in 32 arrives in two pieces. Belongs to the last draw. */
  get cutsThisWrite(): boolean {
    return (this.#bits & 0x0f80) === 0;
  }

  /** Half of the writes that catch up with the one before arrive in one piece with it. Belongs to the last draw. */
  get joinsThisWrite(): boolean {
    return (this.#bits & 0x1000) !== 0;
  }

  /** An integer in [0, below). */
  below(below: number): number {
    return this.#weather.below(below);
  }

  /** Keeps a packet of the kernel, a reset say, until the link heals. */
  keep(event: QueuedEvent): void {
    this.#waiting.push(event);
  }

  slower(extraUs: number, jitterUs: number): void {
    this.#latencyUs += extraUs;
    this.#jitterUs += jitterUs;
  }

  limit(bytesPerSecond: number): void {
    this.#limits.push(bytesPerSecond);
    this.#bytesPerSecond = Math.min(...this.#limits);
  }

  unlimit(bytesPerSecond: number): void {
    this.#limits.splice(this.#limits.indexOf(bytesPerSecond), 1);
    this.#bytesPerSecond = Math.min(Number.POSITIVE_INFINITY, ...this.#limits);
  }

  block(how: 'cut' | 'stall'): void {
    if (how === 'stall') this.#stalls++;
    else if (this.#cuts++ === 0) this.#cutSinceUs = this.#engine.nowUs;
    if (this.#cuts > 0) this.#wasCut = true;
    this.open = false;
  }

  unblock(how: 'cut' | 'stall'): void {
    if (how === 'stall') this.#stalls--;
    else this.#cuts--;
    if (this.#stalls > 0 || this.#cuts > 0) return;
    this.open = true;
    for (const pipe of this.holding) pipe.reopened();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const event of waiting) this.#engine.schedule(this.#engine.nowUs + this.retransmissionUs(), event);
    this.#wasCut = false;
  }

  /** How long after the end of a blockage what it held back arrives. After a stall, which loses nothing, the usual delay. */
  retransmissionUs(): number {
    const delay = this.delayUs();
    if (!this.#wasCut) return delay;
    return delay + this.#weather.below(Math.min(this.#engine.nowUs - this.#cutSinceUs, longestRetransmissionUs) + 1);
  }
}
