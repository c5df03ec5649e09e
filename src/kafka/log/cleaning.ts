/**
 * One pass of compaction over one log, in steps of at most 1 MiB: first the keys of the dirty range are gathered, then the segments up to its end
 * are written anew beside the log, group by group, and take the place of the old ones. Owns the keys and the new files; what stays is the
 * rules'. The log goes on meanwhile; if it changes below, by a truncation or by retention, the pass is given up.
 * All in the range is decided: what was aborted goes, and does not count for what it seemed to overwrite.
 * Source: Kafka's Cleaner, LocalLog.replaceSegments.
 */
import type { DiskError } from '../../io/disk.ts';
import { type Offset, offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import { invariant, unreachable } from '../../model/invariant.ts';
import { done, ok, type Result } from '../../model/result.ts';
import { BatchView, batchBytesAt, batchHeaderBytes } from '../../protocol/records/batch-header.ts';
import { decodeRecords } from '../../protocol/records/decode.ts';
import type { CleanedSegment, DirtyRange, SwapStep } from '../rules/log-cleaning.ts';
import { type CleaningPass, cleanBatch, keyText } from './cleaned-batch.ts';
import { CleanedTransactions } from './cleaned-transactions.ts';
import type { RetainedLog } from './retention.ts';
import type { Segment } from './segment.ts';
import { cleanedSuffix, swapSuffix } from './segment-files.ts';

/** `changed`: the log is not what it was. `unreadable`: it holds a batch that can not be cleaned. `nothing`: no segment could be cleaned. */
export type CleaningOutcome = 'cleaned' | 'changed' | 'unreadable' | 'nothing';

const stepBytes = 1024 * 1024;

/** What the rules want to know of the segments, in order. */
export const cleanedSegments = (segments: readonly Segment[]): readonly CleanedSegment[] =>
  segments.map((segment) => ({
    baseOffset: segment.baseOffset,
    bytes: segment.size,
    nextOffset: segment.nextOffset,
    largestMs: segment.maxTimestampMs,
    firstMs: segment.firstTimestampMs(),
  }));

export class Cleaning {
  readonly #of: RetainedLog;
  readonly #range: DirtyRange;
  readonly #maxKeys: number;
  readonly #nowMs: number;
  readonly #newest = new Map<string, Offset>();
  /** Those that are read, one after another. */
  #sources: readonly Segment[];
  #source = 0;
  #position = 0;
  /** Of what is read, up to there. */
  #transactions: CleanedTransactions;
  /** Set once the keys are known. */
  #pass: CleaningPass | undefined;
  #seenTo: Offset;
  /** Of the groups that are still to be written: how many sources each has. */
  #groups: number[] = [];
  #groupStart = 0;
  #cleaned: Segment | undefined;
  #changes: number;

  /** `nowMs` is wall time; `maxKeys` bounds what is remembered, so that a pass may end before the range does. */
  constructor(of: RetainedLog, range: DirtyRange, maxKeys: number, nowMs: number) {
    this.#of = of;
    this.#range = range;
    this.#maxKeys = maxKeys;
    this.#nowMs = nowMs;
    this.#seenTo = offset(Math.max(range.from - 1, 0));
    this.#sources = of.segments.all().filter((segment) => segment.nextOffset > range.from && segment.baseOffset < range.to);
    this.#changes = of.segments.changes;
    this.#transactions = this.#transactionsOf(this.#sources, range.to);
  }

  /** Does the next piece of work; undefined while there is more. After an error the directory is offline. */
  step(): Result<CleaningOutcome | undefined, ErrorCode> {
    const { directory } = this.#of.context;
    if (this.#of.segments.changes !== this.#changes) return ok(this.#giveUp('changed'));
    const taken = this.#pass === undefined ? this.#gather() : this.#copy(this.#pass);
    return taken.ok ? taken : directory.fail(taken.error);
  }

  /** Takes the new files that are not of the log yet off the disk. */
  #giveUp(outcome: CleaningOutcome): CleaningOutcome {
    this.#cleaned?.remove();
    this.#cleaned = undefined;
    return outcome;
  }

  #transactionsOf(sources: readonly Segment[], passEnd: Offset): CleanedTransactions {
    const { log, context } = this.#of;
    const [first, last] = [sources[0], sources[sources.length - 1]];
    if (first === undefined || last === undefined) return new CleanedTransactions([]);
    return new CleanedTransactions(log.abortedTransactions(first.baseOffset, context.rules.cleaning.abortedKnownTo(passEnd, last.nextOffset)));
  }

  #gather(): Result<CleaningOutcome | undefined, DiskError> {
    const source = this.#sources[this.#source];
    if (source === undefined) return this.#gathered(this.#range.to);
    const chunk = readBatches(source, this.#position);
    if (!chunk.ok) return chunk;
    for (const view of chunk.value) {
      this.#position += view.byteLength;
      if (!view.isIntact) return ok('unreadable');
      const part = this.#transactions.take(view);
      if (view.lastOffset < this.#range.from || view.isControl || part.type === 'aborted') continue;
      const records = decodeRecords(view);
      if (!records.ok) return ok('unreadable');
      for (const { key, offset: at } of records.value) {
        if (key === null || at < this.#range.from) continue;
        const text = keyText(key);
        if (this.#newest.size >= this.#maxKeys && !this.#newest.has(text)) return this.#gathered(at);
        this.#newest.set(text, at);
      }
    }
    if (this.#position === source.size) {
      this.#source++;
      this.#position = 0;
    }
    return ok(undefined);
  }

  /** All below `end` is known: on to the writing. */
  #gathered(end: Offset): Result<CleaningOutcome | undefined, DiskError> {
    const { log, context, segments } = this.#of;
    if (end <= this.#range.from) return ok('nothing');
    const { cleaning } = context.rules;
    this.#seenTo = offset(end - 1);
    this.#sources = segments.all().filter((segment) => segment.baseOffset < end);
    this.#groups = [...cleaning.groups(cleanedSegments(this.#sources), log.config.segmentBytes)];
    this.#source = 0;
    this.#position = 0;
    this.#transactions = this.#transactionsOf(this.#sources, end);
    const { deleteRetentionMs } = log.config;
    this.#pass = { rules: cleaning, newest: this.#newest, seenTo: this.#seenTo, nowMs: this.#nowMs, deleteRetentionMs };
    return ok(undefined);
  }

  /** Writes what is left of the next batches of the group; behind its last one the new segment takes its place. */
  #copy(pass: CleaningPass): Result<CleaningOutcome | undefined, DiskError> {
    const count = this.#groups[0];
    if (count === undefined) return this.#finish();
    const last = this.#groupStart + count - 1;
    const source = this.#sources[this.#source];
    invariant(source !== undefined, 'a group has sources', this.#source);
    const cleaned = this.#cleaned === undefined ? this.#begin(last) : ok(this.#cleaned);
    if (!cleaned.ok) return cleaned;
    const chunk = readBatches(source, this.#position);
    if (!chunk.ok) return chunk;
    for (const view of chunk.value) {
      this.#position += view.byteLength;
      const lastOfSegment = this.#source === last && this.#position === source.size;
      if (!view.isIntact) return ok(this.#giveUp('unreadable'));
      const part = this.#transactions.take(view);
      const bytes = cleanBatch(view, pass, part, { lastOffset: view.lastOffset, lastOfProducer: this.#isLastOfProducer(view), lastOfSegment });
      if (!bytes.ok) return ok(this.#giveUp('unreadable'));
      const copied = bytes.value === undefined ? done : this.#write(cleaned.value, bytes.value);
      const aborted = part.type === 'marker' ? part.ends : undefined;
      const written = copied.ok && aborted !== undefined ? cleaned.value.transactions.append(aborted) : copied;
      if (!written.ok) return written;
    }
    if (this.#position < source.size) return ok(undefined);
    this.#source++;
    this.#position = 0;
    if (this.#source <= last) return ok(undefined);
    const swapped = this.#swap(cleaned.value, count);
    return swapped.ok ? ok(undefined) : swapped;
  }

  #begin(last: number): Result<Segment, DiskError> {
    const [first, behind] = [this.#sources[this.#groupStart], this.#sources[last]];
    invariant(first !== undefined && behind !== undefined, 'a group has sources', last);
    if (this.#of.context.rules.cleaning.transactionsKnownFor() === 'group')
      this.#transactions = this.#transactionsOf(this.#sources.slice(this.#groupStart, last + 1), offset(this.#seenTo + 1));
    const created = this.#of.segments.createBeside(first.baseOffset, cleanedSuffix, behind.createdMs);
    if (created.ok) this.#cleaned = created.value;
    return created;
  }

  #isLastOfProducer(view: BatchView): boolean {
    if (view.producerId < 0) return false;
    const entry = this.#of.log.producers.entries.get(view.producerId);
    const last = entry?.batches[entry.batches.length - 1];
    if (last !== undefined) return last.lastOffset === view.lastOffset;
    return entry !== undefined && view.isControl && view.producerEpoch === entry.epoch;
  }

  #write(cleaned: Segment, bytes: Uint8Array): Result<void, DiskError> {
    const position = cleaned.size;
    const written = cleaned.write(bytes);
    if (!written.ok) return written;
    const { baseOffset, lastOffset, maxTimestampMs } = new BatchView(bytes, 0);
    return cleaned.noteBatch(baseOffset, lastOffset, position, maxTimestampMs, this.#of.log.config.indexIntervalBytes);
  }

  #swap(cleaned: Segment, count: number): Result<void, DiskError> {
    const { log, context, segments } = this.#of;
    const first = this.#sources[this.#groupStart];
    const index = first === undefined ? -1 : segments.all().indexOf(first);
    invariant(index >= 0, 'what is replaced is of the log', cleaned.baseOffset);
    const gone = segments.all().slice(index, index + count);
    for (const step of context.rules.cleaning.swapSteps()) {
      const taken = this.#swapStep(step, cleaned, index, count);
      if (!taken.ok) return taken;
    }
    segments.replace(index, count, cleaned);
    context.world.observe({ type: 'cleaned', partition: log.partition, from: cleaned.baseOffset, to: cleaned.nextOffset });
    this.#changes = segments.changes;
    this.#cleaned = undefined;
    this.#groups.shift();
    this.#groupStart += count;
    context.later(`delete segments of ${log.partition}`, log.config.fileDeleteDelayMs, () => {
      const removed = context.directory.offline ? done : segments.removeAside(gone);
      if (!removed.ok) context.directory.fail(removed.error);
    });
    return done;
  }

  #swapStep(step: SwapStep, cleaned: Segment, index: number, count: number): Result<void, DiskError> {
    const { log, context, segments } = this.#of;
    switch (step) {
      case 'sync': {
        const sealed = cleaned.seal();
        return sealed.ok ? cleaned.sync() : sealed;
      }
      case 'markSwap':
        return cleaned.rename(swapSuffix);
      case 'setAside': {
        const gone = segments.makeWay(index, count);
        return gone.ok ? done : gone;
      }
      case 'takePlace':
        return cleaned.rename('');
      case 'syncNames':
        return context.directory.disk.syncDirectory(segments.folder);
      case 'snapshots': {
        const replaced = new Set(segments.all().slice(index + 1, index + count));
        return log.producers.removeStrays(
          segments
            .all()
            .filter((segment) => !replaced.has(segment))
            .map(({ baseOffset }) => baseOffset),
        );
      }
      default:
        return unreachable(step);
    }
  }

  /** The next pass begins behind this one, also after a restart. */
  #finish(): Result<CleaningOutcome, DiskError> {
    const { log, context } = this.#of;
    log.cleanedTo = offset(this.#seenTo + 1);
    const checkpointed = context.checkpoint();
    return checkpointed.ok ? ok('cleaned') : { ok: false, error: 'EIO' };
  }
}

/** Whole batches from a position on: at most 1 MiB, or one that is larger. None at the end. */
function readBatches(segment: Segment, position: number): Result<readonly BatchView[], DiskError> {
  const left = segment.size - position;
  let bytes = new Uint8Array(Math.min(left, stepBytes));
  let read = segment.read(position, bytes);
  if (read.ok && bytes.length >= batchHeaderBytes && batchBytesAt(bytes, 0) > bytes.length) {
    bytes = new Uint8Array(batchBytesAt(bytes, 0));
    read = segment.read(position, bytes);
  }
  if (!read.ok) return read;
  const views: BatchView[] = [];
  for (let at = 0; at + batchHeaderBytes <= bytes.length && at + batchBytesAt(bytes, at) <= bytes.length; at += batchBytesAt(bytes, at))
    views.push(new BatchView(bytes, at));
  return views.length === 0 && left > 0 ? { ok: false, error: 'EIO' } : ok(views);
}
