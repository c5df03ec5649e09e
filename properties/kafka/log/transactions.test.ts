/** What a log knows of transactions is what its batches say, whatever happens to it; each rule broken is seen. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { transactionRules } from '../../../src/kafka/rules/log-transactions.ts';
import { kafkaProducerRules } from '../../../src/kafka/rules/producer.ts';
import { leaderEpoch } from '../../../src/model/brand.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { encodeBatch } from '../../../src/protocol/records/encode.ts';
import { encodeEndMarker } from '../../../src/protocol/records/end-marker.ts';
import { at, Machine, type MachineOptions, partition, unwrap } from './machine.ts';
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

const data = (epoch: number, sequence: number, timestampMs: number): Uint8Array =>
  encodeBatch({
    records: [{ key: null, value: null, timestampMs }],
    producerId: 1,
    producerEpoch: epoch,
    baseSequence: sequence,
    transactional: true,
  });
const marker = (epoch: number, coordinatorEpoch: number, timestampMs: number): Uint8Array =>
  encodeEndMarker({ type: 'abort', producerId: 1, producerEpoch: epoch, coordinatorEpoch, timestampMs });

describe('a producer that a coordinator has fenced', () => {
  /** What becomes of its late batch, and of a late marker of the coordinator before, when more than the expiration went by since its data but not since the marker. */
  function late(options: MachineOptions) {
    const machine = new Machine({ ...options, manager: { producerIdExpirationMs: 5000, producerIdExpirationCheckIntervalMs: 1000 } }).boot();
    const nowMs = (): number => machine.world?.clock.wallMs() ?? 0;
    const append = (bytes: Uint8Array) => machine.withLog((log) => log.appendAsLeader(bytes, leaderEpoch(0), nowMs()));
    append(data(0, 0, nowMs()));
    machine.run(4000);
    append(marker(1, 7, nowMs()));
    machine.run(2000);
    machine.crash(false);
    machine.boot();
    machine.run(1500);
    return [append(data(0, 1, nowMs())), append(marker(1, 6, nowMs()))];
  }

  test('is known for producer.id.expiration.ms from the marker on, and refused, and so is an older coordinator (KAFKA-9144)', () => {
    expect(late({})).toEqual([
      { ok: false, error: ErrorCode.INVALID_PRODUCER_EPOCH },
      { ok: false, error: ErrorCode.TRANSACTION_COORDINATOR_FENCED },
    ]);
  });

  test('is let in again where markers do not count', () => {
    const forgetful: MachineOptions = {
      producerRules: {
        afterAppend(entry, batch, source) {
          const next = kafkaProducerRules.afterAppend(entry, batch, source);
          return next && batch.marker !== undefined ? { ...next, lastTimestampMs: entry?.lastTimestampMs ?? -1 } : next;
        },
      },
    };
    expect(late(forgetful).map((result) => result?.ok)).toEqual([true, true]);
  });
});

test('a damaged index is built anew from the batches, a whole one is not touched', () => {
  const machine = new Machine({ config: { segmentBytes: 200 } }).boot();
  machine.withLog((log) => {
    for (let sequence = 0; sequence < 3; sequence++) {
      unwrap(log.appendAsLeader(data(0, sequence, 1), leaderEpoch(0), 0));
      unwrap(log.appendAsLeader(marker(0, 1, 1), leaderEpoch(0), 0));
    }
  });
  const disk = machine.host.disk('d0');
  machine.stop();
  const paths = disk.files().filter((path) => path.endsWith('.txnindex'));
  expect(paths.length).toBeGreaterThan(1);
  const before = paths.map((path) => disk.contents(path));
  disk.flipBit(paths[0] ?? '', 0, 1);
  machine.boot();
  expect(paths.map((path) => disk.contents(path))).toEqual(before);
  expect(machine.manager?.get(partition)?.abortedTransactions(at(0), at(6))).toHaveLength(3);
});
