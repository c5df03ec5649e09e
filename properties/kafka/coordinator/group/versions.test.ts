/** The whole life of a group in raw requests, in every version that a client may speak, and how an administrator sees it. */
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../../../src/model/error-code.ts';
import { apis } from '../../../../src/protocol/apis.ts';
import { assignment, GroupRig, subscription } from './rig.ts';

const versions = (api: { readonly broker: { readonly min: number; readonly max: number } | undefined }): readonly number[] => {
  const { min = 0, max = -1 } = api.broker ?? {};
  return Array.from({ length: max - min + 1 }, (_, at) => min + at);
};

describe('in every version', () => {
  test('members join, sync, beat, and leave', () => {
    const rig = new GroupRig();
    const id = rig.coordinator('g');
    for (const version of versions(apis.joinGroup)) {
      const group = `g-join-${version}`;
      const at = rig.coordinator(group);
      let join = rig.join(group, '', { version, at });
      if (version >= 4) {
        rig.until(() => join.answer !== undefined, 5000, 'a member id');
        expect(join.answer?.errorCode).toBe(ErrorCode.MEMBER_ID_REQUIRED);
        expect(join.answer?.memberId).toMatch(/^raw-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        join = rig.join(group, join.answer?.memberId ?? '', { version, at });
      }
      rig.until(() => join.answer !== undefined, 5000, 'an answer to JoinGroup');
      const member = join.answer?.memberId ?? '';
      expect(join.answer).toMatchObject({ errorCode: 0, generationId: 1, leader: member, protocolName: 'range', skipAssignment: false });
      expect(join.answer?.protocolType).toBe(version >= 7 ? 'consumer' : null);
      expect(join.answer?.members[0]?.metadata).toEqual(subscription(['orders']));
    }
    const { members, generation } = rig.stable('g', 1);
    const memberId = members[0] ?? '';
    for (const version of versions(apis.syncGroup)) {
      const named = version >= 5 ? { protocolType: 'consumer', protocolName: 'range' } : {};
      const answer = rig.ask(id, apis.syncGroup, { groupId: 'g', generationId: generation, memberId, ...named, assignments: [] }, version);
      expect([answer.errorCode, answer.assignment]).toEqual([0, assignment('orders', [0])]);
    }
    expect(rig.ask(id, apis.syncGroup, { groupId: 'g', generationId: generation, memberId, assignments: [] }, 5).errorCode).toBe(
      ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
    );
    for (const version of versions(apis.heartbeat)) {
      expect(rig.ask(id, apis.heartbeat, { groupId: 'g', generationId: generation, memberId }, version).errorCode).toBe(0);
      expect(rig.ask(id, apis.heartbeat, { groupId: 'g', generationId: generation + 1, memberId }, version).errorCode).toBe(22);
    }
    for (const version of versions(apis.leaveGroup)) {
      const one = { memberId: 'x' };
      const answer = rig.ask(id, apis.leaveGroup, version < 3 ? { groupId: 'g', ...one } : { groupId: 'g', members: [one] }, version);
      expect(version < 3 ? answer.errorCode : answer.members[0]?.errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    }
    expect(rig.ask(id, apis.leaveGroup, { groupId: 'g', members: [{ memberId }] }, 5).members[0]?.errorCode).toBe(0);
    expect(rig.ask(id, apis.describeGroups, { groups: ['g'] }, 6).groups[0]?.groupState).toBe('Empty');
  });

  test('offsets are committed and fetched, negative ones too', () => {
    const rig = new GroupRig();
    const id = rig.coordinator('g');
    const topicId = rig.broker(id).image.topicByName('orders')?.id;
    if (topicId === undefined) throw new Error('no topic');
    for (const version of versions(apis.offsetCommit)) {
      const name = version >= 10 ? { topicId } : { name: 'orders' };
      const stranger = version >= 10 ? {} : { name: 'nothing' };
      const partition = (committedOffset: number) => ({
        partitionIndex: version % 4,
        committedOffset,
        committedLeaderEpoch: 3,
        committedMetadata: null,
      });
      const commit = (offset: number) =>
        rig.ask(
          id,
          apis.offsetCommit,
          {
            groupId: 'g',
            generationIdOrMemberEpoch: -1,
            memberId: '',
            topics: [
              { ...name, partitions: [partition(offset)] },
              { ...stranger, partitions: [partition(1)] },
            ],
          },
          version,
        );
      for (const offset of [-2, -1, 1000 + version]) {
        const { topics } = commit(offset);
        expect(topics.map((each) => each.partitions[0]?.errorCode)).toEqual([
          0,
          version >= 10 ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        ]);
      }
      const epoch = version >= 6 ? 3 : -1;
      for (const fetch of versions(apis.offsetFetch)) {
        const asked = { ...(fetch >= 10 ? { topicId } : { name: 'orders' }), partitionIndexes: [version % 4] };
        const body =
          fetch >= 8
            ? {
                groups: [
                  { groupId: 'g', topics: [asked] },
                  { groupId: 'g', topics: null },
                ],
              }
            : { groupId: 'g', topics: [{ name: 'orders', partitionIndexes: [version % 4] }] };
        const answer = rig.ask(id, apis.offsetFetch, body, fetch);
        const position = (fetch >= 8 ? answer.groups[0]?.topics : answer.topics)?.[0]?.partitions[0];
        expect(position).toMatchObject({ committedOffset: 1000 + version, metadata: '', errorCode: 0 });
        if (fetch >= 5) expect(position?.committedLeaderEpoch).toBe(epoch);
        if (fetch >= 8) expect(answer.groups[1]?.topics[0]?.partitions.length).toBe(Math.min(version - 1, 4));
      }
    }
    expect(
      rig.ask(id, apis.offsetFetch, { groups: [{ groupId: 'g', topics: [{ partitionIndexes: [0] }] }] }, 10).groups[0]?.topics[0]?.partitions[0]
        ?.errorCode,
    ).toBe(ErrorCode.UNKNOWN_TOPIC_ID);
    expect(
      rig.ask(id, apis.offsetFetch, { groupId: 'g', topics: [{ name: 'orders', partitionIndexes: [9] }] }, 7).topics[0]?.partitions[0]
        ?.committedOffset,
    ).toBe(-1);
    const long = { partitionIndex: 0, committedOffset: 1, committedMetadata: 'x'.repeat(4097) };
    const refused = rig.ask(
      id,
      apis.offsetCommit,
      { groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '', topics: [{ name: 'orders', partitions: [long] }] },
      9,
    );
    expect(refused.topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.OFFSET_METADATA_TOO_LARGE);
  });

  test('groups are described, listed and deleted', () => {
    const rig = new GroupRig();
    const id = rig.coordinator('g');
    const { members } = rig.stable('g', 1);
    for (const version of versions(apis.describeGroups)) {
      const answer = rig.ask(id, apis.describeGroups, { groups: ['g', 'nobody-knows'], includeAuthorizedOperations: version >= 3 }, version);
      expect(answer.groups[0]).toMatchObject({ errorCode: 0, groupState: 'Stable', protocolType: 'consumer', protocolData: 'range' });
      expect(answer.groups[0]?.members[0]).toMatchObject({ memberId: members[0], clientId: 'raw', memberAssignment: assignment('orders', [0]) });
      if (rig.partitionOf('nobody-knows') !== rig.partitionOf('g')) continue;
      expect(answer.groups[1]).toMatchObject({ errorCode: version >= 6 ? 69 : 0, groupState: 'Dead' });
    }
    for (const version of versions(apis.listGroups)) {
      const { errorCode, groups } = rig.ask(id, apis.listGroups, {}, version);
      expect([errorCode, groups.map(({ groupId }) => groupId)]).toEqual([0, ['g']]);
    }
    expect(rig.ask(id, apis.listGroups, { statesFilter: ['stable'], typesFilter: ['Classic'] }, 5).groups).toHaveLength(1);
    expect(rig.ask(id, apis.listGroups, { statesFilter: ['Empty'] }, 5).groups).toEqual([]);
    expect(rig.ask(id, apis.listGroups, { typesFilter: ['consumer'] }, 5).groups).toEqual([]);
    const remove = (version: number) => rig.ask(id, apis.deleteGroups, { groupsNames: ['g'] }, version).results[0]?.errorCode;
    expect(remove(2)).toBe(ErrorCode.NON_EMPTY_GROUP);
    const drop = (name: string) =>
      rig.ask(id, apis.offsetDelete, { groupId: 'g', topics: [{ name, partitions: [{ partitionIndex: 0 }] }] }).topics[0]?.partitions[0]?.errorCode;
    expect([drop('orders'), drop('nothing')]).toEqual([ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]);
    rig.ask(id, apis.leaveGroup, { groupId: 'g', members: [{ memberId: members[0] ?? '' }] }, 5);
    expect(rig.commit('g', '', -1, 5)).toBe(0);
    expect(drop('orders')).toBe(0);
    expect(rig.fetch('g')).toBe(-1);
    for (const version of versions(apis.deleteGroups)) {
      expect(rig.commit('g', '', -1, 5)).toBe(0);
      expect(remove(version)).toBe(0);
      expect(remove(version)).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
      expect(rig.fetch('g')).toBe(-1);
    }
    expect(rig.ask(id, apis.listGroups, {}, 5).groups).toEqual([]);
    // What was deleted stays so under the next coordinator.
    rig.host(id).crash({ powerLoss: false });
    rig.until(() => (rig.leader(rig.partitionOf('g')) ?? id) !== id, 30_000, 'another leader');
    const next = rig.coordinator('g');
    expect(rig.ask(next, apis.describeGroups, { groups: ['g'] }, 6).groups[0]?.errorCode).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
  });
});

describe('a request', () => {
  test.each([
    ['without a group', { groupId: '' }, ErrorCode.INVALID_GROUP_ID],
    ['with too short a session', { sessionTimeoutMs: 5999 }, ErrorCode.INVALID_SESSION_TIMEOUT],
    ['with too long a session', { sessionTimeoutMs: 1_800_001 }, ErrorCode.INVALID_SESSION_TIMEOUT],
    ['with an unknown member', { memberId: 'x' }, ErrorCode.UNKNOWN_MEMBER_ID],
  ])('to join %s is refused', (_, change, error) => {
    const rig = new GroupRig();
    const body = {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: new Uint8Array(0) }],
      ...change,
    };
    expect(rig.ask(rig.coordinator('g'), apis.joinGroup, body, 9).errorCode).toBe(error);
  });
});

describe('offsets', () => {
  test('of a group without members expire after their retention, and the group with them', () => {
    const rig = new GroupRig({ config: { offsetsRetentionMinutes: 1, offsetsRetentionCheckIntervalMs: 10_000 } });
    const id = rig.coordinator('g');
    expect(rig.commit('g', '', -1, 5)).toBe(0);
    rig.run(55_000);
    expect(rig.fetch('g')).toBe(5);
    rig.run(20_000);
    expect(rig.fetch('g')).toBe(-1);
    expect(rig.ask(id, apis.listGroups, {}, 5).groups).toEqual([]);
  });
  test('of a deleted topic go with it', () => {
    const rig = new GroupRig();
    const id = rig.coordinator('g');
    expect(rig.commit('g', '', -1, 5)).toBe(0);
    expect(rig.ask(id, apis.deleteTopics, { topics: [{ name: 'orders' }], timeoutMs: 5000 }).responses[0]?.errorCode).toBe(0);
    rig.until(() => rig.broker(id).image.topicByName('orders') === undefined, 5000, 'the deletion');
    rig.run(1000);
    expect(rig.fetch('g')).toBe(-1);
  });
});

test('a group tells its generations, assignments and commits', () => {
  const rig = new GroupRig();
  const { members, generation } = rig.stable('g', 2);
  rig.commit('g', members[1] ?? '', generation, 9);
  expect(rig.events('generation').map((each) => each.event)).toMatchObject([
    { group: 'g', generation: 1, members, protocol: 'range', leader: members[0], reason: 'join' },
  ]);
  expect(rig.events('assignment')[0]?.event.members).toEqual([
    { member: members[0], partitions: ['orders-0'] },
    { member: members[1], partitions: ['orders-1'] },
  ]);
  expect(rig.events('committed')[0]?.event).toMatchObject({ group: 'g', member: members[1], generation, partition: 'orders-0', offset: 9 });
});
