/**
 * The writes of one coordinator that wait for their replicas, in the order of their offsets. Owns when each is over: committed by the high
 * watermark of its own leader epoch, given up by time, or lost with the epoch. Source: CoordinatorRuntime's deferred event queue.
 */
import type { Timer } from '../../../io/clock.ts';
import type { World } from '../../../io/world.ts';
import { type LeaderEpoch, type Offset, offset } from '../../../model/brand.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import { done, failed, type Result } from '../../../model/result.ts';
import { encodeBatch } from '../../../protocol/records/encode.ts';
import type { Partition } from '../../replication/partition.ts';
import type { GroupRules, WriteView } from '../../rules/group.ts';
import { type CoordinatorRecord, encodeRecord } from './records.ts';

/** How a write ended: NONE, or what it failed with on this broker. Called once. */
export type Written = (error: ErrorCode) => void;

export interface WritesOptions {
  readonly world: World;
  readonly rules: GroupRules;
  readonly partition: Partition;
  readonly epoch: LeaderEpoch;
  /** offsets.commit.timeout.ms */
  readonly timeoutMs: number;
  /** A record is committed: whoever reads may see it. In the order of the log. */
  readonly committed: (record: CoordinatorRecord) => void;
  readonly storageFailed: () => void;
}

interface PendingWrite extends WriteView {
  /** Of its first record, if this coordinator appended it. */
  readonly base: Offset | undefined;
  readonly records: readonly CoordinatorRecord[];
  written: Written | undefined;
  timer: Timer | undefined;
}

export class Writes {
  readonly #options: WritesOptions;
  #pending: PendingWrite[] = [];

  constructor(options: WritesOptions) {
    this.#options = options;
  }

  /** How many are not committed yet. */
  get size(): number {
    return this.#pending.length;
  }

  /**
   * Appends records as one batch, all or none, with acks=all. After an error nothing was written, and `written` is not called: the caller
   * takes back what it did.
   */
  append(records: readonly CoordinatorRecord[], written: Written): Result<void, ErrorCode> {
    const { world, partition, epoch, storageFailed } = this.#options;
    const { leader, limits } = partition;
    if (leader === undefined || limits === undefined || leader.epoch !== epoch) return failed(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    const wallMs = world.clock.wallMs();
    const batch = encodeBatch({ records: records.map((record) => encodeRecord(record, wallMs)) });
    if (batch.length > limits.maxMessageBytes) return failed(ErrorCode.MESSAGE_TOO_LARGE);
    if (batch.length > limits.segmentBytes) return failed(ErrorCode.RECORD_LIST_TOO_LARGE);
    const appended = leader.append(batch, -1, wallMs);
    if (!appended.ok) {
      if (appended.error === ErrorCode.KAFKA_STORAGE_ERROR) storageFailed();
      return appended;
    }
    this.#wait({ records, base: appended.value.base, endOffset: offset(appended.value.last + 1), epoch, written, timer: undefined });
    return done;
  }

  #wait(write: PendingWrite): void {
    const { world, timeoutMs } = this.#options;
    this.#pending.push(write);
    write.timer = world.clock.after('group write timeout', timeoutMs, () => world.on('requests', () => this.#expire(write)));
  }

  /** Records that were in the log before: nobody waits for them, but they count only once committed. */
  replayed(records: readonly CoordinatorRecord[], endOffset: Offset): void {
    this.#pending.push({ records, base: undefined, endOffset, epoch: this.#options.epoch, written: undefined, timer: undefined });
  }

  /** Calls when all that is written now is committed: at once when it is so already. */
  afterAll(written: Written): void {
    const last = this.#pending.at(-1);
    if (last === undefined) written(ErrorCode.NONE);
    else this.#wait({ records: [], base: undefined, endOffset: last.endOffset, epoch: last.epoch, written, timer: undefined });
  }

  /** Looks at the high watermark again. */
  advance(): void {
    const { rules, partition, committed } = this.#options;
    // Whoever leads it: a broker that was deposed may not have given up its shard yet.
    const { log, leaderEpoch } = partition;
    const view = log === undefined ? undefined : { highWatermark: log.highWatermark, epoch: leaderEpoch };
    while (this.#pending.length > 0) {
      const write = this.#pending[0];
      if (write === undefined || rules.writeOutcome(write, view) !== 'committed') return;
      this.#pending.shift();
      for (const record of write.records) committed(record);
      this.#tell(write);
      this.#end(write, ErrorCode.NONE);
    }
  }

  /** What is told to somebody is acknowledged, as any write with acks=all. */
  #tell({ base, endOffset, epoch, written }: PendingWrite): void {
    if (base === undefined || written === undefined) return;
    const { world, partition } = this.#options;
    world.observe({ type: 'acknowledged', partition: partition.name, base, last: offset(endOffset - 1), epoch, acks: -1 });
  }

  /** Leadership is gone: whatever was not committed may be gone with it. */
  lose(): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const write of pending) this.#end(write, ErrorCode.NOT_LEADER_OR_FOLLOWER);
  }

  /** The client is told; the records stay in the log, and count if they are committed later. */
  #expire(write: PendingWrite): void {
    if (write.written !== undefined) this.#end(write, ErrorCode.REQUEST_TIMED_OUT);
  }

  #end(write: PendingWrite, error: ErrorCode): void {
    const { written } = write;
    write.timer?.cancel();
    write.timer = undefined;
    write.written = undefined;
    written?.(error);
  }
}
