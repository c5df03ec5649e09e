/**
 * What a history proves: which value stands at which offset, by whose word, and who read over which offsets without a break.
 * The version order of a partition is its offsets with any evidence, ascending; gaps between them mean nothing. Owns the evidence; what is
 * wrong with it is judged elsewhere. After Jepsen's `tests/kafka.clj`, by offset where Jepsen ranks by value.
 */
import { invariant } from '../../../model/invariant.ts';
import type { TopicPartition } from '../../../model/topic-partition.ts';
import type { History } from '../../history/history.ts';
import type { HistoryOperation, ProducerSetup, ReadRecord, SendOperation } from '../../history/operation.ts';

/** One record that a producer was asked to send. */
export interface Send {
  readonly index: number;
  readonly process: number;
  readonly operation: SendOperation;
  readonly outcome: 'ok' | 'fail' | 'info';
  /** Where it went, if it is ok. */
  readonly partition: TopicPartition | undefined;
  /** Where it went or was on its way to, as far as the producer said. */
  readonly target: TopicPartition | undefined;
  /** -1 while unknown. */
  readonly offset: number;
  readonly invokedUs: number;
  /** Of its end; of its invocation while it has none. */
  readonly timeUs: number;
}

/** One value at one offset, and who says so. */
export interface Sighting {
  readonly value: string;
  /** Some reader got it there. */
  polled: boolean;
  /** When it was first got there; 0 while it was not. */
  polledUs: number;
  /** A producer was told that it stands there. */
  acked: Send | undefined;
}

/** A read of consecutive records: everything in [from, to] went by this reader. */
export interface Span {
  readonly from: number;
  to: number;
}

export interface FinalRead {
  readonly start: number;
  readonly end: number;
  readonly values: ReadonlySet<string>;
  /** What came to be after this is not asked of it, beyond its end. */
  readonly invokedUs: number;
  readonly timeUs: number;
}

export interface PartitionEvidence {
  readonly partition: TopicPartition;
  readonly byOffset: Map<number, Sighting[]>;
  /** The version order; filled once all evidence is in. */
  offsets: readonly number[];
  /** What readers passed, merged and ascending. */
  spans: readonly Span[];
  finalRead: FinalRead | undefined;
}

/** Where a value was seen, acknowledged or read. */
export interface Place {
  readonly partition: TopicPartition;
  readonly offset: number;
}

/**
 * Two reads of one process that follow each other in one partition, although not at consecutive offsets: `now` goes back, or leaves out what
 * lies between. A position that the process set itself begins anew and makes no jump.
 */
export interface Jump {
  readonly process: number;
  readonly before: ReadRecord;
  readonly now: ReadRecord;
  /** One poll brought both. */
  readonly withinPoll: boolean;
  readonly timeUs: number;
}

export interface Evidence {
  readonly history: History;
  /** By value. */
  readonly sends: ReadonlyMap<string, Send>;
  readonly partitions: ReadonlyMap<TopicPartition, PartitionEvidence>;
  /** Every place of every value that was polled or acknowledged. */
  readonly places: ReadonlyMap<string, readonly Place[]>;
  /** Values that some reader got. */
  readonly polled: ReadonlySet<string>;
  /** By process and partition, in the order of reading. */
  readonly jumps: readonly (readonly Jump[])[];
}

/** Without a word about the producer, nothing is promised. */
const plainProducer: ProducerSetup = { idempotent: false, maxInFlight: Number.POSITIVE_INFINITY };
export const producerOf = (evidence: Evidence, send: Send): ProducerSetup => evidence.history.processes[send.process]?.producer ?? plainProducer;

export function collectEvidence(history: History): Evidence {
  const gathering = new Gathering(history);
  for (const operation of history.operations) gathering.send(operation);
  // Reads in the order in which they ended: that is the order in which their process got them.
  for (const operation of history.completed) gathering.read(operation);
  return gathering.done();
}

/** What one process read of one partition. */
interface Reader {
  /** The last record since the position was set. */
  last: ReadRecord | undefined;
  /** The operation that brought the latest record; -1 before the first. */
  lastOperation: number;
  /** What it passed up to `last`. */
  span: Span | undefined;
  readonly jumps: Jump[];
}

class Gathering {
  readonly #history: History;
  readonly #sends = new Map<string, Send>();
  readonly #partitions = new Map<TopicPartition, PartitionEvidence>();
  readonly #places = new Map<string, Place[]>();
  readonly #polled = new Set<string>();
  readonly #jumps: Jump[][] = [];
  readonly #readers = new Map<number, Map<TopicPartition, Reader>>();
  readonly #spans = new Map<TopicPartition, Span[]>();

  constructor(history: History) {
    this.#history = history;
  }

  send(entry: HistoryOperation): void {
    const operation = entry.operation;
    if (operation.type !== 'send') return;
    invariant(!this.#sends.has(operation.value), 'every value is sent once', operation.value);
    const completion = entry.completion;
    const result = completion?.type === 'ok' && completion.result.type === 'send' ? completion.result : undefined;
    const send: Send = {
      index: entry.index,
      process: entry.process,
      operation,
      outcome: completion?.type ?? 'info',
      partition: result?.partition,
      target: completion?.type === 'info' ? completion.partition : result?.partition,
      offset: result?.offset ?? -1,
      invokedUs: entry.timeUs,
      timeUs: completion?.timeUs ?? entry.timeUs,
    };
    this.#sends.set(operation.value, send);
    if (send.partition !== undefined) this.#partition(send.partition);
    if (send.partition !== undefined && send.offset >= 0) this.#sight(send.partition, send.offset, operation.value).acked = send;
  }

  read(entry: HistoryOperation): void {
    const operation = entry.operation;
    if (operation.type === 'assign' || operation.type === 'rebalance')
      for (const partition of operation.partitions) this.#reposition(entry.process, partition);
    if (operation.type === 'seek') this.#reposition(entry.process, operation.partition);
    const completion = entry.completion;
    if (completion?.type !== 'ok') return;
    const result = completion.result;
    if (result.type === 'poll') for (const record of result.records) this.#polledRecord(entry, record, completion.timeUs);
    if (result.type !== 'finalRead' || operation.type !== 'finalRead') return;
    this.#reposition(entry.process, operation.partition);
    for (const record of result.records) this.#polledRecord(entry, record, completion.timeUs);
    if (result.end > result.start) this.#span(operation.partition).push({ from: result.start, to: result.end - 1 });
    this.#partition(operation.partition).finalRead = {
      start: result.start,
      end: result.end,
      values: new Set(result.records.map((record) => record.value)),
      invokedUs: entry.timeUs,
      timeUs: completion.timeUs,
    };
  }

  done(): Evidence {
    for (const [partition, evidence] of this.#partitions) {
      evidence.offsets = [...evidence.byOffset.keys()].sort((a, b) => a - b);
      evidence.spans = merged(this.#spans.get(partition) ?? []);
    }
    return {
      history: this.#history,
      sends: this.#sends,
      partitions: this.#partitions,
      places: this.#places,
      polled: this.#polled,
      jumps: this.#jumps,
    };
  }

  #polledRecord(entry: HistoryOperation, record: ReadRecord, timeUs: number): void {
    const sighting = this.#sight(record.partition, record.offset, record.value);
    if (!sighting.polled) {
      sighting.polled = true;
      sighting.polledUs = timeUs;
      this.#polled.add(record.value);
    }
    const reader = this.#reader(entry.process, record.partition);
    if (reader.lastOperation < 0) this.#jumps.push(reader.jumps);
    const before = reader.last;
    if (before !== undefined && record.offset !== before.offset + 1)
      reader.jumps.push({ process: entry.process, before, now: record, withinPoll: reader.lastOperation === entry.index, timeUs });
    if (before !== undefined && reader.span !== undefined && record.offset > before.offset) reader.span.to = record.offset;
    else {
      reader.span = { from: record.offset, to: record.offset };
      this.#span(record.partition).push(reader.span);
    }
    reader.last = record;
    reader.lastOperation = entry.index;
  }

  #reposition(process: number, partition: TopicPartition): void {
    this.#reader(process, partition).last = undefined;
  }

  #reader(process: number, partition: TopicPartition): Reader {
    let partitions = this.#readers.get(process);
    if (partitions === undefined) {
      partitions = new Map();
      this.#readers.set(process, partitions);
    }
    let reader = partitions.get(partition);
    if (reader === undefined) {
      reader = { last: undefined, lastOperation: -1, span: undefined, jumps: [] };
      partitions.set(partition, reader);
    }
    return reader;
  }

  #sight(partition: TopicPartition, offset: number, value: string): Sighting {
    const byOffset = this.#partition(partition).byOffset;
    const sightings = byOffset.get(offset);
    if (sightings !== undefined) for (const sighting of sightings) if (sighting.value === value) return sighting;
    const sighting: Sighting = { value, polled: false, polledUs: 0, acked: undefined };
    if (sightings === undefined) byOffset.set(offset, [sighting]);
    else sightings.push(sighting);
    const places = this.#places.get(value);
    if (places === undefined) this.#places.set(value, [{ partition, offset }]);
    else places.push({ partition, offset });
    return sighting;
  }

  #partition(partition: TopicPartition): PartitionEvidence {
    let evidence = this.#partitions.get(partition);
    if (evidence === undefined) {
      evidence = { partition, byOffset: new Map(), offsets: [], spans: [], finalRead: undefined };
      this.#partitions.set(partition, evidence);
    }
    return evidence;
  }

  #span(partition: TopicPartition): Span[] {
    let spans = this.#spans.get(partition);
    if (spans === undefined) {
      spans = [];
      this.#spans.set(partition, spans);
    }
    return spans;
  }
}

function merged(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else result.push({ from: span.from, to: span.to });
  }
  return result;
}

/** Some reader went from below this offset to above it, or read it. */
export function wasPassed(evidence: PartitionEvidence, offset: number): boolean {
  for (const span of evidence.spans) if (span.from <= offset && offset <= span.to) return true;
  return false;
}
