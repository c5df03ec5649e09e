/**
 * When an idempotent producer may write a record twice or out of order all the same: what the protocol leaves open, by name. Judged from what
 * the producer told its application, and never from its own word that it began a new epoch, since a broken broker brings it to that as well.
 */
import type { TopicPartition } from '../../../model/topic-partition.ts';
import type { Evidence, Send } from './evidence.ts';
import type { Case } from './report.ts';

/** Why this record may stand twice in the partition, or behind a later one; undefined when nothing permits it. */
export function idempotenceExcuse(judged: Case, partition: TopicPartition, send: Send): string | undefined {
  const { evidence } = judged;
  return (
    givenUpBefore(evidence, partition, send) ??
    unknownToLeader(evidence, partition, send) ??
    forgotten(judged, partition, send) ??
    beforeSnapshot(judged, partition, send) ??
    compactedAway(judged, partition, send)
  );
}

/**
 * The leader has a record in its log, and behind it another one of the producer. The snapshot that it began with again knows that last batch
 * only, so it took the retry of the record for a gap, and the producer sent it anew under a new epoch, with all behind it that were open.
 */
function beforeSnapshot({ evidence, producers }: Case, partition: TopicPartition, send: Send): string | undefined {
  const ends = [...producers.snapshotEnds(partition, send.timeUs), ...producers.compactedEnds(partition, send.timeUs)];
  if (ends.length === 0) return undefined;
  for (const [value, places] of evidence.places) {
    const other = evidence.sends.get(value);
    if (other?.process !== send.process || other.index > send.index || other.timeUs < send.invokedUs || places.length < 2) continue;
    const first = Math.min(...places.map((place) => (place.partition === partition ? place.offset : Number.POSITIVE_INFINITY)));
    const hidden = (at: number, end: number): boolean => at > first && at < end && wroteOf(evidence, partition, at) === send.process;
    if (ends.some((end) => evidence.partitions.get(partition)?.offsets.some((at) => hidden(at, end))))
      return 'the leader began again from a snapshot, which has room for the last batch of a producer only (KIP-98)';
  }
  return undefined;
}

/**
 * The leader fetched a log, or opened it, of which compaction had left the last batch of the producer only: it took the retry of a record before that
 * for a gap, and the producer sent it anew under a new epoch, with all behind it that were open. Where that record stood first nobody may know.
 */
function compactedAway({ evidence, producers }: Case, partition: TopicPartition, send: Send): string | undefined {
  const ends = producers.compactedEnds(partition, send.timeUs);
  if (ends.length === 0) return undefined;
  for (const other of evidence.sends.values())
    if (other.process === send.process && other.target === partition && other.index < send.index && other.timeUs >= send.invokedUs)
      return 'the leader had its log after a compaction, which leaves the last batch of a producer only (KIP-98)';
  return undefined;
}

/** The producer whose record stands there. */
function wroteOf(evidence: Evidence, partition: TopicPartition, offset: number): number | undefined {
  const sightings = evidence.partitions.get(partition)?.byOffset.get(offset) ?? [];
  for (const { value } of sightings) {
    const process = evidence.sends.get(value)?.process;
    if (process !== undefined) return process;
  }
  return undefined;
}

/**
 * A log forgot the producer for its silence, after the last record that it acknowledged before this one was sent and before this one had its
 * outcome: what was written of it may be written again, and a later batch may come first.
 */
function forgotten({ evidence, producers }: Case, partition: TopicPartition, send: Send): string | undefined {
  let fromUs = 0;
  for (const other of evidence.sends.values())
    if (other.process === send.process && other.outcome === 'ok' && other.partition === partition && other.timeUs < send.invokedUs)
      fromUs = Math.max(fromUs, other.timeUs);
  return producers.forgotten(partition, fromUs, send.timeUs)
    ? 'the log forgot the producer, which was silent for producer.id.expiration.ms (KIP-98)'
    : undefined;
}

/**
 * delivery.timeout.ms passed for a record that was sent before this one, and nobody knows whether it was written. The producer cannot tell
 * whether those behind it, this one among them, were refused for the gap or are late: it numbers them anew in a new epoch (KIP-360), and an
 * attempt with the old numbers may still arrive before. What was sent later waited until this was settled.
 */
function givenUpBefore(evidence: Evidence, partition: TopicPartition, send: Send): string | undefined {
  for (const other of evidence.sends.values()) {
    if (other.process !== send.process || other.outcome !== 'info' || other.target !== partition || other.index >= send.index) continue;
    if (send.invokedUs <= other.timeUs && other.timeUs <= send.timeUs)
      return 'the producer gave up a record before it without knowing its fate, and began a new epoch (KIP-360)';
  }
  return undefined;
}

/**
 * A leader that knows nothing of a producer takes any first sequence: when the first batch of a partition fails and the second arrives, the second
 * is written first, and the first one is refused from then on. It holds for what was sent until the first batch had its outcome.
 */
function unknownToLeader(evidence: Evidence, partition: TopicPartition, send: Send): string | undefined {
  const first = firstInLog(evidence, partition, send.process);
  if (first === undefined) return undefined;
  for (const other of evidence.sends.values()) {
    if (other.process !== send.process || other.target !== partition || other.index >= first.index) continue;
    if (Math.max(send.invokedUs, first.invokedUs) <= other.timeUs)
      return 'the leader knew nothing of the producer, and took a later batch before its first one (KAFKA-14359)';
  }
  return undefined;
}

/** Of the producer's records in the partition, the one with the lowest offset. */
function firstInLog(evidence: Evidence, partition: TopicPartition, process: number): Send | undefined {
  const known = evidence.partitions.get(partition);
  for (const offset of known?.offsets ?? []) {
    for (const sighting of known?.byOffset.get(offset) ?? []) {
      const send = evidence.sends.get(sighting.value);
      if (send?.process === process) return send;
    }
  }
  return undefined;
}
