/**
 * The families of random scenarios, by name. What a family draws is in scenario/arbitrary/profile.ts; the names are apart, because a defect
 * says in which family it is searched and knows nothing else of scenarios.
 */
export const profileNames = ['no-loss', 'ordering', 'no-duplicates', 'rebalance', 'replication', 'storage', 'groups'] as const;
export type ProfileName = (typeof profileNames)[number];

/** Where a defect is searched: in a family of scenarios, or in scripts for a single log, which can do what no client of the cluster can do yet. */
export type HuntingGround = ProfileName | 'log';
