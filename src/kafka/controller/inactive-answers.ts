/** What a controller that is not active answers: NOT_CONTROLLER, in each API's own form, so that the sender looks for the active one. */
import { ErrorCode, errorName } from '../../model/error-code.ts';
import { zeroUuid } from '../../model/uuid.ts';
import type { AlterConfigsRequest } from '../../protocol/messages/alter-configs.ts';
import type { AlterPartitionReassignmentsRequest } from '../../protocol/messages/alter-partition-reassignments.ts';
import type { CreatePartitionsRequest } from '../../protocol/messages/create-partitions.ts';
import type { CreateTopicsRequest } from '../../protocol/messages/create-topics.ts';
import type { DeleteTopicsRequest } from '../../protocol/messages/delete-topics.ts';

const errorCode = ErrorCode.NOT_CONTROLLER;
const errorMessage = errorName(errorCode);
const base = { throttleTimeMs: 0, errorCode };
const resources = (asked: AlterConfigsRequest['resources']) =>
  asked.map(({ resourceType, resourceName }) => ({ resourceType, resourceName, errorCode, errorMessage }));

export const inactive = {
  brokerRegistration: () => ({ ...base, brokerEpoch: -1 }),
  brokerHeartbeat: () => ({ ...base, isCaughtUp: false, isFenced: true, shouldShutDown: false }),
  unregisterBroker: () => ({ ...base, errorMessage }),
  alterPartition: () => ({ ...base, topics: [] }),
  electLeaders: () => ({ ...base, replicaElectionResults: [] }),
  assignReplicasToDirs: () => ({ ...base, directories: [] }),
  allocateProducerIds: () => ({ ...base, producerIdStart: -1, producerIdLen: 0 }),
  alterPartitionReassignments: (_: AlterPartitionReassignmentsRequest) => ({ ...base, errorMessage, responses: [] }),
  listPartitionReassignments: () => ({ ...base, errorMessage, topics: [] }),
  createTopics: (asked: CreateTopicsRequest) => ({
    throttleTimeMs: 0,
    topics: asked.topics.map(({ name }) => ({ name, errorCode, errorMessage, configs: [] })),
  }),
  deleteTopics: (asked: DeleteTopicsRequest) => ({
    throttleTimeMs: 0,
    responses: [...asked.topics, ...asked.topicNames.map((name) => ({ name, topicId: zeroUuid }))].map((topic) => ({
      ...topic,
      errorCode,
      errorMessage,
    })),
  }),
  createPartitions: (asked: CreatePartitionsRequest) => ({
    throttleTimeMs: 0,
    results: asked.topics.map(({ name }) => ({ name, errorCode, errorMessage })),
  }),
  alterConfigs: (asked: Pick<AlterConfigsRequest, 'resources'>) => ({ throttleTimeMs: 0, responses: resources(asked.resources) }),
  incrementalAlterConfigs: (asked: { readonly resources: readonly { readonly resourceType: number; readonly resourceName: string }[] }) => ({
    throttleTimeMs: 0,
    responses: asked.resources.map(({ resourceType, resourceName }) => ({ resourceType, resourceName, errorCode, errorMessage })),
  }),
};
