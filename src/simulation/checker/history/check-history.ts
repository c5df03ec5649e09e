/**
 * Judges a whole client history: every anomaly of this folder, each as a Finding. Owns the order of the checks only.
 */
import type { TopicPartition } from '../../../model/topic-partition.ts';
import type { History } from '../../history/history.ts';
import type { Finding } from '../finding.ts';
import type { GroupWitness, LossOracle, ProducerWitness } from '../state/state-checker.ts';
import { checkAtLeastOnce } from './at-least-once.ts';
import { CompactionEvidence } from './compaction.ts';
import { collectEvidence } from './evidence.ts';
import { checkGroups } from './groups.ts';
import { checkLost } from './lost.ts';
import { checkOffsets } from './offsets.ts';
import { checkPollOrder, checkSendOrder } from './order.ts';
import { type Case, HistoryReport } from './report.ts';

/** What coordinators said is not known: only what members saw is judged. */
const noWitness: GroupWitness = { positions: [], lossExcuse: () => undefined, endsBefore: () => 0 };
const neverForgotten: ProducerWitness = { forgotten: () => false, snapshotEnds: () => [], compactedEnds: () => [] };
const neverCompacted = (): undefined => undefined;

/**
 * All that is wrong with the history, or excused. `oracle` says for which offsets faults went beyond tolerance, `groups` what was committed
 * without being asked for, `producers` when logs forgot them, `deleteRetentionMs` which topics are compacted, by delete.retention.ms.
 */
export function checkHistory(
  history: History,
  oracle: LossOracle,
  groups: GroupWitness = noWitness,
  producers: ProducerWitness = neverForgotten,
  deleteRetentionMs: (partition: TopicPartition) => number | undefined = neverCompacted,
): readonly Finding[] {
  const report = new HistoryReport();
  const evidence = collectEvidence(history);
  const judged: Case = { evidence, oracle, groups, producers, compaction: new CompactionEvidence(evidence, deleteRetentionMs), report };
  checkOffsets(judged);
  checkLost(judged);
  checkPollOrder(judged);
  checkSendOrder(judged);
  checkGroups(judged);
  checkAtLeastOnce(judged);
  return report.list();
}
