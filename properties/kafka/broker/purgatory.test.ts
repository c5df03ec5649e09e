/** Delayed operations: completed once, by a wake or by the timeout, and forgotten everywhere. */
import { expect, test } from 'vitest';
import { Simulator } from '../../../src/io/virtual/simulator.ts';
import type { World } from '../../../src/io/world.ts';
import { type DelayedOperation, Purgatory } from '../../../src/kafka/broker/purgatory.ts';

interface Key {
  readonly name: string;
}
const a: Key = { name: 'a' };
const b: Key = { name: 'b' };
const c: Key = { name: 'c' };

function start(): { purgatory: Purgatory<Key>; pass(ms: number): void } {
  const simulator = new Simulator({ seed: 'p' });
  let world: World | undefined;
  simulator.host('h', { id: 1 }).boot((booted) => {
    world = booted;
  });
  if (world === undefined) throw new Error('not booted');
  return { purgatory: new Purgatory(world, 'test'), pass: (ms) => void simulator.run(simulator.nowUs + ms * 1000) };
}

class Operation implements DelayedOperation<Key> {
  ready = false;
  readonly told: string[] = [];
  tries = 0;
  tryComplete(): boolean {
    this.tries++;
    if (this.ready) this.told.push('completed');
    return this.ready;
  }
  expire(): void {
    this.told.push('expired');
  }
}

test('an operation that can be completed is never watched', () => {
  const { purgatory } = start();
  const operation = new Operation();
  operation.ready = true;
  purgatory.tryCompleteElseWatch(operation, [a], 10);
  expect([operation.told, purgatory.size]).toEqual([['completed'], 0]);
});

test('a wake completes it, once, whichever of its keys it was', () => {
  const { purgatory, pass } = start();
  const operation = new Operation();
  purgatory.tryCompleteElseWatch(operation, [a, b], 10);
  purgatory.wake(a);
  expect(operation.told).toEqual([]);
  operation.ready = true;
  purgatory.wake(c);
  expect(operation.told).toEqual([]);
  purgatory.wake(b);
  purgatory.wake(a);
  pass(20);
  expect([operation.told, purgatory.size, operation.tries]).toEqual([['completed'], 0, 3]);
});

test('the timeout ends it, once, and no wake comes after', () => {
  const { purgatory, pass } = start();
  const operation = new Operation();
  purgatory.tryCompleteElseWatch(operation, [a], 10);
  pass(9);
  expect(operation.told).toEqual([]);
  pass(2);
  operation.ready = true;
  purgatory.wake(a);
  expect([operation.told, purgatory.size]).toEqual([['expired'], 0]);
});

test('a closed purgatory answers nobody', () => {
  const { purgatory, pass } = start();
  const operation = new Operation();
  purgatory.tryCompleteElseWatch(operation, [a, b], 10);
  purgatory.close();
  pass(20);
  expect([operation.told, purgatory.size]).toEqual([[], 0]);
});
