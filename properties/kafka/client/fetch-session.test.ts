import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FetchSession, type FetchTarget } from '../../../src/kafka/client/fetch-session.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { uuidFromWords } from '../../../src/model/uuid.ts';

const id = (word: number) => uuidFromWords(word, 0, 0, 0);
const target = (index: number, fetchOffset = 0, topicWord = 1): FetchTarget => ({
  partition: topicPartition('t', index),
  topic: 't',
  topicId: id(topicWord),
  index,
  fetchOffset,
  currentLeaderEpoch: 0,
  partitionMaxBytes: 100,
});

describe('a fetch session', () => {
  test('tells everything first, then only what changed, and what is not wanted any more', () => {
    const session = new FetchSession();
    expect(session.next([target(0), target(1)], true)).toMatchObject({
      sessionId: 0,
      sessionEpoch: 0,
      told: [{ index: 0 }, { index: 1 }],
      forgotten: [],
    });
    expect(session.answered(0, 77, [target(0).partition])).toBe(true);
    expect(session.next([target(0, 5), target(1)], true)).toMatchObject({
      sessionId: 77,
      sessionEpoch: 1,
      told: [{ index: 0, fetchOffset: 5 }],
      forgotten: [],
    });
    session.answered(0, 77, []);
    expect(session.next([target(1), target(2)], true)).toMatchObject({ sessionEpoch: 2, told: [{ index: 2 }], forgotten: [{ index: 0 }] });
  });

  test('starts over after a lost answer and after every error, naming the old session for the broker to drop', () => {
    for (const [lose, sessionId] of [
      [(session: FetchSession) => session.lost(), 77],
      [(session: FetchSession) => session.answered(71, 0, []), 77],
      [(session: FetchSession) => session.answered(106, 0, []), 77],
      // The broker does not have it any more.
      [(session: FetchSession) => session.answered(70, 0, []), 0],
    ] as const) {
      const session = new FetchSession();
      session.next([target(0)], true);
      session.answered(0, 77, []);
      session.next([target(0)], true);
      lose(session);
      expect(session.next([target(0)], true)).toMatchObject({ sessionId, sessionEpoch: 0, told: [{ index: 0 }] });
    }
  });

  test('stays without a session while the broker gives none', () => {
    const session = new FetchSession();
    for (let round = 0; round < 3; round++) {
      expect(session.next([target(0)], true)).toMatchObject({ sessionId: 0, sessionEpoch: 0, told: [{ index: 0 }] });
      session.answered(0, 0, []);
    }
    expect(session.end()).toBeUndefined();
  });

  test('does not count an answer that speaks of partitions it did not ask for', () => {
    const session = new FetchSession();
    session.next([target(0)], true);
    expect(session.answered(0, 77, [target(9).partition])).toBe(false);
    expect(session.next([target(0)], true).sessionEpoch).toBe(0);
  });

  test('starts over when topics come to be named by id', () => {
    const session = new FetchSession();
    session.next([target(0)], false);
    session.answered(0, 77, []);
    expect(session.next([target(0)], true)).toMatchObject({ sessionId: 77, sessionEpoch: 0, told: [{ index: 0 }] });
  });

  test('forgets a topic by its old id when it was made anew', () => {
    const session = new FetchSession();
    session.next([target(0, 9, 1)], true);
    session.answered(0, 77, []);
    const next = session.next([target(0, 0, 2)], true);
    expect(next.told.map(({ topicId }) => topicId)).toEqual([id(2)]);
    expect(next.forgotten.map(({ topicId }) => topicId)).toEqual([id(1)]);
  });

  test('lets a broker that only knows what it was told serve exactly what the consumer wants', () => {
    const wanted = fc.array(fc.uniqueArray(fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 3 })), { selector: ([index]) => index }), {
      minLength: 1,
      maxLength: 12,
    });
    const fates = fc.infiniteStream(fc.constantFrom('answer', 'answer', 'answer', 'lost', 'forgets'));
    fc.assert(
      fc.property(wanted, fates, (rounds, fate) => {
        const session = new FetchSession();
        let broker: { id: number; epoch: number; partitions: Map<number, number> } | undefined;
        let nextId = 1;
        for (const round of rounds) {
          const targets = round.map(([index, at]) => target(index, at));
          const request = session.next(targets, true);
          const ends = fate.next().value;
          if (ends === 'forgets') broker = undefined;
          if (request.sessionEpoch === 0) broker = { id: nextId++, epoch: 0, partitions: new Map() };
          if (request.sessionEpoch !== 0 && broker?.id !== request.sessionId) {
            expect(session.answered(70, 0, [])).toBe(false);
            continue;
          }
          if (broker === undefined) throw new Error('a full fetch makes a session');
          expect(request.sessionEpoch).toBe(broker.epoch++);
          for (const { index, fetchOffset } of request.told) broker.partitions.set(index, fetchOffset);
          for (const { index } of request.forgotten) broker.partitions.delete(index);
          expect([...broker.partitions].toSorted()).toEqual(round.map(([index, at]) => [index, at]).toSorted());
          if (ends === 'lost') session.lost();
          else session.answered(0, broker.id, []);
        }
      }),
    );
  });
});
