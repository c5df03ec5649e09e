/**
 * One end of a virtual TCP connection: the Connection that a program holds, and what its host's kernel knows of it.
 * Owns the life of the connection at this end; order and delay on the way to the other end are the pipe's.
 *
 *   connecting -> open -> gone      the end that connected
 *   accepting  -> open -> gone      the other end; `accepting` until the third packet of the handshake
 *
 * `gone` is what a kernel that knows nothing of a connection sees: it answers whatever arrives with a reset.
 */
import { invariant } from '../../model/invariant.ts';
import type { CloseReason, Connection, ConnectionEvents } from '../network.ts';
import { QueuedEvent } from './event-queue.ts';
import { HostEvent, type Output } from './host-event.ts';
import type { Incarnation } from './incarnation.ts';
import type { Link } from './link.ts';
import type { NodeListener } from './node-network.ts';
import { type Delivery, Pipe } from './pipe.ts';
import { DispatchKind } from './trace-sink.ts';
import type { VirtualHost } from './virtual-host.ts';

const nothing = new Uint8Array(0);
/** After one's own end() the peer has so long to end too; then the connection is broken off. */
const lingerUs = 30_000_000;
const reasonNumbers = { end: 0, reset: 1, refused: 2, timeout: 3 } as const satisfies Record<CloseReason, number>;

/** The connection is over at one end. */
export class Closing extends HostEvent {
  readonly #endpoint: Endpoint;
  readonly #reason: CloseReason;

  constructor(endpoint: Endpoint, reason: CloseReason) {
    super();
    this.#endpoint = endpoint;
    this.#reason = reason;
  }

  fire(): void {
    this.#endpoint.incarnation?.receive(this);
  }

  deliver(): void {
    this.#endpoint.close(this.#reason);
  }
}

/** A reset that a kernel sends for a connection it does not know, or a port where nobody listens. */
export class KernelReset extends QueuedEvent {
  readonly #link: Link;
  readonly #endpoint: Endpoint;

  constructor(link: Link, endpoint: Endpoint) {
    super();
    this.#link = link;
    this.#endpoint = endpoint;
  }

  fire(): void {
    // Lost or late: the sender would retransmit and be answered again.
    if (this.#link.open) this.#endpoint.unknownToPeer();
    else this.#link.keep(this);
  }
}

/** Bytes that arrived while the program did not read are handed on. */
class Reading extends HostEvent {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    super();
    this.#endpoint = endpoint;
  }

  fire(): void {
    this.#endpoint.incarnation?.receive(this);
  }

  deliver(): void {
    this.#endpoint.readOn();
  }
}

/** The peer never answered: a connect, or one's own end(). */
class Patience extends QueuedEvent {
  readonly #endpoint: Endpoint;
  readonly #connect: boolean;
  queued = true;

  constructor(endpoint: Endpoint, connect: boolean) {
    super();
    this.#endpoint = endpoint;
    this.#connect = connect;
  }

  fire(): void {
    this.queued = false;
    if (!this.#connect) this.#endpoint.breakOff();
    else if (this.#endpoint.state === 'connecting') new Closing(this.#endpoint, 'timeout').fire();
  }
}

class ResetOutput implements Output {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  leave(): void {
    this.#endpoint.breakOff();
  }
}

export class Endpoint implements Connection {
  readonly host: VirtualHost;
  readonly remote: string;
  /** The port that was connected to. */
  readonly port: number;
  state: 'connecting' | 'accepting' | 'open' | 'gone';
  /** The program that holds it; none on the accepting side before the first packet arrived. */
  incarnation: Incarnation | undefined;
  /** Where an accepted connection came from. */
  listener: NodeListener | undefined;
  readonly #peerHost: VirtualHost;
  #events: ConnectionEvents | undefined;
  #peer: Endpoint | undefined;
  #pipe: Pipe | undefined;
  /** The program has ended or reset it: it writes nothing more. */
  #ended = false;
  #told = false;
  #reading = true;
  #inbox: Delivery[] = [];
  #readingOn = false;
  #patience: Patience | undefined;

  constructor(host: VirtualHost, peerHost: VirtualHost, port: number, remote: string, state: 'connecting' | 'accepting') {
    this.host = host;
    this.#peerHost = peerHost;
    this.port = port;
    this.remote = remote;
    this.state = state;
  }

  /** The other end. */
  get peer(): Endpoint {
    invariant(this.#peer !== undefined, 'a connection has two ends');
    return this.#peer;
  }
  /** What it sends goes here. */
  get pipe(): Pipe {
    invariant(this.#pipe !== undefined, 'a connection has a pipe');
    return this.#pipe;
  }

  /** Ties two ends together. */
  static pair(a: Endpoint, b: Endpoint): void {
    const engine = a.host.simulator.engine;
    a.#peer = b;
    b.#peer = a;
    a.#pipe = new Pipe(engine, a.host.linkTo(b.host.name), b);
    b.#pipe = new Pipe(engine, b.host.linkTo(a.host.name), a);
  }

  /** Gives it to a program. */
  belongTo(incarnation: Incarnation): void {
    this.incarnation = incarnation;
    incarnation.network.endpoints.add(this);
  }

  listen(events: ConnectionEvents): void {
    this.#events = events;
  }

  // The program's side.

  write(bytes: Uint8Array): boolean {
    if (this.#ended || this.state === 'gone' || bytes.length === 0) return true;
    const pipe = this.pipe;
    pipe.unreceived += bytes.length;
    this.incarnation?.emit(pipe.issue('bytes', bytes));
    if (pipe.unreceived <= this.host.simulator.network.sendBufferBytes) return true;
    pipe.owesDrained = true;
    return false;
  }

  pause(): void {
    this.#reading = false;
  }

  resume(): void {
    if (this.#reading) return;
    this.#reading = true;
    if (this.#inbox.length === 0 || this.#readingOn) return;
    this.#readingOn = true;
    const engine = this.host.simulator.engine;
    engine.schedule(engine.nowUs, new Reading(this));
  }

  end(): void {
    if (this.#ended || this.state === 'gone') return;
    this.#ended = true;
    this.incarnation?.emit(this.pipe.issue('end', nothing));
    if (this.state === 'open') this.loseInterestAfter(lingerUs, false);
  }

  reset(): void {
    if (this.state === 'gone') return;
    this.#ended = true;
    this.incarnation?.emit(new ResetOutput(this));
  }

  // The kernel's side.

  /** Something reached this host. */
  arrived(delivery: Delivery): void {
    if (this.state !== 'gone') {
      this.incarnation?.receive(delivery);
      return;
    }
    if (delivery.mark === 'reset' || delivery.mark === 'drained') return;
    if (this.host.poweredOn) this.answerUnknown();
    else this.host.unheard.add(this);
  }

  /** Tells the other end that this host knows nothing of the connection. */
  answerUnknown(): void {
    const engine = this.host.simulator.engine;
    const link = this.pipe.link;
    engine.schedule(engine.nowUs + link.delayUs(), new KernelReset(link, this.peer));
  }

  /** The peer's kernel does not know this connection, or refused it. */
  unknownToPeer(): void {
    if (this.state === 'gone') return;
    new Closing(this, this.state === 'connecting' ? 'refused' : 'reset').fire();
  }

  /** The program's process, which is alive, is handed what arrived. */
  take(delivery: Delivery): void {
    if (this.state === 'gone') return;
    if (delivery.mark !== 'drained' && (!this.#reading || this.#inbox.length > 0)) this.#inbox.push(delivery);
    else this.#handle(delivery);
  }

  readOn(): void {
    this.#readingOn = false;
    let next = 0;
    const inbox = this.#inbox;
    while (this.#reading && this.state !== 'gone' && next < inbox.length) {
      const delivery = inbox[next++];
      if (delivery !== undefined) this.#handle(delivery);
    }
    inbox.splice(0, next);
  }

  #handle(delivery: Delivery): void {
    switch (delivery.mark) {
      case 'bytes':
        this.#received(delivery);
        break;
      case 'established':
        this.state = 'open';
        if (this.#ended) this.loseInterestAfter(lingerUs, false);
        else this.#stopWaiting();
        this.pipe.establish('accepted');
        this.#dispatched(DispatchKind.opened, this.port);
        this.#events?.opened();
        break;
      case 'accepted':
        this.#accepted();
        break;
      case 'end':
        if (!this.#ended) {
          this.#ended = true;
          this.incarnation?.emit(this.pipe.issue('end', nothing));
        }
        this.close('end');
        break;
      case 'reset':
        this.close(this.state === 'connecting' ? 'refused' : 'reset');
        break;
      case 'drained':
        this.#dispatched(DispatchKind.drained, 0);
        this.#events?.drained();
        break;
    }
  }

  #received(delivery: Delivery): void {
    const pipe = delivery.pipe;
    const bytes = delivery.bytes;
    pipe.unreceived -= bytes.length;
    if (pipe.owesDrained && pipe.unreceived * 2 <= this.host.simulator.network.sendBufferBytes) {
      pipe.owesDrained = false;
      this.pipe.transmit('drained');
    }
    this.#dispatched(DispatchKind.received, bytes.length);
    this.#events?.received(bytes);
  }

  #accepted(): void {
    const listener = this.listener;
    if (listener === undefined || listener.closed) {
      this.pipe.abort();
      this.pipe.transmit('reset');
      this.#goAway();
      return;
    }
    this.state = 'open';
    this.#dispatched(DispatchKind.accept, this.port);
    const events = listener.accept(this);
    this.#events = events;
    // A program that reset it at once is told closed() only.
    if (!this.#ended) events.opened();
  }

  #dispatched(kind: DispatchKind, b: number): void {
    this.host.simulator.engine.dispatched(this.host.id, kind, this.#peerHost.nameHash, b);
  }

  /** Breaks off at once: a reset goes out, and the program hears of it in a moment. */
  breakOff(): void {
    if (this.state === 'gone') return;
    this.pipe.abort();
    if (this.state !== 'connecting') this.pipe.transmit('reset');
    this.#goAway();
    const engine = this.host.simulator.engine;
    engine.schedule(engine.nowUs, new Closing(this, 'reset'));
  }

  /** Tells the program that it is over. */
  close(reason: CloseReason): void {
    if (this.#told) return;
    this.#told = true;
    // After an end in order the kernel still carries what was written; in every other case nobody would take it.
    if (reason !== 'end' && this.state !== 'gone') this.pipe.abort();
    this.#goAway();
    if (this.#events === undefined) return;
    this.#dispatched(DispatchKind.closed, reasonNumbers[reason]);
    this.#events.closed(reason);
  }

  /** The program died. `end`: the kernel ends the connection in order. `reset`: it breaks it off. `silent`: the kernel died too. */
  abandon(how: 'end' | 'reset' | 'silent'): void {
    if (this.state === 'gone') return;
    const known = this.state !== 'connecting';
    if (how === 'end') {
      if (!this.#ended && known) this.pipe.transmit('end');
      else if (!known) this.pipe.abort();
    } else {
      this.pipe.abort();
      if (how === 'reset' && known) this.pipe.transmit('reset');
    }
    this.#told = true;
    this.#goAway();
  }

  /** Gives up when so much time has passed: a connect under way, or the wait for the peer's end. */
  loseInterestAfter(us: number, connect: boolean): void {
    this.#stopWaiting();
    this.#patience = new Patience(this, connect);
    const engine = this.host.simulator.engine;
    engine.schedule(engine.nowUs + us, this.#patience);
  }

  /** What was waited for has come. */
  #stopWaiting(): void {
    if (this.#patience?.queued) this.host.simulator.engine.queue.cancel(this.#patience);
    this.#patience = undefined;
  }

  #goAway(): void {
    this.state = 'gone';
    this.#ended = true;
    this.#inbox = [];
    this.incarnation?.network.endpoints.delete(this);
    this.#stopWaiting();
  }
}
