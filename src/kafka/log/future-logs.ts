/**
 * The future logs of one node: copies that will take a replica's place in another directory once they hold all that it holds. Owns which there are;
 * their files are the logs', what they are to hold is replication's, and their coming and going on the disk the log manager's. Source: KIP-113, the
 * futureLogs of Kafka's LogManager.
 */
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { Disguise } from './disguise.ts';
import type { PartitionLog } from './partition-log.ts';

/** A future log, where it lies and what it hides behind. */
export interface FutureLog<Place> {
  readonly place: Place;
  readonly log: PartitionLog;
  readonly disguise: Disguise;
}

export class FutureLogs<Place> {
  /** One a partition, but for what came back with a directory that was offline. */
  #all: readonly FutureLog<Place>[] = [];

  /** In the order in which they were opened or made. */
  get all(): readonly FutureLog<Place>[] {
    return this.#all;
  }

  of(partition: TopicPartition): readonly FutureLog<Place>[] {
    return this.#all.length === 0 ? this.#all : this.#all.filter(({ log }) => log.partition === partition);
  }

  /** The logs in one directory. */
  in(place: Place): readonly PartitionLog[] {
    return this.#all.length === 0 ? [] : this.#all.filter((each) => each.place === place).map(({ log }) => log);
  }

  add(future: FutureLog<Place>): void {
    this.#all = [...this.#all, future];
  }

  delete(future: FutureLog<Place>): void {
    this.#all = this.#all.filter((each) => each !== future);
  }
}
