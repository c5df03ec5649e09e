/**
 * What a leader of the metadata log answers to a Fetch: epochs checked, divergence told, committed batches handed out.
 * Owns the answer's form and the order of checks; whether to wait is the log's. Source: KafkaRaftClient.handleFetchRequest; KIP-595, KIP-853.
 */
import type { BrokerId, LeaderEpoch, Offset } from '../../model/brand.ts';
import { leaderEpoch, offset } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { metadataTopicId } from '../../model/uuid.ts';
import type { FetchRequest, FetchResponseInput } from '../../protocol/messages/fetch.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { ReplicationRules } from '../rules/replication.ts';
import { metadataTopic } from './metadata-log.ts';

type PartitionAnswer = FetchResponseInput['responses'][number]['partitions'][number];

/** What the leader is at this moment. */
export interface LeaderView {
  readonly log: PartitionLog;
  readonly clusterId: string;
  readonly leaderId: BrokerId;
  readonly epoch: LeaderEpoch;
  readonly highWatermark: Offset;
  readonly endpoints: readonly { readonly nodeId: BrokerId; readonly host: string; readonly port: number }[];
}

/** `wait`: there is nothing new; the answer may be held back as long as the request allows. */
export interface MetadataFetchAnswer {
  readonly response: FetchResponseInput;
  readonly wait: boolean;
}

const maxBatchBytes = 8 * 1024 * 1024;
/** From here on an answer can say who leads and where histories part, and from there on how the leader is reached. */
const leaderVersion = 12;
const endpointsVersion = 16;

/** The answer without what the version has no field for. */
export function inVersion(response: FetchResponseInput, apiVersion: number): FetchResponseInput {
  if (apiVersion >= endpointsVersion) return response;
  const { nodeEndpoints: _, ...rest } = response;
  if (apiVersion >= leaderVersion) return rest;
  const responses = rest.responses.map((topic) => ({
    ...topic,
    partitions: topic.partitions.map(({ currentLeader: _leader, divergingEpoch: _epoch, ...partition }) => partition),
  }));
  return { ...rest, responses };
}

export function answerMetadataFetch(view: LeaderView, rules: Pick<ReplicationRules, 'divergenceOf'>, request: FetchRequest): MetadataFetchAnswer {
  if (request.clusterId !== null && request.clusterId !== view.clusterId) return refused(ErrorCode.INCONSISTENT_CLUSTER_ID);
  const [topic] = request.topics;
  const [asked] = topic?.partitions ?? [];
  // By id from version 13 on, by name before.
  const named = topic?.topicId === metadataTopicId || topic?.topic === metadataTopic;
  if (topic === undefined || asked === undefined || !named || asked.partition !== 0 || request.topics.length > 1 || topic.partitions.length > 1)
    return refused(ErrorCode.INVALID_REQUEST);
  const error = epochError(view, asked);
  if (error !== ErrorCode.NONE) return { response: response(view, request, failure(error)), wait: false };
  const { log } = view;
  const fetchOffset = offset(asked.fetchOffset);
  const divergence =
    fetchOffset === 0
      ? ({ type: 'matches' } as const)
      : rules.divergenceOf(log.epochs.entries(), log.logStartOffset, log.logEndOffset, leaderEpoch(asked.lastFetchedEpoch), fetchOffset);
  if (divergence.type !== 'matches') {
    const endOffset = divergence.type === 'diverged' ? divergence.endOffset : log.logEndOffset;
    const epoch = divergence.type === 'diverged' ? divergence.epoch : log.epochs.latest();
    return { response: response(view, request, diverged(epoch, endOffset)), wait: false };
  }
  const slice = log.read(fetchOffset, view.highWatermark, Math.min(request.maxBytes, maxBatchBytes), true);
  if (!slice.ok) return { response: response(view, request, failure(slice.error)), wait: false };
  return { response: response(view, request, success(slice.value)), wait: slice.value.byteLength === 0 };
}

function epochError(view: LeaderView, asked: FetchRequest['topics'][number]['partitions'][number]): ErrorCode {
  const { currentLeaderEpoch, fetchOffset, lastFetchedEpoch } = asked;
  if (fetchOffset < 0 || lastFetchedEpoch < 0 || currentLeaderEpoch < 0 || lastFetchedEpoch > currentLeaderEpoch) return ErrorCode.INVALID_REQUEST;
  if (currentLeaderEpoch < view.epoch) return ErrorCode.FENCED_LEADER_EPOCH;
  return currentLeaderEpoch > view.epoch ? ErrorCode.UNKNOWN_LEADER_EPOCH : ErrorCode.NONE;
}

const refused = (errorCode: ErrorCode): MetadataFetchAnswer => ({ response: { throttleTimeMs: 0, errorCode, responses: [] }, wait: false });

/** What differs between answers. */
type Told = Required<Pick<PartitionAnswer, 'errorCode' | 'divergingEpoch' | 'records'>>;
const notDiverged = { epoch: -1, endOffset: -1 };

const failure = (errorCode: ErrorCode): Told => ({ errorCode, divergingEpoch: notDiverged, records: null });
const diverged = (epoch: number, endOffset: number): Told => ({ errorCode: ErrorCode.NONE, divergingEpoch: { epoch, endOffset }, records: null });
const success = (records: NonNullable<Told['records']>): Told => ({ errorCode: ErrorCode.NONE, divergingEpoch: notDiverged, records });

/** Every answer says who leads, so that an observer finds its way from any of them. */
function response(view: LeaderView, request: FetchRequest, told: Told): FetchResponseInput {
  const [topic] = request.topics;
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    responses: [
      {
        topic: topic?.topic ?? metadataTopic,
        topicId: topic?.topicId ?? metadataTopicId,
        partitions: [
          {
            partitionIndex: 0,
            errorCode: told.errorCode,
            highWatermark: view.highWatermark,
            logStartOffset: view.log.logStartOffset,
            currentLeader: { leaderId: view.leaderId, leaderEpoch: view.epoch },
            abortedTransactions: null,
            divergingEpoch: told.divergingEpoch,
            records: told.records,
          },
        ],
      },
    ],
    nodeEndpoints: view.endpoints.map(({ nodeId, host, port }) => ({ nodeId, host, port, rack: null })),
  };
}
