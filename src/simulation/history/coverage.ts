/**
 * Which kinds of event a run has seen, and how often: the proof that its faults reached the decisions they were meant for.
 * Owns the kinds and their counts, folded from NodeEvents.
 */
import type { NodeEvent, NodeEventType } from '../../io/node-event.ts';

export const coverageKinds = [
  'clean election',
  'elr election',
  'unclean election',
  'truncation',
  'isr shrink',
  'isr expand',
  'fencing',
  'unfencing',
  'produce retry',
  'out-of-range fetch',
  'divergence',
  'clean recovery',
  'unclean recovery',
  'unclean registration',
  'controller takes over',
  'acknowledgement',
] as const;
export type CoverageKind = (typeof coverageKinds)[number];

/** The kind that an event counts as; undefined for those that say nothing about coverage. */
function kindOf(event: NodeEvent): CoverageKind | undefined {
  switch (event.type) {
    case 'elected':
      return event.kind === 'clean' ? 'clean election' : event.kind === 'elr' ? 'elr election' : 'unclean election';
    case 'truncated':
      // A truncation at the log end cuts nothing.
      return event.to < event.from ? 'truncation' : undefined;
    case 'recovered':
      return event.clean ? 'clean recovery' : 'unclean recovery';
    case 'registered':
      return event.unclean ? 'unclean registration' : undefined;
    default:
      return simpleKinds.get(event.type);
  }
}

const simpleKinds: ReadonlyMap<NodeEventType, CoverageKind> = new Map<NodeEventType, CoverageKind>([
  ['isrShrunk', 'isr shrink'],
  ['isrExpanded', 'isr expand'],
  ['fenced', 'fencing'],
  ['unfenced', 'unfencing'],
  ['produceRetried', 'produce retry'],
  ['outOfRange', 'out-of-range fetch'],
  ['diverged', 'divergence'],
  ['controllerActive', 'controller takes over'],
  ['acknowledged', 'acknowledgement'],
]);

export class Coverage {
  readonly #counts = new Map<CoverageKind, number>(coverageKinds.map((kind) => [kind, 0]));

  observe(event: NodeEvent): void {
    const kind = kindOf(event);
    if (kind !== undefined) this.#counts.set(kind, this.count(kind) + 1);
  }

  count(kind: CoverageKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** Every kind in a fixed order with its count, 0 included. */
  counts(): ReadonlyMap<CoverageKind, number> {
    return this.#counts;
  }
}
