/**
 * How the files of a log's segments are named: the offset at which they begin in 20 digits, and what they hold as a suffix; `.deleted`,
 * `.cleaned` and `.swap` behind that while they come or go. Owns nothing else. Source: Kafka's LogFileUtils.
 */
import { type Offset, offset } from '../../model/brand.ts';
import { inFolder } from './files.ts';

export const segmentSuffixes = { log: '.log', offsets: '.index', times: '.timeindex', transactions: '.txnindex' } as const;
export type SegmentFile = keyof typeof segmentSuffixes;
export const segmentFiles: readonly SegmentFile[] = ['log', 'offsets', 'times', 'transactions'];
export const snapshotSuffix = '.snapshot';
/** Of a file that is no longer of its log, and goes when nobody reads it any more. */
export const deletedSuffix = '.deleted';
/** Of a file that the cleaner writes: worth nothing until it is whole. */
export const cleanedSuffix = '.cleaned';
/** Of a file that is whole and takes the place of others: a crash in between is made up for when the log is opened. */
export const swapSuffix = '.swap';

const digits = 20;
const stem = (at: Offset): string => String(at).padStart(digits, '0');

/** The path of one file of the segment that begins there. */
export const segmentPath = (folder: string, base: Offset, file: SegmentFile): string => inFolder(folder, stem(base) + segmentSuffixes[file]);

export const snapshotFileName = (at: Offset): string => stem(at) + snapshotSuffix;

/** The offset in a file's name, if it ends in that suffix and has nothing else in it. */
export function offsetInName(name: string, suffix: string): Offset | undefined {
  if (name.length !== digits + suffix.length || !name.endsWith(suffix) || !/^\d+$/.test(name.slice(0, digits))) return undefined;
  const at = Number(name.slice(0, digits));
  return Number.isSafeInteger(at) ? offset(at) : undefined;
}
