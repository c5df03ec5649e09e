/**
 * Loss, as clients see it.
 * lost-write: an acknowledged write that nobody read although a reader went by its offset; or a record that was read once and that the
 *   final read, which passes its offset, does not show any more: what was read is committed.
 * In a compacted topic neither says anything of a record that a later one of its key overtakes; of each key the last one has to be there.
 * unseen: an acknowledged write that was not polled at the end. Judged only where a final read from the beginning to the end was done.
 */
import { type PartitionEvidence, type Send, wasPassed } from './evidence.ts';
import { type Case, lossExcuse, writeExcuse } from './report.ts';

export function checkLost(history: Case): void {
  const { evidence, report } = history;
  for (const [, send] of evidence.sends) {
    if (send.outcome !== 'ok' || send.partition === undefined) continue;
    const partition = evidence.partitions.get(send.partition);
    if (partition === undefined || evidence.polled.has(send.operation.value)) continue;
    if (
      send.offset >= 0 &&
      history.compaction.mayBeGone(partition, send.offset, send.operation.value, partition.finalRead?.timeUs ?? Number.POSITIVE_INFINITY)
    )
      continue;
    const excuse = writeExcuse(history.oracle, partition, send);
    const what = `${send.operation.value} was acknowledged ${send.offset < 0 ? 'without an offset' : `at offset ${send.offset}`}`;
    if (send.offset >= 0 && wasPassed(partition, send.offset))
      report.add('lost-write', partition.partition, send.timeUs, `${what}, readers went past it and none got it`, excuse);
    const final = partition.finalRead;
    if (final === undefined || (send.offset >= final.end && send.timeUs > final.invokedUs)) notJudged(history, partition, send, excuse);
    else report.add('unseen', partition.partition, final.timeUs, `${what}, the final read of [${final.start}, ${final.end}) lacks it`, excuse);
  }
  for (const [, partition] of evidence.partitions) checkGone(history, partition);
}

function notJudged(history: Case, partition: PartitionEvidence, send: Send, excuse: string | undefined): void {
  const what = `nobody can say whether ${send.operation.value} is there`;
  if (excuse === undefined) history.report.unknown('unseen', partition.partition, send.timeUs, what, 'no final read began after it');
  else history.report.add('unseen', partition.partition, send.timeUs, what, excuse);
}

/** Records that a reader got before the final read began, or that lie where it went, and that it did not get. */
function checkGone(history: Case, partition: PartitionEvidence): void {
  const final = partition.finalRead;
  if (final === undefined) return;
  for (const offset of partition.offsets) {
    for (const sighting of partition.byOffset.get(offset) ?? []) {
      if (!sighting.polled || final.values.has(sighting.value) || (offset >= final.end && sighting.polledUs > final.invokedUs)) continue;
      if (history.compaction.mayBeGone(partition, offset, sighting.value, final.timeUs)) continue;
      const what = `${sighting.value} was read at offset ${offset}, the final read of [${final.start}, ${final.end}) lacks it`;
      history.report.add('lost-write', partition.partition, final.timeUs, what, lossExcuse(history.oracle, partition, offset));
    }
  }
}
