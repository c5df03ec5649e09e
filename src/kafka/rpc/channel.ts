/**
 * The client side of a connection: one peer, many requests in flight, answers in request order.
 * Owns connecting on demand, the back-off between connects, the negotiation of versions (ApiVersions first, KIP-511) and request
 * timeouts. Does not retry a request: what a failure means is the caller's to decide. As Kafka's NetworkClient, for one node.
 *
 * disconnected -> connecting -> negotiating -> ready -> disconnected -> ...; closed from anywhere, for ever.
 */
import type { Timer } from '../../io/clock.ts';
import type { Lane, World } from '../../io/world.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { done, failed, type Result } from '../../model/result.ts';
import { type Api, apis } from '../../protocol/apis.ts';
import { decodeResponseHeader, encodeRequest } from '../../protocol/frame.ts';
import type { ApiVersionsResponse } from '../../protocol/messages/api-versions.ts';
import { decode } from '../../protocol/schema/codec.ts';
import type { Infer, Input, Message } from '../../protocol/schema/schema.ts';
import type { VersionRange } from '../../protocol/schema/versions.ts';
import { type Backoff, backoffMs } from './backoff.ts';
import { Link, type LinkEvents } from './link.ts';

/**
 * Why a request got no answer. `disconnected`: the connection could not be made or broke, or the channel was closed. `timeout`: the
 * answer did not come in time; the connection was closed for it. `unsupported`: the peer serves no version that would do; nothing
 * was sent. `malformed`: the peer's bytes are not an answer to what was asked; the connection was closed.
 */
export type RpcError = 'disconnected' | 'timeout' | 'unsupported' | 'malformed';
export type ChannelState = 'disconnected' | 'connecting' | 'negotiating' | 'ready' | 'closed';

export interface ChannelOptions {
  /** Sent in every request header. */
  readonly clientId: string | null;
  readonly host: string;
  readonly port: number;
  /** Where answers are handled and `done` runs. */
  readonly lane: Lane;
  /** From send() to the answer, waiting for the connection included. */
  readonly requestTimeoutMs: number;
  /** The first connect's limit; it doubles with each failure up to connectTimeoutMaxMs (default 30,000). */
  readonly connectTimeoutMs: number;
  readonly connectTimeoutMaxMs?: number;
  /** Waits between connects; Kafka's reconnect.backoff.ms and reconnect.backoff.max.ms, 50 and 1,000 by default. */
  readonly reconnectBackoff?: Backoff;
  /** Stable over runs; keys timers and jitter. By default made of the client id and the host. */
  readonly name?: string;
  /** Told after a change of the state, in the lane; not told of close(). */
  readonly stateChanged?: (state: ChannelState) => void;
}

export interface SendOptions {
  /** Exactly this version. */
  readonly version?: number;
  /** At most this version. */
  readonly maxVersion?: number;
  /** Instead of the channel's requestTimeoutMs. */
  readonly timeoutMs?: number;
}

/** What is sent: the same for every version, or made for the version that was negotiated. */
export type Body<Q extends Message> = Input<Q> | ((version: number) => Input<Q>);
/** Called exactly once; `version` is what was negotiated, -1 when it never was. */
/** How a request that is not answered ended. */
export type Told = (result: Result<void, RpcError>, version: number) => void;
export type Done<S extends Message> = (result: Result<Infer<S>, RpcError>, version: number) => void;

/** A request from send() to its end; the types of its messages are erased here and stand again where `done` was given. */
interface Pending {
  readonly api: Api;
  readonly body: unknown;
  readonly done: (result: Result<unknown, RpcError>, version: number) => void;
  readonly deadlineMs: number;
  readonly exactVersion: number | undefined;
  readonly maxVersion: number | undefined;
  /** False for Produce with acks=0. */
  readonly answered: boolean;
  /** What it was sent with; -1 before. */
  version: number;
  correlationId: number;
}

const defaultReconnectBackoff: Backoff = { initialMs: 50, maxMs: 1000 };
const defaultConnectTimeoutMaxMs = 30_000;
/** A client takes a frame of any length that can be written. */
const maxFrameBytes = 0x7fffffff;
const software = { clientSoftwareName: 'faultline', clientSoftwareVersion: '0.1.0' };

export class Channel {
  readonly #world: World;
  readonly #options: ChannelOptions;
  readonly #name: string;
  readonly #timeoutName: string;
  #state: ChannelState = 'disconnected';
  #link: Link | undefined;
  /** Not yet written: no connection, or the socket is full. */
  #waiting: Pending[] = [];
  /** Written and unanswered, oldest first. */
  #inFlight: Pending[] = [];
  #blocked = false;
  /** What the peer serves, by API key. */
  readonly #served = new Map<number, VersionRange>();
  #lastCorrelationId = -1;
  /** Connections lost, and connects that failed, since the peer was last reached. */
  #failures = 0;
  #failedConnects = 0;
  #reconnectAtMs = Number.NEGATIVE_INFINITY;
  #reconnectTimer: Timer | undefined;
  #connectTimer: Timer | undefined;
  #requestTimer: Timer | undefined;
  #requestTimerAtMs = Number.POSITIVE_INFINITY;

  constructor(world: World, options: ChannelOptions) {
    this.#world = world;
    this.#options = options;
    this.#name = options.name ?? `${options.clientId ?? ''} to ${options.host}`;
    this.#timeoutName = `${this.#name} request timeout`;
  }

  get state(): ChannelState {
    return this.#state;
  }

  /** Requests that have no answer yet, sent or not. */
  get pending(): number {
    return this.#inFlight.length + this.#waiting.length;
  }

  /** In monotonic ms: before it no connect is made. In the past where none is held back. */
  get reconnectAtMs(): number {
    return this.#reconnectAtMs;
  }

  /** What a request would be sent with; undefined before the channel is ready and where no version would do. */
  version(api: Api): number | undefined {
    const version = this.#state === 'ready' ? this.#versionFor(api, undefined, undefined) : -1;
    return version < 0 ? undefined : version;
  }

  /** Connects now, or when the back-off ends. Does nothing to a channel that is connected, about to be, or closed. */
  connect(): void {
    if (this.#state !== 'disconnected' || this.#reconnectTimer !== undefined) return;
    const waitMs = this.#reconnectAtMs - this.#world.clock.monotonicMs();
    if (waitMs <= 0) this.#dial();
    else this.#reconnectTimer = this.#world.clock.after(`${this.#name} reconnect`, waitMs, this.#reconnect);
  }

  /**
   * Sends a request, connecting first where needed. `done` comes exactly once, in a step of the lane: after the step that calls send().
   * A connect that fails and a connection that breaks end what waits as well as what is in flight: `disconnected`.
   */
  send<Q extends Message, S extends Message>(api: Api<Q, S>, body: Body<Q>, done: Done<S>, options?: SendOptions): void {
    this.#submit(api, body, done as Pending['done'], true, options);
  }

  /** Sends a request that gets no answer (Produce with acks=0); `done` comes when the socket has taken it, else as for send(). */
  tell<Q extends Message, S extends Message>(api: Api<Q, S>, body: Body<Q>, done: Told, options?: SendOptions): void {
    this.#submit(api, body, done as Pending['done'], false, options);
  }

  /** Ends the connection in order; what is unanswered ends with `disconnected`. Idempotent. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#lose('disconnected', 'closed');
    this.#reconnectTimer?.cancel();
    this.#requestTimer?.cancel();
  }

  #submit(api: Api, body: unknown, done: Pending['done'], answered: boolean, options: SendOptions | undefined): void {
    const deadlineMs = this.#world.clock.monotonicMs() + (options?.timeoutMs ?? this.#options.requestTimeoutMs);
    const request: Pending = {
      api,
      body,
      done,
      deadlineMs,
      exactVersion: options?.version,
      maxVersion: options?.maxVersion,
      answered,
      version: -1,
      correlationId: -1,
    };
    if (this.#state === 'closed') {
      this.#finish(request, 'disconnected');
      return;
    }
    if (deadlineMs < this.#requestTimerAtMs) this.#watch(deadlineMs);
    if (this.#state === 'ready' && !this.#blocked) {
      this.#transmit(request);
      return;
    }
    this.#waiting.push(request);
    this.connect();
  }

  #dial(): void {
    this.#state = 'connecting';
    const limitMs = backoffMs(
      { initialMs: this.#options.connectTimeoutMs, maxMs: this.#options.connectTimeoutMaxMs ?? defaultConnectTimeoutMaxMs },
      this.#failedConnects,
      this.#world.random.uint32(`${this.#name} connect timeout`),
    );
    this.#connectTimer = this.#world.clock.after(`${this.#name} connect timeout`, limitMs, this.#connectTimedOut);
    this.#world.network.connect(this.#options.host, this.#options.port, (connection) => {
      this.#link = new Link(this.#world, this.#options.lane, connection, maxFrameBytes, this.#linkEvents);
      return this.#link;
    });
    this.#tellState();
  }

  readonly #reconnect = (): void => {
    this.#world.on(this.#options.lane, () => {
      this.#reconnectTimer = undefined;
      if (this.#state === 'disconnected') this.#dial();
    });
  };

  readonly #connectTimedOut = (): void => {
    this.#world.on(this.#options.lane, () => {
      if (this.#state === 'connecting') this.#lose('disconnected', 'disconnected');
    });
  };

  readonly #linkEvents: LinkEvents = {
    opened: () => {
      this.#connectTimer?.cancel();
      this.#failures = 0;
      this.#failedConnects = 0;
      this.#state = 'negotiating';
      this.#negotiate(stableVersions(apis.apiVersions).max);
      this.#tellState();
    },
    frame: (frame) => {
      const request = this.#inFlight.shift();
      // A peer that says something unasked for cannot be understood any more.
      if (request === undefined) this.#lose('malformed', 'disconnected');
      else this.#answered(request, frame);
    },
    drained: () => {
      this.#blocked = false;
      this.#flush();
    },
    gone: () => this.#lose('disconnected', 'disconnected'),
  };

  /** Asks which versions the peer serves; the first request of every connection. */
  #negotiate(version: number): void {
    const request: Pending = {
      api: apis.apiVersions,
      body: software,
      done: (result) => {
        // The failures come from #lose(), which has done what is to be done.
        if (result.ok) this.#negotiated(version, result.value as ApiVersionsResponse);
      },
      deadlineMs: this.#world.clock.monotonicMs() + this.#options.requestTimeoutMs,
      exactVersion: version,
      maxVersion: undefined,
      answered: true,
      version: -1,
      correlationId: -1,
    };
    if (request.deadlineMs < this.#requestTimerAtMs) this.#watch(request.deadlineMs);
    this.#write(request, version);
  }

  #negotiated(asked: number, response: ApiVersionsResponse): void {
    if (response.errorCode === ErrorCode.UNSUPPORTED_VERSION && asked > 0) {
      const range = response.apiKeys.find((served) => served.apiKey === apis.apiVersions.key);
      this.#negotiate(range === undefined ? 0 : Math.min(range.maxVersion, asked - 1));
      return;
    }
    if (response.errorCode !== ErrorCode.NONE) {
      this.#lose('disconnected', 'disconnected');
      return;
    }
    this.#served.clear();
    for (const { apiKey, minVersion, maxVersion } of response.apiKeys) this.#served.set(apiKey, { min: minVersion, max: maxVersion });
    this.#state = 'ready';
    this.#flush();
    if (this.#state === 'ready') this.#tellState();
  }

  #flush(): void {
    while (this.#state === 'ready' && !this.#blocked) {
      const request = this.#waiting.shift();
      if (request === undefined) return;
      this.#transmit(request);
    }
  }

  #transmit(request: Pending): void {
    const version = this.#versionFor(request.api, request.exactVersion, request.maxVersion);
    if (version < 0) this.#finish(request, 'unsupported');
    else this.#write(request, version);
  }

  /** The highest version that both sides have and the caller allows; -1 for none. */
  #versionFor(api: Api, exact: number | undefined, most: number | undefined): number {
    const served = this.#served.get(api.key);
    if (served === undefined) return -1;
    const known = stableVersions(api);
    const highest = Math.min(served.max, known.max, most ?? known.max);
    const lowest = Math.max(served.min, known.min);
    if (exact === undefined) return highest >= lowest ? highest : -1;
    return exact >= lowest && exact <= highest ? exact : -1;
  }

  #write(request: Pending, version: number): void {
    request.version = version;
    this.#lastCorrelationId = (this.#lastCorrelationId + 1) & 0x7fffffff;
    request.correlationId = this.#lastCorrelationId;
    const body = (typeof request.body === 'function' ? request.body(version) : request.body) as Input<Message>;
    const bytes = encodeRequest(request.api, version, request.correlationId, this.#options.clientId, body);
    if (request.answered) this.#inFlight.push(request);
    else this.#world.on(this.#options.lane, () => request.done(done, version));
    if (this.#link?.write(bytes) === false) this.#blocked = true;
  }

  /** Takes the answer to the oldest request in flight. */
  #answered(request: Pending, frame: Uint8Array): void {
    // The version of an answer to ApiVersions is not known before it is read: a refusal comes in version 0.
    const refused = request.api.key === apis.apiVersions.key && isUnsupportedVersion(frame);
    const version = refused ? 0 : request.version;
    const header = decodeResponseHeader(request.api, version, frame);
    const response =
      header.ok && header.value.correlationId === request.correlationId
        ? decode(request.api.response, version, frame, header.value.bodyAt)
        : undefined;
    if (response === undefined || !response.ok) {
      this.#inFlight.unshift(request);
      this.#lose('malformed', 'disconnected');
    } else request.done(response, request.version);
  }

  /**
   * Gives up the connection. The requests that ran out of time end with `timeout` and the oldest one in flight with `why`; the
   * others, whose fate nobody knows, with `disconnected`.
   */
  #lose(why: RpcError, next: 'disconnected' | 'closed'): void {
    const nowMs = this.#world.clock.monotonicMs();
    const wasConnecting = this.#state === 'connecting';
    const lost = this.#inFlight;
    const unsent = this.#waiting;
    this.#inFlight = [];
    this.#waiting = [];
    this.#link?.drop();
    this.#link = undefined;
    this.#blocked = false;
    this.#connectTimer?.cancel();
    this.#state = next;
    if (next === 'disconnected') {
      const draw = this.#world.random.uint32(`${this.#name} reconnect`);
      this.#reconnectAtMs = nowMs + backoffMs(this.#options.reconnectBackoff ?? defaultReconnectBackoff, this.#failures, draw);
      this.#failures++;
      if (wasConnecting) this.#failedConnects++;
    }
    for (const request of lost) {
      this.#finish(request, request.deadlineMs <= nowMs ? 'timeout' : why);
      why = 'disconnected';
    }
    for (const request of unsent) this.#finish(request, request.deadlineMs <= nowMs ? 'timeout' : 'disconnected');
    if (next === 'disconnected') this.#tellState();
  }

  /** Ends a request without an answer; in a step of its own, so that a step that sends is never entered from within. */
  #finish(request: Pending, error: RpcError): void {
    this.#world.on(this.#options.lane, () => request.done(failed(error), request.version));
  }

  #tellState(): void {
    const { stateChanged } = this.#options;
    if (stateChanged === undefined) return;
    const state = this.#state;
    this.#world.on(this.#options.lane, () => stateChanged(state));
  }

  /** Looks at the time-outs at this moment. One timer serves all requests: it is not moved when answers come. */
  #watch(atMs: number): void {
    this.#requestTimer?.cancel();
    this.#requestTimerAtMs = atMs;
    const delayMs = Math.max(0, atMs - this.#world.clock.monotonicMs());
    this.#requestTimer = this.#world.clock.after(this.#timeoutName, delayMs, this.#look);
  }

  readonly #look = (): void => {
    this.#world.on(this.#options.lane, () => {
      this.#requestTimerAtMs = Number.POSITIVE_INFINITY;
      const nowMs = this.#world.clock.monotonicMs();
      const sentInTime = this.#inFlight.every((request) => request.deadlineMs > nowMs);
      if (sentInTime) this.#expireWaiting(nowMs);
      // A peer that lets a request hang may be gone: the connection is given up, as Kafka's NetworkClient does.
      else this.#lose('disconnected', 'disconnected');
      let nextMs = Number.POSITIVE_INFINITY;
      for (const request of this.#inFlight) nextMs = Math.min(nextMs, request.deadlineMs);
      for (const request of this.#waiting) nextMs = Math.min(nextMs, request.deadlineMs);
      if (nextMs !== Number.POSITIVE_INFINITY) this.#watch(nextMs);
    });
  };

  #expireWaiting(nowMs: number): void {
    if (this.#waiting.every((request) => request.deadlineMs > nowMs)) return;
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((request) => request.deadlineMs > nowMs);
    for (const request of waiting) if (request.deadlineMs <= nowMs) this.#finish(request, 'timeout');
  }
}

/** The versions a client speaks: those that a server of any kind would serve. */
const stableVersions = (api: Api): VersionRange => api.broker ?? api.controller ?? neverServed;
const neverServed: VersionRange = { min: 0, max: -1 };

/** Whether an answer to ApiVersions is a refusal of its version: its error code stands at the same place in all versions. */
const isUnsupportedVersion = (frame: Uint8Array): boolean =>
  frame.length >= 6 && (((frame[4] ?? 0) << 8) | (frame[5] ?? 0)) === ErrorCode.UNSUPPORTED_VERSION;
