/**
 * When logs forgot idempotent producers for their silence (producer.id.expiration.ms): from then on the next batch counts as a first one, whatever
 * its number, and an attempt that was written before is written again (KIP-98, KIP-360). Owns the times only; whether they excuse anything is
 * judged in checker/history.
 */
import type { NodeEvent } from '../../../io/node-event.ts';
import type { TopicPartition } from '../../../model/topic-partition.ts';
import type { ProducerWitness } from './state-checker.ts';

export class ProducerMemory implements ProducerWitness {
  /** Ascending, in virtual time. */
  readonly #forgottenUs = new Map<TopicPartition, number[]>();

  observe(timeUs: number, event: NodeEvent): void {
    if (event.type !== 'producersForgotten') return;
    const times = this.#forgottenUs.get(event.partition);
    if (times === undefined) this.#forgottenUs.set(event.partition, [timeUs]);
    else times.push(timeUs);
  }

  forgotten(partition: TopicPartition, fromUs: number, toUs: number): boolean {
    return this.#forgottenUs.get(partition)?.some((timeUs) => fromUs <= timeUs && timeUs <= toUs) ?? false;
  }
}
