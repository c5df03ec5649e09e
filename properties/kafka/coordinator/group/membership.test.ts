/** The state machine of classic groups, case by case: who joins, who is dropped, who is told what. */
import { describe, expect, test } from 'vitest';
import { type GroupRules, groupRules } from '../../../../src/kafka/rules/group.ts';
import { ErrorCode } from '../../../../src/model/error-code.ts';
import { Machine } from './machine.ts';

const protocol = (name: string, byte = 0) => ({ name, metadata: Uint8Array.of(byte) });
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const none = { groupInstanceId: null };

describe('a joining member', () => {
  test('first gets an id, and is let in with it (KIP-394)', () => {
    const machine = new Machine();
    const first = machine.joined(machine.join());
    expect(first).toMatchObject({ error: ErrorCode.MEMBER_ID_REQUIRED, memberId: 'c-0' });
    expect(machine.state).toBe('Empty');
    const second = machine.join({ memberId: 'c-0' });
    expect(machine.state).toBe('PreparingRebalance');
    machine.pass(3000);
    expect(machine.joined(second)).toMatchObject({ error: 0, generation: 1, leader: 'c-0', memberId: 'c-0', protocolName: 'range' });
    expect(machine.joined(second)?.members.map(({ memberId }) => memberId)).toEqual(['c-0']);
  });
  test('of an old version is let in at once', () => {
    const machine = new Machine();
    const join = machine.join({ requiresKnownMemberId: false });
    machine.pass(3000);
    expect(machine.joined(join)).toMatchObject({ error: 0, generation: 1 });
  });
  test('that does not come back with its id is forgotten after one session', () => {
    const machine = new Machine();
    machine.newId();
    expect(machine.group?.pendingMembers.size).toBe(1);
    machine.pass(10_000);
    expect(machine.group?.pendingMembers.size).toBe(0);
    expect(machine.joined(machine.join({ memberId: 'c-0' }))?.error).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });
  test.each([
    ['an id that nobody gave', { memberId: 'x' }, ErrorCode.UNKNOWN_MEMBER_ID],
    ['another protocol type', { protocolType: 'connect' }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
    ['no protocol in common', { protocols: [protocol('sticky')] }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
    ['an instance id that nobody has', { memberId: 'c-0', instanceId: 'i' }, ErrorCode.UNKNOWN_MEMBER_ID],
  ])('with %s is refused', (_, request, error) => {
    const machine = new Machine();
    machine.stable(1);
    expect(machine.joined(machine.join(request))?.error).toBe(error);
    expect(machine.state).toBe('Stable');
  });
  test('without protocols founds no group', () => {
    const machine = new Machine();
    expect(machine.joined(machine.join({ protocols: [] }))?.error).toBe(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    expect(machine.group).toBeUndefined();
    expect(machine.joined(machine.join({ memberId: 'x' }))?.error).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });
  test('finds a full group closed, unless it belongs to it', () => {
    const machine = new Machine(groupRules, { groupInitialRebalanceDelayMs: 3000, groupMaxSize: 2 });
    const [a = '', b = ''] = machine.stable(2);
    expect(machine.joined(machine.join())?.error).toBe(ErrorCode.GROUP_MAX_SIZE_REACHED);
    machine.join({ memberId: a });
    machine.join({ memberId: b });
    expect(machine.state).toBe('CompletingRebalance');
  });
  test('is taken under the protocol that most members prefer among those that all know', () => {
    const machine = new Machine();
    const lists = [
      ['a', 'b', 'c'],
      ['b', 'a'],
      ['b', 'a'],
    ];
    const ids = lists.map(() => machine.newId());
    const joins = ids.map((memberId, at) => machine.join({ memberId, protocols: (lists[at] ?? []).map((name) => protocol(name)) }));
    machine.pass(6000);
    expect(machine.joined(joins[0] ?? -1)?.protocolName).toBe('b');
  });
});

describe('the first rebalance', () => {
  test('waits three seconds more for each late comer, at most the rebalance timeout', () => {
    const machine = new Machine();
    const joins = [machine.join({ requiresKnownMemberId: false, rebalanceTimeoutMs: 7000 })];
    const more = (): void => {
      joins.push(machine.join({ requiresKnownMemberId: false, rebalanceTimeoutMs: 7000 }));
    };
    machine.pass(2000);
    more();
    machine.pass(2000);
    expect(machine.state).toBe('PreparingRebalance');
    more();
    machine.pass(2500);
    more();
    machine.pass(400);
    expect(machine.state).toBe('PreparingRebalance');
    machine.pass(200);
    expect(machine.state).toBe('CompletingRebalance');
    expect(machine.group?.members.size).toBe(4);
  });
});

describe('a later rebalance', () => {
  test('is over as soon as everybody has come again, and drops who has not after the rebalance timeout', () => {
    const machine = new Machine();
    const [a = '', b = ''] = machine.stable(2);
    const late = machine.newId();
    const join = machine.join({ memberId: late });
    expect(machine.heartbeat(a)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    expect(machine.joined(machine.join({ memberId: a }))).toBeUndefined();
    machine.heartbeat(b);
    machine.pass(9000);
    machine.heartbeat(b);
    machine.pass(9000);
    machine.heartbeat(b);
    expect(machine.state).toBe('PreparingRebalance');
    machine.pass(2000);
    expect(machine.joined(join)).toMatchObject({ error: 0, generation: 2 });
    expect([...(machine.group?.members.keys() ?? [])]).toEqual([a, late]);
    expect(machine.heartbeat(b)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(machine.reasons).toEqual(['join', 'join']);
  });
  test('elects another leader when the old one stays away', () => {
    const machine = new Machine();
    const [a = '', b = ''] = machine.stable(2);
    expect(machine.group?.leader).toBe(a);
    const join = machine.join({ memberId: b, protocols: [protocol('range', 7)] });
    machine.pass(10_000);
    expect(machine.joined(join)).toMatchObject({ leader: b, generation: 2 });
    expect(machine.joined(join)?.members).toHaveLength(1);
  });
  test.each([
    ['join', 'metadata', (machine: Machine, ids: readonly string[]) => machine.join({ memberId: ids[0] ?? '' })],
    [
      'other metadata',
      'metadata',
      (machine: Machine, ids: readonly string[]) => machine.join({ memberId: ids[1] ?? '', protocols: [protocol('range', 9)] }),
    ],
    ['leave', 'leave', (machine: Machine, ids: readonly string[]) => machine.leave({ memberId: ids[1] ?? '', ...none })],
    [
      'silence',
      'expiry',
      (machine: Machine, ids: readonly string[]) => {
        machine.pass(5000);
        machine.heartbeat(ids[0] ?? '');
        machine.pass(5000);
      },
    ],
  ] as const)('begins by a %s and says so', (_, reason, act) => {
    const machine = new Machine();
    const ids = machine.stable(2);
    act(machine, ids);
    expect(machine.state).toBe('PreparingRebalance');
    expect(machine.group?.reason).toBe(reason);
  });
  test('does not begin when a follower comes again with the same metadata', () => {
    const machine = new Machine();
    const ids = machine.stable(2);
    const again = machine.joined(machine.join({ memberId: ids[1] ?? '' }));
    expect(again).toMatchObject({ error: 0, generation: 1, members: [] });
    expect(machine.state).toBe('Stable');
  });
  test('makes an earlier JoinGroup of the same member give way', () => {
    const machine = new Machine();
    const [a = ''] = machine.stable(2);
    const first = machine.join({ memberId: a });
    const second = machine.join({ memberId: a });
    expect(machine.joined(first)?.error).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    expect(machine.joined(second)).toBeUndefined();
  });
});

describe('the assignment', () => {
  test('comes to each member once the leader has given it and it is committed', () => {
    const machine = new Machine();
    machine.instant = false;
    const ids = [machine.newId(), machine.newId()];
    machine.settle();
    for (const memberId of ids) machine.join({ memberId });
    machine.pass(6000);
    const follower = machine.sync(ids[1] ?? '');
    const leader = machine.sync(ids[0] ?? '', 1, ids);
    expect([machine.synced(follower), machine.synced(leader), machine.state]).toEqual([undefined, undefined, 'CompletingRebalance']);
    machine.settle();
    expect(machine.state).toBe('Stable');
    expect([text(machine.synced(follower)?.assignment), text(machine.synced(leader)?.assignment)]).toEqual([`of ${ids[1]}`, `of ${ids[0]}`]);
    expect(text(machine.synced(machine.sync(ids[1] ?? ''))?.assignment)).toBe(`of ${ids[1]}`);
  });
  test('is empty for a member that the leader forgot', () => {
    const machine = new Machine();
    const ids = [machine.newId(), machine.newId()];
    for (const memberId of ids) machine.join({ memberId });
    machine.pass(6000);
    const follower = machine.sync(ids[1] ?? '');
    machine.sync(ids[0] ?? '', 1, [ids[0] ?? '']);
    expect(machine.synced(follower)).toMatchObject({ error: 0, assignment: new Uint8Array(0) });
  });
  test('that cannot be written is told to everybody, and another rebalance follows', () => {
    const machine = new Machine();
    machine.instant = false;
    const id = machine.newId();
    machine.settle();
    machine.join({ memberId: id });
    machine.pass(3000);
    const sync = machine.sync(id, 1, [id]);
    machine.settle(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    expect(machine.synced(sync)?.error).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    expect(machine.state).toBe('PreparingRebalance');
  });
  test('of a generation that is over is not taken when its write is committed late', () => {
    const machine = new Machine();
    machine.instant = false;
    const id = machine.newId();
    machine.settle();
    machine.join({ memberId: id });
    machine.pass(3000);
    const sync = machine.sync(id, 1, [id]);
    machine.join({ memberId: id, protocols: [protocol('range', 1)] });
    expect(machine.synced(sync)?.error).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    machine.settle();
    expect(machine.state).toBe('CompletingRebalance');
    expect(machine.generation).toBe(2);
  });
  test('is waited for no longer than the rebalance timeout: who does not sync is removed (KAFKA-12890)', () => {
    const machine = new Machine();
    const ids = [machine.newId(), machine.newId()];
    for (const memberId of ids) machine.join({ memberId });
    machine.pass(6000);
    const sync = machine.sync(ids[1] ?? '');
    for (let at = 0; at < 3; at++) {
      machine.pass(6000);
      machine.heartbeat(ids[0] ?? '');
    }
    machine.pass(2000);
    expect(machine.synced(sync)?.error).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    expect([...(machine.group?.members.keys() ?? [])]).toEqual([ids[1]]);
    expect(machine.group?.reason).toBe('syncTimeout');
  });
  test('without the timeout would be waited for for ever', () => {
    const machine = new Machine({ ...groupRules, syncTimeoutMs: () => undefined });
    const ids = [machine.newId(), machine.newId()];
    for (const memberId of ids) machine.join({ memberId });
    expect(() => machine.pass(6000)).toThrow('waiting for SyncGroup ends some day');
  });
  test.each([
    ['a stranger', 'x', 1, null, ErrorCode.UNKNOWN_MEMBER_ID],
    ['an old generation', 'c-0', 0, null, ErrorCode.ILLEGAL_GENERATION],
    ['another protocol', 'c-0', 1, 'sticky', ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
  ] as const)('is not given to %s', (_, member, generation, name, error) => {
    const machine = new Machine();
    machine.stable(1);
    expect(machine.synced(machine.sync(member, generation, [], null, name))?.error).toBe(error);
  });
});

describe('a session', () => {
  test('ends a member that is silent, in every phase, and never one that waits for an answer', () => {
    const machine = new Machine();
    const [a = '', b = ''] = machine.stable(2);
    machine.join({ memberId: a });
    machine.pass(12_000);
    expect([...(machine.group?.members.keys() ?? [])]).toEqual([a]);
    expect(machine.heartbeat(b, 1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(machine.state).toBe('CompletingRebalance');
  });
  test('of a member whose first JoinGroup waits ends after five minutes', () => {
    const machine = new Machine(groupRules, { groupInitialRebalanceDelayMs: 400_000, groupMaxSize: 9 });
    const join = machine.join({ requiresKnownMemberId: false, rebalanceTimeoutMs: 1_000_000 });
    machine.pass(299_000);
    expect(machine.joined(join)).toBeUndefined();
    machine.pass(1000);
    expect(machine.joined(join)?.error).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });
  test('is lived on by heartbeats', () => {
    const machine = new Machine();
    const [a = ''] = machine.stable(1);
    for (let at = 0; at < 10; at++) {
      machine.pass(9000);
      expect(machine.heartbeat(a)).toBe(0);
    }
    machine.pass(10_000);
    expect(machine.state).toBe('Empty');
    expect(machine.reasons).toEqual(['join', 'expiry']);
  });
});

describe('a leaving member', () => {
  test('is gone at once; the last one leaves an empty group, and is answered when that is written', () => {
    const machine = new Machine();
    const [a = ''] = machine.stable(1);
    machine.instant = false;
    const left = machine.leave({ memberId: a, ...none });
    expect(machine.left(left)).toBeUndefined();
    expect([machine.state, machine.generation]).toEqual(['Empty', 2]);
    machine.settle();
    expect(machine.left(left)).toEqual({ error: 0, members: [{ memberId: a, groupInstanceId: null, errorCode: 0 }] });
  });
  test('is one by one, or many at once, each with its own error (KIP-345)', () => {
    const machine = new Machine();
    const [a = '', b = '', c = ''] = machine.stable(3);
    const left = machine.left(
      machine.leave({ memberId: a, ...none }, { memberId: 'x', ...none }, { memberId: b, groupInstanceId: 'i' }, { memberId: '', ...none }),
    );
    expect(left?.members.map(({ errorCode }) => errorCode)).toEqual([0, 25, 25, 25]);
    expect([...(machine.group?.members.keys() ?? [])]).toEqual([b, c]);
  });
  test('leaves a JoinGroup of its own without a group', () => {
    const machine = new Machine();
    const [a = '', b = ''] = machine.stable(2);
    const join = machine.join({ memberId: a });
    machine.leave({ memberId: a, ...none });
    expect(machine.joined(join)?.error).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(machine.group?.leader).toBe(b);
  });
});

describe('a static member', () => {
  const static_ = (machine: Machine): { readonly leader: string; readonly follower: string } => {
    machine.join({ instanceId: 'i' });
    machine.join({ instanceId: 'j' });
    machine.pass(6000);
    const [leader = '', follower = ''] = [...(machine.group?.members.keys() ?? [])];
    machine.sync(leader, 1, [leader, follower], 'i');
    machine.sync(follower, 1, [], 'j');
    expect(machine.state).toBe('Stable');
    return { leader, follower };
  };
  test.each([
    ['leader', 'i', true, true, 2],
    ['leader', 'i', false, false, 0],
    ['follower', 'j', true, false, 0],
  ])('comes back as %s %s without a rebalance, under another id (skips %s)', (_, instanceId, skips, skipAssignment, listed) => {
    const machine = new Machine();
    const { leader, follower } = static_(machine);
    const old = instanceId === 'i' ? leader : follower;
    const back = machine.joined(machine.join({ instanceId, supportsSkippingAssignment: skips }));
    expect(back).toMatchObject({ error: 0, generation: 1, skipAssignment });
    expect(back?.members).toHaveLength(listed);
    expect(back?.memberId).not.toBe(old);
    expect([machine.state, machine.generation]).toEqual(['Stable', 1]);
    expect(machine.heartbeat(old, 1, instanceId)).toBe(ErrorCode.FENCED_INSTANCE_ID);
    expect(machine.heartbeat(old, 1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(text(machine.synced(machine.sync(back?.memberId ?? '', 1, [], instanceId))?.assignment)).toBe(`of ${old}`);
    if (instanceId === 'i') expect(back?.leader).toBe(skips ? back?.memberId : old);
  });
  test('is answered under its new id only once that is durable, or a failover would bring the old one back (KAFKA-8500, KAFKA-10284)', () => {
    const answeredBeforeTheWrite = (rules: Partial<GroupRules>): readonly [answered: boolean, writes: number] => {
      const machine = new Machine({ ...groupRules, ...rules });
      static_(machine);
      machine.instant = false;
      const back = machine.join({ instanceId: 'j' });
      return [machine.joined(back) !== undefined, machine.writes.length];
    };
    expect(groupRules.replacementSteps()).toEqual(['persist', 'answer']);
    expect(answeredBeforeTheWrite({})).toEqual([false, 1]);
    expect(answeredBeforeTheWrite({ replacementSteps: () => ['answer'] })).toEqual([true, 0]);
  });
  test('keeps its old id when the new one cannot be written', () => {
    const machine = new Machine();
    const { follower } = static_(machine);
    machine.instant = false;
    const back = machine.join({ instanceId: 'j' });
    machine.settle(ErrorCode.NOT_COORDINATOR);
    expect(machine.joined(back)?.error).toBe(ErrorCode.NOT_COORDINATOR);
    expect(machine.heartbeat(follower, 1, 'j')).toBe(0);
  });
  test('makes the group rebalance when another protocol would be chosen', () => {
    const machine = new Machine();
    static_(machine);
    expect(machine.joined(machine.join({ instanceId: 'i', protocols: [protocol('range')] }))?.error).toBe(0);
    machine.join({ instanceId: 'k', protocols: [protocol('range'), protocol('sticky')] });
    expect(machine.state).toBe('PreparingRebalance');
  });
  test('stays over a rebalance that it misses, and goes with its session', () => {
    const machine = new Machine();
    const { leader, follower } = static_(machine);
    machine.join({ memberId: leader, instanceId: 'i' });
    machine.pass(9000);
    machine.heartbeat(follower, 1, 'j');
    machine.pass(9000);
    machine.heartbeat(follower, 1, 'j');
    machine.pass(2000);
    expect([machine.state, machine.group?.members.size]).toEqual(['CompletingRebalance', 2]);
    expect(machine.heartbeat(follower, 2, 'j')).toBe(0);
  });
  test('is removed by its instance id alone', () => {
    const machine = new Machine();
    static_(machine);
    const left = machine.left(machine.leave({ memberId: '', groupInstanceId: 'i' }, { memberId: 'x', groupInstanceId: 'j' }));
    expect(left?.members.map(({ errorCode }) => errorCode)).toEqual([0, ErrorCode.FENCED_INSTANCE_ID]);
  });
  test('fences whoever waits under its old id', () => {
    const machine = new Machine();
    const { leader, follower } = static_(machine);
    const old = machine.join({ memberId: follower, instanceId: 'j', protocols: [protocol('range', 5)] });
    expect(machine.joined(old)).toBeUndefined();
    machine.join({ instanceId: 'j' });
    expect(machine.joined(old)?.error).toBe(ErrorCode.FENCED_INSTANCE_ID);
    expect(machine.heartbeat(leader, 1, 'i')).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });
});

describe('a group that moves', () => {
  test('is the same under its next coordinator, and gives its members a session to be heard of', () => {
    const machine = new Machine();
    const ids = machine.stable(3);
    machine.pass(9000);
    machine.move();
    machine.pass(9000);
    for (const id of ids) expect(machine.heartbeat(id)).toBe(0);
    for (const id of ids) expect(text(machine.synced(machine.sync(id))?.assignment)).toBe(`of ${id}`);
    expect([machine.state, machine.generation]).toEqual(['Stable', 1]);
  });
  test('tells whoever waits that it moved', () => {
    const machine = new Machine();
    const [a = ''] = machine.stable(2);
    const join = machine.join({ memberId: a });
    machine.move();
    expect(machine.joined(join)?.error).toBe(ErrorCode.NOT_COORDINATOR);
  });
});
