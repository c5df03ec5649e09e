/**
 * Wrong decisions of Kafka's history, planted through the rules: random scenarios find each within 500 seeds. The same seeds are clean with
 * the right rules, or the alarm would be worth nothing.
 */
import { describe, expect, test } from 'vitest';
import type { ClientRules } from '../../../src/kafka/client/rules.ts';
import { kafkaRules, type Rules } from '../../../src/kafka/rules/rules.ts';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import type { ProfileName } from '../../../src/simulation/scenario/arbitrary/profile.ts';
import { scenarioOfSeed } from '../../../src/simulation/scenario/arbitrary.ts';
import { seedOf } from '../../../src/simulation/scenario/seeds.ts';
import { noSyncTimeout, staleCommit, staleCooperativeClaims } from './group-defects.ts';

const budget = 500;

interface Planted {
  readonly source: string;
  readonly decision: string;
  readonly rules?: Rules;
  readonly clientRules?: ClientRules;
  /** The family whose seeds are played; all families by default. */
  readonly profile?: ProfileName;
}

const { replication, controller, producer } = kafkaRules;

const planted: readonly Planted[] = [
  {
    source: 'KIP-101',
    decision: 'a new follower truncates to its own high watermark',
    rules: { ...kafkaRules, replication: { ...replication, followerTakeOver: (_logEndOffset, highWatermark) => ({ truncateTo: highWatermark }) } },
  },
  {
    source: 'the high watermark’s definition',
    decision: 'the high watermark advances without the ISR',
    rules: { ...kafkaRules, replication: { ...replication, advanceHighWatermark: (leader) => leader.logEndOffset } },
  },
  {
    source: 'KIP-966',
    decision: 'the last member of the ISR is elected again after it lost its power',
    profile: 'no-loss',
    rules: {
      ...kafkaRules,
      controller: {
        ...controller,
        checkRegistration: (question) => {
          const answer = controller.checkRegistration(question);
          return answer.type === 'accepted' ? { type: 'accepted', unclean: false } : answer;
        },
        eligibleLeaderReplicas: (question) =>
          question.targetIsr.length > 0
            ? []
            : question.isr.length > 0
              ? question.isr.filter((id) => question.targetReplicas.includes(id))
              : question.elr,
      },
    },
  },
  {
    source: 'KIP-497',
    decision: 'the high watermark is computed from an ISR that is proposed and not accepted',
    rules: { ...kafkaRules, replication: { ...replication, maximalIsr: (committed, proposed) => proposed ?? committed } },
  },
  {
    source: 'KAFKA-5494',
    decision: 'one batch of a producer is remembered instead of five',
    rules: {
      ...kafkaRules,
      producer: {
        ...producer,
        afterAppend: (entry, batch, from) => {
          const next = producer.afterAppend(entry, batch, from);
          return next === undefined ? undefined : { ...next, batches: next.batches.slice(-1) };
        },
      },
    },
  },
  {
    source: 'KIP-98',
    decision: 'a new leader does not know the producers of the old one, nor a restarted one its own',
    rules: {
      ...kafkaRules,
      producer: { ...producer, afterAppend: (entry, batch, from) => (from === 'leader' ? producer.afterAppend(entry, batch, from) : entry) },
    },
  },
  ...[staleCommit, noSyncTimeout, staleCooperativeClaims].map((defect) => ({ ...defect, profile: 'rebalance' as const })),
];

/** How many seeds it took, or undefined when the budget was not enough. Between two seeds the test runner is let through. */
async function seedsUntilFound({ rules, clientRules, profile }: Planted): Promise<number | undefined> {
  for (let index = 0; index < budget; index++) {
    const scenario = scenarioOfSeed(seedOf('planted', index), profile);
    if (simulate(scenario, { ...(rules && { rules }), ...(clientRules && { clientRules }) }).verdict === 'finding') {
      expect(simulate(scenario).verdict, `the right rules on seed ${scenario.seed}`).not.toBe('finding');
      return index + 1;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return undefined;
}

describe('random scenarios', () => {
  test.each(planted)(`find within ${budget} seeds that $decision ($source)`, async (defect) => {
    const { source, decision } = defect;
    const seeds = await seedsUntilFound(defect);
    console.info(`${source}: that ${decision} was found after ${seeds ?? `more than ${budget}`} seeds`);
    expect(seeds).toBeLessThanOrEqual(budget);
  }, 600_000);
});
