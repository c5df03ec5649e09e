/**
 * The small text files of a log directory: how they are written and read. Reading takes hostile text and answers undefined for what is
 * malformed; what that means is the caller's. Source: Kafka's CheckpointFile, PartitionMetadataFile, MetaProperties, CleanShutdownFileHandler.
 */
import { type BrokerEpoch, brokerEpoch, leaderEpoch, type Offset, offset } from '../../model/brand.ts';
import { splitTopicPartition, type TopicPartition, topicPartition } from '../../model/topic-partition.ts';
import { type Uuid, uuid } from '../../model/uuid.ts';
import type { EpochEntry } from '../rules/replication.ts';

export const fileNames = {
  leaderEpochs: 'leader-epoch-checkpoint',
  partitionMetadata: 'partition.metadata',
  recoveryPoints: 'recovery-point-offset-checkpoint',
  logStartOffsets: 'log-start-offset-checkpoint',
  highWatermarks: 'replication-offset-checkpoint',
  cleanedOffsets: 'cleaner-offset-checkpoint',
  cleanShutdown: '.kafka_cleanshutdown',
  metaProperties: 'meta.properties',
} as const;

/** Version 0 of every checkpoint: the version, the count, a line an entry. */
function formatCheckpoint(lines: readonly string[]): string {
  return `0\n${lines.length}\n${lines.map((line) => `${line}\n`).join('')}`;
}

function parseCheckpoint(text: string, fields: number): readonly (readonly string[])[] | undefined {
  const lines = text.split('\n');
  const count = wholeNumber(lines[1]);
  if (lines[0] !== '0' || count === undefined || lines.length !== count + 3 || lines[count + 2] !== '') return undefined;
  const entries = lines.slice(2, count + 2).map((line) => line.split(' '));
  return entries.every((entry) => entry.length === fields) ? entries : undefined;
}

export const formatEpochs = (entries: readonly EpochEntry[]): string =>
  formatCheckpoint(entries.map((entry) => `${entry.epoch} ${entry.startOffset}`));

export function parseEpochs(text: string): readonly EpochEntry[] | undefined {
  const entries: EpochEntry[] = [];
  for (const line of parseCheckpoint(text, 2) ?? [[]]) {
    const epoch = wholeNumber(line[0]);
    const start = wholeNumber(line[1]);
    const before = entries[entries.length - 1];
    if (epoch === undefined || epoch > 0x7fffffff || start === undefined) return undefined;
    if (before !== undefined && (before.epoch >= epoch || before.startOffset >= start)) return undefined;
    entries.push({ epoch: leaderEpoch(epoch), startOffset: offset(start) });
  }
  return entries;
}

/** In the map's order. */
export function formatOffsets(offsets: ReadonlyMap<TopicPartition, Offset>): string {
  const lines: string[] = [];
  for (const [partition, at] of offsets) {
    const { topic, index } = splitTopicPartition(partition);
    lines.push(`${topic} ${index} ${at}`);
  }
  return formatCheckpoint(lines);
}

export function parseOffsets(text: string): ReadonlyMap<TopicPartition, Offset> | undefined {
  const offsets = new Map<TopicPartition, Offset>();
  for (const [topic, index, at] of parseCheckpoint(text, 3) ?? [[]]) {
    const partition = wholeNumber(index);
    const value = wholeNumber(at);
    if (topic === undefined || topic === '' || partition === undefined || value === undefined) return undefined;
    offsets.set(topicPartition(topic, partition), offset(value));
  }
  return offsets;
}

export const formatPartitionMetadata = (topicId: Uuid): string => `version: 0\ntopic_id: ${topicId}`;

export const parsePartitionMetadata = (text: string): Uuid | undefined => uuidOf(/^version: 0\ntopic_id: (\S+)\n?$/.exec(text)?.[1]);

export const formatCleanShutdown = (epoch: BrokerEpoch): string => `{"version":0,"brokerEpoch":${epoch}}`;

export function parseCleanShutdown(text: string): BrokerEpoch | undefined {
  const digits = /^\{"version":0,"brokerEpoch":(-1|\d{1,16})\}$/.exec(text)?.[1];
  const value = digits === '-1' ? -1 : wholeNumber(digits);
  return value === undefined ? undefined : brokerEpoch(value);
}

/** Who a log directory belongs to. */
export interface MetaProperties {
  readonly clusterId: string;
  readonly nodeId: number;
  readonly directoryId: Uuid;
}

export const formatMetaProperties = (meta: MetaProperties): string =>
  `cluster.id=${meta.clusterId}\ndirectory.id=${meta.directoryId}\nnode.id=${meta.nodeId}\nversion=1\n`;

export function parseMetaProperties(text: string): MetaProperties | undefined {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (!line.startsWith('#') && equals > 0) values.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  const clusterId = values.get('cluster.id');
  const nodeId = wholeNumber(values.get('node.id'));
  const directoryId = uuidOf(values.get('directory.id'));
  if (values.get('version') !== '1' || clusterId === undefined || nodeId === undefined || directoryId === undefined) return undefined;
  return { clusterId, nodeId, directoryId };
}

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

const uuidOf = (text: string | undefined): Uuid | undefined =>
  text !== undefined && /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text) ? uuid(text) : undefined;
