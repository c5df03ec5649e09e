/** When a log is compacted, what its batches look like afterwards, and how the rest of the log lives with the gaps. */
import { describe, expect, test } from 'vitest';
import type { CleaningOutcome } from '../../../src/kafka/log/cleaning.ts';
import type { PartitionLog } from '../../../src/kafka/log/partition-log.ts';
import { type CleaningFacts, cleaningRules } from '../../../src/kafka/rules/log-cleaning.ts';
import { leaderEpoch } from '../../../src/model/brand.ts';
import type { BatchView } from '../../../src/protocol/records/batch-header.ts';
import { decodeRecords } from '../../../src/protocol/records/decode.ts';
import { type BatchInput, encodeBatch } from '../../../src/protocol/records/encode.ts';
import { encodeEndMarker } from '../../../src/protocol/records/end-marker.ts';
import { at, Machine, type MachineOptions, never, partition, unwrap } from './machine.ts';

const epoch = leaderEpoch(0);
const compact = { cleanupPolicy: ['compact'], minCleanableDirtyRatio: 0, deleteRetentionMs: 1000 } as const;
const all = Number.MAX_SAFE_INTEGER;

type Pair = readonly [key: string | null, value: string | null];
const text = (of: string | null): Uint8Array | null => (of === null ? null : new TextEncoder().encode(of));

function batch(pairs: readonly Pair[], more: Partial<BatchInput> = {}): Uint8Array {
  return encodeBatch({ records: pairs.map(([key, value], index) => ({ key: text(key), value: text(value), timestampMs: 5000 + index })), ...more });
}

/** Each batch in a segment of its own, all of it committed and durable, with an empty active segment behind. */
function table(batches: readonly Uint8Array[], options: MachineOptions = {}): { readonly machine: Machine; readonly log: PartitionLog } {
  const machine = new Machine({ ...options, config: { segmentBytes: 70, ...compact, ...options.config } }).boot();
  const log = machine.withLog((opened) => {
    for (const bytes of [...batches, batch([['end', 'x']])]) unwrap(opened.appendAsFollower(placed(opened, bytes), epoch));
    unwrap(opened.flush());
    opened.highWatermark = opened.logEndOffset;
    return opened;
  });
  if (log === undefined) throw new Error('no log');
  return { machine, log };
}

/** Follows the log's end, as a fetched batch does. */
function placed(log: PartitionLog, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  view.setBigInt64(0, BigInt(log.logEndOffset));
  view.setInt32(12, 0);
  return copy;
}

function clean(log: PartitionLog, nowMs: number, maxKeys = 100): CleaningOutcome | 'not due' {
  const cleaning = log.beginCleaning(maxKeys, nowMs);
  if (cleaning === undefined) return 'not due';
  for (;;) {
    const outcome = unwrap(cleaning.step());
    if (outcome !== undefined) return outcome;
  }
}

/** Segments may become larger from now on, so that neighbours are put together. */
const enlarge = (log: PartitionLog): void => {
  log.config = { ...log.config, segmentBytes: 10_000 };
};

const contents = (views: readonly BatchView[]): readonly string[] =>
  views.map((view) => {
    const records = decodeRecords(view);
    if (!records.ok) throw new Error(records.error.message);
    const decoder = new TextDecoder();
    const shown = records.value.map(
      ({ offset, key, value }) => `${offset}:${decoder.decode(key ?? undefined)}=${value === null ? '' : decoder.decode(value)}`,
    );
    return `${view.baseOffset}-${view.lastOffset} ${shown.join(' ')}`.trim();
  });

describe('a log is compacted', () => {
  test('to the last record of each key, at its offset, in as few segments as fit', () => {
    const { machine, log } = table([
      batch([
        ['a', '1'],
        ['b', '2'],
      ]),
      batch([['a', '3']]),
      batch([
        ['c', '4'],
        ['a', '5'],
      ]),
    ]);
    enlarge(log);
    expect(clean(log, 10_000)).toBe('cleaned');
    expect(contents(machine.views())).toEqual(['0-1 1:b=2', '3-4 3:c=4 4:a=5', '5-5 5:end=x']);
    expect(log.segmentCount).toBe(2);
    expect(log.cleanedTo).toBe(5);
    expect(clean(log, 10_000)).toBe('not due');
  });

  test('with a horizon in the batch of a tombstone, which goes when that is over, and its timestamps as they were', () => {
    const { machine, log } = table([
      batch([['a', '1']]),
      batch([
        ['a', null],
        ['b', '2'],
      ]),
    ]);
    expect(clean(log, 10_000)).toBe('cleaned');
    const view = machine.views().find(({ baseOffset }) => baseOffset === 1);
    expect([view?.deleteHorizonMs, view?.isIntact]).toEqual([11_000, true]);
    const records = view === undefined ? undefined : decodeRecords(view);
    expect(records?.ok && records.value.map(({ timestampMs }) => timestampMs)).toEqual([5000, 5001]);
    const again = (nowMs: number): void => {
      machine.withLog(() => {
        unwrap(log.appendAsFollower(placed(log, batch([['d', '6']])), epoch));
        unwrap(log.flush());
        log.highWatermark = log.logEndOffset;
      });
      expect(clean(log, nowMs)).toBe('cleaned');
    };
    again(10_999);
    expect(contents(machine.views())[1]).toBe('1-2 1:a= 2:b=2');
    again(11_000);
    expect(contents(machine.views())[1]).toBe('1-2 2:b=2');
  });

  test('without records that have no key, and in passes where there are more keys than it may remember', () => {
    const { machine, log } = table([
      batch([
        [null, '1'],
        ['a', '2'],
      ]),
      batch([
        ['a', '3'],
        ['b', '4'],
      ]),
      batch([['b', '5']]),
    ]);
    expect(clean(log, 0, 1)).toBe('cleaned');
    expect(log.cleanedTo).toBe(3);
    expect(contents(machine.views())).toContain('2-3 2:a=3 3:b=4');
    while (clean(log, 0, 1) === 'cleaned');
    expect(contents(machine.views())).toContain('2-3 2:a=3');
  });

  test('no further than an open transaction begins, and of what was aborted nothing: it does not count for older values of its keys', () => {
    const mine = { producerId: 1, producerEpoch: 0 };
    const open = (key: string, sequence: number) => batch([[key, 'open']], { ...mine, baseSequence: sequence, transactional: true });
    const abort = encodeEndMarker({ ...mine, coordinatorEpoch: 0, type: 'abort', timestampMs: 5000 });
    const { machine, log } = table([batch([['a', '1']]), open('a', 0), abort, batch([['b', '2']]), open('b', 1)]);
    expect(clean(log, 0)).toBe('cleaned');
    expect(log.cleanedTo).toBe(4);
    expect(log.lastStableOffset).toBe(4);
    expect(
      contents(machine.views())
        .slice(0, 4)
        .filter((each) => !each.startsWith('2')),
    ).toEqual(['0-0 0:a=1', '1-1', '3-3 3:b=2']);
    expect(log.abortedTransactions(at(0), at(3))).toMatchObject([{ producerId: 1, firstOffset: 1, lastOffset: 2 }]);
  });

  test('not at all where a batch is damaged: a new checksum would hide it', () => {
    const { machine, log } = table([batch([['a', '1']]), batch([['a', '2']])]);
    machine.host.disk('d0').flipBit(`${partition}/00000000000000000000.log`, 64, 1);
    expect(clean(log, 0)).toBe('unreadable');
    expect(log.cleanedTo).toBe(0);
  });
});

describe('what a log is compacted of', () => {
  const facts: CleaningFacts = {
    segments: [
      { baseOffset: at(0), bytes: 100, nextOffset: at(10), largestMs: 100, firstMs: 50 },
      { baseOffset: at(10), bytes: 100, nextOffset: at(20), largestMs: 200, firstMs: 150 },
      { baseOffset: at(20), bytes: 100, nextOffset: at(30), largestMs: 300, firstMs: 250 },
    ],
    cleanedTo: at(0),
    logStartOffset: at(0),
    lastStableOffset: at(30),
    recoveryPoint: at(30),
    nowMs: 1000,
    minCompactionLagMs: 0,
    maxCompactionLagMs: never,
  };
  const range = (changed: Partial<CleaningFacts>) => cleaningRules.dirtyRange({ ...facts, ...changed });

  test('ends before the active segment, before what is not committed or not durable, and before what is too young', () => {
    expect(range({})).toMatchObject({ from: 0, to: 20, ratio: 1, overdue: false });
    expect(range({ lastStableOffset: at(19) })).toMatchObject({ to: 10 });
    expect(range({ recoveryPoint: at(12) })).toMatchObject({ to: 10 });
    expect(range({ minCompactionLagMs: 801 })).toMatchObject({ to: 10 });
    expect(range({ minCompactionLagMs: 901 })).toBe(undefined);
  });

  test('begins where it was compacted to, and its share decides, unless a record has waited for too long', () => {
    const half = range({ cleanedTo: at(10) });
    expect(half).toMatchObject({ from: 10, to: 20, ratio: 0.5 });
    expect(half !== undefined && cleaningRules.cleaningDue(half, 0.5)).toBe(false);
    const late = range({ cleanedTo: at(10), maxCompactionLagMs: 849 });
    expect(late !== undefined && cleaningRules.cleaningDue(late, 0.5)).toBe(true);
    expect(range({ cleanedTo: at(10), maxCompactionLagMs: 850 })).toMatchObject({ overdue: false });
  });

  test('is one segment at a time where two would be too large or too far apart', () => {
    expect(cleaningRules.groups(facts.segments, 200)).toEqual([2, 1]);
    expect(cleaningRules.groups(facts.segments, 99)).toEqual([1, 1, 1]);
    const far = facts.segments.map((segment, index) => ({ ...segment, nextOffset: at(segment.nextOffset + (index === 2 ? 0x80000000 : 0)) }));
    expect(cleaningRules.groups(far, all)).toEqual([2, 1]);
  });
});

describe('with gaps', () => {
  const gapped = () => {
    const made = table([batch([['b', '1']]), ...['1', '2', '3', '4'].map((value) => batch([['a', value]])), batch([['c', '5']])]);
    enlarge(made.log);
    expect(clean(made.log, 0)).toBe('cleaned');
    expect(contents(made.machine.views())).toEqual(['0-0 0:b=1', '4-4 4:a=4', '5-5 5:c=5', '6-6 6:end=x']);
    return made;
  };

  test('a follower takes the log over batch by batch, and recovers it after a power loss', () => {
    const { log } = gapped();
    const follower = new Machine({ config: { segmentBytes: 300 } }).boot();
    follower.withLog((copy) => {
      while (copy.logEndOffset < log.logEndOffset) {
        const slice = unwrap(log.read(copy.logEndOffset, log.logEndOffset, all, true));
        const bytes = new Uint8Array(slice.byteLength);
        slice.readInto(bytes);
        unwrap(copy.appendAsFollower(bytes, epoch));
      }
      unwrap(copy.flush());
    });
    follower.crash(true);
    follower.boot();
    expect(follower.recovered()).toMatchObject({ logStart: 0, logEnd: log.logEndOffset });
  });

  test('a cut inside one ends the log before it, so that segments go on to follow one another', () => {
    const { machine, log } = gapped();
    machine.withLog(() => unwrap(log.truncateTo(at(3))));
    expect([log.logEndOffset, log.cleanedTo]).toEqual([1, 1]);
  });

  test('a time is found behind batches that lost their records', () => {
    const { log } = table([batch([['a', '1']], {}), batch([['a', '2']])]);
    expect(clean(log, 0)).toBe('cleaned');
    expect(unwrap(log.offsetForTimestamp(0, log.logEndOffset))).toMatchObject({ offset: 1 });
    expect(unwrap(log.maxTimestamp())).toMatchObject({ offset: 1 });
  });
});

describe('the cleaner', () => {
  const manager = { cleaner: { backoffMs: 1000, maxKeys: 100 } };

  test('looks every log.cleaner.backoff.ms, and remembers over a restart what is clean', () => {
    const { machine, log } = table([batch([['a', '1']]), batch([['a', '2']])], { manager });
    machine.run(1200);
    expect(contents(machine.views())[0]).toBe('0-0');
    expect(log.cleanedTo).toBe(2);
    expect(machine.text('cleaner-offset-checkpoint')).toBe('0\n1\norders 0 2\n');
    machine.crash(true);
    machine.boot();
    expect(machine.manager?.get(partition)?.cleanedTo).toBe(2);
  });

  test('gives a pass up when the log is cut below it, and leaves nothing behind', () => {
    const { machine, log } = table([batch([['a', '1']]), batch([['a', '2']])]);
    const cleaning = machine.withLog(() => log.beginCleaning(100, 0));
    for (let step = 0; step < 4; step++) machine.withLog(() => unwrap(cleaning?.step() ?? { ok: true, value: undefined }));
    machine.withLog(() => unwrap(log.truncateTo(at(1))));
    expect(machine.withLog(() => unwrap(cleaning?.step() ?? { ok: true, value: undefined }))).toBe('changed');
    expect(
      machine.host
        .disk('d0')
        .files()
        .filter((name) => name.endsWith('.cleaned')),
    ).toEqual([]);
  });

  test('leaves a topic alone that is not compacted', () => {
    const { machine } = table([batch([['a', '1']]), batch([['a', '2']])], { manager, config: { cleanupPolicy: ['delete'] } });
    machine.run(3000);
    expect(contents(machine.views())[0]).toBe('0-0 0:a=1');
  });
});
