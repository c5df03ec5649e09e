/**
 * A compacted log through random work: appends, truncations above the high watermark, cleanings, restarts and power losses inside any disk
 * call. The oracle remembers every record that was appended; a broken promise throws.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { CleaningOutcome } from '../../../src/kafka/log/cleaning.ts';
import type { PartitionLog } from '../../../src/kafka/log/partition-log.ts';
import type { LogRules } from '../../../src/kafka/rules/log.ts';
import { type CleaningRules, cleaningRules } from '../../../src/kafka/rules/log-cleaning.ts';
import { brokerEpoch, leaderEpoch } from '../../../src/model/brand.ts';
import { decodeRecords } from '../../../src/protocol/records/decode.ts';
import { encodeBatch } from '../../../src/protocol/records/encode.ts';
import { at, Machine, never, partition, unwrap } from './machine.ts';

export interface Written {
  readonly key: number;
  /** Undefined for a tombstone. */
  readonly value: number | undefined;
}

export type CleaningStep = { readonly crashAt: number } & (
  | { readonly type: 'append'; readonly records: readonly Written[]; readonly producer: boolean; readonly gzip: boolean }
  | { readonly type: 'truncate'; readonly share: number }
  | { readonly type: 'flush' }
  /** First so much is committed, in per cent of the log. */
  | { readonly type: 'clean'; readonly maxKeys: number; readonly share: number }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'crash'; readonly powerLoss: boolean }
  | { readonly type: 'stop' }
);

const written: fc.Arbitrary<Written> = fc.record({
  key: fc.nat(4),
  value: fc.oneof({ weight: 3, arbitrary: fc.nat(250) }, { weight: 1, arbitrary: fc.constant(undefined) }),
});
const share = fc.integer({ min: 0, max: 100 });
const what = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({
      type: fc.constant('append' as const),
      records: fc.array(written, { minLength: 1, maxLength: 4 }),
      producer: fc.boolean(),
      gzip: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('truncate' as const), share }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('flush' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant('clean' as const), maxKeys: fc.constantFrom(1, 3, 100, 100), share: fc.constantFrom(50, 100, 100) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.constantFrom(10, 600, 1200) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('crash' as const), powerLoss: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('stop' as const) }) },
);
const crashAt = fc.oneof({ weight: 6, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(40) });
export const cleaningStep: fc.Arbitrary<CleaningStep> = fc
  .tuple(what, crashAt, fc.integer({ min: -10, max: 30 }))
  .map(([step, at, inCleaning]) => ({ ...step, crashAt: step.type === 'clean' ? Math.max(inCleaning, -1) : at }));

export const deleteRetentionMs = 1000;

interface Original extends Written {
  /** Of its batch. */
  readonly base: number;
  readonly offset: number;
  readonly timestampMs: number;
}

export class CleaningTrial {
  readonly machine: Machine;
  /** Everything that was appended and not cut, by offset. */
  #originals: Original[] = [];
  /** From here on no cleaning was allowed to touch anything. */
  #untouched = 0;
  /** When a cleaning first looked at the record at an offset. */
  readonly #seenMs = new Map<number, number>();
  #nowMs = 100_000;
  #sequence = 0;
  #syncedTo = 0;
  /** The last offset of the producer's last batch; undefined after that may have been lost. */
  #lastProduced: number | undefined;
  /** How the cleanings ended; `crashed` where the power did not last. */
  readonly outcomes = new Map<CleaningOutcome | 'crashed', number>();

  constructor(seed: number, rules: Partial<CleaningRules> = {}) {
    const cleaning: Partial<LogRules> = { cleaning: { ...cleaningRules, ...rules } };
    const config = { segmentBytes: 200, indexIntervalBytes: 100, cleanupPolicy: ['compact'], minCleanableDirtyRatio: 0, deleteRetentionMs } as const;
    const manager = { producerIdExpirationMs: never };
    this.machine = new Machine({ seed: String(seed), config, manager, rules: cleaning }).boot();
    this.machine.simulator.observer = (_host, event) => {
      this.machine.events.push(event);
      if (event.type === 'synced') this.#syncedTo = event.to;
      else if (event.type === 'truncated') this.#syncedTo = Math.min(this.#syncedTo, event.to);
    };
    this.machine.withLog((log) => unwrap(log.flush()));
  }

  take(step: CleaningStep): void {
    const { machine } = this;
    const watch = step.crashAt < 0 ? undefined : machine.host.crashAtDiskCall(step.crashAt);
    if (step.type === 'crash') machine.crash(step.powerLoss);
    else if (step.type === 'stop') machine.stop(brokerEpoch(1));
    else machine.withLog((log) => this.#work(log, step));
    if (step.type === 'truncate') this.#lastProduced = undefined;
    for (let tries = 0; !machine.host.up && tries < 30; tries++) {
      if (!machine.host.poweredOn) this.#lastProduced = undefined;
      machine.boot();
    }
    watch?.heal();
    expect(machine.loaded).toEqual({ ok: true, value: undefined });
    const end = this.#end();
    expect(end).toBeGreaterThanOrEqual(this.#syncedTo);
    this.#originals = this.#originals.filter(({ offset }) => offset < end);
    this.#audit();
  }

  #log(): PartitionLog {
    const log = this.machine.manager?.get(partition);
    if (log === undefined) throw new Error('no log');
    return log;
  }

  #end(): number {
    return this.#log().logEndOffset;
  }

  #work(log: PartitionLog, step: CleaningStep): void {
    switch (step.type) {
      case 'append': {
        const records = step.records.map(({ key, value }, index) => ({
          key: Uint8Array.of(key),
          value: value === undefined ? null : new Uint8Array(20).fill(value),
          timestampMs: this.#nowMs + index,
        }));
        const base = log.logEndOffset;
        const producer = step.producer ? { producerId: 7, producerEpoch: 0, baseSequence: this.#nextSequence(log) } : {};
        this.#originals = this.#originals.filter(({ offset }) => offset < base);
        if (step.producer) this.#lastProduced = base + step.records.length - 1;
        for (const [index, record] of step.records.entries())
          this.#originals.push({ ...record, base, offset: base + index, timestampMs: this.#nowMs + index });
        unwrap(log.appendAsLeader(encodeBatch({ records, ...producer, compression: step.gzip ? 'gzip' : 'none' }), leaderEpoch(0), this.#nowMs));
        return;
      }
      case 'truncate': {
        // Never below what was committed once, although a restart may have forgotten how far that was.
        const from = Math.min(Math.max(log.highWatermark, this.#untouched), log.logEndOffset);
        const to = from + Math.floor(((log.logEndOffset - from) * step.share) / 100);
        this.#syncedTo = Math.min(this.#syncedTo, this.#originals.findLast(({ offset }) => offset <= to)?.base ?? to);
        unwrap(log.truncateTo(at(to)));
        this.#originals = this.#originals.filter(({ offset }) => offset < log.logEndOffset);
        return;
      }
      case 'flush':
        unwrap(log.flush());
        return;
      case 'clean':
        log.highWatermark = at(Math.max(log.highWatermark, Math.floor((log.logEndOffset * step.share) / 100)));
        this.#clean(log, step.maxKeys);
        return;
      default:
        if (step.type === 'wait') this.#nowMs += step.ms;
    }
  }

  #nextSequence(log: PartitionLog): number {
    const last = log.producers.entries.get(7)?.batches.at(-1);
    this.#sequence = last === undefined ? 0 : last.lastSequence + 1;
    return this.#sequence;
  }

  #clean(log: PartitionLog, maxKeys: number): void {
    const cleaning = log.beginCleaning(maxKeys, this.#nowMs);
    if (cleaning === undefined) return;
    this.#untouched = Math.max(this.#untouched, log.highWatermark);
    for (const { offset } of this.#originals) if (!this.#seenMs.has(offset)) this.#seenMs.set(offset, this.#nowMs);
    this.#count('crashed', 1);
    for (;;) {
      const step = unwrap(cleaning.step());
      if (step === undefined) continue;
      this.#count('crashed', -1);
      this.#count(step, 1);
      if (step === 'cleaned' && maxKeys === 100) this.#isCompact(log);
      return;
    }
  }

  #count(outcome: CleaningOutcome | 'crashed', by: number): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + by);
  }

  #stored(): readonly Original[] {
    return this.machine.views().flatMap((view) => {
      const records = decodeRecords(view);
      if (!records.ok) throw new Error(records.error.message);
      return records.value.map(({ offset, key, value, timestampMs }) => ({
        base: view.baseOffset,
        offset,
        key: key?.[0] ?? -1,
        value: value?.[0],
        timestampMs,
      }));
    });
  }

  /** Below the cleaned point each key stands once. */
  #isCompact(log: PartitionLog): void {
    const keys = this.#stored()
      .filter(({ offset }) => offset < log.cleanedTo)
      .map(({ key }) => key);
    expect(keys.length).toBe(new Set(keys).size);
  }

  #audit(): void {
    const end = this.#end();
    const stored = this.#stored();
    const byOffset = new Map(this.#originals.map((record) => [record.offset, record]));
    let before = -1;
    for (const record of stored) {
      expect(record.offset).toBeGreaterThan(before);
      before = record.offset;
      expect(record).toEqual(byOffset.get(record.offset));
    }
    const held = new Set(stored.map(({ offset }) => offset));
    const newest = new Map<number, Original>();
    for (const record of this.#originals) newest.set(record.key, record);
    const belowCleaned = new Map<number, Original>();
    for (const record of this.#originals) if (record.offset < this.#untouched) belowCleaned.set(record.key, record);
    for (const record of [...newest.values(), ...belowCleaned.values()]) {
      if (held.has(record.offset)) continue;
      expect(record.value, `the newest value of key ${record.key}, at ${record.offset}, is gone`).toBe(undefined);
      expect(this.#nowMs - (this.#seenMs.get(record.offset) ?? this.#nowMs), `the tombstone at ${record.offset}`).toBeGreaterThanOrEqual(
        deleteRetentionMs,
      );
      const back = stored.find(({ key, offset }) => key === record.key && offset < record.offset);
      expect(back, `key ${record.key} is back`).toBe(undefined);
    }
    for (const { offset } of this.#originals) if (offset >= this.#untouched) expect(held.has(offset), `${offset} was not to be touched`).toBe(true);
    this.#auditFiles(end);
    this.#auditProducer();
  }

  /** Segments follow one another without a gap, with indexes that a rebuild would give. */
  #auditFiles(end: number): void {
    expect(this.machine.indexProblem()).toBe(undefined);
    let next: number | undefined;
    const disk = this.machine.host.disk('d0');
    for (const path of disk.files().filter((name) => name.startsWith(`${partition}/`) && name.endsWith('.log'))) {
      const base = Number(path.slice(partition.length + 1, -4));
      if (next !== undefined) expect(base).toBe(next);
      next = this.machine.viewsIn(path).at(-1)?.lastOffset;
      next = next === undefined ? base : next + 1;
    }
    expect(next).toBe(end);
  }

  /** What it wrote last is known, and stands, as long as no power was lost and nothing cut; and always what still stands of it. */
  #auditProducer(): void {
    const known = this.#log().producers.entries.get(7)?.batches.at(-1)?.lastOffset;
    const last = this.machine.views().findLast((view) => view.producerId === 7)?.lastOffset ?? -1;
    expect(known ?? -1).toBeGreaterThanOrEqual(last);
    expect(known ?? -1).toBeLessThan(this.#end());
    if (this.#lastProduced !== undefined) expect([known, last]).toEqual([this.#lastProduced, this.#lastProduced]);
  }
}
