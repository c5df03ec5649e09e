/**
 * OffsetCommit (8), OffsetFetch (9) and OffsetDelete (47). Owns what each version says: topics by name or, from version 10, by id, and
 * fetching for several groups at once from version 8. What counts is the coordinator's. Source: KafkaApis, OffsetMetadataManager, KIP-709,
 * KIP-848.
 */
import { ErrorCode } from '../../../model/error-code.ts';
import { topicPartition } from '../../../model/topic-partition.ts';
import { type Uuid, zeroUuid } from '../../../model/uuid.ts';
import type { OffsetCommitRequest, OffsetCommitResponseInput } from '../../../protocol/messages/offset-commit.ts';
import type { OffsetDeleteRequest, OffsetDeleteResponseInput } from '../../../protocol/messages/offset-delete.ts';
import type { OffsetFetchRequest, OffsetFetchResponseInput } from '../../../protocol/messages/offset-fetch.ts';
import type { OffsetStore, StoredOffset } from '../../coordinator/group/offset-store.ts';
import type { CommittedOffset } from '../../coordinator/group/records.ts';
import { commitOffsets, deleteOffsets, fetchOffsets, type OffsetName } from '../../coordinator/group/shard-offsets.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { answer, type BrokerContext, worst } from '../broker-context.ts';

/** OffsetCommit and OffsetFetch name topics by id. */
const topicIdVersion = 10;
/** OffsetFetch has an error for the whole group. */
const groupErrorVersion = 2;
/** OffsetFetch asks for several groups. */
const batchedFetchVersion = 8;

interface NamedTopic {
  readonly name: string;
  readonly topicId: Uuid;
}

/** The topic that a request means, or why there is none. */
function resolve(broker: BrokerContext, version: number, name: string, topicId: Uuid): NamedTopic | ErrorCode {
  const byId = version >= topicIdVersion;
  const image = byId ? broker.image.topicById(topicId) : broker.image.topicByName(name);
  if (image === undefined) return byId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  return { name: image.name, topicId: image.id };
}

export function handleOffsetCommit(broker: BrokerContext, context: RequestContext<OffsetCommitResponseInput>, request: OffsetCommitRequest): void {
  const wallMs = broker.world.clock.wallMs();
  const expireTimestampMs = request.retentionTimeMs < 0 ? -1 : wallMs + request.retentionTimeMs;
  const offsets: StoredOffset[] = [];
  const topics = request.topics.map((topic) => {
    const named = resolve(broker, context.apiVersion, topic.name, topic.topicId);
    const partitions = topic.partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }) => {
      const metadata = committedMetadata ?? '';
      const errorCode =
        typeof named === 'number'
          ? named
          : metadata.length > broker.config.offsetMetadataMaxBytes
            ? ErrorCode.OFFSET_METADATA_TOO_LARGE
            : ErrorCode.NONE;
      if (typeof named !== 'number' && errorCode === ErrorCode.NONE) {
        const { topicId } = named;
        const value = { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata, commitTimestampMs: wallMs, expireTimestampMs, topicId };
        offsets.push({ topic: named.name, partition: partitionIndex, value });
      }
      return { partitionIndex, errorCode, known: typeof named !== 'number' };
    });
    return { name: topic.name, topicId: topic.topicId, partitions };
  });
  /** The group's error is that of all its partitions but those of unknown topics, which never got as far. */
  const respond = (group: ErrorCode): void => {
    let first: number = ErrorCode.NONE;
    const answered = topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex, errorCode, known }) => {
        const error = known && group !== ErrorCode.NONE ? group : errorCode;
        first = worst(first, error);
        return { partitionIndex, errorCode: error };
      }),
    }));
    answer(broker, context, { throttleTimeMs: 0, topics: answered }, first);
  };
  if (!topics.some(({ partitions }) => partitions.some(({ known }) => known))) {
    respond(ErrorCode.NONE);
    return;
  }
  const shard = broker.groups.shardOf(request.groupId);
  if (!shard.ok) {
    respond(shard.error);
    return;
  }
  const { groupId, memberId, groupInstanceId: instanceId, generationIdOrMemberEpoch: generation } = request;
  commitOffsets(shard.value, { groupId, memberId, instanceId, generation, version: context.apiVersion, offsets }, respond);
}

type Position = ReturnType<typeof position>;
interface FetchedTopic {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitions: readonly Position[];
}
interface FetchedGroup {
  readonly groupId: string;
  readonly errorCode: ErrorCode;
  readonly topics: readonly FetchedTopic[];
}
type AskedTopics = readonly { readonly name: string; readonly topicId: Uuid; readonly partitionIndexes: readonly number[] }[] | null;

export function handleOffsetFetch(broker: BrokerContext, context: RequestContext<OffsetFetchResponseInput>, request: OffsetFetchRequest): void {
  const version = context.apiVersion;
  const asked: readonly { readonly groupId: string; readonly topics: AskedTopics }[] =
    version >= batchedFetchVersion
      ? request.groups
      : [{ groupId: request.groupId, topics: request.topics?.map((topic) => ({ ...topic, topicId: zeroUuid })) ?? null }];
  const groups: (FetchedGroup | undefined)[] = asked.map(() => undefined);
  let open = asked.length;
  const finish = (): void => {
    const answered = groups.filter((group) => group !== undefined);
    const error = answered.reduce((found, group) => worst(found, firstError(group)), ErrorCode.NONE as number);
    if (version >= batchedFetchVersion) answer(broker, context, { throttleTimeMs: 0, groups: answered }, error);
    else {
      const only = answered[0];
      const topics = (only?.topics ?? []).map(({ name, partitions }) => ({ name, partitions }));
      answer(broker, context, { throttleTimeMs: 0, topics, errorCode: only?.errorCode ?? ErrorCode.NONE }, error);
    }
  };
  if (open === 0) {
    finish();
    return;
  }
  for (const [at, { groupId, topics }] of asked.entries()) {
    const settle = (group: FetchedGroup): void => {
      groups[at] = group;
      if (--open === 0) finish();
    };
    const shard = broker.groups.shardOf(groupId);
    if (!shard.ok) settle(failedGroup(groupId, topics, shard.error, version));
    else
      fetchOffsets(shard.value, request.requireStable, (error, offsets) => {
        if (error !== ErrorCode.NONE) {
          settle(failedGroup(groupId, topics, error, version));
          return;
        }
        const found = topics === null ? everything(broker, offsets, groupId, version) : chosen(broker, offsets, groupId, topics, version);
        observe(broker, groupId, request.requireStable, found);
        settle({ groupId, errorCode: error, topics: found });
      });
  }
}

function observe(broker: BrokerContext, group: string, stable: boolean, topics: readonly FetchedTopic[]): void {
  const offsets = topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ errorCode }) => errorCode === ErrorCode.NONE)
      .map(({ partitionIndex, committedOffset }) => ({ partition: topicPartition(name, partitionIndex), offset: committedOffset })),
  );
  broker.world.observe({ type: 'offsetsFetched', group, stable, offsets });
}

const firstError = (group: FetchedGroup): number =>
  group.topics.reduce(
    (found, { partitions }) => partitions.reduce((inner, { errorCode }) => worst(inner, errorCode), found),
    group.errorCode as number,
  );

/** Version 1 has no place for the group's error but its partitions. */
function failedGroup(groupId: string, topics: AskedTopics, errorCode: ErrorCode, version: number): FetchedGroup {
  if (version >= groupErrorVersion) return { groupId, errorCode, topics: [] };
  return {
    groupId,
    errorCode,
    topics: (topics ?? []).map(({ name, topicId, partitionIndexes }) => ({
      name,
      topicId,
      partitions: partitionIndexes.map((index) => position(index, undefined, errorCode)),
    })),
  };
}

const position = (partitionIndex: number, value: CommittedOffset | undefined, errorCode: number = ErrorCode.NONE) => ({
  partitionIndex,
  committedOffset: value?.offset ?? -1,
  committedLeaderEpoch: value?.leaderEpoch ?? -1,
  metadata: value?.metadata ?? '',
  errorCode,
});

function chosen(
  broker: BrokerContext,
  offsets: OffsetStore,
  groupId: string,
  topics: NonNullable<AskedTopics>,
  version: number,
): readonly FetchedTopic[] {
  return topics.map(({ name, topicId, partitionIndexes }) => {
    const named = version >= topicIdVersion ? resolve(broker, version, name, topicId) : { name, topicId };
    const partitions = partitionIndexes.map((index) =>
      typeof named === 'number' ? position(index, undefined, named) : position(index, offsets.get(groupId, named.name, index)),
    );
    return { name: typeof named === 'number' ? name : named.name, topicId, partitions };
  });
}

/** With ids, topics that are gone cannot be named. */
function everything(broker: BrokerContext, offsets: OffsetStore, groupId: string, version: number): readonly FetchedTopic[] {
  const topics: { name: string; topicId: Uuid; partitions: Position[] }[] = [];
  for (const { topic, partition, value } of offsets.of(groupId)) {
    const topicId = broker.image.topicByName(topic)?.id;
    if (topicId === undefined && version >= topicIdVersion) continue;
    let last = topics.at(-1);
    if (last?.name !== topic) {
      last = { name: topic, topicId: topicId ?? zeroUuid, partitions: [] };
      topics.push(last);
    }
    last.partitions.push(position(partition, value));
  }
  return topics;
}

export function handleOffsetDelete(broker: BrokerContext, context: RequestContext<OffsetDeleteResponseInput>, request: OffsetDeleteRequest): void {
  const refuse = (errorCode: ErrorCode): void => answer(broker, context, { errorCode, throttleTimeMs: 0, topics: [] }, errorCode);
  if (request.groupId === '') {
    refuse(ErrorCode.INVALID_GROUP_ID);
    return;
  }
  const shard = broker.groups.shardOf(request.groupId);
  if (!shard.ok) {
    refuse(shard.error);
    return;
  }
  const names: OffsetName[] = [];
  for (const { name, partitions } of request.topics)
    if (broker.image.topicByName(name) !== undefined)
      for (const { partitionIndex } of partitions) names.push({ topic: name, partition: partitionIndex });
  deleteOffsets(shard.value, request.groupId, names, (errorCode, deleted) => {
    if (errorCode !== ErrorCode.NONE) {
      refuse(errorCode);
      return;
    }
    let first: number = ErrorCode.NONE;
    const topics = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        const found = deleted.find(({ topic, partition }) => topic === name && partition === partitionIndex);
        const error = found?.error ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        first = worst(first, error);
        return { partitionIndex, errorCode: error };
      }),
    }));
    answer(broker, context, { errorCode, throttleTimeMs: 0, topics }, first);
  });
}
