/**
 * The oracle of classic groups: hears what coordinators decide and reports at once what Kafka forbids. Owns the judgement of members,
 * generations and commits; what is known of them is in group-view.ts, what may be told of a committed offset in offset-register.ts.
 *
 * OneCoordinator: two brokers coordinate one partition of `__consumer_offsets` in one leader epoch, or one speaks for a group that is not its.
 * MonotonicGeneration: a group's next generation does not follow the one that its coordinator made, or may have found in the log. A group
 *   begins anew only after it was deleted, or while nothing of it was committed.
 * NoDoubleAssignment: the coordinator gave one partition to two members of one generation, or anything to somebody who is no member.
 * StaleCommit: a commit was taken from an older generation, from somebody who is no member of this one, from outside a group that has
 *   members, or between JoinGroup and SyncGroup (ClassicGroup.validateOffsetCommit). While members join again the last generation still counts.
 * SyncTimeout: a group waits for the SyncGroup of a member longer than the rebalance timeout of its members (KAFKA-12890).
 * CommittedOffsetLost: a coordinator tells a committed offset that an answered commit has certainly overwritten, or that nobody committed; or
 *   it gives one up that a member's consumption rests on, or for its age before it is old (KIP-211, KIP-496).
 *
 * Each event costs look-ups of its group, and work on the members or offsets that it names.
 */
import type { GroupEvent, MemberAssignment, NodeEvent } from '../../../io/node-event.ts';
import { offsetsTopic, partitionFor } from '../../../kafka/coordinator/group/coordinator.ts';
import { splitTopicPartition, type TopicPartition, topicPartition } from '../../../model/topic-partition.ts';
import type { Findings } from '../finding.ts';
import { CoordinatorView, type Generation, GroupLog, GroupView, type ViewedState } from './group-view.ts';
import { OffsetRegister, type OffsetWrite } from './offset-register.ts';
import type { CommittedPosition, GroupWitness, StateChecker } from './state-checker.ts';
import { type SyncLimits, SyncWatch } from './sync-watch.ts';

/** The name of this checker in findings. */
export const groupCheckerName = 'group-state';

/** The least that offsets.retention.minutes may be. */
const shortestRetentionUs = 60_000_000;

type Told<T extends GroupEvent['type']> = Extract<GroupEvent, { readonly type: T }>;
type Spoken = Exclude<GroupEvent, { readonly type: 'coordinator' }>;

/** How a group stands with its coordinator. */
export interface GroupStanding {
  readonly state: ViewedState;
  readonly sinceUs: number;
  readonly described: string;
  /** How many members each partition was given to; undefined where the assignment is not known. */
  readonly owners: ReadonlyMap<TopicPartition, number> | undefined;
  /** See Generation. */
  readonly leaderReturned: boolean;
}

export class GroupOracle implements StateChecker, GroupWitness {
  readonly #findings: Findings;
  readonly #lossOf: (partition: TopicPartition) => string | undefined;
  /** Partitions of `__consumer_offsets`. */
  #partitions = 0;
  readonly #coordinators = new Map<TopicPartition, Map<number, CoordinatorView>>();
  /** By partition and epoch, the host that loaded it. */
  readonly #loaded = new Map<TopicPartition, Map<number, number>>();
  readonly #logs = new Map<string, GroupLog>();
  readonly #registers = new Map<string, Map<TopicPartition, OffsetRegister>>();
  readonly #positions: CommittedPosition[] = [];
  /** When whole groups were given up, ascending, in virtual time. */
  readonly #ends = new Map<string, readonly number[]>();
  readonly #furthest = new Map<string, Map<TopicPartition, number>>();
  readonly #syncs: SyncWatch;
  #timeUs = 0;

  /** `lossOf`: why committed records of a partition may be gone, or undefined when they may not. */
  constructor(findings: Findings, lossOf: (partition: TopicPartition) => string | undefined, limits: SyncLimits) {
    this.#findings = findings;
    this.#lossOf = lossOf;
    this.#syncs = new SyncWatch(limits, (group, timeoutMs) =>
      this.#finding('SyncTimeout', group, `it waits for SyncGroup longer than the rebalance timeout of its members, ${timeoutMs} ms`),
    );
  }

  observe(timeUs: number, hostId: number, event: NodeEvent): void {
    switch (event.type) {
      case 'partitionState': {
        const { topic, index } = splitTopicPartition(event.partition);
        if (topic === offsetsTopic && index >= this.#partitions) this.#partitions = index + 1;
        return;
      }
      case 'answered':
        this.#timeUs = timeUs;
        this.#syncs.answered(hostId, timeUs);
        return;
      case 'coordinator':
        this.#timeUs = timeUs;
        this.#unload(this.#coordinators.get(event.partition), hostId);
        if (event.role === 'loaded') this.#load(hostId, event);
        return;
      case 'rebalancing':
      case 'memberRemoved':
      case 'memberSynced':
      case 'generation':
      case 'assignment':
      case 'commitAccepted':
      case 'committed':
      case 'offsetsFetched':
      case 'forgotten':
        this.#timeUs = timeUs;
        this.#spoken(hostId, event);
        return;
      default:
      // The rest says nothing about groups.
    }
  }

  crashed(_timeUs: number, hostId: number): void {
    for (const views of this.#coordinators.values()) this.#unload(views, hostId);
  }

  stopped(timeUs: number, hostId: number): void {
    this.crashed(timeUs, hostId);
  }

  restarted(): void {}
  wiped(): void {}
  finish(): void {}

  /** Commits that certainly came into the log, each the furthest of its group and partition so far, in the order in which they did. */
  get positions(): readonly CommittedPosition[] {
    return this.#positions;
  }

  endsBefore(group: string, timeUs: number): number {
    return this.#ends.get(group)?.filter((endedUs) => endedUs < timeUs).length ?? 0;
  }

  lossExcuse(group: string): string | undefined {
    return this.#lossOf(this.#home(group));
  }

  /** As the newest coordinator has it; undefined when no coordinator has loaded the group. */
  standing(group: string): GroupStanding | undefined {
    let newest: CoordinatorView | undefined;
    for (const view of this.#coordinators.get(this.#home(group))?.values() ?? [])
      if (newest === undefined || view.epoch > newest.epoch) newest = view;
    if (newest === undefined) return undefined;
    const { state, sinceUs, described, generation } = this.#view(newest, group);
    const owners = generation?.assignment === undefined ? undefined : ownersOf(generation);
    return { state, sinceUs, described, owners, leaderReturned: generation?.leaderReturned ?? false };
  }

  #home(group: string): TopicPartition {
    return topicPartition(offsetsTopic, partitionFor(group, Math.max(1, this.#partitions)));
  }

  #unload(views: Map<number, CoordinatorView> | undefined, host: number): void {
    const view = views?.get(host);
    if (view === undefined) return;
    this.#syncs.gone(view);
    views?.delete(host);
  }

  #load(host: number, { partition, epoch }: Told<'coordinator'>): void {
    let epochs = this.#loaded.get(partition);
    if (epochs === undefined) {
      epochs = new Map();
      this.#loaded.set(partition, epochs);
      this.#coordinators.set(partition, new Map());
    }
    const other = epochs.get(epoch);
    if (other !== undefined && other !== host)
      this.#finding('OneCoordinator', partition, `brokers ${other} and ${host} coordinate it in leader epoch ${epoch}`);
    epochs.set(epoch, host);
    this.#coordinators.get(partition)?.set(host, new CoordinatorView(host, partition, epoch));
  }

  #spoken(host: number, event: Spoken): void {
    const coordinator = this.#coordinators.get(this.#home(event.group))?.get(host);
    if (coordinator === undefined) {
      this.#finding('OneCoordinator', event.group, `broker ${host} speaks for it (${event.type}) and does not coordinate it`);
      return;
    }
    switch (event.type) {
      case 'rebalancing':
        this.#rebalancing(this.#view(coordinator, event.group), event);
        return;
      case 'memberRemoved':
        this.#view(coordinator, event.group).removed.add(event.member);
        this.#syncs.heardOf(this.#view(coordinator, event.group), event.member);
        return;
      case 'memberSynced':
        this.#syncs.heardOf(this.#view(coordinator, event.group), event.member);
        return;
      case 'generation':
        this.#generation(coordinator, event);
        return;
      case 'assignment':
        this.#assignment(coordinator, event);
        return;
      case 'commitAccepted':
        this.#checkCommit(this.#view(coordinator, event.group), event);
        for (const { partition, offset } of event.offsets)
          this.#register(event.group, partition).taken({ epoch: coordinator.epoch, offset, acceptedUs: this.#timeUs });
        return;
      case 'committed':
        this.#settled(event.group, event.partition, this.#register(event.group, event.partition).answered(coordinator.epoch, event.offset));
        return;
      case 'offsetsFetched':
        this.#fetched(coordinator, event);
        return;
      case 'forgotten':
        this.#forgotten(coordinator, event);
    }
  }

  #view(coordinator: CoordinatorView, group: string): GroupView {
    let view = coordinator.groups.get(group);
    if (view === undefined) {
      view = new GroupView(this.#log(group).asFoundIn(coordinator.epoch), this.#timeUs);
      coordinator.groups.set(group, view);
    }
    return view;
  }

  #log(group: string): GroupLog {
    let log = this.#logs.get(group);
    if (log === undefined) {
      log = new GroupLog();
      this.#logs.set(group, log);
    }
    return log;
  }

  #register(group: string, partition: TopicPartition): OffsetRegister {
    let registers = this.#registers.get(group);
    if (registers === undefined) {
      registers = new Map();
      this.#registers.set(group, registers);
    }
    let register = registers.get(partition);
    if (register === undefined) {
      register = new OffsetRegister();
      registers.set(partition, register);
    }
    return register;
  }

  #rebalancing(view: GroupView, { group, generation, reason }: Told<'rebalancing'>): void {
    if (!view.fits(({ number }) => number === generation))
      this.#lost('MonotonicGeneration', group, `it rebalances after generation ${generation} (${reason}), it was ${view.described}`);
    view.become('PreparingRebalance', this.#timeUs);
    this.#syncs.end(view);
  }

  #generation(coordinator: CoordinatorView, event: Told<'generation'>): void {
    const { group, generation, members, leader, timeoutMs } = event;
    const view = this.#view(coordinator, group);
    if (!view.fits(({ number }) => number + 1 === generation))
      this.#lost('MonotonicGeneration', group, `generation ${generation} follows ${view.described}`);
    const { epoch } = coordinator;
    const next: Generation = { number: generation, members: new Set(members), assignment: undefined, epoch, leader, leaderReturned: false };
    view.is(next);
    view.become(members.length === 0 ? 'Empty' : 'CompletingRebalance', this.#timeUs);
    if (members.length > 0) this.#syncs.begin(view, coordinator, group, members, leader, timeoutMs);
    this.#log(group).told(next);
  }

  #assignment(coordinator: CoordinatorView, { group, generation, members }: Told<'assignment'>): void {
    const view = this.#view(coordinator, group);
    if (!view.fits(({ number }) => number === generation))
      this.#lost('MonotonicGeneration', group, `an assignment of generation ${generation} follows ${view.described}`);
    const owners = new Map<TopicPartition, string>();
    for (const { member, partitions } of members)
      for (const partition of partitions ?? []) {
        const owner = owners.get(partition);
        owners.set(partition, member);
        if (owner !== undefined)
          this.#finding('NoDoubleAssignment', `${group} ${partition}`, `generation ${generation} gives it to ${owner} and to ${member}`);
      }
    for (const { member } of members)
      if (view.removed.has(member)) this.#finding('NoDoubleAssignment', group, `generation ${generation} assigns to ${member}, which was removed`);
    const settled: Generation = {
      number: generation,
      members: new Set(members.map(({ member }) => member)),
      assignment: members,
      epoch: coordinator.epoch,
      ...leaderAfter(view.generation, members),
    };
    view.is(settled);
    view.become('Stable', this.#timeUs);
    this.#syncs.assigned(view, settled.members);
    this.#log(group).settled(settled);
  }

  #checkCommit(view: GroupView, { group, member, generation }: Told<'commitAccepted'>): void {
    const outsider = generation < 0 && member === '';
    const fits = outsider
      ? view.state !== 'PreparingRebalance' && view.fits(({ members }) => members.size === 0)
      : view.state !== 'CompletingRebalance' &&
        !view.removed.has(member) &&
        view.fits(({ number, members }) => number === generation && members.has(member));
    if (fits) return;
    const who = outsider ? 'an outsider' : `${member} of generation ${generation}`;
    const removed = view.removed.has(member) ? `, ${member} was removed` : '';
    this.#lost('StaleCommit', group, `a commit of ${who} was taken in ${view.described} (${view.state}${removed})`);
  }

  #fetched({ epoch }: CoordinatorView, { group, stable, offsets }: Told<'offsetsFetched'>): void {
    for (const { partition, offset } of offsets) {
      const register = this.#register(group, partition);
      // Its own word at least a coordinator knows; what others wrote it may tell late if it does not wait for its replicas.
      if (!stable && register.settled.epoch !== epoch) continue;
      const before = register.settled.offset;
      const { legal, settled } = register.told(epoch, offset);
      this.#settled(group, partition, settled);
      if (legal) continue;
      const message = `${before} was committed, then ${offset} was told in leader epoch ${epoch}`;
      this.#lost('CommittedOffsetLost', group, message, `${group} ${partition}`);
    }
  }

  #forgotten(coordinator: CoordinatorView, { group, partitions, whole, cause }: Told<'forgotten'>): void {
    const { epoch } = coordinator;
    if (cause !== 'topic') for (const partition of partitions) this.#checkForgotten(this.#view(coordinator, group), group, partition, cause);
    for (const partition of partitions) this.#register(group, partition).taken({ epoch, offset: -1, acceptedUs: this.#timeUs });
    if (!whole) return;
    this.#ends.set(group, [...(this.#ends.get(group) ?? []), this.#timeUs]);
    this.#log(group).buried(epoch);
    coordinator.groups.set(group, new GroupView(this.#log(group).asFoundIn(epoch + 1), this.#timeUs));
    coordinator.groups.get(group)?.fits((each) => each.number === 0 && each.epoch === epoch);
  }

  #checkForgotten(view: GroupView, group: string, partition: TopicPartition, cause: 'expired' | 'asked'): void {
    const owner = view.generation?.assignment?.find(({ partitions }) => partitions?.includes(partition))?.member;
    const { offset, acceptedUs } = this.#register(group, partition).settled;
    const place = `${group} ${partition}`;
    if (owner !== undefined && !view.removed.has(owner)) {
      this.#finding('CommittedOffsetLost', place, `${offset} was committed and is given up (${cause}) while ${owner} consumes the partition`);
      return;
    }
    const ageUs = this.#timeUs - acceptedUs;
    if (cause === 'expired' && offset >= 0 && ageUs < shortestRetentionUs)
      this.#finding('CommittedOffsetLost', place, `${offset} was committed and is given up for its age after ${Math.floor(ageUs / 1000)} ms`);
  }

  #settled(group: string, partition: TopicPartition, write: OffsetWrite | undefined): void {
    if (write === undefined) return;
    let furthest = this.#furthest.get(group);
    if (furthest === undefined) {
      furthest = new Map();
      this.#furthest.set(group, furthest);
    }
    if (write.offset <= (furthest.get(partition) ?? -1)) return;
    furthest.set(partition, write.offset);
    this.#positions.push({ group, partition, offset: write.offset, acceptedUs: write.acceptedUs });
  }

  #finding(anomaly: string, place: string, message: string): void {
    this.#findings.report({ checker: groupCheckerName, anomaly, place, message, timeUs: this.#timeUs, verdict: 'finding' });
  }

  /** What the log of the group should have told; excused where faults took more from it than it is made to bear. */
  #lost(anomaly: string, group: string, message: string, place = group): void {
    const reason = this.lossExcuse(group);
    if (reason === undefined) this.#finding(anomaly, place, message);
    else this.#findings.report({ checker: groupCheckerName, anomaly, place, message, timeUs: this.#timeUs, verdict: 'excused', reason });
  }
}

/** An assignment that is told again names a static member anew. */
function leaderAfter(before: Generation | undefined, members: readonly MemberAssignment[]): Pick<Generation, 'leader' | 'leaderReturned'> {
  if (before === undefined) return { leader: '', leaderReturned: false };
  const { leader, leaderReturned } = before;
  if (members.some(({ member }) => member === leader)) return { leader, leaderReturned };
  const returned = members.find(({ member }) => !before.members.has(member));
  return { leader: returned?.member ?? '', leaderReturned: leader !== '' };
}

function ownersOf({ assignment }: Generation): ReadonlyMap<TopicPartition, number> {
  const owners = new Map<TopicPartition, number>();
  for (const { partitions } of assignment ?? []) for (const partition of partitions ?? []) owners.set(partition, (owners.get(partition) ?? 0) + 1);
  return owners;
}
