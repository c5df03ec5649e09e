/**
 * Which topics of a scenario are compacted, by its settings, and the records that lie in their files. Owns the reading; what compaction may take out
 * is the checkers'.
 */
import type { VirtualDisk } from '../../io/virtual/virtual-disk.ts';
import { effectiveTopicConfig } from '../../kafka/config/topic-config.ts';
import { offsetsTopic } from '../../kafka/coordinator/group/coordinator.ts';
import { splitTopicPartition, type TopicPartition } from '../../model/topic-partition.ts';
import { BatchView, batchHeaderBytes } from '../../protocol/records/batch-header.ts';
import type { CompactedTopics, StoredBatch } from '../checker/state/compacted.ts';
import { storedBatch } from '../checker/state/stored-batch.ts';
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
