/**
 * One incremental fetch session with one broker (KIP-227), the client's half: what the broker knows already is not said again.
 * Owns the session's id and epoch and what was last told; sends nothing. As FetchSessionHandler.
 *
 * full (id 0, epoch 0) -> incremental (id, epoch 1, 2, ...) -> full again after an error or a lost answer.
 */
import { append } from '../../model/append.ts';
import { ErrorCode } from '../../model/error-code.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { Uuid } from '../../model/uuid.ts';

export interface FetchTarget {
  readonly partition: TopicPartition;
  readonly topic: string;
  readonly topicId: Uuid;
  readonly index: number;
  readonly fetchOffset: number;
  readonly currentLeaderEpoch: number;
  readonly partitionMaxBytes: number;
}

export interface SessionFetch {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  /** What the broker must be told: all in a full fetch, else what is new or changed. */
  readonly told: readonly FetchTarget[];
  /** What it may forget. */
  readonly forgotten: readonly FetchTarget[];
}

const nothing: readonly never[] = [];
const fullEpoch = 0;
const finalEpoch = -1;
/** After the last int32 comes 1: 0 means a new session. */
const nextEpoch = (epoch: number): number => (epoch === 0x7fffffff ? 1 : epoch + 1);

export class FetchSession {
  #id = 0;
  #epoch = fullEpoch;
  #partitions = new Map<TopicPartition, FetchTarget>();
  #withTopicIds = true;

  /** The next fetch of these partitions, each of which the caller wants now. `withTopicIds`: from version 13 on. */
  next(targets: readonly FetchTarget[], withTopicIds: boolean): SessionFetch {
    // Names and ids cannot be mixed within a session.
    if (withTopicIds !== this.#withTopicIds) this.#startOver();
    this.#withTopicIds = withTopicIds;
    const before = this.#partitions;
    if (this.#epoch === fullEpoch) {
      this.#partitions = byPartition(targets);
      return { sessionId: this.#id, sessionEpoch: this.#epoch, told: targets, forgotten: nothing };
    }
    let told: FetchTarget[] | undefined;
    let kept = 0;
    for (const target of targets) {
      const was = before.get(target.partition);
      if (was?.topicId === target.topicId) kept++;
      if (!changed(was, target)) continue;
      told = append(told, target);
    }
    if (kept === before.size && kept === targets.length) {
      // The usual fetch is of the same partitions as the one before, some of them further on.
      if (told !== undefined) for (const target of told) before.set(target.partition, target);
      return { sessionId: this.#id, sessionEpoch: this.#epoch, told: told ?? nothing, forgotten: nothing };
    }
    const wanted = byPartition(targets);
    this.#partitions = wanted;
    const forgotten = kept === before.size ? nothing : missing(before, wanted);
    return { sessionId: this.#id, sessionEpoch: this.#epoch, told: told ?? nothing, forgotten };
  }

  /** Takes an answer's head. False: nothing in it counts, the next fetch starts a new session. */
  answered(errorCode: number, sessionId: number, partitions: readonly TopicPartition[]): boolean {
    if (errorCode !== ErrorCode.NONE) {
      if (errorCode === ErrorCode.FETCH_SESSION_ID_NOT_FOUND) this.#id = 0;
      this.#startOver();
      return false;
    }
    if (partitions.some((partition) => !this.#partitions.has(partition))) {
      this.#startOver();
      return false;
    }
    this.#epoch = sessionId === 0 ? fullEpoch : this.#epoch === fullEpoch ? 1 : nextEpoch(this.#epoch);
    this.#id = sessionId;
    return true;
  }

  /** The answer was lost: nobody knows whether the broker went on to the next epoch. */
  lost(): void {
    this.#startOver();
  }

  /** The request that ends the session; undefined when there is none. */
  end(): SessionFetch | undefined {
    return this.#id === 0 ? undefined : { sessionId: this.#id, sessionEpoch: finalEpoch, told: nothing, forgotten: nothing };
  }

  /** The next fetch is full; it names the old session, if there is one, for the broker to drop it. */
  #startOver(): void {
    this.#epoch = fullEpoch;
  }
}

const byPartition = (targets: readonly FetchTarget[]): Map<TopicPartition, FetchTarget> => {
  const map = new Map<TopicPartition, FetchTarget>();
  for (const target of targets) map.set(target.partition, target);
  return map;
};

/** What was asked for and is not any more. A topic that was made anew is another one: the old one is forgotten by its id. */
function missing(before: ReadonlyMap<TopicPartition, FetchTarget>, wanted: ReadonlyMap<TopicPartition, FetchTarget>): readonly FetchTarget[] {
  const missed: FetchTarget[] = [];
  for (const [partition, target] of before) if (wanted.get(partition)?.topicId !== target.topicId) missed.push(target);
  return missed;
}

const changed = (before: FetchTarget | undefined, now: FetchTarget): boolean =>
  before === undefined ||
  before.topicId !== now.topicId ||
  before.fetchOffset !== now.fetchOffset ||
  before.currentLeaderEpoch !== now.currentLeaderEpoch ||
  before.partitionMaxBytes !== now.partitionMaxBytes;
