/** Group coordinators on three brokers in a virtual world: what they promise through crashes, moves and slow replicas. */
import { describe, expect, test } from 'vitest';
import { offsetsTopic } from '../../../../src/kafka/coordinator/group/coordinator.ts';
import { kafkaRules, type Rules } from '../../../../src/kafka/rules/rules.ts';
import { ErrorCode } from '../../../../src/model/error-code.ts';
import { apis } from '../../../../src/protocol/apis.ts';
import { rulesOf } from '../../../../src/simulation/defect/defect.ts';
import { defectNamed } from '../../../../src/simulation/defect/defects.ts';
import { commitBody, GroupRig } from './rig.ts';

describe('a coordinator', () => {
  test('is the same broker for everybody, in every version, and its topic is made as Kafka makes it', () => {
    const rig = new GroupRig();
    const id = rig.coordinator('g');
    for (let version = 0; version <= 6; version++) {
      for (const broker of [1, 2, 3]) {
        const answer = rig.ask(broker, apis.findCoordinator, version < 4 ? { key: 'g' } : { coordinatorKeys: ['g', 'g'] }, version);
        const found = version < 4 ? [answer] : answer.coordinators;
        for (const each of found) expect(each).toMatchObject({ nodeId: id, host: `broker-${id}`, port: 9092, errorCode: 0 });
      }
    }
    expect(rig.leader(rig.partitionOf('g'))).toBe(id);
    const topic = rig.broker(1).image.topicByName(offsetsTopic);
    expect(topic?.partitions.map((partition) => partition.replicas.length)).toEqual([3, 3, 3]);
    const config = rig.broker(1).replicas.topicConfig(offsetsTopic);
    expect(config).toMatchObject({ cleanupPolicy: ['compact'], segmentBytes: 104_857_600, compressionType: 'producer' });
  });

  test('tells everybody else where not to ask', () => {
    const rig = new GroupRig();
    const other = rig.coordinator('g') === 1 ? 2 : 1;
    expect(rig.commit('g', '', -1, 5, other)).toBe(ErrorCode.NOT_COORDINATOR);
    expect(rig.ask(other, apis.heartbeat, { groupId: 'g', generationId: 1, memberId: 'm' }).errorCode).toBe(ErrorCode.NOT_COORDINATOR);
    expect(rig.ask(other, apis.describeGroups, { groups: ['g'] }, 5).groups[0]?.errorCode).toBe(ErrorCode.NOT_COORDINATOR);
    expect(rig.ask(other, apis.offsetFetch, { groupId: 'g', topics: null }, 7).errorCode).toBe(ErrorCode.NOT_COORDINATOR);
  });

  test.each([true, false])('keeps committed offsets and the group through a crash (power loss: %s)', (powerLoss) => {
    const rig = new GroupRig();
    const { members, generation } = rig.stable('g', 2);
    const member = members[0] ?? '';
    expect(rig.commit('g', member, generation, 41)).toBe(0);
    expect(rig.commit('g', member, generation, 42)).toBe(0);
    const before = rig.coordinator('g');
    rig.host(before).crash({ powerLoss });
    rig.until(() => (rig.leader(rig.partitionOf('g')) ?? before) !== before, 30_000, 'another leader');
    const after = rig.coordinator('g');
    expect(after).not.toBe(before);
    expect(rig.fetch('g')).toBe(42);
    // The members go on under the new coordinator as if nothing had happened; others stay outside.
    expect(rig.heartbeat('g', member, generation)).toBe(0);
    expect(rig.commit('g', member, generation, 43)).toBe(0);
    expect(rig.commit('g', member, generation - 1, 1)).toBe(ErrorCode.ILLEGAL_GENERATION);
    expect(rig.commit('g', 'stranger', generation, 1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(rig.fetch('g')).toBe(43);
    const moves = rig.events('coordinator').filter((each) => each.event.partition === rig.partitionOf('g'));
    expect(moves.map((each) => [each.host, each.event.role])).toEqual([
      [`broker-${before}`, 'loaded'],
      [`broker-${after}`, 'loaded'],
    ]);
  });

  test('answers 16 to whoever waits when its leadership goes, and 14 while the next one loads', () => {
    const rig = new GroupRig();
    const { members, generation } = rig.stable('g', 1);
    const before = rig.coordinator('g');
    // One waits in join, since the other member does not come back.
    const waiting = rig.join('g', rig.newMember('g'));
    rig.run(500);
    expect(waiting.answer).toBeUndefined();
    let down = false;
    rig.host(before).enter(() =>
      rig.broker(before).shutDown(() => {
        down = true;
      }),
    );
    rig.until(() => waiting.answer !== undefined, 20_000, 'an answer to who waits');
    expect(waiting.answer?.errorCode).toBe(ErrorCode.NOT_COORDINATOR);
    rig.until(() => down, 20_000, 'the end of the shutdown');
    rig.host(before).stop();
    rig.coordinator('g');
    expect(rig.heartbeat('g', members[0] ?? '', generation)).toBe(0);
    const unloaded = rig.events('coordinator').find((each) => each.event.role === 'unloaded' && each.host === `broker-${before}`);
    expect(unloaded).toBeDefined();
  });

  /** A commit waits for its replicas when its coordinator is deposed, and cannot turn to it: what its client is told, and when the shard goes. */
  const deposed = (rules?: Rules) => {
    const rig = new GroupRig({ config: { offsetsCommitTimeoutMs: 60_000 }, ...(rules && { rules }) });
    expect(rig.commit('g', '', -1, 41)).toBe(0);
    const before = rig.coordinator('g');
    const cut = rig.simulator.faults.partition(
      [rig.host(before)],
      [1, 2, 3]
        .filter((id) => id !== before)
        .map((id) => rig.host(id))
        .concat(rig.controller),
    );
    const waiting = rig.begin(before, apis.offsetCommit, commitBody('g', '', -1, 42), 9);
    rig.run(500);
    expect(waiting.answer).toBeUndefined();
    rig.until(() => (rig.leader(rig.partitionOf('g')) ?? before) !== before, 30_000, 'another leader');
    // The next coordinator goes on where it was, and further than the deposed one ever came.
    for (const committed of [43, 44, 45]) expect(rig.commit('g', '', -1, committed)).toBe(0);
    // The thread that would give up the shard is busy for long.
    const busy = rig.host(before).slowLanes('requests', 20_000_000);
    rig.begin(before, apis.apiVersions, {}, 3);
    rig.run(10);
    cut.heal();
    const unloaded = () => rig.events('coordinator').filter(({ event, host }) => event.role === 'unloaded' && host === `broker-${before}`);
    rig.run(10_000);
    const { log } = rig.broker(before).replicas.byName(offsetsTopic, Number(rig.partitionOf('g').split('-').pop())) ?? {};
    expect(log?.highWatermark).toBeGreaterThan(2);
    const [told, unloads] = [waiting.answer?.topics[0]?.partitions[0]?.errorCode, unloaded().length];
    busy.heal();
    rig.run(5000);
    return { told, unloads, unloadsLater: unloaded().length, toldLater: waiting.answer?.topics[0]?.partitions[0]?.errorCode, kept: rig.fetch('g') };
  };
  test('that is deposed gives up its shard where it serves requests, and takes no other leader’s high watermark for its own', () => {
    expect(deposed()).toEqual({ told: undefined, unloads: 0, unloadsLater: 1, toldLater: ErrorCode.NOT_COORDINATOR, kept: 45 });
  });
  test('would acknowledge what is gone if it looked at offsets alone (KAFKA-20634)', () => {
    const wrong = rulesOf(defectNamed('KAFKA-20634') ?? {}).rules;
    expect(deposed(wrong)).toMatchObject({ toldLater: ErrorCode.NONE, kept: 45 });
  });

  test('loads in steps, and is no coordinator before it has read everything', () => {
    const rig = new GroupRig();
    // More than two steps of 1 MiB.
    const metadata = 'x'.repeat(4000);
    const topics = [
      { name: 'orders', partitions: [0, 1, 2, 3].map((partitionIndex) => ({ partitionIndex, committedOffset: 1, committedMetadata: metadata })) },
    ];
    const before = rig.coordinator('g');
    for (let round = 0; round < 160; round++) {
      const body = { groupId: 'g', memberId: '', generationIdOrMemberEpoch: -1, topics };
      expect(rig.ask(before, apis.offsetCommit, body, 9).topics[0]?.partitions[0]?.errorCode).toBe(0);
    }
    expect(rig.commit('g', '', -1, 77)).toBe(0);
    rig.run(1000);
    const others = [1, 2, 3].filter((id) => id !== before);
    for (const id of others) rig.host(id).slowDisk({ perOperationUs: 20_000, bytesPerSecond: 10_000_000 });
    rig.host(before).crash({ powerLoss: true });
    const seen: number[] = [];
    rig.until(
      () => {
        const leader = rig.leader(rig.partitionOf('g')) ?? before;
        if (leader === before) return false;
        const shard = rig.broker(leader).groups.shardOf('g');
        seen.push(shard.ok ? 0 : shard.error);
        return shard.ok;
      },
      60_000,
      'a loaded coordinator',
    );
    expect(seen).toContain(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    expect(rig.fetch('g')).toBe(77);
  }, 20_000);

  test('shows a commit to nobody and acknowledges it to nobody before the high watermark has passed it', () => {
    const rig = new GroupRig();
    const id = rig.coordinator('g');
    expect(rig.commit('g', '', -1, 5)).toBe(0);
    const others = [1, 2, 3].filter((each) => each !== id).map((each) => rig.host(each));
    const cut = rig.simulator.faults.partition([rig.host(id)], others);
    const commit = rig.begin(id, apis.offsetCommit, commitBody('g', '', -1, 6), 9);
    rig.run(400);
    expect(commit.answer).toBeUndefined();
    const read = (requireStable: boolean) =>
      rig.begin(id, apis.offsetFetch, { groups: [{ groupId: 'g', topics: [{ name: 'orders', partitionIndexes: [0] }] }], requireStable }, 9);
    const [plain, stable] = [read(false), read(true)];
    rig.run(400);
    expect(plain.answer?.groups[0]?.topics[0]?.partitions[0]?.committedOffset).toBe(5);
    expect(stable.answer).toBeUndefined();
    cut.heal();
    rig.until(() => commit.answer !== undefined && stable.answer !== undefined, 20_000, 'answers');
    expect(commit.answer?.topics[0]?.partitions[0]?.errorCode).toBe(0);
    expect(stable.answer?.groups[0]?.topics[0]?.partitions[0]?.committedOffset).toBe(6);
  });

  test('gives up a write after offsets.commit.timeout.ms with 15, and the write counts if it is committed later', () => {
    const rig = new GroupRig({ config: { replicaLagTimeMaxMs: 60_000, brokerSessionTimeoutMs: 60_000 } });
    const id = rig.coordinator('g');
    const others = [1, 2, 3].filter((each) => each !== id).map((each) => rig.host(each));
    const cut = rig.simulator.faults.partition([rig.host(id)], others);
    const commit = rig.begin(id, apis.offsetCommit, commitBody('g', '', -1, 6), 9);
    rig.run(4900);
    expect(commit.answer).toBeUndefined();
    rig.run(300);
    expect(commit.answer?.topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    cut.heal();
    rig.run(3000);
    expect(rig.fetch('g')).toBe(6);
  });

  test('that was cut off acknowledges nothing that its successor does not have (KAFKA-20634)', () => {
    const rig = new GroupRig();
    expect(rig.commit('g', '', -1, 5)).toBe(0);
    const before = rig.coordinator('g');
    const rest = [rig.controller, ...[1, 2, 3].filter((each) => each !== before).map((each) => rig.host(each))];
    const cut = rig.simulator.faults.partition([rig.host(before)], rest);
    const commit = rig.begin(before, apis.offsetCommit, commitBody('g', '', -1, 6), 9);
    rig.run(100);
    rig.until(
      () => {
        const leader = rig.leader(rig.partitionOf('g'));
        return leader !== undefined && leader !== before;
      },
      30_000,
      'another leader',
    );
    const after = rig.leader(rig.partitionOf('g')) ?? 0;
    rig.until(() => rig.broker(after).groups.shardOf('g').ok, 10_000, 'another coordinator');
    for (let offset = 10; offset < 15; offset++) expect(rig.commit('g', '', -1, offset, after)).toBe(0);
    cut.heal();
    rig.until(() => commit.answer !== undefined, 30_000, 'an answer');
    expect(commit.answer?.topics[0]?.partitions[0]?.errorCode).not.toBe(0);
    rig.run(5000);
    expect(rig.fetch('g')).toBe(14);
    const told = rig.events('committed').map((each) => each.event.offset);
    expect(told).toEqual([5, 10, 11, 12, 13, 14]);
  });

  test('takes back what it cannot write', () => {
    const rig = new GroupRig();
    const id = rig.coordinator('g');
    expect(rig.commit('g', '', -1, 5)).toBe(0);
    const alter = rig.ask(id, apis.incrementalAlterConfigs, {
      resources: [{ resourceType: 2, resourceName: offsetsTopic, configs: [{ name: 'min.insync.replicas', configOperation: 0, value: '3' }] }],
      validateOnly: false,
    });
    expect(alter.responses[0]?.errorCode).toBe(0);
    const lost = [1, 2, 3].find((each) => each !== id) ?? 0;
    rig.host(lost).crash({ powerLoss: true });
    const isr = () => rig.broker(id).replicas.byName(offsetsTopic, Number(rig.partitionOf('g').split('-').pop()))?.leader?.isr.length;
    rig.until(() => isr() === 2, 60_000, 'a smaller ISR');
    expect(rig.commit('g', '', -1, 6)).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    expect(rig.fetch('g')).toBe(5);
    // A new group that cannot be written down does not exist, and who made it is told.
    const sameShard = Array.from({ length: 50 }, (_, at) => `g${at}`).find((name) => rig.partitionOf(name) === rig.partitionOf('g')) ?? '';
    const join = rig.begin(
      id,
      apis.joinGroup,
      {
        groupId: sameShard,
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 10_000,
        memberId: '',
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: new Uint8Array(0) }],
      },
      3,
    );
    rig.until(() => join.answer !== undefined, 5000, 'an answer');
    expect(join.answer?.errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    expect(rig.ask(id, apis.describeGroups, { groups: [sameShard] }, 6).groups[0]?.errorCode).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
    rig.start(lost);
    rig.until(() => isr() === 3, 60_000, 'a full ISR');
    expect(rig.commit('g', '', -1, 7)).toBe(0);
    expect(rig.fetch('g')).toBe(7);
  });

  test('asks its rules whose commit counts', () => {
    const open = { ...kafkaRules, group: { ...kafkaRules.group, commitError: () => ErrorCode.NONE } };
    const rig = new GroupRig({ rules: open });
    const { members, generation } = rig.stable('g', 1);
    expect(rig.commit('g', members[0] ?? '', generation - 1, 1)).toBe(0);
  });
});
