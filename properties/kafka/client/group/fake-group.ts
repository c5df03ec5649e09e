/**
 * A scripted group coordinator on a FakeCluster: plays the classic protocol for one group, and says what a test wants it to say instead.
 * No log and no timers of its own but one: who has not joined again when a test says so is out.
 */
import type { Routes } from '../../../../src/kafka/rpc/routes.ts';
import type { RequestContext } from '../../../../src/kafka/rpc/server.ts';
import { ErrorCode } from '../../../../src/model/error-code.ts';
import { apis } from '../../../../src/protocol/apis.ts';
import type { JoinGroupRequest, JoinGroupResponseInput } from '../../../../src/protocol/messages/join-group.ts';
import type { OffsetCommitRequest } from '../../../../src/protocol/messages/offset-commit.ts';
import type { OffsetFetchRequest } from '../../../../src/protocol/messages/offset-fetch.ts';
import type { SyncGroupRequest, SyncGroupResponseInput } from '../../../../src/protocol/messages/sync-group.ts';
import { FakeCluster } from '../fake-cluster.ts';

export type GroupApi = 'find' | 'join' | 'sync' | 'heartbeat' | 'leave' | 'commit' | 'fetch';

interface FakeMember {
  readonly id: string;
  readonly instanceId: string | null;
  protocols: JoinGroupRequest['protocols'];
  join: RequestContext<JoinGroupResponseInput> | undefined;
  sync: RequestContext<SyncGroupResponseInput> | undefined;
  assignment: Uint8Array;
}

export interface Seen {
  readonly api: GroupApi;
  readonly broker: number;
  readonly atMs: number;
  readonly clientId: string | null;
  readonly memberId: string;
  readonly generation: number;
  readonly error: number;
}

export class FakeGroup {
  readonly cluster: FakeCluster;
  coordinator = 1;
  generation = 0;
  state: 'empty' | 'joining' | 'syncing' | 'stable' = 'empty';
  leader = '';
  protocol = '';
  readonly members = new Map<string, FakeMember>();
  readonly offsets = new Map<string, { offset: number; epoch: number }>();
  /** What an API answers instead of the truth; 0 for the truth, 'silence' for nothing. */
  script: (api: GroupApi, clientId: string | null, nth: number) => number | 'silence' = () => 0;
  readonly seen: Seen[] = [];
  commits: { memberId: string; generation: number; partition: string; offset: number }[] = [];
  #ids = 0;

  constructor(brokers = 3, seed = 'group') {
    this.cluster = new FakeCluster(brokers, seed, (routes, broker) => this.#extend(routes, broker));
  }

  count(api: GroupApi, clientId?: string): number {
    return this.seen.filter((each) => each.api === api && (clientId === undefined || each.clientId === clientId)).length;
  }

  /** Answers the joins that wait; who did not join is out. */
  completeJoin(): void {
    this.cluster.broker(this.coordinator).enter(() => this.#completeJoin());
  }

  /** The coordinator forgets a member, as after its session. */
  expire(memberId: string): void {
    this.members.delete(memberId);
    if (this.members.size > 0) this.#rebalance();
    else this.state = 'empty';
  }

  rebalance(): void {
    this.#rebalance();
  }

  #extend(routes: Routes, broker: number): void {
    const note = (api: GroupApi, context: RequestContext<never> | RequestContext<unknown>, memberId = '', generation = -1): number | 'silence' => {
      const scripted = this.script(api, context.clientId, this.count(api, context.clientId ?? undefined));
      const elsewhere = api !== 'find' && broker !== this.coordinator ? ErrorCode.NOT_COORDINATOR : 0;
      const error = elsewhere !== 0 ? elsewhere : scripted;
      if (error === ErrorCode.UNKNOWN_MEMBER_ID) this.members.delete(memberId);
      const atMs = this.cluster.nowMs;
      this.seen.push({ api, broker, atMs, clientId: context.clientId, memberId, generation, error: error === 'silence' ? -2 : error });
      return error;
    };
    routes.on(apis.findCoordinator, (context) => {
      const error = note('find', context);
      if (error === 'silence') return;
      const at = this.cluster.broker(this.coordinator);
      const nodeId = error === 0 ? at.id : -1;
      context.respond({ coordinators: [{ key: 'g', nodeId, host: at.name, port: 9092, errorCode: error, errorMessage: null }] });
    });
    routes.on(apis.joinGroup, (context, body) => {
      const error = note('join', context, body.memberId);
      if (error === 'silence') return;
      this.#join(context, body, error);
    });
    routes.on(apis.syncGroup, (context, body) => {
      const error = note('sync', context, body.memberId, body.generationId);
      if (error === 'silence') return;
      this.#sync(context, body, error);
    });
    routes.on(apis.heartbeat, (context, body) => {
      const error = note('heartbeat', context, body.memberId, body.generationId);
      if (error === 'silence') return;
      const rebalancing = this.state === 'joining' ? ErrorCode.REBALANCE_IN_PROGRESS : 0;
      context.respond({ errorCode: error !== 0 ? error : this.#checked(body.memberId, body.generationId) || rebalancing });
    });
    routes.on(apis.leaveGroup, (context, body) => {
      const memberId = body.members[0]?.memberId ?? body.memberId;
      const error = note('leave', context, memberId);
      if (error === 'silence') return;
      this.expire(memberId);
      context.respond({ errorCode: error, members: [{ memberId, groupInstanceId: null, errorCode: 0 }] });
    });
    routes.on(apis.offsetCommit, (context, body) => {
      const error = note('commit', context, body.memberId, body.generationIdOrMemberEpoch);
      if (error === 'silence') return;
      const checked = error !== 0 ? error : this.#checked(body.memberId, body.generationIdOrMemberEpoch);
      const refused = checked !== 0 ? checked : this.state === 'syncing' ? ErrorCode.REBALANCE_IN_PROGRESS : 0;
      if (refused === 0) this.#commit(body);
      context.respond({
        topics: body.topics.map(({ name, topicId, partitions }) => ({
          name,
          topicId,
          partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: refused })),
        })),
      });
    });
    routes.on(apis.offsetFetch, (context, body) => {
      const error = note('fetch', context);
      if (error === 'silence') return;
      context.respond({ groups: [{ groupId: 'g', errorCode: error, topics: error === 0 ? this.#fetched(body) : [] }] });
    });
  }

  #checked(memberId: string, generation: number): number {
    if (!this.members.has(memberId)) return ErrorCode.UNKNOWN_MEMBER_ID;
    return generation === this.generation ? 0 : ErrorCode.ILLEGAL_GENERATION;
  }

  #join(context: RequestContext<JoinGroupResponseInput>, body: JoinGroupRequest, error: number): void {
    const refuse = (errorCode: number, memberId = '') =>
      context.respond({ errorCode, generationId: -1, protocolName: null, leader: '', memberId, members: [] });
    if (error !== 0) {
      refuse(error, body.memberId);
      return;
    }
    const fixed = body.groupInstanceId;
    if (body.memberId === '' && fixed === null && context.apiVersion >= 4) {
      refuse(ErrorCode.MEMBER_ID_REQUIRED, `${context.clientId}-${++this.#ids}`);
      return;
    }
    let id = body.memberId;
    if (id === '' && fixed !== null) {
      const before = [...this.members.values()].find(({ instanceId }) => instanceId === fixed);
      id = `${fixed}-${++this.#ids}`;
      if (before !== undefined) {
        // A static member that came back takes its place over.
        this.members.delete(before.id);
      }
    }
    const known = this.members.get(id);
    const member: FakeMember = known ?? { id, instanceId: fixed, protocols: [], join: undefined, sync: undefined, assignment: new Uint8Array() };
    member.protocols = body.protocols.map(({ name, metadata }) => ({ name, metadata: metadata.slice() }));
    this.members.set(id, member);
    if (this.state !== 'joining') this.#rebalance();
    member.join = context;
    if ([...this.members.values()].every(({ join }) => join !== undefined)) this.#completeJoin();
  }

  #rebalance(): void {
    this.state = 'joining';
    for (const member of this.members.values()) {
      member.sync?.respond({
        errorCode: ErrorCode.REBALANCE_IN_PROGRESS,
        protocolType: 'consumer',
        protocolName: null,
        assignment: new Uint8Array(),
      });
      member.sync = undefined;
    }
  }

  #completeJoin(): void {
    for (const member of [...this.members.values()]) if (member.join === undefined && member.instanceId === null) this.members.delete(member.id);
    const joined = [...this.members.values()].filter(({ join }) => join !== undefined);
    this.generation++;
    this.state = 'syncing';
    if (!joined.some(({ id }) => id === this.leader)) this.leader = joined[0]?.id ?? '';
    this.protocol =
      joined[0]?.protocols.find(({ name }) => joined.every(({ protocols }) => protocols.some((other) => other.name === name)))?.name ?? '';
    for (const member of joined) {
      const { join } = member;
      member.join = undefined;
      join?.respond({
        errorCode: 0,
        generationId: this.generation,
        protocolType: 'consumer',
        protocolName: this.protocol,
        leader: this.leader,
        memberId: member.id,
        members:
          member.id !== this.leader
            ? []
            : joined.map(({ id, instanceId, protocols }) => ({
                memberId: id,
                groupInstanceId: instanceId,
                metadata: protocols.find(({ name }) => name === this.protocol)?.metadata ?? new Uint8Array(),
              })),
      });
    }
  }

  #sync(context: RequestContext<SyncGroupResponseInput>, body: SyncGroupRequest, error: number): void {
    const answer = (errorCode: number, assignment: Uint8Array, to: RequestContext<SyncGroupResponseInput> = context) =>
      to.respond({ errorCode, protocolType: 'consumer', protocolName: errorCode === 0 ? this.protocol : null, assignment });
    const checked = error !== 0 ? error : this.#checked(body.memberId, body.generationId);
    const member = this.members.get(body.memberId);
    if (checked !== 0 || member === undefined) answer(checked, new Uint8Array());
    else if (this.state === 'joining') answer(ErrorCode.REBALANCE_IN_PROGRESS, new Uint8Array());
    else if (this.state === 'stable') answer(0, member.assignment);
    else {
      member.sync = context;
      if (member.id !== this.leader) return;
      this.state = 'stable';
      for (const { memberId, assignment } of body.assignments) {
        const given = this.members.get(memberId);
        if (given !== undefined) given.assignment = assignment.slice();
      }
      for (const each of this.members.values()) {
        if (each.sync !== undefined) answer(0, each.assignment, each.sync);
        each.sync = undefined;
      }
    }
  }

  #commit(body: OffsetCommitRequest): void {
    for (const { name, topicId, partitions } of body.topics) {
      const [topic] = this.cluster.find(name, topicId);
      for (const { partitionIndex, committedOffset, committedLeaderEpoch } of partitions) {
        const partition = `${topic}-${partitionIndex}`;
        this.offsets.set(partition, { offset: committedOffset, epoch: committedLeaderEpoch });
        this.commits.push({ memberId: body.memberId, generation: body.generationIdOrMemberEpoch, partition, offset: committedOffset });
      }
    }
  }

  #fetched(body: OffsetFetchRequest) {
    return (body.groups[0]?.topics ?? []).map(({ name, topicId, partitionIndexes }) => ({
      name,
      topicId,
      partitions: partitionIndexes.map((partitionIndex) => {
        const [topic] = this.cluster.find(name, topicId);
        const committed = this.offsets.get(`${topic}-${partitionIndex}`);
        return { partitionIndex, committedOffset: committed?.offset ?? -1, committedLeaderEpoch: committed?.epoch ?? -1, metadata: '', errorCode: 0 };
      }),
    }));
  }
}
