/**
 * The hash of a run: two 32-bit lanes into which every dispatch and every NodeEvent is folded, in the order in which they happen.
 * Owns what of an event counts: time, node, kind, ids, lengths, a batch's CRC. Same scenario, same hash, on any machine and V8.
 */

import type { NodeEvent } from '../../io/node-event.ts';
import type { DispatchKind, TraceSink } from '../../io/virtual/trace-sink.ts';

export class TraceHash implements TraceSink {
  dispatched(_timeUs: number, _hostId: number, _kind: DispatchKind, _a: number, _b: number): void {}
  observed(_timeUs: number, _hostId: number, _event: NodeEvent): void {}
  /** 16 hex digits. */
  digest(): string {
    return '';
  }
}
/** The hash of a swarm: the seeds' digests, folded in seed order. */
export function combine(_digests: readonly string[]): string {
  return '';
}
