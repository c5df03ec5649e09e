/**
 * RecoveryEquivalence of producer state: whatever is appended, cut and rolled, and whenever the power fails, a log knows of its producers what
 * its batches say. The oracle is another fold over the batches that lie in the files.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PartitionLog } from '../../../src/kafka/log/partition-log.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/kafka/log/producer-snapshot.ts';
import { kafkaProducerRules, type ProducerEntry, type ProducerRules } from '../../../src/kafka/rules/producer.ts';
import { brokerEpoch, leaderEpoch } from '../../../src/model/brand.ts';
import type { BatchView } from '../../../src/protocol/records/batch-header.ts';
import { at, batchOf, joined, Machine, type MachineOptions, never, partition, producedBatch, unwrap } from './machine.ts';

interface Known {
  epoch: number;
  batches: { sequence: number; base: number; last: number }[];
}

/** What the batches say, as if there were no snapshots but one: below its offset only the last batch of each producer counts. */
function fold(views: readonly BatchView[], snapshotAt: number): ReadonlyMap<number, Known> {
  const known = new Map<number, Known>();
  let below = true;
  const forget = () => {
    for (const entry of known.values()) entry.batches = entry.batches.slice(-1);
    below = false;
  };
  for (const view of views) {
    if (below && view.baseOffset >= snapshotAt) forget();
    if (view.producerId < 0) continue;
    const before = known.get(view.producerId);
    const batches = before?.epoch === view.producerEpoch ? before.batches : [];
    const batch = { sequence: view.baseSequence, base: view.baseOffset, last: view.lastOffset };
    known.set(view.producerId, { epoch: view.producerEpoch, batches: [...batches, batch].slice(-5) });
  }
  if (below) forget();
  return known;
}

/** The state holds at least what the files give back from the newest snapshot, and at most what all of them give. */
function checkEquivalence(machine: Machine, log: PartitionLog): void {
  const views = machine.views();
  const newest = log.producers.snapshots.at(-1) ?? 0;
  const least = fold(
    views.filter((view) => view.lastOffset >= log.logStartOffset || view.lastOffset < newest),
    newest,
  );
  const most = fold(views, 0);
  for (const [id, entry] of log.producers.entries) {
    const all = most.get(id);
    const held = entry.batches.map((batch) => ({ sequence: batch.firstSequence, base: batch.firstOffset, last: batch.lastOffset }));
    expect(entry.epoch, `epoch of producer ${id}`).toBe(all?.epoch);
    expect(held.length, `batches of producer ${id}`).toBeGreaterThan(0);
    expect(held).toEqual(all?.batches.slice(-held.length));
  }
  for (const [id, entry] of least) {
    const visible = entry.batches.filter((batch) => batch.last >= log.logStartOffset);
    if (visible.length > 0) expect(log.producers.entries.get(id)?.batches.length ?? 0, `producer ${id}`).toBeGreaterThanOrEqual(visible.length);
  }
}

type Step =
  | { readonly type: 'append'; readonly producers: readonly number[]; readonly bytes: number; readonly follower: boolean; readonly crashAt: number }
  | { readonly type: 'bump'; readonly producer: number }
  | { readonly type: 'truncate' | 'restart' | 'advance'; readonly share: number; readonly crashAt: number }
  | { readonly type: 'flush' }
  | { readonly type: 'crash'; readonly powerLoss: boolean }
  | { readonly type: 'stop' };

const crashAt = fc.oneof({ weight: 5, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(14) });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constant('append' as const),
      producers: fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 1, maxLength: 4 }),
      bytes: fc.nat(700),
      follower: fc.boolean(),
      crashAt,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('bump' as const), producer: fc.nat(3) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom('truncate' as const, 'truncate' as const, 'restart' as const, 'advance' as const),
      share: fc.nat(100),
      crashAt,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('flush' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('crash' as const), powerLoss: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('stop' as const) }) },
);

class Trial {
  readonly machine: Machine;
  readonly #epochs = [0, 0, 0, 0];
  stops = 0;
  reopened = 0;

  constructor(seed: number, options: MachineOptions = {}) {
    this.machine = new Machine({ seed: String(seed), config: { segmentBytes: 2048 }, manager: { producerIdExpirationMs: never }, ...options }).boot();
    this.machine.withLog((log) => unwrap(log.flush()));
  }

  take(next: Step): void {
    const { host } = this.machine;
    const watch = 'crashAt' in next && next.crashAt >= 0 ? host.crashAtDiskCall(next.crashAt) : undefined;
    if (next.type === 'crash') this.machine.crash(next.powerLoss);
    else if (next.type === 'stop') this.machine.stop(brokerEpoch(++this.stops));
    else if (next.type === 'bump') this.#epochs[next.producer] = (this.#epochs[next.producer] ?? 0) + 1;
    else this.machine.withLog((log) => this.#work(log, next));
    for (let tries = 0; !host.up && tries < 30; tries++) {
      this.machine.boot();
      this.reopened++;
    }
    watch?.heal();
    const log = this.machine.manager?.get(partition);
    if (log === undefined) throw new Error('no log');
    checkEquivalence(this.machine, log);
  }

  #work(log: PartitionLog, what: Extract<Step, { type: 'append' | 'truncate' | 'restart' | 'advance' | 'flush' }>): void {
    const span = log.logEndOffset - log.logStartOffset;
    if (what.type === 'append') this.#append(log, what);
    else if (what.type === 'flush') unwrap(log.flush());
    else if (what.type === 'truncate') unwrap(log.truncateTo(at(log.logStartOffset + Math.floor((span * what.share) / 100))));
    else if (what.type === 'restart') unwrap(log.truncateFullyAndStartAt(at(Math.floor((log.logEndOffset * what.share) / 50))));
    else unwrap(log.advanceLogStart(at(log.logStartOffset + Math.floor((span * what.share) / 100))));
  }

  #append(log: PartitionLog, { producers, bytes, follower }: Extract<Step, { type: 'append' }>): void {
    let base: number = log.logEndOffset;
    const batches = producers.map((producer) => {
      const count = 1 + (base % 3);
      const entry = log.producers.entries.get(producer);
      const epoch = this.#epochs[producer] ?? 0;
      const earlier = entry?.epoch === epoch ? (entry.batches.at(-1)?.lastSequence ?? -1) : -1;
      const sequence = earlier + 1 + (follower ? base % 7 : 0);
      const batch = producer < 0 ? batchOf(count, bytes, 0, base, 1) : producedBatch({ id: producer, epoch, sequence }, count, bytes, base, 1);
      base += count;
      return batch;
    });
    // A follower takes whatever sequence its leader has accepted.
    if (follower) unwrap(log.appendAsFollower(joined(batches), leaderEpoch(1)));
    else unwrap(log.appendAsLeader(batches[0] ?? batchOf(1), leaderEpoch(1), 0));
  }
}

const trials = (options: MachineOptions, seen = { reopened: 0, snapshots: 0, producers: 0 }) =>
  fc.property(fc.nat(), fc.array(step, { minLength: 1, maxLength: 30 }), (seed, steps) => {
    const trial = new Trial(seed, options);
    for (const next of steps) trial.take(next);
    const log = trial.machine.manager?.get(partition);
    seen.reopened += trial.reopened;
    seen.snapshots += log?.producers.snapshots.length ?? 0;
    seen.producers += log?.producers.entries.size ?? 0;
  });

describe('producer state', () => {
  test('equals a rebuild from the log after every append, cut, roll, stop, crash and power loss', () => {
    const seen = { reopened: 0, snapshots: 0, producers: 0 };
    fc.assert(trials({}, seen), { numRuns: 400 });
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(200);
  });

  const wrong: readonly { readonly name: string; readonly options: MachineOptions }[] = [
    { name: 'followers remember nothing', options: { producerRules: onlyFrom('leader', 'replay') } },
    { name: 'a restart remembers nothing', options: { producerRules: onlyFrom('leader', 'follower') } },
    { name: 'an old epoch is remembered', options: { producerRules: { afterAppend: (entry, batch, from) => afterAnyEpoch(entry, batch, from) } } },
    { name: 'a snapshot above the log end is used', options: { producerRules: { usableSnapshots: (snapshots) => [...snapshots].reverse() } } },
    { name: 'a cut does not reach it', options: { rules: { truncateSteps: () => ['cutFiles', 'syncFiles', 'trimEpochs', 'recoveryPoint'] } } },
  ];
  test.each(wrong)('is seen to differ when $name', ({ options }) => {
    expect(fc.check(trials(options), { seed: 1, numRuns: 2000, endOnFailure: true }).failed).toBe(true);
  });

  test('is read from an older snapshot when the newest is damaged, and the damaged one is gone', () => {
    const machine = new Machine({ config: { segmentBytes: 1024 }, manager: { producerIdExpirationMs: never } }).boot();
    machine.withLog((log) => {
      for (let sequence = 0; sequence < 12; sequence++)
        unwrap(log.appendAsLeader(producedBatch({ id: 1, epoch: 0, sequence }, 1, 300), leaderEpoch(1), 0));
    });
    machine.stop();
    const disk = machine.host.disk('d0');
    const newest =
      disk
        .files()
        .filter((path) => path.endsWith('.snapshot'))
        .at(-1) ?? '';
    expect(newest).toBe('orders-0/00000000000000000012.snapshot');
    disk.flipBit(newest, 20, 3);
    machine.boot();
    const log = machine.manager?.get(partition);
    expect(disk.contents(newest)).toBeUndefined();
    expect(log?.producers.entries.get(1)?.batches.at(-1)?.lastSequence).toBe(11);
    expect(log?.producers.snapshots.length).toBeGreaterThan(0);
  });

  test('forgets a producer that was silent for producer.id.expiration.ms, in memory and in snapshots', () => {
    const machine = new Machine({ manager: { producerIdExpirationMs: 5000, producerIdExpirationCheckIntervalMs: 1000 } }).boot();
    const nowMs = () => machine.world?.clock.wallMs() ?? 0;
    const write = (id: number) =>
      machine.withLog((log) => {
        const batch = producedBatch({ id, epoch: 0, sequence: 0 }, 1, 8, nowMs() - 1000);
        unwrap(log.appendAsLeader(batch, leaderEpoch(1), nowMs()));
      });
    write(1);
    machine.run(3000);
    write(2);
    const known = () => [...(machine.manager?.get(partition)?.producers.entries.keys() ?? [])];
    expect(known()).toEqual([1, 2]);
    machine.run(3000);
    expect(known()).toEqual([2]);
    machine.stop();
    machine.run(4000);
    machine.boot();
    expect(known()).toEqual([]);
  });
});

describe('a snapshot', () => {
  const entry: fc.Arbitrary<ProducerEntry> = fc
    .record({
      id: fc.nat(),
      epoch: fc.nat(0x7fff),
      last: fc.nat(0x7fffffff),
      delta: fc.nat(1000),
      offset: fc.integer({ min: 1000, max: 1e15 }),
      ms: fc.nat(),
      txn: fc.option(fc.nat(1000), { nil: undefined }),
      coordinatorEpoch: fc.integer({ min: -1, max: 0x7fffffff }),
    })
    .map(({ id, epoch, last, delta, offset, ms, txn, coordinatorEpoch }) => ({
      producerId: id,
      epoch,
      lastTimestampMs: ms,
      txnFirstOffset: txn === undefined ? undefined : at(txn),
      coordinatorEpoch,
      batches: [
        {
          firstSequence: last >= delta ? last - delta : 2 ** 31 + last - delta,
          lastSequence: last,
          firstOffset: at(offset - delta),
          lastOffset: at(offset),
          timestampMs: ms,
        },
      ],
    }));
  test('gives back the last batch of each producer, 46 bytes each behind 10', () => {
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const bytes = encodeSnapshot(entries);
        expect(bytes.length).toBe(10 + 46 * entries.length);
        expect(decodeSnapshot(bytes)).toEqual({ ok: true, value: entries });
      }),
    );
  });
  test('that is damaged anywhere is refused', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 3 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (entries, where, flip) => {
        const bytes = encodeSnapshot(entries);
        bytes[where % bytes.length] = (bytes[where % bytes.length] ?? 0) ^ flip;
        expect(decodeSnapshot(bytes).ok).toBe(false);
        expect(decodeSnapshot(encodeSnapshot(entries).subarray(0, where % bytes.length)).ok).toBe(false);
      }),
    );
  });
});

function onlyFrom(...sources: readonly string[]): Partial<ProducerRules> {
  return { afterAppend: (entry, batch, from) => (sources.includes(from) ? kafkaProducerRules.afterAppend(entry, batch, from) : entry) };
}

function afterAnyEpoch(...[entry, batch, from]: Parameters<ProducerRules['afterAppend']>): ProducerEntry | undefined {
  return kafkaProducerRules.afterAppend(entry && { ...entry, epoch: batch.epoch }, batch, from);
}
