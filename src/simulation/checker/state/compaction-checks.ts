/**
 * What compaction may take out of a log.
 * CompactedPrefix: a record is missing only where a later one of its key is committed, or where it is a tombstone older than delete.retention.ms;
 *   what is left is what was written, at the offsets at which it was written.
 * RetentionBounds: what overtakes a record is committed when the record goes; else a truncation may leave the key without either (KAFKA-13194).
 * Both are judged over the records as each replica's files hold them, whoever compacted them: the replica itself, or the leader it fetched from.
 */
import type { BatchSummary, LogEvent } from '../../../io/node-event.ts';
import { type CompactedHistory, isWhatIsLeft, type StoredBatch, type StoredRecord, type WrittenBatch } from './compacted.ts';
import type { OracleState } from './oracle-state.ts';
import type { PartitionView, ReplicaView } from './view.ts';

/**
 * Before a batch is put behind a log: what compaction took out before it is filled in. Answers the checksum with which the batch was written
 * first, or its own one where it is no more than itself.
 */
export function takeCompacted(
  state: OracleState,
  partition: PartitionView,
  history: CompactedHistory,
  replica: ReplicaView,
  event: Extract<LogEvent, { readonly type: 'appended' }>,
): number {
  const stored = () => state.compaction?.batchAt(replica.host.id, partition.name, event.base);
  const written = history.find(event.base, event.epoch);
  if (written === undefined) {
    history.add(replica.log, stored() ?? { ...event, records: [] }, state.timeUs);
    return event.crc;
  }
  history.fill(partition.ledger, replica.log, written);
  return written.crc === event.crc || isWhatIsLeft(stored()?.records ?? [], written.records) ? written.crc : event.crc;
}

/** The same for a batch that was found in the files of a log that is opened. */
export function findCompacted(
  partition: PartitionView,
  history: CompactedHistory,
  log: ReplicaView['log'],
  batch: StoredBatch,
  timeUs: number,
): number {
  const written = history.find(batch.base, batch.epoch);
  if (written === undefined) {
    history.add(log, batch, timeUs);
    return batch.crc;
  }
  history.fill(partition.ledger, log, written);
  return written.crc === batch.crc || isWhatIsLeft(batch.records, written.records) ? written.crc : batch.crc;
}

/** Compares the records of a replica's files with all that was written. */
export function checkCompacted(state: OracleState, partition: PartitionView, replica: ReplicaView): void {
  const { compacted } = partition;
  if (compacted === undefined || state.compaction === undefined || !replica.known || replica.stray) return;
  const stored = state.compaction.stored(replica.host.id, partition.name);
  const held = new Map<number, StoredRecord>();
  for (const batch of stored) {
    for (const record of batch.records) held.set(record.offset, record);
    if (!isWhatIsLeft(batch.records, compacted.find(batch.base, batch.epoch)?.records ?? []))
      report(
        state,
        partition,
        'CompactedPrefix',
        `replica ${replica.host.id} holds other records at [${batch.base}, ${batch.last}] than were written`,
      );
  }
  const { highWatermark } = partition.committed;
  const committed = newestOf(compacted.batchesOf(committedLog(partition, replica)), highWatermark);
  const newest = newestOf(compacted.batchesOf(replica.log), Number.POSITIVE_INFINITY);
  for (const batch of compacted.batchesOf(replica.log))
    for (const { offset, key, tombstone } of batch.records) {
      if (key === undefined || held.has(offset) || offset < replica.log.logStart) continue;
      if ((committed.get(key) ?? -1) > offset || (tombstone && isOld(batch, compacted, state.timeUs))) continue;
      const later = newest.get(key) ?? offset;
      const lacks = `replica ${replica.host.id} lacks the record of ${key} at offset ${offset}`;
      if (later > offset) report(state, partition, 'RetentionBounds', `${lacks} for one at ${later}, and only ${highWatermark} is committed`);
      else report(state, partition, 'CompactedPrefix', `${lacks}, and no later one of the key is there`);
    }
}

const isOld = ({ timeUs }: WrittenBatch, { deleteRetentionMs }: CompactedHistory, nowUs: number): boolean =>
  nowUs - timeUs >= deleteRetentionMs * 1000;

/** A log that holds all that is committed: what this replica lacks beyond its end it has yet to fetch. */
function committedLog({ committed, replicas }: PartitionView, replica: ReplicaView): ReplicaView['log'] {
  if (committed.heldBy(replica.log)) return replica.log;
  return (replicas.find(({ log }) => committed.heldBy(log)) ?? replica).log;
}

/** By key, its last offset below a bound. */
function newestOf(batches: Iterable<WrittenBatch>, below: number): ReadonlyMap<string, number> {
  const newest = new Map<string, number>();
  for (const { records } of batches) for (const { key, offset } of records) if (key !== undefined && offset < below) newest.set(key, offset);
  return newest;
}

/** Records that were committed and given up, as permitted, may have overtaken others before. */
function report(state: OracleState, partition: PartitionView, anomaly: string, message: string): void {
  const given = partition.losses.find(({ reason }) => reason !== undefined)?.reason;
  state.report(partition, anomaly, message, given ?? state.excuse(partition, 0));
}

/** The raw batches of a replica against the log as it was told of, apart from what compaction took out; undefined when nothing differs. */
export function batchesDiffer(log: ReplicaView['log'], batches: readonly BatchSummary[]): string | undefined {
  let at = 0;
  for (const batch of batches) {
    while (at < log.length && (log.bases[at] ?? 0) < batch.base) at++;
    if (log.bases[at] !== batch.base || log.ends[at] !== batch.last + 1 || log.epochs[at] !== batch.epoch)
      return `holds batch [${batch.base}, ${batch.last + 1}) of epoch ${batch.epoch}, told was another one`;
  }
  return undefined;
}
