/** Nothing acknowledged with acks=all is lost. */
import { expect, test } from 'vitest';
import { kafkaRules } from '../src/kafka/rules/rules.ts';
import { scenarioArbitraryOf } from '../src/simulation/scenario/arbitrary.ts';
import { expectPromise, type KeptPromise, promiseTimeoutMs, tryPromise } from './promise.ts';

const promise: KeptPromise = {
  name: 'no-loss',
  says: 'nothing acknowledged with acks=all is lost',
  scenarios: scenarioArbitraryOf('no-loss'),
  runs: 25,
  seed: 20_240_001,
  shrinkRuns: 150,
};

test(
  'nothing acknowledged with acks=all is lost, whatever crashes, cuts and slow disks a cluster lives through',
  () => {
    const { acknowledged, coverage } = expectPromise(promise);
    expect(acknowledged).toBeGreaterThan(10_000);
    for (const kind of ['clean election', 'truncation', 'isr shrink', 'unclean recovery'] as const)
      expect(coverage.get(kind), kind).toBeGreaterThan(0);
  },
  promiseTimeoutMs,
);

test(
  'a leader that calls records committed before its followers have them breaks it',
  () => {
    const replication = {
      ...kafkaRules.replication,
      advanceHighWatermark: ({ logEndOffset }: { logEndOffset: Parameters<typeof kafkaRules.replication.followerTakeOver>[0] }) => logEndOffset,
    };
    const outcome = tryPromise({ ...promise, shrinkRuns: 10 }, { rules: { ...kafkaRules, replication } });
    expect(outcome.kept ? 'kept' : outcome.finding.anomaly).toMatch(
      /^(HighWatermark|AckImplies|LeaderCompleteness|LeaderCandidateCompleteness|ConsistentRead|lost-write|unseen)$/,
    );
  },
  promiseTimeoutMs,
);
