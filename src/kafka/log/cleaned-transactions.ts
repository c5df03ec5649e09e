/**
 * What a pass of compaction knows of transactions while it goes through a log: which batches are of aborted ones, and which markers nothing is left
 * for. Owns what is open at the pass's place; the batches are the pass's. One state serves a whole pass, since a transaction may begin in one
 * group of segments and end in the next (KAFKA-8351). Source: Kafka's CleanedTransactionMetadata.
 */
import type { BatchView } from '../../protocol/records/batch-header.ts';
import { endMarkerOf } from '../../protocol/records/end-marker.ts';
import type { AbortedTransaction } from '../rules/log-transactions.ts';

/** `aborted`: its records are worth nothing. `spent`: a marker of whose transaction no batch is left. */
export type TransactionPart =
  | { readonly type: 'plain' | 'aborted' | 'spent' }
  | { readonly type: 'marker'; readonly ends: AbortedTransaction | undefined };

const plain: TransactionPart = { type: 'plain' };
const abortedData: TransactionPart = { type: 'aborted' };
const spent: TransactionPart = { type: 'spent' };
const committing: TransactionPart = { type: 'marker', ends: undefined };

interface OpenAborted {
  readonly transaction: AbortedTransaction;
  /** Data of it was seen. */
  seen: boolean;
}

export class CleanedTransactions {
  /** Not yet reached, the lowest first offset last. */
  readonly #ahead: AbortedTransaction[];
  /** By producer. */
  readonly #aborted = new Map<number, OpenAborted>();
  /** Producers with data that no marker was seen for. */
  readonly #committed = new Set<number>();

  /** `aborted`: all that concern the batches to come. */
  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = [...aborted].sort((a, b) => b.firstOffset - a.firstOffset);
  }

  /** The next batch, in the order of the log. */
  take(view: BatchView): TransactionPart {
    this.#reach(view.lastOffset);
    if (!view.isTransactional && !view.isControl) return plain;
    const { producerId } = view;
    if (view.isControl) return this.#marker(view);
    const aborted = this.#aborted.get(producerId);
    if (aborted !== undefined) {
      aborted.seen = true;
      return abortedData;
    }
    this.#committed.add(producerId);
    return plain;
  }

  #marker(view: BatchView): TransactionPart {
    const { producerId } = view;
    // A marker that was emptied has served; other control batches are no transaction's.
    if (view.recordCount === 0) return spent;
    const marker = endMarkerOf(view);
    if (marker === undefined) return plain;
    if (marker.type === 'commit') return this.#committed.delete(producerId) ? committing : spent;
    const aborted = this.#aborted.get(producerId);
    this.#aborted.delete(producerId);
    return aborted?.seen === true ? { type: 'marker', ends: aborted.transaction } : spent;
  }

  #reach(offset: number): void {
    for (
      let next = this.#ahead[this.#ahead.length - 1];
      next !== undefined && next.firstOffset <= offset;
      next = this.#ahead[this.#ahead.length - 1]
    ) {
      this.#ahead.pop();
      if (!this.#aborted.has(next.producerId)) this.#aborted.set(next.producerId, { transaction: next, seen: false });
    }
  }
}
