/**
 * What a swarm plays, as plain arithmetic: which runs it has, which of them a shard takes, the seed of each, and which are played twice.
 * Nothing here depends on workers, machines or time, so that shards on many machines are together exactly the swarm.
 */
import type { ProfileName } from '../simulation/profile-name.ts';
import { seedOf } from '../simulation/scenario/seeds.ts';
import type { SeedTask } from './seed-run.ts';

/** The same plan is the same runs. */
export interface SwarmPlan {
  /** What the seeds are derived from, or the one seed that is played. */
  readonly from: { readonly base: string } | { readonly seed: number };
  readonly profile?: ProfileName;
  /** Runs of the whole swarm, all shards together; null when only the clock ends it. */
  readonly seeds: number | null;
  /** Share of the runs that are played twice and compared, in percent, 0 to 100. */
  readonly recheckPercent: number;
}

/** The `index`-th of `of` parts, from 1: it takes the runs index - 1, index - 1 + of, and so on. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

export const whole: Shard = { index: 1, of: 1 };

/** How many runs a shard has; Infinity when only the clock ends it. */
export function runsOf(plan: SwarmPlan, shard: Shard): number {
  return plan.seeds === null ? Number.POSITIVE_INFINITY : Math.max(0, Math.ceil((plan.seeds - shard.index + 1) / shard.of));
}

/** The index in the swarm, from 0, of the nth run (from 0) of a shard. */
export const indexOf = (shard: Shard, nth: number): number => shard.index - 1 + nth * shard.of;

export function taskAt(plan: SwarmPlan, index: number): SeedTask {
  const seed = 'seed' in plan.from ? plan.from.seed : seedOf(plan.from.base, index);
  return plan.profile === undefined ? { seed } : { seed, profile: plan.profile };
}

/**
 * Is this run played twice? The first one always is, unless the share is 0. Multiples of the golden ratio fall evenly into any share, in the
 * swarm and in each of its shards.
 */
export const isRechecked = (plan: SwarmPlan, index: number): boolean =>
  (Math.imul(index, 0x9e3779b1) >>> 0) / 0x1_0000_0000 < plan.recheckPercent / 100;
