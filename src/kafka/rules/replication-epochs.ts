/**
 * How two replicas find where their histories part, by leader epochs (KIP-101, KIP-279, KIP-595).
 * Owns the decisions over epoch caches only; who asks, and what is cut, is the caller's.
 */
import { type LeaderEpoch, leaderEpoch, type Offset, offset } from '../../model/brand.ts';
import type { Divergence, EpochEnd, EpochEntry, Truncation } from './replication.ts';

const unknownEnd: EpochEnd = { epoch: leaderEpoch(-1), endOffset: offset(-1) };
const matches: Divergence = { type: 'matches' };
const outOfRange: Divergence = { type: 'outOfRange' };

/**
 * The largest known epoch <= `requested` and its end: the start of the next one, or the log end offset for the latest.
 * An epoch older than all that are known keeps its own number and ends where the first known one starts; a newer one is unknown (-1, -1).
 * Source: LeaderEpochFileCache.endOffsetFor.
 */
export function endOffsetForEpoch(entries: readonly EpochEntry[], requested: LeaderEpoch, logEndOffset: Offset): EpochEnd {
  if (requested < 0) return unknownEnd;
  // From the end: nearly every fetch asks for the latest epoch or the one before.
  let next: EpochEntry | undefined;
  for (let index = entries.length - 1; index >= 0; index--) {
    const entry = entries[index];
    if (entry === undefined) break;
    if (entry.epoch <= requested) {
      if (next !== undefined) return { epoch: entry.epoch, endOffset: next.startOffset };
      return entry.epoch === requested ? { epoch: requested, endOffset: logEndOffset } : unknownEnd;
    }
    next = entry;
  }
  return next === undefined ? unknownEnd : { epoch: requested, endOffset: next.startOffset };
}

/**
 * A fetcher that holds `lastFetchedEpoch` up to `fetchOffset` shares this history if that epoch is known here and reaches as far.
 * Out of range comes first: below the log start no epoch can be compared.
 * Source: Partition.readRecords.
 */
export function divergenceOf(
  entries: readonly EpochEntry[],
  logStartOffset: Offset,
  logEndOffset: Offset,
  lastFetchedEpoch: LeaderEpoch,
  fetchOffset: Offset,
): Divergence {
  if (lastFetchedEpoch < 0) return matches;
  const latest = entries[entries.length - 1];
  if (latest !== undefined && latest.epoch === lastFetchedEpoch && fetchOffset <= logEndOffset && fetchOffset >= logStartOffset) return matches;
  const end = endOffsetForEpoch(entries, lastFetchedEpoch, logEndOffset);
  if (end.epoch < 0 || end.endOffset < 0 || fetchOffset < logStartOffset) return outOfRange;
  if (end.epoch < lastFetchedEpoch || end.endOffset < fetchOffset) return { type: 'diverged', epoch: end.epoch, endOffset: end.endOffset };
  return matches;
}

/**
 * If the leader's epoch is known here, both hold it up to the smaller of the two ends. If not, this log is cut to the end of the largest
 * epoch below it, and the next fetch goes on from there: epochs that neither leader saw are skipped in rounds (KIP-279).
 * Source: AbstractFetcherThread.getOffsetTruncationState.
 */
export function truncationPoint(entries: readonly EpochEntry[], logEndOffset: Offset, leader: EpochEnd): Truncation {
  const own = endOffsetForEpoch(entries, leader.epoch, logEndOffset);
  if (own.epoch < 0 || own.endOffset < 0) return { to: smaller(leader.endOffset, logEndOffset), final: true };
  if (own.epoch !== leader.epoch) return { to: smaller(own.endOffset, logEndOffset), final: false };
  return { to: smaller(smaller(own.endOffset, leader.endOffset), logEndOffset), final: true };
}

const smaller = (a: Offset, b: Offset): Offset => (a < b ? a : b);
