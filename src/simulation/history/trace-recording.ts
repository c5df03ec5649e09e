/**
 * A trace that remembers: all entries or the last N of them, beside the hash, so that two runs that should be one can be told where they
 * part. Owns the memory and the comparison; what counts is the hash's, the wording is render's.
 */
import type { NodeEvent } from '../../io/node-event.ts';
import type { DispatchKind, TraceSink } from '../../io/virtual/trace-sink.ts';
import { renderDispatch, renderEvent, renderTime } from './render.ts';
import type { TraceHash } from './trace-hash.ts';

interface Kept {
  readonly timeUs: number;
  readonly hostId: number;
  readonly event: NodeEvent | undefined;
  readonly kind: DispatchKind | undefined;
  readonly a: number;
  readonly b: number;
  /** The hash's lanes after this entry. */
  readonly laneA: number;
  readonly laneB: number;
}

/** One entry as plain data, to be compared in another process. Equal lanes: all that was folded up to here was the same. */
export interface TraceEntry {
  readonly timeUs: number;
  readonly text: string;
  readonly lanes: string;
}

export class TraceRecording implements TraceSink {
  readonly #hash: TraceHash;
  readonly #limit: number;
  readonly #ring: Kept[] = [];
  #count = 0;

  /** `limit`: how many of the last entries to keep (>= 1); all without it. */
  constructor(hash: TraceHash, limit = Number.POSITIVE_INFINITY) {
    this.#hash = hash;
    this.#limit = limit;
  }

  /** Entries folded so far. */
  get count(): number {
    return this.#count;
  }

  /** The index of the first entry that is still kept. */
  get firstKept(): number {
    return this.#count - this.#ring.length;
  }

  dispatched(timeUs: number, hostId: number, kind: DispatchKind, a: number, b: number): void {
    this.#hash.dispatched(timeUs, hostId, kind, a, b);
    this.#keep({ timeUs, hostId, event: undefined, kind, a, b, laneA: this.#hash.laneA, laneB: this.#hash.laneB });
  }

  observed(timeUs: number, hostId: number, event: NodeEvent): void {
    this.#hash.observed(timeUs, hostId, event);
    this.#keep({ timeUs, hostId, event, kind: undefined, a: 0, b: 0, laneA: this.#hash.laneA, laneB: this.#hash.laneB });
  }

  /** The entry at an index in readable form; undefined when it is not kept. */
  line(index: number, hostName: (hostId: number) => string = (hostId) => `node ${hostId}`): string | undefined {
    const kept = this.#at(index);
    if (kept === undefined) return undefined;
    const what = kept.event === undefined ? (kept.kind === undefined ? '' : renderDispatch(kept.kind, kept.a, kept.b)) : renderEvent(kept.event);
    return `${renderTime(kept.timeUs)} ${hostName(kept.hostId)} ${what}`;
  }

  /** All that is kept, oldest first. */
  *entries(): Generator<TraceEntry> {
    for (let index = this.firstKept; index < this.#count; index++) {
      const kept = this.#at(index);
      const text = this.line(index);
      if (kept !== undefined && text !== undefined) yield { timeUs: kept.timeUs, text, lanes: `${kept.laneA} ${kept.laneB}` };
    }
  }

  /** Both hold the entry, and all that was folded up to it is the same. */
  agreesWith(other: TraceRecording, index: number): boolean {
    const own = this.#at(index);
    const theirs = other.#at(index);
    return own !== undefined && theirs !== undefined && own.laneA === theirs.laneA && own.laneB === theirs.laneB;
  }

  #keep(entry: Kept): void {
    if (this.#ring.length < this.#limit) this.#ring.push(entry);
    else this.#ring[this.#count % this.#limit] = entry;
    this.#count++;
  }

  #at(index: number): Kept | undefined {
    if (index < this.firstKept || index >= this.#count) return undefined;
    return this.#ring[this.#limit === Number.POSITIVE_INFINITY ? index : index % this.#limit];
  }
}

export interface Difference {
  /** The index of the first entry that differs, or that only one has; a bound from above when `exact` is false. */
  readonly index: number;
  /** False: they differed already before the first entry that both kept. */
  readonly exact: boolean;
  /** What each has there; undefined when it ended before. */
  readonly a: string | undefined;
  readonly b: string | undefined;
}

/** Where two runs part; undefined when they are the same. The lanes never meet again once they differ, so halving finds the place. */
export function firstDifference(a: TraceRecording, b: TraceRecording, hostName?: (hostId: number) => string): Difference | undefined {
  const shared = Math.min(a.count, b.count);
  const first = Math.max(a.firstKept, b.firstKept);
  let low = first;
  let high = shared;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (a.agreesWith(b, middle)) low = middle + 1;
    else high = middle;
  }
  if (low === shared && a.count === b.count) return undefined;
  return { index: low, exact: low > first || first === 0, a: a.line(low, hostName), b: b.line(low, hostName) };
}
