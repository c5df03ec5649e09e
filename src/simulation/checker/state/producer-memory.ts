/**
 * What logs forget of idempotent producers as Kafka's do: everything for their silence (producer.id.expiration.ms; from then on the next batch
 * counts as a first one, KIP-98, KIP-360), and all batches but the last one below the snapshot that a log begins with again, after a stop or a cut: it
 * has room for one (ProducerStateManager.writeSnapshot). Of what compaction has taken, neither who fetches the log nor who opens it again knows more
 * than the last batch of each producer, which stays. Owns when and where; whether it excuses anything is judged in checker/history.
 */
import type { NodeEvent } from '../../../io/node-event.ts';
import type { TopicPartition } from '../../../model/topic-partition.ts';
import type { ProducerWitness } from './state-checker.ts';

/** A log of which a broker knows less than was written, and led afterwards or not yet. */
interface Opened {
  readonly node: number;
  readonly why: 'snapshot' | 'compaction';
  /** Of what lay below, the last batch of each producer is known. */
  readonly end: number;
  ledFromUs: number | undefined;
}

export class ProducerMemory implements ProducerWitness {
  /** Ascending, in virtual time. */
  readonly #forgottenUs = new Map<TopicPartition, number[]>();
  readonly #opened = new Map<TopicPartition, Opened[]>();
  /** By partition and node, where its log ends, and up to where it was compacted there. */
  readonly #ends = new Map<TopicPartition, Map<number, number>>();
  readonly #cleaned = new Map<TopicPartition, Map<number, number>>();

  observe(timeUs: number, node: number, event: NodeEvent): void {
    switch (event.type) {
      case 'producersForgotten':
        entryOf(this.#forgottenUs, event.partition).push(timeUs);
        return;
      case 'producersRebuilt':
        this.#knowsLast(event.partition, node, 'snapshot', event.from);
        return;
      case 'appended': {
        const ends = nodesOf(this.#ends, event.partition);
        if (event.base > (ends.get(node) ?? 0)) this.#knowsLast(event.partition, node, 'compaction', event.base);
        ends.set(node, event.last + 1);
        return;
      }
      case 'truncated':
        nodesOf(this.#ends, event.partition).set(node, event.to);
        return;
      case 'logStart': {
        const ends = nodesOf(this.#ends, event.partition);
        ends.set(node, Math.max(ends.get(node) ?? 0, event.offset));
        return;
      }
      case 'cleaned':
        nodesOf(this.#cleaned, event.partition).set(node, event.to);
        return;
      case 'recovered': {
        nodesOf(this.#ends, event.partition).set(node, event.logEnd);
        const cleaned = nodesOf(this.#cleaned, event.partition).get(node) ?? 0;
        if (cleaned > 0) this.#knowsLast(event.partition, node, 'compaction', cleaned);
        return;
      }
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
    return this.#led(partition, byUs, 'snapshot');
  }

  compactedEnds(partition: TopicPartition, byUs: number): readonly number[] {
    return this.#led(partition, byUs, 'compaction');
  }

  #led(partition: TopicPartition, byUs: number, wanted: Opened['why']): readonly number[] {
    const opened = this.#opened.get(partition) ?? [];
    return opened.filter(({ why, ledFromUs }) => why === wanted && ledFromUs !== undefined && ledFromUs <= byUs).map(({ end }) => end);
  }

  #knowsLast(partition: TopicPartition, node: number, why: Opened['why'], end: number): void {
    entryOf(this.#opened, partition).push({ node, why, end, ledFromUs: undefined });
  }
}

function entryOf<V>(map: Map<TopicPartition, V[]>, partition: TopicPartition): V[] {
  const known = map.get(partition);
  if (known !== undefined) return known;
  const fresh: V[] = [];
  map.set(partition, fresh);
  return fresh;
}

function nodesOf(map: Map<TopicPartition, Map<number, number>>, partition: TopicPartition): Map<number, number> {
  const known = map.get(partition);
  if (known !== undefined) return known;
  const fresh = new Map<number, number>();
  map.set(partition, fresh);
  return fresh;
}
