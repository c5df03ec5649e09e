/**
 * Random scenarios: the one source for properties, for `run` and for shrinking.
 * Most scenarios keep the conditions under which acks=all promises safety (replication factor 3, min.insync.replicas 2, one lossy crash at a
 * time); the others exist to see that loss beyond tolerance is told from a defect.
 */
import fc from 'fast-check';
import { type Scenario, scenarioVersion } from '../scenario.ts';
import { clusterPlan, safety } from './arbitrary/cluster.ts';
import { faultList, spaceLossyCrashes } from './arbitrary/faults.ts';
import { workloadPlan } from './arbitrary/workload.ts';
import { foldSeed } from './seeds.ts';

/** Any scenario of the swarm. */
export const scenarioArbitrary: fc.Arbitrary<Scenario> = safety.chain((how) =>
  clusterPlan(how).chain((cluster) =>
    workloadPlan(cluster, how).chain((workload) =>
      fc.tuple(fc.maxSafeNat(), faultList(cluster, workload)).map(
        ([seed, faults]): Scenario => ({
          version: scenarioVersion,
          description: '',
          seed,
          cluster,
          workload,
          faults: how.spaceLossyCrashes ? spaceLossyCrashes(faults) : faults,
          expect: { faults: 'any', findings: [], excused: [], happens: [], never: [] },
        }),
      ),
    ),
  ),
);

const unbiased = fc.noBias(scenarioArbitrary);

/** The scenario of a seed: the arbitrary, drawn with it. The same seed is the same scenario everywhere. */
export function scenarioOfSeed(seed: number): Scenario {
  const [drawn] = fc.sample(unbiased, { seed: foldSeed(seed), numRuns: 1 });
  if (drawn === undefined) throw new Error('fast-check drew nothing');
  return { ...drawn, seed };
}
