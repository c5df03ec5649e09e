/**
 * The state on which the controller decides: the image with its index, the brokers' sessions, and what it was built with. Requests are
 * pure functions from it to an Outcome; the controller writes the outcome's records and only then lets them change the state.
 */
import type { Random } from '../../io/random.ts';
import { type BrokerId, brokerEpoch, type Offset, offset } from '../../model/brand.ts';
import type { ControllerConfig } from '../config/controller-config.ts';
import { elrEnabled } from '../metadata/features.ts';
import { type MetadataBatch, type MetadataDelta, MetadataImage } from '../metadata/metadata-image.ts';
import type { MetadataRecord } from '../metadata/metadata-record.ts';
import type { BrokerRegistration } from '../metadata/registration.ts';
import type { ControllerRules } from '../rules/controller.ts';
import { type BrokerSession, BrokerSessions } from './broker-sessions.ts';
import { PartitionIndex } from './partition-index.ts';

/** What a request does: the answer, the records to be written as one batch, and what is remembered of a broker besides. */
export interface Outcome<Response> {
  readonly response: Response;
  readonly records: readonly MetadataRecord[];
  /** Takes effect once the records are written. */
  readonly soft?: SoftChange;
  /** The broker that registers could not prove a clean stop. */
  readonly unclean?: boolean;
}

/** `heard`: a broker spoke. `ended`: its session is over, another incarnation may register at once. `began`: as heard, a controlled shutdown starts with these records. */
export interface SoftChange {
  readonly type: 'heard' | 'ended' | 'began';
  readonly broker: BrokerId;
  readonly session?: Partial<BrokerSession>;
}

export class ControllerState {
  readonly config: ControllerConfig;
  readonly rules: ControllerRules;
  readonly random: Random;
  readonly image = new MetadataImage();
  readonly index = new PartitionIndex();
  readonly sessions = new BrokerSessions();
  readonly #registrationOffsets = new Map<BrokerId, Offset>();

  constructor(config: ControllerConfig, rules: ControllerRules, random: Random) {
    this.config = config;
    this.rules = rules;
    this.random = random;
  }

  /** Where the first record of the next batch will stand. */
  get nextOffset(): Offset {
    return offset(this.image.offset + 1);
  }

  get elrEnabled(): boolean {
    return elrEnabled(this.image);
  }

  /** The offset of the broker's latest registration record, -1 when it is not registered. */
  registrationOffset(broker: BrokerId): Offset {
    return this.#registrationOffsets.get(broker) ?? offset(-1);
  }

  /** Registered, unfenced and not on its way out. */
  isActive(broker: BrokerId): boolean {
    const registration = this.image.brokers.get(broker);
    return registration !== undefined && !registration.fenced && !registration.inControlledShutdown;
  }

  /** The broker of a request that carries its epoch; undefined for STALE_BROKER_EPOCH. */
  currentBroker(id: number, epoch: number): BrokerRegistration | undefined {
    const registration = this.image.brokers.get(id as BrokerId);
    return registration !== undefined && registration.epoch === epoch ? registration : undefined;
  }

  apply(batch: MetadataBatch): MetadataDelta {
    const delta = this.image.apply(batch);
    this.index.apply(delta);
    if (delta.brokers.length > 0)
      for (const [at, record] of batch.records.entries()) {
        if (record.type === 'registerBroker') this.#registrationOffsets.set(record.value.brokerId as BrokerId, offset(batch.base + at));
      }
    for (const { before, after } of delta.brokers)
      if (before !== undefined && after === undefined) {
        this.#registrationOffsets.delete(before.id);
        this.sessions.remove(before.id);
      }
    return delta;
  }

  remember(change: SoftChange): void {
    const registration = this.image.brokers.get(change.broker);
    if (change.type === 'ended') this.sessions.end(change.broker);
    else this.sessions.heard(change.broker, registration?.epoch ?? brokerEpoch(-1), change.session ?? {});
    if (change.type === 'began')
      this.sessions.heard(change.broker, registration?.epoch ?? brokerEpoch(-1), { controlledShutdownOffset: this.image.offset });
  }

  /**
   * A controller that becomes active knows no heartbeats: every unfenced broker gets a session from now. A fenced one holds nothing that a
   * session would keep for it, so that its next incarnation may register at once.
   */
  grantSessions(nowMs: number): void {
    for (const broker of this.image.brokers.values())
      if (!broker.fenced) this.sessions.heard(broker.id, broker.epoch, { lastContactMs: nowMs, metadataOffset: -1, controlledShutdownOffset: -1 });
  }
}
