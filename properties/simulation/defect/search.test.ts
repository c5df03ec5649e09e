/**
 * Each wrong decision shows one of the anomalies that it is known by, in random scenarios of a public profile or random scripts for a log, within five times the seeds that
 * it was measured to need; the right decisions show nothing there. The scenarios are those of a base that was measured: whoever writes the report
 * anew sees there whether this holds.
 */
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/simulation/checker/finding.ts';
import { type Defect, rulesOf } from '../../../src/simulation/defect/defect.ts';
import { defects } from '../../../src/simulation/defect/defects.ts';
import { findingsOf, playableOfSeed } from '../../../src/simulation/run/playable.ts';
import { seedOf } from '../../../src/simulation/scenario/seeds.ts';
import { measuredSeeds } from './report.ts';

const measured = measuredSeeds();
const base = '2';

/** The first seed that shows it. */
function search({ property, profile, ...decisions }: Defect, seeds: number): number | undefined {
  const known = ({ verdict, anomaly }: Finding): boolean => verdict === 'finding' && property.includes(anomaly);
  for (let index = 0; index < seeds; index++) {
    const seed = seedOf(base, index);
    if (findingsOf(playableOfSeed(seed, profile), { ...rulesOf(decisions), until: known }).some(known)) return seed;
  }
  return undefined;
}

describe('a known-bad decision', () => {
  test.each(defects)('is found where the right ones are clean: $id, $decision', (defect) => {
    const seed = search(defect, 5 * (measured.get(defect.id) ?? 0));
    expect(seed).toBeDefined();
    if (seed !== undefined) expect(findingsOf(playableOfSeed(seed, defect.profile)).filter(({ verdict }) => verdict !== 'excused')).toEqual([]);
  }, 180_000);

  test('has a row in the report, and the report has no others', () => {
    expect([...measured.keys()].sort()).toEqual(defects.map(({ id }) => id).sort());
  });
});
