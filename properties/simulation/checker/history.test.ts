/** Each anomaly that clients may see: a small bad history that shows it, a near twin that does not, and what excuses it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/model/brand.ts';
import { Clients, careful, orders, plain } from './clients.ts';

const ok: readonly string[] = [];

describe('lost-write', () => {
  test('is an acknowledged write that a reader went by', () => {
    const bad = new Clients().send('a', 0).send('b', 1).send('c', 2).poll(['a', 0], ['c', 2]).final(0, 3, ['a', 0], ['c', 2]);
    expect(bad.judged).toContain('finding lost-write');
    const good = new Clients().send('a', 0).send('b', 1).send('c', 2).poll(['a', 0], ['b', 1], ['c', 2]).final(0, 3, ['a', 0], ['b', 1], ['c', 2]);
    expect(good.judged).toEqual(ok);
  });
  test('is a record that was read once and is gone in the final read', () => {
    const bad = new Clients().times('a').poll(['a', 0]).final(0, 0);
    expect(bad.judged).toEqual(['finding lost-write']);
    expect(new Clients().times('a').poll(['a', 0]).excuse(0).final(0, 0).judged).toEqual(['excused lost-write']);
    const later = new Clients().times('a').final(0, 0).poll(['a', 0]);
    expect(later.judged).toEqual(ok);
  });
  test('is not a write that nobody was asked to read', () => {
    const early = new Clients().send('a', 0).send('b', 1).seek(1).poll(['b', 1]);
    expect(early.judged).toEqual(['unknown unseen']);
  });
  test('is excused with acks=1 and beyond tolerance, never silently', () => {
    const weak = new Clients().send('a', 0).send('b', 1, { acks: 1 }).send('c', 2).final(0, 3, ['a', 0], ['c', 2]);
    expect(weak.judged).toEqual(['excused lost-write', 'excused unseen', 'excused int-poll-skip']);
    expect(weak.findings[0]?.reason).toMatch(/acks=1/);
    const beyond = new Clients().send('a', 0).send('b', 1).send('c', 2).excuse(1).final(0, 3, ['a', 0], ['c', 2]);
    expect(beyond.judged).toEqual(['excused lost-write', 'excused unseen', 'excused int-poll-skip']);
    expect(beyond.findings[0]?.reason).toMatch(/tolerance/);
  });
});

describe('unseen', () => {
  test('is an acknowledged write that the final read does not show', () => {
    const bad = new Clients().send('a', 0).send('b', 1).final(0, 1, ['a', 0]);
    expect(bad.judged).toEqual(['finding unseen']);
    const good = new Clients().send('a', 0).times('b').final(0, 1, ['a', 0]);
    expect(good.judged).toEqual(ok);
  });
  test('is judged only after a final read that began after the write', () => {
    expect(new Clients().send('a', 0).poll().judged).toEqual(['unknown unseen']);
    expect(new Clients().final(0, 0).send('a', 0).judged).toEqual(['unknown unseen']);
    expect(new Clients().send('a', 0).poll(['a', 0]).judged).toEqual(ok);
  });
  test('is excused below the log start, with acks=0 and beyond tolerance', () => {
    const deleted = new Clients().send('a', 0).send('b', 1).final(1, 2, ['b', 1]);
    expect(deleted.judged).toEqual(['excused unseen']);
    expect(deleted.findings[0]?.reason).toMatch(/log start/);
    expect(new Clients().send('a', -1, { acks: 0 }).final(0, 0).judged).toEqual(['excused unseen']);
    expect(new Clients().send('a', 0).excuse(0).final(0, 0).judged).toEqual(['excused unseen']);
  });
});

describe('duplicate', () => {
  test('is one value at two offsets, excused without idempotence', () => {
    const twice = (clients: Clients) => clients.send('a', 1).poll(['a', 0], ['a', 1]).final(0, 2, ['a', 0], ['a', 1]);
    expect(twice(new Clients()).judged).toEqual(['finding duplicate']);
    expect(twice(new Clients(plain)).judged).toEqual(['excused duplicate']);
    expect(twice(new Clients(plain)).findings[0]?.reason).toMatch(/idempotent/);
    expect(new Clients().send('a', 0).poll(['a', 0]).final(0, 1, ['a', 0]).judged).toEqual(ok);
  });
});

describe('inconsistent-offsets', () => {
  test('is two values at one offset', () => {
    const bad = new Clients().times('a').times('b').poll(['a', 0]).seek(0).poll(['b', 0]);
    expect(bad.judged).toEqual(['finding inconsistent-offsets']);
    expect(new Clients().times('a').times('b').poll(['a', 0]).seek(0).poll(['a', 0]).judged).toEqual(ok);
    expect(new Clients().times('a').times('b').excuse(0).poll(['a', 0]).seek(0).poll(['b', 0]).judged).toEqual(['excused inconsistent-offsets']);
  });
  test('is an acknowledged value where another one is read; excused if only acks=1 put it there', () => {
    const story = (acks: number) => new Clients().send('a', 0, { acks }).times('b').poll(['b', 0]).final(0, 1, ['b', 0]);
    expect(story(-1).judged).toContain('finding inconsistent-offsets');
    expect(story(1).judged).toContain('excused inconsistent-offsets');
    expect(story(1).judged.filter((each) => each.startsWith('finding'))).toEqual(ok);
  });
});

describe('G1a', () => {
  test('is a read of a write that certainly failed; one of an unknown outcome is none', () => {
    expect(new Clients().fails('a').poll(['a', 0]).judged).toEqual(['finding G1a']);
    expect(new Clients().times('a').poll(['a', 0]).judged).toEqual(ok);
  });
  test('has a sister: a read of what nobody sent', () => {
    expect(new Clients().poll(['ghost', 0]).judged).toEqual(['finding never-sent']);
  });
});

describe('the order of reads', () => {
  const sent = () => new Clients().times('a').times('b').times('c').times('d');
  test('is broken by skipping within a poll and between polls', () => {
    const all = [
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ] as const;
    expect(
      sent()
        .poll(['a', 0], ['c', 2])
        .final(0, 3, ...all).judged,
    ).toEqual(['finding int-poll-skip']);
    expect(
      sent()
        .poll(['a', 0])
        .poll(['c', 2])
        .final(0, 3, ...all).judged,
    ).toEqual(['finding poll-skip']);
    expect(
      sent()
        .poll(['a', 0])
        .poll(['b', 1], ['c', 2])
        .final(0, 3, ...all).judged,
    ).toEqual(ok);
  });
  test('ignores offsets of which nobody knows anything', () => {
    expect(sent().poll(['a', 0], ['b', 5]).poll(['c', 9]).judged).toEqual(ok);
  });
  test('is broken by going back within a poll and between polls', () => {
    expect(sent().poll(['a', 0], ['b', 1], ['a', 0]).judged).toEqual(['finding int-nonmonotonic-poll']);
    expect(sent().poll(['a', 0], ['b', 1]).poll(['b', 1]).judged).toEqual(['finding nonmonotonic-poll']);
  });
  test('starts anew where the reader set its position', () => {
    expect(sent().poll(['a', 0], ['b', 1]).seek(0).poll(['a', 0]).judged).toEqual(ok);
    expect(sent().poll(['a', 0], ['b', 1]).assign().poll(['a', 0]).judged).toEqual(ok);
  });
  test('may jump where records were lost beyond tolerance, were deleted, or were only acknowledged by a leader alone', () => {
    expect(sent().poll(['a', 0], ['b', 1]).excuse(1).poll(['b', 1]).judged).toEqual(['excused nonmonotonic-poll']);
    const deleted = sent().poll(['a', 0]).poll(['c', 2]).seek(1).poll(['b', 1]).final(2, 3, ['c', 2]);
    expect(deleted.judged.filter((each) => each.endsWith('skip'))).toEqual(['excused poll-skip']);
    // A leader deleted it; the last one has kept it.
    const all = [
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ] as const;
    const passed = sent()
      .poll(['a', 0])
      .delete(2)
      .poll(['c', 2])
      .final(0, 3, ...all);
    expect(passed.judged).toEqual(['excused poll-skip']);
    expect(
      sent()
        .poll(['a', 0])
        .poll(['c', 2])
        .delete(2)
        .final(0, 3, ...all).judged,
    ).toEqual(['finding poll-skip']);
    const weak = new Clients().times('a').send('b', 1, { acks: 1 }).times('c').poll(['a', 0]).poll(['c', 2]).final(0, 3, ['a', 0], ['c', 2]);
    expect(weak.judged).toContain('excused poll-skip');
    expect(weak.judged.filter((each) => each.startsWith('finding'))).toEqual(ok);
  });
});

describe('the order of sends', () => {
  const both = [
    ['b', 0],
    ['a', 1],
  ] as const;
  test('is broken by a later send at an earlier offset, in one call or in two', () => {
    expect(
      new Clients()
        .send('a', 1)
        .send('b', 0)
        .final(0, 2, ...both).judged,
    ).toEqual(['finding nonmonotonic-send']);
    expect(
      new Clients()
        .send('a', 1, { call: 7 })
        .send('b', 0, { call: 7 })
        .final(0, 2, ...both).judged,
    ).toEqual(['finding int-nonmonotonic-send']);
    expect(
      new Clients()
        .send('b', 0)
        .send('a', 1)
        .final(0, 2, ...both).judged,
    ).toEqual(ok);
  });
  test('holds with one request in flight, and is excused with more and no idempotence', () => {
    expect(
      new Clients(careful)
        .send('a', 1)
        .send('b', 0)
        .final(0, 2, ...both).judged,
    ).toEqual(['finding nonmonotonic-send']);
    const plainly = new Clients(plain)
      .send('a', 1)
      .send('b', 0)
      .final(0, 2, ...both);
    expect(plainly.judged).toEqual(['excused nonmonotonic-send']);
    expect(plainly.findings[0]?.reason).toMatch(/5 requests in flight/);
  });
  test('is that of invocation, not of completion', () => {
    const clients = new Clients();
    const first = clients.start('a');
    const second = clients.start('b');
    clients.history.ok(second, { type: 'send', partition: orders, offset: offset(1) });
    clients.history.ok(first, { type: 'send', partition: orders, offset: offset(0) });
    expect(clients.final(0, 2, ['a', 0], ['b', 1]).judged).toEqual(ok);
  });
});

describe('a history of a log that works', () => {
  /** Sends that end in any way, readers that poll in chunks, seek and assign, and a final read. */
  const story = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom('ok', 'written, answer lost', 'lost', 'fail') },
      { weight: 3, arbitrary: fc.nat(3).map((count) => ({ poll: count })) },
      { weight: 1, arbitrary: fc.nat(20).map((to) => ({ seek: to })) },
    ),
    { maxLength: 60 },
  );
  type Steps = typeof story extends fc.Arbitrary<infer S> ? S : never;
  const play = (steps: Steps, drop: number | undefined): Clients => {
    const clients = new Clients();
    const log: string[] = [];
    let position = 0;
    for (const [at, step] of steps.entries()) {
      const value = `v${at}`;
      if (typeof step === 'object' && 'poll' in step) {
        clients.poll(...log.slice(position, position + step.poll).map((each, index) => [each, position + index] as const));
        position = Math.min(log.length, position + step.poll);
      } else if (typeof step === 'object') {
        position = Math.min(step.seek, log.length);
        clients.seek(position);
      } else if (step === 'fail') clients.fails(value);
      else if (step === 'lost') clients.times(value);
      else {
        log.push(value);
        if (step === 'ok') clients.send(value, log.length - 1);
        else clients.times(value);
      }
    }
    return clients.final(0, log.length, ...log.map((each, index) => [each, index] as const).filter(([, index]) => index !== drop));
  };
  test('shows no anomaly', () => {
    fc.assert(
      fc.property(story, (steps) => {
        expect(play(steps, undefined).judged).toEqual(ok);
      }),
    );
  });
  test('shows one as soon as an acknowledged record is missing from it', () => {
    fc.assert(
      fc.property(story, fc.nat(59), (steps, drop) => {
        const acknowledged = steps.filter((step) => step === 'ok' || step === 'written, answer lost')[drop] === 'ok';
        fc.pre(acknowledged);
        const judged = play(steps, drop).judged;
        expect(judged.filter((each) => each === 'finding lost-write' || each === 'finding unseen').length).toBeGreaterThan(0);
      }),
    );
  });
});
