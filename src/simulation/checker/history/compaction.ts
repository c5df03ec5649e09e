/**
 * What compaction may have taken from a reader's sight, by what the history proves: a record that a later one of its key overtakes, and a tombstone that
 * is older than delete.retention.ms. Owns the order of writes by key; in topics that are not compacted nothing may be gone.
 */
import type { TopicPartition } from '../../../model/topic-partition.ts';
import type { Evidence, PartitionEvidence, Send } from './evidence.ts';

export class CompactionEvidence {
  readonly #evidence: Evidence;
  readonly #deleteRetentionMs: (partition: TopicPartition) => number | undefined;
  /** By partition and key: what was seen there, and the tombstones that may stand there unseen. */
  readonly #byKey = new Map<TopicPartition, ReadonlyMap<string, Writes>>();

  constructor(evidence: Evidence, deleteRetentionMs: (partition: TopicPartition) => number | undefined) {
    this.#evidence = evidence;
    this.#deleteRetentionMs = deleteRetentionMs;
  }

  /** Whether somebody who reads at this time may find nothing where this value stood. */
  mayBeGone(partition: PartitionEvidence, offset: number, value: string, byUs: number): boolean {
    const retentionMs = this.#deleteRetentionMs(partition.partition);
    const send = this.#evidence.sends.get(value);
    const key = send?.operation.key ?? null;
    if (retentionMs === undefined || send === undefined || key === null) return false;
    const isOld = (tombstone: Send): boolean => byUs - tombstone.invokedUs >= retentionMs * 1000;
    if (send.operation.tombstone === true && isOld(send)) return true;
    const writes = this.#writesOf(partition).get(key);
    if (writes === undefined) return false;
    // A tombstone of unknown fate may have overtaken it, and have gone itself before anybody read it.
    return writes.placed.some((later) => later.offset > offset && later.send.invokedUs <= byUs) || writes.unseen.some(isOld);
  }

  #writesOf(partition: PartitionEvidence): ReadonlyMap<string, Writes> {
    let known = this.#byKey.get(partition.partition);
    if (known === undefined) {
      known = writesOf(this.#evidence, partition);
      this.#byKey.set(partition.partition, known);
    }
    return known;
  }
}

interface Writes {
  readonly placed: { readonly offset: number; readonly send: Send }[];
  readonly unseen: Send[];
}

function writesOf({ sends, places }: Evidence, { partition, byOffset }: PartitionEvidence): ReadonlyMap<string, Writes> {
  const byKey = new Map<string, Writes>();
  const of = (key: string): Writes => {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const fresh: Writes = { placed: [], unseen: [] };
    byKey.set(key, fresh);
    return fresh;
  };
  for (const [offset, sightings] of byOffset)
    for (const { value, polled, acked } of sightings) {
      const send = sends.get(value);
      // A weaker acknowledgement does not say that it was ever committed.
      const stood = polled || acked?.operation.acks === -1 || send?.operation.tombstone === true;
      if (stood && send !== undefined && send.operation.key !== null) of(send.operation.key).placed.push({ offset, send });
    }
  for (const [value, send] of sends) {
    const { key, tombstone } = send.operation;
    if (key === null || tombstone !== true || send.outcome === 'fail' || places.has(value)) continue;
    if ((send.target ?? partition) === partition) of(key).unseen.push(send);
  }
  return byKey;
}
