/** Under idempotence a duplicate or a reorder is a finding, unless the protocol leaves room for exactly this one. */
import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/model/brand.ts';
import { Clients, careful, orders, plain, safe } from './clients.ts';

const ok = (at: number) => ({ type: 'send' as const, partition: orders, offset: offset(at) });

describe('an idempotent producer', () => {
  test('that wrote a record twice is a finding, whatever was given up long before or after', () => {
    const clients = new Clients(safe).send('first', 0);
    clients.history.info(clients.start('before'), 'REQUEST_TIMED_OUT', orders);
    clients.send('a', 3).poll(['first', 0], ['before', 1], ['a', 2], ['a', 3]);
    clients.history.info(clients.start('after'), 'REQUEST_TIMED_OUT', orders);
    expect(clients.judged).toContain('finding duplicate');
  });

  test('may write a record twice that was open when one before it was given up, in the same partition', () => {
    const clients = new Clients(safe).send('first', 0);
    const [a, b] = [clients.start('a'), clients.start('b')];
    clients.history.info(a, 'REQUEST_TIMED_OUT', orders);
    clients.history.ok(b, ok(3));
    clients.poll(['first', 0], ['a', 1], ['b', 2], ['b', 3]);
    expect(clients.judged).toEqual(['excused duplicate']);
    expect(clients.findings[0]?.reason).toContain('KIP-360');
  });

  test('may not because one behind it was given up, or one before it that went nowhere known', () => {
    const behind = new Clients(safe).send('first', 0);
    const [a, b] = [behind.start('a'), behind.start('b')];
    behind.history.info(b, 'REQUEST_TIMED_OUT', orders);
    behind.history.ok(a, ok(2));
    behind.poll(['first', 0], ['a', 1], ['a', 2]);
    expect(behind.judged).toContain('finding duplicate');
    const nowhere = new Clients(safe).send('first', 0);
    const [c, d] = [nowhere.start('c'), nowhere.start('d')];
    nowhere.history.info(c, 'REQUEST_TIMED_OUT');
    nowhere.history.ok(d, ok(2));
    nowhere.poll(['first', 0], ['d', 1], ['d', 2]);
    expect(nowhere.judged).toContain('finding duplicate');
  });

  test('may write its first records of a partition in another order, but no later ones', () => {
    const early = new Clients(safe);
    const [a, b] = [early.start('a'), early.start('b')];
    early.history.ok(b, ok(0));
    early.history.ok(a, ok(1));
    early.final(0, 2, ['b', 0], ['a', 1]);
    expect(early.judged).toEqual(['excused nonmonotonic-send']);
    expect(early.findings[0]?.reason).toContain('KAFKA-14359');
    const late = new Clients(safe).send('first', 0);
    const [c, d] = [late.start('c'), late.start('d')];
    late.history.ok(d, ok(1));
    late.history.ok(c, ok(2));
    late.final(0, 3, ['first', 0], ['d', 1], ['c', 2]);
    expect(late.judged).toEqual(['finding nonmonotonic-send']);
  });

  test('that gave a record up may have written it in its order or not at all, not behind a later one', () => {
    const story = (...log: readonly (readonly [string, number])[]) => {
      const clients = new Clients(safe).send('first', 0);
      clients.history.info(clients.start('given up'), 'REQUEST_TIMED_OUT', orders);
      return clients.send('later', log.find(([value]) => value === 'later')?.[1] ?? -1).final(0, 3, ['first', 0], ...log).judged;
    };
    expect(story(['later', 1], ['given up', 2])).toEqual(['finding nonmonotonic-send']);
    expect(story(['given up', 1], ['later', 2])).toEqual([]);
    expect(story(['later', 1])).toEqual([]);
    const careless = new Clients(careful).send('first', 0).times('given up').send('later', 1);
    expect(careless.final(0, 3, ['first', 0], ['later', 1], ['given up', 2]).judged).toEqual([]);
  });

  describe('whose records lay in the log of a leader that stopped in order', () => {
    /** a, b and c were written at 1, 2 and 3 and not answered; then a leader with the log below `end` writes the retries at 4, 5 and 6. */
    const story = (end: number | undefined, ...log: readonly (readonly [string, number])[]): readonly string[] => {
      const clients = new Clients(safe).send('first', 0);
      const open = ['a', 'b', 'c'].map((value) => clients.start(value));
      if (end !== undefined) clients.reopen(end);
      for (const [at, invocation] of open.entries()) clients.history.ok(invocation, ok(4 + at));
      clients.poll(['first', 0], ...log);
      return clients.judged;
    };
    const twice = [
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['a', 4],
      ['b', 5],
      ['c', 6],
    ] as const;
    test('may write all that were open twice when the snapshot hides one of them', () => {
      expect(story(4, ...twice)).toEqual(['excused duplicate']);
      expect(story(undefined, ...twice)).toContain('finding duplicate');
    });
    test('may not where the snapshot knows the record, or had none of them', () => {
      expect(story(2, ...twice)).toContain('finding duplicate');
      expect(story(1, ...twice)).toContain('finding duplicate');
    });
    test('may write again what was open behind a record that compaction hides from the leader, and nothing else', () => {
      const compacted = (hides: boolean): readonly string[] => {
        const clients = new Clients(safe).send('first', 0);
        const open = ['a', 'b'].map((value) => clients.start(value));
        if (hides) clients.compact(3);
        for (const [at, invocation] of open.entries()) clients.history.ok(invocation, ok(3 + at));
        return clients.poll(['first', 0], ['b', 2], ['a', 3], ['b', 4]).judged;
      };
      expect(compacted(true)).toEqual(['excused duplicate']);
      expect(compacted(false)).toContain('finding duplicate');
      const alone = new Clients(safe).send('first', 0).send('a', 1).compact(3);
      expect(alone.send('b', 3).poll(['first', 0], ['a', 1], ['b', 2], ['b', 3]).judged).toContain('finding duplicate');
    });
    test('may not once it had the answer', () => {
      const answered = new Clients(safe).send('first', 0).send('a', 1).send('b', 2).reopen(3);
      expect(answered.poll(['first', 0], ['a', 1], ['b', 2], ['a', 3]).judged).toContain('finding duplicate');
    });
    test('may not before that leader led', () => {
      const story = (leads: 'before the answers' | 'after them'): readonly string[] => {
        const clients = new Clients(safe).send('first', 0);
        const open = ['a', 'b'].map((value) => clients.start(value));
        if (leads === 'before the answers') clients.reopen(3);
        for (const [at, invocation] of open.entries()) clients.history.ok(invocation, ok(3 + at));
        if (leads === 'after them') clients.reopen(3);
        return clients.poll(['first', 0], ['a', 1], ['b', 2], ['a', 3], ['b', 4]).judged;
      };
      expect(story('before the answers')).toEqual(['excused duplicate']);
      expect(story('after them')).toContain('finding duplicate');
    });
  });

  test('may write a record again that the log forgot with its producer, until it has another one of it', () => {
    const during = new Clients(safe).send('first', 0);
    const sent = during.start('a');
    during.forget().history.ok(sent, ok(2));
    during.poll(['first', 0], ['a', 1], ['a', 2]);
    expect(during.judged).toEqual(['excused duplicate']);
    expect(during.findings[0]?.reason).toContain('producer.id.expiration.ms');
    const around = new Clients(safe).forget().send('first', 0).send('a', 2).poll(['first', 0], ['a', 1], ['a', 2]).forget();
    expect(around.judged).toContain('finding duplicate');
  });

  test('keeps the order with five requests in flight, where another may lose it', () => {
    const reordered = (clients: Clients) => clients.send('first', 0).send('a', 2).send('b', 1).final(0, 3, ['first', 0], ['b', 1], ['a', 2]).judged;
    expect(reordered(new Clients(safe))).toEqual(['finding nonmonotonic-send']);
    expect(reordered(new Clients(plain))).toEqual(['excused nonmonotonic-send']);
  });
});
