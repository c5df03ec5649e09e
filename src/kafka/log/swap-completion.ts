/**
 * Ends what a crash has left half done of a compaction: a segment that was written whole, and marked so, takes the place of those that it was
 * made of. Owns nothing; what is marked `.cleaned` is not whole, and the loader's to remove. Source: LogLoader.completeSwapOperations.
 */
import type { Disk, DiskError } from '../../io/disk.ts';
import type { Offset } from '../../model/brand.ts';
import { done, ok, type Result } from '../../model/result.ts';
import { lastOffsetAt } from '../../protocol/records/batch-header.ts';
import { inFolder, removeIfThere } from './files.ts';
import { walkHeaders } from './header-walk.ts';
import { offsetInName, type SegmentFile, segmentFiles, segmentPath, segmentSuffixes, swapSuffix } from './segment-files.ts';

const logLast = [...segmentFiles].reverse();

/** Durable when it returns; a crash in the middle is made up for by the next start. */
export function completeSwaps(disk: Disk, folder: string): Result<void, DiskError> {
  const names = disk.list(folder);
  if (!names.ok) return names;
  let any = false;
  for (const name of names.value) {
    const base = offsetInName(name, segmentSuffixes.log + swapSuffix);
    if (base === undefined) continue;
    any = true;
    const end = endOf(disk, inFolder(folder, name));
    const completed = end.ok ? takePlace(disk, folder, names.value, base, end.value) : end;
    if (!completed.ok) return completed;
  }
  return any ? disk.syncDirectory(folder) : done;
}

/** The offset behind the last batch of a segment's file; 0 when it has none. It was synced before it got its name. */
function endOf(disk: Disk, path: string): Result<Offset, DiskError> {
  const opened = disk.open(path, 'read');
  if (!opened.ok) return opened;
  let end = 0;
  const walked = walkHeaders(opened.value, 0, opened.value.size(), (bytes, at) => {
    end = lastOffsetAt(bytes, at) + 1;
    return true;
  });
  opened.value.close();
  return walked.ok ? ok(end as Offset) : walked;
}

/** Segments from its own base up to its end are those it was made of: it ends where the last of them did. */
function takePlace(disk: Disk, folder: string, names: readonly string[], base: Offset, end: Offset): Result<void, DiskError> {
  for (const name of names) {
    const replaced = offsetInName(name, segmentSuffixes.log);
    if (replaced === undefined || replaced <= base || replaced >= end) continue;
    for (const file of segmentFiles) {
      const removed = removeIfThere(disk, segmentPath(folder, replaced, file));
      if (!removed.ok) return removed;
    }
  }
  // The old log's own file goes last, of those that were replaced: without it, what has the names of its indexes is the new one's already.
  if (names.includes(nameOf(folder, base, 'log')))
    for (const file of logLast) {
      const removed = removeIfThere(disk, segmentPath(folder, base, file));
      if (!removed.ok) return removed;
    }
  for (const file of logLast) {
    if (!names.includes(nameOf(folder, base, file) + swapSuffix)) continue;
    const path = segmentPath(folder, base, file);
    const moved = disk.rename(path + swapSuffix, path);
    if (!moved.ok) return moved;
  }
  return done;
}

const nameOf = (folder: string, base: Offset, file: SegmentFile): string => segmentPath(folder, base, file).slice(folder.length + 1);
