/**
 * Each wrong decision shows one of the anomalies that it is known by, in random scenarios of a public profile or random scripts for a log, within five times the seeds that
 * it was measured to need; the right decisions show nothing there. The scenarios are those of the base that was measured to need fewest: how many
 * the others need is the report's to tell.
 */
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/simulation/checker/finding.ts';
import { type Defect, rulesOf } from '../../../src/simulation/defect/defect.ts';
import { defects } from '../../../src/simulation/defect/defects.ts';
import { findingsOf, playableOfSeed } from '../../../src/simulation/run/playable.ts';
import { seedOf } from '../../../src/simulation/scenario/seeds.ts';
import { type Measured, measuredSeeds } from './report.ts';

const measured = measuredSeeds();

/** The first seed that shows it. */
function search({ property, profile, ...decisions }: Defect, { base, seeds }: Measured): number | undefined {
  const known = ({ verdict, anomaly }: Finding): boolean => verdict === 'finding' && property.includes(anomaly);
  for (let index = 0; index < 5 * seeds; index++) {
    const seed = seedOf(base, index);
    if (findingsOf(playableOfSeed(seed, profile), { ...rulesOf(decisions), until: known }).some(known)) return seed;
  }
  return undefined;
}

describe('a known-bad decision', () => {
  test.each(defects)('is found where the right ones are clean: $id, $decision', (defect) => {
    const seed = search(defect, measured.get(defect.id) ?? { base: '1', seeds: 0 });
    expect(seed).toBeDefined();
    if (seed !== undefined) expect(findingsOf(playableOfSeed(seed, defect.profile)).filter(({ verdict }) => verdict !== 'excused')).toEqual([]);
  }, 180_000);

  test('has a row in the report, and the report has no others', () => {
    expect([...measured.keys()].sort()).toEqual(defects.map(({ id }) => id).sort());
  });
});
