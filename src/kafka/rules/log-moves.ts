/**
 * How a replica moves to another log directory of its broker: a future log there is filled from the current one, the controller is told, and only
 * then does the future log take the current one's place. Owns the decisions; nothing is done here. Sources: KIP-113, KIP-858,
 * ReplicaManager.alterReplicaLogDirs, ReplicaAlterLogDirsThread, Partition.maybeReplaceCurrentWithFutureReplica, LogManager.replaceCurrentWithFutureLog.
 */
import { leaderEpoch, type Offset } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import type { EpochEntry } from './replication.ts';
import { divergenceOf, truncationPoint } from './replication-epochs.ts';

/** What a broker knows of a replica that is to move. */
export interface MoveFacts {
  /** Its future folder's name would be short enough. */
  readonly nameFits: boolean;
  readonly destination: 'unknown' | 'offline' | 'online';
  /** Some log directory of the broker, whichever. */
  readonly anyOffline: boolean;
  /** `unknown`: the cluster has no such partition. `elsewhere`: this broker has no replica of it, or none yet. `offline`: its directory failed. */
  readonly replica: 'unknown' | 'elsewhere' | 'offline' | 'here';
  /** The replica lies where it is to go. */
  readonly isThere: boolean;
  /** Where its future log lies, if there is one. */
  readonly future: 'none' | 'there' | 'elsewhere';
}

export interface MoveDecision {
  readonly error: ErrorCode;
  /** The copy that is under way to another directory is given up. */
  readonly cancels: boolean;
  /** A replica that is made later is made there. */
  readonly prefers: boolean;
  readonly begins: boolean;
}

const refused = (error: ErrorCode): MoveDecision => ({ error, cancels: false, prefers: false, begins: false });

/** A directory that may hold an unseen future log already is a reason to begin none. */
export function moveRequest({ nameFits, destination, anyOffline, replica, isThere, future }: MoveFacts): MoveDecision {
  if (!nameFits) return refused(ErrorCode.INVALID_TOPIC_EXCEPTION);
  if (destination === 'unknown') return refused(ErrorCode.LOG_DIR_NOT_FOUND);
  if (destination === 'offline' || replica === 'offline') return refused(ErrorCode.KAFKA_STORAGE_ERROR);
  if (replica !== 'here') {
    const error = replica === 'unknown' ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.REPLICA_NOT_AVAILABLE;
    return { error, cancels: false, prefers: true, begins: false };
  }
  const cancels = future === 'elsewhere';
  if (isThere || future === 'there') return { error: ErrorCode.NONE, cancels, prefers: false, begins: false };
  if (anyOffline) return { error: ErrorCode.KAFKA_STORAGE_ERROR, cancels, prefers: true, begins: false };
  return { error: ErrorCode.NONE, cancels, prefers: true, begins: true };
}

/** What the controller knows of a move: nothing; it may have been told; it has said that it knows. */
export type Announcement = 'none' | 'queued' | 'accepted';

export interface LogEnds {
  readonly start: Offset;
  readonly end: Offset;
  readonly epochs: readonly EpochEntry[];
}

export interface MoveState {
  readonly current: LogEnds;
  readonly future: LogEnds;
  readonly announced: Announcement;
}

/** What is done next for a future log; each is a step of its own. */
export type MoveStep =
  /** All of it is dropped: the current log begins above its end, or shares no history with it. */
  | { readonly type: 'restart'; readonly at: Offset }
  | { readonly type: 'truncate'; readonly to: Offset }
  /** The next batches are copied, from the future log's end on. */
  | { readonly type: 'copy' }
  | { readonly type: 'logStart'; readonly to: Offset }
  /** The controller is told where the replica will lie. */
  | { readonly type: 'announce' }
  | { readonly type: 'promote' }
  /** Until the controller answers. */
  | { readonly type: 'wait' };

const noEpoch = leaderEpoch(-1);

/**
 * Where the copy has records of an epoch that the replica does not know: it was cut since, and where compaction left a gap the later epochs begin
 * behind it, so that their starts do not tell.
 */
function foreignFrom(current: LogEnds, future: LogEnds): Offset | undefined {
  for (const [at, { epoch, startOffset }] of future.epochs.entries()) {
    const end = future.epochs[at + 1]?.startOffset ?? future.end;
    if (end > startOffset && end > current.start && !current.epochs.some((known) => known.epoch === epoch)) return startOffset;
  }
  return undefined;
}

/**
 * The future log is a follower of the current one. The controller hears of it when it first has caught up, and it takes the current one's place when
 * the controller knows and it has caught up with what came meanwhile (KIP-858): told the other way round, a directory that fails in between would
 * leave a leader that has no replica.
 */
export function moveStep({ current, future, announced }: MoveState): MoveStep {
  if (future.end < current.start) return { type: 'restart', at: current.start };
  const foreign = foreignFrom(current, future);
  if (foreign !== undefined) return foreign < current.start ? { type: 'restart', at: current.start } : { type: 'truncate', to: foreign };
  const lastEpoch = future.epochs[future.epochs.length - 1]?.epoch ?? noEpoch;
  const divergence = divergenceOf(current.epochs, current.start, current.end, lastEpoch, future.end);
  if (divergence.type === 'diverged') {
    const { to } = truncationPoint(future.epochs, future.end, divergence);
    return to < future.end ? { type: 'truncate', to } : { type: 'restart', at: current.start };
  }
  if (future.end > current.end) return { type: 'truncate', to: current.end };
  if (divergence.type === 'outOfRange') return { type: 'restart', at: current.start };
  if (future.end < current.end) return announced === 'queued' ? { type: 'wait' } : { type: 'copy' };
  if (future.start < current.start) return { type: 'logStart', to: current.start };
  if (announced === 'none') return { type: 'announce' };
  return announced === 'accepted' ? { type: 'promote' } : { type: 'wait' };
}

/** How a future log takes the place of the current one. `current`: undefined where that is gone. */
export type PromotionStep =
  /** What is known of leader epochs without records, and of compaction. */
  | 'adopt'
  | 'sync'
  /** Its folder gets the partition's name, durably. */
  | 'rename'
  /** The current log's folder is renamed for deletion, durably. */
  | 'retire'
  /** The checkpoints of both directories: those of the old one would vouch for whatever lies there next under this name. */
  | 'checkpoint';

const promotion: readonly PromotionStep[] = ['adopt', 'sync', 'rename', 'retire', 'checkpoint'];

/**
 * Kafka renames without a sync. Here what was durable in the old place is so in the new one: a power loss takes nothing back that a replica had
 * said to be durable. The old folder goes last: a crash in between leaves two logs of one content, and the metadata says which one counts.
 */
export const promotionSteps = (): readonly PromotionStep[] => promotion;

/** What a replica's move rests on. */
export interface MoveRules {
  moveRequest(facts: MoveFacts): MoveDecision;
  moveStep(state: MoveState): MoveStep;
  promotionSteps(): readonly PromotionStep[];
}

export const moveRules: MoveRules = { moveRequest, moveStep, promotionSteps };
