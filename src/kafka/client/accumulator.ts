/**
 * Batches that wait for their turn, by partition, oldest first. Owns what a new record joins, what goes in the next request of a node and
 * in which order; knows nothing of connections and outcomes. As Kafka's RecordAccumulator.
 */
import { type TopicPartition, topicPartition } from '../../model/topic-partition.ts';
import { type PendingRecord, ProduceBatch, recordBytes } from './produce-batch.ts';

export interface PartitionQueue {
  readonly partition: TopicPartition;
  readonly topic: string;
  readonly index: number;
  readonly batches: ProduceBatch[];
  /** Batches that were sent and have no answer. */
  inFlight: number;
}

export interface Appended {
  readonly batch: ProduceBatch;
  readonly queue: PartitionQueue;
  /** The record began a batch. */
  readonly newBatch: boolean;
  readonly bytes: number;
}

export class Accumulator {
  readonly #batchBytes: number;
  readonly #queues = new Map<TopicPartition, PartitionQueue>();
  /** Where the next request of a node begins, so that a small max.request.size starves no partition. */
  readonly #turns = new Map<number, number>();

  constructor(batchBytes: number) {
    this.#batchBytes = batchBytes;
  }

  get queues(): IterableIterator<PartitionQueue> {
    return this.#queues.values();
  }

  append(record: PendingRecord, index: number, nowMs: number): Appended {
    const partition = topicPartition(record.topic, index);
    let queue = this.#queues.get(partition);
    if (queue === undefined) {
      queue = { partition, topic: record.topic, index, batches: [], inFlight: 0 };
      this.#queues.set(partition, queue);
    }
    const bytes = recordBytes(record);
    let batch = queue.batches.at(-1);
    const newBatch = !batch?.hasRoomFor(bytes, this.#batchBytes);
    if (batch === undefined || newBatch) {
      batch = new ProduceBatch(partition, record.topic, index, nowMs);
      queue.batches.push(batch);
    }
    batch.append(record, bytes);
    return { batch, queue, newBatch, bytes };
  }

  /** A whole batch waits, or one that no record fits into. */
  full(queue: PartitionQueue): boolean {
    const first = queue.batches[0];
    return queue.batches.length > 1 || (first !== undefined && (first.closed || first.bytes >= this.#batchBytes));
  }

  /** Puts a batch back in front: without idempotence later batches may have overtaken it by now. */
  putBack(queue: PartitionQueue, ...batches: readonly ProduceBatch[]): void {
    queue.batches.unshift(...batches);
  }

  /** Puts a batch back where it belongs by its sequence: behind those that come before it. */
  putInOrder(queue: PartitionQueue, batch: ProduceBatch, before: (waiting: ProduceBatch, batch: ProduceBatch) => boolean): void {
    let at = 0;
    for (const waiting of queue.batches) {
      if (!waiting.hasSequence || !before(waiting, batch)) break;
      at++;
    }
    queue.batches.splice(at, 0, batch);
  }

  queueOf(batch: ProduceBatch): PartitionQueue | undefined {
    return this.#queues.get(batch.partition);
  }

  /** Takes the first batch of each of these queues while they fit into a request; at least one. `queues` are those that a node leads. */
  drain(node: number, queues: readonly PartitionQueue[], maxBytes: number, mayGo: (batch: ProduceBatch) => boolean): readonly ProduceBatch[] {
    const drained: ProduceBatch[] = [];
    const start = this.#turns.get(node) ?? 0;
    let bytes = 0;
    for (let step = 0; step < queues.length; step++) {
      const at = (start + step) % queues.length;
      const queue = queues[at];
      const batch = queue?.batches[0];
      if (queue === undefined || batch === undefined || !mayGo(batch)) continue;
      if (drained.length > 0 && bytes + batch.bytes > maxBytes) {
        this.#turns.set(node, at);
        break;
      }
      queue.batches.shift();
      bytes += batch.bytes;
      drained.push(batch);
    }
    return drained;
  }

  remove(batch: ProduceBatch): void {
    const queue = this.#queues.get(batch.partition);
    const at = queue?.batches.indexOf(batch) ?? -1;
    if (at >= 0) queue?.batches.splice(at, 1);
  }
}
