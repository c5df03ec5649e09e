/**
 * Which partitions a broker leads, is in sync for or is eligible for, which have no leader, and which are not led by their preferred
 * replica: kept up with each delta, so that fencing a broker touches its own partitions only (Kafka's BrokersToIsrs and BrokersToElrs).
 * Owns no state of its own; all of it follows from the image.
 */
import type { BrokerId } from '../../model/brand.ts';
import type { MetadataDelta, PartitionDelta } from '../metadata/metadata-image.ts';
import { noLeader, type PartitionRegistration } from '../metadata/registration.ts';

type Partitions = Map<string, PartitionRegistration>;
const nothing: ReadonlyMap<string, PartitionRegistration> = new Map();

export class PartitionIndex {
  readonly #inSync = new Map<BrokerId, Partitions>();
  readonly #eligible = new Map<BrokerId, Partitions>();
  readonly #led = new Map<BrokerId, Partitions>();
  readonly #leaderless: Partitions = new Map();
  readonly #imbalanced: Partitions = new Map();
  readonly #reassigning: Partitions = new Map();

  /** Partitions with the broker in their ISR, in the order in which it joined. */
  inSync(broker: BrokerId): Iterable<PartitionRegistration> {
    return (this.#inSync.get(broker) ?? nothing).values();
  }
  /** Partitions with the broker in their ELR. */
  eligible(broker: BrokerId): Iterable<PartitionRegistration> {
    return (this.#eligible.get(broker) ?? nothing).values();
  }
  leads(broker: BrokerId): boolean {
    return (this.#led.get(broker)?.size ?? 0) > 0;
  }
  get leaderless(): Iterable<PartitionRegistration> {
    return this.#leaderless.values();
  }
  /** Partitions led by another than their preferred replica, or by none. */
  get imbalanced(): Iterable<PartitionRegistration> {
    return this.#imbalanced.values();
  }
  get reassigning(): Iterable<PartitionRegistration> {
    return this.#reassigning.values();
  }

  apply(delta: MetadataDelta): void {
    for (const change of delta.partitions) this.#apply(change);
  }

  #apply({ before, after }: PartitionDelta): void {
    const either = after ?? before;
    if (either === undefined) return;
    const key = `${either.topicId}${either.index}`;
    moveMembers(this.#inSync, key, before?.isr, after?.isr, after);
    moveMembers(this.#eligible, key, before?.elr, after?.elr, after);
    moveMembers(this.#led, key, leaderOf(before), leaderOf(after), after);
    keepIf(this.#leaderless, key, after, after !== undefined && after.leader === noLeader);
    keepIf(this.#imbalanced, key, after, after !== undefined && after.leader !== after.replicas[0]);
    keepIf(this.#reassigning, key, after, after !== undefined && after.addingReplicas.length + after.removingReplicas.length > 0);
  }
}

const leaderOf = (partition: PartitionRegistration | undefined): readonly BrokerId[] | undefined =>
  partition === undefined || partition.leader === noLeader ? undefined : [partition.leader];

function moveMembers(
  index: Map<BrokerId, Partitions>,
  key: string,
  before: readonly BrokerId[] | undefined,
  after: readonly BrokerId[] | undefined,
  partition: PartitionRegistration | undefined,
): void {
  for (const broker of before ?? []) if (after === undefined || !after.includes(broker)) index.get(broker)?.delete(key);
  if (after === undefined || partition === undefined) return;
  for (const broker of after) {
    let partitions = index.get(broker);
    if (partitions === undefined) {
      partitions = new Map();
      index.set(broker, partitions);
    }
    partitions.set(key, partition);
  }
}

function keepIf(partitions: Partitions, key: string, partition: PartitionRegistration | undefined, kept: boolean): void {
  if (kept && partition !== undefined) partitions.set(key, partition);
  else partitions.delete(key);
}
