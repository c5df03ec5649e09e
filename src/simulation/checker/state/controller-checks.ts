/**
 * What the controller commits: who leads, who is in sync, who is eligible.
 * UncleanExclusion: a fenced broker never joins the ISR (KIP-841, KIP-903), and nobody from outside ISR ∪ ELR is elected unless that is
 * permitted: by unclean.leader.election.enable, or as the last known leader when both ran empty because at least min ISR members went
 * down hard (KIP-966). MonotonicEpoch: leader and partition epochs only grow. PartitionState: ISR, ELR ⊆ replicas, disjoint; the leader is
 * in the ISR; ELR is empty once the ISR is at min ISR.
 */
import type { ControllerEvent } from '../../../io/node-event.ts';
import type { BrokerId } from '../../../model/brand.ts';
import { Committed } from './committed.ts';
import { CompactedHistory } from './compacted.ts';
import { admit, checkCandidates } from './completeness.ts';
import { Ledger } from './ledger.ts';
import type { OracleState } from './oracle-state.ts';
import { isBack, restoreTolerance, uncleanIds, wentDownHard } from './tolerance.ts';
import { type ControllerView, includes, type PartitionView, showIds } from './view.ts';
import { checkQuorumSuperset } from './watermark-checks.ts';

type Of<T extends ControllerEvent['type']> = Extract<ControllerEvent, { readonly type: T }>;
const none: readonly BrokerId[] = [];

export function partitionState(state: OracleState, partition: PartitionView, event: Of<'partitionState'>): void {
  let before = partition.controller;
  if (before !== undefined && event.partitionEpoch <= before.partitionEpoch) {
    if (!isRecreated(partition, event)) {
      retold(state, partition, before, event);
      return;
    }
    forget(partition);
    before = undefined;
  }
  partition.removalSeen = false;
  partition.controller = event;
  if (event.minIsr < partition.lowestMinIsr) partition.lowestMinIsr = Math.max(1, event.minIsr);
  checkShape(state, partition, before, event);
  // A controller that lost power between committing and telling leaves a gap; what the leader was elected from is not known then.
  const follows = before?.partitionEpoch === event.partitionEpoch - 1;
  if (before !== undefined && follows && event.leader !== -1 && event.leaderEpoch > before.leaderEpoch)
    checkElection(state, partition, before, event);
  joined(state, partition, before?.isr, event);
  restoreTolerance(partition);
  const leader = partition.replica(event.leader);
  if (leader !== undefined) checkQuorumSuperset(state, partition, leader);
  checkCandidates(state, partition);
}

/** A controller that takes over tells all again, and min ISR changes without a new epoch. */
function retold(state: OracleState, partition: PartitionView, before: ControllerView, event: Of<'partitionState'>): void {
  if (event.partitionEpoch < before.partitionEpoch) return;
  if (!sameState(before, event)) state.finding(partition.name, 'MonotonicEpoch', `two states of partition epoch ${event.partitionEpoch}`);
  partition.controller = event;
  if (event.minIsr < partition.lowestMinIsr) partition.lowestMinIsr = Math.max(1, event.minIsr);
}

/** A new topic of an old name: its epochs start over, and the old logs were removed wherever a broker runs. */
function isRecreated(partition: PartitionView, event: Of<'partitionState'>): boolean {
  if (event.partitionEpoch !== 0 || event.leaderEpoch !== 0 || !partition.removalSeen) return false;
  return partition.replicas.every((replica) => !replica.host.up || replica.log.end === 0);
}

function forget(partition: PartitionView): void {
  partition.ledger = new Ledger();
  partition.committed = new Committed();
  if (partition.compacted !== undefined) partition.compacted = new CompactedHistory(partition.compacted.deleteRetentionMs);
  partition.controller = undefined;
  partition.lowestMinIsr = Number.POSITIVE_INFINITY;
  partition.uncleanElection = undefined;
  partition.toleranceExceeded = undefined;
  partition.excusedBelow = 0;
  partition.losses = [];
  partition.deletions = [];
  partition.rebasedAt = -1;
  for (const replica of partition.replicas) {
    replica.roleEpoch = -1;
    replica.previousEpoch = -1;
    replica.isrEpoch = -1;
    replica.leadsSince = -1;
    // A broker that is down still has the old log; it removes it before it makes a new one.
    replica.stray = !replica.host.up && replica.log.end > 0;
    isBack(replica);
  }
}

const isSubset = (part: readonly number[], whole: readonly number[]): boolean => part.every((id) => includes(whole, id));
const sameIds = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((id) => includes(b, id));
const sameState = (a: ControllerView, b: ControllerView): boolean =>
  a.leader === b.leader && a.leaderEpoch === b.leaderEpoch && sameIds(a.isr, b.isr) && sameIds(a.elr, b.elr) && sameIds(a.replicas, b.replicas);

function checkShape(state: OracleState, partition: PartitionView, before: ControllerView | undefined, now: ControllerView): void {
  if (before !== undefined && now.leaderEpoch < before.leaderEpoch)
    state.finding(partition.name, 'MonotonicEpoch', `leader epoch ${now.leaderEpoch} follows ${before.leaderEpoch}`);
  let wrong: string | undefined;
  for (const member of now.isr) if (!includes(now.replicas, member) || includes(now.elr, member)) wrong = `ISR member ${member}`;
  for (const member of now.elr) if (!includes(now.replicas, member)) wrong = `ELR member ${member}`;
  if (now.leader !== -1 && !includes(now.isr, now.leader)) wrong = `leader ${now.leader}`;
  if (now.elr.length > 0 && now.isr.length >= now.minIsr) wrong = `an ELR beside an ISR of min ISR ${now.minIsr}`;
  if (wrong !== undefined)
    state.finding(
      partition.name,
      'PartitionState',
      `${wrong}: leader ${now.leader}, ISR ${showIds(now.isr)}, ELR ${showIds(now.elr)}, replicas ${showIds(now.replicas)}`,
    );
}

/** A leader from outside ISR ∪ ELR may lack committed records. Whether it may lead at all is judged here, what it lacks when it takes over. */
function checkElection(state: OracleState, partition: PartitionView, before: ControllerView, now: ControllerView): void {
  if (includes(before.isr, now.leader) || includes(before.elr, now.leader)) return;
  const what = `unclean election of ${now.leader} in epoch ${now.leaderEpoch}`;
  const gone = uncleanIds(partition);
  if (state.uncleanElectionEnabled(partition)) partition.uncleanElection = `${what}: unclean.leader.election.enable`;
  // The last of them may leave the ELR in the same record that elects.
  else if (isSubset(before.isr, gone) && isSubset(before.elr, gone) && partition.committed.highWatermark === 0)
    // A partition that began with fewer than min ISR may come to this with a single one, which never acknowledged anything.
    partition.uncleanElection = `${what}, the last known leader: nothing was ever committed`;
  else if (isSubset(before.isr, gone) && isSubset(before.elr, gone) && gone.length >= partition.lowestMinIsr)
    partition.uncleanElection = `${what}, the last known leader: replicas ${showIds(gone)} went down hard, min ISR is ${partition.lowestMinIsr}`;
  else {
    const from = `ISR ${showIds(before.isr)}, ELR ${showIds(before.elr)}, down hard ${showIds(gone)}`;
    state.finding(partition.name, 'UncleanExclusion', `${what} is not permitted: ${from}`);
    return;
  }
  const leader = partition.replica(now.leader);
  if (leader !== undefined) isBack(leader);
}

/** Who is new in the ISR: it has fetched everything, unless it went down while the leader's proposal was on its way. */
function joined(state: OracleState, partition: PartitionView, before: readonly number[] | undefined, { isr: now, leader }: ControllerView): void {
  for (const member of now) {
    if (includes(before ?? none, member)) continue;
    if (state.hosts.get(member)?.fenced === true)
      state.finding(partition.name, 'UncleanExclusion', `fenced replica ${member} joins the ISR ${showIds(now)}`);
    const replica = partition.replica(member);
    if (replica === undefined) continue;
    // An elected leader was not proposed.
    if (before !== undefined && member !== leader && replica.proposedAs < replica.host.registrations)
      state.finding(partition.name, 'UncleanExclusion', `replica ${member} joins the ISR ${showIds(now)} for what it was before it registered anew`);
    // One that runs anew and is not registered as such has fetched nothing yet: the controller means what it was before.
    if (replica.host.up && replica.known) {
      if (replica.host.registered) isBack(replica);
    } else if (replica.downAs === 'process' || replica.downAs === 'power') wentDownHard(partition, replica);
  }
}

export function registered(state: OracleState, event: Of<'registered'>): void {
  const host = state.host(event.broker);
  host.fenced = true;
  host.registrations++;
  host.registered = host.up;
  if (!event.unclean) return;
  for (const { partition, replica } of host.replicas) if (replica.memberWhenDown || partition.isCandidate(host.id)) replica.unclean = true;
}

export function fenced(state: OracleState, broker: number, isFenced: boolean): void {
  const host = state.host(broker);
  host.fenced = isFenced;
  if (!isFenced && host.registered) admit(state, host);
}
