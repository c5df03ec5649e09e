/**
 * Moves replicas of this broker between its log directories: fills a future log from the current one and lets it take its place. Owns which move is under
 * way and what the controller was told of it; decisions are the rules', files the log manager's. One piece of work a step, of one partition at a time, so
 * that a crash or a change can fall between; there is no throttle (replica.alter.log.dirs.io.max.bytes.per.second). Source: ReplicaAlterLogDirsThread
 * (KIP-113, KIP-858).
 *
 *   copying -> queued -> accepted -> moved      queued: caught up once, and the controller is told
 *   any -> given up                             the partition is gone from here, or a directory failed, or another one is wanted
 */
import type { Lane, World } from '../../io/world.ts';
import { type BrokerId, leaderEpoch, type Offset } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { invariant, unreachable } from '../../model/invariant.ts';
import { done, failed, type Result } from '../../model/result.ts';
import type { Uuid } from '../../model/uuid.ts';
import type { LogManager } from '../log/log-manager.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { Announcement, LogEnds, MoveRules, MoveStep } from '../rules/log-moves.ts';
import type { Partition } from './partition.ts';

export interface MoverOptions {
  readonly world: World;
  readonly brokerId: BrokerId;
  readonly rules: MoveRules;
  /** So much is copied in a step: replica.fetch.max.bytes. */
  readonly copyBytes: number;
  /** After what is no failure of a directory: replica.fetch.backoff.ms. */
  readonly backoffMs: number;
  readonly logs: Pick<LogManager, 'future' | 'createFuture' | 'removeFuture' | 'promote'>;
  /** Tells the controller where a replica lies, or is going to lie; `accepted` once it knows. */
  readonly assign: (partition: Partition, directory: Uuid, accepted: () => void) => void;
  /** A step of a move met a failed log directory. */
  readonly failed: () => void;
}

interface Move {
  readonly partition: Partition;
  readonly current: PartitionLog;
  readonly future: PartitionLog;
  announced: Announcement;
  resting: boolean;
}

/** The newest epoch there is: what a future log copies was accepted by the current one. */
const anyEpoch = leaderEpoch(0x7fffffff);

export class ReplicaMover {
  readonly #options: MoverOptions;
  readonly #lane: Lane;
  readonly #moves = new Map<Partition, Move>();
  #working = false;
  #closed = false;

  constructor(options: MoverOptions) {
    this.#options = options;
    this.#lane = `fetcher-${options.brokerId}`;
  }

  /** Goes on with a future log that lies here, if there is one. */
  resume(partition: Partition): void {
    const current = partition.log;
    const future = this.#options.logs.future(partition.name);
    if (current === undefined || future === undefined || this.#moves.get(partition)?.future === future) return;
    this.#moves.set(partition, { partition, current, future, announced: 'none', resting: false });
    this.#wake();
  }

  begin(partition: Partition, directory: string): Result<void, ErrorCode> {
    invariant(partition.log !== undefined, 'what moves is here');
    const made = this.#options.logs.createFuture(partition.log, directory);
    if (!made.ok) return made;
    this.resume(partition);
    return done;
  }

  /** Gives a move up, and takes back what the controller was told of it. */
  stop(partition: Partition): void {
    const move = this.#moves.get(partition);
    if (move === undefined) return;
    this.#moves.delete(partition);
    if (move.announced !== 'none') this.#options.assign(partition, move.current.directoryId, () => {});
  }

  /**
   * The replica is about to be cut. The copy goes first, so that a crash in between leaves nothing there that the replica lost: its epochs would not
   * always tell, where compaction has left a gap behind the cut.
   */
  cut({ name }: Partition, to: Offset): void {
    const future = this.#options.logs.future(name);
    if (future === undefined || future.offline || future.logEndOffset <= to) return;
    if (!future.truncateTo(to).ok) this.#options.failed();
  }

  /** Gives up moves to directories that failed. */
  dropOffline(): void {
    for (const { partition, future } of [...this.#moves.values()]) {
      if (!future.offline) continue;
      this.stop(partition);
      this.#options.logs.removeFuture(partition.name);
    }
  }

  /** The controller was told that the replica will lie there. */
  isAnnounced(partition: Partition, directory: Uuid): boolean {
    const move = this.#moves.get(partition);
    return move !== undefined && move.announced !== 'none' && move.future.directoryId === directory;
  }

  close(): void {
    this.#closed = true;
  }

  #wake(): void {
    if (this.#working || this.#closed) return;
    this.#working = true;
    this.#options.world.on(this.#lane, this.#step);
  }

  readonly #step = (): void => {
    this.#working = false;
    if (this.#closed) return;
    const next = this.#next();
    if (next === undefined) return;
    const taken = this.#perform(next.move, next.step);
    if (!taken.ok && taken.error === ErrorCode.KAFKA_STORAGE_ERROR) this.#options.failed();
    if (!taken.ok) this.#rest(next.move);
    this.#wake();
  };

  /** Of those with something to do, the first by name: one after another, each is done sooner. */
  #next(): { readonly move: Move; readonly step: MoveStep } | undefined {
    let next: { readonly move: Move; readonly step: MoveStep } | undefined;
    for (const move of this.#moves.values()) {
      if (move.resting || (next !== undefined && next.move.partition.name <= move.partition.name)) continue;
      const step = this.#options.rules.moveStep({ current: endsOf(move.current), future: endsOf(move.future), announced: move.announced });
      if (step.type !== 'wait') next = { move, step };
    }
    return next;
  }

  #perform(move: Move, step: MoveStep): Result<void, ErrorCode> {
    const { current, future } = move;
    if (current.offline || future.offline) return failed(ErrorCode.KAFKA_STORAGE_ERROR);
    switch (step.type) {
      case 'restart':
        return future.truncateFullyAndStartAt(step.at);
      case 'truncate':
        return future.truncateTo(step.to);
      case 'copy':
        return this.#copy(move);
      case 'logStart':
        return future.advanceLogStart(step.to);
      case 'announce':
        this.#announce(move);
        return done;
      case 'promote':
        return this.#promote(move);
      case 'wait':
        return done;
      default:
        return unreachable(step);
    }
  }

  #copy({ current, future }: Move): Result<void, ErrorCode> {
    const read = current.read(future.logEndOffset, current.logEndOffset, this.#options.copyBytes, true);
    if (!read.ok) return read;
    const bytes = new Uint8Array(read.value.byteLength);
    read.value.readInto(bytes);
    if (read.value.failed) return failed(ErrorCode.KAFKA_STORAGE_ERROR);
    const before = future.logEndOffset;
    const appended = future.appendAsFollower(bytes, anyEpoch);
    if (!appended.ok) return appended;
    if (future.highWatermark < current.highWatermark)
      future.highWatermark = future.logEndOffset < current.highWatermark ? future.logEndOffset : current.highWatermark;
    // Nothing came: asked again at once, nothing would.
    return future.logEndOffset > before ? done : failed(ErrorCode.OFFSET_OUT_OF_RANGE);
  }

  #announce(move: Move): void {
    move.announced = 'queued';
    this.#options.assign(move.partition, move.future.directoryId, () => {
      if (this.#moves.get(move.partition) !== move) return;
      move.announced = 'accepted';
      this.#wake();
    });
  }

  #promote({ partition }: Move): Result<void, ErrorCode> {
    const promoted = this.#options.logs.promote(partition.name);
    if (!promoted.ok) return promoted;
    this.#moves.delete(partition);
    partition.replaceLog(promoted.value);
    return promoted.value.offline ? failed(ErrorCode.KAFKA_STORAGE_ERROR) : done;
  }

  #rest(move: Move): void {
    move.resting = true;
    const { world, backoffMs } = this.#options;
    world.clock.after(`move back-off ${move.partition.name}`, backoffMs, () =>
      world.on(this.#lane, () => {
        move.resting = false;
        this.#wake();
      }),
    );
  }
}

const endsOf = (log: PartitionLog): LogEnds => ({ start: log.logStartOffset, end: log.logEndOffset, epochs: log.epochs.entries() });
