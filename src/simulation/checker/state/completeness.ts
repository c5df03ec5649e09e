/**
 * LeaderCompleteness: a leader of the current epoch holds all that is committed when it takes over.
 * LeaderCandidateCompleteness: so does every running member of ISR ∪ ELR, as the controller has them, at every moment: each of them may be
 * elected cleanly at any time. A member counts as running once it is admitted since its last start (see HostView).
 * StrongIsr (all members of the controller's ISR agree below any leader's high watermark) follows from it, since no leader's high watermark
 * is above the true one.
 */
import type { OracleState } from './oracle-state.ts';
import { forgive, isBack } from './tolerance.ts';
import { type HostView, includes, type PartitionView, type ReplicaView, showIds } from './view.ts';

/** Where a log that may have gaps in its agreement ends to agree, at most: for messages. */
const agreedEnd = (partition: PartitionView, replica: ReplicaView): number => Math.min(replica.log.end, partition.committed.highWatermark);

/**
 * One member of ISR ∪ ELR, after its log, the committed records or the membership changed. After a permitted unclean election the only
 * member is a leader that may lack records; what it lacks is told when it takes over.
 */
export function checkCandidate(state: OracleState, partition: PartitionView, replica: ReplicaView): void {
  if (!replica.known || !replica.host.up || !replica.host.admitted) return;
  if (partition.removalSeen || partition.uncleanElection !== undefined || partition.committed.heldBy(replica.log)) return;
  const controller = partition.controller;
  if (controller === undefined) return;
  state.lacks(
    partition,
    'LeaderCandidateCompleteness',
    agreedEnd(partition, replica),
    partition.committed.highWatermark,
    `broker ${replica.host.id} may be elected (ISR ${showIds(controller.isr)}, ELR ${showIds(controller.elr)}), its log ends at ${replica.log.end} in leader epoch ${replica.log.lastEpoch}`,
  );
}

/** Every candidate of the partition. */
export function checkCandidates(state: OracleState, partition: PartitionView): void {
  const controller = partition.controller;
  if (controller === undefined || partition.committed.highWatermark === 0) return;
  for (const replica of partition.replicas)
    if (includes(controller.isr, replica.host.id) || includes(controller.elr, replica.host.id)) checkCandidate(state, partition, replica);
}

/** The host was admitted: wherever it is a candidate, it must be a complete one. */
export function admit(state: OracleState, host: HostView): void {
  if (!host.up || host.admitted) return;
  host.admitted = true;
  for (const { partition, replica } of host.replicas) if (partition.isCandidate(host.id)) checkCandidate(state, partition, replica);
}

/** A replica took over as leader of the controller's epoch, or a later one. Its log is the partition's from now on, whatever it lacks. */
export function checkLeader(state: OracleState, partition: PartitionView, replica: ReplicaView, epoch: number): void {
  if (!replica.known) return;
  if (!partition.committed.heldBy(replica.log)) rebase(state, partition, replica, epoch, `leader ${replica.host.id} of leader epoch ${epoch}`);
  else if (partition.uncleanElection !== undefined) abandon(partition, epoch, partition.uncleanElection);
  partition.uncleanElection = undefined;
}

/**
 * Nothing committed is lost by this permitted unclean election, so far: an older leader that does not know of it may still commit what its
 * followers told it that they held, and lost since.
 */
function abandon(partition: PartitionView, epoch: number, reason: string): void {
  const { highWatermark } = partition.committed;
  partition.losses.push({ from: highWatermark, to: highWatermark, reason });
  partition.rebasedAt = epoch;
}

/** Reports what this leader lacks and goes on from its log, so that one loss is told once. */
export function rebase(state: OracleState, partition: PartitionView, leader: ReplicaView, epoch: number, who: string): void {
  const before = partition.committed.highWatermark;
  const from = partition.committed.retreat(leader.log);
  const reason = state.lacks(
    partition,
    'LeaderCompleteness',
    from,
    before,
    `${who} has a log that ends at ${leader.log.end}, ${before} offsets were committed`,
  );
  partition.losses.push({ from, to: before, reason });
  partition.rebasedAt = epoch;
  isBack(leader);
  forgive(partition);
}
