/**
 * Deletes the oldest segments of a log: gathers what the rules decide by, and carries their steps out. Owns no decision and no file.
 * Source: UnifiedLog.deleteOldSegments, LocalLog.deleteSegmentFiles.
 */
import type { Offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import { unreachable } from '../../model/invariant.ts';
import { done, ok, type Result } from '../../model/result.ts';
import type { DeletionStep, RetentionFacts } from '../rules/log-retention.ts';
import type { LogContext } from './log-directory.ts';
import type { PartitionLog } from './partition-log.ts';
import type { Segment } from './segment.ts';
import type { SegmentList } from './segment-list.ts';

/** A log as retention changes it. */
export interface RetainedLog {
  readonly log: PartitionLog;
  readonly context: LogContext;
  readonly segments: SegmentList;
  /** Closes the active segment, and makes a new one. */
  roll(): Result<void, ErrorCode>;
}

/** Answers how many segments went. `nowMs` is wall time. */
export function deleteOldSegments(of: RetainedLog, nowMs: number): Result<number, ErrorCode> {
  const { rules } = of.context;
  const count = rules.deletableSegments(factsOf(of, nowMs));
  if (count === 0) return ok(0);
  for (const step of rules.deletionSteps()) {
    const taken = take(step, of, count);
    if (!taken.ok) return taken;
  }
  return ok(count);
}

function factsOf({ log, segments }: RetainedLog, nowMs: number): RetentionFacts {
  const { cleanupPolicy, retentionMs, retentionBytes } = log.config;
  return {
    segments: segments.all().map(({ baseOffset, size, maxTimestampMs, createdMs }) => {
      return { baseOffset, bytes: size, largestMs: maxTimestampMs >= 0 ? maxTimestampMs : createdMs };
    }),
    logStartOffset: log.logStartOffset,
    logEndOffset: log.logEndOffset,
    highWatermark: log.highWatermark,
    nowMs,
    deletes: cleanupPolicy.includes('delete'),
    retentionMs,
    retentionBytes,
  };
}

function take(step: DeletionStep, of: RetainedLog, count: number): Result<void, ErrorCode> {
  const { log, context, segments } = of;
  const { directory } = context;
  const behind = (): Offset => segments.all()[count]?.baseOffset ?? log.logEndOffset;
  switch (step) {
    case 'roll':
      return count === segments.count ? of.roll() : done;
    case 'logStart':
      return log.advanceLogStart(behind());
    case 'setAside': {
      const gone = segments.setAside(count);
      if (!gone.ok) return directory.fail(gone.error);
      context.later(`delete segments of ${log.partition}`, log.config.fileDeleteDelayMs, () => removeAside(of, gone.value));
      return done;
    }
    case 'syncNames': {
      const synced = directory.disk.syncDirectory(segments.folder);
      return synced.ok ? done : directory.fail(synced.error);
    }
    case 'snapshots': {
      const removed = log.producers.removeBelow(segments.first.baseOffset);
      return removed.ok ? done : directory.fail(removed.error);
    }
    default:
      return unreachable(step);
  }
}

function removeAside({ context, segments }: RetainedLog, gone: readonly Segment[]): void {
  if (context.directory.offline) return;
  const removed = segments.removeAside(gone);
  if (!removed.ok) context.directory.fail(removed.error);
}
