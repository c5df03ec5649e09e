/** Each API of a running broker, asked raw over the virtual network. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Lane } from '../../../src/io/world.ts';
import { Channel } from '../../../src/kafka/rpc/channel.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { type Uuid, uuid, zeroUuid } from '../../../src/model/uuid.ts';
import { apis } from '../../../src/protocol/apis.ts';
import type { FetchRequestInput } from '../../../src/protocol/messages/fetch.ts';
import { encodeBatch } from '../../../src/protocol/records/encode.ts';
import { encodeEndMarker } from '../../../src/protocol/records/end-marker.ts';
import { splitBatches } from '../../../src/protocol/records/split.ts';
import { Rig } from './rig.ts';

const orders = topicPartition('orders', 0);
let rig: Rig;
let leader: number;
let other: number;
let topicId: Uuid;

const records = (value = 'x', count = 1): Uint8Array =>
  encodeBatch({
    records: Array.from({ length: count }, () => ({
      key: null,
      value: new TextEncoder().encode(value),
      headers: [],
      timestampMs: 1_767_225_600_000,
    })),
  });
function produce(
  id: number,
  acks: number,
  bytes: Uint8Array | null = records(),
  options: { topic?: string; index?: number; timeoutMs?: number } = {},
) {
  const { topic = 'orders', index = 0, timeoutMs = 1000 } = options;
  const body = { acks, timeoutMs, topicData: [{ name: topic, partitionData: [{ index, records: bytes }] }] };
  const answer = rig.ask(id, apis.produce, body, 12);
  const partition = answer.responses[0]?.partitionResponses[0];
  if (partition === undefined) throw new Error('no answer for the partition');
  return { ...partition, nodeEndpoints: answer.nodeEndpoints };
}
type Fetching = NonNullable<FetchRequestInput['topics'][number]>['partitions'][number];
function fetch(id: number, partition: Partial<Fetching> = {}, more: Partial<FetchRequestInput> = {}, version = 17) {
  const at = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20, ...partition };
  const named = version >= 13 ? { topicId } : { topic: 'orders' };
  const body = { maxWaitMs: 0, minBytes: 1, topics: [{ ...named, partitions: [at] }], forgottenTopicsData: [], ...more };
  return rig.ask(id, apis.fetch, body, version);
}
function fetchOne(id: number, partition: Partial<Fetching> = {}, more: Partial<FetchRequestInput> = {}, version = 17) {
  const answer = fetch(id, partition, more, version);
  const data = answer.responses[0]?.partitions[0];
  if (data === undefined) throw new Error('no answer for the partition');
  return { ...data, nodeEndpoints: answer.nodeEndpoints };
}
const listOffsets = (id: number, timestamp: number, version = 9, currentLeaderEpoch = -1) =>
  rig.ask(
    id,
    apis.listOffsets,
    { replicaId: -1, isolationLevel: 0, topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, currentLeaderEpoch, timestamp }] }] },
    version,
  ).topics[0]?.partitions[0];
const batches = (bytes: Uint8Array | null) => {
  const split = splitBatches(bytes ?? new Uint8Array(0));
  if (!split.ok) throw new Error(split.error.message);
  return split.value;
};
const epoch = (): number => rig.broker(leader).replicas.byName('orders', 0)?.leaderEpoch ?? -1;

beforeAll(() => {
  rig = new Rig({ config: { fetchMaxBytes: 4096 } });
  rig.ready();
  rig.createTopic({ name: 'orders', numPartitions: 1, replicationFactor: 3, configs: new Map([['min.insync.replicas', '2']]) });
  rig.createTopic({
    name: 'solo',
    numPartitions: 1,
    assignments: [{ partitionIndex: 0, brokerIds: [1] }],
    configs: new Map([['min.insync.replicas', '1']]),
  });
  leader = rig.leader(orders) ?? 0;
  other = leader === 1 ? 2 : 1;
  topicId = rig.broker(leader).image.topicByName('orders')?.id ?? zeroUuid;
  for (const value of ['a', 'b', 'c']) produce(leader, -1, records(value));
});

describe('Produce', () => {
  test('answers base offset, log start and no append time', () => {
    expect(produce(1, 1, records('x', 3), { topic: 'solo' })).toMatchObject({ errorCode: 0, baseOffset: 0, logAppendTimeMs: -1, logStartOffset: 0 });
    expect(produce(1, -1, records('y'), { topic: 'solo' })).toMatchObject({ errorCode: 0, baseOffset: 3 });
  });
  test('to another broker names the leader and where it is (KIP-951)', () => {
    const answer = produce(other, 1);
    expect(answer).toMatchObject({ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, currentLeader: { leaderId: leader, leaderEpoch: epoch() } });
    expect(answer.nodeEndpoints).toEqual([{ nodeId: leader, host: `broker-${leader}`, port: 9092, rack: null }]);
  });
  test.each([
    ['an unknown topic', () => produce(leader, 1, records(), { topic: 'nobody' }), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ['an unknown partition', () => produce(leader, 1, records(), { index: 7 }), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ['other acks', () => produce(leader, 2), ErrorCode.INVALID_REQUIRED_ACKS],
    ['no records', () => produce(leader, 1, null), ErrorCode.INVALID_RECORD],
    ['a broken batch', () => produce(leader, 1, records().fill(7, 65)), ErrorCode.CORRUPT_MESSAGE],
    [
      'a transaction nobody opened',
      () =>
        produce(
          leader,
          1,
          encodeBatch({
            records: [{ key: null, value: null, headers: [], timestampMs: 1 }],
            producerId: 1,
            producerEpoch: 0,
            baseSequence: 0,
            transactional: true,
          }),
        ),
      ErrorCode.INVALID_TXN_STATE,
    ],
  ])('refuses %s', (_, ask, error) => expect(ask().errorCode).toBe(error));

  test('with acks=0 gets no answer, and a closed connection upon an error', () => {
    for (const [topic, state] of [
      ['solo', 'ready'],
      ['nobody', 'disconnected'],
    ] as const) {
      let channel: Channel | undefined;
      rig.client((world) => {
        const lane: Lane = 'requests';
        channel = new Channel(world, {
          clientId: 'zero',
          host: 'broker-1',
          port: 9092,
          lane,
          requestTimeoutMs: 5000,
          connectTimeoutMs: 1000,
          reconnectBackoff: { initialMs: 60_000, maxMs: 60_000 },
        });
        channel.tell(
          apis.produce,
          { acks: 0, timeoutMs: 1000, topicData: [{ name: topic, partitionData: [{ index: 0, records: records() }] }] },
          () => {},
          { version: 9 },
        );
      });
      rig.run(500);
      expect(channel?.state, topic).toBe(state);
      rig.client(() => channel?.close());
    }
  });
});

describe('of a partition with transactions', () => {
  const mine = { producerId: 1, producerEpoch: 0 };
  const txnData = (sequence: number): Uint8Array =>
    encodeBatch({ records: [{ key: null, value: null, timestampMs: 1 }], ...mine, baseSequence: sequence, transactional: true });
  const abort = encodeEndMarker({ ...mine, coordinatorEpoch: 0, type: 'abort', timestampMs: 1 });
  const append = (bytes: Uint8Array): void => {
    const host = rig.host(1);
    host.enter(() => rig.broker(1).replicas.byName('txns', 0)?.leader?.append(bytes, 1, 1));
    rig.run(100);
  };
  const read = (isolationLevel: number) => {
    const txns = rig.broker(1).image.topicByName('txns')?.id ?? zeroUuid;
    const at = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 };
    const body = { maxWaitMs: 0, minBytes: 1, topics: [{ topicId: txns, partitions: [at] }], forgottenTopicsData: [], isolationLevel };
    return rig.ask(1, apis.fetch, body, 17).responses[0]?.partitions[0];
  };
  const latest = (isolationLevel: number): number | undefined => {
    const topics = [{ name: 'txns', partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1 }] }];
    return rig.ask(1, apis.listOffsets, { replicaId: -1, isolationLevel, topics }, 9).topics[0]?.partitions[0]?.offset;
  };

  test('who reads committed records gets no further than the last stable offset, and is told what was aborted', () => {
    rig.createTopic({
      name: 'txns',
      numPartitions: 1,
      assignments: [{ partitionIndex: 0, brokerIds: [1] }],
      configs: new Map([['min.insync.replicas', '1']]),
    });
    append(records('a'));
    append(txnData(0));
    append(records('b'));
    expect(read(0)).toMatchObject({ errorCode: 0, highWatermark: 3, lastStableOffset: 1, abortedTransactions: null });
    expect(batches(read(0)?.records ?? null)).toHaveLength(3);
    expect(batches(read(1)?.records ?? null)).toHaveLength(1);
    expect(read(1)?.abortedTransactions).toEqual([]);
    expect([latest(0), latest(1)]).toEqual([3, 1]);
    append(abort);
    expect(read(1)).toMatchObject({ lastStableOffset: 4, abortedTransactions: [{ producerId: 1, firstOffset: 1 }] });
    expect(batches(read(1)?.records ?? null)).toHaveLength(4);
    expect(latest(1)).toBe(4);
  });
});

describe('Fetch', () => {
  test('serves a consumer what is committed, from leader and follower alike (KIP-392)', () => {
    for (const id of [leader, other]) {
      rig.until(() => (rig.broker(id).replicas.byName('orders', 0)?.log?.highWatermark ?? 0) >= 3, 5000);
      const data = fetchOne(id);
      expect(data).toMatchObject({ errorCode: 0, highWatermark: 3, lastStableOffset: 3, logStartOffset: 0 });
      expect(batches(data.records)).toHaveLength(3);
    }
    expect(fetchOne(other, {}, {}, 10).errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  });
  test.each([
    [{ fetchOffset: 4 }, ErrorCode.OFFSET_OUT_OF_RANGE],
    [{ fetchOffset: -5 }, ErrorCode.OFFSET_OUT_OF_RANGE],
    [{ currentLeaderEpoch: 99 }, ErrorCode.UNKNOWN_LEADER_EPOCH],
    [{ currentLeaderEpoch: 0, lastFetchedEpoch: 99 }, ErrorCode.OFFSET_OUT_OF_RANGE],
  ])('of %j answers %i', (asked, error) => {
    const current: Partial<Fetching> = 'lastFetchedEpoch' in asked ? { ...asked, currentLeaderEpoch: epoch() } : asked;
    const data = fetchOne(leader, current);
    expect([data.errorCode, data.highWatermark, data.logStartOffset]).toEqual([error, -1, -1]);
  });
  test('of an unknown topic id answers so, and of one that is not here names nobody', () => {
    const answer = fetch(
      leader,
      {},
      { topics: [{ topicId: uuid('AAAAAAAAAAAAAAAAAABAAA'), partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 }] }] },
    );
    expect(answer.responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_ID);
  });
  test('tells a fetcher where the histories part instead of sending records (KIP-595)', () => {
    const data = fetchOne(leader, { fetchOffset: 3, lastFetchedEpoch: epoch() });
    expect(data).toMatchObject({ errorCode: 0, divergingEpoch: { epoch: -1, endOffset: -1 } });
    const ahead = fetchOne(leader, { fetchOffset: 9, lastFetchedEpoch: epoch() });
    expect(ahead).toMatchObject({ errorCode: 0, divergingEpoch: { epoch: epoch(), endOffset: 3 } });
    expect(ahead.records?.length ?? 0).toBe(0);
  });
  test('returns at least one batch, and no more than asked for', () => {
    const one = fetchOne(leader, { partitionMaxBytes: 1 });
    expect(batches(one.records)).toHaveLength(1);
  });
  test('refuses who is no replica of the partition', () => {
    const stranger = { replicaState: { replicaId: 77, replicaEpoch: 5 } };
    expect(fetchOne(leader, { currentLeaderEpoch: epoch() }, stranger).errorCode).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH);
    expect(fetchOne(leader, {}, stranger).errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    expect(fetchOne(leader, {}, { replicaState: { replicaId: other, replicaEpoch: 0 } }).errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  });
  test('waits for records up to its time, and is answered as soon as one is committed', () => {
    const started = rig.simulator.nowUs;
    expect(fetchOne(leader, { fetchOffset: 3 }, { maxWaitMs: 400 }).records?.length ?? 0).toBe(0);
    expect(rig.simulator.nowUs - started).toBeGreaterThanOrEqual(400_000);
    const producer = rig.producer('all');
    rig.simulator.at(rig.simulator.nowUs + 200_000, 'a record', () => rig.send(producer, 'orders', 'd'));
    const before = rig.simulator.nowUs;
    const data = fetchOne(leader, { fetchOffset: 3 }, { maxWaitMs: 20_000 });
    expect(rig.simulator.nowUs - before).toBeLessThan(2_000_000);
    expect(batches(data.records)).toHaveLength(1);
  });
  test('keeps a session that answers only what is new, and refuses a wrong one', () => {
    const full = fetch(leader, { fetchOffset: 4 }, { sessionId: 0, sessionEpoch: 0 });
    expect(full.sessionId).not.toBe(0);
    const nothing = fetch(leader, {}, { sessionId: full.sessionId, sessionEpoch: 1, topics: [] });
    expect([nothing.errorCode, nothing.responses]).toEqual([0, []]);
    expect(fetch(leader, {}, { sessionId: full.sessionId, sessionEpoch: 9, topics: [] }).errorCode).toBe(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
    expect(fetch(leader, {}, { sessionId: 12345, sessionEpoch: 1, topics: [] }).errorCode).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
  });
  test('reads each slice once, only when it is sent, and hands on the very bytes of the log', () => {
    const log = rig.broker(leader).replicas.byName('orders', 0)?.log;
    const slice = log?.read(log.logStartOffset, log.logEndOffset, 4096, true);
    if (slice?.ok !== true) throw new Error('no slice');
    const stored = new Uint8Array(slice.value.byteLength);
    slice.value.readInto(stored);
    const disk = rig.host(leader).disk('data');
    const seen: string[] = [];
    const watch = rig.host(leader).failDiskCalls((call) => {
      if (call.operation === 'read') seen.push(call.path);
      return false;
    });
    const data = fetchOne(leader);
    watch.heal();
    expect(disk).toBeDefined();
    expect(seen.filter((path) => path.startsWith('orders-0/') && path.endsWith('.log'))).toHaveLength(1);
    expect(data.records).toEqual(stored);
  });
});

describe('ListOffsets and OffsetForLeaderEpoch', () => {
  test('know the ends of the log and the first record of a time', () => {
    const end = rig.broker(leader).replicas.byName('orders', 0)?.log?.logEndOffset;
    expect(listOffsets(leader, -1)).toMatchObject({ errorCode: 0, offset: end, timestamp: -1, leaderEpoch: epoch() });
    expect(listOffsets(leader, -2)).toMatchObject({ errorCode: 0, offset: 0, timestamp: -1 });
    expect(listOffsets(leader, 5)).toMatchObject({ errorCode: 0, offset: 0, timestamp: 1_767_225_600_000 });
    expect(listOffsets(leader, 9_000_000_000_000)).toMatchObject({ errorCode: 0, offset: -1, timestamp: -1 });
    expect(listOffsets(leader, -5)).toMatchObject({ errorCode: 0, offset: -1 });
  });
  test.each([
    ['a special time of a later version', () => listOffsets(leader, -3, 6), ErrorCode.UNSUPPORTED_VERSION],
    ['a follower', () => listOffsets(other, -1), ErrorCode.NOT_LEADER_OR_FOLLOWER],
    ['an old epoch', () => listOffsets(leader, -1, 9, 99), ErrorCode.UNKNOWN_LEADER_EPOCH],
  ])('refuse %s', (_, ask, error) => expect(ask()?.errorCode).toBe(error));
  test('answer the end of the largest epoch that is not later (KIP-279)', () => {
    const ask = (id: number, leaderEpoch: number) =>
      rig.ask(id, apis.offsetForLeaderEpoch, { replicaId: -1, topics: [{ topic: 'orders', partitions: [{ partition: 0, leaderEpoch }] }] }).topics[0]
        ?.partitions[0];
    expect(ask(leader, epoch())).toMatchObject({ errorCode: 0, leaderEpoch: epoch(), endOffset: 4 });
    expect(ask(leader, epoch() + 1)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 });
    expect(ask(other, epoch())?.errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  });
});

describe('the cluster', () => {
  test('is shown the same by Metadata, in every version', () => {
    for (let version = 0; version <= 13; version++) {
      const topics = [{ name: 'orders' }];
      const answer = rig.ask(other, apis.metadata, { topics, allowAutoTopicCreation: true }, version);
      expect(answer.brokers.map((broker) => broker.nodeId).sort(), `v${version}`).toEqual([1, 2, 3]);
      expect(answer.topics[0]?.partitions[0], `v${version}`).toMatchObject({ errorCode: 0, leaderId: leader, partitionIndex: 0 });
      expect(answer.topics[0]?.partitions[0]?.isrNodes).toHaveLength(3);
    }
  });
  test('names all topics for null, an unknown one by its error, and creates one that may be', () => {
    const all = rig.ask(other, apis.metadata, { topics: null });
    expect(all.topics.map((topic) => topic.name)).toEqual(['orders', 'solo', 'txns']);
    const ask = (name: string, allowAutoTopicCreation = true) =>
      rig.ask(other, apis.metadata, { topics: [{ name }], allowAutoTopicCreation }).topics[0]?.errorCode;
    expect(ask('a b')).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION);
    expect(ask('made', false)).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    rig.run(2000);
    expect(ask('made', false)).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(ask('made')).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    rig.until(() => ask('made') === 0, 5000, 'the topic');
    const byId = rig.ask(other, apis.metadata, { topics: [{ topicId, name: null }] });
    expect(byId.topics[0]?.name).toBe('orders');
  });
  test('is asked by id as soon as one id is given, whatever name stands beside it, as Java’s admin asks', () => {
    const unknownId = uuid('AAAAAAAAAAAAAAAAAAAAAQ');
    const answer = rig.ask(other, apis.metadata, {
      topics: [{ topicId, name: '' }, { topicId: unknownId, name: '' }, { name: 'solo' }],
    });
    expect(answer.topics.map((topic) => [topic.errorCode, topic.name, topic.topicId])).toEqual([
      [0, 'orders', topicId],
      [ErrorCode.UNKNOWN_TOPIC_ID, null, unknownId],
    ]);
    expect(rig.ask(other, apis.metadata, { topics: [{ name: 'solo' }, { name: 'solo' }] }).topics).toHaveLength(1);
  });
  test('has its moves, members and quorum described through any broker', () => {
    const quorum = rig.ask(other, apis.describeQuorum, { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] });
    expect(quorum.topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, leaderId: 1000, currentVoters: [{ replicaId: 1000 }] });
    expect(quorum.topics[0]?.partitions[0]?.observers.map((each) => each.replicaId).sort()).toEqual([1, 2, 3]);
    expect(rig.ask(other, apis.listPartitionReassignments, { topics: null })).toMatchObject({ errorCode: 0, topics: [] });
    const moved = rig.ask(other, apis.alterPartitionReassignments, {
      topics: [{ name: 'nobody', partitions: [{ partitionIndex: 0, replicas: [1] }] }],
    });
    expect(moved.responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(rig.ask(other, apis.unregisterBroker, { brokerId: 77 }).errorCode).toBe(ErrorCode.BROKER_ID_NOT_REGISTERED);
  });
  test('is described with its brokers and with its partitions', () => {
    const described = rig.ask(1, apis.describeCluster, { includeClusterAuthorizedOperations: false, includeFencedBrokers: true });
    expect([...described.brokers].sort((a, b) => a.brokerId - b.brokerId).map((broker) => [broker.brokerId, broker.isFenced])).toEqual([
      [1, false],
      [2, false],
      [3, false],
    ]);
    const first = rig.ask(1, apis.describeTopicPartitions, { topics: [{ name: 'orders' }, { name: 'solo' }], responsePartitionLimit: 1 });
    expect([first.topics.map((topic) => topic.name), first.nextCursor]).toEqual([['orders'], { topicName: 'solo', partitionIndex: 0 }]);
    expect(first.topics[0]?.partitions[0]).toMatchObject({ leaderId: leader, eligibleLeaderReplicas: [], lastKnownElr: [] });
    const rest = rig.ask(1, apis.describeTopicPartitions, {
      topics: [{ name: 'orders' }, { name: 'solo' }],
      responsePartitionLimit: 1,
      cursor: first.nextCursor,
    });
    expect([rest.topics.map((topic) => topic.name), rest.nextCursor]).toEqual([['solo'], null]);
  });
  test('offers Produce from version 0 on (KAFKA-18659), and its feature levels', () => {
    const answer = rig.ask(1, apis.apiVersions, { clientSoftwareName: 'test', clientSoftwareVersion: '1' }, 4);
    expect(answer.apiKeys.find((api) => api.apiKey === 0)).toEqual({ apiKey: 0, minVersion: 0, maxVersion: 13 });
    expect(answer.finalizedFeatures.find((feature) => feature.name === 'eligible.leader.replicas.version')?.maxVersionLevel).toBe(1);
    expect(rig.ask(1, apis.apiVersions, { clientSoftwareName: '-', clientSoftwareVersion: '1' }, 4).errorCode).toBe(ErrorCode.INVALID_REQUEST);
  });
});

describe('configs', () => {
  const describeTopic = (includeSynonyms = true) =>
    rig.ask(1, apis.describeConfigs, {
      resources: [{ resourceType: 2, resourceName: 'orders', configurationKeys: ['min.insync.replicas', 'segment.ms'] }],
      includeSynonyms,
    }).results[0];
  test('show a topic’s override, where it comes from and what it hides', () => {
    const min = describeTopic()?.configs.find((config) => config.name === 'min.insync.replicas');
    expect(min).toMatchObject({ value: '2', configSource: 1, readOnly: false, configType: 3 });
    expect(min?.synonyms.map((each) => [each.name, each.value, each.source])).toEqual([
      ['min.insync.replicas', '2', 1],
      ['min.insync.replicas', '1', 3],
      ['min.insync.replicas', '1', 5],
    ]);
    expect(describeTopic(false)?.configs[0]?.synonyms).toEqual([]);
    expect(
      rig.ask(1, apis.describeConfigs, { resources: [{ resourceType: 4, resourceName: '2', configurationKeys: null }] }).results[0]?.errorCode,
    ).toBe(ErrorCode.INVALID_REQUEST);
    const own = rig.ask(1, apis.describeConfigs, {
      resources: [{ resourceType: 4, resourceName: '1', configurationKeys: ['node.id', 'replica.lag.time.max.ms'] }],
    });
    expect(own.results[0]?.configs.map((config) => [config.name, config.value])).toEqual([
      ['node.id', '1'],
      ['replica.lag.time.max.ms', '30000'],
    ]);
  });
  test('tell what the broker was started with, and no key that is internal', () => {
    const all = (resourceType: number, resourceName: string) =>
      rig.ask(1, apis.describeConfigs, { resources: [{ resourceType, resourceName, configurationKeys: null }], includeSynonyms: true }).results[0]
        ?.configs ?? [];
    const fetchMaxBytes = all(4, '1').find((config) => config.name === 'fetch.max.bytes');
    expect([fetchMaxBytes?.value, fetchMaxBytes?.configSource]).toEqual(['4096', 4]);
    expect(fetchMaxBytes?.synonyms.map((each) => [each.value, each.source])).toEqual([
      ['4096', 4],
      ['57671680', 5],
    ]);
    expect(all(2, 'orders').filter((config) => config.name.startsWith('internal.'))).toEqual([]);
  });
  test('take effect on the leader when they are altered, through the controller', () => {
    const alter = (value: string) =>
      rig.ask(other, apis.incrementalAlterConfigs, {
        resources: [{ resourceType: 2, resourceName: 'orders', configs: [{ name: 'min.insync.replicas', configOperation: 0, value }] }],
        validateOnly: false,
      }).responses[0]?.errorCode;
    expect(alter('3')).toBe(0);
    rig.until(() => rig.broker(leader).replicas.byName('orders', 0)?.leader?.minIsr === 3, 5000, 'the new minimum');
    expect(alter('2')).toBe(0);
    rig.until(() => rig.broker(leader).replicas.byName('orders', 0)?.leader?.minIsr === 2, 5000, 'the old minimum');
    expect(alter('none')).toBe(ErrorCode.INVALID_CONFIG);
  });
});

describe('coordination', () => {
  test('of groups is not available until the first question has made its topic', () => {
    expect(rig.ask(1, apis.findCoordinator, { coordinatorKeys: ['g'] }, 4).coordinators[0]?.errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    rig.until(() => rig.ask(1, apis.findCoordinator, { key: 'g' }, 3).errorCode === ErrorCode.NONE, 5000, 'a coordinator');
  });
  test('of transactions and share groups is not available', () => {
    for (const keyType of [1, 2])
      expect(rig.ask(1, apis.findCoordinator, { keyType, coordinatorKeys: ['t'] }, 6).coordinators[0]?.errorCode).toBe(
        ErrorCode.COORDINATOR_NOT_AVAILABLE,
      );
    expect(rig.ask(1, apis.findCoordinator, { keyType: 3, key: 't' }, 3).errorCode).toBe(ErrorCode.INVALID_REQUEST);
    expect(rig.ask(1, apis.initProducerId, { transactionalId: 't', transactionTimeoutMs: 1 }).errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  });
  test('gives every idempotent producer an id of its own, across brokers', () => {
    const given: number[] = [];
    const ask = (id: number): boolean => {
      const answer = rig.ask(id, apis.initProducerId, { transactionalId: null, transactionTimeoutMs: 1 });
      if (answer.errorCode === ErrorCode.NONE) given.push(answer.producerId);
      else expect(answer.errorCode).toBe(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
      return answer.errorCode === ErrorCode.NONE;
    };
    for (const id of [1, 2, 1, 2, 3]) rig.until(() => ask(id), 5000, 'a producer id');
    expect(new Set(given).size).toBe(5);
  });
});

test('every answer is told, with its error', () => {
  const answered = rig.events('answered').map((each) => each.event);
  expect(answered.some((event) => event.apiKey === 0 && event.error === ErrorCode.NOT_LEADER_OR_FOLLOWER)).toBe(true);
  expect(answered.some((event) => event.apiKey === 1 && event.error === 0)).toBe(true);
  expect(rig.events('served').length).toBeGreaterThan(0);
  expect(rig.events('outOfRange').length).toBeGreaterThan(0);
  expect(rig.events('diverged').length).toBeGreaterThan(0);
});
