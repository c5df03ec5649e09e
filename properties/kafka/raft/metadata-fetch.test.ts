import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMetadataBatches, encodeLeaderChange, encodeMetadataBatch } from '../../../src/kafka/raft/metadata-batch.ts';
import { formatQuorumState, parseQuorumState } from '../../../src/kafka/raft/quorum-state.ts';
import { brokerId, leaderEpoch, offset } from '../../../src/model/brand.ts';
import { errorName } from '../../../src/model/error-code.ts';
import { metadataTopicId, uuidFromWords } from '../../../src/model/uuid.ts';
import { apis } from '../../../src/protocol/apis.ts';
import type { Input } from '../../../src/protocol/schema/schema.ts';
import { topicRequest } from '../controller/driver.ts';
import { clusterId, controllerNode, Peer } from '../controller/node.ts';

type FetchInput = Input<typeof apis.fetch.request>;
type PartitionInput = FetchInput['topics'][number]['partitions'][number];

/** A fetch as an observer that has nothing sends it, but for what is given. */
const fetchOf = (partition: Partial<PartitionInput> = {}, given: Partial<FetchInput> = {}): FetchInput => ({
  clusterId,
  replicaState: { replicaId: 1, replicaEpoch: -1 },
  maxWaitMs: 0,
  minBytes: 1,
  topics: [
    {
      topicId: metadataTopicId,
      partitions: [{ partition: 0, currentLeaderEpoch: 1, fetchOffset: 0, lastFetchedEpoch: 0, partitionMaxBytes: 1_000_000, ...partition }],
    },
  ],
  forgottenTopicsData: [],
  ...given,
});

function ask(peer: Peer, request: FetchInput) {
  const answer = peer.ask(apis.fetch, request);
  return { error: errorName(answer.errorCode), partition: answer.responses[0]?.partitions[0], endpoints: answer.nodeEndpoints };
}

describe('a fetch of the metadata log', () => {
  const node = controllerNode('fetch');
  const peer = new Peer(node, 1);
  peer.ask(apis.createTopics, { topics: [topicRequest('t')], timeoutMs: 1, validateOnly: false });
  const end = node.controller.image.offset + 1;

  it('gets the log from its beginning: a LeaderChange, then records, all of them committed', () => {
    const { partition, endpoints } = ask(peer, fetchOf());
    const batches = decodeMetadataBatches(partition?.records ?? new Uint8Array());
    if (!batches.ok) throw new Error(batches.error);
    expect(batches.value[0]).toEqual({ base: 0, last: 0, epoch: 1, records: [], leaderChange: 1000 });
    expect(batches.value.at(-1)?.last).toBe(end - 1);
    expect(partition).toMatchObject({ errorCode: 0, highWatermark: end, logStartOffset: 0, currentLeader: { leaderId: 1000, leaderEpoch: 1 } });
    expect(endpoints).toEqual([{ nodeId: 1000, host: 'controller-1000', port: 9093, rack: null }]);
  });

  const errors: readonly (readonly [string, FetchInput, string, string])[] = [
    ['of another cluster', fetchOf({}, { clusterId: 'other' }), 'INCONSISTENT_CLUSTER_ID', 'none'],
    ['of another topic', fetchOf({}, { topics: [{ topicId: uuidFromWords(1, 1, 1, 1), partitions: [] }] }), 'INVALID_REQUEST', 'none'],
    ['of another partition', fetchOf({ partition: 1 }), 'INVALID_REQUEST', 'none'],
    ['in an older epoch', fetchOf({ currentLeaderEpoch: 0 }), 'NONE', 'FENCED_LEADER_EPOCH'],
    ['in a newer epoch', fetchOf({ currentLeaderEpoch: 2 }), 'NONE', 'UNKNOWN_LEADER_EPOCH'],
    ['from below zero', fetchOf({ fetchOffset: -1 }), 'NONE', 'INVALID_REQUEST'],
    ['of who has an epoch later than the current one', fetchOf({ fetchOffset: 1, lastFetchedEpoch: 2 }), 'NONE', 'INVALID_REQUEST'],
  ];
  for (const [title, request, top, inner] of errors)
    it(`${title} is refused`, () => {
      const { error, partition } = ask(peer, request);
      expect([error, partition === undefined ? 'none' : errorName(partition.errorCode)]).toEqual([top, inner]);
      // Who has the wrong epoch learns the right one.
      if (inner.endsWith('LEADER_EPOCH')) expect(partition?.currentLeader).toEqual({ leaderId: 1000, leaderEpoch: 1 });
    });

  it('from beyond the end of its epoch is told where the histories part', () => {
    const { partition } = ask(peer, fetchOf({ fetchOffset: end + 5, lastFetchedEpoch: 1 }));
    expect(partition?.divergingEpoch).toEqual({ epoch: 1, endOffset: end });
    expect(partition?.records ?? null).toBeNull();
  });

  it('at the end waits for as long as it allows, and no longer', () => {
    const fromUs = node.simulator.nowUs;
    const { partition } = ask(peer, fetchOf({ fetchOffset: end, lastFetchedEpoch: 1 }, { maxWaitMs: 400 }));
    expect(partition?.records?.length ?? 0).toBe(0);
    expect(node.simulator.nowUs - fromUs).toBeGreaterThanOrEqual(400_000);
    expect(node.simulator.nowUs - fromUs).toBeLessThan(420_000);
  });
});

describe('a batch of the metadata log', () => {
  const at = offset(7);
  it('comes back with its place and its records', () => {
    const records = [
      { type: 'featureLevel', value: { name: 'a', featureLevel: 1 } },
      { type: 'noOp', value: {} },
    ] as const;
    expect(decodeMetadataBatches(encodeMetadataBatch(records, at, leaderEpoch(3), 5))).toEqual({
      ok: true,
      value: [{ base: 7, last: 8, epoch: 3, records }],
    });
    const voters = [{ voterId: brokerId(1000), voterDirectoryId: uuidFromWords(1, 2, 3, 4) }];
    expect(decodeMetadataBatches(encodeLeaderChange(brokerId(1000), voters, at, leaderEpoch(3), 5))).toEqual({
      ok: true,
      value: [{ base: 7, last: 7, epoch: 3, records: [], leaderChange: 1000 }],
    });
  });

  it('that was damaged in any byte of its content is refused, and one that is cut is left out', () => {
    const bytes = encodeMetadataBatch([{ type: 'featureLevel', value: { name: 'abc', featureLevel: 1 } }], at, leaderEpoch(3), 5);
    // Before the checksum stand offset, length, epoch and magic, which it does not cover.
    for (let index = 17; index < bytes.length; index++) {
      const damaged = bytes.slice();
      damaged[index] = (damaged[index] ?? 0) ^ 1;
      expect([index, decodeMetadataBatches(damaged).ok]).toEqual([index, false]);
    }
    for (let length = 0; length < bytes.length; length++) expect(decodeMetadataBatches(bytes.subarray(0, length))).toEqual({ ok: true, value: [] });
  });
});

describe('quorum-state', () => {
  const id = uuidFromWords(1, 2, 3, 4);
  const state = { leaderId: brokerId(1000), leaderEpoch: leaderEpoch(7), votedId: brokerId(-1), votedDirectoryId: id };

  it('has the form of version 1', () =>
    expect(formatQuorumState(state)).toBe(`{"leaderId":1000,"leaderEpoch":7,"votedId":-1,"votedDirectoryId":"${id}","data_version":1}`));

  it('comes back as it went', () => {
    const number = fc.integer({ min: -1, max: 0x7fffffff });
    fc.assert(
      fc.property(number, fc.nat(0x7fffffff), number, (leader, epoch, voted) => {
        const each = { leaderId: brokerId(leader), leaderEpoch: leaderEpoch(epoch), votedId: brokerId(voted), votedDirectoryId: id };
        expect(parseQuorumState(formatQuorumState(each))).toEqual(each);
      }),
    );
  });

  it('that is torn or of another version is none', () => {
    const text = formatQuorumState(state);
    for (let length = 0; length < text.length; length++) expect(parseQuorumState(text.slice(0, length))).toBeUndefined();
    expect(parseQuorumState(text.replace('"data_version":1', '"data_version":0'))).toBeUndefined();
    expect(parseQuorumState(text.replace('1000', '2999999999'))).toBeUndefined();
  });
});
