/** The order in which a produced batch is judged, and what is remembered of it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kafkaProducerRules, type ProducerEntry, rememberedBatches, type SequencedBatch } from '../../../src/kafka/rules/producer.ts';
import { offset } from '../../../src/model/brand.ts';
import { maxSequence, sequenceAfter, sequenceBefore } from '../../../src/protocol/records/sequence.ts';

const { checkSequence, afterAppend, expired, usableSnapshots } = kafkaProducerRules;
const batch = (epoch: number, firstSequence: number, count = 1): SequencedBatch => ({
  producerId: 7,
  epoch,
  firstSequence,
  lastSequence: sequenceAfter(firstSequence, count - 1),
  transactional: false,
  marker: undefined,
});
const put = (entry: ProducerEntry | undefined, what: SequencedBatch, at: number, timestampMs = at): ProducerEntry | undefined =>
  afterAppend(entry, { ...what, firstOffset: offset(at), lastOffset: offset(at + what.lastSequence - what.firstSequence), timestampMs }, 'leader');
/** Batches of one record each, from this sequence on. */
const written = (epoch: number, from: number, count: number): ProducerEntry | undefined => {
  let entry: ProducerEntry | undefined;
  for (let index = 0; index < count; index++) entry = put(entry, batch(epoch, sequenceAfter(from, index)), 100 + index);
  return entry;
};
const nobody: ProducerEntry = { producerId: 7, epoch: -1, batches: [], lastTimestampMs: 0, txnFirstOffset: undefined, coordinatorEpoch: -1 };
const refused = (error: number) => ({ type: 'refused', error });

describe('a produced batch', () => {
  test('of a producer that nobody knows is taken, whatever its sequence', () => {
    fc.assert(
      fc.property(fc.nat(0x7fff), fc.nat(maxSequence), (epoch, first) => {
        expect(checkSequence(undefined, batch(epoch, first)).type).toBe('append');
        expect(checkSequence(nobody, batch(epoch, first)).type).toBe('append');
      }),
    );
  });
  test('is a duplicate exactly while it is among the last five, and then gets its place and its time', () => {
    const entry = written(0, 0, 9);
    for (let sequence = 0; sequence < 9; sequence++) {
      const verdict = checkSequence(entry, batch(0, sequence));
      if (sequence < 9 - rememberedBatches) expect(verdict).toEqual(refused(45));
      else expect(verdict).toMatchObject({ type: 'duplicate', batch: { firstOffset: 100 + sequence, timestampMs: 100 + sequence } });
    }
  });
  test('that covers a known one only in part is no duplicate', () => {
    const entry = put(undefined, batch(0, 0, 5), 0);
    for (const [first, count] of [
      [0, 4],
      [0, 6],
      [1, 4],
    ] as const)
      expect(checkSequence(entry, batch(0, first, count))).toEqual(refused(45));
  });
  test('of the same epoch must be the next one, also over the end of all sequences', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(maxSequence), fc.integer({ min: maxSequence - 3, max: maxSequence })), fc.nat(5), (from, ahead) => {
        const entry = put(undefined, batch(0, from), 0);
        const next = sequenceAfter(from, 1 + ahead);
        expect(checkSequence(entry, batch(0, next))).toEqual(ahead === 0 ? { type: 'append' } : refused(45));
        expect(sequenceBefore(next, 1 + ahead)).toBe(from);
      }),
    );
  });
  test('of an older epoch is fenced, even where its sequence would fit, and of a newer one must begin with 0', () => {
    const entry = written(3, 0, 2);
    expect(checkSequence(entry, batch(2, 2))).toEqual(refused(47));
    expect(checkSequence(entry, batch(2, 0))).toEqual(refused(47));
    expect(checkSequence(entry, batch(4, 0))).toEqual({ type: 'append' });
    expect(checkSequence(entry, batch(4, 2))).toEqual(refused(45));
  });
  test('of a new epoch makes the old ones forgotten', () => {
    const entry = put(written(0, 0, 3), batch(1, 0), 200);
    expect(entry?.batches.map((known) => known.firstOffset)).toEqual([200]);
    expect(checkSequence(entry, batch(1, 1)).type).toBe('append');
  });
  test('is written once, and in order, however often and in whatever order it is sent', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ epoch: fc.nat(2), first: fc.nat(6) }), { maxLength: 60 }), (sent) => {
        let entry: ProducerEntry | undefined;
        const log: string[] = [];
        for (const { epoch, first } of sent) {
          // From its beginning, so that nothing is taken for want of knowledge.
          const what = batch(epoch, entry === undefined ? 0 : first);
          const verdict = checkSequence(entry, what);
          if (verdict.type === 'duplicate') expect(log[verdict.batch.firstOffset]).toBe(`${epoch}:${what.firstSequence}`);
          if (verdict.type !== 'append') continue;
          entry = put(entry, what, log.length);
          log.push(`${epoch}:${what.firstSequence}`);
        }
        expect(log).toEqual([...new Set(log)].toSorted());
      }),
    );
  });
});

test('a producer is forgotten when it has been silent for the whole time, and no sooner', () => {
  const entry = put(undefined, batch(0, 0), 0, 5000);
  if (entry === undefined) expect.fail('remembered');
  expect([expired(entry, 5999, 1000), expired(entry, 6000, 1000)]).toEqual([false, true]);
});

test('the newest snapshot within the log comes first; those at its start, below or above its end do not count', () => {
  const at = [5, 10, 20, 30, 31].map(offset);
  expect(usableSnapshots(at, offset(5), offset(30))).toEqual([30, 20, 10]);
  expect(usableSnapshots(at, offset(30), offset(30))).toEqual([]);
});
