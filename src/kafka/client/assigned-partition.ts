/**
 * A consumer's standing in one partition. Owns the legal transitions; who makes them is consumer.ts. As SubscriptionState.TopicPartitionState.
 *
 * unset -> resetting -> reading: no position, the policy gives one.   reading -> resetting: out of range, seek to the beginning or end.
 * reading -> validating -> reading: the leader changed, so the log below the position may have (KIP-320).   any -> reading or validating: seek.
 */
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { FetchedRecords } from './fetched-records.ts';
import type { Position } from './rules.ts';

export type Standing = 'unset' | 'resetting' | 'validating' | 'reading';

export class AssignedPartition {
  readonly partition: TopicPartition;
  readonly topic: string;
  readonly index: number;
  paused = false;
  /** Its group gives it no position and takes no records of it for now. */
  held = false;
  /** A question to the leader is under way for the present standing. */
  asking = false;
  /** No fetch before, in monotonic ms. */
  retryAtMs = Number.NEGATIVE_INFINITY;
  retries = 0;
  /** The leader epoch that the position is valid in; -1 when unknown. */
  leaderEpoch = -1;
  fetched: FetchedRecords | undefined;
  #standing: Standing = 'unset';
  #position: Position | undefined;
  #resetTimestampMs = 0;
  #turn = 0;

  constructor(partition: TopicPartition, topic: string, index: number) {
    this.partition = partition;
    this.topic = topic;
    this.index = index;
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** The next record to give out; undefined without one. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** Where a reset leads: a timestamp for ListOffsets. */
  get resetTimestampMs(): number {
    return this.#resetTimestampMs;
  }

  /** Changes with every transition: an answer to a question of another turn is old. */
  get turn(): number {
    return this.#turn;
  }

  reset(timestampMs: number): void {
    this.#resetTimestampMs = timestampMs;
    this.#move('resetting');
  }

  /** A position from outside: valid without a question when nothing is known of its epoch. */
  seek(to: Position): void {
    this.#position = to;
    this.#move(to.offsetEpoch >= 0 ? 'validating' : 'reading');
  }

  validated(): void {
    this.#move('reading');
  }

  /** The leader of this epoch leads now; what was read before must be looked for in its log, where that can be told. */
  ledIn(epoch: number): void {
    if (epoch === this.leaderEpoch) return;
    const known = this.leaderEpoch >= 0;
    this.leaderEpoch = epoch;
    if (!known || epoch < 0 || this.#position === undefined || this.#position.offsetEpoch < 0) return;
    if (this.#standing === 'reading' || this.#standing === 'validating') this.#move('validating');
  }

  /** Records were given out. */
  advance(to: Position): void {
    this.#position = to;
  }

  #move(standing: Standing): void {
    this.#standing = standing;
    this.#turn++;
    this.asking = false;
    this.fetched = undefined;
    this.retryAtMs = Number.NEGATIVE_INFINITY;
    this.retries = 0;
  }
}
