/**
 * A Network on TCP sockets: node:net behind the contract that the virtual network keeps too.
 * Owns the order of a connection's events (opened first, closed once and last) and the mapping of socket errors to close reasons.
 */
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { invariant } from '../../model/invariant.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { CloseReason, Connection, ConnectionEvents, Listener, Network } from '../network.ts';

/** After one's own end() the peer has so long to end too; then the connection is broken off. */
const lingerMs = 30_000;
/** Bytes in the socket above which write() answers false; drained() comes when they are gone. */
const sendBufferBytes = 65_536;
const backlog = 511;

export interface RealNetworkOptions {
  readonly listenHost: string;
  readonly connectTimeoutMs: number;
}

export class RealNetwork implements Network {
  readonly #options: RealNetworkOptions;
  readonly #servers = new Set<Server>();
  readonly #connections = new Set<RealConnection>();
  #closed = false;

  constructor(options: RealNetworkOptions) {
    this.#options = options;
  }

  listen(port: number, accept: (connection: RealConnection) => ConnectionEvents): Result<Listener, 'EADDRINUSE'> {
    const server = createServer({ allowHalfOpen: false, noDelay: true });
    let failure: Error | undefined;
    server.on('error', (error) => {
      if (server.listening) throw error;
      failure = error;
    });
    server.on('connection', (socket) => {
      const connection = this.#track(socket);
      connection.accepted(accept(connection));
    });
    listenNow(server, this.#options.listenHost, port);
    if (!server.listening) {
      // The reason follows by an event; a port in use is what a caller can act on, anything else is told aloud.
      setImmediate(() => {
        if (failure !== undefined && (!('code' in failure) || failure.code !== 'EADDRINUSE')) throw failure;
      });
      return failed('EADDRINUSE');
    }
    this.#servers.add(server);
    const bound = boundPort(server);
    const close = (): void => {
      if (!this.#servers.delete(server)) return;
      server.close();
    };
    return ok({ port: bound, close });
  }

  connect(host: string, port: number, events: (connection: RealConnection) => ConnectionEvents): RealConnection {
    const socket = createConnection({ host, port, noDelay: true, allowHalfOpen: false });
    const connection = this.#track(socket, `${host}:${port}`);
    if (this.#closed) socket.destroy();
    else connection.connecting(events(connection), this.#options.connectTimeoutMs);
    return connection;
  }

  #track(socket: Socket, remote = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`): RealConnection {
    const connection = new RealConnection(socket, remote, () => this.#connections.delete(connection));
    this.#connections.add(connection);
    return connection;
  }

  /** Ends all listeners and connections; no event comes after. */
  close(): void {
    this.#closed = true;
    for (const server of this.#servers) server.close();
    this.#servers.clear();
    for (const connection of [...this.#connections]) connection.drop();
    this.#connections.clear();
  }
}

/**
 * Binds at once. `server.listen` looks even a literal address up asynchronously, and then the outcome is not known when listen() returns;
 * `_listen2`, kept by node:net under this name since its first versions, is the synchronous part of it.
 */
function listenNow(server: Server, host: string, port: number): void {
  const bind: unknown = Reflect.get(server, '_listen2');
  invariant(typeof bind === 'function', 'this Node cannot listen synchronously');
  Reflect.apply(bind, server, [host, port, host.includes(':') ? 6 : 4, backlog, undefined, 0]);
}

function boundPort(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  invariant(address !== null && typeof address === 'object', 'a TCP server has a port');
  return address.port;
}

export class RealConnection implements Connection {
  readonly remote: string;
  readonly #socket: Socket;
  readonly #forget: () => void;
  #events: ConnectionEvents | undefined;
  #opened = false;
  #closed = false;
  #ended = false;
  #reset = false;
  #owesDrained = false;
  #failure: CloseReason | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, remote: string, forget: () => void) {
    this.#socket = socket;
    this.remote = remote;
    this.#forget = forget;
    socket.on('data', (chunk: Buffer) => {
      // A plain view: on a Buffer, slice() would share memory with what the receiver keeps.
      this.#events?.received(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    });
    socket.on('drain', () => this.#drained());
    socket.on('error', (error) => {
      this.#failure ??= this.#reasonOf(error);
    });
    socket.on('close', () => this.#over(this.#failure ?? 'end'));
  }

  /** `host:port` of this end once it is connected: what the peer knows as `remote`. */
  get local(): string {
    return `${this.#socket.localAddress ?? 'unknown'}:${this.#socket.localPort ?? 0}`;
  }

  accepted(events: ConnectionEvents): void {
    this.#events = events;
    if (this.#reset) return;
    this.#opened = true;
    events.opened();
  }

  connecting(events: ConnectionEvents, timeoutMs: number): void {
    this.#events = events;
    this.#socket.on('connect', () => {
      clearTimeout(this.#timer);
      if (this.#ended) this.#linger();
      if (this.#reset || this.#closed) return;
      this.#opened = true;
      events.opened();
    });
    if (this.#reset) return;
    this.#timer = setTimeout(() => {
      this.#failure ??= 'timeout';
      this.#socket.destroy();
    }, timeoutMs);
  }

  write(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    if (this.#ended || this.#closed || !socket.writable || bytes.length === 0) return true;
    socket.write(bytes);
    if (socket.writableLength <= sendBufferBytes) return true;
    this.#owesDrained = true;
    return false;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#ended || this.#closed) return;
    this.#ended = true;
    this.#socket.end();
    if (this.#opened) this.#linger();
  }

  reset(): void {
    if (this.#reset || this.#closed) return;
    this.#reset = true;
    this.#ended = true;
    this.#failure = 'reset';
    if (this.#socket.connecting) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  /** The world is closed: breaks off and tells nobody. */
  drop(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket.destroy();
  }

  #linger(): void {
    this.#timer = setTimeout(() => this.reset(), lingerMs);
    this.#timer.unref();
  }

  #drained(): void {
    if (!this.#owesDrained || this.#closed || this.#reset) return;
    this.#owesDrained = false;
    this.#events?.drained();
  }

  #over(why: CloseReason): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#forget();
    this.#events?.closed(why);
  }

  #reasonOf(error: Error): CloseReason {
    const code: unknown = 'code' in error ? error.code : undefined;
    if (this.#opened) return 'reset';
    return code === 'ETIMEDOUT' ? 'timeout' : 'refused';
  }
}
