/**
 * Which events of a run matter to a finding, and which rules can have decided them. Owns the choice of kinds and the table of deciders.
 */
import type { NodeEvent, NodeEventType } from '../../io/node-event.ts';
import { offsetsTopic } from '../../kafka/coordinator/group/coordinator.ts';
import type { Scenario } from '../scenario.ts';

/** Changes of who leads, who is in sync, what a log or a group is: told before the others when there is no room for all. */
const turns: ReadonlySet<NodeEventType> = new Set<NodeEventType>([
  'truncated',
  'recovered',
  'producersForgotten',
  'damageFound',
  'damageReceived',
  'directoryFailed',
  'gaveUp',
  'producersRebuilt',
  'replicaMoved',
  'cleaned',
  'diverged',
  'outOfRange',
  'elected',
  'isrShrunk',
  'isrExpanded',
  'fenced',
  'unfenced',
  'registered',
  'rebalancing',
  'memberRemoved',
  'generation',
  'assignment',
  'coordinator',
  'duplicated',
  'epochBumped',
]);
/** What goes on all the time; the last ones matter. */
const steps: ReadonlySet<NodeEventType> = new Set<NodeEventType>([
  'appended',
  'role',
  'isr',
  'highWatermark',
  'acknowledged',
  'produceRetried',
  'memberSynced',
  'commitAccepted',
  'committed',
  'offsetsFetched',
  'forgotten',
]);

export type Weight = 'turn' | 'step' | 'none';

/** What a finding is about; empty sets where it is about everything. */
export interface Subjects {
  readonly partitions: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

/** The partitions and groups that the place of a finding names. */
export function subjectsOf(place: string, { cluster, workload }: Scenario): Subjects {
  const words = place.split(' ');
  const topics = [offsetsTopic, ...cluster.topics.map(({ name }) => name)];
  const partitions = words.filter((word) => topics.some((name) => word.startsWith(`${name}-`)));
  return { partitions: new Set(partitions), groups: new Set(words.filter((word) => (workload.groups ?? []).some(({ id }) => id === word))) };
}

/** How much an event matters to a finding about these. */
export function weightOf(event: NodeEvent, { partitions, groups }: Subjects): Weight {
  const weight = turns.has(event.type) ? 'turn' : steps.has(event.type) ? 'step' : 'none';
  if (weight === 'none' || (event.type === 'truncated' && event.to === event.from)) return 'none';
  if (partitions.size === 0 && groups.size === 0) return weight;
  if ('group' in event) return groups.has(event.group) ? weight : 'none';
  if (!('partition' in event) || partitions.has(event.partition)) return weight;
  // What a group knows lies in a topic of its own.
  return groups.size > 0 && weight === 'turn' && event.partition.startsWith(`${offsetsTopic}-`) ? weight : 'none';
}

/** The rules that can decide an event of this kind, most direct first. */
export const decidersOf = (type: NodeEventType): readonly string[] => deciders.get(type) ?? [];

const deciders: ReadonlyMap<NodeEventType, readonly string[]> = new Map<NodeEventType, readonly string[]>([
  [
    'appended',
    [
      ...['producer.checkSequence', 'producer.afterAppend', 'replication.minIsrAllowsAppend'],
      ...['log.fetchedBatch', 'replication.appendBound', 'replication.followerSteps'],
      ...['replication.divergenceOf', 'replication.checkLeaderEpoch'],
    ],
  ],
  [
    'truncated',
    [
      'replication.followerTakeOver',
      'replication.truncationPoint',
      'replication.outOfRange',
      'replication.divergenceOf',
      'replication.followerSteps',
    ],
  ],
  [
    'recovered',
    ['log.recoveryStart', 'log.keepScanned', 'log.segmentFollows', 'log.recoveredPoint', 'log.epochsAfterLoad', 'producer.usableSnapshots'],
  ],
  ['producersForgotten', ['producer.expired']],
  ['replicaMoved', ['log.moves.moveStep', 'log.moves.promotionSteps']],
  ['damageReceived', ['log.servesBatch']],
  ['producersRebuilt', ['producer.usableSnapshots']],
  ['cleaned', ['log.cleaning.dirtyRange', 'log.cleaning.keepRecord', 'log.cleaning.horizon', 'log.cleaning.swapSteps']],
  ['role', ['replication.followerTakeOver', 'replication.followerAtElection']],
  [
    'highWatermark',
    [
      ...['replication.advanceHighWatermark', 'replication.maximalIsr', 'replication.followerHighWatermark'],
      ...['replication.followerFetched', 'replication.effectiveMinIsr'],
    ],
  ],
  [
    'isr',
    [
      ...['replication.mayJoinIsr', 'replication.outOfSync', 'replication.maximalIsr', 'replication.alterPartitionOutcome'],
      'replication.effectiveMinIsr',
    ],
  ],
  ['acknowledged', ['replication.acknowledgement', 'replication.minIsrAllowsAppend', 'replication.effectiveMinIsr', 'producer.checkSequence']],
  ['duplicated', ['producer.checkSequence', 'producer.afterAppend']],
  ['diverged', ['replication.divergenceOf', 'replication.endOffsetForEpoch']],
  ['elected', ['controller.electLeader', 'controller.changePartition', 'controller.eligibleLeaderReplicas']],
  ['isrShrunk', ['controller.checkAlterPartition', 'controller.changePartition', 'controller.eligibleLeaderReplicas']],
  ['isrExpanded', ['controller.checkAlterPartition', 'controller.changePartition']],
  ['registered', ['controller.checkRegistration', 'log.previousBrokerEpoch']],
  ['fenced', ['controller.isStale', 'controller.nextBrokerState']],
  ['unfenced', ['controller.nextBrokerState']],
  ['rebalancing', ['group.staticRejoin', 'group.sessionExpires', 'group.mayJoin', 'group.droppedAtSyncTimeout']],
  ['memberRemoved', ['group.sessionExpires', 'group.droppedAtCompletion', 'group.droppedAtSyncTimeout']],
  ['generation', ['group.joinPhaseOver', 'group.droppedAtCompletion', 'group.syncTimeoutMs', 'client.group.afterJoin']],
  ['memberSynced', ['group.syncError']],
  ['assignment', ['client.group.assign', 'client.group.settleClaims', 'client.group.beforeJoin', 'group.syncError', 'group.writeOutcome']],
  ['commitAccepted', ['group.commitError', 'client.group.mayCommit']],
  ['committed', ['group.writeOutcome']],
  ['offsetsFetched', ['group.coordinationError']],
  ['forgotten', ['group.offsetExpired']],
  ['coordinator', ['group.electionStep']],
  ['produceRetried', ['client.afterProduce', 'client.idempotence.afterProduce', 'producer.checkSequence', 'producer.afterAppend']],
  ['epochBumped', ['client.idempotence.afterProduce', 'client.idempotence.afterInitProducerId']],
]);

/** Asked by one node for what then happens on another: a client decides for its broker, a leader for the follower that fetches. */
const askedElsewhere: ReadonlySet<string> = new Set([
  ...['replication.divergenceOf', 'replication.checkLeaderEpoch'],
  ...['producer.checkSequence', 'producer.afterAppend'],
]);
/** Whether a rule that decides an event of this kind may have been consulted by another node than the one that tells of it. */
export const isAskedElsewhere = (rule: string, type: NodeEventType): boolean =>
  rule.startsWith('client.') || (askedElsewhere.has(rule) && (rule.startsWith('replication.') || type === 'produceRetried'));

/** Asked once, when a role or a setting changes; the answer stands until it is asked again. */
export const standsUntilAsked = (rule: string): boolean => rule === 'replication.effectiveMinIsr';

/** The rules that decide what did not happen, or what only clients saw: there is no event of a node for it. */
export const neglectedOf = (anomaly: string): readonly string[] => neglected.get(anomaly) ?? [];

const inSync = ['replication.outOfSync', 'replication.followerFetched', 'replication.followerAtElection'];
const inSession = ['controller.isStale', 'controller.nextBrokerState'];
const loads = ['log.recoveryStart', 'log.keepScanned'];
const rejoins = ['replication.mayJoinIsr', 'replication.outOfSync', 'controller.checkAlterPartition', 'replication.alterRequestSteps'];
const neglected: ReadonlyMap<string, readonly string[]> = new Map([
  ['LateShrink', inSync],
  ['NeedlessShrink', inSync],
  ['LateFence', inSession],
  ['NeedlessFence', inSession],
  ['broker-fenced', [...loads, 'controller.checkRegistration', 'controller.nextBrokerState']],
  ['leaderless', ['controller.electLeader', 'controller.checkRegistration', ...inSession]],
  ['isr-not-refilled', [...rejoins, 'controller.isStale']],
  ['not-settled', [...rejoins, ...loads, 'controller.isStale']],
  ['rebalance-stuck', ['group.electionStep', 'log.assignEpoch', 'group.joinPhaseOver', 'group.syncTimeoutMs']],
  ['nonmonotonic-poll', ['replication.checkLeaderEpoch', 'replication.fetchUpperBound']],
]);
