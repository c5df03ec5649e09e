/**
 * What the active controller knows of brokers from their heartbeats and does not write down: when each was last heard from, how far its
 * metadata is, whether its controlled shutdown is under way (Kafka's BrokerHeartbeatManager). Lost with the controller; a new one begins
 * as if it had just heard from everybody. Whether a session is over is a rule's to say.
 */
import { type BrokerEpoch, type BrokerId, brokerEpoch } from '../../model/brand.ts';

export interface BrokerSession {
  /** The registration that was heard from. */
  readonly epoch: BrokerEpoch;
  /** Monotonic ms; undefined when the session ended: the broker was fenced for silence or was let go. */
  readonly lastContactMs: number | undefined;
  /** The last metadata offset that the broker reported, -1 before. */
  readonly metadataOffset: number;
  /** The offset that active brokers must have passed before the broker may go; -1 outside of a controlled shutdown. */
  readonly controlledShutdownOffset: number;
}

const unknown: BrokerSession = { epoch: brokerEpoch(-1), lastContactMs: undefined, metadataOffset: -1, controlledShutdownOffset: -1 };

export class BrokerSessions {
  readonly #sessions = new Map<BrokerId, BrokerSession>();

  of(broker: BrokerId): BrokerSession {
    return this.#sessions.get(broker) ?? unknown;
  }

  entries(): Iterable<readonly [BrokerId, BrokerSession]> {
    return this.#sessions;
  }

  /** A new session, or one that goes on with what is given. */
  heard(broker: BrokerId, epoch: BrokerEpoch, change: Partial<BrokerSession>): void {
    const known = this.of(broker);
    const before = known.epoch === epoch ? known : unknown;
    this.#sessions.set(broker, {
      epoch,
      lastContactMs: change.lastContactMs ?? before.lastContactMs,
      metadataOffset: change.metadataOffset ?? before.metadataOffset,
      controlledShutdownOffset: change.controlledShutdownOffset ?? before.controlledShutdownOffset,
    });
  }

  end(broker: BrokerId): void {
    const known = this.#sessions.get(broker);
    if (known !== undefined) this.#sessions.set(broker, { ...known, lastContactMs: undefined, controlledShutdownOffset: -1 });
  }

  remove(broker: BrokerId): void {
    this.#sessions.delete(broker);
  }
}
