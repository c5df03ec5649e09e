/**
 * RecoveryEquivalence: what a log holds when it is opened is what it held when its host went down, less what may be lost.
 * - After a clean stop: exactly that.
 * - After the process died: all of it; the page cache lives on.
 * - After a power loss: a prefix, at least all that was said to be durable, or that a clean stop before left behind. An un-synced truncation may
 *   be undone, so that batches are back that this log once held; and the write under way may have arrived although nobody was told.
 * - Where what is stored was made to rot: a prefix of any length; recovery can not tell a rotten batch from a torn one, and ends the log there.
 * In every case each batch must be one that some replica held at this place, with the same bytes and the same history before it, or, behind
 * all that was known, the one that was being written.
 */
import type { BatchSummary, LogEvent } from '../../../io/node-event.ts';
import type { Offset } from '../../../model/brand.ts';
import type { StoredBatch } from './compacted.ts';
import { findCompacted } from './compaction-checks.ts';
import type { OracleState } from './oracle-state.ts';
import { ReplicaLog } from './replica-log.ts';
import { wentDownHard } from './tolerance.ts';
import type { PartitionView, ReplicaView } from './view.ts';

type Recovered = Extract<LogEvent, { readonly type: 'recovered' }>;

export function recovered(state: OracleState, partition: PartitionView, replica: ReplicaView, event: Recovered): void {
  const log = new ReplicaLog();
  const stored = storedOf(state, partition, replica);
  const first = stored[0]?.base ?? event.logStart;
  if (event.logStart !== 0 || first !== 0) log.restartAt(Math.min(event.logStart, first));
  const problem = refill(state, partition, replica.log, log, stored, event.logEnd) ?? lengthProblem(replica, event);
  if (problem !== undefined) state.finding(partition.name, 'RecoveryEquivalence', `replica ${replica.host.id} ${problem}`);
  if (isExplained(replica, event) && replica.downAs !== 'power') {
    // Its process may have died before the rot, or have stopped in order before another start that failed: it is as after a power loss.
    replica.downAs = 'power';
    if (replica.memberWhenDown) wentDownHard(partition, replica);
  }
  log.logStart = event.logStart;
  log.end = event.logEnd;
  // The write that was under way may have arrived whole: from here on it is told to leaders as held.
  if (log.end > replica.peak) replica.peak = log.end;
  replica.log = log;
  replica.known = true;
  replica.downAs = 'none';
  replica.highWatermark = -1;
  replica.openedWith = event.highWatermark;
  // A clean stop has synced everything: whoever takes a log for cleanly stopped will not look at it again.
  if (event.clean || replica.syncedTo > log.end) replica.syncedTo = log.end;
}

/** What the replica's files hold; where compaction works, with the records. */
function storedOf({ compaction, stored }: OracleState, { name, compacted }: PartitionView, { host }: ReplicaView): readonly FoundBatch[] {
  return compacted === undefined || compaction === undefined ? stored(host.id, name) : compaction.stored(host.id, name);
}

type FoundBatch = BatchSummary & Partial<StoredBatch>;

/** Puts the batches into the fresh log; answers what is wrong with the first bad one. */
function refill(
  state: OracleState,
  partition: PartitionView,
  before: ReplicaLog,
  log: ReplicaLog,
  stored: readonly FoundBatch[],
  logEnd: Offset,
): string | undefined {
  const { compacted } = partition;
  let problem: string | undefined;
  for (const batch of stored) {
    const end = batch.last + 1;
    const what = `batch [${batch.base}, ${end}) of epoch ${batch.epoch}`;
    if (batch.base < log.end || batch.epoch < log.lastEpoch)
      problem ??= `recovered ${what} behind one that ends at ${log.end} in epoch ${log.lastEpoch}`;
    if (!partition.ledger.has(batch.base, batch.epoch) && batch.base < before.end) problem ??= `recovered ${what}, which nobody wrote`;
    const { records = [] } = batch;
    const crc = compacted === undefined ? batch.crc : findCompacted(partition, compacted, log, { ...batch, records }, state.timeUs);
    const conflict = partition.ledger.append(log, batch.base, end, batch.epoch, crc);
    if (conflict === 'EpochOffsetUnique') problem ??= `recovered ${what} with other contents than it was written with`;
    if (conflict === 'LogMatching') problem ??= `recovered ${what} behind another history than it was written`;
  }
  if (problem === undefined && logEnd !== log.end) problem = `says that its log ends at ${logEnd}, its batches end at ${log.end}`;
  return problem;
}

/** A scan ended the log where it rots. */
const isExplained = (replica: ReplicaView, event: Recovered): boolean => replica.damaged && !event.clean && event.logEnd < replica.log.end;

/** Too little came back, or after a clean stop too much. */
function lengthProblem(replica: ReplicaView, event: Recovered): string | undefined {
  const before = replica.log.end;
  if (isExplained(replica, event)) return undefined;
  switch (replica.downAs) {
    case 'power':
      return event.logEnd < replica.syncedTo ? `recovered up to ${event.logEnd} after a power loss, ${replica.syncedTo} was durable` : undefined;
    case 'process':
      return event.logEnd < before ? `recovered up to ${event.logEnd} after its process died, ${before} was written` : undefined;
    case 'stop':
      return event.logEnd === before ? undefined : `opened at ${event.logEnd} after a clean stop at ${before}`;
    case 'none':
      // The first that is heard of this log: nothing is known to compare with.
      return undefined;
  }
}
