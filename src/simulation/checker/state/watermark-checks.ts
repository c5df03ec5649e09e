/**
 * What leaders and followers say of the high watermark, and what they do on the strength of it.
 * HighWatermark: at most the log end; a leader's is at most the log end of every member of its maximal ISR (KIP-497), does not move below
 * min ISR (KIP-966) and not back within its epoch; a follower's is at most the true one. A local one may fall after an election.
 *   A follower takes over what its leader tells, before it appends what comes next.
 * WeakIsr: the members of a leader's ISR that follow it agree with it below its high watermark.
 * AckImplies: an answer to acks=all stands on a high watermark above the record and a maximal ISR of at least min ISR, both at one moment:
 *   the answer itself may leave later, when the other partitions of its request are done.
 * ConsistentRead: what a consumer got is committed, so that it never changes.
 */
import type { ReplicaEvent } from '../../../io/node-event.ts';
import { checkCandidates, checkLeader, rebase } from './completeness.ts';
import { assumeNew } from './log-checks.ts';
import type { OracleState } from './oracle-state.ts';
import { mayBeSame } from './replica-log.ts';
import { committedOn } from './tolerance.ts';
import { includes, type PartitionView, type ReplicaView, showIds } from './view.ts';

type Of<T extends ReplicaEvent['type']> = Extract<ReplicaEvent, { readonly type: T }>;
const none: readonly never[] = [];

export function role(state: OracleState, partition: PartitionView, replica: ReplicaView, event: Of<'role'>): void {
  if (event.role !== 'none' && !replica.known) assumeNew(state, partition, replica);
  const ledBefore = replica.role === 'leader';
  if (event.epoch > replica.roleEpoch) {
    replica.previousEpoch = replica.roleEpoch;
    replica.previousPeak = replica.peak;
    replica.peak = replica.log.end;
    replica.roleEpoch = event.epoch;
    replica.exposed = -1;
    replica.exposedAtAppend = -1;
    replica.toldAtAppend = -1;
  }
  replica.role = event.role;
  if (event.role !== 'leader') return;
  if (!ledBefore) replica.leadsSince = event.epoch;
  partition.deleted(replica.log.logStart, state.timeUs);
  const other = partition.ledger.lead(event.epoch, replica.host.id);
  if (other !== undefined)
    state.finding(partition.name, 'ElectionSafety', `brokers ${other} and ${replica.host.id} both lead in leader epoch ${event.epoch}`);
  // A deposed broker that learns late of an epoch it once led may lack what was committed since; it is not the current leader.
  if (event.epoch >= (partition.controller?.leaderEpoch ?? -1)) checkLeader(state, partition, replica, event.epoch);
}

export function isr(state: OracleState, partition: PartitionView, replica: ReplicaView, event: Of<'isr'>): void {
  replica.isrEpoch = event.epoch;
  replica.isr = event.isr;
  replica.maximalIsr = event.maximalIsr;
  replica.minIsr = event.minIsr;
  for (const member of event.maximalIsr) {
    if (includes(event.isr, member)) continue;
    const joining = partition.replica(member);
    if (joining !== undefined) joining.proposedAs = joining.host.registrations;
  }
  cover(replica);
  checkQuorumSuperset(state, partition, replica);
}

/** What this leader has committed while its ISR was large enough. */
function cover(leader: ReplicaView): void {
  if (leader.role !== 'leader' || leader.maximalIsr.length < leader.minIsr || leader.isrEpoch !== leader.roleEpoch) return;
  if (leader.highWatermark > leader.coveredTo) leader.coveredTo = leader.highWatermark;
}

/**
 * ReplicationQuorumSuperset: whoever the controller may elect, the leader waits for. The controller takes members in only on the leader's
 * proposal, which counts for the leader until it is answered; so the maximal ISR of the current leader includes the controller's ISR.
 */
export function checkQuorumSuperset(state: OracleState, partition: PartitionView, leader: ReplicaView): void {
  const controller = partition.controller;
  if (controller === undefined || leader.role !== 'leader' || leader.roleEpoch !== controller.leaderEpoch || leader.isrEpoch !== leader.roleEpoch)
    return;
  for (const member of controller.isr)
    if (!includes(leader.maximalIsr, member)) {
      state.finding(
        partition.name,
        'ReplicationQuorumSuperset',
        `leader ${leader.host.id} waits for the replicas ${showIds(leader.maximalIsr)}, the controller may elect any of ${showIds(controller.isr)}`,
      );
      return;
    }
}

export function highWatermark(state: OracleState, partition: PartitionView, replica: ReplicaView, event: Of<'highWatermark'>): void {
  if (!replica.known) assumeNew(state, partition, replica);
  const to = event.offset;
  const before = replica.highWatermark;
  replica.highWatermark = to;
  // A history that an unclean election gave up is not judged any more.
  if (replica.roleEpoch < partition.rebasedAt) {
    if (replica.role === 'leader') lostToo(partition, to);
    return;
  }
  if (to > replica.log.end) {
    state.finding(
      partition.name,
      'HighWatermark',
      `replica ${replica.host.id} has the high watermark ${to} in a log that ends at ${replica.log.end}`,
    );
    return;
  }
  if (replica.role === 'leader') leaderHighWatermark(state, partition, replica, before, to);
  else if (to > partition.committed.highWatermark)
    state.finding(
      partition.name,
      'HighWatermark',
      `replica ${replica.host.id} follows with the high watermark ${to}, no leader ever had more than ${partition.committed.highWatermark}`,
    );
  else if (to > before && to > partition.ledger.deletedBelow && !partition.committed.agreesBelow(replica.log, to))
    state.lacks(
      partition,
      'HighWatermark',
      0,
      to,
      `replica ${replica.host.id} follows with the high watermark ${to} over other records than those committed`,
    );
}

/**
 * A batch that is the leader's last one was read after it was appended, and the answer that brings it tells the high watermark of then or a
 * later one. What the follower appends next comes with a later answer, so that by then it has taken this one over.
 */
export function appended(state: OracleState, partition: PartitionView, replica: ReplicaView): void {
  if (replica.role === 'leader') {
    replica.exposedAtAppend = replica.highWatermark;
    return;
  }
  // A log that starts anew, or whose start moves, takes its high watermark along.
  const own = Math.max(replica.highWatermark, replica.openedWith, replica.log.logStart);
  if (replica.toldAtAppend > own)
    state.finding(
      partition.name,
      'HighWatermark',
      `replica ${replica.host.id} goes on with the high watermark ${own}, its leader told ${replica.toldAtAppend} or more with the batch before`,
    );
  const leader = partition.replica(partition.controller?.leader ?? -1);
  const follows = leader?.role === 'leader' && leader.roleEpoch === replica.roleEpoch && leader.log.end === replica.log.end;
  replica.toldAtAppend = follows ? leader.exposedAtAppend : -1;
}

/** A leader of the history that was given up goes on for as long as it does not know: what it commits and shows now is lost with the rest. */
function lostToo(partition: PartitionView, to: number): void {
  const last = partition.losses.at(-1);
  if (last !== undefined && to > last.to) partition.losses[partition.losses.length - 1] = { ...last, to };
}

function leaderHighWatermark(state: OracleState, partition: PartitionView, leader: ReplicaView, before: number, to: number): void {
  const place = partition.name;
  if (to < leader.exposed)
    state.finding(
      place,
      'HighWatermark',
      `leader ${leader.host.id} takes the high watermark back from ${leader.exposed} to ${to} within leader epoch ${leader.roleEpoch}`,
    );
  leader.exposed = to;
  cover(leader);
  const told = leader.isrEpoch === leader.roleEpoch;
  // Without a word from the leader in this epoch, the controller's ISR is the least it must wait for.
  const controllersIsr = partition.controller?.isr ?? none;
  const isrSize = told ? leader.isr.length : controllersIsr.length;
  const minIsr = told ? leader.minIsr : (partition.controller?.minIsr ?? 1);
  const rises = to > partition.committed.highWatermark;
  if (isrSize < minIsr && (rises || (before >= 0 && to > before)))
    state.finding(
      place,
      'HighWatermark',
      `leader ${leader.host.id} raises the high watermark to ${to} with ${isrSize} in the ISR, min.insync.replicas is ${minIsr}`,
    );
  if (!rises) return;
  const maximalIsr = told ? leader.maximalIsr : controllersIsr;
  for (const member of maximalIsr) if (member !== leader.host.id) checkMember(state, partition, leader, member, to);
  advance(state, partition, leader, to);
  committedOn(partition, maximalIsr);
  checkCandidates(state, partition);
}

/**
 * A member of the maximal ISR must have told this leader, by a fetch in its epoch, that it holds all below `to`. What it held then is at
 * most the largest log end it had in that epoch; it may have lost it since (a power loss), which the leader cannot know.
 */
function checkMember(state: OracleState, partition: PartitionView, leader: ReplicaView, id: number, to: number): void {
  const member = partition.replica(id);
  const most = member === undefined ? 0 : mostFetched(leader, member);
  if (most < to)
    state.finding(
      partition.name,
      'HighWatermark',
      `leader ${leader.host.id} raises the high watermark to ${to}, but broker ${id} of its ISR (with those that it proposed) never held more than [0, ${most})`,
    );
  if (member === undefined || member.role !== 'follower' || member.roleEpoch !== leader.roleEpoch || !member.readable) return;
  if (member.log.end >= to && !mayBeSame(member.log.prefixAt(to), leader.log.prefixAt(to)))
    state.finding(partition.name, 'WeakIsr', `leader ${leader.host.id} and member ${id} of its ISR differ below its high watermark ${to}`);
}

/** An epoch in which this leader led without a break: it may remember a log end told in any of these. */
const ledIn = (leader: ReplicaView, epoch: number): boolean => epoch >= leader.leadsSince && epoch <= leader.roleEpoch;

function mostFetched(leader: ReplicaView, member: ReplicaView): number {
  const inPrevious = ledIn(leader, member.previousEpoch) ? member.previousPeak : -1;
  if (ledIn(leader, member.roleEpoch)) return Math.max(member.peak, inPrevious);
  // Two epochs ahead: what it told this leader is forgotten here, so nothing can be said.
  if (member.previousEpoch > leader.roleEpoch) return Number.POSITIVE_INFINITY;
  return inPrevious;
}

/** The true high watermark rises to this leader's. */
function advance(state: OracleState, partition: PartitionView, leader: ReplicaView, to: number): void {
  const committed = partition.committed;
  if (!committed.heldBy(leader.log)) {
    const who = `leader ${leader.host.id} raises the high watermark to ${to} and`;
    if (leader.roleEpoch < (partition.controller?.leaderEpoch ?? -1)) {
      state.lacks(partition, 'LeaderCompleteness', leader.log.end, committed.highWatermark, `${who} lacks committed records`);
      return;
    }
    rebase(state, partition, leader, leader.roleEpoch, who);
  }
  committed.advance(leader.log, to);
}

export function acknowledged(state: OracleState, partition: PartitionView, replica: ReplicaView, event: Of<'acknowledged'>): void {
  if (event.acks !== -1 || replica.roleEpoch < partition.rebasedAt) return;
  const needed = event.last + 1;
  const problem =
    partition.committed.highWatermark < needed
      ? `no leader had a high watermark above ${partition.committed.highWatermark}`
      : replica.highWatermark >= 0 && replica.coveredTo < needed
        ? `never had more than ${replica.coveredTo} committed with ${replica.minIsr} in sync, now ${showIds(replica.maximalIsr)}`
        : undefined;
  if (problem !== undefined)
    state.finding(partition.name, 'AckImplies', `replica ${replica.host.id} acknowledges [${event.base}, ${needed}) with acks=all and ${problem}`);
}

export function served(state: OracleState, partition: PartitionView, replica: ReplicaView, event: Of<'served'>): void {
  if (event.to <= event.from || replica.roleEpoch < partition.rebasedAt) return;
  const committed = partition.committed;
  // The true high watermark is the bound: a parked fetch may be answered after a local one fell with an election.
  if (event.to > committed.highWatermark)
    state.finding(
      partition.name,
      'ConsistentRead',
      `replica ${replica.host.id} serves [${event.from}, ${event.to}), only ${committed.highWatermark} is committed`,
    );
  else if (replica.known && !committed.agreesBelow(replica.log, event.to))
    state.lacks(partition, 'ConsistentRead', event.from, event.to, `replica ${replica.host.id} serves other records than those committed`);
}
