/**
 * Damaged frames against a running `serve`: whatever arrives, the server neither dies nor hangs nor grows, and a client that behaves
 * is served all the while. Behind each damaged frame goes a probe; a connection that answers it is used again, any other is replaced.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { apis } from '../../src/protocol/apis.ts';
import { encodeRequest } from '../../src/protocol/frame.ts';
import { type Mutant, mutatedRequests } from '../protocol/corpus.ts';

/** How long a connection may stay silent, as it must while a frame lacks bytes, before it is given up. */
const silenceMs = 250;
/** The well-behaved client asks this often and must be answered this soon. */
const heartbeatEveryMs = 20;
const answerWithinMs = 5_000;

export interface FuzzReport {
  readonly frames: number;
  readonly answered: number;
  readonly closed: number;
  readonly silent: number;
  /** Requests of the well-behaved client, all of them answered. */
  readonly served: number;
  readonly slowestAnswerMs: number;
  /** Resident memory after a tenth of the frames and at the end; NaN where /proc is missing. */
  readonly residentMiB: { readonly warm: number; readonly end: number };
  readonly seconds: number;
}

const probe = encodeRequest(apis.apiVersions, 0, 0x0bad5eed, 'probe', {});

export interface FuzzPlan {
  readonly seed: number;
  readonly frames: number;
  /** How many are thrown at a time. More than a machine can serve within the silence are taken for silent. */
  readonly connections: number;
}

/** Sends damaged frames to each broker in turn; rejects when the server stops serving. */
export async function fuzzServe(bootstrap: string, pid: number, plan: FuzzPlan, progress: (done: number) => void): Promise<FuzzReport> {
  const { seed, frames: count, connections } = plan;
  const addresses = bootstrap
    .split(',')
    .map((one) => ({ host: one.slice(0, one.lastIndexOf(':')), port: Number(one.slice(one.lastIndexOf(':') + 1)) }));
  const started = performance.now();
  const tally = { answered: 0, closed: 0, silent: 0 };
  const mutants = mutatedRequests(seed, count)[Symbol.iterator]();
  let [sent, warm] = [0, Number.NaN];
  const good = new GoodClient(addresses[0] ?? { host: '127.0.0.1', port: 0 });
  const worker = async (at: number): Promise<void> => {
    const address = addresses[at % addresses.length];
    let socket: Socket | undefined;
    for (let next = mutants.next(); next.done !== true && address !== undefined; next = mutants.next()) {
      socket ??= await open(address);
      const outcome = await throwAt(socket, next.value);
      tally[outcome]++;
      if (outcome !== 'answered') {
        socket.resetAndDestroy();
        socket = undefined;
      }
      sent++;
      if (sent === Math.ceil(count / 10)) warm = residentMiB(pid);
      if (sent % 10_000 === 0) progress(sent);
    }
    socket?.resetAndDestroy();
  };
  await Promise.race([Promise.all(Array.from({ length: connections }, (_, at) => worker(at))), good.failed]);
  const served = good.stop();
  return { frames: sent, ...tally, ...served, residentMiB: { warm, end: residentMiB(pid) }, seconds: (performance.now() - started) / 1000 };
}

function open(address: { readonly host: string; readonly port: number }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(address);
    socket.setNoDelay(true);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

function throwAt(socket: Socket, mutant: Mutant): Promise<'answered' | 'closed' | 'silent'> {
  return new Promise((resolve) => {
    let tail = Buffer.alloc(0);
    const finish = (outcome: 'answered' | 'closed' | 'silent'): void => {
      clearTimeout(silence);
      socket.off('data', read);
      socket.off('close', closed);
      resolve(outcome);
    };
    const closed = (): void => finish('closed');
    const read = (chunk: Buffer): void => {
      tail = Buffer.concat([tail, chunk]).subarray(-4096);
      if (tail.includes(Buffer.from([0x0b, 0xad, 0x5e, 0xed]))) finish('answered');
    };
    const silence = setTimeout(() => finish('silent'), silenceMs);
    socket.on('data', read);
    socket.on('close', closed);
    if (socket.destroyed) finish('closed');
    else socket.write(Buffer.concat([mutant.bytes, probe]));
  });
}

/** A client that keeps to the protocol; `failed` rejects when it is not served. */
class GoodClient {
  readonly failed: Promise<never>;
  #served = 0;
  #slowestMs = 0;
  #askedAt: number | undefined;
  #stopped = false;
  readonly #timer: NodeJS.Timeout;
  readonly #socket: Socket;

  constructor(address: { readonly host: string; readonly port: number }) {
    let fail: (error: Error) => void = () => undefined;
    this.failed = new Promise((_, reject) => {
      fail = reject;
    });
    this.#socket = connect(address);
    this.#socket.on('error', (error) => fail(error));
    this.#socket.on('close', () => {
      if (!this.#stopped) fail(new Error('the well-behaved connection was closed'));
    });
    this.#socket.on('data', () => this.#answered());
    const request = encodeRequest(apis.metadata, 12, 7, 'well-behaved', {
      topics: null,
      allowAutoTopicCreation: false,
      includeTopicAuthorizedOperations: false,
    });
    this.#timer = setInterval(() => {
      if (this.#askedAt === undefined) {
        this.#askedAt = performance.now();
        this.#socket.write(request);
      } else if (performance.now() - this.#askedAt > answerWithinMs) {
        fail(new Error(`the well-behaved connection waited ${answerWithinMs} ms for its answer`));
      }
    }, heartbeatEveryMs);
  }

  #answered(): void {
    if (this.#askedAt === undefined) return;
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - this.#askedAt);
    this.#askedAt = undefined;
    this.#served++;
  }

  stop(): { readonly served: number; readonly slowestAnswerMs: number } {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#socket.destroy();
    return { served: this.#served, slowestAnswerMs: Math.round(this.#slowestMs) };
  }
}

function residentMiB(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kilobytes ?? Number.NaN) / 1024);
  } catch {
    return Number.NaN;
  }
}
