/**
 * Order, as one client sees it in one partition.
 * poll-skip / nonmonotonic-poll: between the last record of the reader's previous poll and the first of this one, records were left out, or
 *   it went back. int-: the same within one poll. A position that the reader set itself (assign, seek) starts anew.
 * nonmonotonic-send: a later send of one producer got an offset no larger than an earlier one's; int-: both in one call. Without
 *   idempotence and with more than one request in flight a retry may overtake. With idempotence a send of unknown fate counts as well, if it
 *   was read: its late attempts are refused, so that it stands in its order or nowhere.
 * int-send-skip is always allowed, and so are gaps between offsets that nobody knows anything of.
 */
import type { Evidence, Jump, PartitionEvidence, Place, Send, Sighting } from './evidence.ts';
import { producerOf } from './evidence.ts';
import { idempotenceExcuse } from './idempotence.ts';
import { type Case, lossExcuse, passExcuse, writeExcuse } from './report.ts';

const none: readonly number[] = [];

export function checkPollOrder(history: Case): void {
  for (const jumps of history.evidence.jumps) for (const jump of jumps) checkJump(history, jump);
}

function checkJump(history: Case, { process, before, now, withinPoll, timeUs }: Jump): void {
  const partition = history.evidence.partitions.get(now.partition);
  if (partition === undefined) return;
  const from = before.offset;
  const to = now.offset;
  const skipped = to <= from ? none : between(partition.offsets, from, to).filter((at) => !isCompactedAway(history, partition, at, timeUs));
  if (to > from && skipped.length === 0) return;
  const prefix = withinPoll ? 'int-' : '';
  const place = `${history.evidence.history.processes[process]?.name ?? process} ${partition.partition}`;
  const what = `${before.value} at offset ${from}, then ${now.value} at offset ${to}`;
  if (to <= from) {
    history.report.add(`${prefix}nonmonotonic-poll`, place, timeUs, what, lossExcuse(history.oracle, partition, from));
    return;
  }
  const unexcused = skipped.find((offset) => skipExcuse(history, partition, offset, timeUs) === undefined);
  const excuse = unexcused === undefined ? skipExcuse(history, partition, skipped[0] ?? to, timeUs) : undefined;
  history.report.add(
    `${prefix}poll-skip`,
    place,
    timeUs,
    `${what}, without offsets ${skipped.slice(0, 5).join(', ')}${skipped.length > 5 ? ', ...' : ''}`,
    excuse,
  );
}

/** Whatever is known to have stood there, compaction may have taken by then. Of which only a weak acknowledgement tells may have given way to another. */
function isCompactedAway({ compaction }: Case, partition: PartitionEvidence, offset: number, byUs: number): boolean {
  const sightings = partition.byOffset.get(offset) ?? [];
  const committed = sightings.filter(isCommitted);
  return (committed.length > 0 ? committed : sightings).every(({ value }) => compaction.mayBeGone(partition, offset, value, byUs));
}

const isCommitted = ({ polled, acked }: Sighting): boolean => polled || acked?.operation.acks === -1;

/** An offset of which only a weak acknowledgement tells may have stayed empty. */
function skipExcuse(history: Case, partition: PartitionEvidence, offset: number, timeUs: number): string | undefined {
  const sightings = partition.byOffset.get(offset) ?? [];
  const committed = sightings.some(isCommitted);
  const weak = sightings[0]?.acked;
  if (!committed && weak !== undefined) return writeExcuse(history.oracle, partition, weak);
  return passExcuse(history.oracle, partition, offset, timeUs);
}

/** The known offsets strictly between two. */
function between(offsets: readonly number[], from: number, to: number): readonly number[] {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((offsets[middle] ?? 0) <= from) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < offsets.length && (offsets[end] ?? to) < to) end++;
  return offsets.slice(low, end);
}

interface Placed {
  readonly send: Send;
  readonly offset: number;
}

export function checkSendOrder(history: Case): void {
  const latest = new Map<string, Placed>();
  // By invocation: that is the order in which the producer was handed them.
  for (const [, send] of history.evidence.sends) {
    const place = placeOf(history.evidence, send);
    if (place === undefined) continue;
    const key = `${send.process} ${place.partition}`;
    const before = latest.get(key);
    const now: Placed = { send, offset: place.offset };
    latest.set(key, now);
    const partition = history.evidence.partitions.get(place.partition);
    if (before !== undefined && isBehind(before, now) && partition !== undefined) reportSends(history, partition, before, now);
  }
}

/** One offset for two is out of order only where both were answered; else it is what inconsistent-offsets tells of. */
const isBehind = (before: Placed, now: Placed): boolean =>
  now.offset < before.offset || (now.offset === before.offset && now.send.outcome === 'ok' && before.send.outcome === 'ok');

/** Where a send certainly stands; undefined where that is not known, or where nothing orders it. */
function placeOf(evidence: Evidence, send: Send): Place | undefined {
  if (send.outcome === 'ok') return send.partition === undefined || send.offset < 0 ? undefined : { partition: send.partition, offset: send.offset };
  if (send.outcome === 'fail' || !producerOf(evidence, send).idempotent) return undefined;
  const places = evidence.places.get(send.operation.value) ?? [];
  return places.length === 1 ? places[0] : undefined;
}

function reportSends(history: Case, partition: PartitionEvidence, before: Placed, now: Placed): void {
  const { evidence, oracle, report } = history;
  const { send } = now;
  const { idempotent, maxInFlight } = producerOf(evidence, send);
  const lost = before.send.outcome === 'ok' ? writeExcuse(oracle, partition, before.send) : lossExcuse(oracle, partition, before.offset);
  const excuse =
    !idempotent && maxInFlight > 1
      ? `without idempotence and with ${maxInFlight} requests in flight a retry may overtake`
      : (lost ?? (idempotent ? idempotenceExcuse(history, partition.partition, before.send) : undefined));
  const sameCall = send.operation.call !== undefined && send.operation.call === before.send.operation.call;
  const place = `${evidence.history.processes[send.process]?.name ?? send.process} ${partition.partition}`;
  const what = `${before.send.operation.value} at offset ${before.offset}, then ${send.operation.value} at offset ${now.offset}`;
  report.add(sameCall ? 'int-nonmonotonic-send' : 'nonmonotonic-send', place, send.timeUs, what, excuse);
}
