/**
 * Judges a whole client history: every anomaly of this folder, each as a Finding. Owns the order of the checks only.
 */
import type { History } from '../../history/history.ts';
import type { Finding } from '../finding.ts';
import type { LossOracle } from '../state/state-checker.ts';

/** All that is wrong with the history, or excused. `oracle` says for which offsets faults went beyond tolerance. */
export function checkHistory(history: History, oracle: LossOracle): readonly Finding[] {
  void history;
  void oracle;
  return [];
}
