/**
 * What an idempotent producer makes of an answer: retry in place, begin a new epoch, or give up. Functions over plain data.
 * Source: Kafka's TransactionManager.canRetry, handleFailedBatch and InitProducerIdHandler, Sender.completeBatch, for a producer without transactions.
 */
import { ErrorCode, isRetriable } from '../../model/error-code.ts';
import type { Certainty, ProduceAttempt } from './rules.ts';

/** Where a batch stands among those of its partition. */
export interface SequenceStanding {
  /** It follows the last acknowledged batch. */
  readonly next: boolean;
  /** A batch of the partition ended without anybody knowing whether it was written. */
  readonly unresolved: boolean;
  /** It is the first behind that batch. */
  readonly nextOfUnresolved: boolean;
  /** It got new numbers since it was sent: the answer is about the old ones. */
  readonly renumbered: boolean;
}

export type IdempotentDecision =
  | { readonly type: 'acknowledged' }
  /** Send it again with the numbers it has by then. `bumpEpoch`: there is a gap that nothing fills; the partition begins anew. */
  | { readonly type: 'retry'; readonly bumpEpoch: boolean }
  | { readonly type: 'split' }
  /**
   * `bump`: its sequences will never be used, the partition begins anew in a new epoch. `unresolved`: first see whether those behind it are taken.
   * `fatal`: this producer sends nothing more.
   */
  | { readonly type: 'failed'; readonly certainty: Certainty; readonly consequence: 'bump' | 'unresolved' | 'fatal' };

export interface IdempotenceRules {
  readonly afterProduce: (attempt: ProduceAttempt, standing: SequenceStanding, certainty: Certainty) => IdempotentDecision;
  readonly afterInitProducerId: (error: number) => 'ready' | 'retry' | 'fatal';
}

const fatal: ReadonlySet<number> = new Set([
  ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
  ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  ErrorCode.PRODUCER_FENCED,
  ErrorCode.UNSUPPORTED_VERSION,
]);

export const kafkaIdempotenceRules: IdempotenceRules = {
  afterProduce(attempt, standing, certainty) {
    const { error } = attempt;
    if (error === ErrorCode.NONE || error === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) return { type: 'acknowledged' };
    if (error === ErrorCode.MESSAGE_TOO_LARGE && attempt.records > 1 && !attempt.expired) return { type: 'split' };
    const curable = isRetriable(error) || error === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER || error === ErrorCode.UNKNOWN_PRODUCER_ID;
    const timeIsLeft = attempt.retried < attempt.retries && !attempt.expired;
    if (curable && timeIsLeft) return { type: 'retry', bumpEpoch: !isRetriable(error) && isGap(error, standing) };
    const said = attempt.maybeWritten || certainty === 'indeterminate' ? 'indeterminate' : 'definite';
    if (fatal.has(error)) return { type: 'failed', certainty: said, consequence: 'fatal' };
    return { type: 'failed', certainty: said, consequence: curable ? 'unresolved' : 'bump' };
  },
  afterInitProducerId(error) {
    if (error === ErrorCode.NONE) return 'ready';
    return isRetriable(error) ? 'retry' : 'fatal';
  },
};

/** Whether a refused sequence means that the broker lacks records that will never come, and not only that they are on their way. */
function isGap(error: number, standing: SequenceStanding): boolean {
  if (standing.renumbered) return false;
  if (error === ErrorCode.UNKNOWN_PRODUCER_ID) return true;
  return standing.unresolved ? standing.nextOfUnresolved : standing.next;
}
