/**
 * A compacted log with transactions through random work: cleanings over groups of segments, restarts and power losses inside any disk call. The
 * oracle remembers every record and how its transaction ended; a reader of committed records has to see the last committed value of each key.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { PartitionLog } from '../../../src/kafka/log/partition-log.ts';
import { type CleaningRules, cleaningRules } from '../../../src/kafka/rules/log-cleaning.ts';
import { leaderEpoch } from '../../../src/model/brand.ts';
import { decodeRecords } from '../../../src/protocol/records/decode.ts';
import { encodeBatch } from '../../../src/protocol/records/encode.ts';
import { encodeEndMarker, endMarkerOf } from '../../../src/protocol/records/end-marker.ts';
import { transactionProblem } from '../../../src/simulation/checker/state/transaction-audit.ts';
import { openTransactionsOf } from '../../../src/simulation/crash-state/recovery-audit.ts';
import { at, Machine, never, partition, unwrap } from './machine.ts';

export type CompactedStep = { readonly crashAt: number } & (
  | { readonly type: 'data'; readonly producer: number; readonly keys: readonly number[]; readonly transactional: boolean }
  | { readonly type: 'end'; readonly producer: number; readonly outcome: 'commit' | 'abort' }
  | { readonly type: 'clean'; readonly share: number }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'crash'; readonly powerLoss: boolean }
);

const producer = fc.integer({ min: 1, max: 3 });
const what = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constant('data' as const),
      producer,
      keys: fc.array(fc.nat(4), { minLength: 1, maxLength: 3 }),
      transactional: fc.constantFrom(true, true, true, false),
    }),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('end' as const), producer, outcome: fc.constantFrom('commit' as const, 'abort' as const) }) },
  { weight: 7, arbitrary: fc.record({ type: fc.constant('clean' as const), share: fc.constantFrom(60, 100, 100) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.constantFrom(10, 600, 1200) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('crash' as const), powerLoss: fc.boolean() }) },
);
const crashAt = fc.oneof({ weight: 9, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(60) });
export const compactedStep: fc.Arbitrary<CompactedStep> = fc.tuple(what, crashAt).map(([step, call]) => ({ ...step, crashAt: call }));

const retentionMs = 1000;

interface Written {
  readonly producer: number;
  readonly offset: number;
  /** The last offset of its batch. */
  readonly last: number;
  readonly key: number;
  readonly value: number;
  readonly transactional: boolean;
  outcome: 'open' | 'commit' | 'abort';
}

export class CompactedTrial {
  readonly machine: Machine;
  #written: Written[] = [];
  /** Offsets of markers, and whose they are. */
  #markers = new Map<number, number>();
  /** When a cleaning first came upon a marker. */
  readonly #seenMs = new Map<number, number>();
  #nowMs = 100_000;
  #value = 0;
  #committedTo = 0;
  markersGone = 0;
  abortedGone = 0;

  constructor(seed: number, rules: Partial<CleaningRules> = {}) {
    const config = {
      segmentBytes: 300,
      indexIntervalBytes: 100,
      cleanupPolicy: ['compact'],
      minCleanableDirtyRatio: 0,
      deleteRetentionMs: retentionMs,
    } as const;
    const options = { config, manager: { producerIdExpirationMs: never }, rules: { cleaning: { ...cleaningRules, ...rules } } };
    this.machine = new Machine({ seed: String(seed), ...options }).boot();
    this.machine.withLog((log) => unwrap(log.flush()));
  }

  take(step: CompactedStep): void {
    const { machine } = this;
    const watch = step.crashAt < 0 ? undefined : machine.host.crashAtDiskCall(step.crashAt);
    if (step.type === 'crash') machine.crash(step.powerLoss);
    else machine.withLog((log) => this.#work(log, step));
    for (let tries = 0; !machine.host.up && tries < 30; tries++) machine.boot();
    watch?.heal();
    expect(machine.loaded).toEqual({ ok: true, value: undefined });
    const log = machine.manager?.get(partition);
    if (log === undefined) throw new Error('no log');
    // What was committed once is so again, after a restart too.
    log.highWatermark = at(Math.min(Math.max(log.highWatermark, this.#committedTo), log.logEndOffset));
    this.#forgetLost(log.logEndOffset);
    this.#audit(log);
  }

  #work(log: PartitionLog, step: Exclude<CompactedStep, { type: 'crash' }>): void {
    const base = log.logEndOffset;
    switch (step.type) {
      case 'data': {
        const known = log.producers.entries.get(step.producer);
        const transactional = step.transactional || known?.txnFirstOffset !== undefined;
        const records = step.keys.map((key, index) => {
          const value = this.#value++;
          this.#written.push({
            producer: step.producer,
            offset: base + index,
            last: base + step.keys.length - 1,
            key,
            value,
            transactional,
            outcome: transactional ? 'open' : 'commit',
          });
          return { key: Uint8Array.of(key), value: Uint8Array.of(value >> 8, value & 255), timestampMs: this.#nowMs };
        });
        const sequence = (known?.batches.at(-1)?.lastSequence ?? -1) + 1;
        const producer = { producerId: step.producer, producerEpoch: 0, baseSequence: sequence, transactional };
        unwrap(log.appendAsLeader(encodeBatch({ records, ...producer }), leaderEpoch(0), this.#nowMs));
        return;
      }
      case 'end': {
        this.#markers.set(base, step.producer);
        for (const record of this.#written) if (record.producer === step.producer && record.outcome === 'open') record.outcome = step.outcome;
        const ends = { producerId: step.producer, producerEpoch: 0, coordinatorEpoch: 0, type: step.outcome, timestampMs: this.#nowMs };
        unwrap(log.appendAsLeader(encodeEndMarker(ends), leaderEpoch(0), this.#nowMs));
        return;
      }
      case 'wait':
        this.#nowMs += step.ms;
        return;
      default:
        this.#clean(log, step.share);
    }
  }

  #clean(log: PartitionLog, share: number): void {
    unwrap(log.flush());
    log.highWatermark = at(Math.max(log.highWatermark, Math.floor((log.logEndOffset * share) / 100)));
    this.#committedTo = log.highWatermark;
    const cleaning = log.beginCleaning(100, this.#nowMs);
    if (cleaning === undefined) return;
    for (const marker of this.#markers.keys()) if (!this.#seenMs.has(marker)) this.#seenMs.set(marker, this.#nowMs);
    for (let outcome = unwrap(cleaning.step()); ; outcome = unwrap(cleaning.step())) {
      if (outcome === undefined) continue;
      expect(outcome).toBe('cleaned');
      this.#auditCompact(log);
      return;
    }
  }

  /** What a power loss took, a marker too: its transaction is open again. */
  #forgetLost(end: number): void {
    this.#written = this.#written.filter(({ offset }) => offset < end);
    for (const [offset, producer] of [...this.#markers])
      if (offset >= end) {
        this.#markers.delete(offset);
        const before = Math.max(-1, ...[...this.#markers].filter(([, whose]) => whose === producer).map(([marker]) => marker));
        for (const record of this.#written)
          if (record.producer === producer && record.offset > before && record.transactional) record.outcome = 'open';
      }
  }

  /** Nothing aborted is left below the cleaned point, and each key stands once. */
  #auditCompact(log: PartitionLog): void {
    const keys: number[] = [];
    const held = new Set<number>();
    for (const view of this.machine.views()) {
      if (view.isControl || view.lastOffset >= log.cleanedTo) continue;
      const records = decodeRecords(view);
      for (const record of records.ok ? records.value : []) {
        keys.push(record.key?.[0] ?? -1);
        held.add(record.offset);
        expect(this.#written.find(({ offset }) => offset === record.offset)?.outcome, `at ${record.offset}`).toBe('commit');
      }
    }
    expect(keys.length).toBe(new Set(keys).size);
    this.abortedGone += this.#written.filter(({ offset, outcome }) => outcome === 'abort' && offset < log.cleanedTo && !held.has(offset)).length;
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
    // A cleaning that a crash ended has rewritten segments above what is remembered as cleaned.
    expect(transactionProblem(segments, openTransactionsOf(log), log.logStartOffset, never)).toBe(undefined);
    const open = new Map<number, number>();
    for (const { producer, offset, outcome } of this.#written) if (outcome === 'open' && !open.has(producer)) open.set(producer, offset);
    expect(new Map([...openTransactionsOf(log)].sort())).toEqual(new Map([...open].sort()));
    this.#auditReader(log);
    this.#auditMarkers();
  }

  /** Kafka's consumer: it leaves out a producer's batches from the first offset that it was told of to the abort marker. */
  #auditReader(log: PartitionLog): void {
    const stable = log.lastStableOffset;
    const told = [...log.abortedTransactions(log.logStartOffset, stable)].sort((a, b) => a.firstOffset - b.firstOffset);
    const aborted = new Set<number>();
    const seen = new Map<number, number>();
    for (const view of this.machine.views()) {
      if (view.lastOffset >= stable) break;
      while (told[0] !== undefined && told[0].firstOffset <= view.lastOffset) aborted.add(told.shift()?.producerId ?? -1);
      if (view.isControl) {
        if (endMarkerOf(view)?.type === 'abort') aborted.delete(view.producerId);
        continue;
      }
      if (view.isTransactional && aborted.has(view.producerId)) continue;
      const records = decodeRecords(view);
      for (const { key, value } of records.ok ? records.value : []) seen.set(key?.[0] ?? -1, ((value?.[0] ?? 0) << 8) | (value?.[1] ?? 0));
    }
    const expected = new Map<number, number>();
    for (const { last, key, value, outcome } of this.#written) if (outcome === 'commit' && last < stable) expected.set(key, value);
    expect(new Map([...seen].sort())).toEqual(new Map([...expected].sort()));
  }

  /** A marker stays for delete.retention.ms after a cleaning has seen it. */
  #auditMarkers(): void {
    const held = new Set(this.machine.views().flatMap((view) => (endMarkerOf(view) === undefined ? [] : [Number(view.baseOffset)])));
    for (const offset of this.#markers.keys()) {
      if (held.has(offset)) continue;
      this.markersGone++;
      expect(this.#nowMs - (this.#seenMs.get(offset) ?? this.#nowMs), `the marker at ${offset}`).toBeGreaterThanOrEqual(retentionMs);
    }
  }
}
