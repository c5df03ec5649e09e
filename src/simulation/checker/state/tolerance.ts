/**
 * How many replicas of a partition went down hard and are not back: the count that decides what loss is excused.
 * Only replicas that counted (in ISR or ELR as the controller had them) are counted, and only until they join the ISR again: then they have
 * fetched all that is committed. Owns the counting; the promise itself is told in `oracle-state.ts`.
 */
import { includes, type PartitionView, type ReplicaView, showIds } from './view.ts';

const lossyIds = (partition: PartitionView): readonly number[] =>
  partition.replicas.filter((replica) => replica.lossy).map((replica) => replica.host.id);

/** Replicas that counted, went down without a clean stop and are not back in the ISR. */
export const uncleanIds = (partition: PartitionView): readonly number[] =>
  partition.replicas.filter((replica) => replica.unclean).map((replica) => replica.host.id);

/** A replica that counts went down without a clean stop: after a power loss its un-synced writes are gone as well. */
export function wentDownHard(partition: PartitionView, replica: ReplicaView): void {
  replica.memberWhenDown = true;
  replica.unclean = true;
  if (replica.downAs !== 'power' || replica.lossy) return;
  replica.lossy = true;
  const lossy = lossyIds(partition);
  if (lossy.length < partition.lowestMinIsr) return;
  partition.toleranceExceeded = `replicas ${showIds(lossy)} lost power before they were back in the ISR, min ISR is ${partition.lowestMinIsr}`;
  partition.excusedBelow = partition.committed.highWatermark;
}

/** The high watermark rose: what rests on the memory of a replica that lost power is as endangered as what was there before. */
export function committedOn(partition: PartitionView, maximalIsr: readonly number[]): void {
  if (partition.toleranceExceeded === undefined) return;
  for (const replica of partition.replicas)
    if (replica.lossy && includes(maximalIsr, replica.host.id)) {
      partition.excusedBelow = partition.committed.highWatermark;
      return;
    }
}

/** A replica is in the ISR again, or its log became what is committed. */
export function isBack(replica: ReplicaView): void {
  replica.lossy = false;
  replica.unclean = false;
  replica.memberWhenDown = false;
}

/** The excuse ends when the committed records are again on min ISR replicas: the next loss is a new one. */
export function restoreTolerance(partition: PartitionView): void {
  const controller = partition.controller;
  if (partition.toleranceExceeded === undefined || controller === undefined || controller.isr.length < controller.minIsr) return;
  forgive(partition);
}

/** The excuse was used up: what is committed from now on is what the leader holds. */
export function forgive(partition: PartitionView): void {
  if (lossyIds(partition).length >= partition.lowestMinIsr) return;
  partition.toleranceExceeded = undefined;
  partition.excusedBelow = 0;
}
