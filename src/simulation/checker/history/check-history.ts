/**
 * Judges a whole client history: every anomaly of this folder, each as a Finding. Owns the order of the checks only.
 */
import type { History } from '../../history/history.ts';
import type { Finding } from '../finding.ts';
import type { GroupWitness, LossOracle, ProducerWitness } from '../state/state-checker.ts';
import { checkAtLeastOnce } from './at-least-once.ts';
import { collectEvidence } from './evidence.ts';
import { checkGroups } from './groups.ts';
import { checkLost } from './lost.ts';
import { checkOffsets } from './offsets.ts';
import { checkPollOrder, checkSendOrder } from './order.ts';
import { type Case, HistoryReport } from './report.ts';

/** What coordinators said is not known: only what members saw is judged. */
const noWitness: GroupWitness = { positions: [], lossExcuse: () => undefined, endsBefore: () => 0 };
const neverForgotten: ProducerWitness = { forgotten: () => false, snapshotEnds: () => [] };

/**
 * All that is wrong with the history, or excused. `oracle` says for which offsets faults went beyond tolerance, `groups` what was committed
 * without being asked for, `producers` when logs forgot them.
 */
export function checkHistory(
  history: History,
  oracle: LossOracle,
  groups: GroupWitness = noWitness,
  producers: ProducerWitness = neverForgotten,
): readonly Finding[] {
  const report = new HistoryReport();
  const judged: Case = { evidence: collectEvidence(history), oracle, groups, producers, report };
  checkOffsets(judged);
  checkLost(judged);
  checkPollOrder(judged);
  checkSendOrder(judged);
  checkGroups(judged);
  checkAtLeastOnce(judged);
  return report.list();
}
