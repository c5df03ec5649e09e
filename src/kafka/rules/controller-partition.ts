/**
 * What may become of a partition: its leader, its ISR, its eligible leader replicas, its reassignment, and whose wish the controller heeds.
 * Owns no records: a decision is the partition's next state. Sources: KIP-966, KIP-497, KIP-841, KIP-903, KIP-455, KIP-704;
 * PartitionChangeBuilder, PartitionReassignmentReplicas, ReplicationControlManager.validateAlterPartitionData.
 */
import { type BrokerId, leaderEpoch } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { invariant } from '../../model/invariant.ts';
import type {
  AlterPartitionQuestion,
  CompletedReassignment,
  ControllerRules,
  ElectionAnswer,
  ElectionQuestion,
  EligibilityQuestion,
  PartitionChangeQuestion,
  PartitionDecision,
  ReassignmentQuestion,
} from './controller.ts';
import { noLeader, type PartitionRegistration } from './controller-registration.ts';

type Ids = readonly BrokerId[];
const none: Ids = [];
const recoveringState = 1;

const sameIds = (a: Ids, b: Ids): boolean => a === b || (a.length === b.length && a.every((id, index) => id === b[index]));
const containsAll = (whole: Ids, part: Ids): boolean => part.every((id) => whole.includes(id));
const without = (ids: Ids, gone: Ids): Ids => ids.filter((id) => !gone.includes(id));

/** A leader must be live, and in the ISR; only when the ISR is empty may it come from the ELR. */
const isValidLeader = (question: ElectionQuestion, replica: BrokerId): boolean =>
  (question.isr.includes(replica) || (question.isr.length === 0 && question.elr.includes(replica))) && question.acceptable(replica);

export function electLeader(question: ElectionQuestion): ElectionAnswer {
  const preferred = question.replicas[0];
  if (question.type === 'preferred' && preferred !== undefined && isValidLeader(question, preferred)) return { leader: preferred, unclean: false };
  if (isValidLeader(question, question.currentLeader)) return { leader: question.currentLeader, unclean: false };
  for (const replica of question.replicas) if (isValidLeader(question, replica)) return { leader: replica, unclean: false };
  const lastKnown = lastKnownLeader(question);
  if (lastKnown !== undefined) return { leader: lastKnown, unclean: true };
  if (question.type === 'unclean')
    for (const replica of question.replicas) if (question.acceptable(replica)) return { leader: replica, unclean: true };
  return { leader: noLeader, unclean: false };
}

/** With nobody in sync and nobody eligible left, the last leader is the best log there is (KIP-966, balanced recovery). */
function lastKnownLeader(question: ElectionQuestion): BrokerId | undefined {
  if (!question.elrEnabled || question.isr.length > 0 || question.elr.length > 0 || question.lastKnownElr.length !== 1) return undefined;
  const leader = question.lastKnownElr[0];
  return leader !== undefined && question.replicas.includes(leader) && question.acceptable(leader) ? leader : undefined;
}

/**
 * Below min ISR the high watermark stands still, so who left the ISR holds all that is committed and stays eligible, until the ISR is
 * whole again. A broker that restarted unclean may have lost its tail. A replica that leaves the assignment holds no log at all:
 * Kafka forgets to drop it, which only shows when a reassignment ends below min ISR.
 */
export function eligibleLeaderReplicas(question: EligibilityQuestion): Ids {
  const minIsr = Math.min(question.minInsyncReplicas, question.targetReplicas.length);
  if (question.targetIsr.length >= minIsr) return none;
  const eligible: BrokerId[] = [];
  for (const candidates of [question.elr, question.isr])
    for (const id of candidates)
      if (!eligible.includes(id) && !question.targetIsr.includes(id) && question.targetReplicas.includes(id) && id !== question.uncleanRestarted)
        eligible.push(id);
  return eligible.sort((a, b) => a - b);
}

/** All new replicas must be in sync; when the number of replicas falls, all that remain must be, lest acknowledged records rest on fewer. */
export function completeReassignment(question: ReassignmentQuestion): CompletedReassignment | undefined {
  const { adding, removing } = question;
  if (adding.length === 0 && removing.length === 0) return undefined;
  if (!containsAll(question.isr, adding)) return undefined;
  const replicas = without(question.replicas, removing);
  const isr = without(question.isr, removing);
  if (isr.length === 0) return undefined;
  if (removing.length > adding.length && !containsAll(isr, replicas)) return undefined;
  return { replicas, isr };
}

/** Kafka's order: reassignment, ELR, election, epochs. Undefined when the partition stays as it is. */
export function changePartition(rules: ControllerRules, question: PartitionChangeQuestion): PartitionDecision | undefined {
  const before = question.partition;
  const target = targetAssignment(rules, question);
  const elr = question.elrEnabled
    ? rules.eligibleLeaderReplicas({
        isr: before.isr,
        elr: before.elr,
        targetIsr: target.isr,
        targetReplicas: target.replicas,
        minInsyncReplicas: question.minInsyncReplicas,
        uncleanRestarted: question.uncleanRestarted,
      })
    : none;
  const elected = rules.electLeader({
    type: question.election,
    currentLeader: before.leader,
    replicas: target.replicas,
    isr: target.isr,
    elr,
    lastKnownElr: before.lastKnownElr,
    elrEnabled: question.elrEnabled,
    acceptable: question.acceptable,
  });
  const moved = elected.leader !== before.leader;
  const fromElr = moved && elr.includes(elected.leader);
  const unclean = moved && elected.unclean;
  // A replica that left the assignment must learn that it is no longer fetching from this leader: its epoch ends.
  const leaderSet = moved || !containsAll(target.replicas, before.replicas);
  let isr = fromElr || unclean ? [elected.leader] : target.isr;
  if (isr.length === 0 && !question.elrEnabled) isr = before.isr;
  const nextElr = unclean ? none : fromElr ? without(elr, [elected.leader]) : elr;
  const next: PartitionRegistration = {
    ...before,
    replicas: keep(before.replicas, target.replicas),
    isr: keep(before.isr, isr),
    elr: keep(before.elr, nextElr),
    lastKnownElr: keep(before.lastKnownElr, nextLastKnownElr(before, isr, elected.leader, question.elrEnabled)),
    leader: elected.leader,
    leaderEpoch: leaderSet ? leaderEpoch(before.leaderEpoch + 1) : before.leaderEpoch,
    partitionEpoch: before.partitionEpoch + 1,
    recovering: unclean || (question.recovering ?? before.recovering),
    addingReplicas: keep(before.addingReplicas, target.adding),
    removingReplicas: keep(before.removingReplicas, target.removing),
    directories: sameIds(before.replicas, target.replicas)
      ? (question.directories ?? before.directories)
      : target.replicas.map((replica) => before.directories[before.replicas.indexOf(replica)] ?? question.directoryOf(replica)),
  };
  if (!leaderSet && isUnchanged(before, next)) return undefined;
  invariant(containsAll(next.replicas, next.isr), 'the ISR is a subset of the replicas', before.topic, before.index);
  const election = !moved || elected.leader === noLeader ? 'none' : unclean ? 'unclean' : fromElr ? 'elr' : 'clean';
  return { next, leaderSet, election };
}

function targetAssignment(rules: ControllerRules, question: PartitionChangeQuestion): ReassignmentQuestion {
  const wished = {
    replicas: question.replicas ?? question.partition.replicas,
    isr: question.isr ?? question.partition.isr,
    adding: question.addingReplicas ?? question.partition.addingReplicas,
    removing: question.removingReplicas ?? question.partition.removingReplicas,
  };
  const completed = rules.completeReassignment(wished);
  return completed === undefined ? wished : { ...completed, adding: none, removing: none };
}

/** Kept from the moment the partition loses its last leader until it has one again. */
function nextLastKnownElr(before: PartitionRegistration, isr: Ids, leader: BrokerId, elrEnabled: boolean): Ids {
  if (!elrEnabled) return none;
  if (isr.length === 0 && before.isr.length > 0 && before.leader !== noLeader) return [before.leader];
  return leader === noLeader ? before.lastKnownElr : none;
}

/** The same array where nothing changed, so that comparing is cheap and the image shares it. */
const keep = (before: Ids, after: Ids): Ids => (sameIds(before, after) ? before : after);

const isUnchanged = (before: PartitionRegistration, next: PartitionRegistration): boolean =>
  before.replicas === next.replicas &&
  before.isr === next.isr &&
  before.elr === next.elr &&
  before.lastKnownElr === next.lastKnownElr &&
  before.recovering === next.recovering &&
  before.directories === next.directories &&
  before.addingReplicas === next.addingReplicas &&
  before.removingReplicas === next.removingReplicas;

/** The order matters: a request that is ahead of this controller must not be judged by it (KAFKA-14154). */
export function checkAlterPartition(question: AlterPartitionQuestion): ErrorCode {
  const { partition } = question;
  if (question.leaderEpoch > partition.leaderEpoch || question.partitionEpoch > partition.partitionEpoch) return ErrorCode.NOT_CONTROLLER;
  if (question.leaderEpoch < partition.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;
  if (question.sender !== partition.leader) return ErrorCode.INVALID_REQUEST;
  if (question.partitionEpoch < partition.partitionEpoch) return ErrorCode.INVALID_UPDATE_VERSION;
  const isr = question.isr.map((member) => member.brokerId);
  if (isr.length === 0 || new Set(isr).size !== isr.length || !containsAll(partition.replicas, isr)) return ErrorCode.INVALID_REQUEST;
  if (!isr.includes(partition.leader)) return ErrorCode.INVALID_REQUEST;
  const recovering = question.leaderRecoveryState === recoveringState;
  if (recovering && (isr.length > 1 || !partition.recovering)) return ErrorCode.INVALID_REQUEST;
  for (const member of question.isr) {
    const broker = question.broker(member.brokerId);
    if (broker === undefined || broker.inControlledShutdown || broker.fenced) return ErrorCode.INELIGIBLE_REPLICA;
    if (member.brokerEpoch !== -1 && member.brokerEpoch !== broker.epoch) return ErrorCode.INELIGIBLE_REPLICA;
  }
  return ErrorCode.NONE;
}
