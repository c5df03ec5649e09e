/** kafkajs is a client that others wrote against real brokers: what it sends is understood as it meant it, and it understands what is answered. */
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { type Api, apis } from '../../src/protocol/apis.ts';
import { decodeRequestHeader } from '../../src/protocol/frame.ts';
import { decode, encodeToBytes } from '../../src/protocol/schema/codec.ts';
import type { Input, Message } from '../../src/protocol/schema/schema.ts';

interface Encoded {
  readonly buffer: Buffer;
}
interface Theirs {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly encode: () => Promise<Encoded>;
}
type MakeRequest = (options: object) => Theirs;
interface ResponseDecoder {
  readonly decode: (bytes: Buffer) => Promise<unknown>;
}

const require = createRequire(import.meta.url);
const protocol = 'kafkajs/src/protocol';
const requestOf = (name: string, version: number): MakeRequest => require(`${protocol}/requests/${name}/v${version}/request`) as MakeRequest;
const responseOf = (name: string, version: number): ResponseDecoder =>
  require(`${protocol}/requests/${name}/v${version}/response`) as ResponseDecoder;
const frameOf = require(`${protocol}/request`) as (options: object) => Promise<Encoded>;

const metadata = Buffer.from([0, 1, 2]);

/** What kafkajs is asked to send, from its first to its last version that Kafka 4 still serves, and what it means. */
const requests: readonly (readonly [string, Api, number, number, object, object])[] = [
  ['apiVersions', apis.apiVersions, 0, 2, {}, {}],
  ['metadata', apis.metadata, 1, 3, { topics: ['a', 'b'] }, { topics: [{ name: 'a' }, { name: 'b' }] }],
  ['metadata', apis.metadata, 4, 6, { topics: ['a'], allowAutoTopicCreation: false }, { topics: [{ name: 'a' }], allowAutoTopicCreation: false }],
  [
    'fetch',
    apis.fetch,
    4,
    11,
    {
      ...{ replicaId: -1, isolationLevel: 1, maxWaitTime: 500, minBytes: 1, maxBytes: 10_000, rackId: 'r1', sessionId: 3, sessionEpoch: 4 },
      topics: [
        { topic: 'orders', partitions: [{ partition: 2, fetchOffset: '4294967297', maxBytes: 1000, logStartOffset: 5, currentLeaderEpoch: 6 }] },
      ],
    },
    {
      ...{ replicaId: -1, isolationLevel: 1, maxWaitMs: 500, minBytes: 1, maxBytes: 10_000 },
      topics: [{ topic: 'orders', partitions: [{ partition: 2, fetchOffset: 4_294_967_297, partitionMaxBytes: 1000 }] }],
    },
  ],
  [
    'listOffsets',
    apis.listOffsets,
    1,
    3,
    { replicaId: -1, isolationLevel: 1, topics: [{ topic: 't', partitions: [{ partition: 1, timestamp: 1_700_000_000_000 }] }] },
    { replicaId: -1, topics: [{ name: 't', partitions: [{ partitionIndex: 1, timestamp: 1_700_000_000_000 }] }] },
  ],
  [
    'offsetCommit',
    apis.offsetCommit,
    2,
    5,
    { groupId: 'g', groupGenerationId: 7, memberId: 'm', retentionTime: -1, topics: [{ topic: 't', partitions: [{ partition: 0, offset: '-1' }] }] },
    {
      ...{ groupId: 'g', generationIdOrMemberEpoch: 7, memberId: 'm' },
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: -1, committedMetadata: null }] }],
    },
  ],
  [
    'offsetFetch',
    apis.offsetFetch,
    1,
    4,
    { groupId: 'g', topics: [{ topic: 't', partitions: [{ partition: 3 }] }] },
    { groupId: 'g', topics: [{ name: 't', partitionIndexes: [3] }] },
  ],
  ['findCoordinator', apis.findCoordinator, 1, 2, { coordinatorKey: 'tx', coordinatorType: 1 }, { key: 'tx', keyType: 1 }],
  [
    'joinGroup',
    apis.joinGroup,
    1,
    5,
    {
      ...{ groupId: 'g', sessionTimeout: 30_000, rebalanceTimeout: 60_000, memberId: 'm', protocolType: 'consumer' },
      groupProtocols: [{ name: 'RoundRobin', metadata }],
    },
    {
      ...{ groupId: 'g', sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 60_000, memberId: 'm', groupInstanceId: null, protocolType: 'consumer' },
      protocols: [{ name: 'RoundRobin', metadata: Uint8Array.from(metadata) }],
    },
  ],
  [
    'syncGroup',
    apis.syncGroup,
    0,
    3,
    { groupId: 'g', generationId: 2, memberId: 'm', groupAssignment: [{ memberId: 'm', memberAssignment: metadata }] },
    { groupId: 'g', generationId: 2, memberId: 'm', assignments: [{ memberId: 'm', assignment: Uint8Array.from(metadata) }] },
  ],
  ['heartbeat', apis.heartbeat, 0, 3, { groupId: 'g', groupGenerationId: 2, memberId: 'm' }, { groupId: 'g', generationId: 2, memberId: 'm' }],
  ['leaveGroup', apis.leaveGroup, 0, 2, { groupId: 'g', memberId: 'm' }, { groupId: 'g', memberId: 'm' }],
  [
    'leaveGroup',
    apis.leaveGroup,
    3,
    3,
    { groupId: 'g', members: [{ memberId: 'm' }] },
    { groupId: 'g', members: [{ memberId: 'm', groupInstanceId: null }] },
  ],
  ['initProducerId', apis.initProducerId, 0, 1, { transactionalId: 'tx', transactionTimeout: 9 }, { transactionalId: 'tx', transactionTimeoutMs: 9 }],
  [
    'createTopics',
    apis.createTopics,
    2,
    3,
    {
      topics: [{ topic: 't', numPartitions: 3, replicationFactor: 2, configEntries: [{ name: 'retention.ms', value: '5' }] }],
      ...{ validateOnly: true, timeout: 8 },
    },
    {
      topics: [{ name: 't', numPartitions: 3, replicationFactor: 2, assignments: [], configs: [{ name: 'retention.ms', value: '5' }] }],
      ...{ timeoutMs: 8, validateOnly: true },
    },
  ],
  // The flexible ones that kafkajs knows.
  [
    'alterPartitionReassignments',
    apis.alterPartitionReassignments,
    0,
    0,
    { topics: [{ topic: 't', partitionAssignment: [{ partition: 1, replicas: [1, 2] }] }], timeout: 5 },
    { timeoutMs: 5, topics: [{ name: 't', partitions: [{ partitionIndex: 1, replicas: [1, 2] }] }] },
  ],
  [
    'listPartitionReassignments',
    apis.listPartitionReassignments,
    0,
    0,
    { topics: [{ topic: 't', partitions: [0, 300] }], timeout: 5 },
    { timeoutMs: 5, topics: [{ name: 't', partitionIndexes: [0, 300] }] },
  ],
];

/** By the schema, since the values in the table are not typed to one message. */
function reencoded(api: Api, version: number, value: object): string {
  return Buffer.from(encodeToBytes(api.request, version, value as Input<Message>)).toString('hex');
}

describe('a request that kafkajs encodes', () => {
  test.each(
    requests.map((each) => [`${each[0]} ${each[2]}-${each[3]}`, ...each.slice(1)] as never),
  )('%s is decoded to what kafkajs meant and encoded to the same bytes', async (title: string, api: Api, from: number, to: number, options: object, meant: object) => {
    for (let version = from; version <= to; version++) {
      const request = requestOf(title.split(' ')[0] ?? '', version)(options);
      expect([request.apiKey, request.apiVersion]).toEqual([api.key, version]);
      // kafkajs encodes the tagged fields of a flexible header together with the body.
      const body = (await request.encode()).buffer.subarray(version >= api.flexibleRequestFrom ? 1 : 0);
      const decoded = decode(api.request, version, body);
      expect(decoded.ok ? decoded.value : decoded.error).toMatchObject(meant);
      if (decoded.ok) expect(reencoded(api, version, decoded.value)).toBe(body.toString('hex'));
    }
  });

  test('in a frame has a header that is read', async () => {
    const options = { correlationId: 9, clientId: 'kafkajs', request: requestOf('metadata', 5)({ topics: [] }) };
    const frame = (await frameOf(options)).buffer.subarray(4);
    expect(decodeRequestHeader(frame)).toEqual({ ok: true, value: { apiKey: 3, apiVersion: 5, correlationId: 9, clientId: 'kafkajs', bodyAt: 17 } });
  });

  test('with records keeps them as they are', async () => {
    const topicData = [{ topic: 't', partitions: [{ partition: 1, firstSequence: 0, messages: [{ key: 'k', value: 'v', timestamp: 5 }] }] }];
    for (let version = 3; version <= 7; version++) {
      const body = (await requestOf('produce', version)({ acks: -1, timeout: 7, topicData }).encode()).buffer;
      const decoded = decode(apis.produce.request, version, body);
      if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
      expect(decoded.value).toMatchObject({ transactionalId: null, acks: -1, timeoutMs: 7, topicData: [{ name: 't' }] });
      const records = decoded.value.topicData[0]?.partitionData[0]?.records;
      expect(records?.[16], 'the magic of a record batch').toBe(2);
      expect(records?.buffer, 'a view of the frame').toBe(body.buffer);
      expect(reencoded(apis.produce, version, decoded.value)).toBe(body.toString('hex'));
    }
  });
});

/** kafkajs prints int64s as text. */
const responses: readonly (readonly [string, number, () => Uint8Array, object])[] = [
  [
    'apiVersions',
    2,
    () => encodeToBytes(apis.apiVersions.response, 2, { errorCode: 0, apiKeys: [{ apiKey: 1, minVersion: 4, maxVersion: 18 }], throttleTimeMs: 3 }),
    { errorCode: 0, apiVersions: [{ apiKey: 1, minVersion: 4, maxVersion: 18 }], clientSideThrottleTime: 3 },
  ],
  [
    'metadata',
    6,
    () =>
      encodeToBytes(apis.metadata.response, 6, {
        ...{ throttleTimeMs: 0, brokers: [{ nodeId: 1, host: 'h', port: 9092, rack: null }], clusterId: 'c', controllerId: 1 },
        topics: [
          {
            ...{ errorCode: 0, name: 't', isInternal: true },
            partitions: [{ errorCode: 5, partitionIndex: 0, leaderId: -1, replicaNodes: [1, 2], isrNodes: [1], offlineReplicas: [2] }],
          },
        ],
      }),
    {
      ...{ brokers: [{ nodeId: 1, host: 'h', port: 9092, rack: null }], clusterId: 'c', controllerId: 1 },
      topicMetadata: [
        {
          ...{ topicErrorCode: 0, topic: 't', isInternal: true },
          partitionMetadata: [{ partitionErrorCode: 5, partitionId: 0, leader: -1, replicas: [1, 2], isr: [1], offlineReplicas: [2] }],
        },
      ],
    },
  ],
  [
    'listOffsets',
    3,
    () =>
      encodeToBytes(apis.listOffsets.response, 3, {
        throttleTimeMs: 0,
        topics: [{ name: 't', partitions: [{ partitionIndex: 1, errorCode: 0, timestamp: -1, offset: 2 ** 40 + 1 }] }],
      }),
    { responses: [{ topic: 't', partitions: [{ partition: 1, errorCode: 0, timestamp: '-1', offset: '1099511627777' }] }] },
  ],
  [
    'fetch',
    11,
    () =>
      encodeToBytes(apis.fetch.response, 11, {
        ...{ throttleTimeMs: 0, errorCode: 0, sessionId: 8 },
        responses: [
          {
            topic: 't',
            partitions: [
              {
                ...{ partitionIndex: 1, errorCode: 1, highWatermark: 9, lastStableOffset: 8, logStartOffset: 7, preferredReadReplica: 2 },
                ...{ abortedTransactions: [{ producerId: 5, firstOffset: 6 }], records: new Uint8Array(0) },
              },
            ],
          },
        ],
      }),
    {
      ...{ errorCode: 0, sessionId: 8 },
      responses: [
        {
          topicName: 't',
          partitions: [
            {
              ...{ partition: 1, errorCode: 1, highWatermark: '9', lastStableOffset: '8', lastStartOffset: '7', preferredReadReplica: 2 },
              ...{ abortedTransactions: [{ producerId: '5', firstOffset: '6' }], messages: [] },
            },
          ],
        },
      ],
    },
  ],
  [
    'joinGroup',
    5,
    () =>
      encodeToBytes(apis.joinGroup.response, 5, {
        ...{ throttleTimeMs: 0, errorCode: 0, generationId: 3, protocolName: 'range', leader: 'a', memberId: 'b' },
        members: [{ memberId: 'a', groupInstanceId: null, metadata }],
      }),
    {
      ...{ errorCode: 0, generationId: 3, groupProtocol: 'range', leaderId: 'a', memberId: 'b' },
      members: [{ memberId: 'a', groupInstanceId: null, memberMetadata: metadata }],
    },
  ],
  [
    'listPartitionReassignments',
    0,
    () =>
      encodeToBytes(apis.listPartitionReassignments.response, 0, {
        ...{ throttleTimeMs: 0, errorCode: 0, errorMessage: null },
        topics: [{ name: 't', partitions: [{ partitionIndex: 1, replicas: [1, 2], addingReplicas: [2], removingReplicas: [] }] }],
      }).slice(),
    { topics: [{ name: 't', partitions: [{ partition: 1, replicas: [1, 2], addingReplicas: [2], removingReplicas: [] }] }] },
  ],
];

describe('a response that was encoded', () => {
  test.each(responses)('%s %i is decoded by kafkajs to what was meant', async (name, version, bytes, meant) => {
    // kafkajs decodes the header's tagged fields of flexible responses together with the body.
    const flexible = name === 'listPartitionReassignments' ? Buffer.from([0]) : Buffer.alloc(0);
    expect(await responseOf(name, version).decode(Buffer.concat([flexible, bytes()]))).toMatchObject(meant);
  });
});
