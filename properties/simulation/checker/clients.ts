/** Writes small client histories, one line an operation: one partition, values by name, time that moves by itself. */
import { type Offset, offset } from '../../../src/model/brand.ts';
import { type TopicPartition, topicPartition } from '../../../src/model/topic-partition.ts';
import { checkHistory } from '../../../src/simulation/checker/history/check-history.ts';
import { History, type Invocation } from '../../../src/simulation/history/history.ts';
import type { ProducerSetup, SendOperation } from '../../../src/simulation/history/operation.ts';

export const orders = topicPartition('orders', 0);
export const safe: ProducerSetup = { idempotent: true, maxInFlight: 5 };
export const plain: ProducerSetup = { idempotent: false, maxInFlight: 5 };
export const careful: ProducerSetup = { idempotent: false, maxInFlight: 1 };

export class Clients {
  readonly history: History;
  #timeUs = 0;
  readonly #deletions: { readonly below: number; readonly timeUs: number }[] = [];
  readonly #compacted: { readonly end: number; readonly ledFromUs: number }[] = [];
  readonly #forgottenUs: number[] = [];
  readonly #opened: { readonly end: number; readonly ledFromUs: number }[] = [];
  readonly #producer: number;
  readonly #reader: number;
  /** Offsets that the oracle excuses. */
  excused = new Set<number>();

  constructor(setup: ProducerSetup = safe) {
    this.history = new History(() => ++this.#timeUs);
    this.#producer = this.history.process('producer', setup);
    this.#reader = this.history.process('reader');
    this.assign();
  }

  start(value: string, options: { readonly acks?: number; readonly call?: number } = {}): Invocation<SendOperation> {
    const { acks = -1, call } = options;
    return this.history.invoke(this.#producer, {
      type: 'send',
      topic: 'orders',
      partition: orders,
      key: null,
      value,
      acks,
      ...(call === undefined ? {} : { call }),
    });
  }
  /** An acknowledged send. */
  send(value: string, at: number, options: { readonly acks?: number; readonly call?: number } = {}): this {
    this.history.ok(this.start(value, options), { type: 'send', partition: orders, offset: offset(at) });
    return this;
  }
  fails(value: string): this {
    this.history.fail(this.start(value), 'INVALID_PRODUCER_EPOCH');
    return this;
  }
  /** An outcome that nobody knows. */
  times(value: string): this {
    this.history.info(this.start(value), 'REQUEST_TIMED_OUT');
    return this;
  }
  poll(...records: readonly (readonly [value: string, at: number])[]): this {
    const invocation = this.history.invoke(this.#reader, { type: 'poll' });
    this.history.ok(invocation, { type: 'poll', records: records.map(([value, at]) => ({ partition: orders, offset: offset(at), value })) });
    return this;
  }
  assign(): this {
    this.history.ok(this.history.invoke(this.#reader, { type: 'assign', partitions: [orders] }), { type: 'assign' });
    return this;
  }
  seek(to: number): this {
    this.history.ok(this.history.invoke(this.#reader, { type: 'seek', partition: orders, to: offset(to) }), { type: 'seek' });
    return this;
  }
  /** The final read of [start, end). */
  final(start: number, end: number, ...records: readonly (readonly [value: string, at: number])[]): this {
    const process = this.history.process('final reader');
    this.history.ok(this.history.invoke(process, { type: 'finalRead', partition: orders }), {
      type: 'finalRead',
      start: offset(start),
      end: offset(end),
      records: records.map(([value, at]) => ({ partition: orders, offset: offset(at), value })),
    });
    return this;
  }
  excuse(...offsets: readonly number[]): this {
    for (const each of offsets) this.excused.add(each);
    return this;
  }

  /** Now the leader's log begins here. */
  delete(below: number): this {
    this.#deletions.push({ below, timeUs: ++this.#timeUs });
    return this;
  }

  /** Now the log forgets silent producers. */
  forget(): this {
    this.#forgottenUs.push(++this.#timeUs);
    return this;
  }

  /** Now a broker leads that fetched the log below this end after a compaction. */
  compact(end: number): this {
    this.#compacted.push({ end, ledFromUs: ++this.#timeUs });
    return this;
  }

  /** Now a broker leads that began again, after a clean stop, with the log below this end. */
  reopen(end: number): this {
    this.#opened.push({ end, ledFromUs: ++this.#timeUs });
    return this;
  }

  /** What the checkers say, as `verdict anomaly`. */
  get judged(): readonly string[] {
    return this.findings.map((finding) => `${finding.verdict} ${finding.anomaly}`);
  }
  get findings() {
    const lossExcuse = (_partition: TopicPartition, at: Offset): string | undefined =>
      this.excused.has(at) ? 'faults went beyond tolerance' : undefined;
    const forgotten = (_partition: TopicPartition, fromUs: number, toUs: number): boolean =>
      this.#forgottenUs.some((at) => fromUs <= at && at <= toUs);
    const snapshotEnds = (_partition: TopicPartition, byUs: number): readonly number[] =>
      this.#opened.filter(({ ledFromUs }) => ledFromUs <= byUs).map(({ end }) => end);
    const compactedEnds = (_partition: TopicPartition, byUs: number): readonly number[] =>
      this.#compacted.filter(({ ledFromUs }) => ledFromUs <= byUs).map(({ end }) => end);
    const deletedBelow = (_partition: TopicPartition, timeUs: number): number =>
      this.#deletions.findLast((deletion) => deletion.timeUs <= timeUs)?.below ?? 0;
    return checkHistory(this.history, { lossExcuse, deletedBelow }, undefined, { forgotten, snapshotEnds, compactedEnds });
  }
}
