/**
 * RecoveryEquivalence: what a log holds when it is opened is what it held when its host went down, less what may be lost.
 * - After a clean stop: exactly that.
 * - After the process died: all of it; the page cache lives on.
 * - After a power loss: a prefix, at least all that was said to be durable, or that a clean stop before left behind. An un-synced truncation may
 *   be undone, so that batches are back that this log once held; and the write under way may have arrived although nobody was told.
 * In every case each batch must be one that some replica held at this place, with the same bytes and the same history before it, or, behind
 * all that was known, the one that was being written.
 */
import type { LogEvent } from '../../../io/node-event.ts';
import type { OracleState } from './oracle-state.ts';
import { ReplicaLog } from './replica-log.ts';
import type { PartitionView, ReplicaView } from './view.ts';

type Recovered = Extract<LogEvent, { readonly type: 'recovered' }>;

export function recovered(state: OracleState, partition: PartitionView, replica: ReplicaView, event: Recovered): void {
  const log = new ReplicaLog();
  if (event.logStart !== 0 || (event.batches[0]?.base ?? 0) !== 0) log.restartAt(Math.min(event.logStart, event.batches[0]?.base ?? event.logStart));
  const problem = refill(partition, replica.log, log, event) ?? lengthProblem(replica, event);
  if (problem !== undefined) state.finding(partition.name, 'RecoveryEquivalence', `replica ${replica.host.id} ${problem}`);
  log.logStart = event.logStart;
  log.end = event.logEnd;
  replica.log = log;
  replica.known = true;
  replica.downAs = 'none';
  replica.highWatermark = -1;
  replica.openedWith = event.highWatermark;
  // A clean stop has synced everything: whoever takes a log for cleanly stopped will not look at it again.
  if (event.clean || replica.syncedTo > log.end) replica.syncedTo = log.end;
}

/** Puts the batches into the fresh log; answers what is wrong with the first bad one. */
function refill(partition: PartitionView, before: ReplicaLog, log: ReplicaLog, event: Recovered): string | undefined {
  let problem: string | undefined;
  for (const batch of event.batches) {
    const end = batch.last + 1;
    const what = `batch [${batch.base}, ${end}) of epoch ${batch.epoch}`;
    if (batch.base < log.end || batch.epoch < log.lastEpoch)
      problem ??= `recovered ${what} behind one that ends at ${log.end} in epoch ${log.lastEpoch}`;
    if (!partition.ledger.has(batch.base, batch.epoch) && batch.base < before.end) problem ??= `recovered ${what}, which nobody wrote`;
    const conflict = partition.ledger.append(log, batch.base, end, batch.epoch, batch.crc);
    if (conflict === 'EpochOffsetUnique') problem ??= `recovered ${what} with other contents than it was written with`;
    if (conflict === 'LogMatching') problem ??= `recovered ${what} behind another history than it was written`;
  }
  if (problem === undefined && event.logEnd < log.end) problem = `says that its log ends at ${event.logEnd}, its batches end at ${log.end}`;
  return problem;
}

/** Too little came back, or after a clean stop too much. */
function lengthProblem(replica: ReplicaView, event: Recovered): string | undefined {
  const before = replica.log.end;
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
