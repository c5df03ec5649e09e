/**
 * What a leader decides: whom it believes, who is in sync, how far the high watermark moves, what it may promise.
 */
import { type BrokerEpoch, type BrokerId, brokerEpoch, type LeaderEpoch, type Offset, offset } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import type {
  Acknowledgement,
  AlterPartitionOutcome,
  AlterRequestStep,
  BrokerStanding,
  BrokerStandings,
  FollowerFetch,
  FollowerState,
  LeaderView,
} from './replication.ts';

const never = Number.NEGATIVE_INFINITY;
const unknownOffset = offset(-1);
const anyBrokerEpoch = brokerEpoch(-1);
const wait: Acknowledgement = { type: 'wait' };
const acknowledged: Acknowledgement = { type: 'done', error: ErrorCode.NONE };
const tooFewAfterAppend: Acknowledgement = { type: 'done', error: ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND };
const leadershipLost: Acknowledgement = { type: 'done', error: ErrorCode.NOT_LEADER_OR_FOLLOWER };
const nobody: readonly BrokerId[] = [];
const answeredSteps: readonly AlterRequestStep[] = ['clearInFlight', 'handAnswers', 'sendNext'];
const unansweredSteps: readonly AlterRequestStep[] = ['clearInFlight', 'retryLater'];

export function checkLeaderEpoch(requested: LeaderEpoch, current: LeaderEpoch): ErrorCode {
  if (requested < 0 || requested === current) return ErrorCode.NONE;
  return requested < current ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH;
}

/** A fetch that names a broker epoch older than the registered one was sent by an incarnation that is gone, with a log that may be gone too. */
export function checkBrokerEpoch(fetched: BrokerEpoch, standing: BrokerStanding | undefined): ErrorCode {
  const stale = fetched >= 0 && standing !== undefined && fetched < standing.epoch;
  return stale ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.NONE;
}

/** With an epoch the pair (replica, epoch) is not known yet and the follower will retry; without one nothing better can be said. */
export function strangerFetchError(requested: LeaderEpoch): ErrorCode {
  return requested >= 0 ? ErrorCode.UNKNOWN_LEADER_EPOCH : ErrorCode.NOT_LEADER_OR_FOLLOWER;
}

/** ISR members get the benefit of one lag time; anyone else must prove itself, so that it does not hold back the high watermark. */
export function followerAtElection(
  id: BrokerId,
  inIsr: boolean,
  nowMs: number,
  leaderLogEndOffset: Offset,
  previous: FollowerState | undefined,
): FollowerState {
  const lastCaughtUpMs = inIsr ? nowMs : never;
  if (previous !== undefined)
    return { ...previous, lastFetchLeaderLogEndOffset: leaderLogEndOffset, lastFetchMs: inIsr ? nowMs : never, lastCaughtUpMs };
  return {
    id,
    logStartOffset: unknownOffset,
    logEndOffset: unknownOffset,
    lastFetchLeaderLogEndOffset: unknownOffset,
    lastFetchMs: never,
    lastCaughtUpMs,
    brokerEpoch: undefined,
  };
}

/**
 * Caught up now if it holds the leader's whole log; caught up at its previous fetch if it now holds what the leader had then (a follower
 * that is one round trip behind a busy leader is not lagging).
 */
export function followerFetched(previous: FollowerState, fetch: FollowerFetch, leaderLogEndOffset: Offset, nowMs: number): FollowerState {
  let lastCaughtUpMs = previous.lastCaughtUpMs;
  if (fetch.offset >= leaderLogEndOffset) lastCaughtUpMs = Math.max(lastCaughtUpMs, nowMs);
  else if (fetch.offset >= previous.lastFetchLeaderLogEndOffset) lastCaughtUpMs = Math.max(lastCaughtUpMs, previous.lastFetchMs);
  return {
    id: previous.id,
    logStartOffset: fetch.logStartOffset,
    logEndOffset: fetch.offset,
    lastFetchLeaderLogEndOffset:
      leaderLogEndOffset > previous.lastFetchLeaderLogEndOffset ? leaderLogEndOffset : previous.lastFetchLeaderLogEndOffset,
    lastFetchMs: nowMs,
    lastCaughtUpMs,
    brokerEpoch: fetch.brokerEpoch,
  };
}

/** Source: ReplicaState.isCaughtUp. */
const caughtUp = (follower: FollowerState, leaderLogEndOffset: Offset, nowMs: number, lagTimeMaxMs: number): boolean =>
  follower.logEndOffset === leaderLogEndOffset || nowMs - follower.lastCaughtUpMs <= lagTimeMaxMs;

/**
 * A fenced or stopping broker may not enter an ISR (KIP-841), nor one whose fetches come from another incarnation than the registered one,
 * which may have lost its log in between (KIP-903). Source: Partition.isReplicaIsrEligible.
 */
const eligible = (follower: FollowerState, standing: BrokerStanding | undefined): boolean =>
  standing !== undefined &&
  !standing.fenced &&
  !standing.inControlledShutdown &&
  follower.brokerEpoch !== undefined &&
  (follower.brokerEpoch === anyBrokerEpoch || follower.brokerEpoch === standing.epoch);

/**
 * Beyond the high watermark alone is not enough: a new leader's high watermark is stale, and a replica short of the epoch's start may
 * miss records that were committed under the leader before (KAFKA-7128).
 */
export function mayJoinIsr(leader: LeaderView, follower: FollowerState, standing: BrokerStanding | undefined): boolean {
  if (leader.maximalIsr.includes(follower.id) || !eligible(follower, standing)) return false;
  return follower.logEndOffset >= leader.highWatermark && follower.logEndOffset >= leader.epochStartOffset;
}

export function outOfSync(leader: LeaderView, nowMs: number, lagTimeMaxMs: number): readonly BrokerId[] {
  let lagging: BrokerId[] | undefined;
  for (const id of leader.isr) {
    if (id === leader.id) continue;
    const follower = leader.followers.find((candidate) => candidate.id === id);
    if (follower !== undefined && caughtUp(follower, leader.logEndOffset, nowMs, lagTimeMaxMs)) continue;
    lagging ??= [];
    lagging.push(id);
  }
  return lagging ?? nobody;
}

/**
 * A proposal may be in force at the controller before its answer arrives, and a lost one never was: until it is settled the leader must
 * satisfy both (KIP-497).
 */
export function maximalIsr(committed: readonly BrokerId[], proposed: readonly BrokerId[] | undefined): readonly BrokerId[] {
  if (proposed === undefined) return committed;
  const joining = proposed.filter((id) => !committed.includes(id));
  return joining.length === 0 ? committed : [...committed, ...joining];
}

export function effectiveMinIsr(minInsyncReplicas: number, replicaCount: number): number {
  return Math.min(minInsyncReplicas, replicaCount);
}

/**
 * The smallest log end offset over the leader, the maximal ISR, and replicas that are about to join it (caught up in time and eligible:
 * without waiting for them they could never reach a moving high watermark). Stands still while the committed ISR is below the minimum, so
 * that nothing becomes visible that the next leader need not hold (KIP-966). Never goes down.
 */
export function advanceHighWatermark(leader: LeaderView, brokers: BrokerStandings, nowMs: number, lagTimeMaxMs: number): Offset {
  if (leader.isr.length < leader.minIsr) return leader.highWatermark;
  let lowest = leader.logEndOffset;
  for (const follower of leader.followers) {
    if (follower.logEndOffset >= lowest) continue;
    const counts =
      leader.maximalIsr.includes(follower.id) ||
      (caughtUp(follower, leader.logEndOffset, nowMs, lagTimeMaxMs) && eligible(follower, brokers.get(follower.id)));
    if (counts) lowest = follower.logEndOffset;
  }
  if (lowest <= leader.highWatermark) return leader.highWatermark;
  return lowest;
}

/** A fenced broker serves nobody, and is not waited for: it takes the leader's log start over when it is back. */
export function lowWatermark(logStartOffset: Offset, followers: readonly FollowerState[], brokers: BrokerStandings): Offset {
  let lowest = logStartOffset;
  for (const follower of followers)
    if (brokers.get(follower.id)?.fenced === false && follower.logStartOffset < lowest) lowest = follower.logStartOffset;
  return lowest;
}

export function minIsrAllowsAppend(acks: number, isrSize: number, minIsr: number): boolean {
  return acks !== -1 || isrSize >= minIsr;
}

/** Source: Partition.checkEnoughReplicasReachOffset, DelayedProduce.tryComplete. */
export function acknowledgement(leader: LeaderView | undefined, required: Offset): Acknowledgement {
  if (leader === undefined) return leadershipLost;
  if (leader.highWatermark < required) return wait;
  return leader.maximalIsr.length >= leader.minIsr ? acknowledged : tooFewAfterAppend;
}

/** Source: Partition.readRecords over FetchIsolation. */
export function fetchUpperBound(
  isFollower: boolean,
  readCommitted: boolean,
  highWatermark: Offset,
  lastStable: Offset,
  logEndOffset: Offset,
): Offset {
  if (isFollower) return logEndOffset;
  return readCommitted ? lastStable : highWatermark;
}

/** OFFSET_NOT_AVAILABLE is known from ListOffsets version 5; older clients get the retriable LEADER_NOT_AVAILABLE (KIP-207). */
export function latestOffsetError(highWatermark: Offset, epochStartOffset: Offset, version: number): ErrorCode {
  if (highWatermark >= epochStartOffset) return ErrorCode.NONE;
  return version >= 5 ? ErrorCode.OFFSET_NOT_AVAILABLE : ErrorCode.LEADER_NOT_AVAILABLE;
}

/** Whatever went wrong may pass. A request that stayed in flight would freeze every ISR of this broker (KAFKA-14010). */
export function alterRequestSteps(error: number | undefined): readonly AlterRequestStep[] {
  return error === ErrorCode.NONE ? answeredSteps : unansweredSteps;
}

/**
 * A refused proposal is dropped at once when the controller's state cannot have changed by it; where the leader's own view is stale the
 * proposal stays pending until the metadata says how things stand; all else is sent again, or the ISR would be frozen.
 */
export function alterPartitionOutcome(error: number): AlterPartitionOutcome {
  switch (error) {
    case ErrorCode.NONE:
      return 'commit';
    case ErrorCode.INELIGIBLE_REPLICA:
    case ErrorCode.OPERATION_NOT_ATTEMPTED:
      return 'revert';
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode.UNKNOWN_TOPIC_ID:
    case ErrorCode.FENCED_LEADER_EPOCH:
    case ErrorCode.INVALID_UPDATE_VERSION:
    case ErrorCode.INVALID_REQUEST:
    case ErrorCode.NEW_LEADER_ELECTED:
      return 'awaitMetadata';
    default:
      return 'resend';
  }
}
