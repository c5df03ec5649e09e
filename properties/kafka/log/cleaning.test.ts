/** Compaction keeps the last record of each key and nothing that it should not, whatever happens meanwhile; each rule broken is seen. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CleaningRules, cleaningRules } from '../../../src/kafka/rules/log-cleaning.ts';
import { type CleaningStep, CleaningTrial, cleaningStep } from './cleaning.ts';

const steps = fc.array(cleaningStep, { minLength: 5, maxLength: 30 });

function play(seed: number, all: readonly CleaningStep[], rules?: Partial<CleaningRules>): CleaningTrial {
  const trial = new CleaningTrial(seed, rules);
  for (const step of all) trial.take(step);
  return trial;
}

test('the newest record of each key stays, a tombstone until its horizon, and nothing else changes, whatever call the power fails in', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.nat(), steps, (seed, all) => {
      for (const [outcome, count] of play(seed, all).outcomes) seen.set(outcome, (seen.get(outcome) ?? 0) + count);
    }),
    { numRuns: 300 },
  );
  for (const outcome of ['cleaned', 'crashed']) expect(seen.get(outcome), outcome).toBeGreaterThan(60);
});

const wrong: readonly { readonly name: string; readonly rules: Partial<CleaningRules> }[] = [
  { name: 'the first record of a key stays', rules: { keepRecord: (record) => record.newest === -1 || record.offset > record.seenTo } },
  {
    name: 'tombstones go at once',
    rules: { keepRecord: (record) => cleaningRules.keepRecord(record) && (record.hasValue || record.offset > record.seenTo) },
  },
  {
    name: 'a tombstone’s horizon is the moment of its first cleaning',
    rules: { horizon: (present, tombstones, nowMs) => cleaningRules.horizon(present, tombstones, nowMs, 0) },
  },
  {
    name: 'no tombstone ever gets a horizon, and all go that have none',
    rules: {
      horizon: () => undefined,
      keepRecord: (record) => cleaningRules.keepRecord({ ...record, deleteHorizonMs: record.deleteHorizonMs ?? 0 }),
    },
  },
  {
    name: 'what is not committed is cleaned',
    rules: {
      dirtyRange: (facts) => cleaningRules.dirtyRange({ ...facts, lastStableOffset: Number.MAX_SAFE_INTEGER as typeof facts.lastStableOffset }),
    },
  },
  { name: 'keys beyond the bound are cleaned unseen', rules: { keepRecord: (record) => record.hasKey && record.newest === record.offset } },
  { name: 'the end of a segment is not kept', rules: { keepEmptied: (batch) => batch.lastOfProducer } },
  { name: 'the last batch of a producer is not kept', rules: { keepEmptied: (batch) => batch.lastOfSegment } },
  { name: 'a new segment is not synced', rules: { swapSteps: () => ['markSwap', 'setAside', 'takePlace', 'syncNames', 'snapshots'] } },
  {
    name: 'old segments go before the new one counts',
    rules: { swapSteps: () => ['sync', 'setAside', 'markSwap', 'takePlace', 'syncNames', 'snapshots'] },
  },
];

describe('a compaction is seen to be broken when', () => {
  test.each(wrong)('$name', ({ rules }) => {
    const property = fc.property(fc.nat(), steps, (seed, all) => {
      play(seed, all, rules);
    });
    expect(fc.check(property, { seed: 1, numRuns: 1500, endOnFailure: true }).failed).toBe(true);
  });
});
