/**
 * What compaction leaves of one batch: the same bytes, fewer records at the same offsets, or a header without records that tells where a
 * segment or a producer's sequence ends. Owns no decision. A batch whose checksum is wrong is never rewritten: a new one would hide the damage.
 * Source: MemoryRecords.filterTo, Cleaner.cleanInto.
 */
import type { Offset } from '../../model/brand.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { BatchView } from '../../protocol/records/batch-header.ts';
import { type DecodedRecord, decodeRecords } from '../../protocol/records/decode.ts';
import { encodeBatch } from '../../protocol/records/encode.ts';
import type { CleaningRules, EmptiedBatch } from '../rules/log-cleaning.ts';
import type { TransactionPart } from './cleaned-transactions.ts';

/** What a pass over a log knows. */
export interface CleaningPass {
  readonly rules: CleaningRules;
  /** By key, as keyText gives it: the last offset in the dirty range. */
  readonly newest: ReadonlyMap<string, Offset>;
  /** The dirty range was looked through up to here, inclusive. */
  readonly seenTo: Offset;
  /** Wall time. */
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
}

/** Bytes as a key of a map: a character a byte. */
export function keyText(key: Uint8Array): string {
  let text = '';
  for (const byte of key) text += String.fromCharCode(byte);
  return text;
}

/** Undefined when nothing is left; an error when the batch can not be read. */
export function cleanBatch(
  view: BatchView,
  pass: CleaningPass,
  part: TransactionPart,
  place: EmptiedBatch,
): Result<Uint8Array | undefined, 'corrupt'> {
  const { rules, nowMs } = pass;
  if (!view.isIntact) return failed('corrupt');
  const whole = () => view.bytes.subarray(view.at, view.at + view.byteLength);
  const emptied = () => (rules.keepEmptied(place) ? rebuilt(view, [], undefined) : undefined);
  if (view.recordCount === 0) return ok(view.baseOffset > pass.seenTo || rules.keepEmptied(place) ? whole() : undefined);
  if (part.type === 'aborted' && !rules.keepAborted()) return ok(emptied());
  if (part.type === 'spent') return cleanMarker(view, pass, emptied);
  if (view.baseOffset > pass.seenTo || !rules.goesByKey(view.isControl)) return ok(whole());
  const records = decodeRecords(view);
  if (!records.ok) return failed('corrupt');
  const { deleteHorizonMs } = view;
  const kept = records.value.filter((record) => keeps(record, pass, deleteHorizonMs));
  if (kept.length === 0) return ok(emptied());
  const hasTombstones = kept.some((record) => record.value === null);
  const horizon = rules.horizon(deleteHorizonMs, hasTombstones, nowMs, pass.deleteRetentionMs);
  return ok(kept.length === records.value.length && horizon === deleteHorizonMs ? whole() : rebuilt(view, kept, horizon));
}

/** A marker that ends nothing any more gets a horizon, and goes when that has come: who reads slowly sees it after the data that they have seen. */
function cleanMarker(view: BatchView, pass: CleaningPass, emptied: () => Uint8Array | undefined): Result<Uint8Array | undefined, 'corrupt'> {
  const { rules, nowMs, deleteRetentionMs } = pass;
  const { deleteHorizonMs } = view;
  if (!rules.keepSpentMarker(deleteHorizonMs, nowMs)) return ok(emptied());
  const horizon = rules.horizon(deleteHorizonMs, true, nowMs, deleteRetentionMs);
  if (horizon === deleteHorizonMs) return ok(view.bytes.subarray(view.at, view.at + view.byteLength));
  const records = decodeRecords(view);
  return records.ok ? ok(rebuilt(view, records.value, horizon)) : failed('corrupt');
}

function keeps({ offset, key, value }: DecodedRecord, pass: CleaningPass, deleteHorizonMs: number | undefined): boolean {
  const { rules, newest, seenTo, nowMs } = pass;
  return rules.keepRecord({
    offset,
    hasKey: key !== null,
    hasValue: value !== null,
    newest: key === null ? -1 : (newest.get(keyText(key)) ?? -1),
    seenTo,
    deleteHorizonMs,
    nowMs,
  });
}

function rebuilt(view: BatchView, records: readonly DecodedRecord[], deleteHorizonMs: number | undefined): Uint8Array {
  const { baseOffset, producerId, producerEpoch, baseSequence, leaderEpoch, lastOffsetDelta, maxTimestampMs } = view;
  return encodeBatch({
    records: records.map((record) => ({ ...record, offsetDelta: record.offset - baseOffset })),
    baseOffset,
    leaderEpoch,
    producerId,
    producerEpoch,
    baseSequence,
    lastOffsetDelta,
    maxTimestampMs,
    transactional: view.isTransactional,
    control: view.isControl,
    compression: records.length > 0 ? (view.compression ?? 'none') : 'none',
    ...(view.isLogAppendTime ? { logAppendTimeMs: maxTimestampMs } : {}),
    ...(deleteHorizonMs === undefined ? {} : { deleteHorizonMs }),
  });
}
