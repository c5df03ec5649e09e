/**
 * A log with transactions through random work: data and markers of several producers, cuts, rolls, restarts and power losses inside any disk
 * call. The oracle is a list of the batches that stand in the files, and what is naively said of it; a difference throws.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { PartitionLog } from '../../../src/kafka/log/partition-log.ts';
import { brokerEpoch, leaderEpoch } from '../../../src/model/brand.ts';
import type { BatchView } from '../../../src/protocol/records/batch-header.ts';
import { encodeBatch } from '../../../src/protocol/records/encode.ts';
import { encodeEndMarker, endMarkerOf } from '../../../src/protocol/records/end-marker.ts';
import { transactionProblem } from '../../../src/simulation/checker/state/transaction-audit.ts';
import { openTransactionsOf } from '../../../src/simulation/crash-state/recovery-audit.ts';
import { at, Machine, type MachineOptions, never, partition, unwrap } from './machine.ts';

export type TransactionStep = { readonly crashAt: number } & (
  | { readonly type: 'data'; readonly producer: number; readonly bytes: number; readonly transactional: boolean; readonly follower: boolean }
  | { readonly type: 'end'; readonly producer: number; readonly outcome: 'commit' | 'abort'; readonly follower: boolean }
  | { readonly type: 'commitUpTo' | 'truncate' | 'advance'; readonly share: number }
  | { readonly type: 'flush' | 'restartLog' }
  | { readonly type: 'crash'; readonly powerLoss: boolean }
  | { readonly type: 'stop' }
);

const producer = fc.integer({ min: 1, max: 3 });
const share = fc.integer({ min: 0, max: 100 });
const what = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constant('data' as const),
      producer,
      bytes: fc.nat(400),
      transactional: fc.constantFrom(true, true, false),
      follower: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('end' as const),
      producer,
      outcome: fc.constantFrom('abort' as const, 'abort' as const, 'commit' as const),
      follower: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('commitUpTo' as const), share: fc.oneof(share, fc.constant(100)) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('truncate' as const), share }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('advance' as const), share }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('flush' as const, 'flush' as const, 'restartLog' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('crash' as const), powerLoss: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('stop' as const) }) },
);
const crashAt = fc.oneof({ weight: 6, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(14) });
export const transactionStep: fc.Arbitrary<TransactionStep> = fc.tuple(what, crashAt).map(([step, call]) => ({ ...step, crashAt: call }));

/** A transaction as the batches alone tell of it. Offsets inclusive. */
interface Told {
  readonly producerId: number;
  readonly first: number;
  /** The marker's; undefined for an open one. */
  end: number | undefined;
  aborted: boolean;
  /** The last offset of its data. */
  lastData: number;
  /** The base offsets of its batches of data. */
  readonly data: number[];
}

/** All transactions of a list of batches, by a walk that remembers everything. */
export function transactionsIn(views: readonly BatchView[]): readonly Told[] {
  const told: Told[] = [];
  for (const view of views) {
    const open = told.find(({ producerId, end }) => producerId === view.producerId && end === undefined);
    const marker = endMarkerOf(view);
    if (marker !== undefined && open !== undefined) {
      open.end = view.baseOffset;
      open.aborted = marker.type === 'abort';
    } else if (view.isTransactional && !view.isControl) {
      const one = open ?? { producerId: view.producerId, first: view.baseOffset, end: undefined, aborted: false, lastData: -1, data: [] };
      if (open === undefined) told.push(one);
      one.lastData = view.lastOffset;
      one.data.push(view.baseOffset);
    }
  }
  return told;
}

export class TransactionTrial {
  readonly machine: Machine;
  reopened = 0;
  aborted = 0;
  held = 0;
  /** Markers below were in the log when it was last opened or cut: whether they are replicated is not known again. */
  #openedAt = 0;
  #nowMs = 1000;

  constructor(seed: number, options: MachineOptions = {}) {
    const config = { segmentBytes: 900, indexIntervalBytes: 200 };
    this.machine = new Machine({ seed: String(seed), config, manager: { producerIdExpirationMs: never }, ...options }).boot();
    this.machine.withLog((log) => unwrap(log.flush()));
  }

  take(step: TransactionStep): void {
    const { machine } = this;
    const watch = step.crashAt < 0 ? undefined : machine.host.crashAtDiskCall(step.crashAt);
    if (step.type === 'crash') machine.crash(step.powerLoss);
    else if (step.type === 'stop') machine.stop(brokerEpoch(1));
    else machine.withLog((log) => this.#work(log, step));
    let opened = step.type === 'truncate' || step.type === 'restartLog';
    for (let tries = 0; !machine.host.up && tries < 30; tries++) {
      machine.boot();
      this.reopened++;
      opened = true;
    }
    watch?.heal();
    expect(machine.loaded).toEqual({ ok: true, value: undefined });
    if (opened) this.#openedAt = this.#log().logEndOffset;
    this.#audit(this.#log());
  }

  #log(): PartitionLog {
    const log = this.machine.manager?.get(partition);
    if (log === undefined) throw new Error('no log');
    return log;
  }

  #work(log: PartitionLog, step: TransactionStep): void {
    const span = log.logEndOffset - log.logStartOffset;
    switch (step.type) {
      case 'data':
      case 'end': {
        const batch = step.type === 'data' ? this.#data(log, step) : this.#marker(log, step.producer, step.outcome);
        if (step.follower) unwrap(log.appendAsFollower(batch, leaderEpoch(0)));
        else unwrap(log.appendAsLeader(batch, leaderEpoch(0), 0));
        return;
      }
      case 'commitUpTo':
        log.highWatermark = at(Math.max(log.highWatermark, log.logStartOffset + Math.floor((span * step.share) / 100)));
        return;
      case 'truncate':
        // What is committed is never cut.
        unwrap(log.truncateTo(at(Math.max(log.highWatermark, log.logStartOffset + Math.floor((span * step.share) / 100)))));
        return;
      case 'restartLog':
        unwrap(log.truncateFullyAndStartAt(log.logEndOffset));
        return;
      case 'advance':
        unwrap(log.advanceLogStart(at(log.logStartOffset + Math.floor(((log.highWatermark - log.logStartOffset) * step.share) / 100))));
        return;
      case 'flush':
        unwrap(log.flush());
    }
  }

  #data(log: PartitionLog, step: Extract<TransactionStep, { type: 'data' }>): Uint8Array {
    const known = log.producers.entries.get(step.producer);
    const records = [{ key: null, value: new Uint8Array(step.bytes), timestampMs: ++this.#nowMs }];
    return encodeBatch({
      records,
      baseOffset: log.logEndOffset,
      leaderEpoch: leaderEpoch(0),
      producerId: step.producer,
      producerEpoch: 0,
      baseSequence: (known?.batches.at(-1)?.lastSequence ?? -1) + 1,
      transactional: step.transactional || known?.txnFirstOffset !== undefined,
    });
  }

  #marker(log: PartitionLog, producerId: number, type: 'commit' | 'abort'): Uint8Array {
    const ends = { producerId, producerEpoch: 0, coordinatorEpoch: 3, type, timestampMs: ++this.#nowMs };
    return encodeEndMarker({ ...ends, baseOffset: log.logEndOffset, leaderEpoch: leaderEpoch(0) });
  }

  #audit(log: PartitionLog): void {
    const disk = this.machine.host.disk('d0');
    const stems = disk
      .files()
      .filter((name) => name.startsWith(`${partition}/`) && name.endsWith('.log'))
      .map((name) => name.slice(0, -4));
    const segments = stems.map((stem) => ({
      baseOffset: Number(stem.slice(partition.length + 1)),
      log: disk.contents(`${stem}.log`) ?? new Uint8Array(0),
      transactions: disk.contents(`${stem}.txnindex`),
    }));
    expect(transactionProblem(segments, openTransactionsOf(log), log.logStartOffset)).toBe(undefined);
    const told = transactionsIn(this.machine.views());
    this.#auditStable(log, told);
    this.#auditAborted(
      log,
      told.filter(({ lastData }) => lastData >= log.logStartOffset),
    );
  }

  /**
   * Nothing below it is open, or ended by a marker that is not replicated, as far as that is known; and nothing else holds it. Data that the log
   * start has hidden may hold it still, or be forgotten by a rebuild.
   */
  #auditStable(log: PartitionLog, told: readonly Told[]): void {
    const { highWatermark, logStartOffset } = log;
    const holds = ({ end }: Told, from: number): boolean => end === undefined || (end >= highWatermark && end >= from);
    const bound = (from: number, firstOf: (transaction: Told) => number | undefined): number => {
      const firsts = told.filter((each) => holds(each, from)).map((each) => firstOf(each) ?? highWatermark);
      return Math.min(highWatermark, ...firsts);
    };
    const earliest = bound(0, ({ first }) => Math.max(first, logStartOffset));
    const latest = bound(this.#openedAt, ({ data }) => data.find((base) => base >= logStartOffset));
    expect(log.lastStableOffset).toBeGreaterThanOrEqual(earliest);
    expect(log.lastStableOffset).toBeLessThanOrEqual(latest);
    if (log.lastStableOffset < highWatermark) this.held++;
  }

  /** A reader who leaves out what it is told of sees no aborted record, and every other one. */
  #auditAborted(log: PartitionLog, told: readonly Told[]): void {
    const stable = log.lastStableOffset;
    const span = stable - log.logStartOffset;
    for (const [low, high] of [
      [0, 1],
      [0.3, 0.7],
      [0.5, 1],
    ] as const) {
      const from = at(log.logStartOffset + Math.floor(span * low));
      const upTo = at(log.logStartOffset + Math.floor(span * high));
      const named = log.abortedTransactions(from, upTo);
      for (const view of this.machine.views()) {
        if (!view.isTransactional || view.isControl || view.baseOffset < from || view.lastOffset >= upTo) continue;
        const { producerId, baseOffset } = view;
        const mine = told.find((each) => each.producerId === producerId && each.first <= baseOffset && each.lastData >= baseOffset);
        const skipped = named.some((each) => each.producerId === producerId && each.firstOffset <= baseOffset && each.lastOffset > baseOffset);
        expect(skipped, `${producerId} at ${baseOffset} of [${from}, ${upTo})`).toBe(mine?.aborted);
        if (skipped) this.aborted++;
      }
    }
  }
}
