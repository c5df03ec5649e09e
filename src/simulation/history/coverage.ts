/**
 * Which kinds of event a run has seen, and how often: the proof that its faults reached the decisions they were meant for.
 * Owns the kinds and their counts, folded from NodeEvents.
 */
import type { NodeEvent, NodeEventType, RebalanceReason } from '../../io/node-event.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { apis } from '../../protocol/apis.ts';

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
  'join rebalance',
  'leave rebalance',
  'expiry rebalance',
  'metadata rebalance',
  'sync timeout rebalance',
  'failed assignment rebalance',
  'coordinator move',
  'group assignment',
  'offset commit',
  'illegal generation',
  'unknown member',
  'rebalance in progress',
  'member id required',
  'fenced instance',
  'not coordinator',
  'coordinator loading',
  'coordinator unavailable',
  'duplicate answered',
  'epoch bump',
  'out of order sequence',
  'invalid producer epoch',
  'log directory failure',
  'damage found',
  'node gives up',
  'replica moved',
  'compaction',
] as const;
/** Kinds of events that tell what a run went through. */
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
    case 'generation':
      return rebalanceKinds[event.reason];
    case 'coordinator':
      // What the first leader loads has not moved; a resignation is told by whoever loads next.
      return event.role === 'loaded' && event.epoch > 0 ? 'coordinator move' : undefined;
    case 'answered':
      if (event.error === ErrorCode.NONE) return undefined;
      if (groupApis.has(event.apiKey)) return fencingKinds.get(event.error);
      return producerApis.has(event.apiKey) ? producerKinds.get(event.error) : undefined;
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
  ['assignment', 'group assignment'],
  ['committed', 'offset commit'],
  ['duplicated', 'duplicate answered'],
  ['epochBumped', 'epoch bump'],
  ['directoryFailed', 'log directory failure'],
  ['damageFound', 'damage found'],
  ['gaveUp', 'node gives up'],
  ['replicaMoved', 'replica moved'],
  ['cleaned', 'compaction'],
]);

const rebalanceKinds = {
  join: 'join rebalance',
  leave: 'leave rebalance',
  expiry: 'expiry rebalance',
  metadata: 'metadata rebalance',
  syncTimeout: 'sync timeout rebalance',
  failedAssignment: 'failed assignment rebalance',
} as const satisfies Record<RebalanceReason, CoverageKind>;

/** What a member of a group sends to its coordinator. */
const groupApis: ReadonlySet<number> = new Set(
  [apis.offsetCommit, apis.offsetFetch, apis.findCoordinator, apis.joinGroup, apis.syncGroup, apis.heartbeat, apis.leaveGroup].map((api) => api.key),
);
const fencingKinds: ReadonlyMap<number, CoverageKind> = new Map<number, CoverageKind>([
  [ErrorCode.ILLEGAL_GENERATION, 'illegal generation'],
  [ErrorCode.UNKNOWN_MEMBER_ID, 'unknown member'],
  [ErrorCode.REBALANCE_IN_PROGRESS, 'rebalance in progress'],
  [ErrorCode.MEMBER_ID_REQUIRED, 'member id required'],
  [ErrorCode.FENCED_INSTANCE_ID, 'fenced instance'],
  [ErrorCode.NOT_COORDINATOR, 'not coordinator'],
  [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, 'coordinator loading'],
  [ErrorCode.COORDINATOR_NOT_AVAILABLE, 'coordinator unavailable'],
]);

/** What an idempotent producer sends. */
const producerApis: ReadonlySet<number> = new Set([apis.produce.key, apis.initProducerId.key]);
const producerKinds: ReadonlyMap<number, CoverageKind> = new Map<number, CoverageKind>([
  [ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, 'out of order sequence'],
  [ErrorCode.INVALID_PRODUCER_EPOCH, 'invalid producer epoch'],
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
