/**
 * What the members of consumer groups may observe.
 * double-assignment: in one generation two members were given the same partition.
 * committed-lost: what a group is said to have committed is not what it could have: an acknowledged commit is gone, or an older one is back.
 * group-skip: the group committed beyond a record that none of its members finished working on.
 * Automatic commits leave no trace but in what is committed; for them only the last is judged.
 */
import type { TopicPartition } from '../../../model/topic-partition.ts';
import type { History } from '../../history/history.ts';
import type { CommitOperation, HistoryOperation, RebalanceOperation } from '../../history/operation.ts';
import { type Case, lossExcuse } from './report.ts';

/** One commit of one partition. */
interface Written {
  readonly offset: number;
  readonly invokedAt: number;
  /** Its place among all events when it was acknowledged; undefined for one whose fate nobody knows. */
  readonly acknowledgedUs: number | undefined;
}

export function checkGroups(judged: Case): void {
  const { history } = judged.evidence;
  checkAssignments(judged, history);
  checkCommitted(judged, history, commitsOf(history));
  checkSkipped(judged, history);
}

const isRebalance = (entry: HistoryOperation): entry is HistoryOperation<RebalanceOperation> => entry.operation.type === 'rebalance';
const isCommit = (entry: HistoryOperation): entry is HistoryOperation<CommitOperation> => entry.operation.type === 'commit';
const keyOf = (group: string, partition: TopicPartition): string => `${group} ${partition}`;

function checkAssignments({ report }: Case, history: History): void {
  const owners = new Map<string, string>();
  for (const { operation, timeUs } of history.operations.filter(isRebalance)) {
    const { group, event, owned, generation, memberId } = operation;
    if (event !== 'assigned') continue;
    for (const partition of owned) {
      const key = `${keyOf(group, partition)} ${generation}`;
      const owner = owners.get(key);
      owners.set(key, memberId);
      if (owner === undefined || owner === memberId) continue;
      report.add('double-assignment', keyOf(group, partition), timeUs, `generation ${generation} gave it to ${owner} and to ${memberId}`, undefined);
    }
  }
}

/** By group and partition. */
function commitsOf(history: History): ReadonlyMap<string, readonly Written[]> {
  const commits = new Map<string, Written[]>();
  for (const { operation, completion, timeUs } of history.operations.filter(isCommit)) {
    if (completion?.type === 'fail') continue;
    const acknowledgedUs = completion?.type === 'ok' ? completion.timeUs : undefined;
    for (const { partition, offset } of operation.offsets) {
      const key = keyOf(operation.group, partition);
      const written: Written = { offset, invokedAt: timeUs, acknowledgedUs };
      const known = commits.get(key);
      if (known === undefined) commits.set(key, [written]);
      else known.push(written);
    }
  }
  return commits;
}

/** Commits are writes to a register: a read gives one that no other has certainly overwritten. */
function checkCommitted({ report }: Case, history: History, commits: ReadonlyMap<string, readonly Written[]>): void {
  for (const { operation, completion, timeUs } of history.operations) {
    if (operation.type !== 'committed' || completion?.type !== 'ok' || completion.result.type !== 'committed') continue;
    for (const { partition, offset } of completion.result.offsets) {
      const written = commits.get(keyOf(operation.group, partition)) ?? [];
      const before = written.filter(({ acknowledgedUs }) => acknowledgedUs !== undefined && acknowledgedUs < timeUs);
      if (before.length === 0) continue;
      const current = written.some(
        (each) =>
          each.offset === offset &&
          each.invokedAt <= completion.timeUs &&
          !before.some((later) => each.acknowledgedUs !== undefined && later.invokedAt > each.acknowledgedUs),
      );
      if (current) continue;
      const last = Math.max(...before.map((each) => each.offset));
      report.add('committed-lost', keyOf(operation.group, partition), completion.timeUs, `${last} was committed, then ${offset} was read`, undefined);
    }
  }
}

function checkSkipped({ evidence, oracle, report }: Case, history: History): void {
  const highest = new Map<string, { readonly group: string; readonly partition: TopicPartition; offset: number; timeUs: number }>();
  const reached = (group: string, partition: TopicPartition, offset: number, timeUs: number): void => {
    const known = highest.get(keyOf(group, partition));
    if (known === undefined) highest.set(keyOf(group, partition), { group, partition, offset, timeUs });
    else if (offset > known.offset) highest.set(keyOf(group, partition), { ...known, offset, timeUs });
  };
  const handled = new Map<string, Set<string>>();
  for (const { operation, completion } of history.operations) {
    if (completion?.type !== 'ok') continue;
    if (operation.type === 'handle') {
      const values = handled.get(operation.group) ?? new Set();
      for (const { value } of operation.records) values.add(value);
      handled.set(operation.group, values);
    }
    if (operation.type === 'commit')
      for (const { partition, offset } of operation.offsets) reached(operation.group, partition, offset, completion.timeUs);
    if (operation.type === 'committed' && completion.result.type === 'committed')
      for (const { partition, offset } of completion.result.offsets) reached(operation.group, partition, offset, completion.timeUs);
  }
  for (const { group, partition, offset: end, timeUs } of highest.values()) {
    const known = evidence.partitions.get(partition);
    if (known === undefined) continue;
    for (const offset of known.offsets) {
      if (offset >= end) break;
      const sightings = (known.byOffset.get(offset) ?? []).filter((each) => each.polled || each.acked?.operation.acks === -1);
      if (sightings.length === 0 || sightings.some(({ value }) => handled.get(group)?.has(value))) continue;
      const what = `${sightings[0]?.value} at ${offset} was never finished, and ${end} is committed`;
      report.add('group-skip', keyOf(group, partition), timeUs, what, lossExcuse(oracle, known, offset));
    }
  }
}
