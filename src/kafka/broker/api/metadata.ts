/**
 * Metadata (3): brokers, topics and leaders as this broker's image has them; an unknown topic is created where that is allowed.
 * Owns the view given to clients; the image is the metadata log's. Source: KafkaApis.handleTopicMetadataRequest, KRaftMetadataCache.
 */
import type { BrokerId } from '../../../model/brand.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import { type Uuid, zeroUuid } from '../../../model/uuid.ts';
import type { MetadataRequest, MetadataResponseInput } from '../../../protocol/messages/metadata.ts';
import type { MetadataImage } from '../../metadata/metadata-image.ts';
import type { BrokerRegistration, PartitionRegistration, TopicImage } from '../../metadata/registration.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { isOnlineDirectory } from '../../rules/log-directories.ts';
import { createTopic, isLegalTopicName } from '../auto-create.ts';
import { answer, type BrokerContext, worst } from '../broker-context.ts';
import { isInternal } from '../partitions.ts';

type TopicAnswer = MetadataResponseInput['topics'][number];
type PartitionAnswer = TopicAnswer['partitions'][number];

/** In version 0 an empty list stands for all topics, later null does. */
const nullForAllVersion = 1;
const topicIdVersion = 12;
/** AclOperation bits that a topic and a cluster have; without an authorizer everybody may do all of it. */
const topicOperations = 0b1101_1111_1000;
const clusterOperations = 0b1_1111_1010_0000;
const noOperations = -2147483648;

export function handleMetadata(broker: BrokerContext, context: RequestContext<MetadataResponseInput>, request: MetadataRequest): void {
  const { image, config } = broker;
  const asked = request.topics;
  const all = asked === null || (context.apiVersion < nullForAllVersion && asked.length === 0);
  // Versions 10 and 11 can ask by id, but their answer cannot name nobody.
  const misused = asked?.some((topic) => context.apiVersion < topicIdVersion && (topic.name === null || topic.topicId !== zeroUuid)) ?? false;
  const operations = request.includeTopicAuthorizedOperations ? topicOperations : noOperations;
  const topics: TopicAnswer[] = [];
  let error: number = misused ? ErrorCode.INVALID_REQUEST : ErrorCode.NONE;
  // One id makes it a question about ids: Java's admin leaves empty names beside them (KafkaApis.handleTopicMetadataRequest).
  const byId = !misused && (asked?.some((topic) => topic.topicId !== zeroUuid) ?? false);
  if (all) for (const topic of image.topics.values()) topics.push(known(image, topic, context.apiVersion, operations));
  else if (misused) for (const topic of asked) topics.push(unknown(topic.name ?? '', topic.topicId, ErrorCode.INVALID_REQUEST));
  else if (byId) for (const id of new Set(asked.map((topic) => topic.topicId))) topics.push(...identified(id));
  else for (const name of new Set(asked.map((topic) => topic.name))) topics.push(named(name ?? ''));
  for (const topic of topics) error = worst(error, topic.errorCode);
  const alive = [...image.brokers.values()].filter((each) => !each.fenced);
  const controller =
    alive.length === 0 ? -1 : (alive[broker.world.random.uint32(`broker ${config.nodeId} metadata controller`) % alive.length]?.id ?? -1);
  const response: MetadataResponseInput = {
    brokers: alive.map((each) => ({ nodeId: each.id, host: each.host, port: each.port, rack: each.rack })),
    clusterId: config.clusterId,
    // A client may ask any broker for what only the controller does: it is forwarded there (KIP-590).
    controllerId: controller,
    topics,
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? clusterOperations : noOperations,
  };
  answer(broker, context, response, error);

  function identified(id: Uuid): TopicAnswer[] {
    if (id === zeroUuid) return [];
    const found = image.topicById(id);
    return [found === undefined ? unknown(null, id, ErrorCode.UNKNOWN_TOPIC_ID) : known(image, found, context.apiVersion, operations)];
  }

  function named(name: string): TopicAnswer {
    const found = image.topicByName(name);
    if (found !== undefined) return known(image, found, context.apiVersion, operations);
    if (!isLegalTopicName(name)) return unknown(name, zeroUuid, ErrorCode.INVALID_TOPIC_EXCEPTION);
    // The client asks again until the topic is there.
    if (request.allowAutoTopicCreation && config.autoCreateTopicsEnable) createTopic(broker, name);
    return unknown(name, zeroUuid, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  }
}

const unknown = (name: string | null, topicId: TopicAnswer['topicId'], errorCode: ErrorCode): TopicAnswer => ({
  errorCode,
  name,
  ...(topicId === undefined ? {} : { topicId }),
  isInternal: name !== null && isInternal(name),
  partitions: [],
});

function known(image: MetadataImage, topic: TopicImage, version: number, topicAuthorizedOperations: number): TopicAnswer {
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternal(topic.name),
    partitions: topic.partitions.map((partition) => partitionOf(image, partition, version)),
    topicAuthorizedOperations,
  };
}

/** A broker that clients are sent to: registered and unfenced. */
export function aliveBroker(image: MetadataImage, id: BrokerId): BrokerRegistration | undefined {
  const broker = image.brokers.get(id);
  return broker === undefined || broker.fenced ? undefined : broker;
}

/** Replicas whose broker is not alive, or whose log directory is not online (KRaftMetadataCache.isReplicaOffline). */
export const offlineReplicas = (image: MetadataImage, { replicas, directories }: PartitionRegistration): readonly BrokerId[] =>
  replicas.filter((id, index) => {
    const broker = aliveBroker(image, id);
    return broker === undefined || !isOnlineDirectory(directories[index], broker.logDirs);
  });

function partitionOf(image: MetadataImage, partition: PartitionRegistration, version: number): PartitionAnswer {
  const leader = aliveBroker(image, partition.leader);
  const offline = offlineReplicas(image, partition);
  // The oldest clients cannot resolve a node that is not among the brokers, so it is left out for them.
  const shown = (ids: readonly BrokerId[]) => (version === 0 ? ids.filter((id) => aliveBroker(image, id) !== undefined) : ids);
  const replicaMissing = version === 0 && offline.length > 0;
  const errorCode = leader === undefined ? ErrorCode.LEADER_NOT_AVAILABLE : replicaMissing ? ErrorCode.REPLICA_NOT_AVAILABLE : ErrorCode.NONE;
  return {
    errorCode,
    partitionIndex: partition.index,
    leaderId: leader?.id ?? -1,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes: shown(partition.replicas),
    isrNodes: shown(partition.isr),
    offlineReplicas: offline,
  };
}
