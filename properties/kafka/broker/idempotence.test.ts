/** What running brokers make of sequences: a repetition is answered as the first time, a gap and an old epoch are refused, also by the next leader. */
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../src/model/error-code.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { apis } from '../../../src/protocol/apis.ts';
import { encodeBatch } from '../../../src/protocol/records/encode.ts';
import { Rig } from './rig.ts';

const orders = topicPartition('orders', 0);
const startMs = 1_767_225_600_000;

function cluster(): Rig {
  const rig = new Rig({ config: {} });
  rig.ready();
  rig.createTopic({ name: 'orders', numPartitions: 1, replicationFactor: 3, configs: new Map([['min.insync.replicas', '2']]) });
  rig.until(() => rig.leader(orders) !== undefined, 30_000, 'a leader');
  return rig;
}

function produce(
  rig: Rig,
  producerEpoch: number,
  baseSequence: number,
  count = 1,
): { readonly errorCode: ErrorCode | number; readonly baseOffset: number; readonly logAppendTimeMs: number } {
  const records = Array.from({ length: count }, () => ({ key: null, value: new Uint8Array([baseSequence]), timestampMs: startMs + baseSequence }));
  const batch = encodeBatch({ records, producerId: 4000, producerEpoch, baseSequence });
  const body = { acks: -1, timeoutMs: 5000, topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batch }] }] };
  const partition = rig.ask(rig.leader(orders) ?? 0, apis.produce, body, 12).responses[0]?.partitionResponses[0];
  if (partition === undefined) throw new Error('no answer');
  const { errorCode, baseOffset, logAppendTimeMs } = partition;
  return { errorCode, baseOffset, logAppendTimeMs };
}

const written = (baseOffset: number) => ({ errorCode: 0, baseOffset, logAppendTimeMs: -1 });
const again = (sequence: number) => ({ errorCode: 0, baseOffset: sequence, logAppendTimeMs: startMs + sequence });
const refused = (errorCode: number) => ({ errorCode, baseOffset: -1, logAppendTimeMs: -1 });
const end = (rig: Rig) => rig.broker(rig.leader(orders) ?? 0).replicas.byName('orders', 0)?.log?.logEndOffset;

describe('a leader', () => {
  test('answers each of the last five batches again with its offset and time, writes nothing, and refuses what is older or too early', () => {
    const rig = cluster();
    for (let sequence = 0; sequence < 7; sequence++) expect(produce(rig, 0, sequence)).toEqual(written(sequence));
    for (const sequence of [6, 2, 4]) expect(produce(rig, 0, sequence)).toEqual(again(sequence));
    for (const sequence of [1, 8]) expect(produce(rig, 0, sequence)).toEqual(refused(45));
    expect(end(rig)).toBe(7);
    expect(produce(rig, 1, 7)).toEqual(refused(45));
    expect(produce(rig, 1, 0)).toEqual(written(7));
    expect(produce(rig, 0, 7)).toEqual(refused(47));
    expect(end(rig)).toBe(8);
  });

  test('that took over knows the producers of the one before, and so does one that lost its power', () => {
    const rig = cluster();
    for (let sequence = 0; sequence < 3; sequence++) produce(rig, 0, sequence);
    const first = rig.leader(orders) ?? 0;
    rig.host(first).crash({ powerLoss: true });
    rig.until(() => rig.leader(orders) !== undefined && rig.leader(orders) !== first, 60_000, 'another leader');
    for (const sequence of [0, 1, 2]) expect(produce(rig, 0, sequence)).toEqual(again(sequence));
    expect(produce(rig, 0, 4)).toEqual(refused(45));
    expect(produce(rig, 0, 3)).toEqual(written(3));
    rig.start(first);
    rig.until(() => rig.broker(first).replicas.byName('orders', 0)?.log?.logEndOffset === 4, 60_000, 'caught up');
    const known = rig.broker(first).replicas.byName('orders', 0)?.log?.producers.entries.get(4000);
    expect(known?.batches.map((batch) => batch.firstSequence)).toEqual([0, 1, 2, 3]);
  });
});

test('a follower appends what its leader accepted, although its own memory says otherwise (KAFKA-6003)', () => {
  const rig = cluster();
  produce(rig, 0, 0);
  const leader = rig.leader(orders) ?? 0;
  // The leader alone forgets, as after an expiry that the followers have not come to yet.
  rig.broker(leader).replicas.byName('orders', 0)?.log?.producers.expire(Number.MAX_SAFE_INTEGER);
  expect(produce(rig, 0, 5)).toEqual(written(1));
  for (const id of [1, 2, 3]) rig.until(() => rig.broker(id).replicas.byName('orders', 0)?.log?.logEndOffset === 2, 10_000, 'replicated');
  rig.run(1000);
  for (const id of [1, 2, 3])
    expect(rig.broker(id).replicas.byName('orders', 0)?.log?.producers.entries.get(4000)?.batches.at(-1)?.firstSequence).toBe(5);
});
