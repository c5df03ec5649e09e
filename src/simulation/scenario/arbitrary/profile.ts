/** What a family of random scenarios is about. All of them draw from the same possibilities; the weights differ. */
import type { FaultKind } from '../../nemesis/fault.ts';
import type { ProfileName } from '../../profile-name.ts';
import type { BiteName } from './bites.ts';

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
  /** Lengths of the safety phase to choose from, in virtual seconds. */
  readonly seconds: readonly number[];
  /** Weights of no fault of a disk, one, two and more. */
  readonly diskFaults: readonly number[];
  /** Weights of one log directory for each broker, and of two. */
  readonly logDirs: readonly [one: number, two: number];
  /** Weights of no topic that is compacted, and of one; and the stories about it. */
  readonly compaction: { readonly weights: readonly [none: number, one: number]; readonly bites: Bites };
  readonly bites: Bites;
}

/** Weights of no, one and two stories in one scenario, and of the stories. */
export interface Bites {
  readonly counts: readonly number[];
  readonly stories: readonly (readonly [name: BiteName, weight: number])[];
}

const replicationBites: Bites['stories'] = [
  ['fast-elections', 3],
  ['shut-out-follower', 2],
  ['returning-follower', 2],
  ['last-in-sync-loses-power', 1],
  ['late-proposal', 2],
  ['crash-in-recovery', 1],
  ['isolated-leader', 2],
  ['late-answer', 2],
];
const groupBites: Bites['stories'] = [
  ['silence-at-generation', 2],
  ['deposed-in-mid-commit', 2],
  ['zombie-members', 2],
  ['restarted-member', 2],
];
const anyBites: Bites['stories'] = [...replicationBites, ...groupBites];
const anyLength = [20, 30, 60];
const seldom = [14, 1];
const oneLogDir: Profile['logDirs'] = [1, 0];
const nothingCompacted: Profile['compaction'] = { weights: [1, 0], bites: { counts: [1], stories: [] } };

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  'no-loss': {
    weight: 3,
    groups: [3, 1, 0],
    idempotent: 60,
    kinds: ['crash', 'partition', 'partition-one-way', 'slow-disk', 'stop'],
    coordinators: 1,
    clients: 1,
    seconds: anyLength,
    diskFaults: seldom,
    logDirs: oneLogDir,
    compaction: nothingCompacted,
    bites: { counts: [2, 2, 1], stories: [['last-in-sync-loses-power', 4], ...replicationBites] },
  },
  ordering: {
    weight: 1,
    groups: [4, 1, 0],
    idempotent: 90,
    kinds: ['reset', 'slow-network', 'client-cut', 'pause', 'move-leader'],
    coordinators: 1,
    clients: 2,
    seconds: anyLength,
    diskFaults: seldom,
    logDirs: oneLogDir,
    compaction: nothingCompacted,
    bites: { counts: [2, 1], stories: anyBites },
  },
  'no-duplicates': {
    weight: 1,
    groups: [4, 1, 0],
    idempotent: 100,
    kinds: ['reset', 'client-cut', 'crash', 'move-leader', 'slow-network'],
    coordinators: 1,
    clients: 2,
    seconds: anyLength,
    diskFaults: seldom,
    logDirs: oneLogDir,
    compaction: nothingCompacted,
    bites: { counts: [2, 1], stories: anyBites },
  },
  rebalance: {
    weight: 3,
    groups: [0, 3, 1],
    idempotent: 70,
    kinds: ['crash', 'stop', 'pause', 'slow-handler', 'move-leader', 'add-partitions', 'client-cut'],
    coordinators: 6,
    clients: 12,
    seconds: anyLength,
    diskFaults: seldom,
    logDirs: oneLogDir,
    compaction: nothingCompacted,
    bites: { counts: [2, 2], stories: [...groupBites, ['crash-in-recovery', 1]] },
  },
  replication: {
    weight: 3,
    groups: [6, 1, 0],
    idempotent: 50,
    kinds: ['crash', 'pause', 'partition', 'partition-one-way', 'move-leader', 'slow-network', 'slow-disk'],
    coordinators: 0,
    clients: 1,
    seconds: [15, 20, 30],
    diskFaults: seldom,
    logDirs: oneLogDir,
    compaction: nothingCompacted,
    bites: { counts: [1, 5, 3], stories: replicationBites },
  },
  storage: {
    weight: 1,
    groups: [6, 1, 0],
    idempotent: 70,
    kinds: ['crash', 'stop', 'slow-disk'],
    coordinators: 1,
    clients: 0,
    seconds: [20, 30],
    diskFaults: [1, 3, 3, 2],
    logDirs: [1, 1],
    compaction: { weights: [2, 1], bites: { counts: [2, 1], stories: [['isolated-cleaner', 1]] } },
    bites: {
      counts: [1, 4, 2],
      stories: [
        ['crash-in-recovery', 4],
        ['power-loss-after-clean-stop', 4],
        ['last-in-sync-loses-power', 2],
        ['fast-elections', 2],
      ],
    },
  },
  groups: {
    weight: 2,
    groups: [0, 4, 1],
    idempotent: 70,
    kinds: ['crash', 'stop', 'pause', 'partition', 'slow-disk', 'move-leader', 'slow-network'],
    coordinators: 12,
    clients: 6,
    seconds: [20, 30],
    diskFaults: seldom,
    logDirs: oneLogDir,
    compaction: nothingCompacted,
    bites: { counts: [1, 4, 3], stories: [...groupBites, ['fast-elections', 1]] },
  },
};
