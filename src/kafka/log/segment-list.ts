/**
 * The segments of one log in the order of their base offsets; the last is the active one. Owns the files' coming and going. Removal goes from
 * the end, so that a crash in the middle leaves a log without a gap.
 */
import type { DiskError } from '../../io/disk.ts';
import type { Offset } from '../../model/brand.ts';
import { invariant } from '../../model/invariant.ts';
import { done, type Result } from '../../model/result.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import { removeIfThere } from './files.ts';
import type { LogContext } from './log-directory.ts';
import { Segment } from './segment.ts';

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

  /** Takes a file that is there. */
  open(baseOffset: Offset): Result<Segment, DiskError> {
    return this.#add(Segment.open(this.#context.directory.disk, this.folder, baseOffset, this.#nowMs(), 0));
  }

  /** Makes a new, empty active segment. Its name is durable only after the folder is synced. `maxJitterMs` is segment.jitter.ms. */
  create(baseOffset: Offset, maxJitterMs: number): Result<Segment, DiskError> {
    const { world, directory } = this.#context;
    const jitterMs = maxJitterMs > 0 ? world.random.uint32(`segment jitter ${this.#partition}`) % (maxJitterMs + 1) : 0;
    return this.#add(Segment.create(directory.disk, this.folder, baseOffset, this.#nowMs(), jitterMs));
  }

  /** Removes the segments from this index on, the last first, and makes that durable. */
  removeFrom(index: number): Result<void, DiskError> {
    if (index >= this.#segments.length) return done;
    const { disk } = this.#context.directory;
    while (this.#segments.length > index) {
      const segment = this.active;
      segment.close();
      const removed = removeIfThere(disk, segment.path);
      if (!removed.ok) return removed;
      this.#segments.pop();
    }
    return disk.syncDirectory(this.folder);
  }

  close(): void {
    for (const segment of this.#segments) segment.close();
  }

  #add(segment: Result<Segment, DiskError>): Result<Segment, DiskError> {
    if (segment.ok) this.#segments.push(segment.value);
    return segment;
  }

  #nowMs(): number {
    return this.#context.world.clock.wallMs();
  }
}
