/**
 * The control batches that end transactions: one record, with the epoch of the coordinator that wrote it. Owns their bytes, not their meaning.
 * Source: KIP-98, Kafka's EndTransactionMarker.
 */
import type { LeaderEpoch, Offset } from '../../model/brand.ts';
import { endTxnMarker } from '../messages/data/end-txn-marker.ts';
import { decode, encodeToBytes } from '../schema/codec.ts';
import type { BatchView } from './batch-header.ts';
import { readInt16, writeInt16 } from './bytes.ts';
import { controlTypeOf, encodeControlBatch } from './control.ts';
import { decodeRecords } from './decode.ts';

export interface EndMarkerInput {
  readonly type: 'commit' | 'abort';
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly timestampMs: number;
  readonly baseOffset?: Offset;
  readonly leaderEpoch?: LeaderEpoch;
}

const version = 0;
const versionBytes = 2;

export function encodeEndMarker({ type, coordinatorEpoch, ...batch }: EndMarkerInput): Uint8Array {
  const body = encodeToBytes(endTxnMarker, version, { coordinatorEpoch });
  const value = new Uint8Array(versionBytes + body.length);
  writeInt16(value, 0, version);
  value.set(body, versionBytes);
  return encodeControlBatch({ ...batch, transactional: true, records: [{ type, value }] });
}

/** What a batch says that ends a transaction; undefined for any other, and for one that compaction has emptied. */
export function endMarkerOf(view: BatchView): { readonly type: 'commit' | 'abort'; readonly coordinatorEpoch: number } | undefined {
  if (!view.isControl || view.recordCount === 0) return undefined;
  const records = decodeRecords(view);
  const record = records.ok ? records.value[0] : undefined;
  const type = record === undefined ? undefined : controlTypeOf(record);
  if ((type !== 'commit' && type !== 'abort') || !record?.value || record.value.length < versionBytes || readInt16(record.value, 0) < 0)
    return undefined;
  const marker = decode(endTxnMarker, version, record.value, versionBytes);
  return marker.ok ? { type, coordinatorEpoch: marker.value.coordinatorEpoch } : undefined;
}
