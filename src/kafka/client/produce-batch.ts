/** Records of one partition that travel together, from the first append to the outcome. Owns their sizes and their one outcome each. */
import { invariant } from '../../model/invariant.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import { batchHeaderBytes, type CompressionType } from '../../protocol/records/batch-header.ts';
import { encodeBatch, type RecordInput } from '../../protocol/records/encode.ts';
import { sizeOfVarint } from '../../protocol/records/varint.ts';
import type { Certainty } from './rules.ts';

export interface ProducerRecord {
  readonly topic: string;
  /** Chosen by the partitioner when not given. */
  readonly partition?: number;
  readonly key?: Uint8Array | null;
  readonly value?: Uint8Array | null;
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[];
  /** Wall time; that of send() when not given. */
  readonly timestampMs?: number;
}

export type SendOutcome =
  /** `offset` is -1 with acks=0: nobody said. */
  | { readonly type: 'acknowledged'; readonly partition: number; readonly offset: number }
  /** `error` is a Kafka error code; `partition` is -1 when none was chosen. */
  | { readonly type: 'failed'; readonly partition: number; readonly error: number; readonly certainty: Certainty };

/** A record on its way. */
export interface PendingRecord extends RecordInput {
  readonly topic: string;
  /** -1: the partitioner chooses. */
  readonly partition: number;
  readonly done: (outcome: SendOutcome) => void;
  /** Until when it may wait for metadata or memory, in monotonic ms. */
  readonly blockedUntilMs: number;
}

/** Who produced a batch, for the broker to tell a repetition (KIP-98); all -1: nobody in particular. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}
export const noIdentity: ProducerIdentity = { producerId: -1, producerEpoch: -1, baseSequence: -1 };

const utf8 = new TextEncoder();
const sizeOfBytes = (bytes: Uint8Array | null): number => (bytes === null ? 1 : sizeOfVarint(bytes.length) + bytes.length);

/** What a record takes in a batch, its length included; deltas are counted at their longest. */
export function recordBytes(record: RecordInput): number {
  let body = 1 + 10 + 5 + sizeOfBytes(record.key) + sizeOfBytes(record.value);
  const headers = record.headers ?? [];
  body += sizeOfVarint(headers.length);
  for (const { key, value } of headers) body += sizeOfBytes(utf8.encode(key)) + sizeOfBytes(value);
  return sizeOfVarint(body) + body;
}

export class ProduceBatch {
  readonly partition: TopicPartition;
  readonly topic: string;
  readonly index: number;
  /** Of the first record's append, in monotonic ms: linger and delivery time-out count from it. */
  readonly createdMs: number;
  readonly records: PendingRecord[] = [];
  identity: ProducerIdentity = noIdentity;
  /** What it takes uncompressed, header included. */
  bytes = batchHeaderBytes;
  /** How often it was sent again. */
  retried = 0;
  /** No attempt before, in monotonic ms, unless the leader changed. */
  notBeforeMs = Number.NEGATIVE_INFINITY;
  /** The leader epoch of the last attempt. */
  sentInEpoch = -1;
  /** It was sent and there is no answer yet. */
  inFlight = false;
  /** An attempt may have put it into the log. */
  maybeWritten = false;
  /** It got another identity since it was last sent. */
  renumbered = false;
  #closed = false;
  #ended = false;
  #encoded: Uint8Array | undefined;

  constructor(partition: TopicPartition, topic: string, index: number, createdMs: number) {
    this.partition = partition;
    this.topic = topic;
    this.index = index;
    this.createdMs = createdMs;
  }

  /** All its records have their outcome. */
  get ended(): boolean {
    return this.#ended;
  }

  /** It takes no more records. */
  get closed(): boolean {
    return this.#closed;
  }

  hasRoomFor(bytes: number, limitBytes: number): boolean {
    return !this.closed && (this.records.length === 0 || this.bytes + bytes <= limitBytes);
  }

  append(record: PendingRecord, bytes: number): void {
    this.records.push(record);
    this.bytes += bytes;
  }

  /** The batch as it travels; the same bytes in every attempt with the same identity. Closes it. */
  encoded(compression: CompressionType): Uint8Array {
    this.#closed = true;
    this.#encoded ??= encodeBatch({
      records: this.records,
      compression,
      producerId: this.identity.producerId,
      producerEpoch: this.identity.producerEpoch,
      baseSequence: this.identity.baseSequence,
    });
    return this.#encoded;
  }

  get hasSequence(): boolean {
    return this.identity.baseSequence >= 0;
  }

  /** From now on it travels as this producer's. */
  renumber(identity: ProducerIdentity): void {
    this.identity = identity;
    this.renumbered = true;
    this.#encoded = undefined;
  }

  acknowledge(baseOffset: number): void {
    this.#end((at) => ({ type: 'acknowledged', partition: this.index, offset: baseOffset < 0 ? -1 : baseOffset + at }));
  }

  fail(error: number, certainty: Certainty): void {
    const outcome: SendOutcome = { type: 'failed', partition: this.index, error, certainty };
    this.#end(() => outcome);
  }

  /** Ends the batch for its records to live on in two others of the same age. */
  split(): readonly [ProduceBatch, ProduceBatch] {
    const halves = [this.#emptyTwin(), this.#emptyTwin()] as const;
    const middle = this.records.length >> 1;
    for (let at = 0; at < this.records.length; at++) {
      const record = this.records[at];
      if (record !== undefined) halves[at < middle ? 0 : 1].append(record, recordBytes(record));
    }
    this.#ended = true;
    return halves;
  }

  #emptyTwin(): ProduceBatch {
    const twin = new ProduceBatch(this.partition, this.topic, this.index, this.createdMs);
    twin.maybeWritten = this.maybeWritten;
    twin.retried = this.retried;
    twin.#closed = this.#closed;
    return twin;
  }

  #end(outcomeOf: (at: number) => SendOutcome): void {
    invariant(!this.#ended, 'a batch ends once', this.partition);
    this.#ended = true;
    for (let at = 0; at < this.records.length; at++) this.records[at]?.done(outcomeOf(at));
  }
}
