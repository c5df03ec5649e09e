/** Each promise about replica state: a small bad story that breaks it, and a near twin that keeps it. */
import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/model/brand.ts';
import { batch, common, orders, Stage } from './stage.ts';

const clean: readonly string[] = [];

describe('LogMatching', () => {
  test('is broken by a batch behind another history, kept by the same batch behind the same one', () => {
    const bad = Stage.settled();
    bad.role(2, 'leader', 1, 2);
    bad.append(2, batch(20, 24, 1), batch(25, 29, 1));
    bad.append(3, batch(20, 24, 0), batch(25, 29, 1));
    expect(bad.reported).toEqual(['finding LogMatching']);
    const good = Stage.settled();
    good.role(2, 'leader', 1, 2);
    good.append(2, batch(20, 24, 1), batch(25, 29, 1));
    good.append(3, batch(20, 24, 0));
    good.truncate(3, 25, 20);
    good.append(3, batch(20, 24, 1), batch(25, 29, 1));
    expect(good.reported).toEqual(clean);
  });
  test('asks nothing of what stands below the log start of a leader', () => {
    const behindAnother = (logStart: number): Stage => {
      const stage = Stage.settled();
      stage.controller(2, 1, 1, [2]);
      stage.role(2, 'leader', 1, 2);
      stage.isr(2, [2], [2], 1);
      stage.append(2, batch(20, 24, 1), batch(25, 29, 1));
      stage.highWatermark(2, 30);
      stage.tell(2, { type: 'logStart', partition: orders, offset: offset(logStart) });
      stage.append(3, batch(20, 24, 0), batch(25, 29, 1));
      stage.role(3, 'follower', 1, 2);
      stage.highWatermark(3, 30);
      stage.isr(2, [2, 3]);
      stage.controller(2, 1, 2, [2, 3]);
      return stage;
    };
    expect(behindAnother(25).reported).toEqual(clean);
    expect(behindAnother(24).reported).toContain('finding LogMatching');
  });
  test('is broken by an append below the log end and by an epoch that goes back', () => {
    const below = Stage.settled();
    below.append(1, batch(15, 24, 0));
    expect(below.reported).toContain('finding LogMatching');
    const back = Stage.settled();
    back.append(1, batch(20, 29, 1));
    back.append(1, batch(30, 39, 0));
    expect(back.reported).toContain('finding LogMatching');
    const good = Stage.settled();
    good.append(1, batch(20, 29, 1), batch(30, 39, 1));
    expect(good.reported).toEqual(clean);
  });
});

describe('EpochOffsetUnique', () => {
  test('is broken by another CRC under one epoch and offset, kept by another epoch', () => {
    const bad = Stage.settled();
    bad.append(1, batch(20, 29, 0, 7));
    bad.append(2, batch(20, 29, 0, 8));
    expect(bad.reported).toEqual(['finding EpochOffsetUnique']);
    const good = Stage.settled();
    good.append(1, batch(20, 29, 0, 7));
    good.append(2, batch(20, 29, 1, 8));
    expect(good.reported).toEqual(clean);
  });
  test('is broken by batches of one epoch that overlap', () => {
    const bad = Stage.settled();
    bad.append(1, batch(20, 29, 0));
    bad.append(2, batch(20, 24, 0), batch(25, 29, 0));
    expect(bad.reported).toContain('finding EpochOffsetUnique');
  });
});

describe('ElectionSafety', () => {
  test('is broken by two leaders of one epoch, kept by one that says it twice', () => {
    const bad = Stage.settled();
    bad.role(2, 'leader', 0, 2);
    expect(bad.reported).toEqual(['finding ElectionSafety']);
    const good = Stage.settled();
    good.role(1, 'leader', 0, 1);
    expect(good.reported).toEqual(clean);
  });
});

describe('HighWatermark', () => {
  test('is broken beyond a member of the maximal ISR, kept at the shortest', () => {
    const bad = Stage.settled();
    bad.append(1, batch(20, 29, 0));
    bad.append(2, batch(20, 29, 0));
    bad.highWatermark(1, 30);
    expect(bad.reported).toContain('finding HighWatermark');
    const good = Stage.settled();
    for (const host of [1, 2, 3]) good.append(host, batch(20, 29, 0));
    good.highWatermark(1, 30);
    expect(good.reported).toEqual(clean);
  });
  test('waits for a member that is proposed and not yet accepted, and for one whose leaving is not (KIP-497)', () => {
    const bad = Stage.settled();
    bad.append(1, batch(20, 29, 0));
    bad.append(2, batch(20, 29, 0));
    bad.isr(1, [1, 2, 3], [1, 2]);
    bad.highWatermark(1, 30);
    expect(bad.reported).toEqual(expect.arrayContaining(['finding ReplicationQuorumSuperset', 'finding LeaderCandidateCompleteness']));
    const good = Stage.settled();
    good.append(1, batch(20, 29, 0));
    good.append(2, batch(20, 29, 0));
    good.isr(1, [1, 2, 3]);
    good.controller(1, 0, 1, [1, 2]);
    good.isr(1, [1, 2]);
    good.highWatermark(1, 30);
    expect(good.reported).toEqual(clean);
  });
  test('stands still below min ISR', () => {
    const bad = Stage.settled();
    bad.controller(1, 0, 1, [1], [2, 3]);
    bad.isr(1, [1]);
    bad.append(1, batch(20, 29, 0));
    bad.highWatermark(1, 30);
    expect(bad.reported).toContain('finding HighWatermark');
    const good = Stage.settled();
    good.controller(1, 0, 1, [1], [2, 3]);
    good.isr(1, [1]);
    good.append(1, batch(20, 29, 0));
    expect(good.reported).toEqual(clean);
    const one = Stage.settled();
    one.controller(1, 0, 1, [1], [], 1);
    one.isr(1, [1], [1], 1);
    one.append(1, batch(20, 29, 0));
    one.highWatermark(1, 30);
    expect(one.reported).toEqual(clean);
  });
  test('does not go back within an epoch, and may after an election', () => {
    const bad = Stage.settled();
    bad.highWatermark(1, 10);
    expect(bad.reported).toEqual(['finding HighWatermark']);
    const good = Stage.settled();
    good.highWatermark(2, 10);
    good.controller(2, 1, 1, [2, 3], []);
    good.role(2, 'leader', 1, 2);
    good.isr(2, [2, 3]);
    expect(good.reported).toEqual(clean);
  });
  test('is at most the log end, and a follower knows no more than a leader did', () => {
    const beyond = Stage.settled();
    beyond.append(2, batch(20, 29, 0));
    beyond.highWatermark(2, 31);
    expect(beyond.reported).toEqual(['finding HighWatermark']);
    const ahead = Stage.settled();
    ahead.append(2, batch(20, 29, 0));
    ahead.highWatermark(2, 30);
    expect(ahead.reported).toEqual(['finding HighWatermark']);
  });
  test('of a follower is broken over other records than those committed, kept over these', () => {
    const story = (epoch: number): readonly string[] => {
      const stage = Stage.settled();
      stage.append(1, batch(20, 24, 0));
      stage.append(2, batch(20, 24, 0));
      stage.append(3, batch(20, 24, epoch));
      stage.isr(1, [1, 2]);
      stage.controller(1, 0, 1, [1, 2]);
      stage.highWatermark(1, 25);
      stage.highWatermark(2, 25);
      const before = stage.reported;
      stage.highWatermark(3, 25);
      return stage.reported.filter((each) => !before.includes(each));
    };
    expect(story(1)).toEqual(['finding HighWatermark']);
    expect(story(0)).toEqual(clean);
  });
  test('may rest on what a member told before it lost power', () => {
    const stage = Stage.settled();
    for (const host of [1, 2, 3]) stage.append(host, batch(20, 29, 0));
    stage.crash(3, true);
    stage.restart(3);
    stage.recovered(3, []);
    stage.highWatermark(1, 30);
    expect(stage.reported).toEqual(clean);
  });
  test('never rests on what a member held in an epoch before the leader was elected', () => {
    const story = (late: boolean): Stage => {
      const stage = Stage.settled();
      stage.append(1, batch(20, 29, 0));
      stage.append(2, batch(20, 29, 0));
      stage.append(3, batch(20, 29, 0));
      stage.controller(2, 1, 1, [2, 3]);
      stage.role(2, 'leader', 1, 2);
      stage.isr(2, [2, 3]);
      if (!late) stage.role(3, 'follower', 1, 2);
      stage.highWatermark(2, 30);
      return stage;
    };
    expect(story(true).reported).toEqual(['finding HighWatermark']);
    expect(story(false).reported).toEqual(clean);
  });
});

describe('what a follower was told', () => {
  const story = (taken?: number): Stage => {
    const stage = Stage.settled();
    for (const host of [1, 2, 3]) stage.append(host, batch(20, 29, 0));
    for (const host of [1, 3]) stage.highWatermark(host, 30);
    for (const host of [1, 2]) stage.append(host, batch(30, 39, 0));
    if (taken !== undefined) stage.highWatermark(2, taken);
    for (const host of [1, 2]) stage.append(host, batch(40, 49, 0));
    return stage;
  };
  test('is there as well where its log starts anew', () => {
    const startingAt = (at: number): Stage => {
      const stage = Stage.settled();
      stage.isr(1, [1, 2]);
      for (const host of [1, 2]) stage.append(host, batch(20, 29, 0));
      for (const host of [1, 2]) stage.highWatermark(host, 30);
      stage.truncate(3, 20, 0);
      stage.tell(3, { type: 'logStart', partition: orders, offset: offset(at) });
      for (const host of [1, 2, 3]) stage.append(host, batch(30, 39, 0));
      for (const host of [1, 2, 3]) stage.append(host, batch(40, 49, 0));
      return stage;
    };
    expect(startingAt(30).reported).not.toContain('finding HighWatermark');
    expect(startingAt(20).reported).toContain('finding HighWatermark');
  });
  test('is taken over before it appends what comes next', () => {
    expect(story(30).reported).toEqual(clean);
    expect(story().reported).toEqual(['finding HighWatermark']);
    expect(story(25).reported).toEqual(['finding HighWatermark']);
  });
});

describe('WeakIsr', () => {
  test('is broken by a member of the ISR that follows with another history', () => {
    const story = (epochOfThird: number): Stage => {
      const stage = Stage.settled();
      stage.append(1, batch(20, 29, 0));
      stage.append(2, batch(20, 29, 0));
      stage.append(3, batch(20, 29, epochOfThird));
      stage.highWatermark(1, 30);
      return stage;
    };
    expect(story(1).reported).toContain('finding WeakIsr');
    expect(story(0).reported).toEqual(clean);
  });
});

describe('AckImplies', () => {
  test('is broken by an answer above the high watermark', () => {
    const bad = Stage.settled();
    bad.append(1, batch(20, 29, 0));
    bad.acknowledge(1, 20, 29);
    expect(bad.reported).toEqual(['finding AckImplies']);
    const good = Stage.settled();
    good.append(1, batch(20, 29, 0));
    good.acknowledge(1, 20, 29, 1);
    good.acknowledge(1, 10, 19);
    expect(good.reported).toEqual(clean);
  });
  test('is broken when the maximal ISR was below min ISR all the time', () => {
    const story = (isr: readonly number[]): Stage => {
      const stage = Stage.settled();
      stage.controller(2, 1, 1, [2, 3]);
      stage.role(2, 'leader', 1, 2);
      stage.role(3, 'follower', 1, 2);
      stage.append(2, batch(20, 29, 1));
      stage.append(3, batch(20, 29, 1));
      if (isr.length < 2) stage.controller(2, 1, 2, [2], [3]);
      stage.isr(2, isr);
      stage.highWatermark(2, 30);
      stage.acknowledge(2, 20, 29);
      return stage;
    };
    expect(story([2]).reported).toContain('finding AckImplies');
    expect(story([2, 3]).reported).toEqual(clean);
  });
  test('is kept by an answer that leaves after leadership was lost', () => {
    const stage = Stage.settled();
    stage.controller(2, 1, 1, [2, 3]);
    stage.role(1, 'follower', 1, 2);
    stage.highWatermark(1, 10);
    stage.acknowledge(1, 10, 19);
    expect(stage.reported).toEqual(clean);
  });
});

describe('ConsistentRead', () => {
  test('is broken by serving what is not committed', () => {
    const bad = Stage.settled();
    bad.append(1, batch(20, 29, 0));
    bad.serve(1, 0, 30);
    expect(bad.reported).toEqual(['finding ConsistentRead']);
    const good = Stage.settled();
    good.append(1, batch(20, 29, 0));
    good.serve(1, 0, 20);
    expect(good.reported).toEqual(clean);
  });
  test('is broken by serving other records than those committed', () => {
    const stage = new Stage();
    stage.controller(1, 0, 0, [1, 2, 3]);
    for (const host of [1, 2, 3]) stage.role(host, host === 1 ? 'leader' : 'follower', 0, 1);
    stage.append(1, ...common);
    stage.append(2, ...common);
    stage.append(3, batch(0, 9, 0), batch(10, 19, 1));
    stage.isr(1, [1, 2, 3]);
    stage.controller(1, 0, 1, [1, 2]);
    stage.isr(1, [1, 2]);
    stage.highWatermark(1, 20);
    expect(stage.reported).toEqual(clean);
    stage.serve(3, 0, 10);
    expect(stage.reported).toEqual(clean);
    stage.serve(3, 10, 20);
    expect(stage.reported).toEqual(['finding ConsistentRead']);
  });
});

describe('RecoveryEquivalence', () => {
  const crashed = (lossy: boolean): Stage => {
    const stage = Stage.settled();
    stage.synced(3, 10);
    stage.crash(3, lossy);
    stage.restart(3);
    return stage;
  };
  test('is broken by a batch with other bytes', () => {
    const bad = crashed(true);
    bad.recovered(3, [batch(0, 9, 0, 99)]);
    expect(bad.reported).toEqual(['finding RecoveryEquivalence']);
    const good = crashed(true);
    good.recovered(3, [batch(0, 9, 0)]);
    expect(good.reported).toEqual(clean);
  });
  test('is broken by losing what was durable, kept by losing what was not', () => {
    const bad = crashed(true);
    bad.recovered(3, []);
    expect(bad.reported).toEqual(['finding RecoveryEquivalence']);
  });
  test('is broken by losing anything when only the process died', () => {
    const bad = crashed(false);
    bad.recovered(3, [batch(0, 9, 0)]);
    expect(bad.reported).toEqual(['finding RecoveryEquivalence']);
    const good = crashed(false);
    good.recovered(3, common);
    expect(good.reported).toEqual(clean);
  });
  test('is broken by a log that is not the one that was stopped', () => {
    const stopped = (batches: readonly ReturnType<typeof batch>[]): Stage => {
      const stage = Stage.settled();
      stage.stop(3);
      stage.restart(3);
      stage.recovered(3, batches, true);
      return stage;
    };
    expect(stopped([batch(0, 9, 0)]).reported).toEqual(['finding RecoveryEquivalence']);
    expect(stopped(common).reported).toEqual(clean);
  });
  test('is broken by losing to a power loss what a clean stop had left behind', () => {
    const story = (clean: boolean): Stage => {
      const stage = Stage.settled();
      stage.append(3, batch(20, 29, 0));
      if (clean) stage.stop(3);
      else stage.crash(3, false);
      stage.restart(3);
      stage.recovered(3, [...common, batch(20, 29, 0)], clean);
      stage.crash(3, true);
      stage.restart(3);
      stage.recovered(3, common);
      return stage;
    };
    expect(story(true).reported).toContain('finding RecoveryEquivalence');
    expect(story(false).reported).not.toContain('finding RecoveryEquivalence');
  });
  test('lets a leader count on the one that was being written, as on all that was found', () => {
    const found = (batches: readonly ReturnType<typeof batch>[]): Stage => {
      const stage = Stage.settled();
      stage.append(1, batch(20, 29, 0));
      stage.append(2, batch(20, 29, 0));
      stage.crash(3, false);
      stage.restart(3);
      stage.recovered(3, batches);
      stage.role(3, 'follower', 0, 1);
      stage.highWatermark(1, 30);
      return stage;
    };
    expect(found([...common, batch(20, 29, 0)]).reported).toEqual(clean);
    expect(found(common).reported).toContain('finding HighWatermark');
  });
  test('is broken by a batch that nobody wrote, kept by the one that was being written', () => {
    const bad = crashed(true);
    bad.recovered(3, [batch(0, 9, 0), batch(10, 14, 3)]);
    expect(bad.reported).toEqual(['finding RecoveryEquivalence']);
    const good = crashed(true);
    good.recovered(3, [...common, batch(20, 29, 0)]);
    expect(good.reported).toEqual(clean);
  });
  test('lets an un-synced truncation come undone', () => {
    const stage = Stage.settled();
    stage.append(3, batch(20, 29, 0));
    stage.truncate(3, 30, 20);
    stage.crash(3, true);
    stage.restart(3);
    stage.recovered(3, [...common, batch(20, 29, 0)]);
    expect(stage.reported).toEqual(clean);
  });
  test('is broken by a mixture of two histories', () => {
    const stage = Stage.settled();
    stage.append(3, batch(20, 24, 0), batch(25, 29, 0));
    stage.truncate(3, 30, 20);
    stage.append(3, batch(20, 24, 1));
    stage.crash(3, true);
    stage.restart(3);
    stage.recovered(3, [...common, batch(20, 24, 1), batch(25, 29, 0)]);
    expect(stage.reported).toEqual(['finding RecoveryEquivalence']);
  });
});

describe('what the controller commits', () => {
  test('takes no fenced broker into the ISR', () => {
    const story = (fenced: boolean): Stage => {
      const stage = Stage.settled();
      stage.fence(3);
      stage.controller(1, 0, 1, [1, 2]);
      if (!fenced) stage.unfence(3);
      stage.isr(1, [1, 2], [1, 2, 3]);
      stage.controller(1, 0, 2, [1, 2, 3]);
      return stage;
    };
    expect(story(true).reported).toEqual(['finding UncleanExclusion']);
    expect(story(false).reported).toEqual(clean);
  });
  test('takes nobody into the ISR for what it was before it registered anew (KIP-903)', () => {
    const story = (moment: 'never' | 'before' | 'after'): readonly string[] => {
      const stage = Stage.settled();
      const again = (): void => {
        stage.stop(3);
        stage.restart(3);
        stage.recovered(3, common, true);
        stage.registered(3, false);
        stage.unfence(3);
        stage.role(3, 'follower', 0, 1);
      };
      stage.controller(1, 0, 1, [1, 2]);
      stage.isr(1, [1, 2]);
      if (moment === 'before') again();
      stage.isr(1, [1, 2], [1, 2, 3]);
      if (moment === 'after') again();
      stage.controller(1, 0, 2, [1, 2, 3]);
      return stage.reported;
    };
    expect(story('after')).toEqual(['finding UncleanExclusion']);
    expect(story('before')).toEqual(clean);
    expect(story('never')).toEqual(clean);
  });
  test('never goes back in epochs, and never names two states with one', () => {
    const leader = Stage.settled();
    leader.controller(1, 2, 1, [1, 2, 3]);
    leader.controller(1, 1, 2, [1, 2, 3]);
    expect(leader.reported).toEqual(['finding MonotonicEpoch']);
    const two = Stage.settled();
    two.controller(2, 0, 0, [1, 2, 3]);
    expect(two.reported).toEqual(['finding MonotonicEpoch']);
    const again = Stage.settled();
    again.controller(1, 0, 0, [1, 2, 3]);
    expect(again.reported).toEqual(clean);
  });
  test('keeps ISR and ELR apart, within the replicas, and the leader in the ISR', () => {
    for (const [isr, elr, leader] of [
      [[1, 4], [], 1],
      [[1], [1], 1],
      [[2, 3], [], 1],
      [[1, 2], [3], 1],
    ] as const) {
      const stage = Stage.settled();
      stage.controller(leader, 0, 1, isr, elr);
      expect(stage.reported).toContain('finding PartitionState');
    }
  });
  test('starts over with a topic made again, once the old logs are removed', () => {
    const story = (removed: boolean): Stage => {
      const stage = Stage.settled();
      stage.controller(1, 1, 5, [1, 2, 3]);
      if (removed) for (const host of [1, 2, 3]) stage.tell(host, { type: 'logRemoved', partition: orders });
      stage.controller(1, 0, 0, [1, 2, 3]);
      for (const host of [1, 2, 3]) stage.role(host, host === 1 ? 'leader' : 'follower', 0, 1);
      stage.isr(1, [1, 2, 3]);
      if (removed) stage.append(1, batch(0, 9, 0, 5));
      return stage;
    };
    expect(story(true).reported).toEqual(clean);
    expect(story(true).oracle.trueHighWatermark(orders)).toBe(0);
    expect(story(false).oracle.trueHighWatermark(orders)).toBe(20);
  });
});

describe('a broker that was down while its topic was made again', () => {
  test('is not judged by the old log, and is again once that is removed (KAFKA-14616)', () => {
    const stage = Stage.settled();
    stage.crash(3, false);
    stage.controller(1, 0, 1, [1, 2]);
    for (const host of [1, 2]) stage.tell(host, { type: 'logRemoved', partition: orders });
    stage.oracle.finish(stage.timeUs);
    stage.controller(1, 0, 0, [1, 2]);
    stage.restart(3);
    stage.recovered(3, common);
    stage.tell(3, { type: 'logRemoved', partition: orders });
    stage.append(1, batch(0, 9, 0, 5));
    expect(stage.reported).toEqual(clean);
    stage.append(3, batch(0, 9, 0, 6));
    expect(stage.reported).toEqual(['finding EpochOffsetUnique']);
  });
});

describe('the audit', () => {
  const logs = (third: readonly ReturnType<typeof batch>[]) => [[1, common] as const, [2, common] as const, [3, third] as const];
  test('equals the incremental view', () => {
    const good = Stage.settled();
    good.audit(logs(common));
    expect(good.reported).toEqual(clean);
  });
  test.each([
    ['a batch is missing', [batch(0, 9, 0)]],
    ['a batch has other bytes', [batch(0, 9, 0), batch(10, 19, 0, 1)]],
    ['a batch has another epoch', [batch(0, 9, 0), batch(10, 19, 1)]],
    ['a batch is cut otherwise', [batch(0, 4, 0), batch(5, 19, 0)]],
    ['a batch was never told of', [...common, batch(20, 29, 0)]],
  ])('reports that %s', (_what, third) => {
    const bad = Stage.settled();
    bad.audit(logs(third));
    expect(bad.reported).toContain('finding AuditMismatch');
  });
  test('compares the raw logs with each other', () => {
    const stage = new Stage();
    stage.audit([
      [1, [batch(0, 9, 0), batch(10, 19, 2)]],
      [2, [batch(0, 9, 1), batch(10, 19, 2)]],
    ]);
    expect(stage.reported).toContain('finding LogMatching');
    stage.audit([
      [1, [batch(0, 9, 0, 1)]],
      [2, [batch(0, 9, 0, 2)]],
    ]);
    expect(stage.reported).toContain('finding EpochOffsetUnique');
  });
});
