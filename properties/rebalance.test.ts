/** Rebalances never give a partition two owners, skip a record or get stuck. */
import { expect, test } from 'vitest';
import { kafkaRules } from '../src/kafka/rules/rules.ts';
import { ErrorCode } from '../src/model/error-code.ts';
import { scenarioArbitraryOf } from '../src/simulation/scenario/arbitrary.ts';
import { expectPromise, type KeptPromise, promiseTimeoutMs, tryPromise } from './promise.ts';

const promise: KeptPromise = {
  name: 'rebalance',
  says: 'a rebalance never gives a partition two owners, skips a record or gets stuck',
  scenarios: scenarioArbitraryOf('rebalance'),
  runs: 30,
  seed: 20_240_004,
  shrinkRuns: 150,
};

test(
  'rebalances give each partition one owner, skip nothing and end, whatever happens to members and coordinators',
  () => {
    const { coverage } = expectPromise(promise);
    for (const kind of ['join rebalance', 'leave rebalance', 'expiry rebalance', 'metadata rebalance', 'coordinator move', 'offset commit'] as const)
      expect(coverage.get(kind), kind).toBeGreaterThan(0);
  },
  promiseTimeoutMs,
);

test(
  'a coordinator that takes commits of members it has shut out breaks it',
  () => {
    const { group } = kafkaRules;
    const commitError: typeof group.commitError = (view, request, version) => {
      const error = group.commitError(view, request, version);
      return error === ErrorCode.ILLEGAL_GENERATION || error === ErrorCode.UNKNOWN_MEMBER_ID ? ErrorCode.NONE : error;
    };
    const outcome = tryPromise({ ...promise, shrinkRuns: 10 }, { rules: { ...kafkaRules, group: { ...group, commitError } } });
    expect(outcome.kept ? 'kept' : outcome.finding.anomaly).toBe('StaleCommit');
  },
  promiseTimeoutMs,
);
