/**
 * DescribeLogDirs (35): what lies in each log directory of this broker, for admin clients. A directory is named as the node names its disk.
 * Source: KafkaApis.handleDescribeLogDirsRequest, ReplicaManager.describeLogDirs (KIP-113, KIP-827).
 */
import { ErrorCode } from '../../../model/error-code.ts';
import { splitTopicPartition } from '../../../model/topic-partition.ts';
import type { DescribeLogDirsRequest, DescribeLogDirsResponseInput } from '../../../protocol/messages/describe-log-dirs.ts';
import type { DirectoryContents } from '../../log/log-manager.ts';
import type { PartitionLog } from '../../log/partition-log.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { answer, type BrokerContext } from '../broker-context.ts';

type Directory = DescribeLogDirsResponseInput['results'][number];
type Topic = Directory['topics'][number];

/** A disk does not tell how large it is, only what is free. */
const unknownBytes = -1;

export function handleDescribeLogDirs(
  broker: BrokerContext,
  context: RequestContext<DescribeLogDirsResponseInput>,
  request: DescribeLogDirsRequest,
): void {
  const asked = request.topics === null ? undefined : new Map(request.topics.map(({ topic, partitions }) => [topic, new Set(partitions)]));
  const isAsked = (topic: string, index: number): boolean => asked === undefined || asked.get(topic)?.has(index) === true;
  const results = broker.logs.contents().map((contents) => describe(broker, contents, isAsked));
  answer(broker, context, { throttleTimeMs: 0, errorCode: ErrorCode.NONE, results }, ErrorCode.NONE);
}

function describe(
  broker: BrokerContext,
  { directory, usableBytes, logs, futures }: DirectoryContents,
  isAsked: (topic: string, index: number) => boolean,
): Directory {
  const topics = new Map<string, Topic['partitions'][number][]>();
  const add = (log: PartitionLog, isFutureKey: boolean): void => {
    const { topic, index } = splitTopicPartition(log.partition);
    if (!isAsked(topic, index)) return;
    const partitions = topics.get(topic) ?? [];
    topics.set(topic, partitions);
    const offsetLag = isFutureKey ? copyLag(broker, topic, index, log) : lagOf(log);
    partitions.push({ partitionIndex: index, partitionSize: log.sizeBytes, offsetLag, isFutureKey });
  };
  for (const log of logs) add(log, false);
  for (const log of futures) add(log, true);
  return {
    errorCode: directory.offline ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NONE,
    logDir: directory.name,
    topics: [...topics].map(([name, partitions]) => ({ name, partitions })),
    totalBytes: unknownBytes,
    usableBytes,
    isCordoned: false,
  };
}

/** How far a replica is behind what is committed; its own high watermark may be ahead of its log. */
const lagOf = (log: PartitionLog): number => Math.max(0, log.highWatermark - log.logEndOffset);

/** How far a copy is behind the replica, -1 where that is offline. */
function copyLag(broker: BrokerContext, topic: string, index: number, future: PartitionLog): number {
  const current = broker.replicas.byName(topic, index)?.log;
  return current === undefined || current.offline ? -1 : current.logEndOffset - future.logEndOffset;
}
