/**
 * A net.Socket over the virtual network: the stream is Node's own Duplex, the bytes and their fate are the world's.
 * Owns the order of events and the errors as Node gives them; that connections end, break and stall is the network's affair.
 */
import { Duplex } from 'node:stream';
import type { CloseReason, Connection, ConnectionEvents } from '../io/network.ts';
import { current } from './current.ts';
import { refuse } from './refusal.ts';
import type { SandboxProcess } from './sandbox-process.ts';
import { VirtualTimeout } from './substitutes/timers.ts';

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly timeout?: number;
  readonly lookup?: unknown;
}

type Done = (error?: Error | null) => void;

const errnos = { ECONNREFUSED: -111, ETIMEDOUT: -110, ECONNRESET: -104, ENOTFOUND: -3008, EPIPE: -32 };

/** An error as libuv's come out of Node. */
export function systemError(code: keyof typeof errnos, syscall: string, details: Readonly<Record<string, unknown>> = {}): Error {
  const where = 'address' in details ? ` ${details['address']}:${details['port']}` : 'hostname' in details ? ` ${details['hostname']}` : '';
  return Object.assign(new Error(`${syscall} ${code}${where}`), { errno: errnos[code], code, syscall, ...details });
}

/** What net.connect and Socket.connect are called with, in any of their forms. */
export function connectArguments(args: readonly unknown[]): { readonly options: ConnectOptions; readonly listener: (() => void) | undefined } {
  const last = args.at(-1);
  const listener = typeof last === 'function' ? () => void Reflect.apply(last, undefined, []) : undefined;
  const [first, second] = args;
  if (typeof first === 'object' && first !== null) {
    if ('path' in first && first.path !== undefined) refuse('net.connect to a path', 'connect to a host and a port of the virtual network');
    const given: { host?: unknown; port?: unknown; timeout?: unknown } = first;
    const timeout = typeof given.timeout === 'number' ? { timeout: given.timeout } : {};
    return { options: { host: hostOf(given.host), port: portOf(given.port), ...timeout }, listener };
  }
  if (typeof first === 'string' && !/^\d+$/.test(first)) refuse('net.connect to a path', 'connect to a host and a port of the virtual network');
  return { options: { host: hostOf(typeof second === 'string' ? second : undefined), port: portOf(first) }, listener };
}

const hostOf = (value: unknown): string => (typeof value === 'string' && value !== '' ? value : 'localhost');

function portOf(value: unknown): number {
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw Object.assign(new RangeError(`Port should be >= 0 and < 65536. Received ${String(value)}.`), { code: 'ERR_SOCKET_BAD_PORT' });
}

export class VirtualSocket extends Duplex {
  connecting = false;
  timeout: number | undefined;
  bytesRead = 0;
  bytesWritten = 0;
  remoteAddress: string | undefined;
  remotePort: number | undefined;
  remoteFamily: string | undefined;
  localAddress: string | undefined;
  localPort: number | undefined;
  readonly #process: SandboxProcess;
  #connection: Connection | undefined;
  #open = false;
  /** The network said that it is over. */
  #over = false;
  /** What waits for the connection to open. */
  #waiting: (() => void)[] = [];
  /** What waits until the network takes more. */
  #drained: Done | undefined;
  #idle: VirtualTimeout | undefined;

  constructor(owner: SandboxProcess, options: { readonly allowHalfOpen?: boolean } = {}) {
    super({ allowHalfOpen: options.allowHalfOpen === true, autoDestroy: true, emitClose: false, decodeStrings: true });
    this.#process = owner;
  }

  get pending(): boolean {
    return this.#connection === undefined || this.connecting;
  }
  get readyState(): string {
    if (this.connecting) return 'opening';
    if (this.readable && this.writable) return 'open';
    return this.readable ? 'readOnly' : this.writable ? 'writeOnly' : 'closed';
  }
  get bufferSize(): number {
    return this.writableLength;
  }

  connect(...args: unknown[]): this {
    const { options, listener } = connectArguments(args);
    if (listener !== undefined) this.once('connect', listener);
    if (options.timeout !== undefined) this.setTimeout(options.timeout);
    this.connecting = true;
    const machine = this.#process.resolve(options.host);
    if (machine === undefined) {
      // As after a look-up that took its time.
      const error = systemError('ENOTFOUND', 'getaddrinfo', { hostname: options.host });
      this.#process.after(1, () => this.destroy(error));
      return this;
    }
    this.#connection = this.#process.connect(machine.name, options.port, () => this.#events(machine.address, options.port));
    return this;
  }

  #events(address: string, port: number): ConnectionEvents {
    return {
      opened: () => this.#opened(address, port),
      received: (bytes) => this.#received(bytes),
      drained: () => {
        const done = this.#drained;
        this.#drained = undefined;
        done?.();
      },
      closed: (why) => this.#closed(why, address, port),
    };
  }

  #opened(address: string, port: number): void {
    if (this.destroyed) return;
    this.connecting = false;
    this.#open = true;
    this.remoteAddress = address;
    this.remotePort = port;
    this.remoteFamily = 'IPv4';
    this.localAddress = this.#process.address;
    this.localPort = 32_768 + (this.#process.nextNumber() % 28_232);
    this.#active();
    this.emit('connect');
    this.emit('ready');
    for (const act of this.#waiting.splice(0)) act();
    // Node starts reading now, so that an end is noticed by a socket that nobody reads from.
    if (!this.isPaused()) this.read(0);
  }

  #received(bytes: Uint8Array): void {
    if (this.destroyed) return;
    this.bytesRead += bytes.length;
    this.#active();
    if (!this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) this.#connection?.pause();
  }

  #closed(why: CloseReason, address: string, port: number): void {
    this.#over = true;
    this.#connection = undefined;
    const done = this.#drained;
    this.#drained = undefined;
    if (this.destroyed) {
      done?.();
      return;
    }
    switch (why) {
      case 'end':
        done?.();
        this.push(null);
        // Nobody may ever read to the end: Node reads it off when there is nothing else.
        if (this.readableLength === 0) this.read(0);
        return;
      case 'reset':
        this.destroy(systemError('ECONNRESET', 'read'));
        return;
      case 'refused':
        this.destroy(systemError('ECONNREFUSED', 'connect', { address, port }));
        return;
      case 'timeout':
        this.destroy(systemError('ETIMEDOUT', 'connect', { address, port }));
    }
  }

  override _read(): void {
    this.#connection?.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    if (this.connecting) {
      this.#waiting.push(() => this._write(chunk, _encoding, done));
      return;
    }
    const connection = this.#connection;
    if (connection === undefined || this.#over) {
      done(systemError('EPIPE', 'write'));
      return;
    }
    this.bytesWritten += chunk.length;
    this.#active();
    // The network keeps what it is given, and the caller may use its buffer again.
    if (connection.write(new Uint8Array(chunk))) done();
    else this.#drained = done;
  }

  override _final(done: Done): void {
    if (this.connecting) {
      this.#waiting.push(() => this._final(done));
      return;
    }
    this.#connection?.end();
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#idle?.close();
    const connection = this.#connection;
    if (connection !== undefined && !this.#over) {
      // A handshake under way is broken off; what was handed to the network still leaves.
      if (this.#open) connection.end();
      else connection.reset();
    }
    this.#connection = undefined;
    this.connecting = false;
    this.#waiting = [];
    done(error);
    // After the error, and with the word whether there was one, which a Duplex by itself does not give.
    process.nextTick(() => this.emit('close', error !== null));
  }

  resetAndDestroy(): this {
    this.#connection?.reset();
    this.#over = true;
    return this.destroy(this.connecting ? systemError('ECONNRESET', 'connect') : undefined);
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  setTimeout(ms: number, listener?: () => void): this {
    this.timeout = ms;
    this.#active();
    if (listener === undefined) return this;
    if (ms === 0) this.removeListener('timeout', listener);
    else this.once('timeout', listener);
    return this;
  }

  /** Something happened: the idle time begins anew. */
  #active(): void {
    const { timeout } = this;
    this.#idle?.close();
    this.#idle = undefined;
    if (timeout === undefined || timeout === 0 || this.destroyed || current() === undefined) return;
    this.#idle = new VirtualTimeout(this.#process, () => this.emit('timeout'), [], timeout, false);
  }

  // Nothing of these is seen in a virtual world.
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  address(): object {
    return this.localAddress === undefined ? {} : { address: this.localAddress, family: 'IPv4', port: this.localPort };
  }
}
