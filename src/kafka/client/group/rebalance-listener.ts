/** What an application hears of its partitions. As ConsumerRebalanceListener. */
import type { TopicPartition } from '../../../model/topic-partition.ts';

/**
 * Each is called inside a poll (or unsubscribe, or close) and calls `done` once, when it has finished: until then the poll gives nothing and
 * nothing else is called. Meanwhile max.poll.interval.ms runs. A missing one is finished at once.
 */
export interface RebalanceListener {
  /** These are given up next; commits for them are still taken. Under the eager protocol also told of none. */
  readonly onPartitionsRevoked?: (partitions: readonly TopicPartition[], done: () => void) => void;
  /** Others may own these already. By default as revoked. */
  readonly onPartitionsLost?: (partitions: readonly TopicPartition[], done: () => void) => void;
  /** These came with a rebalance, maybe none; seek() here goes before committed offsets. */
  readonly onPartitionsAssigned?: (partitions: readonly TopicPartition[], done: () => void) => void;
}
