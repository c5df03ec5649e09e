/**
 * DescribeCluster (60) and DescribeTopicPartitions (75): the cluster as this broker's image has it, for admin clients.
 * Source: AuthHelper.computeDescribeClusterResponse, DescribeTopicPartitionsRequestHandler (KIP-966).
 */
import { ErrorCode } from '../../../model/error-code.ts';
import { zeroUuid } from '../../../model/uuid.ts';
import type { DescribeClusterRequest, DescribeClusterResponseInput } from '../../../protocol/messages/describe-cluster.ts';
import type { DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponseInput } from '../../../protocol/messages/describe-topic-partitions.ts';
import type { MetadataImage } from '../../metadata/metadata-image.ts';
import type { PartitionRegistration } from '../../metadata/registration.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { isLegalTopicName } from '../auto-create.ts';
import { answer, type BrokerContext, worst } from '../broker-context.ts';
import { isInternal } from '../partitions.ts';
import { aliveBroker, offlineReplicas } from './metadata.ts';

const brokers = 1;
const clusterOperations = 0b1_1111_1010_0000;
const topicOperations = 0b1101_1111_1000;
const noOperations = -2147483648;
/** max.request.partition.size.limit */
const partitionLimit = 2000;

export function handleDescribeCluster(
  broker: BrokerContext,
  context: RequestContext<DescribeClusterResponseInput>,
  request: DescribeClusterRequest,
): void {
  const { image, config } = broker;
  if (request.endpointType !== brokers) {
    const error = request.endpointType === 2 ? ErrorCode.MISMATCHED_ENDPOINT_TYPE : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE;
    answer(
      broker,
      context,
      { throttleTimeMs: 0, errorCode: error, errorMessage: 'this listener is one of brokers', clusterId: '', brokers: [] },
      error,
    );
    return;
  }
  const shown = [...image.brokers.values()].filter((each) => request.includeFencedBrokers || !each.fenced);
  const alive = shown.find((each) => !each.fenced);
  const response = {
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    clusterId: config.clusterId,
    controllerId: alive?.id ?? -1,
    brokers: shown.map((each) => ({ brokerId: each.id, host: each.host, port: each.port, rack: each.rack, isFenced: each.fenced })),
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? clusterOperations : noOperations,
  };
  answer(broker, context, response, ErrorCode.NONE);
}

export function handleDescribeTopicPartitions(
  broker: BrokerContext,
  context: RequestContext<DescribeTopicPartitionsResponseInput>,
  request: DescribeTopicPartitionsRequest,
): void {
  const { image } = broker;
  const { cursor } = request;
  const limit = Math.max(1, Math.min(request.responsePartitionLimit, partitionLimit));
  const asked = request.topics.length === 0 ? [...image.topics.keys()] : request.topics.map((topic) => topic.name);
  // In the order of names, so that a cursor means the same in the next request.
  const names = [...new Set(asked)].sort().filter((name) => cursor === null || name >= cursor.topicName);
  const topics: DescribeTopicPartitionsResponseInput['topics'][number][] = [];
  let nextCursor: { topicName: string; partitionIndex: number } | null = null;
  let left = limit;
  let error: number = ErrorCode.NONE;
  for (const name of names) {
    if (left === 0) {
      nextCursor = { topicName: name, partitionIndex: 0 };
      break;
    }
    const topic = image.topicByName(name);
    if (topic === undefined) {
      const errorCode = isLegalTopicName(name) ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION;
      error = worst(error, errorCode);
      topics.push({ errorCode, name, topicId: zeroUuid, isInternal: false, partitions: [] });
      continue;
    }
    const from = cursor?.topicName === name ? Math.max(0, cursor.partitionIndex) : 0;
    const partitions = topic.partitions.slice(from, from + left);
    left -= partitions.length;
    topics.push({
      errorCode: ErrorCode.NONE,
      name,
      topicId: topic.id,
      isInternal: isInternal(name),
      partitions: partitions.map((partition) => partitionOf(image, partition)),
      topicAuthorizedOperations: topicOperations,
    });
    if (from + partitions.length < topic.partitions.length) {
      nextCursor = { topicName: name, partitionIndex: from + partitions.length };
      break;
    }
  }
  answer(broker, context, { throttleTimeMs: 0, topics, nextCursor }, error);
}

function partitionOf(image: MetadataImage, partition: PartitionRegistration) {
  const leader = aliveBroker(image, partition.leader);
  return {
    errorCode: leader === undefined ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE,
    partitionIndex: partition.index,
    leaderId: leader?.id ?? -1,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes: partition.replicas,
    isrNodes: partition.isr,
    eligibleLeaderReplicas: partition.elr,
    lastKnownElr: partition.lastKnownElr,
    offlineReplicas: offlineReplicas(image, partition),
  };
}
