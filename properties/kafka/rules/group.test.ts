/** The rules of groups, one decision at a time, and that a broker asks each of them. */
import { describe, expect, test } from 'vitest';
import { type GroupAge, type GroupRules, type GroupStateName, type GroupView, groupRules, type MemberView } from '../../../src/kafka/rules/group.ts';
import { kafkaRules } from '../../../src/kafka/rules/rules.ts';
import { leaderEpoch, offset } from '../../../src/model/brand.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { Machine } from '../coordinator/group/machine.ts';
import { GroupRig } from '../coordinator/group/rig.ts';

const member = (id: string, change: Partial<MemberView> = {}): MemberView => ({
  id,
  instanceId: null,
  join: undefined,
  sync: undefined,
  isNew: false,
  rebalanceTimeoutMs: 1000,
  ...change,
});
const group = (state: GroupStateName, members: readonly MemberView[] = [member('a'), member('b', { instanceId: 'i' })]): GroupView => ({
  state,
  generation: 5,
  protocolType: 'consumer',
  protocolName: 'range',
  members: new Map(members.map((each) => [each.id, each])),
  staticMembers: new Map(members.flatMap((each) => (each.instanceId === null ? [] : [[each.instanceId, each.id]]))),
  pendingMembers: new Set(),
  pendingSync: new Set(),
});
const by = (memberId: string, generation: number, instanceId: string | null = null) => ({ memberId, generation, instanceId });
const epoch = leaderEpoch;

describe('a commit counts', () => {
  test.each([
    ['Stable', by('a', 5), 0],
    ['PreparingRebalance', by('a', 5), 0],
    ['CompletingRebalance', by('a', 5), ErrorCode.REBALANCE_IN_PROGRESS],
    ['Stable', by('a', 4), ErrorCode.ILLEGAL_GENERATION],
    ['Stable', by('a', 6), ErrorCode.ILLEGAL_GENERATION],
    ['Stable', by('a', -1), ErrorCode.ILLEGAL_GENERATION],
    ['Stable', by('x', 5), ErrorCode.UNKNOWN_MEMBER_ID],
    ['Stable', by('', -1), ErrorCode.UNKNOWN_MEMBER_ID],
    ['Stable', by('b', 5, 'i'), 0],
    ['Stable', by('a', 5, 'i'), ErrorCode.FENCED_INSTANCE_ID],
    ['Stable', by('b', 5, 'j'), ErrorCode.UNKNOWN_MEMBER_ID],
    ['Dead', by('a', 5), ErrorCode.COORDINATOR_NOT_AVAILABLE],
  ] as const)('in %s by %o: %s', (state, request, error) => {
    expect(groupRules.commitError(group(state), request, 9)).toBe(error);
  });
  test('for an empty group from outside it, and from nobody with a generation', () => {
    expect(groupRules.commitError(group('Empty', []), by('', -1), 9)).toBe(0);
    expect(groupRules.commitError(group('Empty', []), by('a', 5), 9)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(groupRules.commitError(undefined, by('', -1), 9)).toBe(0);
    expect(groupRules.commitError(undefined, by('a', 0), 8)).toBe(ErrorCode.ILLEGAL_GENERATION);
    expect(groupRules.commitError(undefined, by('a', 0), 9)).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
  });
});

describe('a write is proved', () => {
  const write = { endOffset: offset(10), epoch: epoch(3) };
  test.each([
    [9, 3, 'wait'],
    [10, 3, 'committed'],
    [99, 4, 'lost'],
    [99, 2, 'lost'],
  ] as const)('by a high watermark of %s in epoch %s: %s (KAFKA-20634)', (highWatermark, at, outcome) => {
    expect(groupRules.writeOutcome(write, { highWatermark: offset(highWatermark), epoch: epoch(at) })).toBe(outcome);
  });
  test('by nothing once nobody leads here', () => expect(groupRules.writeOutcome(write, undefined)).toBe('lost'));
  test.each([
    [3, 15],
    [19, 15],
    [7, 15],
    [6, 16],
    [56, 16],
    [13, 14],
    [10, -1],
    [18, -1],
    [0, 0],
  ] as const)('and error %s is told as %s', (error, told) => expect(groupRules.writeError(error)).toBe(told));
});

describe('a coordinator', () => {
  test.each([
    [undefined, undefined, 16],
    [undefined, 3, 14],
    [{ phase: 'loading', epoch: epoch(3) }, 3, 14],
    [{ phase: 'active', epoch: epoch(3) }, 3, 0],
    [{ phase: 'active', epoch: epoch(2) }, 3, 14],
    [{ phase: 'active', epoch: epoch(3) }, undefined, 16],
    [{ phase: 'failed', epoch: epoch(3) }, 3, 16],
  ] as const)('that holds %o and leads in %s answers %s (KAFKA-10614)', (held, leads, error) => {
    expect(groupRules.coordinationError(held, leads === undefined ? undefined : epoch(leads))).toBe(error);
  });
  test.each([
    [undefined, undefined, 'keep'],
    [undefined, 1, 'load'],
    [1, 1, 'keep'],
    [1, 2, 'reload'],
    [2, 1, 'keep'],
    [1, undefined, 'unload'],
  ] as const)('loaded for %s that leads in %s does: %s', (held, leads, step) => {
    const of = (value: number | undefined) => (value === undefined ? undefined : epoch(value));
    expect(groupRules.electionStep(of(held), of(leads))).toBe(step);
  });
});

describe('an offset expires', () => {
  const age = (change: Partial<GroupAge>): GroupAge => ({
    state: 'Empty',
    protocolType: 'consumer',
    stateSinceMs: 1000,
    subscribedTopics: new Set(),
    ...change,
  });
  const own = { commitTimestampMs: 500, expireTimestampMs: -1 };
  test.each([
    ['an empty group, since it is empty', age({}), own, 1099, false],
    ['an empty group, since it is empty', age({}), own, 1100, true],
    ['an empty group whose record is too old to tell', age({ stateSinceMs: -1 }), own, 600, true],
    ['a stable group that subscribes to it', age({ state: 'Stable', subscribedTopics: new Set(['t']) }), own, 9999, false],
    ['a stable group that left the topic', age({ state: 'Stable', subscribedTopics: new Set(['u']) }), own, 600, true],
    ['a stable group of unknown subscription', age({ state: 'Stable', subscribedTopics: undefined }), own, 9999, false],
    ['a rebalancing group', age({ state: 'PreparingRebalance' }), own, 9999, false],
    ['a simple consumer', age({ protocolType: null, subscribedTopics: undefined }), own, 600, true],
    ['a group of another type with members', age({ state: 'Stable', protocolType: 'connect', subscribedTopics: undefined }), own, 9999, false],
    ['its own time', age({}), { ...own, expireTimestampMs: 5000 }, 4999, false],
    ['its own time', age({}), { ...own, expireTimestampMs: 1001 }, 1001, true],
  ] as const)('of %s: %o %o at %s is %s', (_, group_, each, nowMs, expired) => {
    expect(groupRules.offsetExpired(group_, 't', each, nowMs, 100)).toBe(expired);
  });
});

describe('a member', () => {
  test('of a full group may come again, another may not', () => {
    const waiting = group('PreparingRebalance', [member('a', { join: 1 }), member('b')]);
    expect(groupRules.mayJoin(waiting, 'a', 1)).toBe(true);
    expect(groupRules.mayJoin(waiting, 'b', 1)).toBe(false);
    expect(groupRules.mayJoin(waiting, 'b', 2)).toBe(true);
    expect(groupRules.mayJoin(group('Stable'), 'a', 1)).toBe(true);
    expect(groupRules.mayJoin(group('Stable'), 'x', 2)).toBe(false);
  });
  test('expires unless it waits for this coordinator', () => {
    expect(groupRules.sessionExpires(member('a'))).toBe(true);
    expect(groupRules.sessionExpires(member('a', { join: 1 }))).toBe(false);
    expect(groupRules.sessionExpires(member('a', { sync: 1 }))).toBe(false);
    expect(groupRules.sessionExpires(member('a', { join: 1, isNew: true }))).toBe(true);
  });
});

/** The rules, and the names of those that were asked. */
function spied(): { readonly asked: Set<string>; readonly rules: GroupRules } {
  const asked = new Set<string>();
  const rules = Object.fromEntries(
    Object.entries(groupRules).map(([name, rule]) => [
      name,
      (...args: never[]) => {
        asked.add(name);
        return (rule as (...all: never[]) => unknown)(...args);
      },
    ]),
  ) as object as GroupRules;
  return { asked, rules };
}
/** Those of a coordinator and its log; the others are of the pure machine. */
const ofCoordinators = ['commitError', 'coordinationError', 'electionStep', 'offsetExpired', 'writeError', 'writeOutcome'];

describe('every decision is asked of the rules that a node was given', () => {
  test('about members and generations', () => {
    const { asked, rules } = spied();
    const machine = new Machine(rules);
    const [a = '', b = ''] = machine.stable(2);
    machine.heartbeat(a);
    machine.leave({ memberId: b, groupInstanceId: null });
    machine.join({ memberId: a, sessionTimeoutMs: 30_000 });
    machine.pass(60_000);
    machine.join({ instanceId: 'i' });
    machine.pass(3000);
    const leader = machine.group?.leader ?? '';
    machine.sync(leader, machine.generation, [leader]);
    machine.join({ instanceId: 'i' });
    machine.pass(60_000);
    expect([...asked].sort()).toEqual(
      Object.keys(groupRules)
        .filter((name) => !ofCoordinators.includes(name))
        .sort(),
    );
  });
  test('about coordinators, their writes and their offsets', () => {
    const { asked, rules } = spied();
    const rig = new GroupRig({ rules: { ...kafkaRules, group: rules }, config: { offsetsRetentionCheckIntervalMs: 1000 } });
    expect(rig.commit('g', '', -1, 5)).toBe(0);
    rig.run(2000);
    expect([...asked].sort()).toEqual(ofCoordinators);
  });
});
