/** Order holds in each partition. */
import { expect, test } from 'vitest';
import { kafkaRules } from '../src/kafka/rules/rules.ts';
import { scenarioArbitraryOf } from '../src/simulation/scenario/arbitrary.ts';
import { expectPromise, type KeptPromise, promiseTimeoutMs, tryPromise } from './promise.ts';

const promise: KeptPromise = {
  name: 'ordering',
  says: 'records of an idempotent producer keep their order in each partition, and readers get them in the order of their offsets',
  scenarios: scenarioArbitraryOf('ordering'),
  runs: 25,
  seed: 20_240_002,
  shrinkRuns: 150,
};

test(
  'records keep their order in each partition, whatever resets, delays and pauses make a producer send again',
  () => {
    const { acknowledged, coverage } = expectPromise(promise);
    expect(acknowledged).toBeGreaterThan(10_000);
    expect(coverage.get('produce retry')).toBeGreaterThan(100);
  },
  promiseTimeoutMs,
);

test(
  'a leader that takes a batch although one before it is missing breaks it',
  () => {
    const { producer } = kafkaRules;
    const checkSequence: typeof producer.checkSequence = (entry, batch) => {
      const verdict = producer.checkSequence(entry, batch);
      return verdict.type === 'refused' ? { type: 'append' } : verdict;
    };
    const outcome = tryPromise({ ...promise, runs: 100, shrinkRuns: 10 }, { rules: { ...kafkaRules, producer: { ...producer, checkSequence } } });
    expect(outcome.kept ? 'kept' : outcome.finding.anomaly).toMatch(/^(?:int-)?nonmonotonic-send$|^duplicate$/);
  },
  promiseTimeoutMs,
);
