/**
 * Reads back what the replicas' files really hold at the end of a run, with nothing but the file format: the state checkers' view, kept
 * event by event, must equal it. A batch counts only if it is whole and its CRC is right.
 */
import type { BatchSummary } from '../../io/node-event.ts';
import type { VirtualDisk } from '../../io/virtual/virtual-disk.ts';
import { type Offset, offset } from '../../model/brand.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import { BatchView, batchHeaderBytes } from '../../protocol/records/batch-header.ts';
import type { ReplicaAudit } from '../checker/state/replication-oracle.ts';
import type { SimulatedCluster } from '../cluster/cluster.ts';

/** Every replica that exists on a disk of the cluster. */
export function auditReplicas(cluster: SimulatedCluster, partitions: readonly TopicPartition[]): readonly ReplicaAudit[] {
  const audits: ReplicaAudit[] = [];
  for (const nodeId of cluster.brokerIds()) {
    for (const partition of partitions) {
      const view = cluster.view.partitions.get(partition);
      if (view === undefined || !view.replicas.some((replica) => replica === nodeId)) continue;
      const batches = storedBatches(cluster.disksOf(nodeId).values(), partition);
      const logStart = offset(view.logStarts.get(nodeId) ?? 0);
      audits.push({ hostId: nodeId, partition, logStart, logEnd: endOf(batches, logStart), batches });
    }
  }
  return audits;
}

function endOf(batches: readonly BatchSummary[], logStart: Offset): Offset {
  const last = batches.at(-1);
  return last === undefined ? logStart : offset(last.last + 1);
}

/** All batches of a partition's segments, in the order of the log, as they were written: rot that was not found yet is no change of the log. */
export function storedBatches(disks: Iterable<VirtualDisk>, partition: TopicPartition): readonly BatchSummary[] {
  const batches: BatchSummary[] = [];
  for (const bytes of segmentsOf(disks, partition)) readSegment(bytes, batches);
  return batches;
}

/** The contents of a partition's segments, in the order of the log. A second log, as a move that was cut short leaves one, is none of the replica's. */
export function* segmentsOf(disks: Iterable<VirtualDisk>, partition: TopicPartition): Generator<Uint8Array> {
  for (const disk of disks) {
    let length = 0;
    for (const path of disk.files()) {
      if (!path.startsWith(`${partition}/`) || !path.endsWith('.log')) continue;
      const bytes = disk.undamaged(path) ?? new Uint8Array(0);
      length += bytes.length;
      yield bytes;
    }
    if (length > 0) return;
  }
}

/** Visits whole and intact batches, up to the first that is not. */
export function walkBatches(bytes: Uint8Array, visit: (batch: BatchView) => void): void {
  for (let at = 0; at + batchHeaderBytes <= bytes.length; ) {
    const batch = new BatchView(bytes, at);
    const whole = batch.byteLength >= batchHeaderBytes && at + batch.byteLength <= bytes.length;
    if (!whole || !batch.isIntact) return;
    visit(batch);
    at += batch.byteLength;
  }
}

const readSegment = (bytes: Uint8Array, into: BatchSummary[]): void =>
  walkBatches(bytes, (batch) => void into.push({ base: batch.baseOffset, last: batch.lastOffset, epoch: batch.leaderEpoch, crc: batch.crc }));
