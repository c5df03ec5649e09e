/**
 * Whoever breaks one rule by hand is told: each of these breaks is found in the first scenarios that `run` draws, and the story of what was
 * found names the rule. The wrong decisions of Kafka's own history are in simulation/defect; these are slips of a hand, one in each rule.
 */
import { describe, expect, test } from 'vitest';
import { kafkaControllerRules as controller } from '../../src/kafka/rules/controller.ts';
import { kafkaLogRules as log } from '../../src/kafka/rules/log.ts';
import { kafkaProducerRules as producer } from '../../src/kafka/rules/producer.ts';
import { replicationRules as replication } from '../../src/kafka/rules/replication.ts';
import { kafkaRules, type Rules } from '../../src/kafka/rules/rules.ts';
import { offset } from '../../src/model/brand.ts';
import { ErrorCode } from '../../src/model/error-code.ts';
import type { Finding } from '../../src/simulation/checker/finding.ts';
import { simulate } from '../../src/simulation/run/simulate.ts';
import { storyOf } from '../../src/simulation/run/story.ts';
import { scenarioOfSeed } from '../../src/simulation/scenario/arbitrary.ts';
import { seedOf } from '../../src/simulation/scenario/seeds.ts';
import type { Scenario } from '../../src/simulation/scenario.ts';

/** As `run` draws them where nobody says otherwise. */
const base = '1';
const most = 20;

interface Break {
  /** The rule by its place in the record of rules. */
  readonly rule: string;
  readonly slip: string;
  readonly rules: Rules;
}

/** Makes breaks of one part of the rules. */
const breaksOf =
  <P extends keyof Rules>(part: P) =>
  (slip: string, changed: Partial<Rules[P]>): Break => ({
    rule: `${part}.${Object.keys(changed)[0] ?? ''}`,
    slip,
    rules: { ...kafkaRules, [part]: { ...kafkaRules[part], ...changed } },
  });
const inReplication = breaksOf('replication');
const inController = breaksOf('controller');
const inLog = breaksOf('log');
const inProducer = breaksOf('producer');
const inGroup = breaksOf('group');

const breaks: readonly Break[] = [
  inReplication('a fetch of an older leader epoch is answered', {
    checkLeaderEpoch: (requested, current) => (requested <= current ? ErrorCode.NONE : replication.checkLeaderEpoch(requested, current)),
  }),
  inReplication('another history is taken for a shared one', {
    divergenceOf(...facts) {
      const found = replication.divergenceOf(...facts);
      return found.type === 'diverged' ? { type: 'matches' } : found;
    },
  }),
  inReplication('the log is cut one record too low', {
    truncationPoint(...facts) {
      const found = replication.truncationPoint(...facts);
      return { ...found, to: offset(Math.max(0, found.to - 1)) };
    },
  }),
  inReplication('the high watermark that the leader tells is not taken over', {
    followerSteps: (error, diverged) => replication.followerSteps(error, diverged).filter((step) => step !== 'highWatermark'),
  }),
  inReplication('a follower calls its whole log committed', { followerHighWatermark: (_leader, _logStart, logEnd) => logEnd }),
  inReplication('a follower is believed to hold one record more', {
    followerFetched: (...facts) => {
      const next = replication.followerFetched(...facts);
      return { ...next, logEndOffset: offset(next.logEndOffset + 1) };
    },
  }),
  inReplication('every follower lags', { outOfSync: (leader) => leader.isr.filter((id) => id !== leader.id) }),
  inReplication('no follower lags', { outOfSync: () => [] }),
  inReplication('a single replica in sync is enough', { effectiveMinIsr: () => 1 }),
  inReplication('the high watermark is the log end', { advanceHighWatermark: (leader) => leader.logEndOffset }),
  inReplication('a write is acknowledged one record too early', {
    acknowledgement: (leader, required) => replication.acknowledgement(leader, offset(required - 1)),
  }),
  inReplication('consumers get what is not committed', { fetchUpperBound: (_isFollower, _readCommitted, _high, _stable, logEnd) => logEnd }),
  inReplication('an accepted ISR is dropped', {
    alterPartitionOutcome: (error) => (error === ErrorCode.NONE ? 'revert' : replication.alterPartitionOutcome(error)),
  }),
  inController('any live replica is elected', {
    electLeader: (question) => controller.electLeader({ ...question, isr: question.replicas }),
  }),
  inController('nobody is eligible', { eligibleLeaderReplicas: () => [] }),
  inController('no session ends', { isStale: () => false }),
  inLog('after a crash nothing is verified', { recoveryStart: (_cleanStop, _recoveryPoint, bases) => bases.length }),
  inLog('a log ends with its first segment', { segmentFollows: (_base, _previousEnd, first) => first }),
  inLog('an epoch begins one record late', {
    assignEpoch: (entries, epoch, start) => log.assignEpoch(entries, epoch, offset(start + 1)),
  }),
  inProducer('every batch is new', { checkSequence: () => ({ type: 'append' }) }),
  inProducer('the first batches are remembered, not the last', {
    afterAppend(entry, batch, source) {
      const next = producer.afterAppend(entry, batch, source);
      return entry === undefined || next === undefined || entry.epoch !== next.epoch || entry.batches.length < 5
        ? next
        : { ...next, batches: entry.batches };
    },
  }),
  inGroup('a write is called committed at once', { writeOutcome: () => 'committed' }),
  inGroup('offsets in use expire', { offsetExpired: () => true }),
];

const isFinding = ({ verdict }: Finding): boolean => verdict === 'finding';

function search({ rules }: Break): { readonly scenario: Scenario; readonly finding: Finding } | undefined {
  for (let index = 0; index < most; index++) {
    const scenario = scenarioOfSeed(seedOf(base, index));
    const finding = simulate(scenario, { rules, until: isFinding }).findings.find(isFinding);
    if (finding !== undefined) return { scenario, finding };
  }
  return undefined;
}

describe('a rule that is broken by hand', () => {
  test.each(breaks)('is found within 20 seeds, and its story names it: $rule, $slip', (each) => {
    const found = search(each);
    expect(found).toBeDefined();
    if (found === undefined) return;
    const story = storyOf(found.scenario, found.finding, { rules: each.rules });
    const consulted = [...(story?.decisive ?? []).flatMap(({ rules }) => rules), ...(story?.atFinding ?? [])];
    expect(consulted.map(({ rule }) => rule)).toContain(each.rule);
  }, 30_000);
});
