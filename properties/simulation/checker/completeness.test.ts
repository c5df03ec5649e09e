/** Who leads, or may lead, holds what is committed; and what is excused when faults went beyond what Kafka promises to survive. */
import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/model/brand.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { batch, common, orders, Stage } from './stage.ts';

const clean: readonly string[] = [];
const half = [batch(0, 9, 0)];

/** Broker 3 goes down hard and comes back with this log; the controller removes it from ISR and ELR when it registers. */
const comesBack = (stage: Stage, host: number, lossy: boolean, batches: readonly ReturnType<typeof batch>[]): void => {
  stage.crash(host, lossy);
  stage.restart(host);
  stage.recovered(host, batches);
};

describe('LeaderCompleteness', () => {
  test('is broken by a leader that lacks what is committed, kept by one that holds more', () => {
    const bad = Stage.settled();
    comesBack(bad, 3, true, half);
    bad.controller(3, 1, 1, [3], [1, 2]);
    bad.role(3, 'leader', 1, 3);
    expect(bad.reported).toContain('finding LeaderCompleteness');
    const good = Stage.settled();
    good.append(3, batch(20, 29, 0));
    good.controller(3, 1, 1, [2, 3]);
    good.role(3, 'leader', 1, 3);
    expect(good.reported).toEqual(clean);
  });
  test('asks nothing of a deposed broker that learns late of an epoch it led', () => {
    const story = (currentEpoch: number): Stage => {
      const stage = Stage.settled();
      stage.controller(2, 1, 1, [1, 2, 3]);
      stage.role(2, 'leader', 1, 2);
      stage.isr(2, [1, 2, 3]);
      stage.role(1, 'follower', 1, 2);
      stage.role(3, 'follower', 1, 2);
      stage.controller(2, 1, 2, [1, 2]);
      stage.isr(2, [1, 2]);
      stage.append(2, batch(20, 29, 1));
      stage.append(1, batch(20, 29, 1));
      stage.highWatermark(2, 30);
      stage.controller(1, currentEpoch, 3, [1, 2]);
      stage.role(3, 'leader', 2, 3);
      return stage;
    };
    expect(story(3).reported).toEqual(clean);
    expect(story(2).reported).toContain('finding LeaderCompleteness');
  });
});

describe('LeaderCandidateCompleteness', () => {
  test('is broken by a member of the ISR that cuts off committed records (KIP-101), kept by one that cuts the rest', () => {
    const bad = Stage.settled();
    bad.truncate(3, 20, 10);
    expect(bad.reported).toEqual(['finding LeaderCandidateCompleteness']);
    const good = Stage.settled();
    good.append(3, batch(20, 29, 0));
    good.truncate(3, 30, 20);
    expect(good.reported).toEqual(clean);
    const outside = Stage.settled();
    outside.controller(1, 0, 1, [1, 2]);
    outside.truncate(3, 20, 10);
    expect(outside.reported).toEqual(clean);
  });
  test('is broken by joining the ISR too early (KAFKA-7128)', () => {
    const story = (joiner: readonly ReturnType<typeof batch>[]): Stage => {
      const stage = new Stage();
      stage.controller(1, 0, 0, [1, 2]);
      for (const host of [1, 2, 3]) stage.role(host, host === 1 ? 'leader' : 'follower', 0, 1);
      stage.isr(1, [1, 2]);
      stage.append(1, ...common);
      stage.append(2, ...common);
      stage.highWatermark(1, 20);
      stage.append(3, ...joiner);
      stage.isr(1, [1, 2], [1, 2, 3]);
      stage.controller(1, 0, 1, [1, 2, 3]);
      return stage;
    };
    expect(story(half).reported).toEqual(['finding LeaderCandidateCompleteness']);
    expect(story(common).reported).toEqual(clean);
  });
  test('is asked of an eligible leader replica, and of a restarted broker only once it is admitted', () => {
    const story = (removed: boolean): Stage => {
      const stage = Stage.settled();
      stage.fence(2);
      stage.controller(1, 0, 1, [1, 3]);
      stage.fence(3);
      stage.controller(1, 0, 2, [1], [3]);
      comesBack(stage, 3, true, half);
      expect(stage.reported).toEqual(clean);
      stage.registered(3, true);
      if (removed) stage.controller(1, 0, 3, [1], []);
      stage.unfence(3);
      return stage;
    };
    expect(story(false).reported).toEqual(['finding LeaderCandidateCompleteness']);
    expect(story(true).reported).toEqual(clean);
  });
  test('is not asked of a broker that the controller unfences for what it heard before the broker died', () => {
    const story = (registers: boolean): Stage => {
      const stage = Stage.settled();
      stage.controller(1, 0, 1, [1], [3]);
      stage.fence(3);
      comesBack(stage, 3, true, half);
      if (registers) stage.registered(3, true);
      stage.unfence(3);
      return stage;
    };
    expect(story(false).reported).toEqual(clean);
    expect(story(true).reported).toEqual(['finding LeaderCandidateCompleteness']);
  });
  test('is asked when the broker itself says that it runs', () => {
    const stage = Stage.settled();
    comesBack(stage, 3, true, half);
    stage.tell(3, { type: 'running' });
    expect(stage.reported).toEqual(['finding LeaderCandidateCompleteness']);
  });
  test('is asked again at the end', () => {
    const stage = Stage.settled();
    stage.crash(3, true);
    stage.oracle.finish(stage.timeUs);
    expect(stage.reported).toEqual(clean);
  });
});

describe('the last member of the ISR, re-elected after it lost power (KIP-966)', () => {
  /** The ISR shrank to 1, which alone wrote on; then it lost power. */
  const story = (elected: number, partitionMembers: 'kept' | 'removed'): Stage => {
    const stage = Stage.settled();
    stage.fence(2);
    stage.fence(3);
    stage.controller(1, 0, 1, [1, 3]);
    stage.controller(1, 0, 2, [1], [3]);
    stage.isr(1, [1]);
    stage.append(1, batch(20, 29, 0));
    stage.crash(1, true);
    stage.fence(1);
    stage.controller(-1, 1, 3, [], [1, 3]);
    stage.restart(1);
    stage.recovered(1, half);
    stage.registered(1, true);
    if (partitionMembers === 'removed') stage.controller(-1, 1, 4, [], [3]);
    stage.unfence(elected);
    stage.controller(elected, 2, partitionMembers === 'removed' ? 5 : 4, [elected], partitionMembers === 'removed' ? [] : [3]);
    stage.role(elected, 'leader', 2, elected);
    return stage;
  };
  test('is a finding', () => {
    expect(story(1, 'kept').reported).toEqual(expect.arrayContaining(['finding LeaderCompleteness']));
    expect(story(1, 'kept').oracle.lossExcuse(orders, offset(15))).toBeUndefined();
  });
  test('is not what Kafka does', () => expect(story(3, 'removed').reported).toEqual(clean));
});

describe('loss is excused', () => {
  /** Brokers `lost` lose power one after the other, all stay candidates by the controller's mistake, and 1 leads with half the log. */
  const story = (lost: readonly number[], minIsr = 2): Stage => {
    const stage = new Stage();
    stage.controller(1, 0, 0, [1, 2, 3], [], minIsr);
    for (const host of [1, 2, 3]) stage.role(host, host === 1 ? 'leader' : 'follower', 0, 1);
    stage.isr(1, [1, 2, 3], [1, 2, 3], minIsr);
    for (const host of [1, 2, 3]) stage.append(host, ...common);
    stage.highWatermark(1, 20);
    for (const host of lost) comesBack(stage, host, true, half);
    stage.controller(1, 1, 1, [1], minIsr > 1 ? [2, 3] : [], minIsr);
    stage.role(1, 'leader', 1, 1);
    return stage;
  };
  test('when as many replicas as min ISR lost power at once, and not before', () => {
    expect(story([1]).reported).toContain('finding LeaderCompleteness');
    const excused = story([1, 2]);
    expect(excused.reported).toEqual(['excused LeaderCompleteness']);
    expect(excused.oracle.lossExcuse(orders, offset(15))).toMatch(/lost power/);
    expect(excused.oracle.lossExcuse(orders, offset(5))).toBeUndefined();
    expect(excused.findings.list()[0]?.reason).toMatch(/\{1, 2\} lost power .* min ISR is 2/);
  });
  test('with min.insync.replicas=1 and one power loss', () => expect(story([1], 1).reported).toEqual(['excused LeaderCompleteness']));
  test('no more once the ISR is whole again', () => {
    const stage = Stage.settled();
    comesBack(stage, 2, true, half);
    comesBack(stage, 3, true, half);
    expect(stage.oracle.lossExcuse(orders, offset(15))).toMatch(/lost power/);
    stage.registered(2, true);
    stage.controller(1, 0, 1, [1], []);
    stage.unfence(2);
    stage.append(2, batch(10, 19, 0));
    stage.append(3, batch(10, 19, 0));
    stage.isr(1, [1], [1, 2]);
    stage.controller(1, 0, 2, [1, 2]);
    expect(stage.oracle.lossExcuse(orders, offset(15))).toBeUndefined();
    stage.tell(2, { type: 'running' });
    stage.truncate(2, 20, 10);
    expect(stage.reported).toEqual(['finding LeaderCandidateCompleteness']);
  });
  test('still while the controller takes one back that it has not registered as it runs now', () => {
    const stage = Stage.settled();
    for (const host of [2, 3]) comesBack(stage, host, true, half);
    stage.controller(1, 0, 1, [1]);
    stage.controller(1, 0, 2, [1, 2]);
    expect(stage.oracle.lossExcuse(orders, offset(15))).toMatch(/lost power/);
  });
  test('not by a power loss of a replica on which nothing rests', () => {
    const stage = Stage.settled();
    stage.controller(1, 0, 1, [1, 2]);
    comesBack(stage, 3, true, half);
    comesBack(stage, 2, true, half);
    expect(stage.oracle.lossExcuse(orders, offset(15))).toBeUndefined();
  });
  test('after a wipe of a disk on which it did not lie is for nothing', () => {
    const stage = Stage.settled();
    for (const host of [2, 3]) {
      stage.stop(host);
      stage.oracle.wiped(stage.timeUs, host, new Set([topicPartition('payments', 0)]));
    }
    expect(stage.oracle.lossExcuse(orders, offset(15))).toBeUndefined();
  });
  test('after a wipe as after a power loss', () => {
    const stage = Stage.settled();
    for (const host of [2, 3]) {
      stage.stop(host);
      stage.oracle.wiped(stage.timeUs, host, new Set([orders]));
    }
    expect(stage.oracle.lossExcuse(orders, offset(15))).toMatch(/lost power/);
  });
});

describe('an unclean election', () => {
  /** ISR and ELR run empty; 3, which lags, is elected. */
  const story = (options: { readonly enabled?: boolean; readonly crashes: readonly number[]; readonly elr?: readonly number[] }): Stage => {
    const stage = new Stage({ uncleanElectionEnabled: () => options.enabled ?? false });
    stage.controller(1, 0, 0, [1, 2]);
    for (const host of [1, 2, 3]) stage.role(host, host === 1 ? 'leader' : 'follower', 0, 1);
    stage.isr(1, [1, 2]);
    stage.append(1, ...common);
    stage.append(2, ...common);
    stage.append(3, ...half);
    stage.highWatermark(1, 20);
    for (const host of options.crashes) stage.crash(host, false);
    stage.controller(-1, 1, 1, [], options.elr ?? []);
    stage.controller(3, 2, 2, [3], []);
    stage.role(3, 'leader', 2, 3);
    return stage;
  };
  test('excuses what its leader lacks where it is enabled', () => {
    const stage = story({ enabled: true, crashes: [1, 2] });
    expect(stage.reported).toEqual(['excused LeaderCompleteness']);
    expect(stage.oracle.lossExcuse(orders, offset(12))).toMatch(/unclean.leader.election.enable/);
  });
  test('excuses it for the last known leader, when min ISR members went down hard', () => {
    expect(story({ crashes: [1, 2] }).reported).toEqual(['excused LeaderCompleteness']);
    expect(story({ crashes: [1] }).reported).toEqual(expect.arrayContaining(['finding UncleanExclusion', 'finding LeaderCompleteness']));
  });
  test('is permitted to the last known leader of a partition that began below min ISR and never committed anything', () => {
    const begun = (committed: number, isr: readonly number[]): Stage => {
      const stage = new Stage();
      stage.controller(2, 0, 0, [2]);
      stage.role(2, 'leader', 0, 2);
      stage.append(2, ...half);
      if (committed > 0) {
        stage.isr(2, [2], [2], 1);
        stage.highWatermark(2, committed);
      }
      stage.crash(2, true);
      stage.controller(-1, 1, 1, isr);
      stage.controller(3, 2, 2, [3]);
      return stage;
    };
    expect(begun(0, []).reported).toEqual(clean);
    expect(begun(5, []).reported).toContain('finding UncleanExclusion');
    expect(begun(0, [1]).reported).toContain('finding UncleanExclusion');
  });
  describe('of one that the controller elected without knowing that it had gone down hard', () => {
    /** 2 and 1, which are ISR and ELR or become so, go down; 1 is back, is elected for what it was, registers, and is elected again. */
    const story = (of: { readonly elr: readonly number[]; readonly registersFirst: boolean }): readonly string[] => {
      const stage = new Stage();
      stage.controller(2, 0, 0, [2], of.elr);
      for (const host of [1, 2]) stage.append(host, ...half);
      stage.role(2, 'leader', 0, 2);
      stage.isr(2, [2], [2], 1);
      stage.highWatermark(2, 10);
      for (const host of [2, 1]) stage.crash(host, false);
      stage.restart(1);
      stage.recovered(1, half);
      if (of.registersFirst) {
        stage.registered(1, false);
        stage.unfence(1);
      }
      stage.controller(2, 0, 1, [2], [1]);
      stage.controller(1, 1, 2, [1]);
      if (!of.registersFirst) stage.registered(1, true);
      stage.controller(-1, 2, 3, []);
      stage.controller(3, 3, 4, [3]);
      return stage.reported;
    };
    test('counts it, whether it was a member when it went down or became one before it registered', () => {
      expect(story({ elr: [1], registersFirst: false })).not.toContain('finding UncleanExclusion');
      expect(story({ elr: [], registersFirst: false })).not.toContain('finding UncleanExclusion');
    });
    test('does not count one that had registered before it was elected', () => {
      expect(story({ elr: [1], registersFirst: true })).toContain('finding UncleanExclusion');
    });
  });
  test('takes with it what a leader goes on to commit that has not heard of it', () => {
    const stage = story({ enabled: true, crashes: [2] });
    expect(stage.oracle.lossExcuse(orders, offset(20))).toBeUndefined();
    stage.append(1, batch(20, 24, 1));
    stage.highWatermark(1, 25);
    expect(stage.reported).toEqual(['excused LeaderCompleteness']);
    expect(stage.oracle.lossExcuse(orders, offset(20))).toMatch(/unclean.leader.election.enable/);
    expect(stage.oracle.lossExcuse(orders, offset(25))).toBeUndefined();
  });
  test('takes it with it as well where its own leader lacks nothing', () => {
    const stage = new Stage({ uncleanElectionEnabled: () => true });
    stage.controller(1, 0, 0, [1, 2]);
    for (const host of [1, 2, 3]) stage.role(host, host === 1 ? 'leader' : 'follower', 0, 1);
    stage.isr(1, [1, 2]);
    for (const host of [1, 2, 3]) stage.append(host, ...half);
    stage.highWatermark(1, 10);
    for (const host of [1, 2]) stage.append(host, batch(10, 14, 0));
    stage.controller(-1, 1, 1, []);
    stage.controller(3, 2, 2, [3], []);
    stage.role(3, 'leader', 2, 3);
    expect([stage.reported, stage.oracle.anyLossExcuse(orders)]).toEqual([clean, undefined]);
    stage.highWatermark(1, 15);
    stage.serve(1, 10, 15);
    expect(stage.reported).toEqual(clean);
    expect(stage.oracle.lossExcuse(orders, offset(14))).toMatch(/unclean.leader.election.enable/);
  });
  test('is a finding beside an eligible leader replica', () => {
    expect(story({ crashes: [1, 3], elr: [2] }).reported).toEqual(expect.arrayContaining(['finding UncleanExclusion', 'finding LeaderCompleteness']));
  });
  test('gives up the history of those who have not heard of it', () => {
    const stage = story({ enabled: true, crashes: [2] });
    stage.serve(1, 0, 20);
    stage.acknowledge(1, 10, 19);
    stage.append(3, batch(10, 14, 2));
    stage.truncate(1, 20, 10);
    stage.role(1, 'follower', 2, 3);
    stage.append(1, batch(10, 14, 2));
    expect(stage.reported).toEqual(['excused LeaderCompleteness']);
  });
});
