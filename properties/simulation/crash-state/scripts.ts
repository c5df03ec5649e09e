/** Work for a log whose crash states are looked at: scripts drawn at random, the same for the same seed. */
import fc from 'fast-check';
import type { LogStep } from '../../../src/simulation/crash-state/explore.ts';

const percent = fc.integer({ min: 0, max: 100 });
const bytes = fc.integer({ min: 0, max: 900 });

const logStep: fc.Arbitrary<LogStep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      { type: fc.constant('lead' as const), records: fc.integer({ min: 1, max: 3 }), bytes, producer: fc.integer({ min: 1, max: 2 }) },
      { requiredKeys: ['type', 'records', 'bytes'] },
    ),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('follow' as const), bytes: fc.array(bytes, { minLength: 1, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('elect' as const) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('truncate' as const), percent }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('startAnew' as const), percent }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('advanceLogStart' as const), percent }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('retain' as const), percent, bytes: fc.integer({ min: 0, max: 4000 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('flush' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('flushLater' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('kill' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('cleanStop' as const) }) },
);

const transactional: fc.Arbitrary<LogStep> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('lead' as const),
      records: fc.integer({ min: 1, max: 2 }),
      bytes,
      producer: fc.integer({ min: 1, max: 3 }),
      transactional: fc.constant(true as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('endTransaction' as const),
      producer: fc.integer({ min: 1, max: 3 }),
      outcome: fc.constantFrom('abort' as const, 'abort' as const, 'commit' as const),
    }),
  },
  { weight: 2, arbitrary: logStep },
);

/** Much is durable and committed when the cleaner comes; some batches are tombstones, some of transactions. */
const compacted: fc.Arbitrary<LogStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('lead' as const),
      records: fc.integer({ min: 1, max: 3 }),
      bytes: fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: bytes }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('compact' as const),
      percent: fc.oneof(fc.constant(100), percent),
      keys: fc.constantFrom(1, 2, 100),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('flush' as const) }) },
  { weight: 3, arbitrary: transactional },
);

export const logScript: fc.Arbitrary<readonly LogStep[]> = fc.array(logStep, { minLength: 4, maxLength: 24 });

/** Durable far, cut, and written again over several segments in one go, before any sync: what random work rarely comes to. */
const cutAndWriteAgain: readonly LogStep[] = [
  { type: 'follow', bytes: [700, 500, 700, 500] },
  { type: 'cleanStop' },
  { type: 'truncate', percent: 30 },
  { type: 'follow', bytes: [600, 600, 600, 600] },
];

const transactionScript: fc.Arbitrary<readonly LogStep[]> = fc.array(transactional, { minLength: 4, maxLength: 24 });

/** So many scripts. */
export const logScripts = (seed: number, count: number): readonly (readonly LogStep[])[] => [
  cutAndWriteAgain,
  ...fc.sample(logScript, { seed, numRuns: count - 1 }),
];

/** So many whose producers write in transactions. */
export const transactionScripts = (seed: number, count: number): readonly (readonly LogStep[])[] =>
  fc.sample(transactionScript, { seed, numRuns: count });

const compactionScript: fc.Arbitrary<readonly LogStep[]> = fc.array(compacted, { minLength: 6, maxLength: 14 });

const oneSegment: LogStep = { type: 'lead', records: 1, bytes: 900 };
/** Of the first segments nothing is left, and recovery begins with them. */
const emptiedSegments: readonly LogStep[] = [
  ...Array.from({ length: 6 }, () => oneSegment),
  { type: 'flush' },
  { type: 'compact', percent: 100, keys: 100 },
];

/** So many that compact their log. */
export const compactionScripts = (seed: number, count: number): readonly (readonly LogStep[])[] => [
  emptiedSegments,
  ...fc.sample(compactionScript, { seed, numRuns: count - 1 }),
];
