/**
 * The full audit: what logs really hold, read back from their files, against what the oracle made of events; and the plain, slow form of
 * LogMatching and LeaderCompleteness over the raw batches, so that a mistake in the incremental checks does not hide a broken promise.
 * Owns the comparison; who reads the logs, and how often, is the harness's choice.
 */
import type { BatchSummary } from '../../../io/node-event.ts';
import type { Offset } from '../../../model/brand.ts';
import type { TopicPartition } from '../../../model/topic-partition.ts';
import { batchesDiffer, checkCompacted } from './compaction-checks.ts';
import type { OracleState } from './oracle-state.ts';
import { genesis, link, mayBeSame, unknownPrefix } from './replica-log.ts';
import { includes, type PartitionView } from './view.ts';

/** What a replica's log really holds. */
export interface ReplicaAudit {
  readonly hostId: number;
  readonly partition: TopicPartition;
  readonly logStart: Offset;
  readonly logEnd: Offset;
  /** All of them, ascending; those wholly below the log start may be missing, or be there although nobody told of them. */
  readonly batches: readonly BatchSummary[];
}

export function auditReplicas(state: OracleState, found: readonly ReplicaAudit[]): void {
  const audits = found.map((audit) => standing(state, audit));
  for (let at = 0; at < audits.length; at++) {
    const audit = audits[at];
    if (audit === undefined) continue;
    const problem = differsFromView(state, audit);
    if (problem !== undefined) state.finding(audit.partition, 'AuditMismatch', `replica ${audit.hostId} ${problem}`);
    const partition = state.partitions.get(audit.partition);
    if (partition?.compacted !== undefined) {
      // No two replicas hold the same bytes where each compacts for itself: what each lacks is judged against what was written.
      const replica = partition.replica(audit.hostId);
      if (replica !== undefined) checkCompacted(state, partition, replica);
      continue;
    }
    for (let other = at + 1; other < audits.length; other++) {
      const against = audits[other];
      if (against !== undefined && against.partition === audit.partition) comparePair(state, audit, against);
    }
    if (partition !== undefined) auditCandidate(state, partition, audit);
  }
}

/** Without what lies wholly below a log start, its own or a leader's: nobody reads that, nor vouches for it. */
function standing(state: OracleState, audit: ReplicaAudit): ReplicaAudit {
  const start = Math.max(audit.logStart, state.partitions.get(audit.partition)?.ledger.deletedBelow ?? 0);
  return { ...audit, batches: audit.batches.filter((batch) => batch.last >= start) };
}

/** Where the raw log and the observed one differ. */
function differsFromView(state: OracleState, audit: ReplicaAudit): string | undefined {
  const partition = state.partitions.get(audit.partition);
  const replica = partition?.replica(audit.hostId);
  if (replica === undefined) return audit.batches.length === 0 ? undefined : `holds ${audit.batches.length} batches that nobody told of`;
  if (!replica.known || replica.stray) return undefined;
  const log = replica.log;
  if (log.end !== audit.logEnd) return `ends at ${audit.logEnd}, told was ${log.end}`;
  if (log.logStart !== audit.logStart) return `starts at ${audit.logStart}, told was ${log.logStart}`;
  if (partition?.compacted !== undefined) return batchesDiffer(log, audit.batches);
  const first = audit.batches[0];
  const { deletedBelow = 0 } = partition?.ledger ?? {};
  let at = log.countWithin(first?.base ?? Math.max(audit.logStart, deletedBelow));
  let prefix = at === 0 ? log.anchor : (log.prefixes[at - 1] ?? unknownPrefix);
  for (const batch of audit.batches) {
    // Behind what a leader deleted, a log goes on from the leader's history and not from its own.
    const goesOn = batch === first && at > 0 && batch.base <= deletedBelow;
    prefix = goesOn ? (log.prefixes[at] ?? unknownPrefix) : link(prefix, batch.base, batch.last + 1, batch.epoch, batch.crc);
    const what = `batch [${batch.base}, ${batch.last + 1}) of epoch ${batch.epoch}`;
    if (log.bases[at] !== batch.base || log.ends[at] !== batch.last + 1 || log.epochs[at] !== batch.epoch)
      return `holds ${what}, told was another one`;
    if (!mayBeSame(prefix, log.prefixes[at] ?? unknownPrefix)) return `holds ${what} with other contents than told`;
    at++;
  }
  return at === log.length ? undefined : `lacks ${log.length - at} batches that it told of`;
}

/** LogMatching as it is written down: below the last batch that both hold under one epoch and offset, both hold the same. */
function comparePair(state: OracleState, a: ReplicaAudit, b: ReplicaAudit): void {
  let inA = a.batches.length - 1;
  let inB = b.batches.length - 1;
  let matching = false;
  while (inA >= 0 && inB >= 0) {
    const left = a.batches[inA];
    const right = b.batches[inB];
    if (left === undefined || right === undefined) break;
    const sameName = left.base === right.base && left.epoch === right.epoch;
    const anomaly = sameName
      ? left.last === right.last && left.crc === right.crc
        ? undefined
        : 'EpochOffsetUnique'
      : matching
        ? 'LogMatching'
        : undefined;
    if (anomaly !== undefined) {
      state.finding(a.partition, anomaly, `the logs of ${a.hostId} and ${b.hostId} differ at offset ${left.base}, epoch ${left.epoch}`);
      return;
    }
    matching ||= sameName;
    if (left.base >= right.base) inA--;
    if (right.base >= left.base) inB--;
  }
}

/** Whoever may lead holds what is committed, judged by the raw batches. */
function auditCandidate(state: OracleState, partition: PartitionView, audit: ReplicaAudit): void {
  const controller = partition.controller;
  const host = state.hosts.get(audit.hostId);
  if (controller === undefined || host === undefined || !host.up || !host.admitted) return;
  if (!includes(controller.isr, audit.hostId) && !includes(controller.elr, audit.hostId)) return;
  if (partition.replica(audit.hostId)?.known !== true || audit.batches[0]?.base !== 0) return;
  let prefix = genesis;
  let end = 0;
  for (const batch of audit.batches) {
    if (batch.last >= partition.committed.highWatermark) break;
    end = batch.last + 1;
    prefix = link(prefix, batch.base, end, batch.epoch, batch.crc);
  }
  if (end === partition.committed.highWatermark && mayBeSame(prefix, partition.committed.prefixAt(end))) return;
  state.lacks(
    partition,
    'LeaderCandidateCompleteness',
    end,
    partition.committed.highWatermark,
    `the log of ${audit.hostId}, read back, ends at ${audit.logEnd}`,
  );
}
