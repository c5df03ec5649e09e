/**
 * Every version of every API that a broker or the controller serves, asked once and sensibly: each is answered, with the errors it should have.
 * An answer that its version cannot carry, such as a field that came later, would end the node.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { type Uuid, uuid, zeroUuid } from '../../../src/model/uuid.ts';
import { type Api, apis } from '../../../src/protocol/apis.ts';
import { encodeRequest } from '../../../src/protocol/frame.ts';
import { encodeBatch } from '../../../src/protocol/records/encode.ts';
import type { Input, Message } from '../../../src/protocol/schema/schema.ts';
import type { VersionRange } from '../../../src/protocol/schema/versions.ts';
import { servedApis } from '../../../src/server/served-apis.ts';
import { Rig } from './rig.ts';

const controller = 1000;
let rig: Rig;
let leader: number;
let topicId: Uuid;

beforeAll(() => {
  rig = new Rig();
  rig.ready();
  rig.createTopic({ name: 'orders', numPartitions: 1, replicationFactor: 3 });
  leader = rig.leader(topicPartition('orders', 0)) ?? 0;
  topicId = rig.broker(leader).image.topicByName('orders')?.id ?? zeroUuid;
  rig.until(() => rig.ask(leader, apis.initProducerId, { transactionalId: null, transactionTimeoutMs: 1 }).errorCode === 0, 5000, 'producer ids');
});

type Body = Readonly<Record<string, unknown>>;
interface Question {
  readonly body: (version: number, node: number) => Body;
  /** Every error code of the answer, in the order in which they stand there. */
  readonly errors: (version: number, node: number) => readonly number[];
}

const fine = () => [ErrorCode.NONE];
const fineTwice = () => [ErrorCode.NONE, ErrorCode.NONE];
const since = (first: number, version: number, fields: Body): Body => (version >= first ? fields : {});
const metadataTopicId = uuid('AAAAAAAAAAAAAAAAAAAAAQ');
const stranger = uuid('AAAAAAAAAAAAAAAAAABAAA');
const records = (): Uint8Array => encodeBatch({ records: [{ key: null, value: new Uint8Array(1), headers: [], timestampMs: 1_767_225_600_000 }] });
const newTopic = (name: string): Body => ({ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] });
const quorum: Body = { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] };

/** A consumer asks a broker for a topic; an observer asks the controller for the metadata, which older versions cannot name. */
const fetchBody = (version: number, node: number): Body => {
  const [name, id] = node === controller ? ['__cluster_metadata', metadataTopicId] : ['orders', topicId];
  const partition = {
    partition: 0,
    fetchOffset: 0,
    partitionMaxBytes: 1000,
    ...since(9, version, { currentLeaderEpoch: node === controller ? 1 : 0 }),
  };
  const epochs = node === controller ? since(12, version, { lastFetchedEpoch: 0 }) : {};
  const topic = version >= 13 ? { topicId: id } : { topic: name };
  return { maxWaitMs: 0, minBytes: 1, topics: [{ ...topic, partitions: [{ ...partition, ...epochs }] }], forgottenTopicsData: [] };
};
const inner = (): Uint8Array => encodeRequest(apis.listPartitionReassignments, 0, 1, 'inner', { topics: null }).subarray(4);

const questions: ReadonlyMap<string, Question> = new Map<string, Question>([
  [
    'Produce',
    {
      body: (version) => ({
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ ...(version >= 13 ? { topicId } : { name: 'orders' }), partitionData: [{ index: 0, records: records() }] }],
      }),
      errors: fine,
    },
  ],
  ['Fetch', { body: fetchBody, errors: (version, node) => [0, node === controller && version < 12 ? ErrorCode.INVALID_REQUEST : 0] }],
  [
    'ListOffsets',
    {
      body: () => ({
        replicaId: -1,
        topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
      }),
      errors: fine,
    },
  ],
  ['Metadata', { body: () => ({ topics: [{ name: 'orders' }] }), errors: () => [0, 0, 0] }],
  [
    'FindCoordinator',
    {
      body: (version) => ({ ...(version >= 4 ? { coordinatorKeys: ['g'] } : { key: 'g' }), ...since(1, version, { keyType: 1 }) }),
      errors: (version) => (version >= 4 ? [0, ErrorCode.COORDINATOR_NOT_AVAILABLE] : [ErrorCode.COORDINATOR_NOT_AVAILABLE]),
    },
  ],
  ['ApiVersions', { body: (version) => since(3, version, { clientSoftwareName: 'raw', clientSoftwareVersion: '1' }), errors: fine }],
  [
    'CreateTopics',
    {
      body: (version, node) => ({ topics: [newTopic(`made-${node}-${version}`), newTopic('orders')], timeoutMs: 1000 }),
      errors: () => [0, 0, ErrorCode.TOPIC_ALREADY_EXISTS, 0],
    },
  ],
  [
    'DeleteTopics',
    {
      body: (version) => ({
        timeoutMs: 1000,
        ...(version >= 6 ? { topics: [{ name: 'nobody' }, { name: null, topicId: stranger }] } : { topicNames: ['nobody'] }),
      }),
      errors: (version) => (version >= 6 ? [3, 100] : [3]),
    },
  ],
  [
    'DeleteRecords',
    {
      body: () => ({ topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 0 }] }], timeoutMs: 1000 }),
      errors: fine,
    },
  ],
  ['InitProducerId', { body: () => ({ transactionalId: null, transactionTimeoutMs: 1000 }), errors: fine }],
  [
    'OffsetForLeaderEpoch',
    {
      body: (version) => ({
        ...since(3, version, { replicaId: -1 }),
        topics: [{ topic: 'orders', partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }] }],
      }),
      errors: fine,
    },
  ],
  [
    'DescribeConfigs',
    {
      body: (version) => ({
        resources: [2, 4, 2].map((resourceType, at) => ({ resourceType, resourceName: ['orders', '', 'a b'][at], configurationKeys: null })),
        includeSynonyms: true,
        ...since(3, version, { includeDocumentation: true }),
      }),
      errors: () => [0, 0, ErrorCode.INVALID_TOPIC_EXCEPTION],
    },
  ],
  ['AlterConfigs', { body: () => ({ resources: [{ resourceType: 2, resourceName: 'orders', configs: [] }], validateOnly: true }), errors: fine }],
  [
    'CreatePartitions',
    { body: () => ({ topics: [{ name: 'orders', count: 1, assignments: null }], timeoutMs: 1000, validateOnly: true }), errors: () => [37] },
  ],
  [
    'ElectLeaders',
    {
      body: () => ({ topicPartitions: [{ topic: 'orders', partitions: [0] }], timeoutMs: 1000 }),
      errors: () => [0, ErrorCode.ELECTION_NOT_NEEDED],
    },
  ],
  [
    'IncrementalAlterConfigs',
    { body: () => ({ resources: [{ resourceType: 2, resourceName: 'orders', configs: [] }], validateOnly: true }), errors: fine },
  ],
  [
    'AlterPartitionReassignments',
    {
      body: () => ({ timeoutMs: 1000, topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, replicas: null }] }] }),
      errors: () => [0, ErrorCode.NO_REASSIGNMENT_IN_PROGRESS],
    },
  ],
  ['ListPartitionReassignments', { body: () => ({ timeoutMs: 1000, topics: null }), errors: fine }],
  ['DescribeQuorum', { body: () => quorum, errors: fineTwice }],
  [
    'AlterPartition',
    {
      body: (version) => ({
        brokerId: leader,
        brokerEpoch: rig.broker(leader).replicas.brokerEpoch,
        topics: [
          {
            topicId,
            partitions: [{ partitionIndex: 0, leaderEpoch: 99, partitionEpoch: 0, ...(version >= 3 ? { newIsrWithEpochs: [] } : { newIsr: [] }) }],
          },
        ],
      }),
      errors: () => [0, ErrorCode.NOT_CONTROLLER],
    },
  ],
  ['Envelope', { body: () => ({ requestData: inner(), requestPrincipal: null, clientHostAddress: Uint8Array.of(127, 0, 0, 1) }), errors: fine }],
  [
    'DescribeCluster',
    {
      body: (version, node) => ({ includeClusterAuthorizedOperations: true, ...since(1, version, { endpointType: node === controller ? 2 : 1 }) }),
      errors: (version, node) => [describeClusterError(version, node)],
    },
  ],
  [
    'BrokerRegistration',
    {
      body: () => ({ brokerId: 9, clusterId: 'another', incarnationId: stranger, listeners: [], features: [], rack: null }),
      errors: () => [ErrorCode.INCONSISTENT_CLUSTER_ID],
    },
  ],
  [
    'BrokerHeartbeat',
    {
      body: () => ({ brokerId: 1, brokerEpoch: 999_999, currentMetadataOffset: 0, wantFence: false, wantShutDown: false }),
      errors: () => [ErrorCode.STALE_BROKER_EPOCH],
    },
  ],
  ['UnregisterBroker', { body: () => ({ brokerId: 9 }), errors: () => [ErrorCode.BROKER_ID_NOT_REGISTERED] }],
  ['AllocateProducerIds', { body: () => ({ brokerId: 1, brokerEpoch: rig.broker(1).replicas.brokerEpoch }), errors: fine }],
  ['AssignReplicasToDirs', { body: () => ({ brokerId: 1, brokerEpoch: rig.broker(1).replicas.brokerEpoch, directories: [] }), errors: fine }],
  // Its one directory, and from version 3 on the whole answer.
  [
    'AlterReplicaLogDirs',
    { body: () => ({ dirs: [{ path: 'nowhere', topics: [{ name: 'orders', partitions: [0] }] }] }), errors: () => [ErrorCode.LOG_DIR_NOT_FOUND] },
  ],
  ['DescribeLogDirs', { body: () => ({ topics: null }), errors: fineTwice }],
  ['ListConfigResources', { body: () => ({}), errors: fine }],
  ['DescribeTopicPartitions', { body: () => ({ topics: [{ name: 'orders' }], responsePartitionLimit: 10 }), errors: fineTwice }],
]);

/** Version 0 cannot say that it means controllers. */
const describeClusterError = (version: number, node: number): number =>
  node === controller && version === 0 ? ErrorCode.INVALID_REQUEST : ErrorCode.NONE;

/** The error codes of an answer, depth first. */
function errorsOf(value: unknown): readonly number[] {
  if (value instanceof Uint8Array || value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inside]) =>
    (key === 'errorCode' || key === 'topicConfigErrorCode') && typeof inside === 'number' ? [inside] : errorsOf(inside),
  );
}

const versionsOf = (range: VersionRange | undefined): readonly number[] =>
  range === undefined ? [] : Array.from({ length: range.max - range.min + 1 }, (_, at) => range.min + at);

/** Asked in every version where a group is there to be asked about: properties/kafka/coordinator/group/versions.test.ts. */
const groupApis: ReadonlySet<Api> = new Set<Api>([
  apis.offsetCommit,
  apis.offsetFetch,
  apis.offsetDelete,
  apis.joinGroup,
  apis.heartbeat,
  apis.leaveGroup,
  apis.syncGroup,
  apis.describeGroups,
  apis.listGroups,
  apis.deleteGroups,
]);

const served = servedApis().filter(({ api }) => !groupApis.has(api));
const cases = served.flatMap(({ api, onBroker, onController }): readonly [string, string, Api, boolean][] => [
  ...(onBroker ? [[api.name, 'a broker', api, false] as [string, string, Api, boolean]] : []),
  ...(onController ? [[api.name, 'the controller', api, true] as [string, string, Api, boolean]] : []),
]);

describe('every version is answered', () => {
  test.each(cases)('of %s by %s', (name, _, api, byController) => {
    const question = questions.get(name);
    if (question === undefined) throw new Error(`say here what to ask of ${name}`);
    const node = byController ? controller : leader;
    for (const version of versionsOf(byController ? api.controller : api.broker)) {
      const answer = rig.ask<Message, Message>(node, api, question.body(version, node) as Input<Message>, version);
      expect([version, errorsOf(answer)]).toEqual([version, question.errors(version, node)]);
    }
  });
  test('and after all that, every node lives', () => {
    expect([...rig.brokers.values()].map((broker) => [broker.running, broker.failure])).toEqual(Array.from({ length: 3 }, () => [true, undefined]));
    expect(rig.ask(controller, apis.describeQuorum, { topics: [] }).errorCode).toBe(0);
  });
});
