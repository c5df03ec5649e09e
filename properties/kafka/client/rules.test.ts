import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kafkaClientRules, type ProduceAttempt } from '../../../src/kafka/client/rules.ts';
import { ErrorCode, isRetriable } from '../../../src/model/error-code.ts';

const attempt = (given: Partial<ProduceAttempt>): ProduceAttempt => ({
  error: ErrorCode.NONE,
  retried: 0,
  retries: 10,
  expired: false,
  records: 1,
  maybeWritten: false,
  ...given,
});
const { afterProduce, afterValidation, afterFetch, certainty } = kafkaClientRules;

describe('the outcome of a send', () => {
  test('is open after an error that may come behind the append, and certain after one that stands before it', () => {
    for (const error of [6, 7, 13, 20, 56, -1]) expect([error, certainty(error)]).toEqual([error, 'indeterminate']);
    for (const error of [3, 10, 17, 19, 47, 87, 90, 100]) expect([error, certainty(error)]).toEqual([error, 'definite']);
  });

  test('is never called definite once an attempt may have reached the log', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(ErrorCode).filter((error) => error !== 0)), fc.boolean(), (error, maybeWritten) => {
        const decision = afterProduce(attempt({ error, maybeWritten, expired: true }));
        expect(decision.type).toBe('failed');
        if (decision.type === 'failed' && (maybeWritten || certainty(error) === 'indeterminate')) expect(decision.certainty).toBe('indeterminate');
      }),
    );
  });

  test('is a retry exactly while the error may pass, retries are left and time is left', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(ErrorCode)), fc.nat({ max: 3 }), fc.boolean(), (error, retried, expired) => {
        const decision = afterProduce(attempt({ error, retried, retries: 2, expired }));
        expect(decision.type === 'retry').toBe(isRetriable(error) && retried < 2 && !expired);
        expect(decision.type === 'acknowledged').toBe(error === ErrorCode.NONE);
      }),
    );
  });

  test('splits a batch that is too large for the broker, but not a single record', () => {
    expect(afterProduce(attempt({ error: 10, records: 2 })).type).toBe('split');
    expect(afterProduce(attempt({ error: 10, records: 1 }))).toEqual({ type: 'failed', certainty: 'definite' });
  });
});

describe('a consumer whose leader changed', () => {
  const position = { offset: 100, offsetEpoch: 3 };
  test('reads on where the log holds what it read', () => {
    expect(afterValidation(position, { epoch: 3, endOffset: 100 }, true)).toEqual({ type: 'valid' });
    expect(afterValidation(position, { epoch: 3, endOffset: 150 }, false)).toEqual({ type: 'valid' });
  });
  test('goes back to where the histories part', () => {
    expect(afterValidation(position, { epoch: 2, endOffset: 90 }, true)).toEqual({ type: 'truncated', to: { offset: 90, offsetEpoch: 2 } });
  });
  test('tells the application instead when it may not move by itself', () => {
    expect(afterValidation(position, { epoch: 2, endOffset: 90 }, false)).toEqual({ type: 'failed', divergent: { offset: 90, offsetEpoch: 2 } });
    expect(afterValidation(position, { epoch: -1, endOffset: -1 }, false)).toEqual({ type: 'failed', divergent: undefined });
  });
  test('resets where the leader knows nothing of its epoch', () => {
    expect(afterValidation(position, { epoch: -1, endOffset: -1 }, true)).toEqual({ type: 'reset' });
  });
});

test('a fetch error leads where Kafka’s consumer goes', () => {
  expect([6, 3, 100, 74, 78, 56].map((error) => afterFetch(error, true))).toEqual(Array(6).fill('refresh'));
  expect([75, -1].map((error) => afterFetch(error, true))).toEqual(['again', 'again']);
  expect([afterFetch(1, true), afterFetch(1, false)]).toEqual(['reset', 'fail']);
  expect([29, 2].map((error) => afterFetch(error, true))).toEqual(['fail', 'fail']);
});
