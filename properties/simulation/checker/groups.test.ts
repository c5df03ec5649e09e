import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/model/brand.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import type { Finding } from '../../../src/simulation/checker/finding.ts';
import { checkHistory } from '../../../src/simulation/checker/history/check-history.ts';
import type { CommittedPosition } from '../../../src/simulation/checker/state/state-checker.ts';
import { History } from '../../../src/simulation/history/history.ts';
import type { ReadRecord, RebalanceOperation } from '../../../src/simulation/history/operation.ts';

const group = 'g';
const partition = topicPartition('orders', 0);
const noLoss = { lossExcuse: () => undefined, deletedBelow: () => 0 };

/** A history of members, step by step; each step takes a second. */
class Story {
  #nowUs = 0;
  readonly #positions: CommittedPosition[] = [];
  readonly history = new History(() => this.#nowUs);
  readonly a = this.history.process('a');
  readonly b = this.history.process('b');

  constructor() {
    const process = this.history.process('producer', { idempotent: true, maxInFlight: 5 });
    for (const { value, offset: at } of this.records(0, 1, 2)) {
      const invocation = this.history.invoke(process, { type: 'send', topic: 'orders', partition, key: null, value, acks: -1 });
      this.history.ok(invocation, { type: 'send', partition, offset: at });
    }
  }

  tick(): this {
    this.#nowUs += 1_000_000;
    return this;
  }

  records(...offsets: readonly number[]): readonly ReadRecord[] {
    return offsets.map((at) => ({ partition, offset: offset(at), value: `v${at}` }));
  }

  poll(process: number, ...offsets: readonly number[]): this {
    this.history.ok(this.history.invoke(process, { type: 'poll' }), { type: 'poll', records: this.records(...offsets) });
    return this.tick();
  }

  /** Works on them; without an end when the member crashes meanwhile. */
  handle(process: number, offsets: readonly number[], ends = true): this {
    const invocation = this.history.invoke(process, { type: 'handle', group, records: this.records(...offsets) });
    this.tick();
    if (ends) this.history.ok(invocation, { type: 'handle' });
    return this.tick();
  }

  /** The member crashed; this is its next life. */
  restart(name: string): this {
    this.history.process(name);
    return this.tick();
  }

  /** `attempts`: how often it was sent. */
  commit(process: number, at: number, acknowledged = true, attempts = 1): this {
    const invocation = this.history.invoke(process, { type: 'commit', group, offsets: [{ partition, offset: offset(at) }] });
    this.tick();
    if (acknowledged) this.history.ok(invocation, { type: 'commit', attempts });
    else this.history.info(invocation, 'timeout');
    return this.tick();
  }

  committed(process: number, at: number): this {
    const invocation = this.history.invoke(process, { type: 'committed', group });
    this.tick();
    this.history.ok(invocation, { type: 'committed', offsets: [{ partition, offset: offset(at) }] });
    return this.tick();
  }

  rebalance(process: number, event: RebalanceOperation['event'], memberId: string, generation: number): this {
    const partitions = [partition];
    const owned = event === 'assigned' ? partitions : [];
    this.history.ok(this.history.invoke(process, { type: 'rebalance', group, event, partitions, owned, memberId, generation }), {
      type: 'rebalance',
    });
    return this.tick();
  }

  /** The coordinator took a commit now, which is committed soon after. */
  accepted(at: number): this {
    this.#positions.push({ group, partition, offset: at, acceptedUs: this.#nowUs });
    return this.tick();
  }

  /** When the group, empty, was given up. */
  endedUs: number | undefined;
  /** What faults beyond tolerance may have taken from the group. */
  lost: string | undefined;

  get findings(): readonly Finding[] {
    const endsBefore = (_group: string, timeUs: number): number => (this.endedUs !== undefined && this.endedUs < timeUs ? 1 : 0);
    return checkHistory(this.history, noLoss, { positions: this.#positions, lossExcuse: () => this.lost, endsBefore });
  }
  get anomalies(): readonly string[] {
    return this.findings.flatMap(({ anomaly, place, verdict }) => (verdict === 'finding' ? [`${anomaly} ${place}`] : []));
  }
  get excused(): readonly string[] {
    return this.findings.flatMap(({ anomaly, reason, verdict }) => (verdict === 'excused' ? [`${anomaly}: ${reason}`] : []));
  }
}

describe('the checkers of groups', () => {
  test('find one partition with two owners in one generation, and none in two', () => {
    const story = new Story();
    story.rebalance(story.a, 'assigned', 'm1', 1).rebalance(story.b, 'assigned', 'm2', 2);
    expect(story.anomalies).toEqual([]);
    story.rebalance(story.a, 'assigned', 'm1', 2);
    expect(story.anomalies).toEqual(['double-assignment g orders-0']);
    story.lost = 'two power losses';
    expect(story.anomalies).toEqual([]);
    expect(story.excused).toEqual(['double-assignment: two power losses']);
  });

  test('take a member that was started again for the same one: under its instance id it has its place back in the same generation', () => {
    const story = new Story();
    story.rebalance(story.a, 'assigned', 'a-1', 1);
    story.rebalance(story.history.process('a'), 'assigned', 'a-2', 1);
    expect(story.anomalies).toEqual([]);
    story.rebalance(story.b, 'assigned', 'b-1', 1);
    expect(story.anomalies).toEqual(['double-assignment g orders-0']);
  });

  test('know that a group that was given up counts its generations from the beginning', () => {
    const story = new Story();
    story.rebalance(story.a, 'assigned', 'm1', 1);
    story.endedUs = 1_500_000;
    story.tick().rebalance(story.b, 'assigned', 'm2', 1);
    expect(story.anomalies).toEqual([]);
    story.endedUs = undefined;
    expect(story.anomalies).toEqual(['double-assignment g orders-0']);
  });

  test('find a record that was committed over and never finished', () => {
    const story = new Story();
    story.poll(story.a, 0, 1, 2).handle(story.a, [0, 1]).handle(story.a, [2], false).committed(story.b, 3).restart('a');
    expect(story.anomalies).toEqual(['group-skip g orders-0']);
    expect(story.handle(story.b, [2]).anomalies).toEqual([]);
    const byItself = new Story();
    byItself.poll(byItself.a, 0, 1, 2).handle(byItself.a, [0, 1]).accepted(3).handle(byItself.a, [2], false).restart('a');
    expect(byItself.anomalies).toEqual(['commit-ahead g orders-0', 'group-skip g orders-0']);
  });

  test('do not count as lost what a member still works on when the run ends', () => {
    const story = new Story();
    story.poll(story.a, 0, 1).commit(story.a, 2).handle(story.a, [0, 1], false);
    expect([...story.anomalies, ...story.excused]).toEqual([]);
  });

  test('excuse the loss that the application chose: it asked for the commit before it had done the work', () => {
    const story = new Story();
    story.poll(story.a, 0, 1).commit(story.a, 2).handle(story.a, [0, 1], false).restart('a');
    expect(story.anomalies).toEqual([]);
    expect(story.excused).toEqual([expect.stringMatching(/^group-skip: .*before it had worked on it/)]);
    expect(story.handle(story.b, [0, 1]).excused).toEqual([]);
  });

  test('do not excuse a commit beyond what nobody was given', () => {
    const story = new Story();
    story.poll(story.b, 0, 1, 2).poll(story.a, 0).handle(story.a, [0]).poll(story.a, 2).handle(story.a, [2]).commit(story.a, 3);
    expect(story.anomalies).toEqual(['poll-skip a orders-0', 'group-skip g orders-0']);
  });

  test('find an automatic commit that is ahead of the work, though all of it is done in the end', () => {
    const ahead = new Story();
    ahead.poll(ahead.a, 0, 1).accepted(2).handle(ahead.a, [0, 1]);
    expect(ahead.anomalies).toEqual(['commit-ahead g orders-0']);
    const inTime = new Story();
    inTime.poll(inTime.a, 0, 1).handle(inTime.a, [0, 1]).accepted(2).poll(inTime.a, 2).handle(inTime.a, [2]).accepted(3);
    expect(inTime.anomalies).toEqual([]);
    const again = new Story();
    again.poll(again.a, 0, 1).handle(again.a, [0, 1]).commit(again.a, 1, true, 2).commit(again.a, 2).committed(again.b, 1).committed(again.b, 2);
    expect(again.anomalies).toEqual([]);
    const asked = new Story();
    asked.poll(asked.a, 0, 1).accepted(2).commit(asked.a, 2).handle(asked.a, [0, 1]);
    expect(asked.anomalies).toEqual([]);
  });

  test('do not judge a group of which the history tells nothing: its application may record nothing', () => {
    const untold = new Story();
    untold.poll(untold.a, 0, 1).accepted(2);
    expect([...untold.anomalies, ...untold.excused]).toEqual([]);
    const told = new Story();
    told.poll(told.a, 0, 1).accepted(2).committed(told.a, 2);
    expect(told.anomalies).toEqual(['commit-ahead g orders-0', 'group-skip g orders-0']);
  });

  test('let redelivery pass: work that was done and not committed is done again', () => {
    const story = new Story();
    story.rebalance(story.a, 'assigned', 'm1', 1).poll(story.a, 0, 1).handle(story.a, [0, 1]).rebalance(story.b, 'assigned', 'm2', 2);
    story.committed(story.b, -1).poll(story.b, 0, 1).handle(story.b, [0, 1]).commit(story.b, 2);
    expect(story.anomalies).toEqual([]);
  });

  test('find an acknowledged commit that is gone, and one that went back', () => {
    for (const read of [-1, 1]) {
      const story = new Story();
      story.poll(story.a, 0, 1).handle(story.a, [0, 1]).commit(story.a, 1).commit(story.a, 2).committed(story.b, read);
      expect(story.anomalies).toEqual(['committed-lost g orders-0']);
      story.lost = 'two power losses';
      expect(story.excused).toEqual(['committed-lost: two power losses']);
    }
  });

  test('let pass what a commit of unknown fate, or a member that asked for less, may have left', () => {
    const late = new Story();
    late.poll(late.a, 0, 1).handle(late.a, [0, 1]).commit(late.a, 1, false).commit(late.a, 2).committed(late.b, 1).committed(late.b, 2);
    expect(late.anomalies).toEqual([]);
    const asked = new Story();
    asked.poll(asked.a, 0, 1).handle(asked.a, [0, 1]).commit(asked.a, 2).commit(asked.a, 1).committed(asked.b, 1);
    expect(asked.anomalies).toEqual([]);
  });

  test('let a member begin anew after a rebalance, and hold it to the order between two', () => {
    const anew = new Story();
    anew.poll(anew.a, 0, 1, 2).rebalance(anew.a, 'revoked', 'm1', 1).rebalance(anew.a, 'assigned', 'm1', 2).poll(anew.a, 1, 2);
    expect(anew.anomalies).toEqual([]);
    const back = new Story();
    back.poll(back.a, 0, 1, 2).poll(back.a, 1, 2);
    expect(back.anomalies).toEqual(['nonmonotonic-poll a orders-0']);
    const skipped = new Story();
    skipped
      .poll(skipped.b, 0, 1, 2)
      .poll(skipped.a, 0)
      .rebalance(skipped.a, 'revoked', 'm1', 1)
      .rebalance(skipped.a, 'assigned', 'm1', 2)
      .poll(skipped.a, 2);
    expect(skipped.anomalies).toEqual([]);
    expect(new Story().poll(1, 0, 1, 2).poll(0, 0).poll(0, 2).anomalies).toEqual(['poll-skip a orders-0']);
    expect(new Story().poll(1, 0, 1, 2).poll(0, 0, 2).anomalies).toEqual(['int-poll-skip a orders-0']);
    expect(new Story().poll(0, 1, 0).anomalies).toEqual(['int-nonmonotonic-poll a orders-0']);
  });

  test('hold a member to the order over a rebalance that leaves the partition with it, but not over its own restart', () => {
    const kept = new Story();
    const event = { type: 'rebalance', group, event: 'assigned', partitions: [], owned: [partition], memberId: 'm1', generation: 2 } as const;
    kept.poll(kept.a, 0, 1);
    kept.history.ok(kept.history.invoke(kept.a, event), { type: 'rebalance' });
    expect(kept.poll(kept.a, 0).anomalies).toEqual(['nonmonotonic-poll a orders-0']);
    const restarted = new Story();
    expect(restarted.poll(restarted.a, 0, 1).poll(restarted.history.process('a'), 0).anomalies).toEqual([]);
  });
});
