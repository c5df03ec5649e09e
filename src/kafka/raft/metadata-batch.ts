/**
 * Batches of the metadata log between their bytes and their records: what a controller writes, and what everybody reads.
 * Owns no offsets and no files. Source: KRaft's BatchAccumulator and RecordsIterator; KIP-595 for LeaderChange.
 */
import { type BrokerId, brokerId, type LeaderEpoch, type Offset } from '../../model/brand.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Uuid } from '../../model/uuid.ts';
import { leaderChangeMessage } from '../../protocol/messages/data/leader-change-message.ts';
import type { BatchView } from '../../protocol/records/batch-header.ts';
import { controlTypeOf, encodeControlBatch } from '../../protocol/records/control.ts';
import { decodeRecords } from '../../protocol/records/decode.ts';
import { encodeBatch } from '../../protocol/records/encode.ts';
import { splitBatches } from '../../protocol/records/split.ts';
import { decode, encodeToBytes } from '../../protocol/schema/codec.ts';
import type { MetadataBatch } from '../metadata/metadata-image.ts';
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from '../metadata/metadata-record.ts';

/** One batch, with its place in the log. */
export const encodeMetadataBatch = (records: readonly MetadataRecord[], baseOffset: Offset, epoch: LeaderEpoch, timestampMs: number): Uint8Array =>
  encodeBatch({
    baseOffset,
    leaderEpoch: epoch,
    records: records.map((record) => ({ key: null, value: encodeMetadataRecord(record), timestampMs })),
  });

/** The first batch of every epoch. */
export function encodeLeaderChange(
  leader: BrokerId,
  voters: readonly { readonly voterId: BrokerId; readonly voterDirectoryId: Uuid }[],
  baseOffset: Offset,
  epoch: LeaderEpoch,
  timestampMs: number,
): Uint8Array {
  const value = encodeToBytes(leaderChangeMessage, 1, { version: 1, leaderId: leader, voters, grantingVoters: voters });
  return encodeControlBatch({ records: [{ type: 'leaderChange', value }], timestampMs, baseOffset, leaderEpoch: epoch });
}

/** The whole batches in `bytes`; one cut at the end is left out. The error says what is wrong. Checksums are verified. */
export function decodeMetadataBatches(bytes: Uint8Array): Result<readonly MetadataBatch[], string> {
  const views = splitBatches(bytes);
  if (!views.ok) return failed(views.error.message);
  const batches: MetadataBatch[] = [];
  for (const view of views.value) {
    if (!view.isIntact) return failed(`the batch at offset ${view.baseOffset} is damaged`);
    const batch = view.isControl ? controlBatch(view) : recordBatch(view);
    if (!batch.ok) return failed(`${batch.error} at offset ${view.baseOffset}`);
    batches.push(batch.value);
  }
  return ok(batches);
}

const place = (view: BatchView) => ({ base: view.baseOffset, last: view.lastOffset, epoch: view.leaderEpoch });

function recordBatch(view: BatchView): Result<MetadataBatch, string> {
  const decoded = decodeRecords(view);
  if (!decoded.ok) return failed(decoded.error.message);
  const records: MetadataRecord[] = [];
  for (const { value } of decoded.value) {
    if (value === null) return failed('a metadata record without a value');
    const record = decodeMetadataRecord(value);
    if (!record.ok) return record;
    records.push(record.value);
  }
  return ok({ ...place(view), records });
}

/** Control records other than LeaderChange mean nothing to who follows the metadata. */
function controlBatch(view: BatchView): Result<MetadataBatch, string> {
  const decoded = decodeRecords(view);
  if (!decoded.ok) return failed(decoded.error.message);
  for (const record of decoded.value) {
    if (controlTypeOf(record) !== 'leaderChange' || record.value === null) continue;
    // Its first field is its own version.
    const version = ((record.value[0] ?? 0) << 8) | (record.value[1] ?? 0);
    const change = decode(leaderChangeMessage, Math.min(version, 1), record.value);
    if (!change.ok) return failed(`LeaderChangeMessage: ${change.error.problem}`);
    return ok({ ...place(view), records: [], leaderChange: brokerId(change.value.leaderId) });
  }
  return ok({ ...place(view), records: [] });
}
