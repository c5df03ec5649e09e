/**
 * Combinations of faults at which history shows that replicated logs and groups break: a second fault before the first one is over, at the
 * moment at which the first one is being mended. Each is a short story with much left open; a scenario draws a few of them, or none.
 */
import fc from 'fast-check';
import type { SlowableLane } from '../../../io/virtual/lanes.ts';
import { brokerId } from '../../../model/brand.ts';
import type { TopicPartition } from '../../../model/topic-partition.ts';
import { apis } from '../../../protocol/apis.ts';
import type { ClusterPlan } from '../../cluster/plan.ts';
import type { Fault, Subject, Target, Trigger } from '../../nemesis/fault.ts';
import type { EventPattern } from '../../nemesis/text.ts';
import type { WorkloadPlan } from '../../workload/plan.ts';
import { partitionsOf } from './cluster.ts';
import { integer, pick, weighted } from './draws.ts';
import { memberOf } from './targets.ts';
import { firstFaultMs } from './triggers.ts';

/** Faults that belong together. */
export type Bite = readonly Fault[];

/** What a bite is made from; `lastMs`: when it may begin at the latest. */
export interface Stage {
  readonly cluster: ClusterPlan;
  readonly workload: WorkloadPlan;
  readonly lastMs: number;
}

export const biteNames = [
  'fast-elections',
  'shut-out-follower',
  'returning-follower',
  'last-in-sync-loses-power',
  'late-proposal',
  'crash-in-recovery',
  'power-loss-after-clean-stop',
  'isolated-leader',
  'isolated-cleaner',
  'late-answer',
  'silence-at-generation',
  'deposed-in-mid-commit',
  'zombie-members',
  'restarted-member',
] as const;
export type BiteName = (typeof biteNames)[number];

const anybody: Subject = { type: 'any' };
const at = (atMs: number): Trigger => ({ type: 'time', atMs });
const on = (afterMs: number, pattern: Omit<EventPattern, 'notYetReplicated'> & { readonly notYetReplicated?: boolean }, nth = 1): Trigger => ({
  type: 'event',
  notYetReplicated: false,
  ...pattern,
  nth,
  afterMs,
});
const leaderOf = (partition: TopicPartition): Target => ({ type: 'leader', partition });
const followerOf = (partition: TopicPartition, choice: number): Target => ({ type: 'follower', partition, choice });
const controller: Target = { type: 'controller' };

/** Early enough for what takes so long to be over before the run is, if the run is that long. */
const beginMs = ({ lastMs }: Stage, takesMs = 0): fc.Arbitrary<number> => integer(firstFaultMs, Math.max(firstFaultMs, lastMs - takesMs));
/** How long a broker may be silent before it is fenced. */
const sessionMs = ({ cluster }: Stage): number => Number(cluster.config.find(({ key }) => key === 'broker.session.timeout.ms')?.value ?? 9000);
/** One that somebody writes to. */
const somePartition = ({ cluster, workload }: Stage): fc.Arbitrary<TopicPartition> =>
  pick(...partitionsOf({ ...cluster, topics: cluster.topics.filter(({ name }) => workload.producers.some(({ topic }) => topic === name)) }));

type Way = 'move-leader' | 'crash' | 'pause' | 'partition';

/** A leader goes, by one of these ways, and comes back soon. */
const falls = (trigger: Trigger, target: Target, ways: readonly Way[]): fc.Arbitrary<Fault> =>
  fc.tuple(pick(...ways), integer(200, 6000), integer(3000, 12_000)).map(([way, downMs, durationMs]): Fault => {
    if (way === 'move-leader') return { kind: way, trigger, target };
    if (way === 'crash') return { kind: way, trigger, target, powerLoss: false, downMs };
    return way === 'pause' ? { kind: way, trigger, target, durationMs } : { kind: way, trigger, target, durationMs, peers: [] };
  });
const moves: readonly Way[] = ['move-leader'];
/** The controller finds out only after a session. */
const hardWays: readonly Way[] = ['crash', 'crash', 'pause', 'partition'];
/** The next leader is there before long: at once, or as soon as the old one is back. */
const quickWays: readonly Way[] = ['move-leader', 'crash'];
const crashes: readonly Way[] = ['crash'];
const anyWay: readonly Way[] = [...moves, ...moves, ...hardWays];

const slow = (target: Target, fromMs: number, durationMs: number, latencyMs: number): Fault => ({
  kind: 'slow-network',
  trigger: at(Math.max(0, fromMs)),
  target,
  durationMs,
  latencyMs,
  jitterMs: 0,
});

/**
 * The leadership of one partition moves twice or three times before its followers could catch up: each leader has appended what no other
 * holds (KIP-101, KIP-279).
 */
const fastElections = (stage: Stage): fc.Arbitrary<Bite> =>
  fc
    .record({
      startMs: beginMs(stage),
      partition: somePartition(stage),
      // The first one is the next leader, as an administrator and the controller choose.
      choice: weighted([3, 0], [1, 1]),
      latencyMs: pick(20, 100, 300, 300),
      // In latencies: what is on its way when the leader moves arrives under the next one, or the one after it.
      gaps: fc.array(integer(1, 6), { minLength: 1, maxLength: 2 }),
      appended: fc.boolean(),
      ways: pick(moves, anyWay),
    })
    .chain(({ startMs, partition, choice, latencyMs, gaps, appended, ways }) => {
      const leader = leaderOf(partition);
      let atMs = startMs;
      const later = gaps.map((gap) => {
        atMs += gap * latencyMs;
        return appended ? on(atMs, { subject: leader, event: 'appended', notYetReplicated: true }) : at(atMs);
      });
      return fc
        .tuple(...[at(startMs), ...later].map((trigger) => falls(trigger, leader, ways)))
        .map((elections) => [slow(followerOf(partition, choice), startMs - 1500, 9000, latencyMs), ...elections]);
    });

/**
 * A follower cannot reach the controller, and so is fenced and out of the ISR, yet it goes on fetching. As it is let in again the leader
 * goes, and the next one knows an older high watermark than the follower's log end (KAFKA-7128, KIP-841).
 */
const shutOutFollower = (stage: Stage): fc.Arbitrary<Bite> => {
  const fencedMs = sessionMs(stage) + 600;
  return fc
    .record({
      partition: somePartition(stage),
      choice: integer(0, 1),
      durationMs: integer(fencedMs, fencedMs + 4000),
      latencyMs: pick(50, 200, 400),
      before: weighted([3, true], [1, false]),
      earlyMs: integer(0, 2500),
      // The follower must have less than was committed, and not less than the next leader knows to be: both lag, it twice as much.
      slowed: pick<'follower' | 'leader' | 'both'>('follower', 'leader', 'both', 'both'),
      expanded: fc.boolean(),
    })
    .chain((drawn) => beginMs(stage, drawn.durationMs).map((startMs) => ({ ...drawn, startMs })))
    .chain(({ startMs, partition, choice, durationMs, latencyMs, before, earlyMs, slowed, expanded }) => {
      const follower = followerOf(partition, choice);
      const endMs = startMs + durationMs;
      const cut: Fault = { kind: 'partition', trigger: at(startMs), target: follower, durationMs, peers: [controller] };
      const fallMs = Math.max(startMs + fencedMs, endMs - earlyMs);
      const moment = before
        ? at(fallMs)
        : on(endMs - 500, expanded ? { subject: anybody, event: 'isrExpanded', partition } : { subject: anybody, event: 'unfenced' });
      const slows: readonly (readonly [Target, number])[] =
        slowed === 'leader'
          ? [[leaderOf(partition), latencyMs]]
          : slowed === 'follower'
            ? [[follower, latencyMs]]
            : [
                [followerOf(partition, 1 - choice), latencyMs],
                [follower, 2 * latencyMs],
              ];
      const ways = !before ? anyWay : slowed === 'both' ? crashes : quickWays;
      return falls(moment, leaderOf(partition), ways).map((fall) => [
        cut,
        ...slows.map(([target, ms]) => slow(target, fallMs - 3000, 7000, ms)),
        fall,
      ]);
    });
};

/** A follower comes back after a time near replica.lag.time.max.ms; while it catches up the leader goes. */
const returningFollower = (stage: Stage): fc.Arbitrary<Bite> =>
  fc
    .tuple(beginMs(stage), somePartition(stage), integer(0, 1), integer(1500, 11_000), pick(5, 50, 200), integer(1, 4))
    .chain(([startMs, partition, choice, durationMs, latencyMs, nth]) => {
      const follower = followerOf(partition, choice);
      const silence: fc.Arbitrary<Fault> = fc.oneof(
        fc.constant<Fault>({ kind: 'pause', trigger: at(startMs), target: follower, durationMs }),
        fc.constant<Fault>({ kind: 'crash', trigger: at(startMs), target: follower, powerLoss: false, downMs: Math.max(200, durationMs - 2500) }),
        fc.constant<Fault>({ kind: 'partition', trigger: at(startMs), target: follower, durationMs, peers: [leaderOf(partition)] }),
      );
      const backMs = startMs + durationMs - 100;
      const moment = fc.oneof(
        fc.constant(on(backMs, { subject: { type: 'follower', partition, choice: 'slowest' }, event: 'appended' }, nth)),
        fc.constant(on(backMs, { subject: anybody, event: 'isrExpanded', partition })),
        fc.constant(on(backMs, { subject: leaderOf(partition), event: 'isr' })),
      );
      return fc
        .tuple(
          silence,
          moment.chain((trigger) => falls(trigger, leaderOf(partition), anyWay)),
        )
        .map(([first, fall]) => [first, slow(leaderOf(partition), backMs - 500, 5000, latencyMs), fall]);
    });

/**
 * The followers of a partition fall silent until they are out of the ISR, and the leader, alone, loses its power: what it had not synced is
 * gone, though its ISR never had another last member (KIP-966).
 */
const lastInSyncLosesPower = (stage: Stage): fc.Arbitrary<Bite> =>
  fc.tuple(beginMs(stage), somePartition(stage), integer(0, 4000), integer(8000, 16_000), pick(1, 2), integer(200, 4000)).map(
    ([startMs, partition, apartMs, durationMs, nth, downMs]): Bite => [
      { kind: 'pause', trigger: at(startMs), target: followerOf(partition, 0), durationMs },
      { kind: 'pause', trigger: at(startMs + apartMs), target: followerOf(partition, 1), durationMs },
      {
        kind: 'crash',
        trigger: on(startMs, { subject: anybody, event: 'isrShrunk', partition }, nth),
        target: leaderOf(partition),
        powerLoss: true,
        downMs,
      },
    ],
  );

/**
 * A leader's proposal of another ISR is held back between it and the controller, or lost; meanwhile the follower that it is about restarts
 * (KIP-903, KIP-497, KAFKA-14010).
 */
const lateProposal = (stage: Stage): fc.Arbitrary<Bite> =>
  fc
    .record({
      startMs: beginMs(stage),
      partition: somePartition(stage),
      choice: integer(0, 1),
      silentMs: integer(2500, 11_000),
      heldMs: integer(1000, 4000),
      joins: weighted([3, true], [1, false]),
      downMs: integer(100, 800),
      way: pick('lost', 'held', 'restarted', 'restarted'),
    })
    .map(({ startMs, partition, choice, silentMs, heldMs, joins, downMs, way }): Bite => {
      const follower = followerOf(partition, choice);
      const proposed = on(joins ? startMs + silentMs - 100 : startMs, { subject: leaderOf(partition), event: 'isr' });
      const silence: Fault = { kind: 'pause', trigger: at(startMs), target: follower, durationMs: silentMs };
      if (way === 'lost') return [silence, { kind: 'crash', trigger: proposed, target: controller, powerLoss: false, downMs }];
      const held: Fault = { kind: 'partition', trigger: proposed, target: leaderOf(partition), durationMs: heldMs, peers: [controller] };
      return way === 'held' ? [silence, held] : [silence, held, { kind: 'stop', trigger: proposed, target: follower, downMs }];
    });

/** Who restarts goes down again while it recovers, or its leader does. */
const crashInRecovery = (stage: Stage): fc.Arbitrary<Bite> =>
  fc
    .tuple(
      beginMs(stage),
      somePartition(stage),
      fc.boolean(),
      fc.boolean(),
      integer(200, 3000),
      pick('recovered', 'registered', 'running'),
      integer(1, 3),
      integer(200, 3000),
    )
    .chain(([startMs, partition, clean, leads, downMs, moment, nth, againMs]) => {
      const target = leads ? leaderOf(partition) : followerOf(partition, 0);
      const first: Fault = clean
        ? { kind: 'stop', trigger: at(startMs), target, downMs: downMs + 1500 }
        : { kind: 'crash', trigger: at(startMs), target, powerLoss: false, downMs };
      // Who restarts recovers many logs, and registers and runs once.
      const which = moment === 'recovered' ? nth : 1;
      const trigger = on(startMs + downMs, { subject: anybody, event: moment as 'recovered' | 'registered' | 'running' }, which);
      const again = fc.oneof(
        fc.constant<Fault>({ kind: 'crash', trigger, target: followerOf(partition, 0), powerLoss: true, downMs: againMs }),
        fc.constant<Fault>({ kind: 'crash', trigger, target: followerOf(partition, 1), powerLoss: false, downMs: againMs }),
        falls(trigger, leaderOf(partition), anyWay),
      );
      return again.map((second) => [first, second]);
    });

/**
 * A broker stops in order, starts and loses its power soon after: what vouched for its logs at the stop vouches for them no more
 * (KAFKA-10471, KAFKA-15375).
 */
const powerLossAfterCleanStop = (stage: Stage): fc.Arbitrary<Bite> =>
  fc
    .record({
      startMs: beginMs(stage, 6000),
      broker: integer(1, stage.cluster.brokers).map((id): Target => ({ type: 'broker', id: brokerId(id) })),
      awayMs: integer(200, 3000),
      nth: integer(1, 40),
      downMs: integer(200, 4000),
    })
    .map(
      ({ startMs, broker, awayMs, nth, downMs }): Bite => [
        { kind: 'stop', trigger: at(startMs), target: broker, downMs: awayMs },
        { kind: 'crash', trigger: on(startMs + awayMs, { subject: broker, event: 'appended' }, nth), target: broker, powerLoss: true, downMs },
      ],
    );

/**
 * An answer of a leader leaves late, when the leader has become a follower, has cut its log and appended what the next leader wrote; the
 * follower that gets it has not heard of the election (KAFKA-18723).
 */
const lateAnswer = (stage: Stage): fc.Arbitrary<Bite> =>
  fc
    .record({
      startMs: beginMs(stage),
      partition: somePartition(stage),
      perStepMs: pick(800, 1500, 2500),
      latencyMs: pick(20, 50, 100),
      laterMs: integer(50, 400),
      unaware: weighted([4, true], [1, false]),
    })
    .map(({ startMs, partition, perStepMs, latencyMs, laterMs, unaware }): Bite => {
      const leader = leaderOf(partition);
      const late = { trigger: at(startMs), target: leader, durationMs: 2 * perStepMs, lane: 'network' as const, perStepMs };
      const cut = { trigger: at(startMs), target: followerOf(partition, 1), durationMs: 2 * perStepMs + 2000, peers: [controller] };
      return [
        // The next leader, and a little behind.
        slow(followerOf(partition, 0), startMs - 1500, 4500, latencyMs),
        { kind: 'slow-lane', ...late },
        ...(unaware ? [{ kind: 'partition' as const, ...cut }] : []),
        { kind: 'move-leader', trigger: at(startMs + laterMs), target: leader },
      ];
    });

/** A leader is cut off from the other brokers, not from its clients, appends alone, and comes back to another leader (KAFKA-14704, KIP-320). */
const isolatedLeader = (stage: Stage): fc.Arbitrary<Bite> =>
  fc
    .tuple(beginMs(stage), somePartition(stage), integer(4000, 14_000), fc.boolean(), integer(0, 3000))
    .chain(([startMs, partition, durationMs, whole, apartMs]) => {
      const leader = leaderOf(partition);
      const peers = whole ? [] : [followerOf(partition, 0), followerOf(partition, 1)];
      const cut: Fault = { kind: 'partition', trigger: at(startMs), target: leader, durationMs, peers };
      return falls(at(startMs + durationMs - 1000 + apartMs), leader, anyWay).map((fall) => [cut, fall]);
    });

/**
 * A leader goes on with its clients alone until what nobody else has fills segments: a cleaner that takes them for committed drops what is
 * committed for what will be cut off (KAFKA-13194). The others have another leader by then, and soon leave it to the first one again.
 */
const isolatedCleaner = (stage: Stage): fc.Arbitrary<Bite> => {
  const isolatedMs = sessionMs(stage) + 2000;
  return fc.tuple(somePartition(stage), integer(isolatedMs, isolatedMs + 6000), integer(500, 4000)).chain(([partition, durationMs, backMs]) =>
    beginMs(stage, durationMs).map((startMs): Bite => {
      const target = leaderOf(partition);
      return [
        { kind: 'partition', trigger: at(startMs), target, durationMs, peers: [] },
        { kind: 'move-leader', trigger: at(startMs + durationMs + backMs), target },
      ];
    }),
  );
};

/**
 * Somebody falls silent between JoinGroup and SyncGroup, when a group can neither go on nor go back (KAFKA-12890): for about as long as a
 * rebalance, or a session, may last. The group rebalances as it begins, or because a member leaves.
 */
const silenceAtGeneration = ({ workload, lastMs }: Stage): fc.Arbitrary<Bite> =>
  pick(...(workload.groups ?? [])).chain((group) =>
    fc
      .record({
        leaves: fc.option(fc.record({ trigger: integer(firstFaultMs, lastMs).map(at), target: memberOf(group), downMs: integer(1000, 8000) }), {
          freq: 2,
        }),
        nth: integer(1, 2),
        target: memberOf(group),
        limitMs: pick(group.maxPollIntervalMs, group.maxPollIntervalMs, group.sessionTimeoutMs, 0),
        moreMs: integer(-500, 9000),
        paused: fc.boolean(),
      })
      .map(({ leaves, nth, target, limitMs, moreMs, paused }): Bite => {
        const afterMs = leaves?.trigger.type === 'time' ? leaves.trigger.atMs : 0;
        const trigger = on(afterMs, { subject: { type: 'coordinator', group: group.id }, event: 'generation' }, nth);
        const durationMs = Math.max(500, limitMs + moreMs);
        const silence: Fault = paused
          ? { kind: 'pause', trigger, target, durationMs }
          : { kind: 'client-cut', trigger, target, durationMs, peers: [] };
        return leaves === null ? [silence] : [{ kind: 'stop', ...leaves }, silence];
      }),
  );

/**
 * A coordinator whose threads lag behind loses its office between a commit's append and its replication, and goes on as if it had not heard
 * of it (KAFKA-20634).
 */
const deposedInMidCommit = ({ workload, lastMs }: Stage): fc.Arbitrary<Bite> =>
  fc
    .record({
      group: pick(...(workload.groups ?? [])),
      startMs: integer(firstFaultMs, lastMs),
      laterMs: integer(200, 3000),
      nth: integer(1, 4),
      burden: pick<'lanes' | 'disk' | 'network'>('lanes', 'lanes', 'lanes', 'disk', 'network'),
      slowMs: pick(50, 150, 400),
      answered: weighted([1, true], [3, false]),
      ways: pick(moves, moves, anyWay),
    })
    .chain(({ group, startMs, laterMs, nth, burden, slowMs, answered, ways }) => {
      const target: Target = { type: 'coordinator', group: group.id };
      const lasting = { trigger: at(startMs), target, durationMs: laterMs + 6000 };
      const lane = (name: SlowableLane): Fault => ({ kind: 'slow-lane', ...lasting, lane: name, perStepMs: slowMs });
      const first: Bite =
        burden === 'lanes'
          ? [lane('requests'), lane('network')]
          : burden === 'disk'
            ? [{ kind: 'slow-disk', ...lasting, perOperationMs: slowMs, bytesPerSecond: null }]
            : [{ kind: 'slow-network', ...lasting, latencyMs: slowMs, jitterMs: 0 }];
      const pattern = answered
        ? ({ subject: target, event: 'answered', apiKey: apis.offsetCommit.key } as const)
        : ({ subject: target, event: 'commitAccepted' } as const);
      return falls(on(startMs + laterMs, pattern, nth), target, ways).map((fall) => [...first, fall]);
    });

/** A member is away for about as long as its session lasts, and comes back with what it had; so does another after it (KIP-62, KAFKA-12984). */
const zombieMembers = ({ workload, lastMs }: Stage): fc.Arbitrary<Bite> =>
  pick(...(workload.groups ?? [])).chain((group) =>
    fc
      .record({
        startMs: integer(firstFaultMs, lastMs),
        first: memberOf(group),
        second: memberOf(group),
        moreMs: integer(-1000, 7000),
        apartMs: integer(-4000, 6000),
        paused: fc.boolean(),
        twice: fc.boolean(),
      })
      .map(({ startMs, first, second, moreMs, apartMs, paused, twice }): Bite => {
        const durationMs = group.sessionTimeoutMs + moreMs;
        const away = (target: Target, fromMs: number): Fault =>
          paused
            ? { kind: 'pause', trigger: at(fromMs), target, durationMs }
            : { kind: 'client-cut', trigger: at(fromMs), target, durationMs, peers: [] };
        return twice ? [away(first, startMs), away(second, Math.max(0, startMs + durationMs + apartMs))] : [away(first, startMs)];
      }),
  );

/** A member restarts within its session, and its coordinator falls before or after it has heard of it (KAFKA-8500, KAFKA-10284). */
const restartedMember = ({ workload, lastMs }: Stage): fc.Arbitrary<Bite> =>
  pick(...(workload.groups ?? [])).chain((group) =>
    fc
      .record({
        startMs: integer(firstFaultMs, lastMs),
        target: memberOf(group),
        downMs: integer(200, Math.max(300, Math.min(3000, group.sessionTimeoutMs - 2000))),
        moment: pick('assignment', 'answered', 'later'),
        laterMs: integer(0, 4000),
        ways: pick(moves, anyWay),
      })
      .chain(({ startMs, target, downMs, moment, laterMs, ways }) => {
        const coordinator: Target = { type: 'coordinator', group: group.id };
        const backMs = startMs + downMs;
        const fall =
          moment === 'later'
            ? at(backMs + 500 + laterMs)
            : moment === 'assignment'
              ? on(backMs, { subject: coordinator, event: 'assignment' })
              : on(backMs, { subject: coordinator, event: 'answered', apiKey: apis.joinGroup.key });
        return falls(fall, coordinator, ways).map((second) => [{ kind: 'crash', trigger: at(startMs), target, powerLoss: false, downMs }, second]);
      }),
  );

/** The stories of a name; undefined where they need groups and there are none. */
export function biteOf(name: BiteName, stage: Stage): fc.Arbitrary<Bite> | undefined {
  const grouped = (stage.workload.groups ?? []).length > 0;
  switch (name) {
    case 'fast-elections':
      return fastElections(stage);
    case 'shut-out-follower':
      return shutOutFollower(stage);
    case 'returning-follower':
      return returningFollower(stage);
    case 'last-in-sync-loses-power':
      return lastInSyncLosesPower(stage);
    case 'late-proposal':
      return lateProposal(stage);
    case 'crash-in-recovery':
      return crashInRecovery(stage);
    case 'power-loss-after-clean-stop':
      return powerLossAfterCleanStop(stage);
    case 'isolated-leader':
      return isolatedLeader(stage);
    case 'isolated-cleaner':
      return isolatedCleaner(stage);
    case 'late-answer':
      return lateAnswer(stage);
    case 'silence-at-generation':
      return grouped ? silenceAtGeneration(stage) : undefined;
    case 'deposed-in-mid-commit':
      return grouped ? deposedInMidCommit(stage) : undefined;
    case 'zombie-members':
      return grouped ? zombieMembers(stage) : undefined;
    case 'restarted-member':
      return grouped ? restartedMember(stage) : undefined;
  }
}
