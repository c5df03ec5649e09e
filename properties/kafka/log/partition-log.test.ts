import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Disk, File } from '../../../src/io/disk.ts';
import type { LogSlice } from '../../../src/kafka/log/log-slice.ts';
import type { PartitionLog } from '../../../src/kafka/log/partition-log.ts';
import { leaderEpoch } from '../../../src/model/brand.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { ok } from '../../../src/model/result.ts';
import { BatchView } from '../../../src/protocol/records/batch-header.ts';
import { encodeBatch } from '../../../src/protocol/records/encode.ts';
import { splitBatches } from '../../../src/protocol/records/split.ts';
import { at, batchOf, joined, Machine, partition, summary, summaryOf, unwrap } from './machine.ts';

const epoch = leaderEpoch;
const all = Number.MAX_SAFE_INTEGER;

function bytesOf(slice: LogSlice): Uint8Array {
  const bytes = new Uint8Array(slice.byteLength);
  slice.readInto(bytes);
  return bytes;
}

/** An open log of a fresh machine, for work that no restart interrupts. */
function openLog(options: ConstructorParameters<typeof Machine>[0] = {}): { readonly machine: Machine; readonly log: PartitionLog } {
  const machine = new Machine(options).boot();
  machine.withLog(() => undefined);
  const log = machine.manager?.get(partition);
  if (log === undefined) throw new Error('no log');
  return { machine, log };
}

/** Reads and writes at most a few bytes at a time. */
function shortDisk(disk: Disk): Disk {
  const short = (file: File): File => ({
    size: () => file.size(),
    read: (position, into) => file.read(position, into.subarray(0, Math.min(into.length, 7))),
    write: (position, bytes) => file.write(position, bytes.subarray(0, Math.min(bytes.length, 5))),
    truncate: (size) => file.truncate(size),
    sync: () => file.sync(),
    syncLater: (then) => file.syncLater(then),
    close: () => file.close(),
  });
  return {
    open: (path, mode) => {
      const opened = disk.open(path, mode);
      return opened.ok ? ok(short(opened.value)) : opened;
    },
    list: (path) => disk.list(path),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    makeDirectory: (path) => disk.makeDirectory(path),
    syncDirectory: (path) => disk.syncDirectory(path),
    freeBytes: () => disk.freeBytes(),
  };
}

describe('reading', () => {
  test('gives the stored bytes from the batch that holds the offset, never a batch that reaches the bound, within the limit', () => {
    const sizes = fc.array(fc.record({ count: fc.integer({ min: 1, max: 5 }), bytes: fc.nat(120) }), { minLength: 1, maxLength: 25 });
    const question = fc.record({ from: fc.nat(80), upTo: fc.nat(80), maxBytes: fc.nat(900), atLeastOne: fc.boolean() });
    fc.assert(
      fc.property(sizes, fc.array(question, { minLength: 1, maxLength: 20 }), (batches, questions) => {
        const { log } = openLog({ config: { segmentBytes: 1000 } });
        const written = batches.map(({ count, bytes }, index) => {
          const batch = batchOf(count, bytes, index);
          unwrap(log.appendAsLeader(batch, epoch(1), 0));
          return batch;
        });
        for (const { from, upTo, maxBytes, atLeastOne } of questions) {
          const answer = log.read(at(from), at(upTo), maxBytes, atLeastOne);
          if (from > log.logEndOffset) {
            expect(answer).toEqual({ ok: false, error: ErrorCode.OFFSET_OUT_OF_RANGE });
            continue;
          }
          const slice = unwrap(answer);
          const bytes = bytesOf(slice);
          const wanted = written.filter((batch) => new BatchView(batch, 0).lastOffset >= from && new BatchView(batch, 0).lastOffset < upTo);
          const whole = splitBatches(bytes);
          if (!whole.ok) throw new Error(whole.error.message);
          expect(bytes).toEqual(joined(wanted).slice(0, bytes.length));
          expect(slice.nextOffset).toBe(whole.value.length === 0 ? from : (whole.value.at(-1)?.lastOffset ?? 0) + 1);
          const first = wanted[0];
          if (first === undefined) expect(bytes.length).toBe(0);
          else if (first.length <= maxBytes || atLeastOne) expect(whole.value.length).toBeGreaterThan(0);
          else expect(bytes.length).toBe(0);
          expect(bytes.length).toBeLessThanOrEqual(Math.max(maxBytes, atLeastOne ? (first?.length ?? 0) : 0));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('copies nothing before the socket asks: a slice costs no disk call, its bytes one', () => {
    const { machine, log } = openLog();
    unwrap(log.appendAsLeader(batchOf(3), epoch(1), 0));
    let calls = 0;
    machine.host.failDiskCalls(() => {
      calls++;
      return false;
    });
    const slice = unwrap(log.read(at(0), at(3), 10_000, true));
    expect(calls).toBe(0);
    expect(slice.byteLength).toBeGreaterThan(0);
    bytesOf(slice);
    expect(calls).toBe(1);
  });

  test('a slice of what was cut meanwhile holds nothing that a reader takes for a batch; one below the cut is as it was', () => {
    const { log } = openLog();
    for (let count = 0; count < 4; count++) unwrap(log.appendAsLeader(batchOf(1, 8, count), epoch(1), 0));
    const low = unwrap(log.read(at(0), at(2), all, true));
    const high = unwrap(log.read(at(2), at(4), all, true));
    const before = bytesOf(low);
    unwrap(log.truncateTo(at(2)));
    expect([low.intact, high.intact]).toEqual([true, false]);
    expect(bytesOf(low)).toEqual(before);
    expect(bytesOf(high).every((byte) => byte === 0)).toBe(true);
    // Shorter than what was there: still nothing.
    unwrap(log.appendAsLeader(batchOf(1, 8, 9), epoch(2), 0));
    expect(high.intact).toBe(false);
    const fresh = unwrap(log.read(at(2), at(3), all, true));
    expect(fresh.intact && splitBatches(bytesOf(fresh)).ok).toBe(true);
  });

  test('a slice of a log that was cut and grew again gives what stands there now, of the later epoch, as a file sent by the kernel does', () => {
    const { log } = openLog();
    for (let count = 0; count < 4; count++) unwrap(log.appendAsLeader(batchOf(1, 8, count), epoch(1), 0));
    const slice = unwrap(log.read(at(2), at(4), all, true));
    const before = bytesOf(slice);
    unwrap(log.truncateTo(at(2)));
    for (let count = 0; count < 3; count++) unwrap(log.appendAsLeader(batchOf(1, 8, 10 + count), epoch(2), 0));
    expect(slice.intact).toBe(true);
    const now = bytesOf(slice);
    expect(now).not.toEqual(before);
    expect(now).toEqual(bytesOf(unwrap(log.read(at(2), at(4), all, true))));
    const batches = splitBatches(now);
    expect(batches.ok && batches.value.map(({ baseOffset, leaderEpoch }) => [baseOffset, leaderEpoch])).toEqual([
      [2, 2],
      [3, 2],
    ]);
  });
});

describe('appending', () => {
  test('as leader stamps the next offset and the epoch, and records where the epoch began', () => {
    const { log, machine } = openLog();
    const infos = [1, 1, 3].map((leaderEpochNow, index) => unwrap(log.appendAsLeader(batchOf(index + 1), epoch(leaderEpochNow), 0)));
    expect(infos.map(({ base, last }) => [base, last])).toEqual([
      [0, 0],
      [1, 2],
      [3, 5],
    ]);
    expect(log.epochs.entries()).toEqual([
      { epoch: 1, startOffset: 0 },
      { epoch: 3, startOffset: 3 },
    ]);
    expect(machine.text('orders-0/leader-epoch-checkpoint')).toBe('0\n2\n1 0\n3 3\n');
    expect(machine.stored().map(({ base, last, epoch: of }) => [base, last, of])).toEqual([
      [0, 0, 1],
      [1, 2, 1],
      [3, 5, 3],
    ]);
  });

  test('as follower keeps offsets and epochs, leaves a cut batch and later epochs out, and takes all or nothing', () => {
    const { log, machine } = openLog();
    const batches = [batchOf(2, 8, 0, 0, 1), batchOf(1, 8, 1, 2, 1), batchOf(1, 8, 2, 3, 2), batchOf(1, 8, 3, 4, 5)];
    const records = joined([...batches, batchOf(1).slice(0, 30)]);
    expect(unwrap(log.appendAsFollower(records, epoch(4)))).toMatchObject({ base: 0, last: 3 });
    expect(machine.stored()).toEqual(batches.slice(0, 3).map(summaryOf));
    expect(log.epochs.entries()).toEqual([
      { epoch: 1, startOffset: 0 },
      { epoch: 2, startOffset: 3 },
    ]);
    expect(log.appendAsFollower(batchOf(1, 8, 0, 2, 2), epoch(4))).toEqual({ ok: false, error: ErrorCode.OFFSET_OUT_OF_RANGE });
    const damaged = joined([batchOf(1, 8, 0, 4, 4), batchOf(1, 8, 0, 5, 4)]);
    damaged[damaged.length - 1] = 77;
    expect(log.appendAsFollower(damaged, epoch(4))).toEqual({ ok: false, error: ErrorCode.CORRUPT_MESSAGE });
    expect(log.logEndOffset).toBe(4);
    expect(unwrap(log.appendAsFollower(new Uint8Array(0), epoch(4)))).toMatchObject({ base: 4, last: 3, byteLength: 0 });
  });

  test('as an empty follower begins with the whole batch that holds the leader’s log start', () => {
    const { log, machine } = openLog();
    unwrap(log.truncateFullyAndStartAt(at(12)));
    unwrap(log.appendAsFollower(batchOf(5, 8, 0, 10, 1), epoch(1)));
    expect([log.logStartOffset, log.logEndOffset]).toEqual([10, 15]);
    expect(machine.stored().map((batch) => batch.base)).toEqual([10]);
  });

  test('rolls before a segment would grow too large or too old, syncs what it leaves, and goes on in a new file', () => {
    const { log, machine } = openLog({ config: { segmentBytes: 300, segmentMs: 1000 } });
    for (let count = 0; count < 3; count++) unwrap(log.appendAsLeader(batchOf(1, 50), epoch(1), 0));
    machine.run(50);
    const files = (): readonly string[] =>
      machine.host
        .disk('d0')
        .files()
        .filter((name) => name.endsWith('.log'));
    expect(files()).toEqual(['orders-0/00000000000000000000.log', 'orders-0/00000000000000000002.log']);
    expect(log.recoveryPoint).toBe(2);
    expect(machine.events.findLast((event) => event.type === 'synced')).toEqual({ type: 'synced', partition, to: 2 });
    unwrap(log.appendAsLeader(batchOf(1, 50, 0, 0, -1, 2001), epoch(1), 0));
    expect(files().at(-1)).toBe('orders-0/00000000000000000003.log');
  });

  test('syncs before it answers after flush.messages records, and in the background after flush.ms', () => {
    const often = openLog({ config: { flushMessages: 2 } });
    unwrap(often.log.appendAsLeader(batchOf(1), epoch(1), 0));
    expect(often.log.recoveryPoint).toBe(0);
    unwrap(often.log.appendAsLeader(batchOf(1), epoch(1), 0));
    expect(often.log.recoveryPoint).toBe(2);
    const later = openLog({ config: { flushMs: 3000 }, manager: { logFlushSchedulerIntervalMs: 1000 } });
    later.machine.withLog((log) => unwrap(log.appendAsLeader(batchOf(1), epoch(1), 0)));
    expect(later.log.recoveryPoint).toBe(0);
    later.machine.run(40_000);
    expect(later.log.recoveryPoint).toBe(1);
  });

  test('works on a disk that reads and writes less than asked', () => {
    const machine = new Machine({ wrap: shortDisk }).boot();
    machine.withLog((log) => {
      for (let count = 1; count < 5; count++) unwrap(log.appendAsLeader(batchOf(count), epoch(1), 0));
    });
    expect(machine.stored().map((batch) => batch.last)).toEqual([0, 2, 5, 9]);
    machine.stop();
    machine.boot();
    expect(machine.stored()).toEqual(machine.stored());
    machine.withLog((log) => {
      const split = splitBatches(bytesOf(unwrap(log.read(at(0), at(10), all, true))));
      expect(split.ok && split.value.map(summary)).toEqual(machine.stored());
    });
  });
});

describe('truncating', () => {
  test('takes a batch whole when the offset lies inside it', () => {
    const { log } = openLog();
    unwrap(log.appendAsLeader(batchOf(3), epoch(1), 0));
    unwrap(log.appendAsLeader(batchOf(3), epoch(1), 0));
    unwrap(log.truncateTo(at(4)));
    expect(log.logEndOffset).toBe(3);
  });

  test('to the log end or beyond forgets epochs without records (KAFKA-10706)', () => {
    const { log } = openLog();
    unwrap(log.appendAsLeader(batchOf(3), epoch(1), 0));
    unwrap(log.epochs.assign(epoch(4), at(3)));
    unwrap(log.truncateTo(at(3)));
    expect(log.epochs.entries()).toEqual([{ epoch: 1, startOffset: 0 }]);
  });

  test('lowers the recovery point, the high watermark and, below it, the log start', () => {
    const { log, machine } = openLog({ config: { segmentBytes: 300 } });
    for (let count = 0; count < 8; count++) unwrap(log.appendAsLeader(batchOf(1, 50), epoch(1), 0));
    unwrap(log.flush());
    log.highWatermark = at(7);
    unwrap(log.truncateTo(at(5)));
    expect([log.recoveryPoint, log.highWatermark, log.logEndOffset]).toEqual([5, 5, 5]);
    expect(machine.stored().length).toBe(5);
  });

  test('while a background sync is under way does not let its result vouch for what is written after', () => {
    const { log, machine } = openLog();
    unwrap(log.appendAsLeader(batchOf(4), epoch(1), 0));
    machine.withLog((inLane) => {
      inLane.flushLater();
      unwrap(inLane.truncateTo(at(0)));
      unwrap(inLane.appendAsLeader(batchOf(6), epoch(1), 0));
    });
    machine.run(1000);
    expect(log.recoveryPoint).toBe(0);
  });

  test('fully starts anew anywhere, with no epochs', () => {
    const { log, machine } = openLog();
    unwrap(log.appendAsLeader(batchOf(4), epoch(1), 0));
    unwrap(log.truncateFullyAndStartAt(at(1000)));
    expect([log.logStartOffset, log.logEndOffset, log.epochs.latest(), machine.stored().length]).toEqual([1000, 1000, -1, 0]);
    expect(unwrap(log.appendAsLeader(batchOf(1), epoch(2), 0)).base).toBe(1000);
  });
});

describe('looking up by time', () => {
  test('finds the first record at or after a moment, and the first with the largest timestamp', () => {
    const times = fc.array(fc.array(fc.nat(60), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        times,
        fc.nat(70),
        fc.nat(40),
        fc.nat(100),
        fc.constantFrom('none' as const, 'gzip' as const),
        (batches, wanted, upTo, startShare, compression) => {
          const { log } = openLog({ config: { segmentBytes: 400 } });
          for (const batch of batches) {
            const records = batch.map((timestampMs) => ({ key: null, value: new Uint8Array(20), timestampMs }));
            unwrap(log.appendAsLeader(encodeBatch({ records, compression }), epoch(3), 0));
          }
          const start = Math.floor((log.logEndOffset * startShare) / 100);
          unwrap(log.advanceLogStart(at(start)));
          const records = batches.flat().map((timestampMs, offset) => ({ offset, timestampMs, epoch: 3 }));
          const found = records.find((record) => record.offset >= start && record.timestampMs >= wanted);
          expect(unwrap(log.offsetForTimestamp(wanted, at(upTo)))).toEqual(found !== undefined && found.offset < upTo ? found : undefined);
          const latest = unwrap(log.maxTimestamp());
          const visible = records.filter((record) => record.offset >= start);
          expect(latest).toEqual(
            start === log.logEndOffset
              ? undefined
              : visible.find((record) => record.timestampMs === Math.max(...visible.map((one) => one.timestampMs))),
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});
