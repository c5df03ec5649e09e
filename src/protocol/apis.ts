/**
 * Every live RPC of Kafka as one typed table: its messages, the versions each kind of listener serves, and which header goes with a version.
 * What a broker does with a request is not here. All of it but `forwarded` is derived from the messages, so that nothing is said twice.
 */
import { invariant } from '../model/invariant.ts';
import { addOffsetsToTxnRequest, addOffsetsToTxnResponse } from './messages/add-offsets-to-txn.ts';
import { addPartitionsToTxnRequest, addPartitionsToTxnResponse } from './messages/add-partitions-to-txn.ts';
import { addRaftVoterRequest, addRaftVoterResponse } from './messages/add-raft-voter.ts';
import { allocateProducerIdsRequest, allocateProducerIdsResponse } from './messages/allocate-producer-ids.ts';
import { alterClientQuotasRequest, alterClientQuotasResponse } from './messages/alter-client-quotas.ts';
import { alterConfigsRequest, alterConfigsResponse } from './messages/alter-configs.ts';
import { alterPartitionRequest, alterPartitionResponse } from './messages/alter-partition.ts';
import { alterPartitionReassignmentsRequest, alterPartitionReassignmentsResponse } from './messages/alter-partition-reassignments.ts';
import { alterReplicaLogDirsRequest, alterReplicaLogDirsResponse } from './messages/alter-replica-log-dirs.ts';
import { alterShareGroupOffsetsRequest, alterShareGroupOffsetsResponse } from './messages/alter-share-group-offsets.ts';
import { alterUserScramCredentialsRequest, alterUserScramCredentialsResponse } from './messages/alter-user-scram-credentials.ts';
import { apiVersionsRequest, apiVersionsResponse } from './messages/api-versions.ts';
import { assignReplicasToDirsRequest, assignReplicasToDirsResponse } from './messages/assign-replicas-to-dirs.ts';
import { beginQuorumEpochRequest, beginQuorumEpochResponse } from './messages/begin-quorum-epoch.ts';
import { brokerHeartbeatRequest, brokerHeartbeatResponse } from './messages/broker-heartbeat.ts';
import { brokerRegistrationRequest, brokerRegistrationResponse } from './messages/broker-registration.ts';
import { consumerGroupDescribeRequest, consumerGroupDescribeResponse } from './messages/consumer-group-describe.ts';
import { consumerGroupHeartbeatRequest, consumerGroupHeartbeatResponse } from './messages/consumer-group-heartbeat.ts';
import { controllerRegistrationRequest, controllerRegistrationResponse } from './messages/controller-registration.ts';
import { createAclsRequest, createAclsResponse } from './messages/create-acls.ts';
import { createDelegationTokenRequest, createDelegationTokenResponse } from './messages/create-delegation-token.ts';
import { createPartitionsRequest, createPartitionsResponse } from './messages/create-partitions.ts';
import { createTopicsRequest, createTopicsResponse } from './messages/create-topics.ts';
import { deleteAclsRequest, deleteAclsResponse } from './messages/delete-acls.ts';
import { deleteGroupsRequest, deleteGroupsResponse } from './messages/delete-groups.ts';
import { deleteRecordsRequest, deleteRecordsResponse } from './messages/delete-records.ts';
import { deleteShareGroupOffsetsRequest, deleteShareGroupOffsetsResponse } from './messages/delete-share-group-offsets.ts';
import { deleteShareGroupStateRequest, deleteShareGroupStateResponse } from './messages/delete-share-group-state.ts';
import { deleteTopicsRequest, deleteTopicsResponse } from './messages/delete-topics.ts';
import { describeAclsRequest, describeAclsResponse } from './messages/describe-acls.ts';
import { describeClientQuotasRequest, describeClientQuotasResponse } from './messages/describe-client-quotas.ts';
import { describeClusterRequest, describeClusterResponse } from './messages/describe-cluster.ts';
import { describeConfigsRequest, describeConfigsResponse } from './messages/describe-configs.ts';
import { describeDelegationTokenRequest, describeDelegationTokenResponse } from './messages/describe-delegation-token.ts';
import { describeGroupsRequest, describeGroupsResponse } from './messages/describe-groups.ts';
import { describeLogDirsRequest, describeLogDirsResponse } from './messages/describe-log-dirs.ts';
import { describeProducersRequest, describeProducersResponse } from './messages/describe-producers.ts';
import { describeQuorumRequest, describeQuorumResponse } from './messages/describe-quorum.ts';
import { describeShareGroupOffsetsRequest, describeShareGroupOffsetsResponse } from './messages/describe-share-group-offsets.ts';
import { describeTopicPartitionsRequest, describeTopicPartitionsResponse } from './messages/describe-topic-partitions.ts';
import { describeTransactionsRequest, describeTransactionsResponse } from './messages/describe-transactions.ts';
import { describeUserScramCredentialsRequest, describeUserScramCredentialsResponse } from './messages/describe-user-scram-credentials.ts';
import { electLeadersRequest, electLeadersResponse } from './messages/elect-leaders.ts';
import { endQuorumEpochRequest, endQuorumEpochResponse } from './messages/end-quorum-epoch.ts';
import { endTxnRequest, endTxnResponse } from './messages/end-txn.ts';
import { envelopeRequest, envelopeResponse } from './messages/envelope.ts';
import { expireDelegationTokenRequest, expireDelegationTokenResponse } from './messages/expire-delegation-token.ts';
import { fetchRequest, fetchResponse } from './messages/fetch.ts';
import { fetchSnapshotRequest, fetchSnapshotResponse } from './messages/fetch-snapshot.ts';
import { findCoordinatorRequest, findCoordinatorResponse } from './messages/find-coordinator.ts';
import { getTelemetrySubscriptionsRequest, getTelemetrySubscriptionsResponse } from './messages/get-telemetry-subscriptions.ts';
import { heartbeatRequest, heartbeatResponse } from './messages/heartbeat.ts';
import { incrementalAlterConfigsRequest, incrementalAlterConfigsResponse } from './messages/incremental-alter-configs.ts';
import { initProducerIdRequest, initProducerIdResponse } from './messages/init-producer-id.ts';
import { initializeShareGroupStateRequest, initializeShareGroupStateResponse } from './messages/initialize-share-group-state.ts';
import { joinGroupRequest, joinGroupResponse } from './messages/join-group.ts';
import { leaveGroupRequest, leaveGroupResponse } from './messages/leave-group.ts';
import { listConfigResourcesRequest, listConfigResourcesResponse } from './messages/list-config-resources.ts';
import { listGroupsRequest, listGroupsResponse } from './messages/list-groups.ts';
import { listOffsetsRequest, listOffsetsResponse } from './messages/list-offsets.ts';
import { listPartitionReassignmentsRequest, listPartitionReassignmentsResponse } from './messages/list-partition-reassignments.ts';
import { listTransactionsRequest, listTransactionsResponse } from './messages/list-transactions.ts';
import { metadataRequest, metadataResponse } from './messages/metadata.ts';
import { offsetCommitRequest, offsetCommitResponse } from './messages/offset-commit.ts';
import { offsetDeleteRequest, offsetDeleteResponse } from './messages/offset-delete.ts';
import { offsetFetchRequest, offsetFetchResponse } from './messages/offset-fetch.ts';
import { offsetForLeaderEpochRequest, offsetForLeaderEpochResponse } from './messages/offset-for-leader-epoch.ts';
import { produceRequest, produceResponse } from './messages/produce.ts';
import { pushTelemetryRequest, pushTelemetryResponse } from './messages/push-telemetry.ts';
import { readShareGroupStateRequest, readShareGroupStateResponse } from './messages/read-share-group-state.ts';
import { readShareGroupStateSummaryRequest, readShareGroupStateSummaryResponse } from './messages/read-share-group-state-summary.ts';
import { removeRaftVoterRequest, removeRaftVoterResponse } from './messages/remove-raft-voter.ts';
import { renewDelegationTokenRequest, renewDelegationTokenResponse } from './messages/renew-delegation-token.ts';
import { saslAuthenticateRequest, saslAuthenticateResponse } from './messages/sasl-authenticate.ts';
import { saslHandshakeRequest, saslHandshakeResponse } from './messages/sasl-handshake.ts';
import { shareAcknowledgeRequest, shareAcknowledgeResponse } from './messages/share-acknowledge.ts';
import { shareFetchRequest, shareFetchResponse } from './messages/share-fetch.ts';
import { shareGroupDescribeRequest, shareGroupDescribeResponse } from './messages/share-group-describe.ts';
import { shareGroupHeartbeatRequest, shareGroupHeartbeatResponse } from './messages/share-group-heartbeat.ts';
import { streamsGroupDescribeRequest, streamsGroupDescribeResponse } from './messages/streams-group-describe.ts';
import { streamsGroupHeartbeatRequest, streamsGroupHeartbeatResponse } from './messages/streams-group-heartbeat.ts';
import { syncGroupRequest, syncGroupResponse } from './messages/sync-group.ts';
import { txnOffsetCommitRequest, txnOffsetCommitResponse } from './messages/txn-offset-commit.ts';
import { unregisterBrokerRequest, unregisterBrokerResponse } from './messages/unregister-broker.ts';
import { updateFeaturesRequest, updateFeaturesResponse } from './messages/update-features.ts';
import { updateRaftVoterRequest, updateRaftVoterResponse } from './messages/update-raft-voter.ts';
import { voteRequest, voteResponse } from './messages/vote.ts';
import { writeShareGroupStateRequest, writeShareGroupStateResponse } from './messages/write-share-group-state.ts';
import { writeTxnMarkersRequest, writeTxnMarkersResponse } from './messages/write-txn-markers.ts';
import type { Message } from './schema/schema.ts';
import { type VersionRange, versionRange } from './schema/versions.ts';

export type ListenerKind = 'broker' | 'controller';

export interface Api<Q extends Message = Message, S extends Message = Message> {
  readonly key: number;
  /** Kafka's name of the message pair, such as `Fetch`. */
  readonly name: string;
  readonly request: Q;
  readonly response: S;
  /** Versions served to clients of a broker listener, without an unstable last one; undefined where it is not served. */
  readonly broker: VersionRange | undefined;
  readonly controller: VersionRange | undefined;
  /** Requests of this version and later have header version 2, earlier ones 1; Infinity when none is flexible. */
  readonly flexibleRequestFrom: number;
  /** Responses of this version and later have header version 1, earlier ones 0; Infinity for ApiVersions (KIP-511). */
  readonly flexibleResponseFrom: number;
  /** A broker passes it to the active controller inside an Envelope (ApiKeys.forwardable). */
  readonly forwarded: boolean;
}

const apiVersionsKey = 18;
const produceKey = 0;
const byKey: (Api | undefined)[] = [];

function api<Q extends Message, S extends Message>(request: Q, response: S, options?: { readonly forwarded: boolean }): Api<Q, S> {
  const key = request.apiKey;
  const versions = versionRange(request.versions);
  invariant(key !== undefined && versions !== undefined && response.apiKey === key, 'an RPC has a key and versions', request.name);
  const stable = request.latestVersionUnstable === true ? { min: versions.min, max: versions.max - 1 } : versions;
  const servedOn = (listener: ListenerKind) => (request.listeners?.includes(listener) ? stable : undefined);
  const each: Api<Q, S> = {
    key,
    name: request.name.slice(0, -'Request'.length),
    request,
    response,
    broker: servedOn('broker'),
    controller: servedOn('controller'),
    flexibleRequestFrom: versionRange(request.flexible)?.min ?? Number.POSITIVE_INFINITY,
    flexibleResponseFrom: key === apiVersionsKey ? Number.POSITIVE_INFINITY : (versionRange(response.flexible)?.min ?? Number.POSITIVE_INFINITY),
    forwarded: options?.forwarded ?? false,
  };
  byKey[key] = each;
  return each;
}

/** In the order of their keys. */
export const apis = {
  produce: api(produceRequest, produceResponse),
  fetch: api(fetchRequest, fetchResponse),
  listOffsets: api(listOffsetsRequest, listOffsetsResponse),
  metadata: api(metadataRequest, metadataResponse),
  offsetCommit: api(offsetCommitRequest, offsetCommitResponse),
  offsetFetch: api(offsetFetchRequest, offsetFetchResponse),
  findCoordinator: api(findCoordinatorRequest, findCoordinatorResponse),
  joinGroup: api(joinGroupRequest, joinGroupResponse),
  heartbeat: api(heartbeatRequest, heartbeatResponse),
  leaveGroup: api(leaveGroupRequest, leaveGroupResponse),
  syncGroup: api(syncGroupRequest, syncGroupResponse),
  describeGroups: api(describeGroupsRequest, describeGroupsResponse),
  listGroups: api(listGroupsRequest, listGroupsResponse),
  saslHandshake: api(saslHandshakeRequest, saslHandshakeResponse),
  apiVersions: api(apiVersionsRequest, apiVersionsResponse),
  createTopics: api(createTopicsRequest, createTopicsResponse, { forwarded: true }),
  deleteTopics: api(deleteTopicsRequest, deleteTopicsResponse, { forwarded: true }),
  deleteRecords: api(deleteRecordsRequest, deleteRecordsResponse),
  initProducerId: api(initProducerIdRequest, initProducerIdResponse),
  offsetForLeaderEpoch: api(offsetForLeaderEpochRequest, offsetForLeaderEpochResponse),
  addPartitionsToTxn: api(addPartitionsToTxnRequest, addPartitionsToTxnResponse),
  addOffsetsToTxn: api(addOffsetsToTxnRequest, addOffsetsToTxnResponse),
  endTxn: api(endTxnRequest, endTxnResponse),
  writeTxnMarkers: api(writeTxnMarkersRequest, writeTxnMarkersResponse),
  txnOffsetCommit: api(txnOffsetCommitRequest, txnOffsetCommitResponse),
  describeAcls: api(describeAclsRequest, describeAclsResponse),
  createAcls: api(createAclsRequest, createAclsResponse, { forwarded: true }),
  deleteAcls: api(deleteAclsRequest, deleteAclsResponse, { forwarded: true }),
  describeConfigs: api(describeConfigsRequest, describeConfigsResponse),
  alterConfigs: api(alterConfigsRequest, alterConfigsResponse, { forwarded: true }),
  alterReplicaLogDirs: api(alterReplicaLogDirsRequest, alterReplicaLogDirsResponse),
  describeLogDirs: api(describeLogDirsRequest, describeLogDirsResponse),
  saslAuthenticate: api(saslAuthenticateRequest, saslAuthenticateResponse),
  createPartitions: api(createPartitionsRequest, createPartitionsResponse, { forwarded: true }),
  createDelegationToken: api(createDelegationTokenRequest, createDelegationTokenResponse, { forwarded: true }),
  renewDelegationToken: api(renewDelegationTokenRequest, renewDelegationTokenResponse, { forwarded: true }),
  expireDelegationToken: api(expireDelegationTokenRequest, expireDelegationTokenResponse, { forwarded: true }),
  describeDelegationToken: api(describeDelegationTokenRequest, describeDelegationTokenResponse),
  deleteGroups: api(deleteGroupsRequest, deleteGroupsResponse),
  electLeaders: api(electLeadersRequest, electLeadersResponse, { forwarded: true }),
  incrementalAlterConfigs: api(incrementalAlterConfigsRequest, incrementalAlterConfigsResponse, { forwarded: true }),
  alterPartitionReassignments: api(alterPartitionReassignmentsRequest, alterPartitionReassignmentsResponse, { forwarded: true }),
  listPartitionReassignments: api(listPartitionReassignmentsRequest, listPartitionReassignmentsResponse, { forwarded: true }),
  offsetDelete: api(offsetDeleteRequest, offsetDeleteResponse),
  describeClientQuotas: api(describeClientQuotasRequest, describeClientQuotasResponse),
  alterClientQuotas: api(alterClientQuotasRequest, alterClientQuotasResponse, { forwarded: true }),
  describeUserScramCredentials: api(describeUserScramCredentialsRequest, describeUserScramCredentialsResponse),
  alterUserScramCredentials: api(alterUserScramCredentialsRequest, alterUserScramCredentialsResponse, { forwarded: true }),
  vote: api(voteRequest, voteResponse),
  beginQuorumEpoch: api(beginQuorumEpochRequest, beginQuorumEpochResponse),
  endQuorumEpoch: api(endQuorumEpochRequest, endQuorumEpochResponse),
  describeQuorum: api(describeQuorumRequest, describeQuorumResponse, { forwarded: true }),
  alterPartition: api(alterPartitionRequest, alterPartitionResponse),
  updateFeatures: api(updateFeaturesRequest, updateFeaturesResponse, { forwarded: true }),
  envelope: api(envelopeRequest, envelopeResponse),
  fetchSnapshot: api(fetchSnapshotRequest, fetchSnapshotResponse),
  describeCluster: api(describeClusterRequest, describeClusterResponse),
  describeProducers: api(describeProducersRequest, describeProducersResponse),
  brokerRegistration: api(brokerRegistrationRequest, brokerRegistrationResponse),
  brokerHeartbeat: api(brokerHeartbeatRequest, brokerHeartbeatResponse),
  unregisterBroker: api(unregisterBrokerRequest, unregisterBrokerResponse, { forwarded: true }),
  describeTransactions: api(describeTransactionsRequest, describeTransactionsResponse),
  listTransactions: api(listTransactionsRequest, listTransactionsResponse),
  allocateProducerIds: api(allocateProducerIdsRequest, allocateProducerIdsResponse, { forwarded: true }),
  consumerGroupHeartbeat: api(consumerGroupHeartbeatRequest, consumerGroupHeartbeatResponse),
  consumerGroupDescribe: api(consumerGroupDescribeRequest, consumerGroupDescribeResponse),
  controllerRegistration: api(controllerRegistrationRequest, controllerRegistrationResponse),
  getTelemetrySubscriptions: api(getTelemetrySubscriptionsRequest, getTelemetrySubscriptionsResponse),
  pushTelemetry: api(pushTelemetryRequest, pushTelemetryResponse),
  assignReplicasToDirs: api(assignReplicasToDirsRequest, assignReplicasToDirsResponse),
  listConfigResources: api(listConfigResourcesRequest, listConfigResourcesResponse),
  describeTopicPartitions: api(describeTopicPartitionsRequest, describeTopicPartitionsResponse),
  shareGroupHeartbeat: api(shareGroupHeartbeatRequest, shareGroupHeartbeatResponse),
  shareGroupDescribe: api(shareGroupDescribeRequest, shareGroupDescribeResponse),
  shareFetch: api(shareFetchRequest, shareFetchResponse),
  shareAcknowledge: api(shareAcknowledgeRequest, shareAcknowledgeResponse),
  addRaftVoter: api(addRaftVoterRequest, addRaftVoterResponse, { forwarded: true }),
  removeRaftVoter: api(removeRaftVoterRequest, removeRaftVoterResponse, { forwarded: true }),
  updateRaftVoter: api(updateRaftVoterRequest, updateRaftVoterResponse),
  initializeShareGroupState: api(initializeShareGroupStateRequest, initializeShareGroupStateResponse),
  readShareGroupState: api(readShareGroupStateRequest, readShareGroupStateResponse),
  writeShareGroupState: api(writeShareGroupStateRequest, writeShareGroupStateResponse),
  deleteShareGroupState: api(deleteShareGroupStateRequest, deleteShareGroupStateResponse),
  readShareGroupStateSummary: api(readShareGroupStateSummaryRequest, readShareGroupStateSummaryResponse),
  streamsGroupHeartbeat: api(streamsGroupHeartbeatRequest, streamsGroupHeartbeatResponse),
  streamsGroupDescribe: api(streamsGroupDescribeRequest, streamsGroupDescribeResponse),
  describeShareGroupOffsets: api(describeShareGroupOffsetsRequest, describeShareGroupOffsetsResponse),
  alterShareGroupOffsets: api(alterShareGroupOffsetsRequest, alterShareGroupOffsetsResponse),
  deleteShareGroupOffsets: api(deleteShareGroupOffsetsRequest, deleteShareGroupOffsetsResponse),
};

/** By ascending key. */
export const allApis: readonly Api[] = byKey.filter((each) => each !== undefined);

/** The RPC of a key as it came over the wire; undefined for a key that is unknown, retired or negative. */
export const apiByKey = (key: number): Api | undefined => byKey[key];

/** The RPCs a listener of this kind serves, by ascending key. */
export const apisOf = (listener: ListenerKind): readonly Api[] => allApis.filter((each) => each[listener] !== undefined);

/**
 * The range an ApiVersions response names. Produce is advertised from 0 although it is served from 3: librdkafka took the lack of version 0
 * for a broker without ApiVersions support (KAFKA-18659).
 */
export function advertised(each: Api, served: VersionRange): VersionRange {
  return each.key === produceKey ? { min: 0, max: served.max } : served;
}

export const requestHeaderVersion = (each: Api, version: number): 1 | 2 => (version >= each.flexibleRequestFrom ? 2 : 1);
export const responseHeaderVersion = (each: Api, version: number): 0 | 1 => (version >= each.flexibleResponseFrom ? 1 : 0);
