/**
 * The file that holds what a log knows of its producers at one offset: `<offset, 20 digits>.snapshot`, in Kafka's binary form.
 * Of each producer only its last batch is kept, as Kafka does. Reading takes hostile bytes. Source: ProducerStateManager.writeSnapshot, readSnapshot.
 */
import type { Offset } from '../../model/brand.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { producerSnapshot } from '../../protocol/messages/storage/producer-snapshot.ts';
import { readInt16, readInt32, writeInt16, writeInt32 } from '../../protocol/records/bytes.ts';
import { crc32c } from '../../protocol/records/crc32c.ts';
import { sequenceBefore } from '../../protocol/records/sequence.ts';
import { decode, encodeToBytes } from '../../protocol/schema/codec.ts';
import type { ProducerEntry } from '../rules/producer.ts';

const version = 1;
const versionBytes = 2;
/** The checksum covers all that stands behind it. */
const coveredFrom = versionBytes + 4;

export function encodeSnapshot(entries: Iterable<ProducerEntry>): Uint8Array {
  const producerEntries = Array.from(entries, (entry) => {
    const last = entry.batches[entry.batches.length - 1];
    return {
      producerId: entry.producerId,
      epoch: entry.epoch,
      lastSequence: last?.lastSequence ?? -1,
      lastOffset: last?.lastOffset ?? -1,
      offsetDelta: last === undefined ? 0 : last.lastOffset - last.firstOffset,
      timestamp: entry.lastTimestampMs,
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTxnFirstOffset: entry.txnFirstOffset ?? -1,
    };
  });
  const body = encodeToBytes(producerSnapshot, version, { crc: 0, producerEntries });
  const bytes = new Uint8Array(versionBytes + body.length);
  writeInt16(bytes, 0, version);
  bytes.set(body, versionBytes);
  writeInt32(bytes, versionBytes, crc32c(bytes, coveredFrom, bytes.length));
  return bytes;
}

/** The entries in a snapshot; what is wrong with it when it is damaged. */
export function decodeSnapshot(bytes: Uint8Array): Result<readonly ProducerEntry[], string> {
  if (bytes.length < coveredFrom || readInt16(bytes, 0) !== version) return failed('no snapshot of version 1');
  if (readInt32(bytes, versionBytes) >>> 0 !== crc32c(bytes, coveredFrom, bytes.length)) return failed('the checksum is wrong');
  const decoded = decode(producerSnapshot, version, bytes, versionBytes);
  if (!decoded.ok) return failed(decoded.error.problem);
  const entries: ProducerEntry[] = [];
  for (const entry of decoded.value.producerEntries) {
    const { producerId, epoch, lastSequence, lastOffset, offsetDelta, timestamp, coordinatorEpoch, currentTxnFirstOffset } = entry;
    const placed = lastOffset >= 0 && lastSequence >= 0 && offsetDelta >= 0 && offsetDelta <= lastOffset;
    const last = {
      firstSequence: sequenceBefore(lastSequence, offsetDelta),
      lastSequence,
      firstOffset: (lastOffset - offsetDelta) as Offset,
      lastOffset: lastOffset as Offset,
      timestampMs: timestamp,
    };
    const txnFirstOffset = currentTxnFirstOffset >= 0 ? (currentTxnFirstOffset as Offset) : undefined;
    entries.push({ producerId, epoch, batches: placed ? [last] : [], lastTimestampMs: timestamp, txnFirstOffset, coordinatorEpoch });
  }
  return ok(entries);
}
