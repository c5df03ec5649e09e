/**
 * Decoding and encoding beside kafkajs on the same bytes, in versions that both know. kafkajs encodes requests and decodes responses
 * only, and its encoders answer by promises; that is how its users pay for them too.
 */
import { createRequire } from 'node:module';
import { type Api, apis } from '../../src/protocol/apis.ts';
import { decodeRequestHeader, encodeRequest } from '../../src/protocol/frame.ts';
import { decode, encodeToBytes } from '../../src/protocol/schema/codec.ts';
import { nanosecondsPerAwait, nanosecondsPerCall, row, whole } from './measure.ts';

const require = createRequire(import.meta.url);
const theirs = (path: string): unknown => require(`kafkajs/src/protocol/${path}`);
const partitions = [0, 1, 2];

const requests = [
  ['metadata', 6, { topics: ['orders', 'payments'], allowAutoTopicCreation: true }],
  [
    'fetch',
    11,
    {
      replicaId: -1,
      maxWaitTime: 500,
      minBytes: 1,
      maxBytes: 1e7,
      rackId: '',
      topics: [{ topic: 'orders', partitions: partitions.map((partition) => ({ partition, fetchOffset: 12345, maxBytes: 1 << 20 })) }],
    },
  ],
  [
    'listOffsets',
    3,
    { replicaId: -1, isolationLevel: 0, topics: [{ topic: 'orders', partitions: partitions.map((partition) => ({ partition, timestamp: -1 })) }] },
  ],
] as const;

const metadataResponse = encodeToBytes(apis.metadata.response, 6, {
  throttleTimeMs: 0,
  brokers: [1, 2, 3].map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092 })),
  clusterId: 'abc',
  controllerId: 1,
  topics: ['orders', 'payments'].map((name) => ({
    errorCode: 0,
    name,
    partitions: partitions.map((partitionIndex) => ({
      errorCode: 0,
      partitionIndex,
      leaderId: 1,
      replicaNodes: [1, 2, 3],
      isrNodes: [1, 2, 3],
      offlineReplicas: [],
    })),
  })),
});
const fetchResponse = encodeToBytes(apis.fetch.response, 11, {
  throttleTimeMs: 0,
  errorCode: 0,
  sessionId: 0,
  responses: [
    {
      topic: 'orders',
      partitions: partitions.map((partitionIndex) => ({
        partitionIndex,
        errorCode: 0,
        highWatermark: 100,
        lastStableOffset: 100,
        logStartOffset: 0,
        abortedTransactions: [],
        records: new Uint8Array(0),
      })),
    },
  ],
});

export async function benchCodec(): Promise<void> {
  row('codec, ns a message', 'kafkajs', 'faultline', 'times faster');
  const frame = theirs('request') as (of: object) => Promise<{ readonly buffer: Buffer }>;
  for (const [name, version, options] of requests) {
    const make = theirs(`requests/${name}/v${version}/request`) as (options: object) => object;
    const encode = async (): Promise<Buffer> => (await frame({ correlationId: 5, clientId: 'c', request: make(options) })).buffer;
    const bytes = await encode();
    const api = apis[name];
    const header = decodeRequestHeader(bytes.subarray(4));
    if (!header.ok) throw new Error(`${name}: ${header.error.problem}`);
    compare(`encode ${name} v${version} request`, await nanosecondsPerAwait(encode), requestCost(api, version, bytes, header.value.bodyAt));
  }
  for (const [name, version, bytes] of [
    ['metadata', 6, metadataResponse],
    ['fetch', 11, fetchResponse],
  ] as const) {
    const { decode: decodeTheirs } = theirs(`requests/${name}/v${version}/response`) as { decode: (bytes: Buffer) => Promise<unknown> };
    const kafkajs = await nanosecondsPerAwait(() => decodeTheirs(Buffer.from(bytes)));
    compare(
      `decode ${name} v${version} response`,
      kafkajs,
      nanosecondsPerCall(() => decode(apis[name].response, version, bytes)),
    );
  }
}

/** Our cost of encoding what kafkajs's bytes say, once it is sure that both make the same bytes. */
function requestCost(api: Api, version: number, bytes: Buffer, bodyAt: number): number {
  const body = decode(api.request, version, bytes.subarray(4), bodyAt);
  if (!body.ok) throw new Error(`${api.name}: ${body.error.problem}`);
  const encode = (): Uint8Array => encodeRequest(api, version, 5, 'c', body.value);
  if (!bytes.equals(encode())) throw new Error(`${api.name}: not the same bytes as kafkajs's`);
  return nanosecondsPerCall(encode);
}

const compare = (name: string, kafkajs: number, faultline: number): void =>
  row(name, whole(kafkajs), whole(faultline), (kafkajs / faultline).toFixed(1));
