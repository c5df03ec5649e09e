/**
 * The segments of one log in the order of their base offsets; the last is the active one. Owns the files' coming and going. Removal goes from
 * the end, setting aside from the beginning, so that a crash in the middle leaves a log without a gap.
 */
import type { DiskError } from '../../io/disk.ts';
import type { Offset } from '../../model/brand.ts';
import { invariant } from '../../model/invariant.ts';
import { done, ok, type Result } from '../../model/result.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { AbortedTransaction } from '../rules/log-transactions.ts';
import type { VisitHeader } from './header-walk.ts';
import type { LogContext } from './log-directory.ts';
import { Segment, type SegmentPlan } from './segment.ts';
import { deletedSuffix } from './segment-files.ts';

export class SegmentList {
  readonly #context: LogContext;
  readonly #partition: TopicPartition;
  readonly folder: string;
  readonly #segments: Segment[] = [];
  /** No longer of the log, but maybe still read. */
  readonly #aside = new Set<Segment>();
  #changes = 0;

  constructor(context: LogContext, partition: TopicPartition, folder: string) {
    this.#context = context;
    this.#partition = partition;
    this.folder = folder;
  }

  get count(): number {
    return this.#segments.length;
  }

  /** Grows whenever a segment but the active one may not be what it was: who works on some for longer compares it. */
  get changes(): number {
    return this.#changes;
  }

  get active(): Segment {
    const segment = this.#segments[this.#segments.length - 1];
    invariant(segment !== undefined, 'a log has an active segment');
    return segment;
  }

  get first(): Segment {
    return this.at(0);
  }

  at(index: number): Segment {
    const segment = this.#segments[index];
    invariant(segment !== undefined, 'a segment is asked for by its index', index);
    return segment;
  }

  all(): readonly Segment[] {
    return this.#segments;
  }

  /** The last segment whose base offset is at or below an offset; the first one when none is. */
  floor(at: Offset): number {
    let index = this.#segments.length - 1;
    // Almost every look-up is for the active segment.
    while (index > 0 && this.at(index).baseOffset > at) index--;
    return Math.max(index, 0);
  }

  /** Takes a segment that is there; see Segment.open. */
  open(baseOffset: Offset, trusted: boolean): Result<boolean, DiskError> {
    const opened = Segment.open(this.#plan(baseOffset, 0), trusted);
    if (!opened.ok) return opened;
    this.#segments.push(opened.value.segment);
    return ok(opened.value.complete);
  }

  /** Makes a new, empty active segment. Its name is durable only after the folder is synced. `maxJitterMs` is segment.jitter.ms. */
  create(baseOffset: Offset, maxJitterMs: number): Result<Segment, DiskError> {
    const { world } = this.#context;
    const jitterMs = maxJitterMs > 0 ? world.random.uint32(`segment jitter ${this.#partition}`) % (maxJitterMs + 1) : 0;
    const created = Segment.create(this.#plan(baseOffset, jitterMs));
    if (created.ok) this.#segments.push(created.value);
    return created;
  }

  /** Removes the segments from this index on, the last first, and makes that durable. */
  removeFrom(index: number): Result<void, DiskError> {
    if (index >= this.#segments.length) return done;
    this.#changes++;
    while (this.#segments.length > index) {
      const removed = this.active.remove();
      if (!removed.ok) return removed;
      this.#segments.pop();
    }
    return this.#context.directory.disk.syncDirectory(this.folder);
  }

  /** Takes the lowest segments out of the log and renames their files; they can be read on until removeAside. Not durable by itself. */
  setAside(count: number): Result<readonly Segment[], DiskError> {
    this.#changes++;
    const gone = this.#renameAside(0, count, (segment) => segment.setAside());
    if (gone.ok) this.#segments.splice(0, count);
    return gone;
  }

  /** Cuts a segment at a batch's position; those behind it are gone already, or go now. */
  cut(index: number, position: number): Result<void, DiskError> {
    this.#changes++;
    const removed = this.removeFrom(index + 1);
    return removed.ok ? this.at(index).truncate(position) : removed;
  }

  /** A segment that is written beside the log, to take the place of some of it. */
  createBeside(baseOffset: Offset, suffix: string, createdMs: number): Result<Segment, DiskError> {
    return Segment.create({ ...this.#plan(baseOffset, 0), suffix, createdMs });
  }

  /**
   * Renames the files of so many segments from an index on, which stay in the list until replace. The log's own goes last: while it is there,
   * whoever makes up for a crash knows that the indexes beside it are the old ones.
   */
  makeWay(index: number, count: number): Result<readonly Segment[], DiskError> {
    return this.#renameAside(index, count, (segment) => segment.rename(deletedSuffix));
  }

  /** One takes the place of so many. */
  replace(index: number, count: number, by: Segment): void {
    this.#changes++;
    this.#segments.splice(index, count, by);
  }

  /** Takes what was set aside off the disk, unless the log was closed since. */
  removeAside(gone: readonly Segment[]): Result<void, DiskError> {
    for (const segment of gone) {
      if (!this.#aside.delete(segment) || segment.closed) continue;
      const removed = segment.remove();
      if (!removed.ok) return removed;
    }
    return done;
  }

  /** The transactions that were aborted, as far as who reads [from, upTo) has to know of them, in the order of their markers. */
  aborted(from: Offset, upTo: Offset): readonly AbortedTransaction[] {
    const { transactions } = this.#context.rules;
    const found: AbortedTransaction[] = [];
    if (from >= upTo) return found;
    for (let index = this.floor(from); index < this.#segments.length; index++)
      for (const entry of this.at(index).transactions.entries) {
        if (transactions.concerns(entry, from, upTo)) found.push(entry);
        if (transactions.searchEnds(entry, upTo)) return found;
      }
    return found;
  }

  /** Visits the headers of all batches that reach an offset or lie above it, in order. */
  walk(from: Offset, visit: VisitHeader): Result<void, DiskError> {
    return this.#walk(from, (segment, position) => segment.walk(position, visit));
  }

  /** The same over batches whose checksums hold; EIO at the first whose does not. */
  walkChecked(from: Offset, visit: VisitHeader): Result<void, DiskError> {
    return this.#walk(from, (segment, position) => segment.walkChecked(position, visit));
  }

  #renameAside(index: number, count: number, rename: (segment: Segment) => Result<void, DiskError>): Result<readonly Segment[], DiskError> {
    const gone = this.#segments.slice(index, index + count);
    for (const segment of gone) {
      const renamed = rename(segment);
      if (!renamed.ok) return renamed;
      this.#aside.add(segment);
    }
    return ok(gone);
  }

  #walk(from: Offset, walk: (segment: Segment, position: number) => Result<number, DiskError>): Result<void, DiskError> {
    for (let index = this.floor(from); index < this.#segments.length; index++) {
      const segment = this.at(index);
      const first = segment.reaching(from);
      if (!first.ok) return first;
      if (first.value === undefined) continue;
      const walked = walk(segment, first.value.position);
      if (!walked.ok) return walked;
    }
    return done;
  }

  close(): void {
    this.#changes++;
    for (const segment of this.#segments) segment.close();
    for (const segment of this.#aside) segment.close();
  }

  #plan(baseOffset: Offset, jitterMs: number): SegmentPlan {
    const { directory, world } = this.#context;
    return { disk: directory.disk, folder: this.folder, baseOffset, createdMs: world.clock.wallMs(), jitterMs, suffix: '' };
  }
}
