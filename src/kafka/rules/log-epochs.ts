/**
 * What a leader epoch cache holds after each event (KIP-101, KIP-279; Kafka's LeaderEpochFileCache). Entries ascend strictly in epoch and in
 * start offset; every function gives a new list, or the same one when nothing changes.
 */
import type { LeaderEpoch, Offset } from '../../model/brand.ts';
import type { EpochEntry } from './replication.ts';

/** Consecutive batches of one epoch, as a scan of the log found them: the base offsets of the first and the last. */
export interface EpochRun {
  readonly epoch: LeaderEpoch;
  readonly firstBase: Offset;
  readonly lastBase: Offset;
}

export function assignEpoch(entries: readonly EpochEntry[], epoch: LeaderEpoch, startOffset: Offset): readonly EpochEntry[] | undefined {
  if (epoch < 0) return undefined;
  const latest = entries[entries.length - 1];
  if (latest !== undefined && latest.epoch === epoch && latest.startOffset <= startOffset) return undefined;
  let keep = entries.length;
  for (; keep > 0; keep--) {
    const entry = entries[keep - 1];
    if (entry === undefined || (entry.epoch < epoch && entry.startOffset < startOffset)) break;
  }
  return [...entries.slice(0, keep), { epoch, startOffset }];
}

export function epochsBelow(entries: readonly EpochEntry[], endOffset: Offset): readonly EpochEntry[] {
  let keep = entries.length;
  while (keep > 0 && (entries[keep - 1]?.startOffset ?? 0) >= endOffset) keep--;
  return keep === entries.length ? entries : entries.slice(0, keep);
}

export function epochsAtLeast(entries: readonly EpochEntry[], startOffset: Offset): readonly EpochEntry[] {
  let ended = 0;
  while (ended < entries.length && (entries[ended]?.startOffset ?? 0) <= startOffset) ended++;
  const holder = entries[ended - 1];
  if (holder === undefined || (ended === 1 && holder.startOffset === startOffset)) return entries;
  return [{ epoch: holder.epoch, startOffset }, ...entries.slice(ended)];
}

/**
 * Batches are the truth. An entry of the checkpoint stays where it fits between them: epochs whose records compaction has removed are known
 * from it alone. What the batches know and the checkpoint does not is added; what they contradict, such as an entry of a history that was
 * cut off, goes. Kafka only extends (LogSegment.recover), trusting that no such entry is left behind.
 */
export function epochsAfterLoad(
  checkpointed: readonly EpochEntry[],
  found: readonly EpochRun[],
  logStartOffset: Offset,
  logEndOffset: Offset,
): readonly EpochEntry[] {
  if (found.length === 0) return epochsAtLeast(epochsBelow(checkpointed, logEndOffset), logStartOffset);
  const entries: EpochEntry[] = [];
  let next = 0;
  let before: EpochRun | undefined;
  for (const run of found) {
    for (; next < checkpointed.length; next++) {
      const entry = checkpointed[next];
      if (entry === undefined || entry.epoch > run.epoch || entry.startOffset > run.firstBase) break;
      if (before === undefined || (entry.epoch > before.epoch && entry.startOffset > before.lastBase)) entries.push(entry);
    }
    if (entries[entries.length - 1]?.epoch !== run.epoch) {
      while ((entries[entries.length - 1]?.startOffset ?? -1) >= run.firstBase) entries.pop();
      entries.push({ epoch: run.epoch, startOffset: run.firstBase });
    }
    before = run;
  }
  return epochsAtLeast(epochsBelow(entries, logEndOffset), logStartOffset);
}
