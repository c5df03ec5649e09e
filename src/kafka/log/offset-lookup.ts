/**
 * Finds records by their timestamp (ListOffsets): batches by the time index and their headers, the record inside by decoding that one batch.
 * Source: LogSegment.findOffsetByTimestamp, KIP-79, KIP-734.
 */
import type { DiskError } from '../../io/disk.ts';
import type { LeaderEpoch, Offset, TimestampMs } from '../../model/brand.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { BatchView } from '../../protocol/records/batch-header.ts';
import { type DecodedRecord, decodeRecords } from '../../protocol/records/decode.ts';
import type { BatchPlace, Segment } from './segment.ts';

export interface FoundOffset {
  readonly offset: Offset;
  readonly timestampMs: TimestampMs;
  /** That of the batch, -1 for none. */
  readonly epoch: LeaderEpoch;
}

type Found = Result<FoundOffset | undefined, DiskError | 'corrupt'>;

/** The first record at or above `from` and below `upTo` whose timestamp is at or above `timestampMs`. */
export function findTimestamp(segments: readonly Segment[], timestampMs: number, from: Offset, upTo: Offset): Found {
  for (const segment of segments) {
    if (segment.maxTimestampMs < timestampMs || segment.nextOffset <= from) continue;
    const entry = segment.times.floor(timestampMs);
    const checked = segment.checkTime(entry);
    if (!checked.ok) return checked;
    const around = Math.max(entry.relative, from - segment.baseOffset);
    const wanted = (maxMs: number, last: Offset): boolean => maxMs >= timestampMs && last >= from;
    let place = segment.nextFrom(around, wanted);
    for (; place.ok && place.value !== undefined; place = segment.next(place.value.end, wanted)) {
      const found = findInBatch(segment, place.value, (record) => record.timestampMs >= timestampMs && record.offset >= from);
      if (!found.ok) return found;
      if (found.value !== undefined) return found.value.offset < upTo ? found : ok(undefined);
    }
    if (!place.ok) return place;
  }
  return ok(undefined);
}

/** The first record at or above `from` that has the largest timestamp of those. */
export function findMaxTimestamp(segments: readonly Segment[], from: Offset): Found {
  let best: FoundOffset | undefined;
  for (const segment of segments) {
    const atLeast = best?.timestampMs ?? -1;
    if (segment.maxTimestampMs <= atLeast || segment.nextOffset <= from) continue;
    const found = findMaxInSegment(segment, from, atLeast);
    if (!found.ok) return found;
    best = found.value ?? best;
  }
  return ok(best);
}

/** The first of the records at or above `from` with the largest timestamp, if that is above `atLeast`. */
function findMaxInSegment(segment: Segment, from: Offset, atLeast: number): Found {
  const known = segment.reaching(segment.maxTimestampOffset);
  if (!known.ok) return known;
  const max = segment.maxTimestampMs;
  if (known.value !== undefined && known.value.base >= from) {
    const found = findInBatch(segment, known.value, (record) => record.timestampMs === max);
    if (!found.ok || found.value !== undefined) return found;
  }
  // The log starts behind or inside the batch that has it, or compaction emptied it: its header speaks of records that are not to be seen.
  let best: FoundOffset | undefined;
  let largest = atLeast;
  const wanted = (maxMs: number, last: Offset): boolean => last >= from && maxMs > largest;
  let place = segment.nextFrom(Math.max(from - segment.baseOffset, 0), wanted);
  for (; place.ok && place.value !== undefined; place = segment.next(place.value.end, wanted)) {
    let largestHere = largest;
    const seen = findInBatch(segment, place.value, (record) => {
      if (record.offset >= from && record.timestampMs > largestHere) largestHere = record.timestampMs;
      return false;
    });
    if (!seen.ok) return seen;
    if (largestHere === largest) continue;
    largest = largestHere;
    const first = findInBatch(segment, place.value, (record) => record.offset >= from && record.timestampMs === largest);
    if (!first.ok) return first;
    best = first.value;
  }
  return place.ok ? ok(best) : place;
}

function findInBatch(segment: Segment, place: BatchPlace, wanted: (record: DecodedRecord) => boolean): Found {
  const bytes = new Uint8Array(place.end - place.position);
  const read = segment.read(place.position, bytes);
  if (!read.ok) return read;
  const view = new BatchView(bytes, 0);
  if (!view.isIntact) return failed('EIO');
  const records = decodeRecords(view);
  if (!records.ok) return failed('corrupt');
  const record = records.value.find(wanted);
  return ok(record === undefined ? undefined : { offset: record.offset, timestampMs: record.timestampMs, epoch: view.leaderEpoch });
}
