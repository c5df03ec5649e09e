/** What compaction may take: logs are judged by record, histories by what later records of a key overtake, and other topics as ever. */
import { describe, expect, test } from 'vitest';
import type { BatchSummary } from '../../../src/io/node-event.ts';
import { offset } from '../../../src/model/brand.ts';
import { checkHistory } from '../../../src/simulation/checker/history/check-history.ts';
import type { StoredBatch, StoredRecord } from '../../../src/simulation/checker/state/compacted.ts';
import { History } from '../../../src/simulation/history/history.ts';
import type { FinalReadOperation, PollOperation, SendOperation } from '../../../src/simulation/history/operation.ts';
import { batch, orders, Stage } from './stage.ts';

/** `a` and `b` are keys; in capitals their tombstones; a space is an offset whose record is gone. */
const holding = (summary: BatchSummary, letters: string): StoredBatch => ({
  ...summary,
  // Fewer records have another checksum.
  crc: summary.crc + (letters.includes(' ') ? letters.length : 0),
  records: [...letters].flatMap((letter, index): StoredRecord[] =>
    letter === ' '
      ? []
      : [{ offset: summary.base + index, key: letter.toLowerCase(), tombstone: letter !== letter.toLowerCase(), hash: letter.charCodeAt(0) }],
  ),
});
const first = holding(batch(0, 2, 0), 'aba');
const second = holding(batch(3, 5, 0), 'aCc');
const third = holding(batch(6, 7, 0), 'ac');

/** Three replicas hold all that was written, and all of it is committed but what is said. */
class Compacting {
  readonly logs = new Map<number, readonly StoredBatch[]>();
  readonly stage: Stage;

  constructor(written: readonly StoredBatch[], committed: number, deleteRetentionMs = 1000) {
    this.stage = new Stage({
      compaction: {
        deleteRetentionMs: () => deleteRetentionMs,
        stored: (host) => this.logs.get(host) ?? [],
        batchAt: (host, _partition, base) => this.logs.get(host)?.find((each) => each.base === base),
      },
    });
    this.stage.controller(1, 0, 0, [1, 2]);
    this.stage.role(1, 'leader', 0, 1);
    for (const host of [2, 3]) this.stage.role(host, 'follower', 0, 1);
    this.stage.isr(1, [1, 2]);
    for (const host of [1, 2]) this.append(host, ...written);
    for (const host of [1, 2]) this.stage.highWatermark(host, committed);
  }

  append(host: number, ...batches: readonly StoredBatch[]): void {
    for (const each of batches) {
      this.logs.set(host, [...(this.logs.get(host) ?? []), each]);
      const { records: _, ...summary } = each;
      this.stage.append(host, summary);
    }
  }

  clean(host: number, ...left: readonly StoredBatch[]): void {
    this.logs.set(host, left);
    this.stage.tell(host, { type: 'cleaned', partition: orders, from: offset(0), to: offset(6) });
  }

  get reported(): readonly string[] {
    return this.stage.reported;
  }
}

describe('a replica that is compacted', () => {
  test('lacks what later committed records overtake, and holds what all others hold', () => {
    const cluster = new Compacting([first, second, third], 8);
    cluster.clean(1, holding(first, ' b '), third);
    cluster.clean(2, holding(first, ' ba'), holding(second, '  c'), third);
    cluster.stage.audit([
      [1, [holding(first, ' b '), third]],
      [2, cluster.logs.get(2) ?? []],
    ]);
    expect(cluster.reported).toEqual([]);
  });

  test('does not lack the last record of a key', () => {
    const cluster = new Compacting([first, second, third], 8);
    cluster.clean(1, holding(first, '  a'), second, third);
    expect(cluster.reported).toEqual(['finding CompactedPrefix']);
  });

  test('does not lack a record for one that is not committed', () => {
    const cluster = new Compacting([first, second, third], 6);
    cluster.clean(1, holding(first, ' b '), holding(second, ' Cc'), third);
    expect(cluster.reported).toEqual(['finding RetentionBounds']);
  });

  test('does not lack a record whose later one was cut off', () => {
    const cluster = new Compacting([first, second, third], 6);
    cluster.logs.set(2, [holding(first, ' b '), holding(second, ' Cc')]);
    cluster.stage.truncate(2, 8, 6);
    expect(cluster.reported).toEqual(['finding CompactedPrefix']);
  });

  test('holds no record that is not what was written', () => {
    const cluster = new Compacting([first, second, third], 8);
    cluster.clean(1, { ...first, records: [{ offset: 2, key: 'a', tombstone: false, hash: 1 }] }, third);
    expect(cluster.reported).toContain('finding CompactedPrefix');
  });

  test.each([
    [1, []],
    [1_000_000, ['finding CompactedPrefix']],
  ])('with delete.retention.ms %i lacks a tombstone when that is over', (deleteRetentionMs, reported) => {
    const cluster = new Compacting([first, holding(second, 'aCa'), holding(third, 'aa')], 8, deleteRetentionMs);
    cluster.clean(1, holding(first, ' b '), holding(third, ' a'));
    expect(cluster.reported).toEqual(reported);
  });

  test('is opened with what compaction left', () => {
    const cluster = new Compacting([first, second, third], 8);
    const left = [holding(first, ' b '), third];
    cluster.clean(1, ...left);
    cluster.stage.crash(1, false);
    cluster.stage.restart(1);
    cluster.stage.recovered(1, left);
    expect(cluster.reported).toEqual([]);
    cluster.stage.crash(1, false);
    cluster.stage.restart(1);
    cluster.logs.set(1, [third]);
    cluster.stage.recovered(1, [third]);
    expect(cluster.reported).toEqual(['finding CompactedPrefix']);
  });
});

describe('a follower of a compacted leader', () => {
  test('holds the history of what it got, gaps and all, and may lead', () => {
    const cluster = new Compacting([first, second, third], 8);
    cluster.append(3, holding(first, ' b '), third);
    cluster.stage.isr(1, [1, 2], [1, 2, 3]);
    cluster.stage.controller(1, 0, 1, [1, 2, 3]);
    cluster.stage.controller(3, 1, 2, [1, 2, 3]);
    cluster.stage.role(3, 'leader', 1, 3);
    expect(cluster.reported).toEqual([]);
  });

  test('does not get a batch that is none of those written there', () => {
    const cluster = new Compacting([first, second, third], 8);
    cluster.append(3, holding({ ...first, crc: 5 }, 'ab '), holding({ ...third, crc: 6 }, 'cc'));
    expect(cluster.reported).toContain('finding EpochOffsetUnique');
  });

  test('has no gap where the topic is not compacted', () => {
    const stage = Stage.settled();
    stage.role(3, 'follower', 0, 1);
    stage.truncate(3, 20, 0);
    stage.append(3, batch(10, 19, 0));
    expect(stage.reported).toContain('finding LogMatching');
  });
});

/** Sends `key` at each offset, then polls and reads at last what is listed. `weak`: a leader alone acknowledged another record there. */
function told(sent: readonly string[], polled: readonly number[], readAtLast: readonly number[], compacted = true, weak?: number): readonly string[] {
  let nowUs = 0;
  const history = new History(() => ++nowUs);
  const [producer, reader, last] = [history.process('p', { idempotent: true, maxInFlight: 1 }), history.process('c'), history.process('final')];
  for (const [at, key] of sent.entries()) {
    const tombstone = key !== key.toLowerCase();
    const operation = { type: 'send' as const, topic: 'orders', partition: undefined, key: key.toLowerCase(), value: `v${at}`, acks: -1 };
    const send = history.invoke<SendOperation>(producer, tombstone ? { ...operation, tombstone } : operation);
    history.ok(send, { type: 'send', partition: orders, offset: offset(at) });
  }
  if (weak !== undefined) {
    const other = history.process('q', { idempotent: true, maxInFlight: 1 });
    const send = history.invoke<SendOperation>(other, { type: 'send', topic: 'orders', partition: undefined, key: 'w', value: 'weak', acks: 1 });
    history.ok(send, { type: 'send', partition: orders, offset: offset(weak) });
  }
  const records = (offsets: readonly number[]) => offsets.map((at) => ({ partition: orders, offset: offset(at), value: `v${at}` }));
  history.ok(history.invoke<PollOperation>(reader, { type: 'poll' }), { type: 'poll', records: records(polled) });
  const final = history.invoke<FinalReadOperation>(last, { type: 'finalRead', partition: orders });
  history.ok(final, { type: 'finalRead', start: offset(0), end: offset(sent.length), records: records(readAtLast) });
  const findings = checkHistory(history, { lossExcuse: () => undefined, deletedBelow: () => 0 }, undefined, undefined, () =>
    compacted ? 1 : undefined,
  );
  return [...new Set(findings.filter(({ verdict }) => verdict === 'finding').map(({ anomaly }) => anomaly))].sort();
}

describe('who reads a compacted topic', () => {
  test('misses what later records of the key overtake', () => expect(told(['a', 'b', 'a', 'a'], [0, 1, 3], [1, 3])).toEqual([]));
  test('misses no less where another leader had acknowledged something else there', () => {
    expect(told(['a', 'b', 'a', 'a'], [0, 1, 3], [1, 3], true, 2)).toEqual([]);
    expect(told(['a', 'b', 'b', 'a'], [0, 1, 3], [1, 3], true, 2)).toContain('int-poll-skip');
  });
  test('gets the last record of each key', () => {
    expect(told(['a', 'b', 'a', 'a'], [0, 1, 2, 3], [3])).toEqual(['lost-write']);
    expect(told(['a', 'b', 'a', 'a'], [0, 2, 3], [2, 3])).toEqual(['int-poll-skip', 'lost-write', 'unseen']);
  });
  test('does not go back', () => expect(told(['a', 'a'], [1, 0], [1])).toEqual(['int-nonmonotonic-poll']));
  test('gets a tombstone that is not old', () => expect(told(['a', 'A'], [0], [])).toEqual(['lost-write', 'unseen']));
  test('misses nothing where the topic is not compacted', () => {
    expect(told(['a', 'b', 'a', 'a'], [0, 1, 3], [1, 3], false)).toEqual(['int-poll-skip', 'lost-write', 'unseen']);
  });
});
