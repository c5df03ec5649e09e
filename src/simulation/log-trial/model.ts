/**
 * What a log should hold and know, remembered naively: every batch that it took, how each transaction ended, and what it has to know of each
 * producer. Owns no bytes and no verdict; shares nothing with the log.
 */
import type { Outcome } from './operation.ts';

/** Offsets inclusive. */
interface Placed {
  readonly producer: number;
  /** Of the producer. */
  readonly epoch: number;
  readonly base: number;
  readonly last: number;
  readonly wallMs: number;
}

export interface WrittenRecord {
  readonly offset: number;
  readonly key: number;
  readonly value: number;
}

export interface DataEntry extends Placed {
  readonly type: 'data';
  readonly records: readonly WrittenRecord[];
  readonly transactional: boolean;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

export interface MarkerEntry extends Placed {
  readonly type: 'marker';
  readonly outcome: Outcome;
  readonly coordinatorEpoch: number;
}

export type Entry = DataEntry | MarkerEntry;

export interface Transaction {
  readonly producer: number;
  readonly data: readonly DataEntry[];
  /** Undefined while it is open. */
  readonly marker: MarkerEntry | undefined;
}

/** What a log knows of a producer at the least. */
export interface Knowledge {
  readonly epoch: number;
  /** -1 for none. */
  readonly coordinatorEpoch: number;
  /** Of the last batch of this epoch; undefined for none. */
  readonly lastSequence: number | undefined;
  /** Of its last append. */
  readonly wallMs: number;
}

export class LogModel {
  readonly #expirationMs: number;
  #entries: Entry[] = [];
  #transactions: readonly Transaction[] | undefined;
  #knowledge = new Map<number, Knowledge>();

  constructor(producerIdExpirationMs: number) {
    this.#expirationMs = producerIdExpirationMs;
  }

  /** In the order of the log. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** In the order of their markers, the open ones last. */
  get transactions(): readonly Transaction[] {
    this.#transactions ??= transactionsOf(this.#entries);
    return this.#transactions;
  }

  /** How a record was decided; undefined while it is not. */
  outcomeOf(entry: DataEntry): Outcome | undefined {
    if (!entry.transactional) return 'commit';
    return this.transactions.find(({ data }) => data.includes(entry))?.marker?.outcome;
  }

  openOf(producer: number): Transaction | undefined {
    return this.transactions.find((each) => each.producer === producer && each.marker === undefined);
  }

  /** The last batch of data that a producer wrote in an epoch. */
  lastDataOf(producer: number, epoch: number): DataEntry | undefined {
    return this.#entries.findLast((entry): entry is DataEntry => entry.type === 'data' && entry.producer === producer && entry.epoch === epoch);
  }

  /** A batch is about to be written: after a power loss it may be there. */
  begins(entry: Entry): void {
    this.#change([...this.#entries, entry]);
  }

  /** It was not written. */
  takesBack(): void {
    this.#change(this.#entries.slice(0, -1));
  }

  /** The last entry was written; `before` is what was known of its producer when it began. */
  taken(entry: Entry, before: Knowledge | undefined): void {
    const sameEpoch = before?.epoch === entry.epoch;
    this.#knowledge.set(entry.producer, {
      epoch: entry.epoch,
      coordinatorEpoch: entry.type === 'marker' ? entry.coordinatorEpoch : (before?.coordinatorEpoch ?? -1),
      lastSequence: entry.type === 'data' ? entry.lastSequence : sameEpoch ? before.lastSequence : undefined,
      wallMs: entry.wallMs,
    });
  }

  /** What the log has to know of a producer; undefined when it may have forgotten it. An open transaction keeps it from expiring. */
  knows(producer: number, nowMs: number): Knowledge | undefined {
    const known = this.#knowledge.get(producer);
    if (known === undefined) return undefined;
    const silent = nowMs - known.wallMs >= this.#expirationMs;
    return silent && this.openOf(producer) === undefined ? undefined : known;
  }

  /**
   * The log was opened or cut, and ends at `end` now. It knows what its batches say, from its start on, and what a snapshot says that was taken
   * before a batch was cleaned away: that is no promise. `stands`: what lies in the files with its say: data, if only its header, and whole markers.
   */
  rebuilt(end: number, logStart: number, nowMs: number, stands: (entry: Entry) => boolean): void {
    if (this.#entries.some(({ last }) => last >= end)) this.#change(this.#entries.filter(({ last }) => last < end));
    this.#knowledge = new Map();
    for (const producer of new Set(this.#entries.map((entry) => entry.producer))) {
      const mine = this.#entries.filter((entry) => entry.producer === producer);
      const from = mine.findLastIndex((entry) => entry.last >= logStart && stands(entry));
      const found = mine[from];
      if (found === undefined) continue;
      const since = mine.slice(from);
      const epoch = Math.min(...since.map((entry) => entry.epoch));
      const data = mine.findLast((entry) => entry.type === 'data' && entry.epoch === epoch);
      const known = data?.type === 'data' && data.last >= logStart && stands(data) && this.#recent(data, nowMs);
      const lastSequence = known ? data.lastSequence : undefined;
      this.#knowledge.set(producer, {
        epoch,
        coordinatorEpoch: this.#coordinatorEpoch(mine, logStart, nowMs, stands),
        lastSequence,
        wallMs: found.wallMs,
      });
    }
  }

  /** What is older than the expiration may have been in a snapshot whose entry was left out when it was read. */
  #recent(entry: Entry, nowMs: number): boolean {
    return nowMs - entry.wallMs < this.#expirationMs;
  }

  #coordinatorEpoch(mine: readonly Entry[], logStart: number, nowMs: number, stands: (entry: Entry) => boolean): number {
    const markers = mine.filter((entry) => entry.type === 'marker');
    const from = markers.findLastIndex((marker) => marker.last >= logStart && stands(marker));
    const found = markers[from];
    if (found === undefined || !this.#recent(found, nowMs)) return -1;
    return Math.min(...markers.slice(from).map(({ coordinatorEpoch }) => coordinatorEpoch));
  }

  #change(entries: Entry[]): void {
    this.#entries = entries;
    this.#transactions = undefined;
  }
}

function transactionsOf(entries: readonly Entry[]): readonly Transaction[] {
  const ended: Transaction[] = [];
  const open = new Map<number, DataEntry[]>();
  for (const entry of entries) {
    const { producer } = entry;
    const data = open.get(producer);
    if (entry.type === 'marker') {
      if (data !== undefined) ended.push({ producer, data, marker: entry });
      open.delete(producer);
    } else if (entry.transactional) {
      if (data === undefined) open.set(producer, [entry]);
      else data.push(entry);
    }
  }
  return [...ended, ...[...open].map(([producer, data]): Transaction => ({ producer, data, marker: undefined }))];
}
