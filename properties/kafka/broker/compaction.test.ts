/** A compacted topic on a cluster: every replica compacts its own log, and readers and followers get the newest record of each key. */
import { expect, test } from 'vitest';
import type { PartitionLog } from '../../../src/kafka/log/partition-log.ts';
import { offset } from '../../../src/model/brand.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { apis } from '../../../src/protocol/apis.ts';
import { encodeBatch } from '../../../src/protocol/records/encode.ts';
import { splitBatches } from '../../../src/protocol/records/split.ts';
import { Rig } from './rig.ts';

const table = topicPartition('table', 0);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** How many records a log holds. */
function recordsOf(log: PartitionLog | undefined): number {
  let count = 0;
  for (let from: number = 0; log !== undefined && from < log.logEndOffset; ) {
    const slice = log.read(offset(from), log.logEndOffset, Number.MAX_SAFE_INTEGER, true);
    if (!slice.ok) throw new Error(`failed: ${slice.error}`);
    const bytes = new Uint8Array(slice.value.byteLength);
    slice.value.readInto(bytes);
    const batches = splitBatches(bytes);
    if (!batches.ok) throw new Error(batches.error.message);
    for (const batch of batches.value) count += batch.recordCount;
    from = slice.value.nextOffset;
  }
  return count;
}

test('each replica compacts its log, a reader from the beginning sees each key’s newest value, and a new replica catches up from the gaps', () => {
  const rig = new Rig({ config: { logCleanerBackoffMs: 500 } });
  rig.ready();
  const configs = new Map([
    ['cleanup.policy', 'compact'],
    ['internal.segment.bytes', '200'],
    ['max.message.bytes', '200'],
    ['min.cleanable.dirty.ratio', '0.1'],
  ]);
  rig.createTopic({ name: 'table', numPartitions: 1, replicationFactor: 3, configs });
  const leader = rig.leader(table) ?? 0;
  const down = leader === 1 ? 2 : 1;
  rig.host(down).crash({ powerLoss: true });
  for (let round = 0; round < 10; round++)
    for (const key of ['a', 'b', 'c']) {
      const records = encodeBatch({ records: [{ key: text(key), value: text(`${key}${round}`), timestampMs: rig.clientWorld.clock.wallMs() }] });
      const answer = rig.ask(
        leader,
        apis.produce,
        { acks: 1, timeoutMs: 1000, topicData: [{ name: 'table', partitionData: [{ index: 0, records }] }] },
        12,
      );
      expect(answer.responses[0]?.partitionResponses[0]?.errorCode).toBe(0);
    }
  const logOf = (id: number) => rig.broker(id).replicas.byName('table', 0)?.log;
  rig.until(() => (logOf(leader)?.cleanedTo ?? 0) >= 20, 40_000, 'a compaction');
  rig.start(down);
  rig.until(() => logOf(down)?.logEndOffset === 30, 30_000, 'the replica that was down');
  const stored = recordsOf(logOf(leader));
  expect(stored).toBeLessThan(15);
  const read = rig.consume('table', stored);
  const newest = new Map(read.map(([, value]) => [value[0], value]));
  expect([...newest.values()].sort()).toEqual(['a9', 'b9', 'c9']);
  rig.until(() => [1, 2, 3].every((id) => (logOf(id)?.cleanedTo ?? 0) >= 20), 40_000, 'every replica compacted');
});
