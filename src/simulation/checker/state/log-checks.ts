/**
 * LogMatching: two logs that hold a batch of one epoch at one offset are the same up to it. EpochOffsetUnique: one (epoch, offset) never
 * names two batches. Neither is ever excused (see `ledger.ts`). Also keeps each replica's log view up to date, and watches that nobody who
 * may lead cuts off committed records.
 */
import type { LogEvent } from '../../../io/node-event.ts';
import { takeCompacted } from './compaction-checks.ts';
import { checkCandidate } from './completeness.ts';
import type { OracleState } from './oracle-state.ts';
import { includes, type PartitionView, type ReplicaView } from './view.ts';

type Of<T extends LogEvent['type']> = Extract<LogEvent, { readonly type: T }>;

/**
 * Before a log is used it is opened, and what is opened is told. A log that acts without it was made anew: its files are gone, which only
 * a power loss before its names were durable explains.
 */
export function assumeNew(state: OracleState, partition: PartitionView, replica: ReplicaView): void {
  if (replica.known) return;
  if (replica.log.end > replica.log.logStart && (replica.downAs !== 'power' || replica.syncedTo > replica.log.logStart))
    state.finding(
      partition.name,
      'RecoveryEquivalence',
      `replica ${replica.host.id} starts an empty log, ${replica.log.end} offsets were there, durable below ${replica.syncedTo}`,
    );
  replica.log.restartAt(0);
  replica.syncedTo = 0;
  replica.openedWith = 0;
  replica.known = true;
  replica.downAs = 'none';
}

export function appended(state: OracleState, partition: PartitionView, replica: ReplicaView, event: Of<'appended'>): void {
  if (!replica.known) assumeNew(state, partition, replica);
  const log = replica.log;
  const end = event.last + 1;
  if (event.base < log.end || event.epoch < log.lastEpoch || end <= event.base)
    state.finding(
      partition.name,
      'LogMatching',
      `replica ${replica.host.id} appends [${event.base}, ${end}) of epoch ${event.epoch} to a log that ends at ${log.end} in epoch ${log.lastEpoch}`,
    );
  const crc = partition.compacted === undefined ? event.crc : takeCompacted(state, partition, partition.compacted, replica, event);
  const conflict = partition.ledger.append(log, event.base, end, event.epoch, crc);
  if (conflict !== 'none')
    state.finding(
      partition.name,
      conflict,
      conflict === 'LogMatching'
        ? `replica ${replica.host.id} holds [${event.base}, ${end}) of epoch ${event.epoch} behind another history than others do`
        : `replica ${replica.host.id} holds another batch at offset ${event.base} of epoch ${event.epoch} than others do`,
    );
  if (log.end > replica.peak) replica.peak = log.end;
}

export function truncated(state: OracleState, partition: PartitionView, replica: ReplicaView, event: Of<'truncated'>): void {
  if (!replica.known) assumeNew(state, partition, replica);
  if (event.from !== replica.log.end)
    state.finding(
      partition.name,
      'AuditMismatch',
      `replica ${replica.host.id} truncates a log of ${event.from} offsets, ${replica.log.end} were seen`,
    );
  replica.log.truncate(event.to);
  if (event.to < replica.syncedTo) replica.syncedTo = event.to;
  if (event.to < replica.openedWith) replica.openedWith = event.to;
  replica.toldAtAppend = -1;
  if (event.to < replica.highWatermark) replica.highWatermark = event.to;
  if (event.to < partition.committed.highWatermark && partition.isCandidate(replica.host.id)) checkCandidate(state, partition, replica);
}

export function logStart(state: OracleState, partition: PartitionView, replica: ReplicaView, event: Of<'logStart'>): void {
  if (!replica.known) assumeNew(state, partition, replica);
  if (event.offset > partition.committed.highWatermark && replica.roleEpoch >= partition.rebasedAt)
    state.finding(
      partition.name,
      'HighWatermark',
      `replica ${replica.host.id} drops all below ${event.offset}, only ${partition.committed.highWatermark} is committed`,
    );
  if (replica.role === 'leader') partition.deleted(event.offset, state.timeUs);
  const log = replica.log;
  if (event.offset === log.logStart) return;
  // An empty log that starts elsewhere begins anew: what stood below is not its history any more.
  if (event.offset > log.end || log.end === log.logStart) log.restartAt(event.offset);
  else log.logStart = event.offset;
}

export function synced(replica: ReplicaView, event: Of<'synced'>): void {
  if (event.to > replica.syncedTo) replica.syncedTo = event.to;
}

/** The replica is gone from this host: deleted with its topic, moved away, or a stray. */
export function logRemoved(partition: PartitionView, replica: ReplicaView): void {
  replica.log.restartAt(0);
  replica.known = true;
  replica.downAs = 'none';
  replica.syncedTo = 0;
  replica.highWatermark = -1;
  replica.role = 'none';
  replica.stray = false;
  // Who is still assigned removes its log only with the topic; nobody tells of that otherwise.
  if (partition.controller !== undefined && includes(partition.controller.replicas, replica.host.id)) partition.removalSeen = true;
}
