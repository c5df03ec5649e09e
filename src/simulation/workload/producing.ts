/**
 * One producer of the workload: sends records at a varying pace, each with a value that is unique in the run, and records what became
 * of them. Its choices are draws of its own machine, so that leaving out one record changes nothing else.
 */
import type { Timer } from '../../io/clock.ts';
import type { World } from '../../io/world.ts';
import { type Bootstrap, producerConfig } from '../../kafka/client/config.ts';
import type { SendOutcome } from '../../kafka/client/produce-batch.ts';
import { Producer } from '../../kafka/client/producer.ts';
import type { ClientRules } from '../../kafka/client/rules.ts';
import { offset } from '../../model/brand.ts';
import { errorName } from '../../model/error-code.ts';
import { freshBytes } from '../../model/fresh-bytes.ts';
import { unreachable } from '../../model/invariant.ts';
import { topicPartition } from '../../model/topic-partition.ts';
import type { DecodedRecord } from '../../protocol/records/decode.ts';
import { readText } from '../../protocol/schema/text.ts';
import type { History, Invocation } from '../history/history.ts';
import type { ProcessId, SendOperation } from '../history/operation.ts';
import type { ProducerPlan } from './plan.ts';

const utf8 = new TextEncoder();

export class ProducingClient {
  readonly #world: World;
  readonly #plan: ProducerPlan;
  readonly #history: History;
  readonly #process: ProcessId;
  readonly #producer: Producer;
  readonly #only: ReadonlySet<number> | undefined;
  readonly #nextNumber: () => number;
  #acknowledged = 0;
  #timer: Timer | undefined;

  /** `nextNumber`: of the record, from 0 over all lives of the producer. */
  constructor(
    world: World,
    plan: ProducerPlan,
    options: {
      readonly history: History;
      readonly process: ProcessId;
      readonly bootstrap: Bootstrap['bootstrapServers'];
      readonly rules: ClientRules;
      readonly nextNumber: () => number;
    },
  ) {
    this.#world = world;
    this.#plan = plan;
    this.#history = options.history;
    this.#process = options.process;
    this.#only = plan.only && new Set(plan.only);
    this.#nextNumber = options.nextNumber;
    const config = producerConfig({
      bootstrapServers: options.bootstrap,
      clientId: plan.id,
      acks: plan.acks,
      enableIdempotence: plan.idempotence,
      lingerMs: plan.lingerMs,
      deliveryTimeoutMs: plan.deliveryTimeoutMs,
      requestTimeoutMs: plan.requestTimeoutMs,
      maxInFlightRequestsPerConnection: plan.maxInFlight,
      maxBlockMs: plan.deliveryTimeoutMs,
      ...(plan.metadataMaxAgeMs === undefined ? {} : { metadataMaxAgeMs: plan.metadataMaxAgeMs }),
      ...(plan.compressionType === undefined ? {} : { compressionType: plan.compressionType }),
    });
    if (!config.ok) throw new Error(`producer ${plan.id}: ${config.error}`);
    this.#producer = new Producer(world, config.value, options.rules);
  }

  /** Sends that were acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  start(): void {
    this.#timer = this.#world.clock.after('workload send', this.#gapMs(), () => {
      this.#world.on('requests', () => this.#send());
      this.start();
    });
  }

  /** Sends nothing more; what is under way comes to its end. */
  stopSending(): void {
    this.#timer?.cancel();
  }

  stop(done: () => void): void {
    this.stopSending();
    this.#producer.close(done);
  }

  /** Half to one and a half of the mean. */
  #gapMs(): number {
    const meanMs = 1000 / this.#plan.ratePerSecond;
    return Math.round(meanMs * (0.5 + this.#world.random.uint32('workload gap') / 0x1_0000_0000));
  }

  #send(): void {
    const { keys, tombstones } = this.#plan;
    const key = `key-${this.#world.random.uint32('workload key') % keys}`;
    const tombstone = tombstones !== undefined && this.#world.random.uint32('workload tombstone') % 100 < tombstones;
    const number = this.#nextNumber();
    // As if the application had never thought of it: what it draws and when is as it would be.
    if (this.#only?.has(number) === false) return;
    const value = `${this.#plan.id}/${number}`;
    const invocation = this.#history.invoke<SendOperation>(this.#process, {
      type: 'send',
      topic: this.#plan.topic,
      partition: undefined,
      key,
      value,
      acks: this.#plan.acks,
      ...(tombstone ? { tombstone } : {}),
    });
    const { topic, valueBytes } = this.#plan;
    const named = { topic, key: paddedValue(key, 0) };
    const record = tombstone
      ? { ...named, value: null, headers: [{ key: identityHeader, value: paddedValue(value, 0) }] }
      : { ...named, value: paddedValue(value, valueBytes) };
    this.#producer.send(record, (outcome) => this.#done(invocation, outcome));
  }

  #done(invocation: Invocation<SendOperation>, outcome: SendOutcome): void {
    switch (outcome.type) {
      case 'acknowledged':
        this.#acknowledged++;
        this.#history.ok(invocation, {
          type: 'send',
          partition: topicPartition(this.#plan.topic, outcome.partition),
          offset: offset(outcome.offset),
        });
        return;
      case 'failed':
        if (outcome.certainty === 'definite') this.#history.fail(invocation, errorName(outcome.error));
        else {
          const partition = outcome.partition < 0 ? undefined : topicPartition(this.#plan.topic, outcome.partition);
          this.#history.info(invocation, errorName(outcome.error), partition);
        }
        return;
      default:
        unreachable(outcome);
    }
  }
}

/** What tells one tombstone from another. */
const identityHeader = 'id';

/** The text that a record was sent as: in its value, or in a header of one that has none. */
export function identityOf({ value, headers }: Pick<DecodedRecord, 'value' | 'headers'>): string {
  return valueText(value ?? headers.find(({ key }) => key === identityHeader)?.value ?? null);
}

/** The text, and dots up to the length. */
export function paddedValue(value: string, bytes: number): Uint8Array {
  const padded = freshBytes(Math.max(bytes, value.length));
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code > 127) return utf8.encode(value.padEnd(bytes, '.'));
    padded[at] = code;
  }
  return padded.fill(0x2e, value.length);
}
/** The text of a padded value. */
export function valueText(bytes: Uint8Array | null): string {
  if (bytes === null) return '';
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0x2e) end--;
  return readText(bytes, 0, end);
}
