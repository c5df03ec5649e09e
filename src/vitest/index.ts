/**
 * Matchers for vitest over the result of simulate() and runSandbox(). Importing this file adds them to `expect`. What they print when they fail leads
 * to the same run again.
 *
 *     import 'faultline/vitest';
 *     expect(simulate(scenario)).toKeepPromises();
 */
import { expect } from 'vitest';
import { failureText } from '../report/failure-text.ts';
import type { Verdict } from '../simulation/checker/finding.ts';
import { anomalyNames, meaningOf } from '../simulation/checker/meaning.ts';
import type { RunResult } from '../simulation/run/result.ts';

/** They answer an assertion, as chai has it: in a fast-check property write them as a statement, `{ expect(...).toKeepPromises(); }`. */
interface FaultlineMatchers {
  /** No checker found anything, none could not judge, and all came that the scenario expected. What Kafka itself permits (excused) is fine. */
  toKeepPromises(): unknown;
  /** A checker found this anomaly, such as `lost-write` or `HighWatermark`. */
  toFind(anomaly: string): unknown;
  /** This anomaly was seen and is excused: configuration, or faults beyond tolerance, permit it. */
  toExcuse(anomaly: string): unknown;
}

declare module 'vitest' {
  interface Matchers<T> extends FaultlineMatchers {}
}

interface Outcome {
  readonly pass: boolean;
  message(): string;
}

expect.extend({
  toKeepPromises(received: unknown): Outcome {
    const result = resultOf(received, 'toKeepPromises');
    const pass = result.unmet.length === 0 && result.findings.every(({ verdict }) => verdict === 'excused');
    return {
      pass,
      message: () => (pass ? lines('The promises were kept, and should not have been.', result) : lines('The promises were not kept.', result)),
    };
  },
  toFind: (received: unknown, anomaly: string): Outcome => saw(resultOf(received, 'toFind'), anomaly, 'finding', 'found'),
  toExcuse: (received: unknown, anomaly: string): Outcome => saw(resultOf(received, 'toExcuse'), anomaly, 'excused', 'excused'),
});

function saw(result: RunResult, anomaly: string, verdict: Verdict, word: string): Outcome {
  // A name that no checker gives would never be found, and `.not` would hold for ever.
  if (meaningOf(anomaly) === undefined) throw new TypeError(`there is no anomaly "${anomaly}"; there are ${anomalyNames.join(', ')}`);
  const pass = result.findings.some((finding) => finding.anomaly === anomaly && finding.verdict === verdict);
  return { pass, message: () => lines(`${anomaly} was ${pass ? '' : 'not '}${word}: ${meaningOf(anomaly)}.`, result) };
}

const lines = (what: string, result: RunResult): string => `${what}\n${failureText(result)}`;

function resultOf(received: unknown, matcher: string): RunResult {
  if (isResult(received)) return received;
  const remedy = received instanceof Promise ? 'await it first' : `expect(simulate(scenario)).${matcher}(...)`;
  throw new TypeError(`${matcher} judges the result of simulate() or runSandbox(): ${remedy}`);
}

const isResult = (received: unknown): received is RunResult =>
  typeof received === 'object' && received !== null && 'findings' in received && 'unmet' in received && 'scenario' in received;
