/** A promise as a property: fast-check draws clusters, workloads and faults, and makes a failing one smaller. */
import fc from 'fast-check';
import { scenarioArbitraryOf, simulate } from 'faultline';
import 'faultline/vitest';
import { expect, test } from 'vitest';

test('nothing acknowledged with acks=all is lost', () => {
  const promise = fc.property(scenarioArbitraryOf('no-loss'), (scenario) => {
    expect(simulate(scenario)).toKeepPromises();
  });
  fc.assert(promise, { numRuns: 3, seed: 1 });
});
