/**
 * What a log has promised at a moment: which batches it may hold after a power loss, and which it must. Folded from what the log tells; the
 * recording's driver adds what the step under way may do. Owns no judgement.
 */
import type { BatchSummary, NodeEvent } from '../../io/node-event.ts';
import { invariant } from '../../model/invariant.ts';
import type { PromisedBatch } from './compaction-rights.ts';

export interface LogPromise {
  /** The log holds a prefix of one of these. */
  readonly histories: readonly (readonly PromisedBatch[])[];
  /** Offsets of records that compaction may have taken out. */
  readonly overtaken: ReadonlySet<number>;
  /** Everything below was said to be durable, and is not being cut. */
  readonly syncedTo: number;
  readonly logStart: number;
  /** The step under way may let the log start there instead. */
  readonly startsAt: number | undefined;
}

/** What a step may do before it is over. */
export interface StepAhead {
  /** Append these, one after another. */
  readonly attempted?: readonly PromisedBatch[];
  /** Cut down to here. */
  readonly cutTo?: number;
  /** Drop everything and start there. */
  readonly startsAt?: number;
  /** Take these records out. */
  readonly overtakes?: readonly number[];
}

/** Keeps the promise up to date while a log works. */
export class PromiseKeeper {
  #batches: readonly PromisedBatch[] = [];
  #syncedTo = 0;
  #logStart = 0;
  #overtaken: ReadonlySet<number> = new Set();
  /** The step under way may add these, one after another. */
  #attempted: readonly PromisedBatch[] = [];
  /** The step under way cuts down to here at most; what it cuts may be back. */
  #cutTo: number | undefined;
  #startsAt: number | undefined;
  #beforeCut: readonly PromisedBatch[] | undefined;
  #current: LogPromise | undefined;

  get batches(): readonly PromisedBatch[] {
    return this.#batches;
  }

  current(): LogPromise {
    this.#current ??= {
      histories: this.#beforeCut === undefined ? [this.#extended()] : [this.#extended(), this.#beforeCut],
      overtaken: this.#overtaken,
      syncedTo: Math.min(this.#syncedTo, this.#cutTo ?? this.#syncedTo),
      logStart: this.#logStart,
      startsAt: this.#startsAt,
    };
    return this.#current;
  }

  /** A step begins. */
  begins(step: StepAhead): void {
    this.#attempted = step.attempted ?? [];
    this.#cutTo = step.cutTo;
    this.#startsAt = step.startsAt;
    if (step.overtakes !== undefined) this.#overtaken = new Set([...this.#overtaken, ...step.overtakes]);
    this.#beforeCut = step.cutTo === undefined ? undefined : this.#batches;
    this.#current = undefined;
  }

  ended(): void {
    this.begins({});
  }

  observe(event: NodeEvent): void {
    switch (event.type) {
      case 'appended':
        this.#append(event);
        break;
      case 'truncated':
        this.#overtaken = new Set([...this.#overtaken].filter((at) => at < event.to));
        this.#batches = this.#batches.filter((batch) => batch.last < event.to);
        this.#syncedTo = Math.min(this.#syncedTo, event.to);
        break;
      case 'logStart':
        this.#logStart = event.offset;
        break;
      case 'synced':
        this.#syncedTo = event.to;
        break;
      case 'recovered':
        this.#batches = this.#batches.filter((batch) => batch.last < event.logEnd);
        this.#syncedTo = Math.min(this.#syncedTo, event.logEnd);
        break;
      default:
        return;
    }
    this.#current = undefined;
  }

  /** It was attempted, so that its records are known. */
  #append({ base, crc }: BatchSummary): void {
    const batch = this.#attempted.find((each) => each.base === base && each.crc === crc);
    invariant(batch !== undefined, 'what is appended was attempted', base);
    this.#batches = [...this.#batches, batch];
  }

  #extended(): readonly PromisedBatch[] {
    const end = this.#batches[this.#batches.length - 1]?.last ?? -1;
    return [...this.#batches, ...this.#attempted.filter((batch) => batch.base > end)];
  }
}
