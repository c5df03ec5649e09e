/**
 * A compacted log with transactions keeps what it promises, whatever is done to it and whatever call the power fails in; each rule that this
 * rests on, broken by hand, is seen. What is found is told, made small and written down so that it can be played again.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CleaningRules } from '../../../src/kafka/rules/log-cleaning.ts';
import type { TransactionRules } from '../../../src/kafka/rules/log-transactions.ts';
import type { ProducerRules } from '../../../src/kafka/rules/producer.ts';
import { kafkaRules, type Rules } from '../../../src/kafka/rules/rules.ts';
import { logStoryText } from '../../../src/report/log-story-text.ts';
import { playableOfToken, playableToken, scenarioOfToken } from '../../../src/report/token.ts';
import { logScriptOfSeed, logScripts } from '../../../src/simulation/log-trial/draw.ts';
import type { LogOperation, LogScript } from '../../../src/simulation/log-trial/operation.ts';
import { type LogEvent, playLog } from '../../../src/simulation/log-trial/play.ts';
import { parseLogScript, printLogScript } from '../../../src/simulation/log-trial/text.ts';
import { parsePlayable } from '../../../src/simulation/run/playable.ts';
import { shrinkPlayable } from '../../../src/simulation/run/shrink.ts';
import { seedOf } from '../../../src/simulation/scenario/seeds.ts';

const { log, producer } = kafkaRules;
const { cleaning, transactions } = log;

const script = (operations: readonly LogOperation[], seed = 1): LogScript => ({
  version: 1,
  description: '',
  seed,
  segmentBytes: 300,
  deleteRetentionMs: 1000,
  producerIdExpirationMs: 3000,
  operations,
});
const append = (by: number, keys: readonly number[], transactional = false): LogOperation => ({ type: 'append', producer: by, keys, transactional });

/** Kind and outcome, such as `zombie refused`. */
const nameOf = ({ operation, outcome }: LogEvent): string => `${operation.type} ${outcome.type}`;

describe('by the rules of Kafka', () => {
  test('a log with transactions is read, fences, remembers and is compacted as it should, whatever is done to it', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(logScripts, (drawn) => {
        const { findings, events } = playLog(drawn);
        expect(findings).toEqual([]);
        for (const event of events) seen.set(nameOf(event), (seen.get(nameOf(event)) ?? 0) + 1);
      }),
      { numRuns: 500 },
    );
    const circumstances = [
      'clean cleaned',
      'clean opened',
      'zombie refused',
      'late-end refused',
      'late-end written',
      'retry duplicate',
      'fence written',
      'cut moved',
    ];
    for (const name of circumstances) expect(seen.get(name) ?? 0, name).toBeGreaterThan(25);
  });

  /** The header of an aborted batch stays, with its marker and their entry in the index; then the power goes in a second cleaning. */
  const cleanedTwice = (call: number): readonly LogOperation[] => [
    append(1, [1, 2], true),
    { type: 'end', producer: 1, outcome: 'abort' },
    ...Array.from({ length: 4 }, () => append(2, [1, 2, 3])),
    { type: 'replicate', percent: 100 },
    { type: 'clean', maxKeys: 100 },
    ...Array.from({ length: 4 }, () => append(2, [1, 2, 3])),
    { type: 'replicate', percent: 100 },
    { type: 'clean', maxKeys: 100, powerFailsAt: call },
  ];

  test('an index of aborted transactions survives a power loss in any disk call of a cleaning', () => {
    const opened = new Set<number>();
    for (let call = 0; call < 70; call++)
      for (let seed = 0; seed < 12; seed++) {
        const { findings, events } = playLog(script(cleanedTwice(call), seed));
        expect(findings, `call ${call}, seed ${seed}`).toEqual([]);
        if (events.at(-1)?.outcome.type === 'opened') opened.add(call);
      }
    expect(opened.size).toBeGreaterThan(30);
  });
});

const clean = (changed: Partial<CleaningRules>): Rules => ({ ...kafkaRules, log: { ...log, cleaning: { ...cleaning, ...changed } } });
const decide = (changed: Partial<TransactionRules>): Rules => ({ ...kafkaRules, log: { ...log, transactions: { ...transactions, ...changed } } });
const remember = (changed: Partial<ProducerRules>): Rules => ({ ...kafkaRules, producer: { ...producer, ...changed } });

const never = Number.MAX_SAFE_INTEGER;
const wrong: readonly { readonly name: string; readonly rules: Rules; readonly anomaly: RegExp }[] = [
  { name: 'aborted records stay', rules: clean({ keepAborted: () => true }), anomaly: /not-compacted/ },
  { name: 'a spent marker goes at once', rules: clean({ keepSpentMarker: () => false }), anomaly: /MarkerLost/ },
  {
    name: 'the horizon of a marker is the moment of its first cleaning',
    rules: clean({ horizon: (present, any, nowMs) => cleaning.horizon(present, any, nowMs, 0) }),
    anomaly: /MarkerLost/,
  },
  {
    name: 'a group of segments knows nothing of the one before',
    rules: clean({ transactionsKnownFor: () => 'group' }),
    anomaly: /MarkerLost|RecoveryEquivalence/,
  },
  { name: 'a marker goes for data of its key', rules: clean({ goesByKey: () => true }), anomaly: /MarkerLost/ },
  {
    name: 'the first record of a key stays',
    rules: clean({ keepRecord: (record) => record.newest === -1 || record.offset > record.seenTo }),
    anomaly: /lost-write/,
  },
  {
    // KAFKA-13194
    name: 'what is not committed, or not decided, is cleaned',
    rules: clean({ dirtyRange: (facts) => cleaning.dirtyRange({ ...facts, lastStableOffset: never as typeof facts.lastStableOffset }) }),
    anomaly: /lost-write|RecoveryEquivalence/,
  },
  {
    name: 'a new segment is not synced',
    rules: clean({ swapSteps: () => ['markSwap', 'setAside', 'takePlace', 'syncNames', 'snapshots'] }),
    anomaly: /./,
  },
  {
    name: 'old segments go before the new one counts',
    rules: clean({ swapSteps: () => ['sync', 'setAside', 'markSwap', 'takePlace', 'syncNames', 'snapshots'] }),
    anomaly: /lost-write|MarkerLost|RecoveryEquivalence/,
  },
  { name: 'an open transaction holds nothing', rules: decide({ lastStableOffset: ({ highWatermark }) => highWatermark }), anomaly: /ConsistentRead/ },
  {
    name: 'an abort forgets the other transactions that are open',
    rules: decide({ stableAfterAbort: (aborted) => transactions.stableAfterAbort(aborted, undefined) }),
    anomaly: /RecoveryEquivalence|G1a|not-compacted/,
  },
  {
    name: 'a transaction concerns only those who read its marker',
    rules: decide({ concerns: ({ lastOffset }, from, upTo) => lastOffset >= from && lastOffset < upTo }),
    anomaly: /G1a|not-compacted/,
  },
  { name: 'the search ends with the first entry', rules: decide({ searchEnds: () => true }), anomaly: /G1a/ },
  {
    name: 'a batch or a marker is taken from anybody',
    rules: remember({ checkSequence: () => ({ type: 'append' }) }),
    anomaly: /duplicate|ZombieAccepted/,
  },
  { name: 'a producer is forgotten at once', rules: remember({ expired: () => true }), anomaly: /duplicate|ConsistentRead|ZombieAccepted/ },
  {
    name: 'a snapshot above what is rebuilt is used',
    rules: remember({ usableSnapshots: (snapshots) => [...snapshots].reverse() }),
    anomaly: /RecoveryEquivalence|G1a|NextRefused/,
  },
  {
    name: 'the epoch of the coordinator is not remembered',
    rules: remember({
      afterAppend(...facts) {
        const next = producer.afterAppend(...facts);
        return next && { ...next, coordinatorEpoch: -1 };
      },
    }),
    anomaly: /CoordinatorEpochRegressed/,
  },
];

describe('is seen to be broken when', () => {
  test.each(wrong)('$name', ({ rules, anomaly }) => {
    for (let index = 0; index < 400; index++) {
      const [finding] = playLog(logScriptOfSeed(seedOf('1', index)), rules).findings;
      if (finding === undefined) continue;
      expect(finding.anomaly).toMatch(anomaly);
      return;
    }
    expect.unreachable('400 seeds show nothing');
  });
});

describe('a finding in a log', () => {
  const rules = remember({ checkSequence: () => ({ type: 'append' }) });
  const drawn = Array.from({ length: 50 }, (_, index) => logScriptOfSeed(seedOf('small', index))).find(
    (each) => playLog(each, rules).findings.length > 0,
  );
  if (drawn === undefined) throw new Error('50 seeds show nothing');
  const [finding] = playLog(drawn, rules).findings;
  if (finding === undefined) throw new Error('it is gone');
  const small = shrinkPlayable(drawn, finding, { rules });
  const shows = (operations: readonly LogOperation[]): boolean =>
    playLog({ ...drawn, operations }, rules).findings.some(({ anomaly }) => anomaly === finding.anomaly);

  test('comes again in the same way whenever its seed is played', () => {
    expect(playLog(drawn, rules)).toEqual(playLog(drawn, rules));
  });

  test('is made as small as it can be: without any one operation it is gone', () => {
    if (small === undefined || !('operations' in small.scenario)) throw new Error('nothing was made small');
    const { operations } = small.scenario;
    expect(small.minimal).toBe(true);
    expect(operations.length).toBeLessThan(drawn.operations.length);
    expect(shows(operations)).toBe(true);
    for (const index of operations.keys()) expect(shows(operations.toSpliced(index, 1)), `without ${index}`).toBe(false);
  });

  test('is told with a line for each operation and what came of it', () => {
    if (small === undefined || !('operations' in small.scenario)) throw new Error('nothing was made small');
    const { events, findings } = playLog(small.scenario, rules);
    const text = logStoryText(events, findings);
    expect(text).toContain(`What happened, in ${events.length} steps:`);
    expect(text.match(/^ +\d+\.\d{3} s {2}/gm)).toHaveLength(events.length + findings.length);
    expect(text).toContain(`log/${finding.anomaly} at orders-0: `);
  });
});

describe('a script for a log', () => {
  test('reads back from its text and from its token as it was', () => {
    fc.assert(
      fc.property(logScripts, (drawn) => {
        expect(parsePlayable(printLogScript(drawn))).toEqual({ ok: true, value: drawn });
        expect(playableOfToken(playableToken(drawn))).toEqual({ ok: true, value: drawn });
      }),
      { numRuns: 100 },
    );
  });

  test('is no scenario: who needs one is told so', () => {
    expect(scenarioOfToken(playableToken(script([{ type: 'stop' }])))).toMatchObject({
      ok: false,
      error: expect.stringContaining('script for a log'),
    });
  });

  test('that is wrong is refused with every problem and its place', () => {
    const read = parseLogScript(
      'version: 1\nseed: 1\nsegmentBytes: 300\ndeleteRetentionMs: 1\nproducerIdExpirationMs: 0\noperations:\n  - { type: append, producer: 9, keys: [] }\n  - { type: leap }\n  - { type: wait, ms: 1, far: 2 }\n',
    );
    const problems = read.ok ? [] : read.error;
    for (const place of ['producerIdExpirationMs', 'operations[0].producer', 'operations[0].keys', 'operations[1].type', 'operations[2].far'])
      expect(problems.join('\n')).toContain(`${place}: `);
  });
});
