/** The trace hash tells two runs apart by any detail that counts, and nothing else. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeEvent } from '../../../src/io/node-event.ts';
import { DispatchKind } from '../../../src/io/virtual/trace-sink.ts';
import { brokerEpoch, brokerId, leaderEpoch, offset } from '../../../src/model/brand.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { Coverage, coverageKinds } from '../../../src/simulation/history/coverage.ts';
import { renderEvent, renderTime } from '../../../src/simulation/history/render.ts';
import { SwarmHash } from '../../../src/simulation/history/swarm-hash.ts';
import { TraceHash } from '../../../src/simulation/history/trace-hash.ts';
import { firstDifference, TraceRecording } from '../../../src/simulation/history/trace-recording.ts';

const partition = topicPartition('orders', 0);
const other = topicPartition('orders', 1);
const one = brokerId(1);
const two = brokerId(2);
const appended = { type: 'appended', partition, base: offset(5), last: offset(9), epoch: leaderEpoch(2), crc: 0xdeadbeef } as const;
const state = {
  type: 'partitionState',
  partition,
  leader: one,
  leaderEpoch: leaderEpoch(1),
  partitionEpoch: 3,
  replicas: [one, two],
  isr: [one, two],
  elr: [],
  minIsr: 2,
} as const;
const isr = { type: 'isr', partition, epoch: leaderEpoch(1), partitionEpoch: 2, isr: [one], maximalIsr: [one, two], minIsr: 2 } as const;

const generation = {
  type: 'generation',
  group: 'g',
  generation: 1,
  members: ['a', 'b'],
  protocol: 'range',
  leader: 'a',
  reason: 'join',
  timeoutMs: 9000,
} as const satisfies NodeEvent;
const assignment = {
  type: 'assignment',
  group: 'g',
  generation: 1,
  members: [{ member: 'a', partitions: [partition] }],
} as const satisfies NodeEvent;
const committed = { type: 'committed', group: 'g', member: 'a', generation: 1, partition, offset: 5 } as const satisfies NodeEvent;
const coordinator = { type: 'coordinator', partition, role: 'loaded', epoch: leaderEpoch(1) } as const satisfies NodeEvent;

/** The same for what group coordinators tell. */
const groupTwins: readonly (readonly NodeEvent[])[] = [
  [
    generation,
    { ...generation, group: 'h' },
    { ...generation, generation: 2 },
    { ...generation, members: [] },
    { ...generation, members: ['a', 'c'] },
    { ...generation, protocol: 'roundrobin' },
    { ...generation, leader: 'b' },
    { ...generation, reason: 'leave' },
    { ...generation, reason: 'expiry' },
    { ...generation, reason: 'metadata' },
    { ...generation, reason: 'syncTimeout' },
    { ...generation, reason: 'failedAssignment' },
    { ...generation, timeoutMs: 9001 },
  ],
  [
    assignment,
    { ...assignment, group: 'h' },
    { ...assignment, generation: 2 },
    { ...assignment, members: [] },
    { ...assignment, members: [{ member: 'b', partitions: [partition] }] },
    { ...assignment, members: [{ member: 'a', partitions: [] }] },
    { ...assignment, members: [{ member: 'a', partitions: undefined }] },
    { ...assignment, members: [{ member: 'a', partitions: [other] }] },
  ],
  [
    committed,
    { ...committed, group: 'h' },
    { ...committed, member: 'b' },
    { ...committed, member: '', generation: -1 },
    { ...committed, generation: 2 },
    { ...committed, partition: other },
    { ...committed, offset: -2 },
  ],
  [coordinator, { ...coordinator, partition: other }, { ...coordinator, role: 'unloaded' }, { ...coordinator, epoch: leaderEpoch(2) }],
  [22, 25, 27, 79, 82, 16, 14, 15].map((error) => ({ type: 'answered', apiKey: 14, error }) as const),
];

const positions = [{ partition, offset: 5 }];
const accepted = { type: 'commitAccepted', group: 'g', member: 'a', generation: 1, offsets: positions } as const satisfies NodeEvent;
const fetched = { type: 'offsetsFetched', group: 'g', stable: true, offsets: positions } as const satisfies NodeEvent;
const forgotten = { type: 'forgotten', group: 'g', partitions: [partition], whole: false, cause: 'asked' } as const satisfies NodeEvent;
const rebalancing = { type: 'rebalancing', group: 'g', generation: 1, reason: 'join' } as const satisfies NodeEvent;

/** The same for what checkers of groups and of producers need to know. */
const laterTwins: readonly (readonly NodeEvent[])[] = [
  [rebalancing, { ...rebalancing, group: 'h' }, { ...rebalancing, generation: 2 }, { ...rebalancing, reason: 'leave' }],
  [
    { type: 'memberRemoved', group: 'g', member: 'a' },
    { type: 'memberRemoved', group: 'h', member: 'a' },
    { type: 'memberRemoved', group: 'g', member: 'b' },
    { type: 'memberSynced', group: 'g', member: 'a' },
    { type: 'memberSynced', group: 'g', member: 'b' },
  ],
  [
    accepted,
    { ...accepted, group: 'h' },
    { ...accepted, member: 'b' },
    { ...accepted, member: '', generation: -1 },
    { ...accepted, generation: 2 },
    { ...accepted, offsets: [] },
    { ...accepted, offsets: [{ partition: other, offset: 5 }] },
    { ...accepted, offsets: [{ partition, offset: 6 }] },
  ],
  [
    fetched,
    { ...fetched, group: 'h' },
    { ...fetched, stable: false },
    { ...fetched, offsets: [] },
    { ...fetched, offsets: [{ partition: other, offset: 5 }] },
    { ...fetched, offsets: [{ partition, offset: -1 }] },
  ],
  [forgotten, { ...forgotten, group: 'h' }, { ...forgotten, partitions: [] }, { ...forgotten, partitions: [other] }, { ...forgotten, whole: true }],
  [
    { type: 'duplicated', partition, base: offset(0), last: offset(1) },
    { type: 'duplicated', partition: other, base: offset(0), last: offset(1) },
    { type: 'duplicated', partition, base: offset(1), last: offset(1) },
    { type: 'duplicated', partition, base: offset(0), last: offset(2) },
  ],
  [
    { type: 'producersForgotten', partition },
    { type: 'damageFound', partition, offset: offset(3) },
    { type: 'damageFound', partition, offset: offset(4) },
    { type: 'damageReceived', partition, offset: offset(3) },
    { type: 'damageReceived', partition, offset: offset(4) },
    { type: 'directoryFailed', directory: 'data', error: 'EIO' },
    { type: 'directoryFailed', directory: 'data', error: 'ENOSPC' },
    { type: 'gaveUp', reason: 'every log directory failed: data EIO' },
    { type: 'gaveUp', reason: 'every log directory failed: data ENOSPC' },
    { type: 'producersForgotten', partition: other },
  ],
  [
    { type: 'producersRebuilt', partition, from: offset(1) },
    { type: 'producersRebuilt', partition: other, from: offset(1) },
    { type: 'producersRebuilt', partition, from: offset(2) },
  ],
  [
    { type: 'cleaned', partition, from: offset(1), to: offset(4) },
    { type: 'cleaned', partition: other, from: offset(1), to: offset(4) },
    { type: 'cleaned', partition, from: offset(2), to: offset(4) },
    { type: 'cleaned', partition, from: offset(1), to: offset(5) },
  ],
  [
    { type: 'epochBumped', epoch: 1 },
    { type: 'epochBumped', epoch: 2 },
  ],
  [45, 47, 59, 90].map((error) => ({ type: 'answered', apiKey: 0, error }) as const),
];

/** Every kind of event, each with its near twins: one field changed at a time. */
const twins: readonly (readonly NodeEvent[])[] = [
  [
    appended,
    { ...appended, partition: other },
    { ...appended, base: offset(4) },
    { ...appended, last: offset(10) },
    { ...appended, epoch: leaderEpoch(3) },
    { ...appended, crc: 0xdeadbeee },
  ],
  [
    { type: 'truncated', partition, to: offset(1), from: offset(2) },
    { type: 'truncated', partition, to: offset(0), from: offset(2) },
    { type: 'truncated', partition, to: offset(1), from: offset(3) },
  ],
  [
    { type: 'logStart', partition, offset: offset(1) },
    { type: 'logStart', partition, offset: offset(2) },
    { type: 'highWatermark', partition, offset: offset(1) },
  ],
  [
    { type: 'synced', partition, to: offset(1) },
    { type: 'synced', partition, to: offset(2) },
    { type: 'synced', partition, to: offset(4_294_967_297) },
  ],
  [
    { type: 'recovered', partition, logStart: offset(0), logEnd: offset(5), highWatermark: offset(4), clean: true },
    { type: 'recovered', partition, logStart: offset(0), logEnd: offset(5), highWatermark: offset(4), clean: false },
    { type: 'recovered', partition, logStart: offset(1), logEnd: offset(5), highWatermark: offset(4), clean: true },
    { type: 'recovered', partition, logStart: offset(0), logEnd: offset(5), highWatermark: offset(5), clean: true },
    { type: 'recovered', partition, logStart: offset(0), logEnd: offset(6), highWatermark: offset(4), clean: true },
  ],
  [
    { type: 'replicaMoved', partition, directory: 'data-0' },
    { type: 'replicaMoved', partition, directory: 'data-1' },
    { type: 'replicaMoved', partition: other, directory: 'data-0' },
  ],
  [
    { type: 'logRemoved', partition },
    { type: 'logRemoved', partition: other },
  ],
  [
    { type: 'role', partition, role: 'leader', epoch: leaderEpoch(1), leader: one },
    { type: 'role', partition, role: 'follower', epoch: leaderEpoch(1), leader: one },
    { type: 'role', partition, role: 'none', epoch: leaderEpoch(1), leader: one },
    { type: 'role', partition, role: 'leader', epoch: leaderEpoch(2), leader: one },
    { type: 'role', partition, role: 'leader', epoch: leaderEpoch(1), leader: two },
  ],
  [
    isr,
    { ...isr, epoch: leaderEpoch(0) },
    { ...isr, partitionEpoch: 3 },
    { ...isr, isr: [two] },
    { ...isr, isr: [one, two], maximalIsr: [] },
    { ...isr, maximalIsr: [one] },
    { ...isr, minIsr: 1 },
  ],
  [
    { type: 'acknowledged', partition, base: offset(0), last: offset(1), epoch: leaderEpoch(0), acks: -1 },
    { type: 'acknowledged', partition, base: offset(0), last: offset(1), epoch: leaderEpoch(0), acks: 1 },
    { type: 'acknowledged', partition, base: offset(0), last: offset(2), epoch: leaderEpoch(0), acks: -1 },
    { type: 'acknowledged', partition, base: offset(0), last: offset(1), epoch: leaderEpoch(1), acks: -1 },
  ],
  [
    { type: 'served', partition, from: offset(0), to: offset(1) },
    { type: 'served', partition, from: offset(0), to: offset(2) },
    { type: 'served', partition, from: offset(1), to: offset(1) },
  ],
  [
    { type: 'outOfRange', partition, replica: one, offset: offset(1) },
    { type: 'outOfRange', partition, replica: brokerId(-1), offset: offset(1) },
    { type: 'outOfRange', partition, replica: one, offset: offset(2) },
  ],
  [
    { type: 'diverged', partition, replica: one, epoch: leaderEpoch(1), endOffset: offset(1) },
    { type: 'diverged', partition, replica: one, epoch: leaderEpoch(2), endOffset: offset(1) },
    { type: 'diverged', partition, replica: one, epoch: leaderEpoch(1), endOffset: offset(2) },
  ],
  [
    state,
    { ...state, leader: two },
    { ...state, leaderEpoch: leaderEpoch(2) },
    { ...state, partitionEpoch: 4 },
    { ...state, replicas: [one] },
    { ...state, isr: [one], elr: [two] },
    { ...state, isr: [one] },
    { ...state, minIsr: 1 },
  ],
  [
    { type: 'elected', partition, kind: 'clean', leader: one, leaderEpoch: leaderEpoch(1) },
    { type: 'elected', partition, kind: 'elr', leader: one, leaderEpoch: leaderEpoch(1) },
    { type: 'elected', partition, kind: 'unclean', leader: one, leaderEpoch: leaderEpoch(1) },
    { type: 'elected', partition, kind: 'clean', leader: two, leaderEpoch: leaderEpoch(1) },
    { type: 'elected', partition, kind: 'clean', leader: one, leaderEpoch: leaderEpoch(2) },
  ],
  [
    { type: 'isrShrunk', partition, isr: [one] },
    { type: 'isrExpanded', partition, isr: [one] },
    { type: 'isrShrunk', partition, isr: [two] },
  ],
  [
    { type: 'registered', broker: one, brokerEpoch: brokerEpoch(1), unclean: true },
    { type: 'registered', broker: one, brokerEpoch: brokerEpoch(1), unclean: false },
    { type: 'registered', broker: two, brokerEpoch: brokerEpoch(1), unclean: true },
    { type: 'registered', broker: one, brokerEpoch: brokerEpoch(2), unclean: true },
  ],
  [
    { type: 'fenced', broker: one },
    { type: 'unfenced', broker: one },
    { type: 'fenced', broker: two },
  ],
  [
    { type: 'controllerActive', epoch: leaderEpoch(1) },
    { type: 'controllerActive', epoch: leaderEpoch(2) },
  ],
  [
    { type: 'answered', apiKey: 1, error: 0 },
    { type: 'answered', apiKey: 1, error: 6 },
    { type: 'answered', apiKey: 2, error: 0 },
  ],
  [
    { type: 'produceRetried', partition, error: 6 },
    { type: 'produceRetried', partition, error: -1 },
  ],
  [
    { type: 'metadataApplied', offset: offset(1) },
    { type: 'metadataApplied', offset: offset(2) },
  ],
  [{ type: 'running' }],
];
const everyEvent = [...twins, ...groupTwins, ...laterTwins].flat();
const anEvent = fc.constantFrom(...everyEvent);
const digestOf = (entries: readonly (readonly [timeUs: number, hostId: number, event: NodeEvent])[]): string => {
  const hash = new TraceHash();
  for (const [timeUs, hostId, event] of entries) hash.observed(timeUs, hostId, event);
  return hash.digest();
};

describe('the trace hash', () => {
  test('is 16 hex digits, the same for the same entries', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(3), anEvent)), (entries) => {
        expect(digestOf(entries)).toMatch(/^[0-9a-f]{16}$/);
        expect(digestOf(entries)).toBe(digestOf(entries));
      }),
    );
  });
  test('does not change with the release: the same number on every machine', () => {
    const digest = (events: readonly NodeEvent[]): string => digestOf(events.map((event, at) => [at * 1000, at % 4, event]));
    expect(digest(twins.flat())).toBe('efedcd70fc92cdc5');
    expect(digest(groupTwins.flat())).toBe('487c18996c522729');
  });
  test('changes with every field of every event', () => {
    const digests = everyEvent.map((event) => digestOf([[1, 1, event]]));
    expect(new Set(digests).size).toBe(everyEvent.length);
  });
  test('changes with one event changed, delayed, moved to another node, dropped or swapped with its neighbour', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.nat(3), anEvent), { minLength: 2, maxLength: 40 }),
        fc.nat(),
        anEvent,
        (entries, where, replacement) => {
          const at = where % (entries.length - 1);
          const entry = entries[at];
          const next = entries[at + 1];
          if (entry === undefined || next === undefined) return;
          const whole = digestOf(entries);
          const changed = (...with_: readonly (typeof entry)[]): string => digestOf([...entries.slice(0, at), ...with_, ...entries.slice(at + 1)]);
          if (JSON.stringify(replacement) !== JSON.stringify(entry[2])) expect(changed([entry[0], entry[1], replacement])).not.toBe(whole);
          expect(changed([entry[0] + 1, entry[1], entry[2]])).not.toBe(whole);
          expect(changed([entry[0], entry[1] + 1, entry[2]])).not.toBe(whole);
          expect(changed()).not.toBe(whole);
          expect(changed(entry, entry)).not.toBe(whole);
          if (JSON.stringify(entry) !== JSON.stringify(next))
            expect(digestOf([...entries.slice(0, at), next, entry, ...entries.slice(at + 2)])).not.toBe(whole);
        },
      ),
    );
  });
  test('changes with every number of a dispatch, and a dispatch is never an event', () => {
    const base = [1, 2, DispatchKind.received, 4, 5] as const;
    const digests = new Set<string>();
    for (const change of [
      [0, 0, 0, 0],
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
      [4_294_967_296, 0, 0, 0],
      [0, 0, 4_294_967_296, 0],
    ]) {
      const hash = new TraceHash();
      hash.dispatched(base[0] + (change[0] ?? 0), base[1] + (change[1] ?? 0), base[2], base[3] + (change[2] ?? 0), base[4] + (change[3] ?? 0));
      digests.add(hash.digest());
    }
    const kind = new TraceHash();
    kind.dispatched(1, 2, DispatchKind.timer, 4, 5);
    digests.add(kind.digest());
    expect(digests.size).toBe(8);
  });
  test('of a swarm depends on every seed and their order, and does not end with a look at it', () => {
    const swarm = (...digests: readonly string[]): string => {
      const hash = new SwarmHash();
      for (const digest of digests) {
        hash.digest();
        hash.add(digest);
      }
      return hash.digest();
    };
    expect(swarm('ab', 'cd')).toBe(swarm('ab', 'cd'));
    const others = [['ab', 'cd'], ['cd', 'ab'], ['ab', 'ce'], ['ab', 'dd'], ['ab'], [], ['ab', 'cd', 'cd'], ['', 'ab', 'cd'], ['ab', '', 'cd']];
    expect(new Set(others.map((digests) => swarm(...digests))).size).toBe(others.length);
  });
  test('has no collision among many short traces', () => {
    const digests = new Set<string>();
    for (let time = 0; time < 20_000; time++) digests.add(digestOf([[time, time % 7, appended]]));
    expect(digests.size).toBe(20_000);
  });
});

describe('a recording', () => {
  const record = (events: readonly NodeEvent[], limit?: number): TraceRecording => {
    const recording = new TraceRecording(new TraceHash(), limit);
    for (const [at, event] of events.entries()) {
      recording.dispatched(at * 10, 1, DispatchKind.timer, at, 0);
      recording.observed(at * 10, 1, event);
    }
    return recording;
  };
  const advances = (count: number, odd?: number): readonly NodeEvent[] =>
    Array.from({ length: count }, (_, at) => ({ type: 'highWatermark', partition, offset: offset(at === odd ? 99 : at) }) as const);
  test('does not change the hash', () => {
    const hash = new TraceHash();
    const recorded = new TraceHash();
    const recording = new TraceRecording(recorded, 3);
    for (const event of everyEvent) {
      hash.observed(5, 1, event);
      recording.observed(5, 1, event);
    }
    expect(recorded.digest()).toBe(hash.digest());
  });
  test('names the first entry that differs, wherever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(), (count, where) => {
        const odd = where % count;
        const difference = firstDifference(record(advances(count)), record(advances(count, odd)));
        expect(difference).toMatchObject({ index: odd * 2 + 1, exact: true });
        expect(difference?.a).toContain(`high watermark ${odd}`);
        expect(difference?.b).toContain('high watermark 99');
      }),
    );
  });
  test('tells when one run is the beginning of the other, and when they are the same', () => {
    expect(firstDifference(record(advances(5)), record(advances(5)))).toBeUndefined();
    const difference = firstDifference(record(advances(5)), record(advances(6)), () => 'broker-1');
    expect(difference).toMatchObject({ index: 10, a: undefined, exact: true });
    expect(difference?.b).toMatch(/^0\.000050 broker-1 -> timer/);
  });
  test('keeps the last entries, and says when the difference lies before them', () => {
    const kept = record(advances(20), 6);
    expect([kept.count, kept.firstKept]).toEqual([40, 34]);
    expect(kept.line(33)).toBeUndefined();
    expect(kept.line(39)).toBe('0.000190 node 1 orders-0 high watermark 19');
    expect(firstDifference(kept, record(advances(20, 18), 6))).toMatchObject({ index: 37, exact: true });
    expect(firstDifference(kept, record(advances(20, 2), 6))).toMatchObject({ index: 34, exact: false });
  });
});

describe('readable lines', () => {
  test('differ for events that differ', () => {
    const lines = everyEvent.map(renderEvent);
    expect(new Set(lines).size).toBe(everyEvent.length);
    for (const line of lines) expect(line).not.toMatch(/\n|undefined/);
  });
  test('show time in seconds', () => expect([renderTime(0), renderTime(12_034_501)]).toEqual(['0.000000', '12.034501']));
});

describe('coverage', () => {
  test('counts every kind, from zero', () => {
    const coverage = new Coverage();
    expect([...coverage.counts()]).toEqual(coverageKinds.map((kind) => [kind, 0]));
    for (const event of everyEvent) coverage.observe(event);
    for (const kind of coverageKinds) expect([kind, coverage.count(kind) > 0]).toEqual([kind, true]);
  });
  test('does not count a truncation that cuts nothing', () => {
    const coverage = new Coverage();
    coverage.observe({ type: 'truncated', partition, to: offset(5), from: offset(5) });
    expect(coverage.count('truncation')).toBe(0);
  });
});
