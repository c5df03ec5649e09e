/**
 * The segments of one log in the order of their base offsets; the last is the active one. Owns the files' coming and going. Removal goes from
 * the end, so that a crash in the middle leaves a log without a gap.
 */
import type { DiskError } from '../../io/disk.ts';
import type { Offset } from '../../model/brand.ts';
import { invariant } from '../../model/invariant.ts';
import { done, ok, type Result } from '../../model/result.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { VisitHeader } from './header-walk.ts';
import type { LogContext } from './log-directory.ts';
import { Segment, type SegmentPlan } from './segment.ts';

export class SegmentList {
  readonly #context: LogContext;
  readonly #partition: TopicPartition;
  readonly folder: string;
  readonly #segments: Segment[] = [];

  constructor(context: LogContext, partition: TopicPartition, folder: string) {
    this.#context = context;
    this.#partition = partition;
    this.folder = folder;
  }

  get count(): number {
    return this.#segments.length;
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
    while (this.#segments.length > index) {
      const removed = this.active.remove();
      if (!removed.ok) return removed;
      this.#segments.pop();
    }
    return this.#context.directory.disk.syncDirectory(this.folder);
  }

  /** Visits the headers of all batches that reach an offset or lie above it, in order. */
  walk(from: Offset, visit: VisitHeader): Result<void, DiskError> {
    return this.#walk(from, (segment, position) => segment.walk(position, visit));
  }

  /** The same over batches whose checksums hold; EIO at the first whose does not. */
  walkChecked(from: Offset, visit: VisitHeader): Result<void, DiskError> {
    return this.#walk(from, (segment, position) => segment.walkChecked(position, visit));
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
    for (const segment of this.#segments) segment.close();
  }

  #plan(baseOffset: Offset, jitterMs: number): SegmentPlan {
    const { directory, world } = this.#context;
    return { disk: directory.disk, folder: this.folder, baseOffset, createdMs: world.clock.wallMs(), jitterMs };
  }
}
