/**
 * The heart of the virtual world: the clock, the queue and the loop that turns one by the other.
 * Owns time, the count of dispatches and the guard against livelock; knows nothing of hosts, networks or disks.
 */
import { invariant } from '../../model/invariant.ts';
import { EventQueue, type QueuedEvent } from './event-queue.ts';
import { type DispatchKind, noTrace, type TraceSink } from './trace-sink.ts';
import { Weather } from './weather.ts';

/** `time`: the limit was reached. `idle`: nothing is left to happen. `livelock`: more than 10^6 events at one instant. */
export type RunEnd = 'time' | 'idle' | 'livelock';

/** Events at one instant above which the world does not come to rest. */
const livelockEvents = 1_000_000;

export class Engine {
  /** Virtual time in whole microseconds. */
  nowUs = 0;
  /** Events handed to nodes since the start. */
  dispatches = 0;
  trace: TraceSink = noTrace;
  readonly queue = new EventQueue();
  readonly weather: Weather;
  #nextMsUs = 1000;
  #atThisInstant = 0;
  #running = false;

  constructor(seed: string) {
    this.weather = new Weather(seed);
  }

  /** Virtual time in whole milliseconds. */
  get nowMs(): number {
    return this.weather.nowMs;
  }

  /** True once more than 10^6 events fell on the present instant. */
  get livelocked(): boolean {
    return this.#atThisInstant > livelockEvents;
  }

  schedule(timeUs: number, event: QueuedEvent): void {
    this.queue.push(timeUs, event);
  }

  /** Counts and traces one event that a node is about to be handed. */
  dispatched(hostId: number, kind: DispatchKind, a: number, b: number): void {
    this.dispatches++;
    this.trace.dispatched(this.nowUs, hostId, kind, a, b);
  }

  /** Counts work done at this instant without the queue, so that a loop among a node's own lanes is noticed too. */
  countAtInstant(): void {
    this.#atThisInstant++;
  }

  /** Fires what is due up to and including `untilUs`, and leaves the clock there. */
  run(untilUs: number): RunEnd {
    for (;;) {
      const end = this.step(untilUs);
      if (end !== undefined) return end;
    }
  }

  /** Fires the next event that is due up to and including `untilUs`; when there is none, leaves the clock there and tells how it ended. */
  step(untilUs: number): RunEnd | undefined {
    invariant(!this.#running, 'the virtual world runs already');
    const queue = this.queue;
    for (;;) {
      const timeUs = queue.nextTimeUs();
      if (timeUs > untilUs || timeUs === Number.POSITIVE_INFINITY) break;
      const event = queue.pop();
      if (event === undefined) continue;
      if (timeUs !== this.nowUs) this.#moveTo(timeUs);
      if (++this.#atThisInstant > livelockEvents) return 'livelock';
      this.#running = true;
      try {
        event.fire();
      } finally {
        this.#running = false;
      }
      return this.#atThisInstant > livelockEvents ? 'livelock' : undefined;
    }
    if (untilUs > this.nowUs && untilUs !== Number.POSITIVE_INFINITY) this.#moveTo(untilUs);
    return queue.live === 0 ? 'idle' : 'time';
  }

  #moveTo(timeUs: number): void {
    this.nowUs = timeUs;
    this.#atThisInstant = 0;
    if (timeUs >= this.#nextMsUs) {
      const nowMs = Math.floor(timeUs / 1000);
      this.weather.nowMs = nowMs;
      this.#nextMsUs = (nowMs + 1) * 1000;
    }
  }
}
