/** Whatever members do, and whenever: what must hold of a group holds after every step, and whoever asks is answered exactly once. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GroupRules, groupRules } from '../../../../src/kafka/rules/group.ts';
import { ErrorCode } from '../../../../src/model/error-code.ts';
import { Machine } from './machine.ts';

const who = fc.nat({ max: 5 });
const lists = [['range'], ['range', 'sticky'], ['sticky', 'range']] as const;
const instance = fc.constantFrom(null, null, 'i', 'j');
const action = fc.oneof(
  fc.record({
    type: fc.constant('new' as const),
    list: fc.nat({ max: 2 }),
    instanceId: instance,
    old: fc.boolean(),
    sessionTimeoutMs: fc.constantFrom(10_000, 30_000),
  }),
  fc.record({ type: fc.constant('rejoin' as const), who, list: fc.nat({ max: 2 }) }),
  // Sequences that get somewhere: everybody that was ever given an id, but for some.
  fc.record({ type: fc.constant('everybodyJoins' as const), but: who }),
  fc.record({ type: fc.constant('everybodySyncs' as const), but: who }),
  fc.record({ type: fc.constant('sync' as const), who, lag: fc.nat({ max: 1 }) }),
  fc.record({ type: fc.constant('heartbeat' as const), who, lag: fc.nat({ max: 1 }) }),
  fc.record({ type: fc.constant('commit' as const), who, lag: fc.nat({ max: 2 }), instanceId: instance }),
  fc.record({ type: fc.constant('leave' as const), who, instanceId: instance }),
  fc.record({ type: fc.constant('pass' as const), ms: fc.constantFrom(100, 1000, 3000, 9000, 10_000, 21_000) }),
  fc.record({ type: fc.constant('settle' as const), error: fc.constantFrom(ErrorCode.NONE, ErrorCode.NONE, ErrorCode.COORDINATOR_NOT_AVAILABLE) }),
  fc.record({ type: fc.constant('move' as const) }),
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

const protocolsOf = (list: number) => (lists[list] ?? lists[0]).map((name) => ({ name, metadata: Uint8Array.of(list) }));

/** Every id that was ever given, members and not. */
class Run {
  readonly machine: Machine;
  readonly ids: string[] = [];
  readonly accepted: { readonly member: string; readonly generation: number }[] = [];

  constructor(rules: GroupRules, instant: boolean) {
    this.machine = new Machine(rules, { groupInitialRebalanceDelayMs: 3000, groupMaxSize: 4 });
    this.machine.instant = instant;
  }

  id(at: number): string {
    return this.ids.length === 0 ? 'nobody' : (this.ids[at % this.ids.length] ?? 'nobody');
  }

  do(each: Action): void {
    const { machine } = this;
    switch (each.type) {
      case 'new': {
        const { list, instanceId, old, sessionTimeoutMs } = each;
        machine.join({ protocols: protocolsOf(list), instanceId, sessionTimeoutMs, requiresKnownMemberId: !old });
        break;
      }
      case 'rejoin': {
        this.#rejoin(this.id(each.who), each.list);
        break;
      }
      case 'everybodyJoins':
        for (const [at, memberId] of this.ids.entries()) if (at !== each.but) this.#rejoin(memberId, 0);
        break;
      case 'everybodySyncs':
        for (const [at, memberId] of [...(machine.group?.members.keys() ?? [])].entries())
          if (at !== each.but) machine.sync(memberId, machine.generation, [...(machine.group?.members.keys() ?? [])]);
        break;
      case 'sync':
        machine.sync(this.id(each.who), machine.generation - each.lag, [...(machine.group?.members.keys() ?? [])]);
        break;
      case 'heartbeat':
        machine.heartbeat(this.id(each.who), machine.generation - each.lag);
        break;
      case 'commit':
        this.#commit(this.id(each.who), machine.generation - each.lag, each.instanceId);
        break;
      case 'leave':
        machine.leave(
          each.instanceId === null ? { memberId: this.id(each.who), groupInstanceId: null } : { memberId: '', groupInstanceId: each.instanceId },
        );
        break;
      case 'pass':
        machine.pass(each.ms);
        break;
      case 'settle':
        machine.settle(each.error);
        break;
      case 'move':
        machine.move();
        break;
    }
    for (const answer of machine.answers.values())
      if (answer.type === 'join' && answer.answer.memberId !== '' && !this.ids.includes(answer.answer.memberId))
        this.ids.push(answer.answer.memberId);
    for (const id of machine.group?.members.keys() ?? []) if (!this.ids.includes(id)) this.ids.push(id);
  }

  /** With the session and the instance id that it had. */
  #rejoin(memberId: string, list: number): void {
    const member = this.machine.group?.members.get(memberId);
    const session = member === undefined ? {} : { sessionTimeoutMs: member.sessionTimeoutMs };
    this.machine.join({ memberId, instanceId: member?.instanceId ?? null, protocols: protocolsOf(list), ...session });
  }

  #commit(memberId: string, generation: number, instanceId: string | null): void {
    const { group, rules } = this.machine;
    const error = rules.commitError(group, { memberId, generation, instanceId }, 9);
    if (error !== ErrorCode.NONE) return;
    // The oracle of whose commit counts, in words of its own.
    const outsider = generation < 0 && (group === undefined || group.members.size === 0);
    const member = group?.members.get(memberId);
    const current = member !== undefined && generation === group?.generation && (instanceId === null || member.instanceId === instanceId);
    if (!outsider && !current) throw new Error('an accepted commit is that of a member of this generation, or of nobody for an empty group');
  }

  /** Time goes on, and nobody asks for anything more: writes end and everybody is answered. */
  end(): void {
    for (let round = 0; round < 40; round++) {
      while (this.machine.settle());
      this.machine.pass(21_000);
    }
    while (this.machine.settle());
  }
}

const run = (rules: GroupRules, instant: boolean, actions: readonly Action[]): Run => {
  const each = new Run(rules, instant);
  for (const one of actions) each.do(one);
  return each;
};
/** Long sequences: fast-check would keep to a dozen steps, in which hardly a group becomes stable. */
const check = (rules: GroupRules, numRuns: number, endOnFailure = false): void =>
  fc.assert(
    fc.property(fc.boolean(), fc.array(action, { maxLength: 60, size: 'max' }), (instant, actions) => {
      const each = run(rules, instant, actions);
      each.end();
      expect([...each.machine.open]).toEqual([]);
      // Nobody is left: everybody's session has ended.
      expect(each.machine.group === undefined || each.machine.group.members.size === 0).toBe(true);
    }),
    { numRuns, seed: 20_634, endOnFailure },
  );

describe('any sequence of requests, timeouts, failed writes and moves', () => {
  test('keeps the group sound and answers everybody exactly once', () => check(groupRules, 400));
  test('reaches every state, every reason to rebalance and every refusal', () => {
    const states = new Set<string>();
    const reasons = new Set<string>();
    const errors = new Set<number>();
    for (const [at, actions] of fc.sample(fc.array(action, { minLength: 30, maxLength: 60 }), { numRuns: 400, seed: 7 }).entries()) {
      const each = new Run(groupRules, at % 4 > 0);
      for (const one of actions) {
        each.do(one);
        states.add(each.machine.state);
      }
      for (const reason of each.machine.reasons) reasons.add(reason);
      for (const answer of each.machine.answers.values()) errors.add(answer.type === 'heartbeat' ? answer.error : answer.answer.error);
    }
    expect([...states].sort()).toEqual(['CompletingRebalance', 'Empty', 'PreparingRebalance', 'Stable', 'none']);
    expect([...reasons].sort()).toEqual(['expiry', 'failedAssignment', 'join', 'leave', 'metadata', 'syncTimeout']);
    for (const error of [0, 16, 22, 25, 27, 79, 81, 82]) expect(errors).toContain(error);
  });
});

describe('a wrong rule is noticed', () => {
  const wrong: readonly (readonly [string, Partial<GroupRules>])[] = [
    ['no timeout on SyncGroup (KAFKA-12890)', { syncTimeoutMs: () => undefined }],
    [
      'commits from old generations',
      { commitError: (group, request) => (group?.members.has(request.memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID) },
    ],
    ['commits by anybody', { commitError: () => ErrorCode.NONE }],
    ['sessions that never end', { sessionExpires: () => false }],
    ['the join phase drops nobody', { droppedAtCompletion: () => [], joinPhaseOver: () => true }],
    ['static members come back without a rebalance in any state', { staticRejoin: () => 'keep' }],
  ];
  test.each(wrong)('%s', (_, rules) => {
    expect(() => check({ ...groupRules, ...rules }, 400, true)).toThrow();
  });
});
