/** TCP as a node sees it: byte streams, in any chunks, that may stall, end or break. */
import type { Result } from '../model/result.ts';

/** `end`: the peer closed in order. `reset`: RST. `refused`, `timeout`: the connect failed. */
export type CloseReason = 'end' | 'reset' | 'refused' | 'timeout';

/** What happens to a connection; `closed` comes exactly once, also after one's own end() or reset(), and nothing comes after it. */
export interface ConnectionEvents {
  /** The connection is established; the first event of an outgoing connection that succeeds, and of every accepted one. */
  opened(): void;
  /** Bytes in order, cut anywhere. They belong to the receiver from now on, who may keep or change them. */
  received(bytes: Uint8Array): void;
  /** The outgoing buffer is below its low mark again after a write() that answered false. */
  drained(): void;
  closed(why: CloseReason): void;
}

export interface Connection {
  /** `host:port` of the peer, for people. */
  readonly remote: string;
  /** Takes the bytes: they belong to the network from now on, the caller must not change them. False: the buffer is above its high mark, wait for drained(). */
  write(bytes: Uint8Array): boolean;
  /** No received() until resume(); the peer meets backpressure. */
  pause(): void;
  resume(): void;
  /** Ends in order once what was written has left. Idempotent. */
  end(): void;
  /** Breaks off at once. Idempotent. */
  reset(): void;
}

export interface Listener {
  readonly port: number;
  /** No new connections; the accepted ones live on. */
  close(): void;
}

export interface Network {
  /** Port 0 takes any free port. */
  listen(port: number, accept: (connection: Connection) => ConnectionEvents): Result<Listener, 'EADDRINUSE'>;
  connect(host: string, port: number, events: (connection: Connection) => ConnectionEvents): Connection;
}
