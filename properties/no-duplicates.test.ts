/** No duplicates with idempotence. */
import { expect, test } from 'vitest';
import { kafkaRules } from '../src/kafka/rules/rules.ts';
import { scenarioArbitraryOf } from '../src/simulation/scenario/arbitrary.ts';
import { expectPromise, type KeptPromise, promiseTimeoutMs, tryPromise } from './promise.ts';

const promise: KeptPromise = {
  name: 'no-duplicates',
  says: 'no record of an idempotent producer stands twice in its partition',
  scenarios: scenarioArbitraryOf('no-duplicates'),
  runs: 25,
  seed: 20_240_003,
  shrinkRuns: 150,
};

test(
  'no record of an idempotent producer stands twice, however often its answers are lost',
  () => {
    const { acknowledged, coverage } = expectPromise(promise);
    expect(acknowledged).toBeGreaterThan(10_000);
    expect(coverage.get('produce retry')).toBeGreaterThan(100);
    expect(coverage.get('duplicate answered')).toBeGreaterThan(10);
  },
  promiseTimeoutMs,
);

test(
  'a leader that writes a repeated batch again breaks it',
  () => {
    const { producer } = kafkaRules;
    const checkSequence: typeof producer.checkSequence = (entry, batch) => {
      const verdict = producer.checkSequence(entry, batch);
      return verdict.type === 'duplicate' ? { type: 'append' } : verdict;
    };
    const outcome = tryPromise({ ...promise, shrinkRuns: 10 }, { rules: { ...kafkaRules, producer: { ...producer, checkSequence } } });
    expect(outcome.kept ? 'kept' : outcome.finding.anomaly).toBe('duplicate');
  },
  promiseTimeoutMs,
);
