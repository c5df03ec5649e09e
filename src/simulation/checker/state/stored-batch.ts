/** Reads a batch of a log's file with its records, as the checks of compaction compare them. Owns the hash of a record. */
import type { BatchView } from '../../../protocol/records/batch-header.ts';
import { crc32c } from '../../../protocol/records/crc32c.ts';
import { type DecodedRecord, decodeRecords } from '../../../protocol/records/decode.ts';
import type { StoredBatch, StoredRecord } from './compacted.ts';

export function storedBatch(view: BatchView): StoredBatch {
  const records = decodeRecords(view);
  return {
    base: view.baseOffset,
    last: view.lastOffset,
    epoch: view.leaderEpoch,
    crc: view.crc,
    records: records.ok ? records.value.map((record) => storedRecord(record, view.isControl)) : [],
  };
}

function storedRecord(record: DecodedRecord, control: boolean): StoredRecord {
  const { offset, key, value, headers, timestampMs } = record;
  let hash = Math.imul(timestampMs | 0, 0x9e3779b1);
  const fold = (bytes: Uint8Array | null): void => {
    hash = Math.imul(hash ^ (bytes === null ? -1 : crc32c(bytes, 0, bytes.length)), 0x85ebca6b) ^ (hash >>> 13);
  };
  fold(key);
  fold(value);
  for (const header of headers) fold(header.value);
  return { offset, key: control || key === null ? undefined : keyText(key), tombstone: value === null, hash };
}

/** A letter a byte. */
function keyText(key: Uint8Array): string {
  let text = '';
  for (const byte of key) text += String.fromCharCode(byte);
  return text;
}
