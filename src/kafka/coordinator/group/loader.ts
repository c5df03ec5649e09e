/**
 * Reads a partition of `__consumer_offsets` from its start to its end, one piece of at most 1 MiB a step, so that requests, crashes and
 * changes of leadership fall between. Owns the walk; what a record means is the shard's. Control batches hold no group's state.
 * Source: CoordinatorLoaderImpl.
 */
import type { World } from '../../../io/world.ts';
import type { Offset } from '../../../model/brand.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import { done, failed, type Result } from '../../../model/result.ts';
import { decodeRecords } from '../../../protocol/records/decode.ts';
import { splitBatches } from '../../../protocol/records/split.ts';
import type { PartitionLog } from '../../log/partition-log.ts';
import { type CoordinatorRecord, decodeRecord } from './records.ts';

const stepBytes = 1024 * 1024;

export interface LoadTarget {
  /** False once nobody needs the load any more. */
  readonly wanted: () => boolean;
  /** The records of one batch; `endOffset` lies behind its last one. */
  readonly batch: (records: readonly CoordinatorRecord[], endOffset: Offset) => void;
  readonly finished: (result: Result<void, ErrorCode>) => void;
}

export function loadRecords(world: World, log: PartitionLog, target: LoadTarget): void {
  let at = log.logStartOffset;
  const step = (): void => {
    if (!target.wanted()) return;
    if (at >= log.logEndOffset) {
      target.finished(done);
      return;
    }
    const slice = log.read(at, log.logEndOffset, stepBytes, true);
    if (!slice.ok) {
      target.finished(slice);
      return;
    }
    const bytes = new Uint8Array(slice.value.byteLength);
    slice.value.readInto(bytes);
    if (slice.value.failed) {
      target.finished(failed(ErrorCode.KAFKA_STORAGE_ERROR));
      return;
    }
    const next = replay(bytes, at, target);
    if (!next.ok) {
      target.finished(next);
      return;
    }
    at = next.value > at ? next.value : slice.value.nextOffset;
    world.on('background', step);
  };
  world.on('background', step);
}

/** The offset behind the last whole batch. */
function replay(bytes: Uint8Array, from: Offset, target: LoadTarget): Result<Offset, ErrorCode> {
  const batches = splitBatches(bytes);
  if (!batches.ok || batches.value.length === 0) return failed(ErrorCode.CORRUPT_MESSAGE);
  let at = from;
  for (const batch of batches.value) {
    at = (batch.lastOffset + 1) as Offset;
    if (batch.isControl) continue;
    const decoded = decodeRecords(batch);
    if (!decoded.ok) return failed(decoded.error.code);
    const records: CoordinatorRecord[] = [];
    for (const { key, value, offset } of decoded.value) {
      if (key === null || offset < from) continue;
      const record = decodeRecord(key, value);
      if (record === 'corrupt') return failed(ErrorCode.CORRUPT_MESSAGE);
      if (record !== undefined) records.push(record);
    }
    target.batch(records, at);
  }
  return { ok: true, value: at };
}
