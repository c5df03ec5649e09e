/**
 * Who of several claimants owns a partition. A member that missed a rebalance still claims what others were given since: what it says is
 * believed only where no newer claim stands against it (KAFKA-12984). As AbstractStickyAssignor.allSubscriptionsEqual.
 */
import type { TopicPartition } from '../../../../model/topic-partition.ts';
import { type Claim, exists, type Ownership, type PartitionCounts } from './assignment.ts';

/** The newest generation wins; two claims of the newest generation leave the partition without an owner. Gone partitions belong to nobody. */
export function settleClaims(counts: PartitionCounts, claims: readonly Claim[]): Ownership {
  const owned = new Map<string, TopicPartition[]>(claims.map(({ memberId }) => [memberId, []]));
  const newest = new Map<TopicPartition, Claim>();
  const disputed = new Set<TopicPartition>();
  for (const claim of claims)
    for (const partition of claim.partitions) {
      if (!exists(counts, partition)) continue;
      const holder = newest.get(partition);
      if (holder === undefined || claim.generation > holder.generation) {
        newest.set(partition, claim);
        disputed.delete(partition);
      } else if (holder !== claim && holder.generation === claim.generation) disputed.add(partition);
    }
  for (const [partition, { memberId }] of newest) if (!disputed.has(partition)) owned.get(memberId)?.push(partition);
  return { owned, disputed };
}
