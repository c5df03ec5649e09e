/**
 * What a client decides: retry or give up, what a failure means for the record, where to read on when a log was cut. Functions over
 * plain data in one record that a client is built with, so that a wrong decision can be planted. Performs nothing.
 */
import { ErrorCode, isInvalidMetadata, isRetriable } from '../../model/error-code.ts';
import { type Backoff, backoffMs } from '../rpc/backoff.ts';
import type { RpcError } from '../rpc/channel.ts';
import { type GroupClientRules, kafkaGroupClientRules } from './group/rules.ts';
import { type IdempotenceRules, kafkaIdempotenceRules } from './idempotence-rules.ts';
import { partitionOfKey } from './partitioner.ts';

/** `definite`: the record is in no log and never will be. `indeterminate`: nobody can tell. */
export type Certainty = 'definite' | 'indeterminate';

/** One answer to one batch, and what came before it. */
export interface ProduceAttempt {
  /** The error of the answer; 0 for none, errorOfRpc() where no answer came. */
  readonly error: number;
  /** How often the batch was sent again so far. */
  readonly retried: number;
  readonly retries: number;
  /** delivery.timeout.ms has passed. */
  readonly expired: boolean;
  readonly records: number;
  /** An earlier attempt may have put the batch into the log. */
  readonly maybeWritten: boolean;
}

export type ProduceDecision =
  | { readonly type: 'acknowledged' }
  /** Send the same batch again after a back-off. */
  | { readonly type: 'retry' }
  /** The broker takes no batch of this size: send its records in smaller ones. */
  | { readonly type: 'split' }
  | { readonly type: 'failed'; readonly certainty: Certainty };

/** A consumer's place in a log (SubscriptionState.FetchPosition). */
export interface Position {
  readonly offset: number;
  /** The leader epoch of the record before `offset`; -1 when unknown. */
  readonly offsetEpoch: number;
}

/** What a leader says of an epoch: where it ends (OffsetForLeaderEpoch). Both are -1 where it knows nothing. */
export interface EpochEnd {
  readonly epoch: number;
  readonly endOffset: number;
}

export type ValidationDecision =
  /** The log still holds what was read. */
  | { readonly type: 'valid' }
  /** The log was cut below the position: read on from there. */
  | { readonly type: 'truncated'; readonly to: Position }
  /** It was cut, and nobody knows where: apply the reset policy. */
  | { readonly type: 'reset' }
  /** It was cut and there is no reset policy: the application must decide (LogTruncationException). */
  | { readonly type: 'failed'; readonly divergent: Position | undefined };

/** `refresh`: ask for metadata and try again. `again`: just try again. `reset`: the offset is not in the log. `fail`: tell the application. */
export type FetchDecision = 'refresh' | 'again' | 'reset' | 'fail';

export interface ClientRules {
  readonly partitionOfKey: (key: Uint8Array, partitions: number) => number;
  readonly backoffMs: (backoff: Backoff, attempt: number, draw: number) => number;
  /** Whether one attempt that ended so may have left the batch in a log. */
  readonly certainty: (error: number) => Certainty;
  readonly afterProduce: (attempt: ProduceAttempt) => ProduceDecision;
  /** What an idempotent producer decides instead. */
  readonly idempotence: IdempotenceRules;
  /** Whether an answer means that the metadata is old. */
  readonly refreshMetadata: (error: number) => boolean;
  /** Whether news of a leader of this epoch may replace what is known (KIP-320). */
  readonly newerLeader: (knownEpoch: number, epoch: number) => boolean;
  readonly afterFetch: (error: number, hasResetPolicy: boolean) => FetchDecision;
  readonly afterValidation: (position: Position, end: EpochEnd, hasResetPolicy: boolean) => ValidationDecision;
  /** Whether an administrative call is made again. */
  readonly retryAdmin: (error: number) => boolean;
  /** What a member of a consumer group decides. */
  readonly group: GroupClientRules;
}

/** Stands for no answer in the code's words, as Sender does. */
export function errorOfRpc(error: RpcError): number {
  if (error === 'timeout') return ErrorCode.REQUEST_TIMED_OUT;
  if (error === 'unsupported') return ErrorCode.UNSUPPORTED_VERSION;
  return ErrorCode.NETWORK_EXCEPTION;
}

/**
 * Answers after which nothing of the batch is in the log: the leader decides on them before it appends. All others are indeterminate,
 * NOT_LEADER_OR_FOLLOWER as well: leadership may have been lost after the append.
 */
const nothingAppended: ReadonlySet<number> = new Set([
  ErrorCode.CORRUPT_MESSAGE,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.MESSAGE_TOO_LARGE,
  ErrorCode.INVALID_TOPIC_EXCEPTION,
  ErrorCode.RECORD_LIST_TOO_LARGE,
  ErrorCode.NOT_ENOUGH_REPLICAS,
  ErrorCode.INVALID_REQUIRED_ACKS,
  ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
  ErrorCode.INVALID_TIMESTAMP,
  ErrorCode.UNSUPPORTED_VERSION,
  ErrorCode.INVALID_REQUEST,
  ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT,
  ErrorCode.POLICY_VIOLATION,
  ErrorCode.INVALID_PRODUCER_EPOCH,
  ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
  ErrorCode.INVALID_RECORD,
  ErrorCode.PRODUCER_FENCED,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.INCONSISTENT_TOPIC_ID,
]);

/** What another try of an administrative call may cure; what else a topic answers is the caller's to see (KafkaAdminClient). */
const transient: ReadonlySet<number> = new Set([
  ErrorCode.NOT_CONTROLLER,
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.NETWORK_EXCEPTION,
  ErrorCode.BROKER_NOT_AVAILABLE,
  ErrorCode.THROTTLING_QUOTA_EXCEEDED,
]);

export const kafkaClientRules: ClientRules = {
  partitionOfKey,
  backoffMs,
  certainty: (error) => (nothingAppended.has(error) ? 'definite' : 'indeterminate'),
  // Sender.completeBatch and canRetry, for a producer without idempotence.
  afterProduce(attempt) {
    if (attempt.error === ErrorCode.NONE) return { type: 'acknowledged' };
    if (attempt.error === ErrorCode.MESSAGE_TOO_LARGE && attempt.records > 1 && !attempt.expired) return { type: 'split' };
    if (isRetriable(attempt.error) && attempt.retried < attempt.retries && !attempt.expired) return { type: 'retry' };
    const mayBeThere = attempt.maybeWritten || !nothingAppended.has(attempt.error);
    return { type: 'failed', certainty: mayBeThere ? 'indeterminate' : 'definite' };
  },
  idempotence: kafkaIdempotenceRules,
  refreshMetadata: isInvalidMetadata,
  newerLeader: (knownEpoch, epoch) => epoch > knownEpoch,
  // FetchCollector.handleInitializeErrors
  afterFetch(error, hasResetPolicy) {
    if (error === ErrorCode.OFFSET_OUT_OF_RANGE) return hasResetPolicy ? 'reset' : 'fail';
    if (error === ErrorCode.OFFSET_NOT_AVAILABLE || isInvalidMetadata(error)) return 'refresh';
    if (error === ErrorCode.UNKNOWN_LEADER_EPOCH || error === ErrorCode.UNKNOWN_SERVER_ERROR) return 'again';
    return isRetriable(error) && error !== ErrorCode.CORRUPT_MESSAGE ? 'again' : 'fail';
  },
  // SubscriptionState.maybeCompleteValidation
  afterValidation(position, end, hasResetPolicy) {
    if (end.epoch < 0 || end.endOffset < 0) return hasResetPolicy ? { type: 'reset' } : { type: 'failed', divergent: undefined };
    if (end.endOffset >= position.offset) return { type: 'valid' };
    const to: Position = { offset: end.endOffset, offsetEpoch: end.epoch };
    return hasResetPolicy ? { type: 'truncated', to } : { type: 'failed', divergent: to };
  },
  retryAdmin: (error) => transient.has(error),
  group: kafkaGroupClientRules,
};
