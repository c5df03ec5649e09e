/** The oracle against a model: silent on every legal interleaving, and not blind when the model breaks a rule. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge } from '../../../src/simulation/checker/finding.ts';
import { actions, type Mistake, type Move, ReplicationModel } from './replication-model.ts';

/** Fetches and produces far more often than faults, so that stories go somewhere. */
const weights: Readonly<Record<Move['action'], number>> = {
  produce: 20,
  fetch: 40,
  deliver: 6,
  learn: 25,
  shrink: 5,
  controller: 12,
  fence: 5,
  unfence: 12,
  process: 2,
  power: 3,
  stop: 1,
  restart: 12,
  sync: 2,
};
const move: fc.Arbitrary<Move> = fc.record({
  action: fc.oneof(...actions.map((action) => ({ weight: weights[action], arbitrary: fc.constant(action) }))),
  broker: fc.integer({ min: 1, max: 3 }),
  luck: fc.nat(1000),
});
const moves = (length: number): fc.Arbitrary<readonly Move[]> => fc.array(move, { minLength: length / 4, maxLength: length, size: 'max' });

const play = (story: readonly Move[], mistake: Mistake = 'none'): ReplicationModel => {
  const model = new ReplicationModel(mistake);
  for (const each of story) model.move(each);
  model.stage.oracle.finish(model.stage.timeUs);
  return model;
};

describe('the oracle', () => {
  test('finds nothing in any legal interleaving, and the audit agrees with it', () => {
    const seen = new Map<string, number>();
    let excused = 0;
    fc.assert(
      fc.property(moves(400), (story) => {
        const model = play(story);
        for (const [what, count] of model.counts) seen.set(what, (seen.get(what) ?? 0) + count);
        const judgement = judge(model.stage.findings.list());
        if (judgement === 'excused') excused++;
        expect(model.stage.findings.list().filter((finding) => finding.verdict !== 'excused')).toEqual([]);
        model.stage.audit(model.brokers.filter((broker) => broker.up).map((broker) => [broker.id, broker.log] as const));
        expect(model.stage.findings.list().filter((finding) => finding.verdict !== 'excused')).toEqual([]);
      }),
      { numRuns: 600, seed: 1 },
    );
    // The stories went through everything that the checks are about.
    for (const what of ['advance', 'truncate', 'shrink', 'expand', 'clean', 'elr', 'unclean', 'process', 'power', 'stop'])
      expect([what, (seen.get(what) ?? 0) > 20]).toEqual([what, true]);
    expect(excused).toBeGreaterThan(0);
  });

  test.each<[Mistake, string]>([
    ['truncateToHighWatermark', 'LeaderCandidateCompleteness'],
    ['ignoreIsr', 'HighWatermark'],
    ['proposedIsr', 'ReplicationQuorumSuperset'],
    ['keepUnclean', 'LeaderC'],
    ['joinEarly', 'LeaderCandidateCompleteness'],
    ['belowMinIsr', 'HighWatermark'],
    ['ignoreBrokerEpoch', 'LeaderCandidateCompleteness'],
  ])('notices %s as %s', (mistake, anomaly) => {
    const anomalies = (story: readonly Move[]): readonly string[] =>
      play(story, mistake)
        .stage.findings.list()
        .filter((finding) => finding.verdict === 'finding')
        .map((finding) => finding.anomaly);
    let noticed: readonly string[] = [];
    const found = (): boolean => noticed.some((each) => each.startsWith(anomaly));
    for (let seed = 1; seed <= 40 && !found(); seed++)
      for (const story of fc.sample(moves(400), { numRuns: 100, seed })) {
        noticed = anomalies(story);
        if (found()) break;
      }
    expect(noticed).toContainEqual(expect.stringContaining(anomaly));
  });
});
