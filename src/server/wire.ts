/**
 * One end of a TCP connection of a node of this server, between the socket and the program: what faults do to connections happens here.
 * What leaves waits while the way to the peer is cut, slow, or the disk work before it is not done; what comes from a client waits likewise
 * (from another node of this server it waited at that end). A peer is a node, or `client(<client.id>)` as its first request says.
 */
import type { CloseReason, Connection, ConnectionEvents } from '../io/network.ts';
import type { RealConnection } from '../io/real/real-network.ts';
import { Flow, nowMs } from './flow.ts';
import { PeerName } from './peer-name.ts';
import type { Ways } from './ways.ts';

/** Bytes that wait in one direction above which the other side is held up. */
const highMarkBytes = 65_536;

/** What a wire needs of the machine that it ends at. */
export interface WireHost {
  readonly name: string;
  readonly ways: Ways;
  /** The node of this server whose end of the connection is here. */
  nodeBehind(remote: string): string | undefined;
  /** A client said who it is, in place of what it was called before. */
  named(before: string, now: string): void;
  /** The socket is closed, or will never be opened. */
  forget(wire: Wire): void;
}

/** What a wire needs of the program that it belongs to. */
export interface WireProgram {
  readonly paused: boolean;
  /** Hands something to the program: now, when it goes on again, or never when it is over. */
  run(step: () => void): void;
  /** When what it sends now may leave, by `nowMs`: its disk work comes first. */
  readonly sendDueMs: number;
}

export class Wire implements Connection, ConnectionEvents {
  readonly remote: string;
  peer: string;
  readonly #host: WireHost;
  readonly #program: WireProgram;
  readonly #out = new Flow(() => this.#socket !== undefined && !this.#host.ways.isCut(this.#host.name, this.peer));
  readonly #in = new Flow(() => !this.#held && !(this.#name !== undefined && this.#host.ways.isCut(this.peer, this.#host.name)));
  #events: ConnectionEvents | undefined;
  #socket: RealConnection | undefined;
  /** Connects when the way is open. */
  #dial: (() => RealConnection) | undefined;
  #dialLimit: NodeJS.Timeout | undefined;
  /** How a client is found out; undefined where the peer is a node of this server. */
  #name: PeerName | undefined;
  #identified: boolean;
  /** The program wants no bytes now; the socket is not read. */
  #held = false;
  #still = false;
  #ended = false;
  #told = false;
  #abandoned = false;
  #socketFull = false;
  #owesDrained = false;

  /** `peer`: known for what this node opens. */
  constructor(host: WireHost, program: WireProgram, remote: string, peer: string | undefined) {
    this.#host = host;
    this.#program = program;
    this.remote = remote;
    this.#identified = peer !== undefined;
    this.#name = peer === undefined ? new PeerName() : undefined;
    this.peer = peer ?? clientName('');
    if (peer === undefined) host.named('', this.peer);
  }

  /** The node's end of an accepted connection. */
  accepted(socket: RealConnection, accept: (connection: Connection) => ConnectionEvents): void {
    this.#socket = socket;
    this.#program.run(() => {
      this.#events = accept(this);
    });
    this.regulate();
  }

  /** The node's end of one that it opens; while the way is cut nobody answers. */
  connecting(events: (connection: Connection) => ConnectionEvents, limitMs: number, dial: () => RealConnection): void {
    this.#events = events(this);
    this.#dial = dial;
    this.#dialLimit = setTimeout(() => {
      this.#dial = undefined;
      this.#host.forget(this);
      this.#tellClosed('timeout');
    }, limitMs);
    this.pump();
  }

  // What the socket tells.

  opened(): void {
    this.#program.run(() => this.#events?.opened());
  }

  received(bytes: Uint8Array): void {
    this.#identify(bytes);
    const due = this.#name === undefined ? 0 : this.#dueMs(this.peer, this.#host.name, 0);
    this.#in.push(() => this.#program.run(() => this.#events?.received(bytes)), bytes.length, due);
    this.regulate();
  }

  drained(): void {
    this.#socketFull = false;
    this.#tellDrained();
  }

  closed(why: CloseReason): void {
    this.#host.forget(this);
    if (this.#name !== undefined) this.#host.named(this.peer, '');
    this.#out.clear();
    if (why !== 'end' && this.#held) this.#in.clear();
    this.#in.push(() => this.#tellClosed(why), 0, 0);
  }

  // What the program asks for.

  write(bytes: Uint8Array): boolean {
    if (this.#ended || this.#told || bytes.length === 0) return true;
    const send = (): void => {
      if (this.#socket?.write(bytes) === false) this.#socketFull = true;
    };
    this.#out.push(send, bytes.length, this.#outDueMs());
    if (!this.#socketFull && this.#out.bytes <= highMarkBytes) return true;
    this.#owesDrained = true;
    return false;
  }

  pause(): void {
    this.#held = true;
    this.regulate();
  }

  resume(): void {
    this.#held = false;
    this.regulate();
    if (!this.#in.isEmpty) setImmediate(() => this.#in.pump());
  }

  end(): void {
    if (this.#ended || this.#told) return;
    this.#ended = true;
    this.#out.push(() => this.#socket?.end(), 0, this.#outDueMs());
  }

  reset(): void {
    if (this.#told) return;
    this.#ended = true;
    // Where the peer cannot hear of it, this end is closed all the same.
    if (!this.#breakOff()) setImmediate(() => this.#tellClosed('reset'));
  }

  // What the machine and the faults do.

  /** The way is perhaps open now. */
  pump(): void {
    const { ways, name } = this.#host;
    if (this.#dial !== undefined && !ways.isCut(name, this.peer) && !ways.isCut(this.peer, name)) {
      clearTimeout(this.#dialLimit);
      this.#socket = this.#dial();
      this.#dial = undefined;
    }
    this.#out.pump();
    this.#in.pump();
    this.#tellDrained();
    this.regulate();
  }

  /** What waited for the disk goes. */
  rush(): void {
    this.#out.rush();
    this.#tellDrained();
  }

  /** The connection breaks: both ends hear of it, each as far as it can be reached. */
  breakOff(): void {
    this.#breakOff();
  }

  /** Its program is over. */
  get isAbandoned(): boolean {
    return this.#abandoned;
  }

  /** The program ended in order: what it wrote still leaves, and then the end of the connection. */
  leave(): void {
    this.#in.clear();
    if (this.#socket === undefined) this.#breakOff();
    else this.end();
    this.#held = false;
    this.regulate();
    this.#told = true;
  }

  /** The program ended without a word. `silent`: with its machine, so that no peer hears of it before it is broken off. */
  abandon(silent: boolean): void {
    this.#abandoned = true;
    this.#told = true;
    this.#in.clear();
    this.#out.clear();
    if (silent && this.#socket !== undefined) this.#socket.pause();
    else this.#breakOff();
  }

  /** No bytes are read that could not be handed on. */
  regulate(): void {
    const still = this.#held || this.#program.paused || this.#in.bytes > highMarkBytes;
    if (this.#told || this.#socket === undefined || still === this.#still) return;
    this.#still = still;
    if (still) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Resets the socket, at once or when the way is open again; true when the socket will tell its end. */
  #breakOff(): boolean {
    this.#out.clear();
    const socket = this.#socket;
    if (socket === undefined) {
      this.#dial = undefined;
      clearTimeout(this.#dialLimit);
      this.#host.forget(this);
      return false;
    }
    let broken = false;
    this.#out.push(
      () => {
        broken = true;
        socket.reset();
      },
      0,
      0,
    );
    return broken;
  }

  #identify(bytes: Uint8Array): void {
    if (!this.#identified) {
      this.#identified = true;
      const node = this.#host.nodeBehind(this.remote);
      if (node !== undefined) {
        this.#name = undefined;
        this.#host.named(this.peer, '');
        this.peer = node;
      }
    }
    const clientId = this.#name?.read(bytes);
    if (clientId === undefined) return;
    const before = this.peer;
    this.peer = clientName(clientId);
    this.#host.named(before, this.peer);
  }

  #outDueMs(): number {
    return this.#dueMs(this.#host.name, this.peer, this.#program.sendDueMs);
  }

  /** 0 is at once. */
  #dueMs(from: string, to: string, earliestMs: number): number {
    const delayMs = this.#host.ways.delayMs(from, to);
    return delayMs === 0 ? earliestMs : Math.max(earliestMs, nowMs()) + delayMs;
  }

  #tellDrained(): void {
    if (!this.#owesDrained || this.#socketFull || !this.#out.isEmpty || this.#told) return;
    this.#owesDrained = false;
    this.#program.run(() => this.#events?.drained());
  }

  #tellClosed(why: CloseReason): void {
    if (this.#told) return;
    this.#told = true;
    clearTimeout(this.#dialLimit);
    this.#program.run(() => this.#events?.closed(why));
  }
}

export const clientName = (clientId: string): string => `client(${clientId})`;
