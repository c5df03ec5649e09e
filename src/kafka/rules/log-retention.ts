/**
 * Which segments of a log are deleted, and in which order that is done: by the log start, by size and by age, as Kafka's
 * UnifiedLog.deleteOldSegments decides. Pure functions over plain data; files and offsets are the log's.
 */
import type { Offset } from '../../model/brand.ts';

/** What retention looks at of one segment. */
export interface RetainedSegment {
  readonly baseOffset: Offset;
  /** Of whole batches. */
  readonly bytes: number;
  /** The largest timestamp in it; where no record has one, the time of its creation. */
  readonly largestMs: number;
}

export interface RetentionFacts {
  /** Ascending; the last one is the active segment. */
  readonly segments: readonly RetainedSegment[];
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  readonly highWatermark: Offset;
  /** Wall time. */
  readonly nowMs: number;
  /** cleanup.policy names `delete`: age and size count. What lies below the log start goes in any case. */
  readonly deletes: boolean;
  /** retention.ms; negative for no limit. */
  readonly retentionMs: number;
  /** retention.bytes; negative for no limit. */
  readonly retentionBytes: number;
}

/**
 * One step of a deletion, in order. `roll`: where all segments go, an empty one takes their place. `logStart`: what goes is not read any more.
 * `setAside`: the files are renamed, the lowest first. `syncNames`: that is durable. `snapshots`: of producers, below the new first segment.
 */
export type DeletionStep = 'roll' | 'logStart' | 'setAside' | 'syncNames' | 'snapshots';

const deletion: readonly DeletionStep[] = ['roll', 'logStart', 'setAside', 'syncNames', 'snapshots'];

/**
 * How many segments go, from the lowest on. Never one that reaches beyond the high watermark, since what is not committed may be the only copy,
 * and never an active one that is empty.
 */
export function deletableSegments(facts: RetentionFacts): number {
  const { segments, highWatermark, logEndOffset, logStartOffset, nowMs, retentionMs, retentionBytes } = facts;
  let count = 0;
  const deleteWhile = (breached: (segment: RetainedSegment, next: RetainedSegment | undefined) => boolean): void => {
    for (; count < segments.length; count++) {
      const segment = segments[count];
      const next = segments[count + 1];
      if (segment === undefined || (next === undefined && segment.bytes === 0)) return;
      if ((next?.baseOffset ?? logEndOffset) > highWatermark || !breached(segment, next)) return;
    }
  };
  deleteWhile((_segment, next) => next !== undefined && next.baseOffset <= logStartOffset);
  if (!facts.deletes) return count;
  if (retentionBytes >= 0) {
    let excess = -retentionBytes;
    for (let index = count; index < segments.length; index++) excess += segments[index]?.bytes ?? 0;
    deleteWhile((segment) => {
      if (excess < segment.bytes) return false;
      excess -= segment.bytes;
      return true;
    });
  }
  if (retentionMs >= 0) deleteWhile((segment) => nowMs - segment.largestMs > retentionMs);
  return count;
}

/**
 * The new segment's name comes before the old ones' go, so that a crash never leaves a log without a segment, which would have forgotten where
 * it ended. Names survive a crash as a prefix of what was done to them: the lowest first leaves no gap.
 */
export const deletionSteps = (): readonly DeletionStep[] => deletion;
