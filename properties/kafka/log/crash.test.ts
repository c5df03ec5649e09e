/** What the log promises about power losses holds under Kafka's rules, and the trial that says so sees each of them broken. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kafkaLogRules, type LogRules } from '../../../src/kafka/rules/log.ts';
import { type Step, step, Trial } from './trial.ts';

test('no synced batch is lost, no torn one served and no two histories are mixed, whatever call the power fails in', () => {
  const seen = { recovered: 0, truncated: 0, synced: 0, powerLosses: 0 };
  fc.assert(
    fc.property(fc.nat(), fc.array(step, { minLength: 1, maxLength: 30 }), (seed, steps) => {
      const trial = new Trial(seed);
      steps.forEach((next, index) => {
        trial.take(next, index + 1);
      });
      for (const event of trial.machine.events)
        if (event.type === 'recovered' || event.type === 'truncated' || event.type === 'synced') seen[event.type]++;
      seen.powerLosses += trial.powerLosses;
    }),
    { numRuns: 1000 },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(300);
});

const lead: Step = { type: 'work', work: { type: 'lead', count: 1, bytes: 900, newEpoch: false }, crashAt: -1 };
/** Synced far, cut, and written again over several segments before a power loss. */
const cutAndWriteAgain: readonly Step[] = [
  ...Array.from({ length: 8 }, () => lead),
  { type: 'stop', powerLossAfter: false, crashAt: -1 },
  { type: 'work', work: { type: 'truncate', share: 10 }, crashAt: -1 },
  // In one step, so that no background sync comes in between; power goes in the last write.
  { type: 'work', work: { type: 'follow', sizes: [900, 900, 900, 900, 900, 900, 900], newEpochAt: 99 }, crashAt: 9 },
];

test('what was cut and written again is a prefix of the new history after a power loss, although the old one was synced further', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const trial = new Trial(seed);
      cutAndWriteAgain.forEach((next, index) => {
        trial.take(next, index + 1);
      });
    }),
  );
});

/** One decision taken wrongly, and the steps that show it where random ones rarely do. */
const wrong: readonly { readonly name: string; readonly rules: Partial<LogRules>; readonly steps?: readonly Step[] }[] = [
  { name: 'nothing is verified after an unclean stop', rules: { recoveryStart: (_clean, _point, bases) => bases.length } },
  {
    name: 'verification begins behind the segment that holds the recovery point',
    rules: { recoveryStart: (_clean, _point, bases) => bases.length - 1 },
  },
  { name: 'checksums are not looked at', rules: { keepScanned: (batch, before) => kafkaLogRules.keepScanned({ ...batch, intact: true }, before) } },
  { name: 'a gap between segments is not looked at', rules: { segmentFollows: () => true } },
  { name: 'an index is trusted after an unclean stop', rules: { trustIndexes: () => true } },
  { name: 'the recovery point moves to the end without a sync', rules: { recoveredPoint: (_clean, _checkpointed, end) => end } },
  { name: 'a cut is not synced', rules: { truncateSteps: () => ['cutFiles', 'trimEpochs', 'rebuildProducers', 'recoveryPoint'] } },
  { name: 'the epochs of a cut history stay', rules: { truncateSteps: () => ['cutFiles', 'syncFiles', 'rebuildProducers', 'recoveryPoint'] } },
  {
    name: 'the recovery point of a cut history stays on disk',
    rules: { truncateSteps: () => ['cutFiles', 'syncFiles', 'trimEpochs', 'rebuildProducers'] },
    steps: cutAndWriteAgain,
  },
  { name: 'the start of a new epoch is not recorded', rules: { appendSteps: () => ['write'] } },
  { name: 'the epoch cache is taken as the checkpoint has it', rules: { epochsAfterLoad: (checkpointed) => checkpointed } },
  { name: 'the marker of a clean stop outlives the start', rules: { startSteps: () => ['readMarkers', 'load'] } },
  {
    name: 'the marker of a clean stop is written first',
    rules: { stopSteps: () => ['markers', 'flush', 'producers', 'recoveryPoints', 'logStartOffsets', 'highWatermarks'] },
  },
  { name: 'a clean stop syncs nothing', rules: { stopSteps: () => ['producers', 'recoveryPoints', 'logStartOffsets', 'highWatermarks', 'markers'] } },
];

for (const { name, rules, steps: shown } of wrong) {
  test(`a broken promise is seen when ${name}`, () => {
    const anySteps = shown === undefined ? fc.array(step, { minLength: 1, maxLength: 30 }) : fc.constant(shown);
    const property = fc.property(fc.nat(), anySteps, (seed, steps) => {
      const trial = new Trial(seed, rules);
      steps.forEach((next, index) => {
        trial.take(next, index + 1);
      });
    });
    expect(fc.check(property, { seed: 1, numRuns: 12_000, endOnFailure: true }).failed).toBe(true);
  });
}
