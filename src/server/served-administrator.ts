/**
 * The server's own admin client, for faults that an administrator brings about. Owns when there is one: from the first time that it is needed until
 * the server ends. It is no client that a fault could strike.
 */
import { type RealWorld, realWorld } from '../io/real/real-world.ts';
import { Admin } from '../kafka/client/admin.ts';
import { adminConfig } from '../kafka/client/config.ts';
import { invariant } from '../model/invariant.ts';
import type { TopicPartition } from '../model/topic-partition.ts';
import { type Administrator, administratorOf, type KnownPartitions } from '../simulation/cluster/administrator.ts';

/** Its client.id. */
export const administratorId = 'faultline-administrator';
/** A broker that is paused or cut off by another fault answers nothing; the next one is asked after this. */
const requestTimeoutMs = 5_000;

export class ServedAdministrator implements Administrator {
  readonly #brokers: readonly { readonly host: string; readonly port: number }[];
  readonly #known: KnownPartitions;
  readonly #report: (line: string) => void;
  #world: RealWorld | undefined;
  #administrator: Administrator | undefined;

  constructor(brokers: readonly { readonly host: string; readonly port: number }[], known: KnownPartitions, report: (line: string) => void) {
    this.#brokers = brokers;
    this.#known = known;
    this.#report = report;
  }

  moveLeader(partition: TopicPartition): void {
    this.#ready().moveLeader(partition);
  }
  addPartitions(topic: string, more: number): void {
    this.#ready().addPartitions(topic, more);
  }

  moveReplica(partition: TopicPartition, broker: number): void {
    this.#ready().moveReplica(partition, broker);
  }

  close(): void {
    this.#world?.close();
  }

  #ready(): Administrator {
    if (this.#administrator !== undefined) return this.#administrator;
    const config = adminConfig({ bootstrapServers: this.#brokers, clientId: administratorId, requestTimeoutMs });
    invariant(config.ok, 'the server knows its brokers');
    this.#world = realWorld({ disks: new Map() });
    this.#administrator = administratorOf(this.#world, new Admin(this.#world, config.value), this.#known, this.#report);
    return this.#administrator;
  }
}
