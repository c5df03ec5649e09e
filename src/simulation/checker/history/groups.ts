/**
 * What the members of consumer groups may observe of partitions and commits. What they worked on is judged in at-least-once.ts.
 * double-assignment: in one generation two members were given the same partition. A member that was started again is the same one: under a
 *   group.instance.id it takes over its place in the generation (KIP-345). A group that was given up when it was empty, and began again, has
 *   other generations of the same numbers.
 * committed-lost: what a group is said to have committed is not what it could have: an acknowledged commit is gone, or an older one is back.
 */
import type { TopicPartition } from '../../../model/topic-partition.ts';
import type { History } from '../../history/history.ts';
import type { CommitOperation, HistoryOperation, RebalanceOperation } from '../../history/operation.ts';
import type { Case } from './report.ts';

/** One commit of one partition. */
interface Written {
  readonly offset: number;
  readonly invokedAt: number;
  /** Its place among all events when it was acknowledged; undefined for one whose fate nobody knows. */
  readonly acknowledgedUs: number | undefined;
  /** From then on it cannot be taken any more; undefined where an attempt that was not answered may be on its way, or nobody knows. */
  readonly overUs: number | undefined;
}

export function checkGroups(judged: Case): void {
  const { history } = judged.evidence;
  checkAssignments(judged, history);
  checkCommitted(judged, history, commitsOf(history));
}

const isRebalance = (entry: HistoryOperation): entry is HistoryOperation<RebalanceOperation> => entry.operation.type === 'rebalance';
const isCommit = (entry: HistoryOperation): entry is HistoryOperation<CommitOperation> => entry.operation.type === 'commit';
export const keyOf = (group: string, partition: TopicPartition): string => `${group} ${partition}`;

function checkAssignments({ report, groups }: Case, history: History): void {
  const owners = new Map<string, string>();
  for (const { operation, process, timeUs } of history.operations.filter(isRebalance)) {
    const { group, event, owned, generation } = operation;
    if (event !== 'assigned') continue;
    const member = history.processes[process]?.name ?? String(process);
    for (const partition of owned) {
      const key = `${keyOf(group, partition)} ${groups.endsBefore(group, timeUs)} ${generation}`;
      const owner = owners.get(key);
      owners.set(key, member);
      if (owner === undefined || owner === member) continue;
      const what = `generation ${generation} gave it to ${owner} and to ${member}`;
      report.add('double-assignment', keyOf(group, partition), timeUs, what, groups.lossExcuse(group));
    }
  }
}

/** By group and partition. */
function commitsOf(history: History): ReadonlyMap<string, readonly Written[]> {
  const commits = new Map<string, Written[]>();
  for (const { operation, completion, timeUs } of history.operations.filter(isCommit)) {
    if (completion?.type === 'fail') continue;
    const acknowledgedUs = completion?.type === 'ok' ? completion.timeUs : undefined;
    const once = completion?.type === 'ok' && completion.result.type === 'commit' && completion.result.attempts === 1;
    const overUs = once ? acknowledgedUs : undefined;
    for (const { partition, offset } of operation.offsets) {
      const key = keyOf(operation.group, partition);
      const written: Written = { offset, invokedAt: timeUs, acknowledgedUs, overUs };
      const known = commits.get(key);
      if (known === undefined) commits.set(key, [written]);
      else known.push(written);
    }
  }
  return commits;
}

/** Commits are writes to a register: a read gives one that no other has certainly overwritten. */
function checkCommitted({ report, groups }: Case, history: History, commits: ReadonlyMap<string, readonly Written[]>): void {
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
          !before.some((later) => each.overUs !== undefined && later.invokedAt > each.overUs),
      );
      if (current) continue;
      const last = Math.max(...before.map((each) => each.offset));
      const what = `${last} was committed, then ${offset} was read`;
      report.add('committed-lost', keyOf(operation.group, partition), completion.timeUs, what, groups.lossExcuse(operation.group));
    }
  }
}
