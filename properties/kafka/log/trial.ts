/**
 * One log through random work, restarts and power losses inside any disk call. The oracle is what the log told: batches appended and cut,
 * and up to where it was synced. A broken promise throws.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { BatchSummary, NodeEvent } from '../../../src/io/node-event.ts';
import type { PartitionLog } from '../../../src/kafka/log/partition-log.ts';
import type { LogRules } from '../../../src/kafka/rules/log.ts';
import type { EpochEntry } from '../../../src/kafka/rules/replication.ts';
import { brokerEpoch, leaderEpoch } from '../../../src/model/brand.ts';
import { at, batchOf, joined, Machine, partition, summaryOf, unwrap } from './machine.ts';

type Work =
  | { readonly type: 'lead'; readonly count: number; readonly bytes: number; readonly newEpoch: boolean }
  | { readonly type: 'follow'; readonly sizes: readonly number[]; readonly newEpochAt: number }
  | { readonly type: 'elect' }
  | { readonly type: 'truncate'; readonly share: number }
  | { readonly type: 'restart'; readonly share: number }
  | { readonly type: 'advance'; readonly share: number }
  | { readonly type: 'retain'; readonly share: number; readonly bytes: number }
  | { readonly type: 'flush' }
  | { readonly type: 'flushLater' };
export type Step =
  | { readonly type: 'work'; readonly work: Work; readonly crashAt: number }
  | { readonly type: 'crash'; readonly powerLoss: boolean; readonly crashAt: number }
  | { readonly type: 'stop'; readonly powerLossAfter: boolean; readonly crashAt: number };

const share = fc.integer({ min: 0, max: 100 });
const work: fc.Arbitrary<Work> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('lead' as const), count: fc.integer({ min: 1, max: 4 }), bytes: fc.nat(900), newEpoch: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('follow' as const),
      sizes: fc.array(fc.nat(400), { minLength: 1, maxLength: 6 }),
      newEpochAt: fc.nat(8),
    }),
  },
  fc.record({ type: fc.constant('elect' as const) }),
  { weight: 3, arbitrary: fc.record({ type: fc.constant('truncate' as const), share }) },
  fc.record({ type: fc.constant('restart' as const), share }),
  fc.record({ type: fc.constant('advance' as const), share }),
  { weight: 2, arbitrary: fc.record({ type: fc.constant('retain' as const), share, bytes: fc.nat(6000) }) },
  fc.record({ type: fc.constant('flush' as const) }),
  { weight: 2, arbitrary: fc.record({ type: fc.constant('flushLater' as const) }) },
);
/** Mostly never; else inside one of the next disk calls. */
const crashAt = fc.oneof({ weight: 4, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(12) });
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ type: fc.constant('work' as const), work, crashAt }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('crash' as const), powerLoss: fc.boolean(), crashAt }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('stop' as const), powerLossAfter: fc.boolean(), crashAt }) },
);

/** What the log says of itself, folded from its events. */
class Told {
  batches: readonly BatchSummary[] = [];
  logStart = 0;
  syncedTo = 0;

  observe(event: NodeEvent): void {
    if (event.type === 'appended') this.batches = [...this.batches, { base: event.base, last: event.last, epoch: event.epoch, crc: event.crc }];
    else if (event.type === 'truncated') {
      this.batches = this.batches.filter((batch) => batch.last < event.to);
      this.syncedTo = Math.min(this.syncedTo, event.to);
    } else if (event.type === 'logStart') this.logStart = event.offset;
    else if (event.type === 'synced') this.syncedTo = event.to;
  }

  get end(): number {
    return (this.batches.at(-1)?.last ?? this.logStart - 1) + 1;
  }
}

/** The epoch cache that the batches alone give. */
function rebuilt(batches: readonly BatchSummary[], logStart: number): readonly EpochEntry[] {
  const entries: EpochEntry[] = [];
  for (const batch of batches) {
    if (batch.last < logStart) {
      entries.length = 0;
      entries.push({ epoch: batch.epoch, startOffset: at(logStart) });
    } else if (entries.at(-1)?.epoch !== batch.epoch) {
      const startOffset = at(Math.max(batch.base, logStart));
      if (entries.at(-1)?.startOffset === startOffset) entries.pop();
      entries.push({ epoch: batch.epoch, startOffset });
    }
  }
  return entries;
}

export class Trial {
  readonly machine: Machine;
  readonly told = new Told();
  epoch = 0;
  powerLosses = 0;
  /** Batches that the step under way may add; whether it may leave what was there before a cut. */
  attempted: readonly BatchSummary[] = [];
  #filler = 0;

  constructor(seed: number, rules: Partial<LogRules> = {}) {
    this.machine = new Machine({ seed: String(seed), config: { segmentBytes: 2048, indexIntervalBytes: 300 }, rules }).boot();
    this.machine.simulator.observer = (_host, event) => {
      this.machine.events.push(event);
      this.told.observe(event);
    };
    this.machine.withLog((log) => unwrap(log.flush()));
  }

  take(next: Step, epochOfStop: number): void {
    const { host } = this.machine;
    const before = this.told.batches;
    this.attempted = [];
    const watch = next.crashAt < 0 ? undefined : host.crashAtDiskCall(next.crashAt);
    if (next.type === 'work') {
      this.machine.withLog((log) => this.work(log, next.work));
      if (host.up) this.audit();
      else {
        const cut = next.work.type === 'truncate' || next.work.type === 'restart';
        if (cut) this.told.syncedTo = Math.min(this.told.syncedTo, this.#cutTo);
        this.reopen(cut ? [this.told.batches, before] : [this.told.batches], this.told.syncedTo, undefined);
      }
    } else if (next.type === 'stop') {
      this.machine.stop(brokerEpoch(epochOfStop));
      if (next.powerLossAfter) host.crash({ powerLoss: true });
      this.reopen([before], host.poweredOn ? this.told.end : this.told.syncedTo, epochOfStop);
    } else {
      this.machine.crash(next.powerLoss);
      this.reopen([before], next.powerLoss ? this.told.syncedTo : this.told.end, undefined);
    }
    watch?.heal();
  }

  #cutTo = 0;

  work(log: PartitionLog, what: Work): void {
    const span = log.logEndOffset - log.logStartOffset;
    this.#filler++;
    switch (what.type) {
      case 'lead': {
        if (what.newEpoch) this.epoch++;
        const batch = batchOf(what.count, what.bytes, this.#filler, log.logEndOffset, this.epoch);
        this.attempted = [summaryOf(batch)];
        unwrap(log.appendAsLeader(batch, leaderEpoch(this.epoch), 0));
        return;
      }
      case 'follow': {
        let next = log.logEndOffset as number;
        const batches = what.sizes.map((bytes, index) => {
          if (index === what.newEpochAt) this.epoch++;
          return batchOf(1, bytes, this.#filler, next++, this.epoch);
        });
        this.attempted = batches.map(summaryOf);
        unwrap(log.appendAsFollower(joined(batches), leaderEpoch(this.epoch)));
        return;
      }
      case 'elect':
        unwrap(log.epochs.assign(leaderEpoch(++this.epoch), log.logEndOffset));
        return;
      case 'truncate': {
        const to = log.logStartOffset + Math.floor((span * what.share) / 100);
        this.#cutTo = this.told.batches.find((batch) => batch.last >= to)?.base ?? to;
        unwrap(log.truncateTo(at(to)));
        return;
      }
      case 'restart':
        this.#cutTo = 0;
        unwrap(log.truncateFullyAndStartAt(at(Math.floor((log.logEndOffset * what.share) / 50))));
        return;
      case 'advance':
        unwrap(log.advanceLogStart(at(log.logStartOffset + Math.floor((span * what.share) / 100))));
        return;
      case 'retain': {
        // Committed up to there, and nothing beyond may go.
        const committed = at(log.logStartOffset + Math.floor((span * what.share) / 100));
        log.highWatermark = committed;
        const { config } = log;
        log.config = { ...config, cleanupPolicy: ['delete'], retentionBytes: what.bytes };
        unwrap(log.deleteOldSegments(0));
        log.config = config;
        expect(log.logStartOffset).toBeLessThanOrEqual(committed);
        // What retention has taken away is no longer looked for.
        this.told.batches = this.told.batches.filter((batch) => batch.base >= log.firstSegmentBase);
        return;
      }
      case 'flush':
        unwrap(log.flush());
        return;
      case 'flushLater':
        log.flushLater();
    }
  }

  /** While the log is open, the files hold what it told. */
  audit(): void {
    expect(this.machine.stored()).toEqual(this.told.batches);
    expect(this.machine.indexProblem()).toBe(undefined);
    const log = this.machine.manager?.get(partition);
    expect(log?.logEndOffset).toBe(this.told.end);
    expect(log?.recoveryPoint).toBeLessThanOrEqual(this.told.end);
    const started = log?.epochs.entries().filter((entry) => entry.startOffset < this.told.end);
    if (this.told.end > this.told.logStart) expect(started).toEqual(rebuilt(this.told.batches, this.told.logStart));
  }

  /** Opens the log again: it holds a prefix of one of these histories, and all below `mustHold`; a power loss while it opens leaves what was synced. */
  reopen(histories: readonly (readonly BatchSummary[])[], mustHold: number, stoppedIn: number | undefined): void {
    for (let tries = 0; !this.machine.host.up; tries++) {
      if (!this.machine.host.poweredOn) this.powerLosses++;
      if (tries > 30) throw new Error('the log does not open');
      this.machine.boot();
      if (!this.machine.host.up) mustHold = Math.min(mustHold, this.told.syncedTo);
    }
    expect(this.machine.loaded).toEqual({ ok: true, value: undefined });
    const recovered = this.machine.recovered();
    if (recovered === undefined) throw new Error('nothing was recovered');
    const stoppedCleanly = this.machine.manager?.previousBrokerEpoch() !== -1;
    expect(recovered.clean).toBe(stoppedCleanly);
    if (stoppedCleanly) expect(this.machine.manager?.previousBrokerEpoch()).toBe(stoppedIn);
    const held = this.machine.stored();
    expect(this.machine.indexProblem()).toBe(undefined);
    const allowed = histories.map((history) => [...history, ...this.attempted.filter((batch) => batch.base > (history.at(-1)?.last ?? -1))]);
    const prefix = allowed.some((history) => isPart(held, history, this.told.logStart));
    if (!prefix) expect(held).toEqual(allowed[0]);
    const required = (histories[0] ?? []).filter((batch) => batch.last >= this.told.logStart && (stoppedCleanly || batch.last < mustHold));
    for (const batch of required)
      expect(
        held.some((one) => same(one, batch)),
        `batch at ${batch.base} of ${mustHold}`,
      ).toBe(true);
    const log = this.machine.manager?.get(partition);
    if (recovered.logEnd > recovered.logStart) expect(log?.epochs.entries()).toEqual(rebuilt(held, recovered.logStart));
    expect(log?.logEndOffset).toBe(recovered.logEnd);
    this.told.batches = held;
    this.told.logStart = recovered.logStart;
    this.told.syncedTo = stoppedCleanly ? recovered.logEnd : Math.min(this.told.syncedTo, recovered.logEnd);
    this.epoch = Math.max(this.epoch, log?.epochs.latest() ?? 0);
  }
}

/** Consecutive batches of a history, of which only such may be missing at the beginning that lie below the log start. */
function isPart(held: readonly BatchSummary[], history: readonly BatchSummary[], logStart: number): boolean {
  const first = held[0];
  const from = first === undefined ? 0 : history.findIndex((batch) => batch.base === first.base);
  if (from < 0 || history.slice(0, from).some((batch) => batch.last >= logStart)) return false;
  return held.every((batch, index) => same(batch, history[from + index]));
}

const same = (a: BatchSummary, b: BatchSummary | undefined): boolean =>
  b !== undefined && a.base === b.base && a.last === b.last && a.epoch === b.epoch && a.crc === b.crc;
