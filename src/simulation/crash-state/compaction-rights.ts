/**
 * Which records compaction has the right to take out of a log, told from the batches that were written alone: Kafka's promise, not the cleaner's way.
 * A record that a later one of its key overtakes, both committed and decided; a tombstone; what was aborted; a marker that ends nothing which is left.
 * How long tombstones and markers stay is left out: here delete.retention.ms is 0.
 */
import { BatchView } from '../../protocol/records/batch-header.ts';
import { endMarkerOf } from '../../protocol/records/end-marker.ts';
import type { StoredBatch } from '../checker/state/compacted.ts';
import { storedBatch } from '../checker/state/stored-batch.ts';

/** A batch as it was given to the log. */
export interface PromisedBatch extends StoredBatch {
  readonly producerId: number;
  readonly transactional: boolean;
  /** What this marker says of its producer's transaction. */
  readonly ends: 'commit' | 'abort' | undefined;
}

export function promisedBatch(bytes: Uint8Array): PromisedBatch {
  const view = new BatchView(bytes, 0);
  const { producerId, isTransactional: transactional } = view;
  return { ...storedBatch(view), producerId, transactional, ends: view.isControl ? endMarkerOf(view)?.type : undefined };
}

/** Their offsets; what is committed and durable ends before `bound`. */
export function overtakenBelow(batches: readonly PromisedBatch[], bound: number): readonly number[] {
  const below = batches.filter(({ last }) => last < bound);
  const { decided, aborted, markers } = decisionsOf(below);
  const newest = new Map<string, number>();
  for (const { records } of decided) for (const { key, offset } of records) if (key !== undefined) newest.set(key, offset);
  const overtaken = new Set(aborted.flatMap(({ records }) => records.map(({ offset }) => offset)));
  for (const { records } of decided)
    for (const { key, offset, tombstone } of records) if (tombstone || (newest.get(key ?? '') ?? -1) > offset) overtaken.add(offset);
  for (const { marker, data } of markers)
    if (data.every(({ records }) => records.every(({ offset }) => overtaken.has(offset)))) overtaken.add(marker.base);
  return [...overtaken];
}

interface Decisions {
  /** Of no transaction, or of one that is committed. */
  readonly decided: readonly PromisedBatch[];
  readonly aborted: readonly PromisedBatch[];
  readonly markers: readonly { readonly marker: PromisedBatch; readonly data: readonly PromisedBatch[] }[];
}

function decisionsOf(batches: readonly PromisedBatch[]): Decisions {
  const open = new Map<number, PromisedBatch[]>();
  const decided: PromisedBatch[] = [];
  const aborted: PromisedBatch[] = [];
  const markers: { readonly marker: PromisedBatch; readonly data: readonly PromisedBatch[] }[] = [];
  for (const batch of batches) {
    const { producerId, transactional, ends } = batch;
    if (ends !== undefined) {
      const data = open.get(producerId) ?? [];
      open.delete(producerId);
      (ends === 'commit' ? decided : aborted).push(...data);
      markers.push({ marker: batch, data });
    } else if (transactional) open.set(producerId, [...(open.get(producerId) ?? []), batch]);
    else decided.push(batch);
  }
  // In the order of the log, which is not that of the decisions.
  return { decided: decided.sort((a, b) => a.base - b.base), aborted, markers };
}
