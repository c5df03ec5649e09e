/** Which kinds of event a run has seen, and how often: shell, being filled in. */
import type { NodeEvent } from '../../io/node-event.ts';

export type CoverageKind =
  | 'clean-election'
  | 'elr-election'
  | 'unclean-election'
  | 'truncation'
  | 'isr-shrink'
  | 'isr-expand'
  | 'fenced'
  | 'unfenced'
  | 'produce-retry'
  | 'out-of-range'
  | 'diverged'
  | 'recovered-clean'
  | 'recovered-unclean'
  | 'registered-unclean'
  | 'controller-active';

export class Coverage {
  observe(_event: NodeEvent): void {}
  /** Every kind in a fixed order with its count, 0 included. */
  counts(): ReadonlyMap<CoverageKind, number> {
    return new Map();
  }
}
