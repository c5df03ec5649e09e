/** DeleteRecords moves the log start of every live replica before it is answered, never beyond what is committed; refusals say why. */
import { beforeEach, describe, expect, test } from 'vitest';
import { replicationRules } from '../../../src/kafka/rules/replication.ts';
import { kafkaRules, type Rules } from '../../../src/kafka/rules/rules.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { apis } from '../../../src/protocol/apis.ts';
import { Rig } from './rig.ts';

const orders = topicPartition('orders', 0);
let rig: Rig;
let leader: number;

function start(rules: Rules = kafkaRules): void {
  rig = new Rig({ rules });
  rig.ready();
  rig.createTopic({ name: 'orders', numPartitions: 1, replicationFactor: 3 });
  rig.createTopic({ name: 'table', numPartitions: 1, replicationFactor: 3, configs: new Map([['cleanup.policy', 'compact']]) });
  leader = rig.leader(orders) ?? 0;
  const producer = rig.producer('all');
  for (let index = 0; index < 10; index++) {
    const sent = rig.send(producer, 'orders', `value ${index}`);
    rig.until(() => sent.outcome !== undefined, 5000, 'a send');
  }
}

beforeEach(() => start());

function deleteBelow(
  offset: number,
  options: { readonly at?: number; readonly topic?: string; readonly index?: number; readonly timeoutMs?: number } = {},
) {
  const { at = leader, topic = 'orders', index = 0, timeoutMs = 5000 } = options;
  const answer = rig.ask(at, apis.deleteRecords, { topics: [{ name: topic, partitions: [{ partitionIndex: index, offset }] }], timeoutMs });
  const partition = answer.topics[0]?.partitions[0];
  if (partition === undefined) throw new Error('no answer for the partition');
  return partition;
}

const followers = (): readonly number[] => [1, 2, 3].filter((id) => id !== leader);
const logStart = (id: number): number | undefined => rig.broker(id).replicas.byName('orders', 0)?.log?.logStartOffset;

describe('records below an offset', () => {
  test('are gone on every replica when it is answered, and consumers begin above', () => {
    expect(deleteBelow(4)).toMatchObject({ errorCode: ErrorCode.NONE, lowWatermark: 4 });
    expect([1, 2, 3].map(logStart)).toEqual([4, 4, 4]);
    expect(rig.consume('orders', 6)[0]).toEqual([4, 'value 4']);
  });

  test('are all that is committed with -1, and asking for less afterwards changes nothing', () => {
    expect(deleteBelow(-1)).toMatchObject({ errorCode: ErrorCode.NONE, lowWatermark: 10 });
    expect(deleteBelow(3)).toMatchObject({ errorCode: ErrorCode.NONE, lowWatermark: 10 });
  });

  test('stay with a follower that does not answer: the client waits for it until the time is up', () => {
    rig.host(followers()[0] ?? 0).pause();
    expect(deleteBelow(4, { timeoutMs: 1000 })).toMatchObject({ errorCode: ErrorCode.REQUEST_TIMED_OUT });
    expect(logStart(leader)).toBe(4);
  });

  test('are not waited for on a broker that is fenced', () => {
    const down = followers()[0] ?? 0;
    rig.host(down).crash({ powerLoss: false });
    rig.until(() => rig.broker(leader).image.brokers.get(rig.broker(down).config.nodeId)?.fenced === true, 30_000, 'a fenced broker');
    expect(deleteBelow(6)).toMatchObject({ errorCode: ErrorCode.NONE, lowWatermark: 6 });
  });

  test('are answered as deleted only when a follower has dropped them: a low watermark that forgets followers is seen', () => {
    start({ ...kafkaRules, replication: { ...replicationRules, lowWatermark: (logStartOffset) => logStartOffset } });
    rig.host(followers()[0] ?? 0).pause();
    expect(deleteBelow(4, { timeoutMs: 1000 }).errorCode).toBe(ErrorCode.NONE);
  });
});

describe('a request is refused', () => {
  test('above the high watermark and below zero', () => {
    expect(deleteBelow(11).errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
    expect(deleteBelow(-2).errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
    expect(logStart(leader)).toBe(0);
  });

  test('where nothing is deleted by policy', () => {
    const table = rig.leader(topicPartition('table', 0)) ?? 0;
    expect(deleteBelow(0, { at: table, topic: 'table' })).toMatchObject({ errorCode: ErrorCode.POLICY_VIOLATION, lowWatermark: -1 });
  });

  test('by a follower, and for a partition that nobody has', () => {
    expect(deleteBelow(1, { at: followers()[0] ?? 0 }).errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    expect(deleteBelow(1, { index: 5 }).errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(deleteBelow(1, { topic: 'nobody' }).errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });
});
