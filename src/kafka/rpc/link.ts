/**
 * One connection seen as frames, its events gathered into steps of a lane: what comes while the lane is busy is handled together, in
 * order, when it is free. Owns no meaning of a frame. Both sides of the protocol stand on it.
 */
import type { Connection, ConnectionEvents } from '../../io/network.ts';
import type { Lane, World } from '../../io/world.ts';
import { FrameReader } from '../../protocol/frame.ts';

export interface LinkEvents {
  opened(): void;
  /** A whole frame, without its size. Not called while the link is held or after drop(). */
  frame(frame: Uint8Array): void;
  /** The socket takes bytes again after write() answered false. */
  drained(): void;
  /** The connection is gone, or the peer announced a frame that is too long; comes at most once and last, and not after drop(). */
  gone(): void;
}

export class Link implements ConnectionEvents {
  readonly #world: World;
  readonly #lane: Lane;
  readonly #connection: Connection;
  readonly #events: LinkEvents;
  readonly #reader: FrameReader;
  #scheduled = false;
  #stepping = false;
  #opened = false;
  #drained = false;
  #closed = false;
  #dropped = false;
  #held = false;
  #paused = false;

  constructor(world: World, lane: Lane, connection: Connection, maxFrameBytes: number, events: LinkEvents) {
    this.#world = world;
    this.#lane = lane;
    this.#connection = connection;
    this.#events = events;
    this.#reader = new FrameReader(maxFrameBytes);
  }

  get remote(): string {
    return this.#connection.remote;
  }

  /** False: the socket is full, wait for drained(). */
  write(bytes: Uint8Array): boolean {
    return this.#connection.write(bytes);
  }

  /** No frame until release(). Bytes that come meanwhile are kept, and the peer is told to wait: it cannot fill this node's memory. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    // Usually nothing came meanwhile, and what comes next asks for a step of its own.
    if (!this.#stepping && (this.#paused || this.#reader.hasBytes)) this.#schedule();
  }

  /** Ends the connection in order; no event comes any more. Idempotent. */
  drop(): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.#connection.end();
  }

  opened(): void {
    this.#opened = true;
    this.#schedule();
  }

  received(bytes: Uint8Array): void {
    if (this.#dropped) return;
    this.#reader.push(bytes);
    if (!this.#held) this.#schedule();
    else if (!this.#paused) {
      this.#paused = true;
      this.#connection.pause();
    }
  }

  drained(): void {
    this.#drained = true;
    this.#schedule();
  }

  closed(): void {
    this.#closed = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#dropped) return;
    this.#scheduled = true;
    this.#world.on(this.#lane, this.#step);
  }

  readonly #step = (): void => {
    this.#scheduled = false;
    this.#stepping = true;
    this.#tell();
    this.#stepping = false;
    if (this.#dropped) return;
    // A peer that is gone gets no answer, so that frames that are still held need not be handled.
    if (this.#closed) {
      this.drop();
      this.#events.gone();
    } else if (this.#paused && !this.#held) {
      this.#paused = false;
      this.#connection.resume();
    }
  };

  #tell(): void {
    if (this.#opened) {
      this.#opened = false;
      if (!this.#dropped) this.#events.opened();
    }
    if (this.#drained) {
      this.#drained = false;
      if (!this.#dropped) this.#events.drained();
    }
    while (!this.#held && !this.#dropped) {
      const frame = this.#reader.next();
      if (frame === undefined) break;
      if (frame === 'hostile-length') {
        this.#closed = true;
        return;
      }
      this.#events.frame(frame);
    }
  }
}
