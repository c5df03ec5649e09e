/** DeleteTopics and CreatePartitions. Source: ControllerApis.deleteTopics, ReplicationControlManager.deleteTopics and createPartitions. */
import { brokerId } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { type Uuid, zeroUuid } from '../../model/uuid.ts';
import type { CreatePartitionsRequest, CreatePartitionsResponseInput } from '../../protocol/messages/create-partitions.ts';
import type { DeleteTopicsRequest, DeleteTopicsResponseInput } from '../../protocol/messages/delete-topics.ts';
import type { MetadataRecord } from '../metadata/metadata-record.ts';
import type { TopicImage } from '../metadata/registration.ts';
import type { ApiProblem } from './config-requests.ts';
import type { ControllerState, Outcome } from './controller-state.ts';
import { assignmentProblem, newPartition, place, problem } from './new-partitions.ts';

interface Wanted {
  readonly name: string | null;
  readonly topicId: Uuid;
}

/** Up to version 5 topics are named, from 6 on named or given by id. */
export function deleteTopics(state: ControllerState, request: DeleteTopicsRequest): Outcome<DeleteTopicsResponseInput> {
  const wanted: readonly Wanted[] = [...request.topics, ...request.topicNames.map((name) => ({ name, topicId: zeroUuid }))];
  const records: MetadataRecord[] = [];
  const gone = new Set<Uuid>();
  const responses = wanted.map((each) => {
    const found = state.config.deleteTopicEnable
      ? topicToDelete(state, each, gone)
      : failed(problem(ErrorCode.TOPIC_DELETION_DISABLED, 'Topic deletion is disabled: delete.topic.enable is false.'));
    if (!found.ok) return { name: each.name, topicId: each.topicId, errorCode: found.error.code, errorMessage: found.error.message };
    gone.add(found.value.id);
    records.push({ type: 'removeTopic', value: { topicId: found.value.id } });
    return { name: found.value.name, topicId: found.value.id, errorCode: ErrorCode.NONE, errorMessage: null };
  });
  return { response: { throttleTimeMs: 0, responses }, records };
}

function topicToDelete(state: ControllerState, wanted: Wanted, gone: ReadonlySet<Uuid>): Result<TopicImage, ApiProblem> {
  if (wanted.name !== null && wanted.topicId !== zeroUuid)
    return failed(problem(ErrorCode.INVALID_REQUEST, 'You may not specify both topic name and topic id.'));
  if (wanted.name === null && wanted.topicId === zeroUuid)
    return failed(problem(ErrorCode.INVALID_REQUEST, 'Neither topic name nor id were specified.'));
  const topic = wanted.name === null ? state.image.topicById(wanted.topicId) : state.image.topicByName(wanted.name);
  if (topic !== undefined) return gone.has(topic.id) ? failed(problem(ErrorCode.INVALID_REQUEST, 'Duplicate topic.')) : ok(topic);
  return failed(
    wanted.name === null
      ? problem(ErrorCode.UNKNOWN_TOPIC_ID, 'This server does not host this topic ID.')
      : problem(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'This server does not host this topic-partition.'),
  );
}

export function createPartitions(state: ControllerState, request: CreatePartitionsRequest): Outcome<CreatePartitionsResponseInput> {
  const records: MetadataRecord[] = [];
  const named = new Set<string>();
  const results = request.topics.map((topic) => {
    const duplicate = named.has(topic.name);
    named.add(topic.name);
    const added = duplicate ? failed(problem(ErrorCode.INVALID_REQUEST, 'Duplicate topic name.')) : addedPartitions(state, topic);
    if (!added.ok) return { name: topic.name, errorCode: added.error.code, errorMessage: added.error.message };
    records.push(...added.value);
    return { name: topic.name, errorCode: ErrorCode.NONE, errorMessage: null };
  });
  return { response: { throttleTimeMs: 0, results }, records: request.validateOnly ? [] : records };
}

function addedPartitions(state: ControllerState, wanted: CreatePartitionsRequest['topics'][number]): Result<readonly MetadataRecord[], ApiProblem> {
  const topic = state.image.topicByName(wanted.name);
  if (topic === undefined) return failed(problem(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'This server does not host this topic-partition.'));
  const before = topic.partitions.length;
  if (wanted.count === before) return failed(problem(ErrorCode.INVALID_PARTITIONS, `Topic already has ${before} partition(s).`));
  if (wanted.count < before)
    return failed(
      problem(
        ErrorCode.INVALID_PARTITIONS,
        `The topic ${wanted.name} currently has ${before} partition(s); ${wanted.count} would not be an increase.`,
      ),
    );
  const additional = wanted.count - before;
  if (wanted.assignments !== null && wanted.assignments.length !== additional)
    return failed(
      problem(
        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        `Attempted to add ${additional} additional partition(s), but only ${wanted.assignments.length} assignment(s) were specified.`,
      ),
    );
  if (additional > 10_000)
    return failed(problem(ErrorCode.INVALID_PARTITIONS, `At most 10000 partitions can be added in one request, not ${additional}.`));
  const replicationFactor = topic.partitions[0]?.replicas.length ?? state.config.defaultReplicationFactor;
  for (const { brokerIds } of wanted.assignments ?? []) {
    const wrong = assignmentProblem(state, brokerIds, replicationFactor);
    if (wrong !== undefined) return failed(wrong);
  }
  const placed =
    wanted.assignments === null
      ? place(state, topic.name, additional, replicationFactor)
      : ok(wanted.assignments.map(({ brokerIds }) => brokerIds.map(brokerId)));
  if (!placed.ok) return placed;
  const records: MetadataRecord[] = [];
  for (const [at, replicas] of placed.value.entries()) {
    const partition = newPartition(state, topic.id, topic.name, before + at, replicas);
    if (!partition.ok)
      return failed(wanted.assignments === null ? partition.error : { ...partition.error, code: ErrorCode.INVALID_REPLICA_ASSIGNMENT });
    records.push(partition.value);
  }
  return ok(records);
}
