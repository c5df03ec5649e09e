/**
 * Finds records by their timestamp (ListOffsets): batches by the index in memory, the record inside by decoding that one batch.
 * Source: LogSegment.findOffsetByTimestamp, KIP-79, KIP-734.
 */
import type { DiskError } from '../../io/disk.ts';
import type { LeaderEpoch, Offset, TimestampMs } from '../../model/brand.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { BatchView } from '../../protocol/records/batch-header.ts';
import { type DecodedRecord, decodeRecords } from '../../protocol/records/decode.ts';
import type { Segment } from './segment.ts';

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
    const { index } = segment;
    for (let batch = index.findReaching(Math.max(from - segment.baseOffset, 0)); batch < index.count; batch++) {
      if (index.maxTimestampMs(batch) < timestampMs) continue;
      const found = findInBatch(segment, batch, (record) => record.timestampMs >= timestampMs && record.offset >= from);
      if (!found.ok) return found;
      if (found.value !== undefined) return found.value.offset < upTo ? found : ok(undefined);
    }
  }
  return ok(undefined);
}

/** The first record at or above `from` that has the largest timestamp of those. */
export function findMaxTimestamp(segments: readonly Segment[], from: Offset): Found {
  let max = -1;
  let found: { readonly segment: Segment; readonly batch: number } | undefined;
  for (const segment of segments) {
    if (segment.maxTimestampMs <= max || segment.nextOffset <= from) continue;
    const { index } = segment;
    for (let batch = index.findReaching(Math.max(from - segment.baseOffset, 0)); batch < index.count; batch++) {
      let batchMax = index.maxTimestampMs(batch);
      if (batchMax > max && segment.baseOffset + index.first(batch) < from) {
        // The log starts inside this batch: its header also speaks of records that are hidden.
        const visible = visibleMax(segment, batch, from);
        if (!visible.ok) return visible;
        batchMax = visible.value;
      }
      if (batchMax <= max) continue;
      max = batchMax;
      found = { segment, batch };
    }
  }
  if (found === undefined) return ok(undefined);
  return findInBatch(found.segment, found.batch, (record) => record.timestampMs === max && record.offset >= from);
}

function visibleMax(segment: Segment, batch: number, from: Offset): Result<number, DiskError | 'corrupt'> {
  let max = -1;
  const walked = findInBatch(segment, batch, (record) => {
    if (record.offset >= from && record.timestampMs > max) max = record.timestampMs;
    return false;
  });
  return walked.ok ? ok(max) : walked;
}

function findInBatch(segment: Segment, batch: number, wanted: (record: DecodedRecord) => boolean): Found {
  const position = segment.index.position(batch);
  const bytes = new Uint8Array(segment.endOfBatch(batch) - position);
  const read = segment.read(position, bytes);
  if (!read.ok) return read;
  const view = new BatchView(bytes, 0);
  const records = decodeRecords(view);
  if (!records.ok) return failed('corrupt');
  const record = records.value.find(wanted);
  return ok(record === undefined ? undefined : { offset: record.offset, timestampMs: record.timestampMs, epoch: view.leaderEpoch });
}
