/**
 * What the virtual world tells about each dispatch: small integers only, so that folding them into a hash is cheap.
 * Owns the kinds of dispatch; the hash and the readable trace belong to whoever implements the sink.
 */

/** What was handed to a node. `a` and `b` of a dispatch depend on it. */
export const DispatchKind = {
  /** a: hash of the peer host's name, b: port */
  accept: 1,
  /** a: hash of the peer host's name, b: port */
  opened: 2,
  /** a: hash of the peer host's name, b: byte length */
  received: 3,
  /** a: hash of the peer host's name, b: 0 */
  drained: 4,
  /** a: hash of the peer host's name, b: 0 end, 1 reset, 2 refused, 3 timeout */
  closed: 5,
  /** a: hash of the timer's name, b: 0 */
  timer: 6,
  /** A syncLater that is done. a: hash of the file's path, b: 0 for success, else 1 */
  synced: 7,
  /** A step that had to wait for its lane. a: hash of the lane's name, b: 0 */
  step: 8,
} as const;
export type DispatchKind = (typeof DispatchKind)[keyof typeof DispatchKind];

export interface TraceSink {
  /** Told before the node's code runs. `hostId` is the id the host was made with; `a` and `b` are integers (see DispatchKind). */
  dispatched(timeUs: number, hostId: number, kind: DispatchKind, a: number, b: number): void;
}

/** Takes everything, keeps nothing. */
export const noTrace: TraceSink = { dispatched: () => undefined };
