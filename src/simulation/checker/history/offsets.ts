/**
 * What stands at which offset.
 * inconsistent-offsets: one offset, two values. duplicate: one value, two offsets; legitimate without idempotence, and with it as
 *   idempotence.ts says.
 * G1a: a read of a write that certainly failed. never-sent: a read of a value that nobody sent.
 */
import { type PartitionEvidence, producerOf, type Sighting } from './evidence.ts';
import { idempotenceExcuse } from './idempotence.ts';
import { type Case, lossExcuse } from './report.ts';

export function checkOffsets(history: Case): void {
  for (const [, partition] of history.evidence.partitions)
    for (const offset of partition.offsets) {
      const sightings = partition.byOffset.get(offset) ?? [];
      if (sightings.length > 1) inconsistent(history, partition, offset, sightings);
      for (const sighting of sightings) if (sighting.polled) checkOrigin(history, partition, offset, sighting);
    }
  checkDuplicates(history);
}

/**
 * A value that was read, or acknowledged with acks=all, is committed: two of them at one offset is a broken promise. One that only a weaker
 * acknowledgement put there may have been lost and its offset given to another.
 */
function inconsistent(history: Case, partition: PartitionEvidence, offset: number, sightings: readonly Sighting[]): void {
  const committed = sightings.filter((sighting) => sighting.polled || sighting.acked?.operation.acks === -1);
  const weak = sightings.find((sighting) => !committed.includes(sighting))?.acked;
  const excuse =
    committed.length <= 1 && weak !== undefined
      ? `acks=${weak.operation.acks} does not wait for the in-sync replicas`
      : lossExcuse(history.oracle, partition, offset);
  const what = sightings.map((sighting) => `${sighting.value} (${sighting.polled ? 'read' : 'acknowledged'})`).join(', ');
  const timeUs = sightings.find((sighting) => sighting.acked !== undefined)?.acked?.timeUs ?? 0;
  history.report.add('inconsistent-offsets', partition.partition, timeUs, `offset ${offset}: ${what}`, excuse);
}

function checkOrigin(history: Case, partition: PartitionEvidence, offset: number, sighting: Sighting): void {
  const send = history.evidence.sends.get(sighting.value);
  const where = `${sighting.value} was read at ${offset}`;
  if (send === undefined) history.report.add('never-sent', partition.partition, 0, `${where}, nobody sent it`, undefined);
  else if (send.outcome === 'fail') history.report.add('G1a', partition.partition, send.timeUs, `${where}, its send had certainly failed`, undefined);
}

function checkDuplicates(history: Case): void {
  const { evidence } = history;
  for (const [value, places] of evidence.places) {
    const first = places[0];
    const send = evidence.sends.get(value);
    if (first === undefined || places.length < 2 || send === undefined) continue;
    const partition = evidence.partitions.get(first.partition);
    if (partition === undefined) continue;
    const excuse = producerOf(evidence, send).idempotent
      ? (places.map((place) => lossExcuse(history.oracle, partition, place.offset)).find((reason) => reason !== undefined) ??
        idempotenceExcuse(history, first.partition, send))
      : 'the producer is not idempotent: a retry after a lost answer writes again';
    const what = `${value} stands at ${places.map((place) => `${place.partition}@${place.offset}`).join(', ')}`;
    history.report.add('duplicate', first.partition, send.timeUs, what, excuse);
  }
}
