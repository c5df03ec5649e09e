/**
 * Which partitions moved from whom to whom within one assignment, so that two members do not swap partitions of a topic for nothing.
 * As AbstractStickyAssignor.PartitionMovements.
 */
import type { TopicPartition } from '../../../../model/topic-partition.ts';
import { topicOf } from './assignment.ts';

interface Movement {
  readonly topic: string;
  readonly from: string;
  readonly to: string;
}

export class PartitionMovements {
  readonly #movements = new Map<TopicPartition, Movement>();

  /** A partition that came back to where it began did not move. */
  moved(partition: TopicPartition, from: string, to: string): void {
    const origin = this.#movements.get(partition)?.from ?? from;
    this.#movements.delete(partition);
    if (origin !== to) this.#movements.set(partition, { topic: topicOf(partition), from: origin, to });
  }

  /** Instead of `partition`: one of the same topic that moved the other way before, if there is one. */
  better(partition: TopicPartition, from: string, to: string): TopicPartition {
    const origin = this.#movements.get(partition)?.from ?? from;
    const topic = topicOf(partition);
    for (const [other, movement] of this.#movements) if (movement.topic === topic && movement.from === to && movement.to === origin) return other;
    return partition;
  }
}
