/**
 * The groups of one partition of `__consumer_offsets` while this broker leads it, in one leader epoch. Owns their state, their timers, the
 * requests that wait, and what readers may see: committed state only. Decisions are the rules', steps the machine's (join.ts and beside it),
 * commits and deletions of offsets are in shard-offsets.ts. A new leader epoch makes a new shard.
 *
 *   loading -> active     the log is replayed to its end
 *   loading -> failed     the log cannot be read
 *   any -> closed         another epoch, or another broker
 */
import type { Timer } from '../../../io/clock.ts';
import type { World } from '../../../io/world.ts';
import type { LeaderEpoch } from '../../../model/brand.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import { invariant } from '../../../model/invariant.ts';
import type { Result } from '../../../model/result.ts';
import type { BrokerConfig } from '../../config/broker-config.ts';
import type { Partition } from '../../replication/partition.ts';
import type { CoordinatorView, GroupRules } from '../../rules/group.ts';
import { type Group, newGroup } from './group.ts';
import { type JoinRequest, join } from './join.ts';
import { loadRecords } from './loader.ts';
import { appended, fired, type HeartbeatRequest, heartbeat, type LeaveRequest, leave, loaded, unloaded } from './membership.ts';
import { OffsetStore } from './offset-store.ts';
import type { CoordinatorRecord } from './records.ts';
import { groupOf } from './replay.ts';
import type { Answer, GroupTimer, JoinAnswer, LeaveAnswer, Outcome, Pending, StepContext, SyncAnswer, TimerChange } from './step.ts';
import { type SyncRequest, sync } from './sync.ts';
import { Writes, type Written } from './writes.ts';

export interface ShardOptions {
  readonly world: World;
  readonly config: BrokerConfig;
  readonly rules: GroupRules;
  readonly partition: Partition;
  readonly epoch: LeaderEpoch;
  readonly storageFailed: () => void;
}

export class GroupShard implements CoordinatorView {
  readonly epoch: LeaderEpoch;
  readonly options: ShardOptions;
  /** As of the last write, committed or not. */
  readonly groups = new Map<string, Group>();
  readonly offsets = new OffsetStore();
  /** As of the last committed write. */
  readonly committedOffsets = new OffsetStore();
  readonly #committedGroups = new Set<string>();
  /** Deleted, but the tombstone is not committed yet. */
  readonly #leaving = new Map<string, Group>();
  readonly #writes: Writes;
  readonly #timers = new Map<string, Map<string, Timer>>();
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #phase: CoordinatorView['phase'] = 'loading';
  #closed = false;
  #requests = 0;

  constructor(options: ShardOptions) {
    this.options = options;
    this.epoch = options.epoch;
    const { world, rules, partition, epoch, config, storageFailed } = options;
    const committed = (record: CoordinatorRecord): void => this.#committed(record);
    this.#writes = new Writes({ world, rules, partition, epoch, timeoutMs: config.offsetsCommitTimeoutMs, committed, storageFailed });
  }

  get phase(): CoordinatorView['phase'] {
    return this.#phase;
  }
  get closed(): boolean {
    return this.#closed;
  }
  /** Requests that wait for an answer. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Replays the log; `finished` says whether it could be read. */
  load(finished: (result: Result<void, ErrorCode>) => void): void {
    const { world, partition } = this.options;
    const { leader } = partition;
    invariant(leader?.epoch === this.epoch, 'a coordinator loads what it leads', leader?.epoch, this.epoch);
    loadRecords(world, leader.log, {
      wanted: () => !this.#closed,
      batch: (records, endOffset) => {
        for (const record of records) this.#replay(record);
        this.#writes.replayed(records, endOffset);
        this.#writes.advance();
      },
      finished: (result) => {
        this.#phase = result.ok ? 'active' : 'failed';
        // Told first: what the groups do now they do as loaded groups.
        finished(result);
        if (result.ok) for (const group of [...this.groups.values()]) this.#perform(group.id, loaded(group, this.context()));
      },
    });
  }

  /** The high watermark moved. */
  advance(): void {
    this.#writes.advance();
  }

  /** Ends all that waits with NOT_COORDINATOR; the shard is not used any more. */
  close(): void {
    this.#closed = true;
    for (const timers of this.#timers.values()) for (const timer of timers.values()) timer.cancel();
    this.#timers.clear();
    for (const group of this.groups.values()) for (const answer of unloaded(group, this.context()).answers) this.#answer(answer);
    this.#writes.lose();
    invariant(this.#waiting.size === 0, 'every request that waited is answered', this.#waiting.size);
  }

  join(groupId: string, request: Omit<JoinRequest, 'request'>, respond: (answer: JoinAnswer) => void): void {
    const number = this.#await((answer) => answer.type === 'join' && respond(answer.answer));
    this.#perform(groupId, join(groupId, this.groups.get(groupId), { ...request, request: number }, this.context()));
  }

  sync(groupId: string, request: Omit<SyncRequest, 'request'>, respond: (answer: SyncAnswer) => void): void {
    const number = this.#await((answer) => answer.type === 'sync' && respond(answer.answer));
    this.#perform(groupId, sync(this.groups.get(groupId), { ...request, request: number }, this.context()));
  }

  heartbeat(groupId: string, request: Omit<HeartbeatRequest, 'request'>, respond: (error: ErrorCode) => void): void {
    const number = this.#await((answer) => answer.type === 'heartbeat' && respond(answer.error));
    this.#perform(groupId, heartbeat(this.groups.get(groupId), { ...request, request: number }, this.context()));
  }

  leave(groupId: string, request: Omit<LeaveRequest, 'request'>, respond: (answer: LeaveAnswer) => void): void {
    const number = this.#await((answer) => answer.type === 'leave' && respond(answer.answer));
    this.#perform(groupId, leave(this.groups.get(groupId), { ...request, request: number }, this.context()));
  }

  /** A group as readers may see it; undefined when its making is not committed, or its end is. */
  visible(groupId: string): Group | undefined {
    if (!this.#committedGroups.has(groupId)) return undefined;
    return this.groups.get(groupId) ?? this.#leaving.get(groupId);
  }

  visibleGroups(): readonly Group[] {
    const all: Group[] = [];
    for (const id of this.#committedGroups) {
      const group = this.visible(id);
      if (group !== undefined) all.push(group);
    }
    return all;
  }

  /**
   * Appends records of offsets and tombstones. On success they count for later writes at once, for readers once committed. False when they
   * could not be appended.
   */
  write(records: readonly CoordinatorRecord[], written: Written): boolean {
    const result = this.#writes.append(records, written);
    if (!result.ok) {
      written(result.error);
      return false;
    }
    for (const record of records) this.#replayOwn(record);
    return true;
  }

  /** Calls when all that counts for writers now counts for readers too, or with why that did not come about. */
  settled(written: Written): void {
    this.#writes.afterAll(written);
  }

  /** What a step may look at, as of now. */
  context(): StepContext {
    const { rules, config, world } = this.options;
    return { rules, limits: config, nowMs: world.clock.wallMs() };
  }

  perform(groupId: string, outcome: Outcome): void {
    this.#perform(groupId, outcome);
  }

  #await(respond: (answer: Answer) => void): number {
    const number = this.#requests++;
    this.#waiting.set(number, respond);
    return number;
  }

  #answer(answer: Answer): void {
    const respond = this.#waiting.get(answer.request);
    invariant(respond !== undefined, 'a request is answered once', answer.request);
    this.#waiting.delete(answer.request);
    respond(answer);
  }

  #perform(groupId: string, outcome: Outcome): void {
    const { group, write } = outcome;
    if (group !== undefined) this.groups.set(groupId, group);
    for (const change of outcome.timers) this.#setTimer(groupId, change);
    for (const event of outcome.events) this.options.world.observe(event);
    if (write !== undefined) this.#writeOf(groupId, write.records, write.pending);
    for (const answer of outcome.answers) this.#answer(answer);
  }

  #writeOf(groupId: string, records: readonly CoordinatorRecord[], pending: Pending): void {
    const result = this.#writes.append(records, (error) => this.#settle(groupId, pending, error));
    if (result.ok) return;
    this.#settle(groupId, pending, result.error);
    // A group that could not be written down does not exist.
    if (pending.type === 'created') this.#forget(groupId);
  }

  #settle(groupId: string, pending: Pending, error: ErrorCode): void {
    const { rules } = this.options;
    const told = rules.writeError(error);
    const group = this.groups.get(groupId);
    if (!this.#closed && group !== undefined) {
      this.#perform(groupId, appended(group, pending, told, this.context()));
    } else if (pending.type === 'emptied' && pending.leave !== undefined) {
      this.#answer(told === ErrorCode.NONE ? pending.leave : { ...pending.leave, answer: { error: told, members: [] } });
    }
  }

  #setTimer(groupId: string, change: TimerChange): void {
    let timers = this.#timers.get(groupId);
    timers?.get(change.key)?.cancel();
    if (change.type === 'cancel') {
      timers?.delete(change.key);
      return;
    }
    if (timers === undefined) {
      timers = new Map();
      this.#timers.set(groupId, timers);
    }
    const { clock } = this.options.world;
    // Not by the key, which holds a random member id: names of timers are the same over runs.
    const timer = clock.after(`group ${groupId} ${change.timer.type}`, change.delayMs, () =>
      this.options.world.on('requests', () => this.#fire(groupId, change.key, timer, change.timer)),
    );
    timers.set(change.key, timer);
  }

  #fire(groupId: string, key: string, timer: Timer, what: GroupTimer): void {
    if (this.#closed || this.#timers.get(groupId)?.get(key) !== timer) return;
    this.#timers.get(groupId)?.delete(key);
    const group = this.groups.get(groupId);
    if (group !== undefined) this.#perform(groupId, fired(group, what, this.context()));
  }

  #forget(groupId: string): void {
    for (const timer of this.#timers.get(groupId)?.values() ?? []) timer.cancel();
    this.#timers.delete(groupId);
    this.groups.delete(groupId);
  }

  /** What this broker just wrote; a group's own records follow its state and not the other way round. */
  #replayOwn(record: CoordinatorRecord): void {
    this.offsets.apply(record);
    if (record.type === 'offset' && !this.groups.has(record.group))
      this.groups.set(record.group, newGroup(record.group, this.options.world.clock.wallMs()));
    if (record.type !== 'groupTombstone') return;
    const group = this.groups.get(record.group);
    if (group !== undefined) this.#leaving.set(record.group, group);
    this.#forget(record.group);
  }

  /** What the log holds. */
  #replay(record: CoordinatorRecord): void {
    this.offsets.apply(record);
    switch (record.type) {
      case 'group':
        this.groups.set(record.group, groupOf(record.group, record.value));
        break;
      case 'groupTombstone':
        this.groups.delete(record.group);
        break;
      case 'offset':
        if (!this.groups.has(record.group)) this.groups.set(record.group, newGroup(record.group, this.options.world.clock.wallMs()));
        break;
      case 'offsetTombstone':
        break;
    }
  }

  #committed(record: CoordinatorRecord): void {
    this.committedOffsets.apply(record);
    if (record.type === 'groupTombstone') {
      this.#committedGroups.delete(record.group);
      this.#leaving.delete(record.group);
    } else if (record.type !== 'offsetTombstone') this.#committedGroups.add(record.group);
  }
}
