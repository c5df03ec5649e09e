/**
 * What a broker may do as coordinator of a partition of `__consumer_offsets`: when it answers, what proves its writes, what expires.
 * Pure functions; the interface they serve is GroupRules. Source: CoordinatorRuntime, CoordinatorOperationExceptionHelper, ClassicGroup.
 */
import type { LeaderEpoch } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import type { CoordinatorView, GroupAge, LogView, OffsetAge, WriteView } from './group.ts';

const consumerProtocolType = 'consumer';

export function coordinationError(held: CoordinatorView | undefined, leads: LeaderEpoch | undefined): ErrorCode {
  if (leads === undefined) return ErrorCode.NOT_COORDINATOR;
  // Leadership came before the coordinator looked at it, or came anew: what was loaded for another epoch is not to be trusted.
  if (held === undefined || held.epoch !== leads) return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
  if (held.phase === 'failed') return ErrorCode.NOT_COORDINATOR;
  return held.phase === 'loading' ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : ErrorCode.NONE;
}

export function electionStep(held: LeaderEpoch | undefined, leads: LeaderEpoch | undefined): 'load' | 'reload' | 'unload' | 'keep' {
  if (leads === undefined) return held === undefined ? 'keep' : 'unload';
  if (held === undefined) return 'load';
  return leads > held ? 'reload' : 'keep';
}

export function writeOutcome(write: WriteView, log: LogView | undefined): 'wait' | 'committed' | 'lost' {
  // After another epoch the same offsets may hold another leader's records.
  if (log === undefined || log.epoch !== write.epoch) return 'lost';
  return log.highWatermark >= write.endOffset ? 'committed' : 'wait';
}

export function writeError(error: ErrorCode): ErrorCode {
  switch (error) {
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode.NOT_ENOUGH_REPLICAS:
    case ErrorCode.REQUEST_TIMED_OUT:
      return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    case ErrorCode.NOT_LEADER_OR_FOLLOWER:
    case ErrorCode.KAFKA_STORAGE_ERROR:
      return ErrorCode.NOT_COORDINATOR;
    case ErrorCode.NETWORK_EXCEPTION:
      return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
    case ErrorCode.MESSAGE_TOO_LARGE:
    case ErrorCode.RECORD_LIST_TOO_LARGE:
    case ErrorCode.INVALID_FETCH_SIZE:
      return ErrorCode.UNKNOWN_SERVER_ERROR;
    default:
      return error;
  }
}

export function offsetExpired(group: GroupAge, topic: string, offset: OffsetAge, nowMs: number, retentionMs: number): boolean {
  const sinceMs = retentionBegins(group, topic, offset);
  if (sinceMs === undefined) return false;
  if (offset.expireTimestampMs >= 0) return nowMs >= offset.expireTimestampMs;
  return nowMs - sinceMs >= retentionMs;
}

/** The wall time from which the retention counts; undefined while the offset is in use. */
function retentionBegins(group: GroupAge, topic: string, offset: OffsetAge): number | undefined {
  const consumes = group.protocolType === consumerProtocolType;
  if (consumes && (group.subscribedTopics?.has(topic) ?? true)) return undefined;
  // A simple consumer, which uses the group for its offsets only.
  if (group.protocolType === null) return offset.commitTimestampMs;
  if (group.state === 'Empty') return group.stateSinceMs >= 0 ? group.stateSinceMs : offset.commitTimestampMs;
  return consumes && group.state === 'Stable' ? offset.commitTimestampMs : undefined;
}
