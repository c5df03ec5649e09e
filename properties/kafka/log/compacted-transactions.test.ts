/** Compaction of a log with transactions loses no committed value and brings no aborted one back; each rule broken is seen. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CleaningRules, cleaningRules } from '../../../src/kafka/rules/log-cleaning.ts';
import { CompactedTrial, compactedStep } from './compacted-transactions.ts';

interface Seen {
  markersGone: number;
  abortedGone: number;
}

const trials = (rules: Partial<CleaningRules>, seen: Seen = { markersGone: 0, abortedGone: 0 }) =>
  fc.property(fc.nat(), fc.array(compactedStep, { minLength: 20, maxLength: 90 }), (seed, steps) => {
    const trial = new CompactedTrial(seed, rules);
    for (const step of steps) trial.take(step);
    seen.markersGone += trial.markersGone;
    seen.abortedGone += trial.abortedGone;
  });

test('a reader of committed records sees the last committed value of each key, whatever is cleaned and whatever call the power fails in', () => {
  const seen: Seen = { markersGone: 0, abortedGone: 0 };
  fc.assert(trials({}, seen), { numRuns: 300 });
  expect(seen.markersGone).toBeGreaterThan(100);
  expect(seen.abortedGone).toBeGreaterThan(100);
});

const never = Number.MAX_SAFE_INTEGER;
const wrong: readonly { readonly name: string; readonly rules: Partial<CleaningRules> }[] = [
  { name: 'aborted records stay', rules: { keepAborted: () => true } },
  { name: 'a spent marker goes at once', rules: { keepSpentMarker: () => false } },
  { name: 'a group of segments knows nothing of the one before', rules: { transactionsKnownFor: () => 'group' } },
  {
    name: 'what is not decided is cleaned',
    rules: { dirtyRange: (facts) => cleaningRules.dirtyRange({ ...facts, lastStableOffset: never as typeof facts.lastStableOffset }) },
  },
];

describe('is seen to be broken when', () => {
  test.each(wrong)('$name', ({ rules }) => {
    expect(fc.check(trials(rules), { seed: 1, numRuns: 2000, endOnFailure: true }).failed).toBe(true);
  });
});
