/**
 * What will happen, ordered by (time, sequence): a four-ary heap on parallel arrays, which moves numbers and not objects' fields.
 * Owns the order and nothing else: what an event does when it fires is the event's own business.
 */

/** Something that happens at a moment. */
export abstract class QueuedEvent {
  /** The event is skipped when it comes up. Set through EventQueue.cancel. */
  declare cancelled: boolean;

  constructor() {
    // Assigned and not declared with its value: defining a field on objects of many classes costs ten times as much.
    this.cancelled = false;
  }

  abstract fire(): void;
}

/** Below this many entries a sweep of cancelled ones is not worth its while. */
const sweepFloor = 256;

export class EventQueue {
  #times = new Float64Array(1024);
  #sequences = new Float64Array(1024);
  #events: QueuedEvent[] = [];
  #size = 0;
  #sequence = 0;
  #cancelled = 0;

  /** Entries, cancelled ones included. */
  get size(): number {
    return this.#size;
  }
  /** Entries that will fire. */
  get live(): number {
    return this.#size - this.#cancelled;
  }
  /** How many entries were ever pushed. */
  get pushed(): number {
    return this.#sequence;
  }

  /** The time of the next entry, cancelled or not; Infinity when there is none. */
  nextTimeUs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] ?? 0);
  }

  push(timeUs: number, event: QueuedEvent): void {
    if (this.#size === this.#times.length) this.#grow();
    const sequence = this.#sequence++;
    this.#siftUp(this.#size++, timeUs, sequence, event);
  }

  /** Takes the next entry, and gives its event unless that was cancelled; the queue must not be empty. */
  pop(): QueuedEvent | undefined {
    const events = this.#events;
    const first = events[0];
    const last = --this.#size;
    const event = events.pop();
    if (first === undefined || event === undefined) throw new RangeError('the event queue is empty');
    if (last > 0) this.#siftDown(0, this.#times[last] ?? 0, this.#sequences[last] ?? 0, event);
    if (!first.cancelled) return first;
    this.#cancelled--;
    return undefined;
  }

  /** Marks an event that is in the queue as never to fire. The entry goes when it comes up or in the next sweep. */
  cancel(event: QueuedEvent): void {
    event.cancelled = true;
    if (++this.#cancelled > sweepFloor && this.#cancelled * 2 > this.#size) this.#sweep();
  }

  /** Gives an entry another time. A scan, for what happens seldom; an event that is not in the queue stays out of it. */
  move(event: QueuedEvent, timeUs: number): void {
    const at = this.#events.indexOf(event);
    if (at < 0) return;
    const last = --this.#size;
    const filler = this.#events.pop();
    if (at < last && filler !== undefined) {
      const [fillerUs, sequence] = [this.#times[last] ?? 0, this.#sequences[last] ?? 0];
      // What stood last may belong above or below the gap.
      this.#siftDown(at, fillerUs, sequence, filler);
      if (this.#events[at] === filler) this.#siftUp(at, fillerUs, sequence, filler);
    }
    this.push(timeUs, event);
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2);
    const sequences = new Float64Array(times.length);
    times.set(this.#times);
    sequences.set(this.#sequences);
    this.#times = times;
    this.#sequences = sequences;
  }

  #siftUp(at: number, timeUs: number, sequence: number, event: QueuedEvent): void {
    const times = this.#times;
    const sequences = this.#sequences;
    const events = this.#events;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      const parentTime = times[parent] ?? 0;
      if (parentTime < timeUs || (parentTime === timeUs && (sequences[parent] ?? 0) < sequence)) break;
      times[at] = parentTime;
      sequences[at] = sequences[parent] ?? 0;
      events[at] = events[parent] ?? event;
      at = parent;
    }
    times[at] = timeUs;
    sequences[at] = sequence;
    events[at] = event;
  }

  #siftDown(at: number, timeUs: number, sequence: number, event: QueuedEvent): void {
    const times = this.#times;
    const sequences = this.#sequences;
    const events = this.#events;
    const size = this.#size;
    for (;;) {
      const firstChild = at * 4 + 1;
      if (firstChild >= size) break;
      const end = Math.min(firstChild + 4, size);
      let child = firstChild;
      let childTime = times[firstChild] ?? 0;
      for (let other = firstChild + 1; other < end; other++) {
        const otherTime = times[other] ?? 0;
        if (otherTime < childTime || (otherTime === childTime && (sequences[other] ?? 0) < (sequences[child] ?? 0))) {
          child = other;
          childTime = otherTime;
        }
      }
      if (timeUs < childTime || (timeUs === childTime && sequence < (sequences[child] ?? 0))) break;
      times[at] = childTime;
      sequences[at] = sequences[child] ?? 0;
      events[at] = events[child] ?? event;
      at = child;
    }
    times[at] = timeUs;
    sequences[at] = sequence;
    events[at] = event;
  }

  /** Drops the cancelled entries and rebuilds the heap: the order is that of (time, sequence) and does not depend on its shape. */
  #sweep(): void {
    const events = this.#events;
    this.#events = [];
    const times = this.#times.slice(0, this.#size);
    const sequences = this.#sequences.slice(0, this.#size);
    this.#size = 0;
    this.#cancelled = 0;
    for (let index = 0; index < events.length; index++) {
      const event = events[index];
      if (event !== undefined && !event.cancelled) this.#siftUp(this.#size++, times[index] ?? 0, sequences[index] ?? 0, event);
    }
  }
}
