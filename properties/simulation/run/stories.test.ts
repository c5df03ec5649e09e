/** Each named story comes out as it says. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { kafkaRules, type Rules } from '../../../src/kafka/rules/rules.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';
import { printScenario } from '../../../src/simulation/scenario/print.ts';
import type { Scenario } from '../../../src/simulation/scenario.ts';

const folder = new URL('../../../scenarios/', import.meta.url);
/** Those on npm clients are properties/sandbox's. */
const stories = readdirSync(folder).filter((file) => file.endsWith('.yaml') && !file.startsWith('kafkajs-'));

const scenarioOf = (file: string): Scenario => {
  const scenario = parseScenario(readFileSync(new URL(file, folder), 'utf8'));
  if (!scenario.ok) expect.fail(scenario.error.join('\n'));
  return scenario.value;
};

const { replication, controller, producer, group, log } = kafkaRules;
const replicated = (change: Partial<Rules['replication']>): Rules => ({ ...kafkaRules, replication: { ...replication, ...change } });

const grouped = (change: Partial<Rules['group']>): Rules => ({ ...kafkaRules, group: { ...group, ...change } });

const logged = (change: Partial<Rules['log']>): Rules => ({ ...kafkaRules, log: { ...log, ...change } });

/** What each story tells of, taken away through the rules: it must not come out any more. */
const without: readonly { readonly story: string; readonly mechanism: string; readonly rules: Rules; readonly red: RegExp }[] = [
  {
    story: 'bit-rot-is-not-served',
    mechanism: 'looking at the checksum of what leaves',
    rules: logged({ servesBatch: () => true }),
    red: /^DamageServed at orders-0$/m,
  },
  {
    story: 'full-disk-stops-a-broker',
    mechanism: 'taking a write that found no room for failed',
    rules: logged({ afterWrite: () => 'note' }),
    red: /^RecoveryEquivalence at orders-0$/m,
  },
  {
    story: 'replica-moves-under-load',
    mechanism: 'waiting for the copy to have all that the replica has',
    rules: logged({
      moves: {
        ...log.moves,
        moveStep(state) {
          const step = log.moves.moveStep(state);
          return step.type === 'copy' && state.future.end > 0 ? { type: 'promote' } : step;
        },
      },
    }),
    red: /^LeaderCandidateCompleteness at orders-0$/m,
  },
  {
    story: 'stop-that-fails-is-none',
    mechanism: 'looking through the logs after any other stop than one in order',
    rules: logged({ recoveryStart: (_clean, _point, bases) => bases.length }),
    red: /^not-settled at cluster$/m,
  },
  {
    story: 'cut-fails-on-the-way',
    mechanism: 'the truncation to the leader’s log',
    rules: replicated({ truncationPoint: (_entries, logEndOffset) => ({ to: logEndOffset, final: true }) }),
    red: /^truncated was expected and did not happen$/m,
  },
  {
    story: 'isr-answer-after-a-failed-directory',
    mechanism: 'the way back into the ISR',
    rules: replicated({ mayJoinIsr: () => false }),
    red: /^isr-not-refilled at /m,
  },
  {
    story: 'acks-all-survives-leader-crash',
    mechanism: 'waiting for the in-sync replicas',
    rules: replicated({ advanceHighWatermark: (leader) => leader.logEndOffset }),
    red: /^(lost-write|unseen) at orders-0$/m,
  },
  {
    story: 'acks-one-loses-on-leader-crash',
    mechanism: 'the truncation of what the old leader alone had',
    rules: replicated({ divergenceOf: () => ({ type: 'matches' }) }),
    red: /^truncated was expected and did not happen$/m,
  },
  {
    story: 'minority-leader-keeps-no-promise',
    mechanism: 'a high watermark that does not move without the followers',
    rules: replicated({ advanceHighWatermark: (leader) => leader.logEndOffset }),
    red: /^(lost-write|unseen) at orders-0$/m,
  },
  {
    story: 'partition-then-power-loss',
    mechanism: 'eligible leader replicas',
    rules: {
      ...kafkaRules,
      controller: {
        ...controller,
        checkRegistration: (question) => {
          const answer = controller.checkRegistration(question);
          return answer.type === 'accepted' ? { type: 'accepted', unclean: false } : answer;
        },
        eligibleLeaderReplicas: ({ targetIsr, isr, elr }) => (targetIsr.length > 0 ? [] : isr.length > 0 ? isr : elr),
      },
    },
    red: /^LeaderCandidateCompleteness at orders-0$/m,
  },
  {
    story: 'slow-follower-leaves-the-isr',
    mechanism: 'the leader’s patience with followers that fall behind',
    rules: replicated({ outOfSync: () => [] }),
    red: /^isrShrunk was expected and did not happen$/m,
  },
  {
    story: 'healed-disk-catches-up',
    mechanism: 'the way back into the ISR',
    rules: replicated({ mayJoinIsr: () => false }),
    red: /^isr-not-refilled at orders-1$/m,
  },
  {
    story: 'late-answer-after-rejoining',
    mechanism: 'the end of a silent member’s session',
    rules: grouped({ sessionExpires: () => false }),
    red: /^expiry rebalance was expected and did not happen$/m,
  },
  {
    story: 'static-leader-misses-new-partitions',
    mechanism: 'the place that is kept for a static member',
    rules: grouped({ staticRejoin: () => 'rebalance' }),
    red: /^not-owned was expected to be excused and was not$|not-owned/m,
  },
  {
    story: 'idempotence-survives-lost-responses',
    mechanism: 'the memory of the last five batches',
    rules: {
      ...kafkaRules,
      producer: {
        ...producer,
        checkSequence: (entry, batch) => producer.checkSequence(entry && { ...entry, batches: entry.batches.slice(-1) }, batch),
      },
    },
    red: /^(duplicate|nonmonotonic-send) at /m,
  },
  {
    story: 'rebalance-on-consumer-crash',
    mechanism: 'the end of a session without heartbeats',
    rules: grouped({ sessionExpires: () => false }),
    red: /^expiry rebalance was expected and did not happen$/m,
  },
  {
    story: 'auto-commit-redelivers',
    mechanism: 'commits that are taken',
    rules: grouped({ commitError: () => ErrorCode.UNKNOWN_SERVER_ERROR }),
    red: /^committed was expected and did not happen$/m,
  },
  {
    story: 'commit-before-processing-loses',
    mechanism: 'commits that are taken',
    rules: grouped({ commitError: () => ErrorCode.UNKNOWN_SERVER_ERROR }),
    red: /^group-skip was expected, excused, and not seen$/m,
  },
  {
    story: 'leader-expelled-before-it-assigns',
    mechanism: 'the time that a member has for SyncGroup',
    rules: grouped({ syncTimeoutMs: () => undefined }),
    red: /^sync timeout rebalance was expected and did not happen$/m,
  },
  {
    story: 'late-commit-goes-back',
    mechanism: 'commits that are taken',
    rules: grouped({ commitError: () => ErrorCode.UNKNOWN_SERVER_ERROR }),
    red: /^committed was expected and did not happen$/m,
  },
  {
    story: 'empty-group-begins-again',
    mechanism: 'the members that leave a group',
    rules: grouped({ memberError: () => ErrorCode.UNKNOWN_MEMBER_ID }),
    red: /^(forgotten|assignment) was expected and did not happen$/m,
  },
  {
    story: 'slow-handler-exceeds-the-poll-interval',
    mechanism: 'heartbeats that tell of a rebalance',
    rules: grouped({
      heartbeatError: (members, request) => {
        const error = group.heartbeatError(members, request);
        return error === ErrorCode.REBALANCE_IN_PROGRESS ? ErrorCode.NONE : error;
      },
    }),
    red: /^rebalance in progress was expected and did not happen$/m,
  },
  {
    story: 'coordinator-crash-during-sync',
    mechanism: 'reading the groups from the log of the coordinator before',
    rules: grouped({ electionStep: (held, leads) => (leads !== undefined && leads > 0 ? 'keep' : group.electionStep(held, leads)) }),
    red: /^coordinator move was expected and did not happen$/m,
  },
];

/** It tells of what is not there: its twin above has it. */
const withoutMechanism = ['retry-without-idempotence-duplicates.yaml'];

describe('the story', () => {
  test.each(without)('$story is red without $mechanism', ({ story, rules, red }) => {
    const result = simulate(scenarioOf(`${story}.yaml`), { rules });
    const findings = result.findings.filter(({ verdict }) => verdict === 'finding').map(({ anomaly, place }) => `${anomaly} at ${place}`);
    expect([...findings, ...result.unmet].join('\n')).toMatch(red);
  });
  test('is there for each mechanism, and the other way round', () => {
    expect([...without.map(({ story }) => `${story}.yaml`), ...withoutMechanism].sort()).toEqual([...stories].sort());
  });
  test.each(stories)('%s comes out as it expects', (file) => {
    const scenario = parseScenario(readFileSync(new URL(file, folder), 'utf8'));
    if (!scenario.ok) expect.fail(scenario.error.join('\n'));
    const result = simulate(scenario.value);
    expect(result.unmet).toEqual([]);
    expect(result.findings.filter((finding) => finding.verdict !== 'excused')).toEqual([]);
    expect(result.acknowledged).toBeGreaterThan(200);
  });
  test.each(stories)('%s says what it is about and reads back as it is written', (file) => {
    const scenario = parseScenario(readFileSync(new URL(file, folder), 'utf8'));
    if (!scenario.ok) expect.fail(scenario.error.join('\n'));
    expect(scenario.value.description.length).toBeGreaterThan(80);
    expect(parseScenario(printScenario(scenario.value))).toEqual(scenario);
  });
  test('idempotence-survives-lost-responses has duplicates when its producer is not idempotent', () => {
    const scenario = parseScenario(readFileSync(new URL('idempotence-survives-lost-responses.yaml', folder), 'utf8'));
    if (!scenario.ok) expect.fail(scenario.error.join('\n'));
    expect(simulate(scenario.value).findings).toEqual([]);
    const { workload } = scenario.value;
    const plain = { ...workload, producers: workload.producers.map((plan) => ({ ...plan, idempotence: false })) };
    expect(simulate({ ...scenario.value, workload: plain }).findings.map(({ verdict, anomaly }) => [verdict, anomaly])).toContainEqual([
      'excused',
      'duplicate',
    ]);
  });
  test('commit-before-processing-loses leaves nothing out when it commits after the work', () => {
    const scenario = scenarioOf('commit-before-processing-loses.yaml');
    const groups = (scenario.workload.groups ?? []).map((plan) => ({ ...plan, commit: 'after-processing' as const }));
    const result = simulate({ ...scenario, workload: { ...scenario.workload, groups } });
    expect(result.findings).toEqual([]);
    expect(result.unmet).toContain('redelivered happened and must not');
  });
  test('acks-one-loses-on-leader-crash loses nothing when its producer asks for acks=all', () => {
    const scenario = parseScenario(readFileSync(new URL('acks-one-loses-on-leader-crash.yaml', folder), 'utf8'));
    if (!scenario.ok) expect.fail(scenario.error.join('\n'));
    const { workload } = scenario.value;
    const safer = { ...workload, producers: workload.producers.map((plan) => ({ ...plan, acks: -1 as const })) };
    const lost = simulate({ ...scenario.value, workload: safer }).findings.filter(({ anomaly }) => ['lost-write', 'unseen'].includes(anomaly));
    expect(lost).toEqual([]);
  });
});
