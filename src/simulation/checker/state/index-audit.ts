/**
 * RecoveryEquivalence of a segment's indexes: what `.index` and `.timeindex` hold is what a walk over the segment's batches gives. Written from
 * the file formats alone; shares nothing with the log that wrote them. Source: Kafka's OffsetIndex, TimeIndex, DumpLogSegments.
 */
import { BatchView, batchHeaderBytes } from '../../../protocol/records/batch-header.ts';
import { readInt32, readInt64 } from '../../../protocol/records/bytes.ts';

/** The files of one segment as they are. */
export interface SegmentBytes {
  readonly baseOffset: number;
  readonly log: Uint8Array;
  readonly offsets: Uint8Array;
  readonly times: Uint8Array;
  /** Nothing is appended any more: its time index ends with the largest timestamp. */
  readonly sealed: boolean;
}

const offsetEntryBytes = 8;
const timeEntryBytes = 12;

interface Walked {
  readonly last: number;
  readonly position: number;
  readonly maxTimestampMs: number;
  /** The largest up to and with this batch. */
  readonly largestMs: number;
}

/** What is wrong with the indexes; undefined when nothing is. `intervalBytes`: index.interval.bytes, the same in the whole life of the segment. */
export function indexProblem(segment: SegmentBytes, intervalBytes: number): string | undefined {
  const batches = walk(segment.log);
  return offsetProblem(segment, batches, intervalBytes) ?? timeProblem(segment, batches);
}

function walk(log: Uint8Array): readonly Walked[] {
  const batches: Walked[] = [];
  let largestMs = -1;
  for (let at = 0; at + batchHeaderBytes <= log.length; ) {
    const view = new BatchView(log, at);
    if (view.byteLength < batchHeaderBytes || at + view.byteLength > log.length) break;
    largestMs = Math.max(largestMs, view.maxTimestampMs);
    batches.push({ last: view.lastOffset, position: at, maxTimestampMs: view.maxTimestampMs, largestMs });
    at += view.byteLength;
  }
  return batches;
}

/** Entries stand where more than the interval has gone by since the last one. */
function offsetProblem(segment: SegmentBytes, batches: readonly Walked[], intervalBytes: number): string | undefined {
  const expected: Walked[] = [];
  let lastPosition = 0;
  for (const batch of batches)
    if (batch.position - lastPosition > intervalBytes) {
      expected.push(batch);
      lastPosition = batch.position;
    }
  if (segment.offsets.length !== expected.length * offsetEntryBytes)
    return `the offset index has ${segment.offsets.length} bytes, a rebuild ${expected.length * offsetEntryBytes}`;
  for (const [index, batch] of expected.entries()) {
    const relative = readInt32(segment.offsets, index * offsetEntryBytes);
    const position = readInt32(segment.offsets, index * offsetEntryBytes + 4);
    if (relative !== batch.last - segment.baseOffset || position !== batch.position)
      return `entry ${index} of the offset index says ${relative} at ${position}, a rebuild ${batch.last - segment.baseOffset} at ${batch.position}`;
  }
  return undefined;
}

/**
 * Each entry names the first batch with the largest timestamp so far, and there is one for each entry of the offset index. More may be there: a
 * stop adds one.
 */
function timeProblem(segment: SegmentBytes, batches: readonly Walked[]): string | undefined {
  if (segment.times.length % timeEntryBytes !== 0) return `the time index has ${segment.times.length} bytes`;
  const known = new Set<number>();
  let before = -1;
  for (let at = 0; at < segment.times.length; at += timeEntryBytes) {
    const timestampMs = readInt64(segment.times, at);
    const last = segment.baseOffset + readInt32(segment.times, at + 8);
    const found = batches.find((batch) => batch.largestMs >= timestampMs);
    if (timestampMs <= before || found === undefined || found.last !== last || found.maxTimestampMs !== timestampMs)
      return `the time index says ${timestampMs} at offset ${last}, which no batch bears out`;
    known.add(timestampMs);
    before = timestampMs;
  }
  for (let at = 0; at < segment.offsets.length; at += offsetEntryBytes) {
    const last = segment.baseOffset + readInt32(segment.offsets, at);
    const batch = batches.find((each) => each.last === last);
    if (batch !== undefined && batch.largestMs >= 0 && !known.has(batch.largestMs))
      return `the time index lacks ${batch.largestMs} at offset ${last}`;
  }
  const largestMs = batches[batches.length - 1]?.largestMs ?? -1;
  if (segment.sealed && largestMs >= 0 && !known.has(largestMs)) return `the time index lacks the largest timestamp, ${largestMs}`;
  return undefined;
}
