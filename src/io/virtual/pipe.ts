/**
 * One direction of one connection: bytes that arrive in order, cut anywhere, and that may be held back on the way.
 * Owns the order, the chunking and the count of bytes under way; what arrival means is the endpoint's.
 *
 * An unfaulted write is one entry of the queue and one dispatch to the peer. What meets a blocked link waits at its place in the stream and
 * is delivered, in order, some time after the link is open again, as TCP retransmits. A sender that died retransmits nothing.
 */
import { freshBytes } from '../../model/fresh-bytes.ts';
import type { Endpoint } from './endpoint.ts';
import type { Engine } from './engine.ts';
import { QueuedEvent } from './event-queue.ts';
import { HostEvent, type Output } from './host-event.ts';
import type { Link } from './link.ts';

/** What travels in a stream: bytes, or a mark between them. */
export type Mark = 'bytes' | 'established' | 'accepted' | 'end' | 'reset' | 'drained';

const nothing = new Uint8Array(0);
/** Pieces above this are not joined with others: joining copies. */
const joinBytes = 16_384;

/** One piece of a stream on its way to the other end. */
export class Delivery extends HostEvent implements Output {
  readonly pipe: Pipe;
  readonly mark: Mark;
  bytes: Uint8Array;
  /** Its place among what the program issued, in the order of its calls. */
  readonly number: number;
  /** Its place among what went out. */
  position = 0;

  constructor(pipe: Pipe, mark: Mark, bytes: Uint8Array, number: number) {
    super();
    this.pipe = pipe;
    this.mark = mark;
    this.bytes = bytes;
    this.number = number;
  }

  leave(): void {
    this.pipe.leave(this);
  }

  override fire(): void {
    this.pipe.arrived(this);
  }

  deliver(): void {
    this.pipe.receiver.take(this);
  }
}

/** The moment at which retransmission gets through again. */
class Release extends QueuedEvent {
  readonly #pipe: Pipe;

  constructor(pipe: Pipe) {
    super();
    this.#pipe = pipe;
  }

  fire(): void {
    this.#pipe.release(this);
  }
}

export class Pipe {
  readonly link: Link;
  readonly receiver: Endpoint;
  /** Bytes that were written and that the receiving program has not been handed. */
  unreceived = 0;
  /** A write answered false and drained() is due. */
  owesDrained = false;
  readonly #engine: Engine;
  #lastArrivalUs = 0;
  /** Numbers given to what the program issued, and how many of them went out. */
  #issued = 0;
  #left = 0;
  #established = false;
  #aborted = false;
  #positions = 0;
  /** Issued out of turn: an earlier write belongs to a step whose disk work goes on, or the connection is not up yet. */
  #parked: Delivery[] = [];
  /** Held back on the way, by position. */
  #held: Delivery[] = [];
  #holds = 0;
  #release: Release | undefined;
  /** The bytes that will arrive last, so far. */
  #tail: Delivery | undefined;

  constructor(engine: Engine, link: Link, receiver: Endpoint) {
    this.#engine = engine;
    this.link = link;
    this.receiver = receiver;
  }

  /** A piece the program issues; it goes out after all that was issued before it. */
  issue(mark: Mark, bytes: Uint8Array): Delivery {
    return new Delivery(this, mark, bytes, this.#issued++);
  }

  /** The connection is up: `first`, a mark of the kernel, goes before what the program wrote. */
  establish(first: Mark): void {
    this.#established = true;
    this.transmit(first);
    this.#unpark();
  }

  /** A mark of the kernel, which does not wait for the program's writes. */
  transmit(mark: Mark): void {
    this.#send(new Delivery(this, mark, nothing, -1));
  }

  /** The sender is gone: nothing more goes out and nothing is retransmitted; what is on the wire arrives. */
  abort(): void {
    this.#aborted = true;
    this.#parked = [];
    this.#held = [];
    this.link.holding.delete(this);
  }

  leave(delivery: Delivery): void {
    if (delivery.number !== this.#left || !this.#established) {
      this.#parked.push(delivery);
      return;
    }
    this.#left++;
    this.#send(delivery);
    if (this.#parked.length > 0) this.#unpark();
  }

  #unpark(): void {
    for (;;) {
      const index = this.#parked.findIndex((delivery) => delivery.number === this.#left);
      const next = this.#parked[index];
      if (next === undefined) return;
      this.#parked.splice(index, 1);
      this.#left++;
      this.#send(next);
    }
  }

  #send(delivery: Delivery): void {
    if (this.#aborted && delivery.mark !== 'reset') return;
    const link = this.link;
    delivery.position = this.#positions++;
    if (link.holdsAsked.length > 0 && delivery.mark === 'bytes') link.holdsAsked.shift()?.(this);
    if (!link.open || this.#holds > 0 || this.#held.length > 0) {
      this.#hold(delivery);
      return;
    }
    let arrivalUs = link.arrivalUs(delivery.bytes.length);
    const late = arrivalUs <= this.#lastArrivalUs;
    if (late) arrivalUs = this.#lastArrivalUs;
    if (delivery.mark !== 'bytes') this.#tail = undefined;
    else if (late && link.joinsThisWrite && this.#joined(delivery)) return;
    else if (delivery.bytes.length > 1 && link.cutsThisWrite) {
      this.#sendCut(delivery, arrivalUs);
      return;
    } else this.#tail = delivery;
    this.#lastArrivalUs = arrivalUs;
    this.#engine.schedule(arrivalUs, delivery);
  }

  /** Appends to the bytes that arrive last, when they are still under way and both are small. */
  #joined(delivery: Delivery): boolean {
    const tail = this.#tail;
    if (tail === undefined || tail.bytes.length + delivery.bytes.length > joinBytes) return false;
    const bytes = freshBytes(tail.bytes.length + delivery.bytes.length);
    bytes.set(tail.bytes);
    bytes.set(delivery.bytes, tail.bytes.length);
    tail.bytes = bytes;
    return true;
  }

  #sendCut(delivery: Delivery, arrivalUs: number): void {
    const bytes = delivery.bytes;
    const at = 1 + this.link.below(bytes.length - 1);
    delivery.bytes = bytes.subarray(0, at);
    this.#engine.schedule(arrivalUs, delivery);
    const rest = new Delivery(this, 'bytes', bytes.subarray(at), -1);
    rest.position = this.#positions++;
    this.#lastArrivalUs = Math.max(arrivalUs, this.#engine.nowUs + this.link.delayUs());
    this.#tail = rest;
    this.#engine.schedule(this.#lastArrivalUs, rest);
  }

  arrived(delivery: Delivery): void {
    if (this.#tail === delivery) this.#tail = undefined;
    if (!this.link.open || this.#holds > 0 || this.#held.length > 0) this.#hold(delivery);
    else this.receiver.arrived(delivery);
  }

  #hold(delivery: Delivery): void {
    // A reset is sent once, and who died sends nothing again.
    if (this.link.cut && (this.#aborted || delivery.mark === 'reset')) return;
    this.link.holding.add(this);
    let at = this.#held.length;
    while (at > 0 && (this.#held[at - 1]?.position ?? 0) > delivery.position) at--;
    this.#held.splice(at, 0, delivery);
    if (this.link.open && this.#holds === 0 && this.#release === undefined) this.reopened();
  }

  /** Holds back everything from here on, on this connection only. */
  holdBack(): void {
    this.#holds++;
  }

  letGo(): void {
    if (--this.#holds === 0 && this.link.open) this.reopened();
  }

  /** What held the stream back is over. */
  reopened(): void {
    if (this.#held.length === 0 || this.#holds > 0) return;
    this.#release = new Release(this);
    this.#lastArrivalUs = Math.max(this.#lastArrivalUs, this.#engine.nowUs + this.link.retransmissionUs());
    this.#engine.schedule(this.#lastArrivalUs, this.#release);
  }

  release(release: Release): void {
    if (release !== this.#release) return;
    this.#release = undefined;
    if (!this.link.open || this.#holds > 0) return;
    const batch = this.#held;
    this.#held = [];
    this.link.holding.delete(this);
    for (let index = 0; index < batch.length; index++) {
      const delivery = batch[index];
      if (delivery === undefined) break;
      if (this.link.open) this.receiver.arrived(delivery);
      else {
        this.#held = batch.slice(index);
        this.link.holding.add(this);
        return;
      }
    }
  }
}
