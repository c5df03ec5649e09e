/**
 * Partitions that lie in log directories and that no metadata knows: folders that somebody put there, of a dump or of another cluster. Owns the
 * decision which of them become topics of this cluster, and with which records. Kafka has no such thing: its brokers call them stray and set
 * them aside; here they are what the user wants to read.
 */
import { type BrokerId, leaderEpoch } from '../../model/brand.ts';
import { invariant } from '../../model/invariant.ts';
import type { Uuid } from '../../model/uuid.ts';
import type { MetadataRecord } from '../metadata/metadata-record.ts';
import { partitionRecordOf } from '../metadata/replay.ts';
import type { ControllerState } from './controller-state.ts';
import { defaultDirectory } from './partition-edits.ts';

export interface FoundPartition {
  readonly index: number;
  /** Who has it; the first one is to lead. */
  readonly replicas: readonly BrokerId[];
  /** The latest epoch in its log, -1 for none. */
  readonly leaderEpoch: number;
}

export interface FoundTopic {
  readonly name: string;
  readonly topicId: Uuid;
  /** At least one. Those between them that nobody has begin empty, where the first one lies. */
  readonly partitions: readonly FoundPartition[];
  /** Of the producers in its logs, -1 for none; asked only if the topic is taken over. */
  highestProducerId(): number;
}

/**
 * The records of found topics that the cluster knows neither by name nor by id. Each partition is led by the first of its replicas, alone in the
 * ISR, in the epoch behind its log's: as if that one had led it before. When its broker comes, unclean as it may be, it is the last known leader
 * (KIP-966) and leads again. Producer ids go on behind those in the logs, which another cluster gave out.
 */
export function adoptionRecords(state: ControllerState, found: readonly FoundTopic[]): readonly MetadataRecord[] {
  const records: MetadataRecord[] = [];
  let nextProducerId = state.image.nextProducerId;
  for (const topic of found) {
    if (state.image.topicByName(topic.name) !== undefined || state.image.topics.has(topic.topicId)) continue;
    records.push({ type: 'topic', value: { name: topic.name, topicId: topic.topicId } }, ...partitionRecords(state, topic));
    nextProducerId = Math.max(nextProducerId, topic.highestProducerId() + 1);
  }
  if (nextProducerId > state.image.nextProducerId) records.push({ type: 'producerIds', value: { brokerId: -1, brokerEpoch: -1, nextProducerId } });
  return records;
}

function partitionRecords(state: ControllerState, { name, topicId, partitions }: FoundTopic): readonly MetadataRecord[] {
  const count = Math.max(...partitions.map(({ index }) => index)) + 1;
  return Array.from({ length: count }, (_, index): MetadataRecord => {
    const there = partitions.find((partition) => partition.index === index);
    const replicas = there?.replicas ?? partitions[0]?.replicas.slice(0, 1) ?? [];
    const [leader] = replicas;
    invariant(leader !== undefined, 'a found partition lies somewhere', name, index);
    const value = partitionRecordOf({
      topicId,
      topic: name,
      index,
      replicas,
      isr: [leader],
      elr: [],
      lastKnownElr: [],
      leader,
      leaderEpoch: leaderEpoch((there?.leaderEpoch ?? -1) + 1),
      partitionEpoch: 0,
      recovering: false,
      addingReplicas: [],
      removingReplicas: [],
      directories: replicas.map((replica) => defaultDirectory(state, replica)),
    });
    return { type: 'partition', value };
  });
}
