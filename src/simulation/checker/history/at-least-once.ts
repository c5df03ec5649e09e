/**
 * What a group must have worked on: nothing below a committed offset is read again, so all of it must be done.
 * group-skip: the group committed beyond a record that none of its members ever finished working on. Where the application itself asked for
 *   the commit before it had worked on what a poll gave, it chose so: a crash in between loses by design, and is excused by name. What the
 *   last life of a member still works on when the run ends is not lost.
 * commit-ahead: an automatic commit went beyond a record that no member had finished by then; a crash at that moment loses it. Kafka's
 *   consumer commits by itself what polls returned before the one under way, and the application had its time with that
 *   (ConsumerCoordinator.maybeAutoCommitOffsetsAsync). A commit that nobody asked for counts as automatic.
 * A group of which the history tells nothing, such as that of an application which records nothing, is not judged.
 */
import type { TopicPartition } from '../../../model/topic-partition.ts';
import type { History } from '../../history/history.ts';
import type { PartitionEvidence } from './evidence.ts';
import { keyOf } from './groups.ts';
import { type Case, lossExcuse, passExcuse } from './report.ts';

/** The furthest that a group committed in one partition. */
interface Reached {
  readonly group: string;
  readonly partition: TopicPartition;
  readonly offset: number;
  readonly timeUs: number;
}

interface Work {
  /** Groups of which the history tells something. */
  readonly told: ReadonlySet<string>;
  /** By group and value, when it was finished first. */
  readonly finished: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Values that a member works on at the end of the run. */
  readonly inWork: ReadonlySet<string>;
  readonly reached: ReadonlyMap<string, Reached>;
  /** Commits that the application asked for: group, partition and offset. */
  readonly asked: ReadonlySet<string>;
}

export function checkAtLeastOnce(judged: Case): void {
  const work = workOf(judged);
  checkAhead(judged, work);
  for (const reached of work.reached.values()) checkSkipped(judged, work, reached);
}

function workOf({ evidence, groups }: Case): Work {
  const finished = new Map<string, Map<string, number>>();
  const reached = new Map<string, Reached>();
  const asked = new Set<string>();
  const inWork = new Set<string>();
  const told = new Set<string>();
  const lastLife = new Map(evidence.history.processes.map(({ name, id }) => [name, id]));
  const reach = (each: Reached): void => {
    const key = keyOf(each.group, each.partition);
    const known = reached.get(key);
    if (known === undefined || each.offset > known.offset) reached.set(key, each);
  };
  for (const { operation, process, completion } of evidence.history.operations) {
    if ('group' in operation) told.add(operation.group);
    if (operation.type === 'handle' && completion === undefined && lastLife.get(evidence.history.processes[process]?.name ?? '') === process)
      for (const { value } of operation.records) inWork.add(value);
    if (operation.type === 'commit')
      for (const { partition, offset } of operation.offsets) asked.add(`${keyOf(operation.group, partition)} ${offset}`);
    if (completion?.type !== 'ok') continue;
    const { timeUs } = completion;
    if (operation.type === 'handle') {
      const values = finished.get(operation.group) ?? new Map<string, number>();
      finished.set(operation.group, values);
      for (const { value } of operation.records) values.set(value, Math.min(timeUs, values.get(value) ?? timeUs));
    }
    if (operation.type === 'commit') for (const each of operation.offsets) reach({ group: operation.group, ...each, timeUs });
    if (operation.type === 'committed' && completion.result.type === 'committed')
      for (const each of completion.result.offsets) reach({ group: operation.group, ...each, timeUs });
  }
  for (const { group, partition, offset, acceptedUs } of groups.positions)
    if (told.has(group)) reach({ group, partition, offset, timeUs: acceptedUs });
  return { told, finished, inWork, reached, asked };
}

/** The first value that certainly stands in the log at this offset; undefined where none does, or where one of them is among `finished`. */
function unfinishedAt(known: PartitionEvidence, offset: number, isFinished: (value: string) => boolean): string | undefined {
  const sightings = (known.byOffset.get(offset) ?? []).filter((each) => each.polled || each.acked?.operation.acks === -1);
  return sightings.some(({ value }) => isFinished(value)) ? undefined : sightings[0]?.value;
}

function checkSkipped(
  { evidence, oracle, compaction, report }: Case,
  { finished, inWork }: Work,
  { group, partition, offset: end, timeUs }: Reached,
): void {
  const known = evidence.partitions.get(partition);
  if (known === undefined) return;
  for (const offset of known.offsets) {
    if (offset >= end) break;
    const value = unfinishedAt(known, offset, (each) => inWork.has(each) || (finished.get(group)?.has(each) ?? false));
    if (value === undefined || compaction.mayBeGone(known, offset, value, timeUs)) continue;
    const what = `${value} at ${offset} was never finished, and ${end} is committed`;
    const excuse = passExcuse(oracle, known, offset, timeUs) ?? earlyExcuse(evidence.history, group, partition, offset, value);
    report.add('group-skip', keyOf(group, partition), timeUs, what, excuse);
  }
}

/** Somebody who had got the record asked for a commit behind it, and nobody has finished it: the application's order, not the client's. */
function earlyExcuse(history: History, group: string, partition: TopicPartition, offset: number, value: string): string | undefined {
  const got = new Set<number>();
  for (const { operation, process, completion } of history.operations) {
    if (completion?.type === 'ok' && completion.result.type === 'poll' && completion.result.records.some((record) => record.value === value))
      got.add(process);
    if (operation.type !== 'commit' || operation.group !== group || completion?.type === 'fail' || !got.has(process)) continue;
    if (operation.offsets.some((each) => each.partition === partition && each.offset > offset))
      return 'the application committed it before it had worked on it: a crash in between loses it (commit before processing)';
  }
  return undefined;
}

function checkAhead({ evidence, groups, oracle, compaction, report }: Case, { told, finished, asked }: Work): void {
  /** How many of the partition's known offsets were looked at: each commit adds those between the one before and itself. */
  const looked = new Map<string, number>();
  for (const { group, partition, offset: end, acceptedUs } of groups.positions) {
    const known = evidence.partitions.get(partition);
    if (known === undefined || !told.has(group)) continue;
    const key = keyOf(group, partition);
    const values = finished.get(group);
    const automatic = !asked.has(`${key} ${end}`);
    let at = looked.get(key) ?? 0;
    for (let offset = known.offsets[at]; offset !== undefined && offset < end; offset = known.offsets[++at]) {
      const value = automatic ? unfinishedAt(known, offset, (each) => (values?.get(each) ?? Number.POSITIVE_INFINITY) <= acceptedUs) : undefined;
      if (value === undefined || compaction.mayBeGone(known, offset, value, acceptedUs)) continue;
      const laterUs = values?.get(value);
      const when = laterUs === undefined ? 'never finished' : `finished ${laterUs - acceptedUs} us later`;
      const what = `${end} was committed by itself before ${value} at ${offset} was finished: it was ${when}`;
      report.add('commit-ahead', key, acceptedUs, what, lossExcuse(oracle, known, offset));
    }
    looked.set(key, at);
  }
}
