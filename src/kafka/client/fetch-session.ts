/**
 * One incremental fetch session with one broker (KIP-227), the client's half: what the broker knows already is not said again.
 * Owns the session's id and epoch and what was last told; sends nothing. As FetchSessionHandler.
 *
 * full (id 0, epoch 0) -> incremental (id, epoch 1, 2, ...) -> full again after an error or a lost answer.
 */
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

const fullEpoch = 0;
const finalEpoch = -1;
/** After the last int32 comes 1: 0 means a new session. */
const nextEpoch = (epoch: number): number => (epoch === 0x7fffffff ? 1 : epoch + 1);

export class FetchSession {
  #id = 0;
  #epoch = fullEpoch;
  #partitions: ReadonlyMap<TopicPartition, FetchTarget> = new Map();
  #withTopicIds = true;

  /** The next fetch of these partitions, each of which the caller wants now. `withTopicIds`: from version 13 on. */
  next(targets: readonly FetchTarget[], withTopicIds: boolean): SessionFetch {
    // Names and ids cannot be mixed within a session.
    if (withTopicIds !== this.#withTopicIds) this.#startOver();
    this.#withTopicIds = withTopicIds;
    const wanted = new Map<TopicPartition, FetchTarget>();
    for (const target of targets) wanted.set(target.partition, target);
    const before = this.#partitions;
    this.#partitions = wanted;
    if (this.#epoch === fullEpoch) return { sessionId: this.#id, sessionEpoch: this.#epoch, told: targets, forgotten: [] };
    const told = targets.filter((target) => changed(before.get(target.partition), target));
    const forgotten: FetchTarget[] = [];
    for (const [partition, target] of before) {
      const now = wanted.get(partition);
      // A topic that was made anew is another one: the old one is forgotten by its id.
      if (now === undefined || now.topicId !== target.topicId) forgotten.push(target);
    }
    return { sessionId: this.#id, sessionEpoch: this.#epoch, told, forgotten };
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
    return this.#id === 0 ? undefined : { sessionId: this.#id, sessionEpoch: finalEpoch, told: [], forgotten: [] };
  }

  /** The next fetch is full; it names the old session, if there is one, for the broker to drop it. */
  #startOver(): void {
    this.#epoch = fullEpoch;
  }
}

const changed = (before: FetchTarget | undefined, now: FetchTarget): boolean =>
  before === undefined ||
  before.topicId !== now.topicId ||
  before.fetchOffset !== now.fetchOffset ||
  before.currentLeaderEpoch !== now.currentLeaderEpoch ||
  before.partitionMaxBytes !== now.partitionMaxBytes;
