/**
 * The server side of connections: frames in, requests decoded, answers out.
 * Owns framing limits, the order of answers, backpressure and what a broken peer gets; knows no API but ApiVersions, whose
 * unsupported versions are answered and not refused (KIP-511). One request of a connection is handled at a time: the next is looked
 * at when the answer has been taken by the socket, as Kafka's SocketServer mutes a channel. Emits no NodeEvent: what an answer means
 * is its handler's to tell.
 */
import type { Connection } from '../../io/network.ts';
import type { World } from '../../io/world.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { freshBytes } from '../../model/fresh-bytes.ts';
import { invariant } from '../../model/invariant.ts';
import { ok, type Result } from '../../model/result.ts';
import { type Api, apis, type ListenerKind } from '../../protocol/apis.ts';
import { decodeRequestHeader, encodeResponse } from '../../protocol/frame.ts';
import type { ApiVersionsResponseInput } from '../../protocol/messages/api-versions.ts';
import { decode, type Encoded } from '../../protocol/schema/codec.ts';
import type { ByteSource, Input, Message } from '../../protocol/schema/schema.ts';
import type { VersionRange } from '../../protocol/schema/versions.ts';
import { Link, type LinkEvents } from './link.ts';

/** One request on its way. Answer it exactly once: respond(), noResponse() or disconnect(), now or later. */
export interface RequestContext<Response = unknown> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  /** Numbers the connections of one listener in the order they came. */
  readonly connectionId: number;
  /** `host:port` of the peer. */
  readonly remote: string;
  /** True once the connection is gone; an answer would reach nobody. */
  readonly closed: boolean;
  respond(body: Response): void;
  /** The request gets no answer (Produce with acks=0); the next one may come. */
  noResponse(): void;
  /** Ends the connection without an answer. */
  disconnect(): void;
}

export type RequestHandler = (context: RequestContext, api: Api, body: unknown) => void;

export interface ServeOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly listener: ListenerKind;
  /** A frame that says it is longer closes its connection; Kafka's socket.request.max.bytes. */
  readonly maxFrameBytes: number;
  /** What is served; a request for anything else closes its connection. */
  readonly apis: readonly Api[];
}

export interface RpcListener {
  readonly port: number;
  /** How many connections are open. */
  readonly connections: number;
  /** No new connections; those that are open end in order, requests without an answer are not answered. */
  close(): void;
}

/** An answer up to this long goes to the socket in one piece; the records of a longer one stay where they are until it takes them. */
const onePieceBytes = 16_384;

/** Listens and hands every decoded request to `handle`, in the lane `requests`. */
export function serve(world: World, options: ServeOptions, handle: RequestHandler): Result<RpcListener, 'EADDRINUSE'> {
  const apiByKey: (Api | undefined)[] = [];
  for (const api of options.apis) apiByKey[api.key] = api;
  const connections = new Set<ServerConnection>();
  let accepted = 0;
  const listening = world.network.listen(options.port, (connection) => {
    const served = new ServerConnection(world, connection, accepted++, options, apiByKey, handle, (gone) => connections.delete(gone));
    connections.add(served);
    return served.link;
  });
  if (!listening.ok) return listening;
  return ok({
    port: listening.value.port,
    get connections() {
      return connections.size;
    },
    close() {
      listening.value.close();
      for (const connection of [...connections]) connection.end();
    },
  });
}

class ServerConnection implements LinkEvents {
  readonly link: Link;
  readonly id: number;
  readonly #options: ServeOptions;
  readonly #apiByKey: readonly (Api | undefined)[];
  readonly #handle: RequestHandler;
  readonly #forget: (connection: ServerConnection) => void;
  /** The request that is being handled; the next one waits for its end. */
  #current: RequestInHand | undefined;
  /** What is left of the answer that the socket did not take yet, from #written on. */
  #answer: Encoded['parts'] = nothing;
  #written = 0;
  readonly #world: World;
  #closed = false;

  constructor(
    world: World,
    connection: Connection,
    id: number,
    options: ServeOptions,
    apiByKey: readonly (Api | undefined)[],
    handle: RequestHandler,
    forget: (connection: ServerConnection) => void,
  ) {
    this.#world = world;
    this.link = new Link(world, 'requests', connection, options.maxFrameBytes, this);
    this.id = id;
    this.#options = options;
    this.#apiByKey = apiByKey;
    this.#handle = handle;
    this.#forget = forget;
  }

  get closed(): boolean {
    return this.#closed;
  }

  opened(): void {}

  frame(frame: Uint8Array): void {
    const header = decodeRequestHeader(frame);
    if (!header.ok) {
      this.end();
      return;
    }
    const { apiKey, apiVersion, bodyAt } = header.value;
    const api = this.#apiByKey[apiKey];
    const range = api?.[this.#options.listener];
    if (api === undefined || range === undefined) {
      this.end();
      return;
    }
    const request = new RequestInHand(this, api, header.value);
    this.link.hold();
    this.#current = request;
    if (apiVersion < range.min || apiVersion > range.max) {
      this.#refuse(request, api, range);
      return;
    }
    // As in Kafka, what follows a whole request does no harm: librdkafka 2 asks for all topics with three bytes too many.
    const body = decode(api.request, apiVersion, frame, bodyAt, 'ignored');
    if (body.ok) this.#handle(request, api, body.value);
    else this.end();
  }

  /** A client that asks for versions in an unknown way is told the versions in which it may ask (KIP-511); any other is shut out. */
  #refuse(request: RequestInHand, api: Api, range: VersionRange): void {
    if (api.key !== apis.apiVersions.key) {
      this.end();
      return;
    }
    const answer: ApiVersionsResponseInput = {
      errorCode: ErrorCode.UNSUPPORTED_VERSION,
      apiKeys: [{ apiKey: api.key, minVersion: range.min, maxVersion: range.max }],
    };
    this.answer(request, encodeResponse(apis.apiVersions, 0, request.correlationId, answer));
  }

  /** Takes the answer to the request in hand; undefined is none. */
  answer(request: RequestInHand, encoded: Encoded | undefined): void {
    if (this.#closed) return;
    invariant(this.#current === request, 'a request is answered once');
    this.#current = undefined;
    if (encoded === undefined || encoded.parts.length === 1) this.#send(encoded);
    // Who answers and who sends are two threads of a broker: bytes of a log are read by the one that sends, after whatever the log went through.
    else this.#world.on('network', () => this.#send(encoded));
  }

  #send(encoded: Encoded | undefined): void {
    if (this.#closed) return;
    const pieces = encoded === undefined ? nothing : piecesOf(encoded);
    if (pieces === undefined) {
      this.end();
      return;
    }
    this.#answer = pieces;
    this.#written = 0;
    this.#write();
  }

  drained(): void {
    if (this.#current === undefined) this.#write();
  }

  /** Writes what the socket takes; bytes of a source are read only now. With all taken the next request may come. */
  #write(): void {
    while (this.#written < this.#answer.length) {
      const part = this.#answer[this.#written++] as Uint8Array | ByteSource;
      const bytes = part instanceof Uint8Array ? part : read(part);
      if (bytes === undefined) {
        this.end();
        return;
      }
      if (!this.link.write(bytes)) return;
    }
    this.#answer = nothing;
    this.link.release();
  }

  gone(): void {
    this.end();
  }

  /** Ends the connection in order: what was written still leaves. Idempotent. */
  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#current = undefined;
    this.#answer = nothing;
    this.link.drop();
    this.#forget(this);
  }
}

const nothing: readonly never[] = [];

/** What is written one after another; undefined when a source fails: then the connection ends without an answer, as Kafka's does when a file can not be read. */
function piecesOf({ byteLength, parts }: Encoded): Encoded['parts'] | undefined {
  if (parts.length === 1 || byteLength > onePieceBytes) return parts;
  const whole = freshBytes(byteLength);
  const { buffer, byteOffset } = whole;
  let at = 0;
  for (const part of parts) {
    if (part instanceof Uint8Array) whole.set(part, at);
    else {
      part.readInto(new Uint8Array(buffer, byteOffset + at, part.byteLength));
      if (part.failed === true) return undefined;
    }
    at += part.byteLength;
  }
  return [whole];
}

function read(source: ByteSource): Uint8Array | undefined {
  const bytes = freshBytes(source.byteLength);
  source.readInto(bytes);
  return source.failed === true ? undefined : bytes;
}

type RequestHeaderFields = Pick<RequestContext, 'apiKey' | 'apiVersion' | 'correlationId' | 'clientId'>;

class RequestInHand implements RequestContext {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly #connection: ServerConnection;
  readonly #api: Api;

  constructor(connection: ServerConnection, api: Api, header: RequestHeaderFields) {
    this.apiKey = header.apiKey;
    this.apiVersion = header.apiVersion;
    this.correlationId = header.correlationId;
    this.clientId = header.clientId;
    this.#connection = connection;
    this.#api = api;
  }

  get connectionId(): number {
    return this.#connection.id;
  }

  get remote(): string {
    return this.#connection.link.remote;
  }

  get closed(): boolean {
    return this.#connection.closed;
  }

  respond(body: unknown): void {
    if (this.#connection.closed) return;
    this.#connection.answer(this, encodeResponse(this.#api, this.apiVersion, this.correlationId, body as Input<Message>));
  }

  noResponse(): void {
    this.#connection.answer(this, undefined);
  }

  disconnect(): void {
    this.#connection.end();
  }
}
