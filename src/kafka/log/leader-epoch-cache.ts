/**
 * A log's leader epochs: which epoch began at which offset. Owns the checkpoint file in the partition's folder and performs what the rules
 * decide; every change is durable before it is seen. Source: KIP-101, LeaderEpochFileCache (which flushes truncations later; here a
 * checkpoint that still names a cut history could outlive a power loss).
 */
import { type LeaderEpoch, leaderEpoch, type Offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import { done, ok, type Result } from '../../model/result.ts';
import type { EpochEntry } from '../rules/replication.ts';
import { readText, writeText } from './files.ts';
import type { LogContext } from './log-directory.ts';
import { fileNames, formatEpochs, parseEpochs } from './text-formats.ts';

const none = leaderEpoch(-1);

export class LeaderEpochCache {
  readonly #context: LogContext;
  readonly #folder: string;
  #entries: readonly EpochEntry[];
  #latest: LeaderEpoch;

  /** `entries` are what the checkpoint holds; none for a new log. */
  constructor(context: LogContext, folder: string, entries: readonly EpochEntry[]) {
    this.#context = context;
    this.#folder = folder;
    this.#entries = entries;
    this.#latest = entries[entries.length - 1]?.epoch ?? none;
  }

  /** Ascending in both fields. The list never changes; a change makes another. */
  entries(): readonly EpochEntry[] {
    return this.#entries;
  }

  /** -1 when the log knows no epoch. */
  latest(): LeaderEpoch {
    return this.#latest;
  }

  /** May a batch of this epoch hold this offset? Below the first epoch that is known any may. */
  covers(epoch: LeaderEpoch, at: Offset): boolean {
    for (let index = this.#entries.length - 1; index >= 0; index--) {
      const entry = this.#entries[index];
      if (entry !== undefined && entry.startOffset <= at) return entry.epoch === epoch || epoch < 0;
    }
    return true;
  }

  /** The epoch begins at this offset; durable when it returns. Nothing is written when the cache says so already. */
  assign(epoch: LeaderEpoch, startOffset: Offset): Result<void, ErrorCode> {
    const entries = this.#context.rules.assignEpoch(this.#entries, epoch, startOffset);
    return entries === undefined ? done : this.replace(entries);
  }

  /** Forgets epochs that start at or above `endOffset`. */
  truncateFromEnd(endOffset: Offset): Result<void, ErrorCode> {
    return this.replace(this.#context.rules.epochsBelow(this.#entries, endOffset));
  }

  /** Forgets epochs that end at or below `startOffset`. */
  truncateFromStart(startOffset: Offset): Result<void, ErrorCode> {
    return this.replace(this.#context.rules.epochsAtLeast(this.#entries, startOffset));
  }

  /** All epochs at once; used by recovery and when a log starts anew. */
  replace(entries: readonly EpochEntry[]): Result<void, ErrorCode> {
    if (entries === this.#entries || sameEntries(entries, this.#entries)) return done;
    const { directory } = this.#context;
    if (directory.offline) return directory.fail('EIO');
    const written = writeText(directory.disk, this.#folder, fileNames.leaderEpochs, formatEpochs(entries));
    if (!written.ok) return directory.fail(written.error);
    this.#entries = entries;
    this.#latest = entries[entries.length - 1]?.epoch ?? none;
    return done;
  }
}

/** What the checkpoint says; empty when it is missing or malformed, and only the batches can tell. */
export function readEpochs(context: LogContext, folder: string): Result<readonly EpochEntry[], ErrorCode> {
  const text = readText(context.directory.disk, `${folder}/${fileNames.leaderEpochs}`);
  if (!text.ok) return context.directory.fail(text.error);
  return ok(text.value === undefined ? [] : (parseEpochs(text.value) ?? []));
}

function sameEntries(a: readonly EpochEntry[], b: readonly EpochEntry[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry.epoch === b[index]?.epoch && entry.startOffset === b[index]?.startOffset);
}
