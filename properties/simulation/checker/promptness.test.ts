/** The checker of what must happen in time: small stories in which a limit is kept or not, with a fault in the way or without. */
import { describe, expect, test } from 'vitest';
import { brokerEpoch, brokerId, leaderEpoch, offset } from '../../../src/model/brand.ts';
import { Findings } from '../../../src/simulation/checker/finding.ts';
import { Promptness } from '../../../src/simulation/checker/state/promptness.ts';
import { ids, orders } from './stage.ts';

const controllerId = 1000;
const limits = { sessionMs: 3000, lagMs: 2000, controllerId };
/** Long after the beginning, so that nothing is felt of it. */
const later = 60_000;
const clean: readonly string[] = [];

class Clock {
  readonly findings = new Findings();
  readonly checker = new Promptness(this.findings, limits);
  #partitionEpoch = 0;

  /** Brokers 1 to 3 are in, 1 leads, all are in the ISR. */
  constructor() {
    for (const id of [1, 2, 3]) this.unfence(0, id);
    this.isr(0, [1, 2, 3]);
    this.checker.begin(0);
  }

  get reported(): readonly string[] {
    return this.findings.list().map(({ anomaly }) => anomaly);
  }

  unfence(atMs: number, id: number): this {
    this.checker.observe(atMs * 1000, controllerId, { type: 'unfenced', broker: brokerId(id) });
    return this;
  }
  fence(atMs: number, id: number): this {
    this.checker.observe(atMs * 1000, controllerId, { type: 'fenced', broker: brokerId(id) });
    return this;
  }
  register(atMs: number, id: number): this {
    this.checker.observe(atMs * 1000, controllerId, { type: 'registered', broker: brokerId(id), brokerEpoch: brokerEpoch(7), unclean: false });
    return this;
  }
  isr(atMs: number, isr: readonly number[], leader = 1, epoch = 0): this {
    this.checker.observe(atMs * 1000, controllerId, {
      type: 'partitionState',
      partition: orders,
      leader: brokerId(leader),
      leaderEpoch: leaderEpoch(epoch),
      partitionEpoch: this.#partitionEpoch++,
      replicas: ids([1, 2, 3]),
      isr: ids(isr),
      elr: [],
      minIsr: 2,
    });
    return this;
  }
  append(atMs: number, last: number, ...hosts: readonly number[]): this {
    for (const host of hosts)
      this.checker.observe(atMs * 1000, host, {
        type: 'appended',
        partition: orders,
        base: offset(last),
        last: offset(last),
        epoch: leaderEpoch(0),
        crc: last,
      });
    return this;
  }
  crash(atMs: number, id: number): this {
    this.checker.crashed(atMs * 1000, id);
    return this;
  }
  disturb(untilMs: number, ...hosts: readonly number[]): this {
    for (const host of hosts) this.checker.disturbed(host, untilMs * 1000);
    return this;
  }
}

describe('NeedlessFence', () => {
  test('a broker that nothing disturbed stays in', () => {
    expect(new Clock().fence(later, 2).reported).toEqual(['NeedlessFence']);
  });
  test.each([2, controllerId])('a broker may be fenced while the last fault is felt by host %i', (host) => {
    expect(new Clock().disturb(later - 1000, host).fence(later, 2).reported).toEqual(clean);
    expect(new Clock().disturb(later - 30_000, host).fence(later, 2).reported).toEqual(['NeedlessFence']);
  });
});

describe('LateFence', () => {
  const down = () => new Clock().disturb(Number.POSITIVE_INFINITY, 2).crash(later, 2);
  test('a broker that is down is fenced when its session is over', () => {
    expect(down().append(later + 5000, 1, 1, 3).reported).toEqual(clean);
    expect(down().append(later + 7000, 1, 1, 3).reported).toEqual(['LateFence']);
    expect(
      down()
        .fence(later + 4000, 2)
        .append(later + 7000, 1, 1, 3).reported,
    ).toEqual(clean);
    expect(
      down()
        .register(later + 4000, 2)
        .append(later + 7000, 1, 1, 3).reported,
    ).toEqual(clean);
  });
  test('a controller that is disturbed may be late', () => {
    expect(
      down()
        .disturb(later + 2000, controllerId)
        .append(later + 7000, 1, 1, 3).reported,
    ).toEqual(clean);
  });
});

describe('NeedlessShrink', () => {
  test('a follower that nothing disturbed stays in the ISR', () => {
    expect(new Clock().isr(later, [1, 2]).reported).toEqual(['NeedlessShrink']);
  });
  test.each([1, 3, controllerId])('a follower may leave while the last fault is felt by host %i', (host) => {
    expect(new Clock().disturb(later - 1000, host).isr(later, [1, 2]).reported).toEqual(clean);
  });
  test('a follower may leave when it is fenced, or when its leader has only begun', () => {
    const fenced = new Clock().disturb(later - 1000, controllerId).fence(later, 3);
    expect(fenced.isr(later + 20_000, [1, 2]).reported).toEqual(clean);
    expect(new Clock().isr(later, [1, 2, 3], 2, 1).isr(later + 1000, [1, 2], 2, 1).reported).toEqual(clean);
  });
});

describe('LateShrink', () => {
  const behind = () => new Clock().append(later, 1, 1, 2);
  test('a follower that lacks what its leader had leaves the ISR in time', () => {
    expect(behind().append(later + 6500, 2, 1, 2).reported).toEqual(clean);
    expect(behind().append(later + 7500, 2, 1, 2).reported).toEqual(['LateShrink']);
    expect(
      behind()
        .isr(later + 3000, [1, 2])
        .append(later + 7500, 2, 1, 2).reported,
    ).toEqual(['NeedlessShrink']);
  });
  test('a follower that is back in the ISR has the same time again, as it need only hold what is committed', () => {
    const back = () =>
      behind()
        .disturb(Number.POSITIVE_INFINITY, 3)
        .isr(later + 3000, [1, 2])
        .isr(later + 7000, [1, 2, 3]);
    expect(back().append(later + 13_500, 2, 1, 2).reported).toEqual(clean);
    expect(back().append(later + 14_500, 2, 1, 2).reported).toEqual(['LateShrink']);
  });
  test('a follower that is always a little behind is not late', () => {
    const story = new Clock();
    for (let each = 0; each < 20; each++) story.append(later + each * 1000, each + 1, 1, 2).append(later + each * 1000 + 500, each, 3);
    expect(story.append(later + 20_000, 21, 1, 2).reported).toEqual(clean);
  });
  test('the leader and the controller may be late while they are disturbed', () => {
    for (const host of [1, controllerId])
      expect(
        behind()
          .disturb(later + 3000, host)
          .append(later + 7500, 2, 1, 2).reported,
      ).toEqual(clean);
  });
});

test('when everything is healed nothing is judged any more', () => {
  const story = new Clock();
  story.checker.finish();
  expect(story.fence(later, 2).isr(later, [1, 2]).reported).toEqual(clean);
});
