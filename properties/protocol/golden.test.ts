/** Bytes written by hand from Kafka's wire rules: what a real peer sends and expects. */
import { describe, expect, test } from 'vitest';
import { uuid } from '../../src/model/uuid.ts';
import { type Api, apis } from '../../src/protocol/apis.ts';
import { decodeRequestHeader, decodeResponse, decodeResponseHeader, encodeRequest, encodeResponse } from '../../src/protocol/frame.ts';
import { decode } from '../../src/protocol/schema/codec.ts';
import type { Input, Message } from '../../src/protocol/schema/schema.ts';

const plain = (text: string): string => text.replaceAll(/\s/g, '');
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(plain(text), 'hex'));
const shown = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** The length field counts what follows it. */
const framed = (wire: string): string => {
  const text = plain(wire);
  return `${(text.length / 2).toString(16).padStart(8, '0')}${text}`;
};
const ascii = (text: string): string => Buffer.from(text).toString('hex');

interface Golden {
  readonly title: string;
  /** Header and body. */
  readonly wire: string;
  readonly encoded: () => string;
  readonly decoded: () => unknown;
  readonly value: unknown;
}

function request<Q extends Message>(title: string, api: Api<Q>, version: number, wire: string, value: Input<Q>, more: object = {}): Golden {
  return {
    title: `${title} ${version} request`,
    wire,
    encoded: () => shown(encodeRequest(api, version, 7, 'me', value)),
    decoded: () => {
      const frame = hex(wire);
      const header = decodeRequestHeader(frame);
      if (!header.ok) return header;
      expect(header.value).toMatchObject({ apiKey: api.key, apiVersion: version, correlationId: 7, clientId: 'me' });
      const body = decode(api.request, version, frame, header.value.bodyAt);
      return body.ok ? body.value : body;
    },
    value: { ...value, ...more },
  };
}

function response<S extends Message>(title: string, api: Api<Message, S>, version: number, wire: string, value: Input<S>, more: object = {}): Golden {
  return {
    title: `${title} ${version} response`,
    wire,
    encoded: () =>
      encodeResponse(api, version, 7, value)
        .parts.map((part) => (part instanceof Uint8Array ? shown(part) : ''))
        .join(''),
    decoded: () => {
      const frame = hex(wire);
      const header = decodeResponseHeader(api, version, frame);
      if (!header.ok) return header;
      expect(header.value.correlationId).toBe(7);
      const body = decodeResponse(api, version, frame, header.value.bodyAt);
      return body.ok ? body.value : body;
    },
    value: { ...value, ...more },
  };
}

const topicId = uuid('AAECAwQFBgcICQoLDA0ODw');
const topicIdHex = '000102030405060708090a0b0c0d0e0f';

const goldens: readonly Golden[] = [
  request('ApiVersions', apis.apiVersions, 0, `0012 0000 00000007 0002 ${ascii('me')}`, {}, { clientSoftwareName: '', clientSoftwareVersion: '' }),
  request('ApiVersions', apis.apiVersions, 3, `0012 0003 00000007 0002 ${ascii('me')} 00 03 ${ascii('js')} 04 ${ascii('1.0')} 00`, {
    clientSoftwareName: 'js',
    clientSoftwareVersion: '1.0',
  }),
  // Header version 0 although the body is flexible.
  response(
    'ApiVersions',
    apis.apiVersions,
    3,
    '00000007 0000 02 0000 0000 000d 00 00000000 01 01 08 0000000000000005',
    { errorCode: 0, apiKeys: [{ apiKey: 0, minVersion: 0, maxVersion: 13 }], throttleTimeMs: 0, finalizedFeaturesEpoch: 5 },
    { supportedFeatures: [], finalizedFeatures: [], zkMigrationReady: false },
  ),
  response(
    'ApiVersions',
    apis.apiVersions,
    0,
    '00000007 0023 00000001 0012 0000 0004',
    { errorCode: 35, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }] },
    { throttleTimeMs: 0, supportedFeatures: [], finalizedFeaturesEpoch: -1, finalizedFeatures: [], zkMigrationReady: false },
  ),
  request(
    'Metadata',
    apis.metadata,
    1,
    `0003 0001 00000007 0002 ${ascii('me')} 00000002 0001 ${ascii('a')} 0001 ${ascii('b')}`,
    { topics: [{ name: 'a' }, { name: 'b' }] },
    {
      topics: [
        { topicId: 'AAAAAAAAAAAAAAAAAAAAAA', name: 'a' },
        { topicId: 'AAAAAAAAAAAAAAAAAAAAAA', name: 'b' },
      ],
      allowAutoTopicCreation: true,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    },
  ),
  request(
    'Metadata',
    apis.metadata,
    12,
    `0003 000c 00000007 0002 ${ascii('me')} 00 02 ${topicIdHex} 00 00 01 00 00`,
    { topics: [{ topicId, name: null }], allowAutoTopicCreation: true, includeTopicAuthorizedOperations: false },
    { includeClusterAuthorizedOperations: false },
  ),
  request(
    'Produce',
    apis.produce,
    3,
    `0000 0003 00000007 0002 ${ascii('me')} ffff ffff 00007530 00000001 0001 ${ascii('t')} 00000001 00000000 00000003 aabbcc`,
    {
      transactionalId: null,
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: 't', topicId: uuid('AAAAAAAAAAAAAAAAAAAAAA'), partitionData: [{ index: 0, records: hex('aabbcc') }] }],
    },
  ),
  request(
    'Produce',
    apis.produce,
    9,
    `0000 0009 00000007 0002 ${ascii('me')} 00 00 ffff 00007530 02 02 ${ascii('t')} 02 00000000 04 aabbcc 00 00 00`,
    {
      transactionalId: null,
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: 't', topicId: uuid('AAAAAAAAAAAAAAAAAAAAAA'), partitionData: [{ index: 0, records: hex('aabbcc') }] }],
    },
  ),
  // A follower's fetch: the cluster id and the replica state are tagged.
  request(
    'Fetch',
    apis.fetch,
    17,
    `0001 0011 00000007 0002 ${ascii('me')} 00
     000001f4 00000001 7fffffff 00 00000000 ffffffff
     02 ${topicIdHex} 02 00000003 00000002 0000000100000000 00000001 0000000000000000 00100000 00 00
     01 01
     02 00 02 02 ${ascii('c')} 01 0d 00000001 0000000000000009 00`,
    {
      clusterId: 'c',
      replicaState: { replicaId: 1, replicaEpoch: 9 },
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: 2_147_483_647,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [
        {
          topic: '',
          topicId,
          partitions: [
            {
              partition: 3,
              currentLeaderEpoch: 2,
              fetchOffset: 4_294_967_296,
              lastFetchedEpoch: 1,
              logStartOffset: 0,
              partitionMaxBytes: 1_048_576,
              replicaDirectoryId: uuid('AAAAAAAAAAAAAAAAAAAAAA'),
              highWatermark: 9_223_372_036_854_775_807n,
            },
          ],
        },
      ],
      forgottenTopicsData: [],
      rackId: '',
    },
    { replicaId: -1 },
  ),
  request(
    'JoinGroup',
    apis.joinGroup,
    5,
    `000b 0005 00000007 0002 ${ascii('me')} 0001 ${ascii('g')} 00002710 0000ea60 0000 ffff 0008 ${ascii('consumer')} 00000001 0005 ${ascii('range')} 00000002 0001`,
    {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 60_000,
      memberId: '',
      groupInstanceId: null,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: hex('0001') }],
    },
    { reason: null },
  ),
  response('Heartbeat', apis.heartbeat, 4, '00000007 00 00000000 001b 00', { throttleTimeMs: 0, errorCode: 27 }),
  // A nullable struct: -1 for null, 1 before the fields.
  request(
    'DescribeTopicPartitions',
    apis.describeTopicPartitions,
    0,
    `004b 0000 00000007 0002 ${ascii('me')} 00 01 000007d0 01 02 ${ascii('t')} 00000004 00 00`,
    {
      topics: [],
      responsePartitionLimit: 2000,
      cursor: { topicName: 't', partitionIndex: 4 },
    },
  ),
  request('DescribeTopicPartitions', apis.describeTopicPartitions, 0, `004b 0000 00000007 0002 ${ascii('me')} 00 01 000007d0 ff 00`, {
    topics: [],
    responsePartitionLimit: 2000,
    cursor: null,
  }),
];

describe('by hand', () => {
  test.each(goldens.map((golden) => [golden.title, golden] as const))('%s has these bytes', (_, golden) => {
    expect(golden.encoded()).toBe(framed(golden.wire));
  });
  test.each(goldens.map((golden) => [golden.title, golden] as const))('%s is read from these bytes', (_, golden) => {
    expect(golden.decoded()).toEqual(golden.value);
  });
});

describe('an ApiVersions response', () => {
  test('of version 0 is understood whatever version was asked for', () => {
    const frame = hex('00000007 0023 00000001 0012 0000 0004');
    for (const version of [1, 2, 3, 4]) {
      const header = decodeResponseHeader(apis.apiVersions, version, frame);
      const body = header.ok ? decodeResponse(apis.apiVersions, version, frame, header.value.bodyAt) : header;
      expect(body.ok && [body.value.errorCode, body.value.apiKeys]).toEqual([35, [{ apiKey: 18, minVersion: 0, maxVersion: 4 }]]);
    }
  });
  test('of no version at all is an error of the version asked for', () => {
    const body = decodeResponse(apis.apiVersions, 3, hex('0023 7fffffff'), 0);
    expect(body.ok).toBe(false);
  });
});

describe('a request header', () => {
  test.each([
    ['of an unknown key', '0400 0000 00000007 ffff', 'RequestApiKey'],
    ['of a retired key', '0004 0000 00000007 ffff', 'RequestApiKey'],
    ['of a negative key', 'ffff 0000 00000007 ffff', 'RequestApiKey'],
    ['of a negative version', '0012 ffff 00000007 ffff', 'RequestApiVersion'],
    ['without a correlation id', '0012 0000 0000', 'CorrelationId'],
    ['with more client id than there is', '0012 0000 00000007 0005 6d65', 'ClientId'],
    ['of two bytes', '0012', 'RequestApiKey'],
  ])('%s is refused', (_, frame, field) => {
    const header = decodeRequestHeader(hex(frame));
    expect(header.ok ? 'accepted' : header.error.field).toBe(field);
  });
  test('of an ApiVersions version from the future is read, so that it can be answered', () => {
    const header = decodeRequestHeader(hex('0012 0063 00000007 0002 6d65 00 aabb'));
    expect(header).toEqual({ ok: true, value: { apiKey: 18, apiVersion: 99, correlationId: 7, clientId: 'me', bodyAt: 13 } });
  });
  test('without a client id has none', () => {
    const header = decodeRequestHeader(encodeRequest(apis.heartbeat, 0, 1, null, { groupId: '', generationId: 0, memberId: '' }).subarray(4));
    expect(header.ok && header.value.clientId).toBe(null);
  });
});
