/**
 * Random scenarios: the one source for properties, for `run` and for shrinking.
 * Most scenarios keep the conditions under which acks=all promises safety (replication factor 3, min.insync.replicas 2, one lossy crash at a
 * time); the others exist to see that loss beyond tolerance is told from a defect.
 */
import fc from 'fast-check';
import { type ProfileName, profileNames } from '../profile-name.ts';
import { type Scenario, scenarioVersion } from '../scenario.ts';
import { clusterPlan, safety, withBatchFormat, withLogConfig } from './arbitrary/cluster.ts';
import { withCompaction } from './arbitrary/compaction.ts';
import { diskFaultList, withLogDirs } from './arbitrary/disk-faults.ts';
import { faultList, spaceLossyCrashes, spaceRot } from './arbitrary/faults.ts';
import { withGroupConfig } from './arbitrary/groups.ts';
import { profiles } from './arbitrary/profile.ts';
import { withCompression, workloadPlan } from './arbitrary/workload.ts';
import { foldSeed } from './seeds.ts';
import { shrinking } from './shrinking/arbitrary.ts';

/** Any scenario of a family. */
export function scenarioArbitraryOf(name: ProfileName): fc.Arbitrary<Scenario> {
  const profile = profiles[name];
  const drawn = safety.chain((how) =>
    clusterPlan(how).chain((plain) =>
      workloadPlan(plain, how, profile).chain((workload) =>
        fc
          .tuple(fc.maxSafeNat(), withGroupConfig(plain, how, workload.groups ?? []), faultList(plain, workload, profile))
          .chain(([seed, grouped, faults]) =>
            withLogConfig(grouped).chain((logs) =>
              fc
                .tuple(withBatchFormat(logs), withCompression(workload), diskFaultList(plain, workload, profile))
                .chain(([whole, compressing, ofDisks]) =>
                  withLogDirs(
                    whole,
                    workload,
                    how.spaceLossyCrashes ? spaceRot([...spaceLossyCrashes(faults), ...ofDisks]) : [...faults, ...ofDisks],
                    profile,
                  ).chain(({ cluster: kept, faults: struck }) =>
                    withCompaction({ cluster: kept, workload: compressing, faults: struck }, profile).map(
                      ({ cluster, workload: writing, faults: all }): Scenario => ({
                        version: scenarioVersion,
                        description: '',
                        seed,
                        cluster,
                        workload: writing,
                        faults: all,
                        expect: { faults: 'any', findings: [], excused: [], happens: [], never: [] },
                      }),
                    ),
                  ),
                ),
            ),
          ),
      ),
    ),
  );
  return shrinking(drawn);
}

/** Any scenario of the swarm: all families together. */
export const scenarioArbitrary: fc.Arbitrary<Scenario> = shrinking(
  fc.oneof(...profileNames.map((name) => ({ weight: profiles[name].weight, arbitrary: scenarioArbitraryOf(name) }))),
);

const unbiased = new Map(profileNames.map((name) => [name, fc.noBias(scenarioArbitraryOf(name))]));
const unbiasedMixture = fc.noBias(scenarioArbitrary);

/** The scenario of a seed: an arbitrary, of all families or of this one, drawn with it. The same seed is the same scenario everywhere. */
export function scenarioOfSeed(seed: number, profile?: ProfileName): Scenario {
  const arbitrary = (profile && unbiased.get(profile)) ?? unbiasedMixture;
  const [drawn] = fc.sample(arbitrary, { seed: foldSeed(seed), numRuns: 1 });
  if (drawn === undefined) throw new Error('fast-check drew nothing');
  return { ...drawn, seed };
}
