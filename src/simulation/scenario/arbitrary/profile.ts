/** What a family of random scenarios is about. All of them draw from the same possibilities; the weights differ. */
import type { FaultKind } from '../../nemesis/fault.ts';

export const profileNames = ['no-loss', 'ordering', 'no-duplicates', 'rebalance'] as const;
export type ProfileName = (typeof profileNames)[number];

/** Weights are relative to one another within one list; shares are of 100. */
export interface Profile {
  /** How often the mixture of all families takes this one. */
  readonly weight: number;
  /** Weights of 0, 1 and 2 consumer groups. */
  readonly groups: readonly [none: number, one: number, two: number];
  /** Share of producers with enable.idempotence. */
  readonly idempotent: number;
  /** At least one of these strikes, with whatever else is drawn. */
  readonly kinds: readonly FaultKind[];
  /** How often a fault that may strike any node aims at a coordinator, or at a client, against 11 for other brokers and the controller. */
  readonly coordinators: number;
  readonly clients: number;
}

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  'no-loss': {
    weight: 3,
    groups: [3, 1, 0],
    idempotent: 0,
    kinds: ['crash', 'partition', 'partition-one-way', 'slow-disk', 'stop'],
    coordinators: 1,
    clients: 1,
  },
  ordering: {
    weight: 1,
    groups: [4, 1, 0],
    idempotent: 0,
    kinds: ['reset', 'slow-network', 'client-cut', 'pause', 'move-leader'],
    coordinators: 1,
    clients: 2,
  },
  'no-duplicates': {
    weight: 1,
    groups: [4, 1, 0],
    idempotent: 0,
    kinds: ['reset', 'client-cut', 'crash', 'move-leader', 'slow-network'],
    coordinators: 1,
    clients: 2,
  },
  rebalance: {
    weight: 3,
    groups: [0, 3, 1],
    idempotent: 0,
    kinds: ['crash', 'stop', 'pause', 'slow-handler', 'move-leader', 'add-partitions', 'client-cut'],
    coordinators: 6,
    clients: 12,
  },
};
