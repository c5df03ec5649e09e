/** What a log knows of transactions is what its batches say, whatever happens to it; each rule broken is seen. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { transactionRules } from '../../../src/kafka/rules/log-transactions.ts';
import { kafkaProducerRules } from '../../../src/kafka/rules/producer.ts';
import type { MachineOptions } from './machine.ts';
import { TransactionTrial, transactionStep } from './transactions.ts';

interface Seen {
  reopened: number;
  aborted: number;
  held: number;
}

const trials = (options: MachineOptions, seen: Seen = { reopened: 0, aborted: 0, held: 0 }) =>
  fc.property(fc.nat(), fc.array(transactionStep, { minLength: 10, maxLength: 60 }), (seed, steps) => {
    const trial = new TransactionTrial(seed, options);
    for (const step of steps) trial.take(step);
    seen.reopened += trial.reopened;
    seen.aborted += trial.aborted;
    seen.held += trial.held;
  });

test('the last stable offset, the index of aborted transactions and what is open equal a naive walk over the batches, whatever call the power fails in', () => {
  const seen: Seen = { reopened: 0, aborted: 0, held: 0 };
  fc.assert(trials({}, seen), { numRuns: 300 });
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(200);
});

const transactions = (changed: Partial<typeof transactionRules>): MachineOptions => ({
  rules: { transactions: { ...transactionRules, ...changed } },
});

const wrong: readonly { readonly name: string; readonly options: MachineOptions }[] = [
  { name: 'an open transaction holds nothing', options: transactions({ lastStableOffset: ({ highWatermark }) => highWatermark }) },
  {
    name: 'a marker counts before it is replicated',
    options: transactions({ lastStableOffset: (facts) => transactionRules.lastStableOffset({ ...facts, unreplicated: undefined }) }),
  },
  {
    name: 'an abort forgets the other transactions that are open',
    options: transactions({ stableAfterAbort: (aborted) => transactionRules.stableAfterAbort(aborted, undefined) }),
  },
  {
    name: 'a transaction concerns only those who read its marker',
    options: transactions({ concerns: ({ lastOffset }, from, upTo) => lastOffset >= from && lastOffset < upTo }),
  },
  { name: 'the search ends with the first entry', options: transactions({ searchEnds: () => true }) },
  {
    name: 'a transaction begins anew with each batch',
    options: {
      producerRules: {
        afterAppend(entry, batch, source) {
          const next = kafkaProducerRules.afterAppend(entry, batch, source);
          return next?.txnFirstOffset === undefined ? next : { ...next, txnFirstOffset: batch.firstOffset };
        },
      },
    },
  },
  {
    name: 'a snapshot above what is rebuilt is used',
    options: { producerRules: { usableSnapshots: (snapshots) => [...snapshots].reverse() } },
  },
];

describe('is seen to differ when', () => {
  test.each(wrong)('$name', ({ options }) => {
    expect(fc.check(trials(options), { seed: 1, numRuns: 2000, endOnFailure: true }).failed).toBe(true);
  });
});
