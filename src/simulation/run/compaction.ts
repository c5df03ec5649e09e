/**
 * Which topics of a scenario are compacted, by its settings, and the records that lie in their files. Owns the reading; what compaction may take out
 * is the checkers'.
 */
import type { VirtualDisk } from '../../io/virtual/virtual-disk.ts';
import { effectiveTopicConfig } from '../../kafka/config/topic-config.ts';
import { offsetsTopic } from '../../kafka/coordinator/group/coordinator.ts';
import { splitTopicPartition, type TopicPartition } from '../../model/topic-partition.ts';
import { BatchView, batchHeaderBytes } from '../../protocol/records/batch-header.ts';
import { crc32c } from '../../protocol/records/crc32c.ts';
import { type DecodedRecord, decodeRecords } from '../../protocol/records/decode.ts';
import type { CompactedTopics, StoredBatch, StoredRecord } from '../checker/state/compacted.ts';
import type { SimulatedCluster } from '../cluster/cluster.ts';
import type { ClusterPlan } from '../cluster/plan.ts';
import { brokerSettings } from '../cluster/settings.ts';
import { segmentsOf, walkBatches } from './audit.ts';

/** By topic, delete.retention.ms of those that are compacted; empty where nothing is. */
export function deleteRetentionsOf(plan: ClusterPlan): ReadonlyMap<string, number> {
  const broker = brokerSettings(plan, 1);
  const retentions = new Map<string, number>();
  if (!broker.ok || !broker.value.logCleanerEnable) return retentions;
  const { topicDefaults } = broker.value;
  // Its coordinators have it compacted, and leave the rest to the brokers' defaults.
  retentions.set(offsetsTopic, topicDefaults.deleteRetentionMs);
  for (const { name, config } of plan.topics) {
    const { cleanupPolicy, deleteRetentionMs } = effectiveTopicConfig(new Map(config.map(({ key, value }) => [key, value])), topicDefaults);
    if (cleanupPolicy.includes('compact')) retentions.set(name, deleteRetentionMs);
  }
  return retentions;
}

export function compactedTopics(plan: ClusterPlan, cluster: () => SimulatedCluster): CompactedTopics {
  const retentions = deleteRetentionsOf(plan);
  return {
    deleteRetentionMs: (partition) => retentions.get(splitTopicPartition(partition).topic),
    stored: (hostId, partition) => {
      const batches: StoredBatch[] = [];
      for (const bytes of segmentsOf(cluster().disksOf(hostId).values(), partition))
        walkBatches(bytes, (view) => void batches.push(storedBatch(view)));
      return batches;
    },
    batchAt: (hostId, partition, base) => {
      for (const disk of cluster().disksOf(hostId).values()) {
        const found = batchIn(segmentOf(disk, partition, base), base);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** The segment that an offset is in. */
function segmentOf(disk: VirtualDisk, partition: TopicPartition, base: number): Uint8Array {
  const [from, to] = [`${partition}/`.length, -'.log'.length];
  const path = disk.files().findLast((name) => name.startsWith(`${partition}/`) && name.endsWith('.log') && Number(name.slice(from, to)) <= base);
  return (path === undefined ? undefined : disk.undamaged(path)) ?? new Uint8Array(0);
}

function batchIn(bytes: Uint8Array, base: number): StoredBatch | undefined {
  for (let at = 0; at + batchHeaderBytes <= bytes.length; ) {
    const view = new BatchView(bytes, at);
    if (view.byteLength < batchHeaderBytes || at + view.byteLength > bytes.length) return undefined;
    if (view.baseOffset === base) return storedBatch(view);
    at += view.byteLength;
  }
  return undefined;
}

function storedBatch(view: BatchView): StoredBatch {
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
