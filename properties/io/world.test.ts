/** What every World promises of its clock, its randomness and its lanes. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { World } from '../../src/io/world.ts';
import { fileKind, type Rig, servedKind, virtualKind } from './rig.ts';

describe.each([virtualKind, fileKind, servedKind])('the world of $name', ({ make }) => {
  let rig: Rig;
  let world: World;
  beforeEach(() => {
    rig = make();
    world = rig.start('node');
  });
  afterEach(() => rig.close());

  test('timers fire once, in the order of their times, never before', async () => {
    const fired: string[] = [];
    const startMs = world.clock.monotonicMs();
    for (const delayMs of [60, 20, 40])
      world.clock.after('timer', delayMs, () => {
        // A system's timers may be a millisecond off its clock.
        expect(world.clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(delayMs - 1);
        fired.push(`${delayMs}`);
      });
    await rig.until(() => fired.length === 3);
    await rig.rest(60);
    expect(fired).toEqual(['20', '40', '60']);
  });

  test('timers of one delay fire in the order in which they were started, later than the call', async () => {
    const fired: number[] = [];
    for (let index = 0; index < 5; index++) world.clock.after('timer', 0, () => fired.push(index));
    expect(fired).toEqual([]);
    await rig.until(() => fired.length === 5);
    expect(fired).toEqual([0, 1, 2, 3, 4]);
  });

  test('a cancelled timer never fires, whenever and however often it is cancelled', async () => {
    const fired: string[] = [];
    const early = world.clock.after('early', 20, () => fired.push('early'));
    early.cancel();
    early.cancel();
    const other = world.clock.after('other', 30, () => fired.push('other'));
    const self = world.clock.after('self', 10, () => {
      self.cancel();
      other.cancel();
      fired.push('self');
    });
    await rig.rest(80);
    expect(fired).toEqual(['self']);
    self.cancel();
  });

  test('monotonic time counts whole milliseconds and goes on', async () => {
    const before = world.clock.monotonicMs();
    const wall = world.clock.wallMs();
    await rig.rest(50);
    expect(Number.isInteger(world.clock.monotonicMs())).toBe(true);
    expect(world.clock.monotonicMs()).toBeGreaterThanOrEqual(before + 49);
    expect(world.clock.wallMs()).toBeGreaterThanOrEqual(wall + 49);
    expect(wall).toBeGreaterThan(1_700_000_000_000);
  });

  test('draws are integers of 32 bits and spread', () => {
    const draws = Array.from({ length: 400 }, () => world.random.uint32('name'));
    expect(draws.every((draw) => Number.isInteger(draw) && draw >= 0 && draw <= 0xffffffff)).toBe(true);
    expect(new Set(draws).size).toBeGreaterThan(395);
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length / 0x100000000;
    expect(mean).toBeGreaterThan(0.4);
    expect(mean).toBeLessThan(0.6);
  });

  test('a step runs at once in a free lane, and one asked for by a step runs after it, in order', () => {
    const ran: string[] = [];
    rig.enter('node', () => {
      world.on('requests', () => {
        ran.push('one begins');
        world.on('requests', () => {
          ran.push('two');
          world.on('background', () => ran.push('four'));
        });
        world.on('fetcher-1', () => ran.push('three'));
        ran.push('one ends');
      });
      ran.push('after');
    });
    expect(ran).toEqual(['one begins', 'one ends', 'two', 'three', 'four', 'after']);
  });

  test('the disks of a node have their order', () => {
    expect([...world.disks.keys()]).toEqual(['a', 'b']);
  });
});
