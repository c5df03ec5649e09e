/** Retention deletes what the policy says, whole segments from the lowest on, and never what is not committed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogSlice } from '../../../src/kafka/log/log-slice.ts';
import type { PartitionLog } from '../../../src/kafka/log/partition-log.ts';
import { kafkaLogRules, type LogRules } from '../../../src/kafka/rules/log.ts';
import { deletableSegments, type RetentionFacts } from '../../../src/kafka/rules/log-retention.ts';
import { leaderEpoch } from '../../../src/model/brand.ts';
import { at, batchOf, Machine, type MachineOptions, partition, producedBatch, unwrap } from './machine.ts';
import { type Step, Trial } from './trial.ts';

const all = Number.MAX_SAFE_INTEGER;

/** A log whose segments hold one batch of ten records, with timestamps of that second. */
function filled(options: MachineOptions = {}, batches = 5): { readonly machine: Machine; readonly log: PartitionLog } {
  const machine = new Machine({ ...options, config: { segmentBytes: 200, cleanupPolicy: ['delete'], ...options.config } }).boot();
  machine.withLog((log) => {
    for (let index = 0; index < batches; index++)
      unwrap(log.appendAsLeader(batchOf(10, 8, index, 0, -1, index * 1000), leaderEpoch(0), index * 1000));
  });
  const log = machine.manager?.get(partition);
  if (log === undefined) throw new Error('no log');
  return { machine, log };
}

const configure = (log: PartitionLog, changed: Partial<PartitionLog['config']>): void => {
  log.config = { ...log.config, ...changed };
};

function files(machine: Machine, suffix: string): readonly string[] {
  return machine.host
    .disk('d0')
    .files()
    .filter((name) => name.startsWith(`${partition}/`) && name.endsWith(suffix));
}

function bytesOf(slice: LogSlice): Uint8Array {
  const bytes = new Uint8Array(slice.byteLength);
  slice.readInto(bytes);
  return bytes;
}

const facts: fc.Arbitrary<RetentionFacts> = fc
  .record({
    sizes: fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 50 }), records: fc.integer({ min: 1, max: 5 }), ageMs: fc.nat(100) }), {
      minLength: 1,
      maxLength: 8,
    }),
    emptyActive: fc.boolean(),
    logStart: fc.nat(20),
    committed: fc.nat(40),
    deletes: fc.boolean(),
    retentionMs: fc.integer({ min: -1, max: 100 }),
    retentionBytes: fc.integer({ min: -1, max: 200 }),
  })
  .map(({ sizes, emptyActive, logStart, committed, ...rest }) => {
    let next = 0;
    const segments = sizes.map(({ bytes, records, ageMs }) => {
      const baseOffset = at(next);
      next += records;
      return { baseOffset, bytes, largestMs: 1000 - ageMs };
    });
    if (emptyActive) segments.push({ baseOffset: at(next), bytes: 0, largestMs: 1000 });
    return {
      segments,
      logStartOffset: at(Math.min(logStart, next)),
      logEndOffset: at(next),
      highWatermark: at(Math.min(committed, next)),
      nowMs: 1000,
      ...rest,
    };
  });

/** Every reason for which a segment may go, looked at alone. */
function mayGo(of: RetentionFacts, index: number): boolean {
  const segment = of.segments[index];
  const end = of.segments[index + 1]?.baseOffset ?? of.logEndOffset;
  if (segment === undefined || end > of.highWatermark || segment.bytes === 0) return false;
  if (index + 1 < of.segments.length && end <= of.logStartOffset) return true;
  const behind = of.segments.slice(index + 1).reduce((sum, each) => sum + each.bytes, 0);
  const tooLarge = of.retentionBytes >= 0 && behind >= of.retentionBytes;
  return of.deletes && (tooLarge || (of.retentionMs >= 0 && of.nowMs - segment.largestMs > of.retentionMs));
}

describe('what goes', () => {
  const counted = fc.property(facts, (of) => {
    const count = deletableSegments(of);
    for (let index = 0; index < count; index++) expect(mayGo(of, index)).toBe(true);
    // Reasons follow one another, log start, size, age, so that one may end before an earlier reason would go on.
    const byAge = of.deletes && of.retentionMs >= 0 && of.nowMs - (of.segments[count]?.largestMs ?? of.nowMs) > of.retentionMs;
    if (byAge) expect(mayGo(of, count)).toBe(false);
  });

  test('is a run of the lowest segments, each committed and each for a reason, as far as age goes', () => {
    fc.assert(counted, { numRuns: 2000 });
  });

  test('is by age what is older than retention.ms as a whole, the active segment last, which a new one replaces', () => {
    const { machine, log } = filled();
    log.highWatermark = log.logEndOffset;
    configure(log, { retentionMs: 2000 });
    expect(unwrap(log.deleteOldSegments(3500))).toBe(2);
    expect([log.logStartOffset, log.segmentCount]).toEqual([20, 3]);
    expect(unwrap(log.deleteOldSegments(100_000))).toBe(3);
    expect([log.logStartOffset, log.logEndOffset, log.segmentCount]).toEqual([50, 50, 1]);
    expect(files(machine, '.log')).toEqual([`${partition}/00000000000000000050.log`]);
    expect(unwrap(log.deleteOldSegments(1_000_000))).toBe(0);
  });

  test('is by size what leaves the log at least as large as retention.bytes', () => {
    const { machine, log } = filled();
    const bytes = machine.host.disk('d0').contents(`${partition}/00000000000000000000.log`)?.length ?? 0;
    log.highWatermark = log.logEndOffset;
    configure(log, { retentionBytes: bytes * 3 + 1 });
    expect(unwrap(log.deleteOldSegments(0))).toBe(1);
    configure(log, { retentionBytes: 0 });
    expect(unwrap(log.deleteOldSegments(0))).toBe(4);
  });

  test('is below the log start also where nothing else is deleted', () => {
    const { log } = filled({ config: { cleanupPolicy: ['compact'], retentionMs: 0, retentionBytes: 0 } });
    log.highWatermark = log.logEndOffset;
    unwrap(log.advanceLogStart(at(25)));
    expect(unwrap(log.deleteOldSegments(all))).toBe(2);
    expect(log.logStartOffset).toBe(25);
  });

  test('is never beyond the high watermark', () => {
    const { log } = filled();
    configure(log, { retentionMs: 0 });
    log.highWatermark = at(29);
    expect(unwrap(log.deleteOldSegments(all))).toBe(2);
    expect(log.logStartOffset).toBe(20);
  });
});

describe('what was deleted', () => {
  test('can be read by whoever holds it until file.delete.delay.ms is over, and its files are gone then', () => {
    const { machine, log } = filled({ config: { fileDeleteDelayMs: 5000 } });
    const slice = unwrap(log.read(at(0), at(50), all, true));
    const before = bytesOf(slice);
    machine.act(() => {
      configure(log, { retentionBytes: 0 });
      log.highWatermark = log.logEndOffset;
      unwrap(log.deleteOldSegments(0));
    });
    machine.run(4000);
    expect(log.read(at(0), at(50), all, true).ok).toBe(false);
    expect([slice.intact, bytesOf(slice)]).toEqual([true, before]);
    expect(files(machine, '.deleted')).toHaveLength(15);
    machine.run(1500);
    expect(files(machine, '.deleted')).toEqual([]);
    expect(slice.intact).toBe(false);
  });

  test('does not come back after a power loss, and its files go when the log is opened', () => {
    const { machine, log } = filled();
    machine.withLog(() => {
      unwrap(log.flush());
      configure(log, { retentionBytes: 1 });
      log.highWatermark = log.logEndOffset;
      expect(unwrap(log.deleteOldSegments(0))).toBe(4);
    });
    machine.crash(true);
    machine.boot();
    expect(machine.recovered()).toMatchObject({ logStart: 40, logEnd: 50 });
    expect(files(machine, '.deleted')).toEqual([]);
  });

  test('takes the snapshots of producers below it along, and what they said is known on', () => {
    const machine = new Machine({ config: { segmentBytes: 200, cleanupPolicy: ['delete'] } }).boot();
    const log = machine.withLog((opened) => {
      for (let index = 0; index < 4; index++)
        unwrap(opened.appendAsLeader(producedBatch({ id: 7, epoch: 0, sequence: index * 10 }, 10), leaderEpoch(0), 0));
      opened.highWatermark = opened.logEndOffset;
      configure(opened, { retentionBytes: 1 });
      unwrap(opened.deleteOldSegments(0));
      return opened;
    });
    expect(log?.producers.snapshots).toEqual([30]);
    expect(log?.producers.entries.get(7)?.batches.at(-1)?.lastSequence).toBe(39);
  });

  test('is looked for every log.retention.check.interval.ms', () => {
    const { machine, log } = filled({ config: { retentionBytes: 0 }, manager: { logRetentionCheckIntervalMs: 1000 } });
    machine.run(31_000);
    expect(log.segmentCount).toBe(5);
    log.highWatermark = log.logEndOffset;
    machine.run(1000);
    expect(log.segmentCount).toBe(1);
  });
});

const write: Step = { type: 'work', work: { type: 'follow', sizes: [900, 900, 900, 900, 900, 900], newEpochAt: 9 }, crashAt: -1 };
const retain = (share: number, crashAt: number): Step => ({ type: 'work', work: { type: 'retain', share, bytes: 0 }, crashAt });

const wrong: readonly { readonly name: string; readonly rules: Partial<LogRules> }[] = [
  {
    name: 'what is not committed goes',
    rules: { deletableSegments: (of) => kafkaLogRules.deletableSegments({ ...of, highWatermark: of.logEndOffset }) },
  },
  { name: 'the log start is not moved', rules: { deletionSteps: () => ['roll', 'setAside', 'syncNames', 'snapshots'] } },
  {
    name: 'files go before what takes their place is there',
    rules: { deletionSteps: () => ['logStart', 'setAside', 'syncNames', 'roll', 'snapshots'] },
  },
];

describe('a retention that', () => {
  test.each(wrong)('is broken by hand is seen: $name', ({ rules }) => {
    const property = fc.property(fc.nat(), fc.integer({ min: -1, max: 20 }), fc.constantFrom(60, 100), (seed, crashAt, share) => {
      const trial = new Trial(seed, rules);
      for (const [index, step] of [write, retain(share, crashAt), write].entries()) trial.take(step, index + 1);
    });
    expect(fc.check(property, { seed: 1, numRuns: 300 }).failed).toBe(true);
    const right = fc.property(fc.nat(), fc.integer({ min: -1, max: 20 }), fc.constantFrom(60, 100), (seed, crashAt, share) => {
      const trial = new Trial(seed);
      for (const [index, step] of [write, retain(share, crashAt), write].entries()) trial.take(step, index + 1);
    });
    fc.assert(right, { seed: 1, numRuns: 100 });
  });
});
