/** Below which offsets a leader knows no more than the last batch of each producer. */
import { expect, test } from 'vitest';
import type { NodeEvent } from '../../../src/io/node-event.ts';
import { brokerId, leaderEpoch, offset } from '../../../src/model/brand.ts';
import { ProducerMemory } from '../../../src/simulation/checker/state/producer-memory.ts';
import { batch, orders } from './stage.ts';

const partition = orders;
const appended = (base: number, last: number): NodeEvent => ({ type: 'appended', partition, ...batch(base, last, 0) });
const leads: NodeEvent = { type: 'role', partition, role: 'leader', epoch: leaderEpoch(1), leader: brokerId(2) };
const recovered = (logEnd: number): NodeEvent => ({
  type: 'recovered',
  partition,
  logStart: offset(0),
  logEnd: offset(logEnd),
  highWatermark: offset(0),
  clean: true,
});

/** What is known of broker 2 after it told this, and then led. */
function below(...events: readonly NodeEvent[]): readonly number[] {
  const memory = new ProducerMemory();
  for (const [at, event] of [...events, leads].entries()) memory.observe(at, 2, event);
  return memory.compactedEnds(partition, events.length);
}

test('who fetched a log behind a gap knows only the last below it, who fetched all of it knows all', () => {
  expect(below(appended(0, 4), appended(9, 12), appended(13, 13))).toEqual([9]);
  expect(below(appended(0, 4), appended(5, 12))).toEqual([]);
  expect(below(appended(0, 4), { type: 'truncated', partition, from: offset(5), to: offset(0) }, appended(3, 4))).toEqual([3]);
  expect(below({ type: 'logStart', partition, offset: offset(7) }, appended(7, 9))).toEqual([]);
});

test('who compacted it knows all until it is opened again', () => {
  const cleaned: NodeEvent = { type: 'cleaned', partition, from: offset(0), to: offset(5) };
  expect(below(appended(0, 9), cleaned)).toEqual([]);
  expect(below(appended(0, 9), cleaned, recovered(10), appended(10, 12))).toEqual([5]);
  expect(below(appended(0, 9), recovered(10), appended(10, 12))).toEqual([]);
});

test('nothing is said of who has not led by then', () => {
  const memory = new ProducerMemory();
  for (const [at, event] of [appended(4, 5), leads].entries()) memory.observe(at, 2, event);
  expect([memory.compactedEnds(partition, 0), memory.compactedEnds(partition, 1)]).toEqual([[], [4]]);
});
