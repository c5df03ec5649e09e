/**
 * CreateTopics: names, configs, numbers and assignments checked, replicas placed, records written topic by topic; what is wrong with one
 * topic leaves the others alone. Source: ReplicationControlManager.createTopics, ControllerApis.createTopics.
 */
import { type BrokerId, brokerId } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { uuidFromWords } from '../../model/uuid.ts';
import type { CreateTopicsRequest, CreateTopicsResponseInput } from '../../protocol/messages/create-topics.ts';
import { propertyOf } from '../config/knob.ts';
import { effectiveTopicConfig, type TopicConfig, topicConfig, topicKnobs } from '../config/topic-config.ts';
import type { MetadataRecord } from '../metadata/metadata-record.ts';
import { ConfigResourceType } from '../metadata/registration.ts';
import { minInsyncReplicasKey, uncleanElectionKey } from '../metadata/topic-settings.ts';
import { type ApiProblem, configProblem } from './config-requests.ts';
import type { ControllerState, Outcome } from './controller-state.ts';
import { assignmentProblem, newPartition, place, problem } from './new-partitions.ts';
import { clusterMetadataTopic, collidingTopic, topicNameProblem } from './topic-name.ts';

type Topic = CreateTopicsRequest['topics'][number];
type TopicResult = CreateTopicsResponseInput['topics'][number];

interface CreatedTopic {
  readonly result: TopicResult;
  readonly records: readonly MetadataRecord[];
}

/** DescribeConfigsResponse.ConfigSource. */
const source = { topic: 1, defaultConfig: 5 } as const;
/** More in one request would be a batch larger than the metadata log takes (QuorumController.MAX_RECORDS_PER_USER_OP). */
const maxRecords = 10_000;

export function createTopics(state: ControllerState, request: CreateTopicsRequest): Outcome<CreateTopicsResponseInput> {
  const names = new Map<string, number>();
  for (const topic of request.topics) names.set(topic.name, (names.get(topic.name) ?? 0) + 1);
  const topics: TopicResult[] = [];
  const records: MetadataRecord[] = [];
  const created: string[] = [];
  for (const topic of request.topics) {
    const times = names.get(topic.name) ?? 1;
    if (times === 0) continue;
    // Kafka answers a name that comes twice once.
    if (times > 1) names.set(topic.name, 0);
    const made = times > 1 ? failed(problem(ErrorCode.INVALID_REQUEST, 'Duplicate topic name.')) : createTopic(state, topic, created, records.length);
    if (!made.ok) {
      topics.push({ name: topic.name, errorCode: made.error.code, errorMessage: made.error.message, configs: [] });
      continue;
    }
    created.push(topic.name);
    topics.push(made.value.result);
    records.push(...made.value.records);
  }
  return { response: { throttleTimeMs: 0, topics }, records: request.validateOnly ? [] : records };
}

function createTopic(state: ControllerState, topic: Topic, created: readonly string[], recordsSoFar: number): Result<CreatedTopic, ApiProblem> {
  const wrong = nameProblem(state, topic.name, created) ?? configsProblem(topic);
  if (wrong !== undefined) return failed(wrong);
  const assignments = topic.assignments.length > 0 ? manualAssignments(state, topic) : placedAssignments(state, topic);
  if (!assignments.ok) return assignments;
  if (recordsSoFar + assignments.value.length + topic.configs.length + 1 > maxRecords)
    return failed(
      problem(
        ErrorCode.POLICY_VIOLATION,
        `Creating ${assignments.value.length} partitions would exceed the maximum of ${maxRecords} records of one request`,
      ),
    );
  const draw = () => state.random.uint32(`topic id of ${topic.name}`);
  const topicId = uuidFromWords(draw(), draw(), draw(), draw());
  const records: MetadataRecord[] = [{ type: 'topic', value: { name: topic.name, topicId } }];
  for (const { name, value } of topic.configs)
    records.push({ type: 'config', value: { resourceType: ConfigResourceType.TOPIC, resourceName: topic.name, name, value } });
  for (const [index, replicas] of assignments.value.entries()) {
    const partition = newPartition(state, topicId, topic.name, index, replicas);
    if (!partition.ok)
      return failed(topic.assignments.length > 0 ? { ...partition.error, code: ErrorCode.INVALID_REPLICA_ASSIGNMENT } : partition.error);
    records.push(partition.value);
  }
  return ok({
    records,
    result: {
      name: topic.name,
      topicId,
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      topicConfigErrorCode: ErrorCode.NONE,
      numPartitions: assignments.value.length,
      replicationFactor: assignments.value[0]?.length ?? -1,
      configs: effectiveConfigs(state, topic),
    },
  });
}

function nameProblem(state: ControllerState, name: string, created: readonly string[]): ApiProblem | undefined {
  if (name === clusterMetadataTopic) return problem(ErrorCode.TOPIC_AUTHORIZATION_FAILED, `Topic '${name}' belongs to the controllers.`);
  const wrong = topicNameProblem(name);
  if (wrong !== undefined) return problem(ErrorCode.INVALID_TOPIC_EXCEPTION, wrong);
  if (state.image.topicByName(name) !== undefined) return problem(ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`);
  const colliding = collidingTopic(name, state.image.topics.keys()) ?? collidingTopic(name, created);
  if (colliding === undefined) return undefined;
  return problem(ErrorCode.INVALID_TOPIC_EXCEPTION, `Topic '${name}' collides with existing topic: ${colliding}`);
}

function configsProblem(topic: Topic): ApiProblem | undefined {
  const nulls = topic.configs.filter((config) => config.value === null).map((config) => config.name);
  if (nulls.length > 0) return problem(ErrorCode.INVALID_CONFIG, `Null value not supported for topic configs: ${nulls.join(',')}`);
  for (const { name, value } of topic.configs) {
    const wrong = configProblem(ConfigResourceType.TOPIC, topic.name, name, value ?? '');
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function manualAssignments(state: ControllerState, topic: Topic): Result<readonly (readonly BrokerId[])[], ApiProblem> {
  if (topic.replicationFactor !== -1)
    return failed(problem(ErrorCode.INVALID_REQUEST, 'A manual partition assignment was specified, but replication factor was not set to -1.'));
  if (topic.numPartitions !== -1)
    return failed(problem(ErrorCode.INVALID_REQUEST, 'A manual partition assignment was specified, but numPartitions was not set to -1.'));
  const byIndex = new Map<number, readonly BrokerId[]>();
  let replicationFactor: number | undefined;
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    if (byIndex.has(partitionIndex))
      return failed(problem(ErrorCode.INVALID_REPLICA_ASSIGNMENT, `Found multiple manual partition assignments for partition ${partitionIndex}`));
    const wrong = assignmentProblem(state, brokerIds, replicationFactor);
    if (wrong !== undefined) return failed(wrong);
    replicationFactor = brokerIds.length;
    byIndex.set(partitionIndex, brokerIds.map(brokerId));
  }
  const assignments: (readonly BrokerId[])[] = [];
  for (let index = 0; index < byIndex.size; index++) {
    const replicas = byIndex.get(index);
    if (replicas === undefined)
      return failed(problem(ErrorCode.INVALID_REPLICA_ASSIGNMENT, 'partitions should be a consecutive 0-based integer sequence'));
    assignments.push(replicas);
  }
  return ok(assignments);
}

function placedAssignments(state: ControllerState, topic: Topic): Result<readonly (readonly BrokerId[])[], ApiProblem> {
  if (topic.replicationFactor < -1 || topic.replicationFactor === 0)
    return failed(problem(ErrorCode.INVALID_REPLICATION_FACTOR, 'Replication factor must be larger than 0, or -1 to use the default value.'));
  if (topic.numPartitions < -1 || topic.numPartitions === 0)
    return failed(problem(ErrorCode.INVALID_PARTITIONS, 'Number of partitions was set to an invalid non-positive value.'));
  const partitions = topic.numPartitions === -1 ? state.config.numPartitions : topic.numPartitions;
  if (partitions > maxRecords)
    return failed(problem(ErrorCode.INVALID_PARTITIONS, `Number of partitions must be at most ${maxRecords} in one request, not ${partitions}.`));
  const replicationFactor = topic.replicationFactor === -1 ? state.config.defaultReplicationFactor : topic.replicationFactor;
  return place(state, topic.name, partitions, replicationFactor);
}

/** Every config of the new topic as it will be in force, sorted by name. */
function effectiveConfigs(state: ControllerState, topic: Topic): NonNullable<TopicResult['configs']> {
  const overrides = new Map(topic.configs.map(({ name, value }): [string, string] => [name, value ?? '']));
  const cluster = new Map([...state.image.clusterConfig()].filter(([name]) => name === minInsyncReplicasKey || name === uncleanElectionKey));
  const defaults = effectiveTopicConfig(
    cluster,
    topicConfig({ minInsyncReplicas: state.config.minInsyncReplicas, uncleanLeaderElectionEnable: state.config.uncleanLeaderElectionEnable }),
  );
  const values: TopicConfig = effectiveTopicConfig(overrides, defaults);
  return topicKnobs
    .filter((knob) => values[propertyOf(knob.key) as keyof TopicConfig] !== undefined)
    .map((knob) => ({
      name: knob.key,
      value: knob.print(values[propertyOf(knob.key) as keyof TopicConfig] as never),
      readOnly: false,
      configSource: overrides.has(knob.key) ? source.topic : source.defaultConfig,
      isSensitive: false,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
