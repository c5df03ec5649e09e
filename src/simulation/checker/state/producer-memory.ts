/**
 * What logs forget of idempotent producers as Kafka's do: everything for their silence (producer.id.expiration.ms; from then on the next batch
 * counts as a first one, KIP-98, KIP-360), and all batches but the last one below the snapshot that a log begins with again, after a stop or a cut: it
 * has room for one (ProducerStateManager.writeSnapshot). Owns when and where; whether it excuses anything is judged in checker/history.
 */
import type { NodeEvent } from '../../../io/node-event.ts';
import type { TopicPartition } from '../../../model/topic-partition.ts';
import type { ProducerWitness } from './state-checker.ts';

/** A log that a broker opened from a snapshot, and led afterwards or not yet. */
interface Opened {
  readonly node: number;
  /** Of what lay below, the last batch of each producer is known. */
  readonly end: number;
  ledFromUs: number | undefined;
}

export class ProducerMemory implements ProducerWitness {
  /** Ascending, in virtual time. */
  readonly #forgottenUs = new Map<TopicPartition, number[]>();
  readonly #opened = new Map<TopicPartition, Opened[]>();

  observe(timeUs: number, node: number, event: NodeEvent): void {
    switch (event.type) {
      case 'producersForgotten':
        entryOf(this.#forgottenUs, event.partition).push(timeUs);
        return;
      case 'producersRebuilt':
        entryOf(this.#opened, event.partition).push({ node, end: event.from, ledFromUs: undefined });
        return;
      case 'role':
        if (event.role !== 'leader') return;
        for (const opened of this.#opened.get(event.partition) ?? []) if (opened.node === node) opened.ledFromUs ??= timeUs;
        return;
      default:
      // The rest says nothing about producers.
    }
  }

  forgotten(partition: TopicPartition, fromUs: number, toUs: number): boolean {
    return this.#forgottenUs.get(partition)?.some((timeUs) => fromUs <= timeUs && timeUs <= toUs) ?? false;
  }

  snapshotEnds(partition: TopicPartition, byUs: number): readonly number[] {
    return (this.#opened.get(partition) ?? []).filter(({ ledFromUs }) => ledFromUs !== undefined && ledFromUs <= byUs).map(({ end }) => end);
  }
}

function entryOf<V>(map: Map<TopicPartition, V[]>, partition: TopicPartition): V[] {
  const known = map.get(partition);
  if (known !== undefined) return known;
  const fresh: V[] = [];
  map.set(partition, fresh);
  return fresh;
}
