/**
 * What lies in a data directory when a server starts: the folders of several nodes, or the disk of one broker (a dump, or what Apache Kafka wrote),
 * and which partitions their brokers hold. Owns reading names and small files; nothing is written here. Source: KafkaRaftServer.initializeLogDirs.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundPartition, FoundTopic } from '../kafka/controller/adoption.ts';
import { fileNames, parseEpochs, parseMetaProperties, parsePartitionMetadata } from '../kafka/log/text-formats.ts';
import { type BrokerId, brokerId } from '../model/brand.ts';
import { failed, ok, type Result } from '../model/result.ts';
import { splitTopicPartition, type TopicPartition } from '../model/topic-partition.ts';
import { zeroUuid } from '../model/uuid.ts';
import { highestProducerIdIn } from './found-producers.ts';

/** The one broker whose disk a folder is. */
export interface BrokerDisk {
  readonly brokerId: number;
  readonly clusterId: string;
}

/** Whose disk this folder is; undefined when it is nobody's. The error is for the user. */
export function brokerDiskIn(folder: string): Result<BrokerDisk | undefined, string> {
  const file = join(folder, fileNames.metaProperties);
  if (!existsSync(file)) {
    const several = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder).filter((name) => logDirectory.test(name)) : [];
    if (several.length === 0) return ok(undefined);
    return failed(
      `${folder} holds ${several.length} log directories of one broker, and this program serves one. Name it with --data-dir: ${join(folder, several[0] ?? '')}.`,
    );
  }
  const meta = parseMetaProperties(readFileSync(file, 'utf8'));
  if (meta === undefined) return failed(`${file} is no meta.properties of version 1. Choose another folder with --data-dir.`);
  if (meta.nodeId < 1)
    return failed(`${file} says node.id=${meta.nodeId}; the brokers of this program have ids from 1 on. Change it there, or choose another folder.`);
  return ok({ brokerId: meta.nodeId, clusterId: meta.clusterId });
}

/** As a dump of a broker with several names them. */
const logDirectory = /^data-\d+$/;
const partitionFolder = /^.+-\d+$/;
/** The metadata log is its own controllers' matter. */
const metadataFolder = /^__cluster_metadata-\d+$/;
const deleted = /-(delete|future|stray)$/;

interface Replica {
  readonly broker: BrokerId;
  readonly leaderEpoch: number;
}

/** The topics in the folders of these brokers. `skipped` is told of each partition's folder that cannot be taken over, and why. */
export function foundTopics(folders: ReadonlyMap<number, string>, skipped: (why: string) => void): readonly FoundTopic[] {
  const topics = new Map<
    string,
    { readonly topicId: FoundTopic['topicId']; readonly partitions: Map<number, Replica[]>; readonly folders: string[] }
  >();
  for (const [id, folder] of folders)
    for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
      if (!partitionFolder.test(name) || metadataFolder.test(name) || deleted.test(name)) continue;
      const { topic, index } = splitTopicPartition(name as TopicPartition);
      const topicId = parsePartitionMetadata(textIn(folder, name, fileNames.partitionMetadata) ?? '');
      if (topicId === undefined || topicId === zeroUuid) {
        skipped(`${join(folder, name)} is left alone: it has no ${fileNames.partitionMetadata} that names its topic's id`);
        continue;
      }
      const known = topics.get(topic) ?? { topicId, partitions: new Map<number, Replica[]>(), folders: [] };
      topics.set(topic, known);
      if (known.topicId !== topicId) {
        skipped(`${join(folder, name)} is left alone: another folder says that topic ${topic} has the id ${known.topicId}`);
        continue;
      }
      known.folders.push(join(folder, name));
      const epochs = parseEpochs(textIn(folder, name, fileNames.leaderEpochs) ?? '') ?? [];
      const replica = { broker: brokerId(id), leaderEpoch: epochs[epochs.length - 1]?.epoch ?? -1 };
      known.partitions.set(index, [...(known.partitions.get(index) ?? []), replica]);
    }
  return [...topics].map(([name, { topicId, partitions, folders }]) => ({
    name,
    topicId,
    partitions: [...partitions].map(foundPartition),
    highestProducerId: () => Math.max(...folders.map(highestProducerIdIn)),
  }));
}

/** Whoever has the latest epoch leads. */
function foundPartition([index, replicas]: readonly [number, readonly Replica[]]): FoundPartition {
  const sorted = [...replicas].sort((a, b) => b.leaderEpoch - a.leaderEpoch);
  return { index, replicas: sorted.map(({ broker }) => broker), leaderEpoch: sorted[0]?.leaderEpoch ?? -1 };
}

function textIn(folder: string, name: string, file: string): string | undefined {
  const path = join(folder, name, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
