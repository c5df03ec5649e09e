/**
 * A promise of Kafka as a property: any scenario of a family keeps it. Owns the play, the bounded shrinking by fast-check, and what a failure
 * prints: the finding, the seed, the commit, the smaller scenario as a file, and the command that plays it again.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Finding } from '../src/simulation/checker/finding.ts';
import { meaningOf } from '../src/simulation/checker/meaning.ts';
import type { CoverageKind } from '../src/simulation/history/coverage.ts';
import { type SimulateOptions, simulate } from '../src/simulation/run/simulate.ts';
import { printScenario } from '../src/simulation/scenario/print.ts';
import type { Scenario } from '../src/simulation/scenario.ts';

/** The folder of the project. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** For a test of a promise: ample where the machine is shared. */
export const promiseTimeoutMs = 300_000;

export interface KeptPromise {
  /** Its name in files and messages. */
  readonly name: string;
  /** What is promised, as a sentence without a full stop. */
  readonly says: string;
  readonly scenarios: fc.Arbitrary<Scenario>;
  readonly runs: number;
  /** The same seed draws the same scenarios. */
  readonly seed: number;
  /** How many scenarios may be played to make a failing one smaller. */
  readonly shrinkRuns: number;
}

/** What all runs together went through. */
export interface Kept {
  readonly kept: true;
  readonly acknowledged: number;
  readonly coverage: ReadonlyMap<CoverageKind, number>;
}

export interface Broken {
  readonly kept: false;
  /** The first failing scenario as it was drawn. */
  readonly drawn: Scenario;
  readonly shrunk: Scenario;
  /** What the shrunk scenario shows. */
  readonly finding: Finding;
  readonly shrinkRuns: number;
  /** Seed and path with which fast-check comes straight to the shrunk scenario. */
  readonly path: string;
}

const firstBad = (findings: readonly Finding[]): Finding | undefined =>
  findings.find((finding) => finding.verdict === 'finding') ?? findings.find((finding) => finding.verdict === 'unknown');

/** Plays the scenarios of a promise. A smaller scenario counts when it shows the same anomaly of the same checker. */
export function tryPromise({ scenarios, runs, seed, shrinkRuns }: KeptPromise, options: SimulateOptions = {}): Kept | Broken {
  const coverage = new Map<CoverageKind, number>();
  let acknowledged = 0;
  let first: { readonly scenario: Scenario; readonly finding: Finding } | undefined;
  let last: { readonly scenario: Scenario; readonly finding: Finding } | undefined;
  let shrinking = 0;
  const holds = (scenario: Scenario): boolean => {
    if (first !== undefined && shrinking++ >= shrinkRuns) return true;
    const result = simulate(scenario, options);
    const wanted = first?.finding;
    const bad = firstBad(
      wanted === undefined ? result.findings : result.findings.filter((each) => each.checker === wanted.checker && each.anomaly === wanted.anomaly),
    );
    if (bad === undefined) {
      acknowledged += result.acknowledged;
      for (const [kind, times] of result.coverage) coverage.set(kind, (coverage.get(kind) ?? 0) + times);
      return true;
    }
    first ??= { scenario, finding: bad };
    last = { scenario, finding: bad };
    return false;
  };
  const details = fc.check(fc.property(scenarios, holds), { seed, numRuns: runs });
  if (first === undefined || last === undefined) return { kept: true, acknowledged, coverage };
  return {
    kept: false,
    drawn: first.scenario,
    shrunk: last.scenario,
    finding: last.finding,
    shrinkRuns: Math.min(shrinking, shrinkRuns),
    path: details.counterexamplePath ?? '',
  };
}

/** Writes the shrunk scenario below reports/ and says all that one needs to see the failure again. */
export function describeBroken(promise: KeptPromise, broken: Broken): string {
  const { drawn, shrunk, finding } = broken;
  const file = join('reports', `${promise.name}-${shrunk.seed}.yaml`);
  mkdirSync(join(root, 'reports'), { recursive: true });
  writeFileSync(join(root, file), printScenario(shrunk));
  const meaning = meaningOf(finding.anomaly);
  return [
    `${promise.name}: that ${promise.says} does not hold.`,
    `  ${finding.checker}/${finding.anomaly} at ${finding.place}${meaning === undefined ? '' : `: ${meaning}`}`,
    `  ${finding.message}`,
    `  scenario seed ${shrunk.seed}, commit ${commit()}; fast-check seed ${promise.seed}, path ${broken.path}`,
    `  shrunk in ${broken.shrinkRuns} runs from ${sizeOf(drawn)} to ${sizeOf(shrunk)}: ${file}`,
    `Replay: npm run -s faultline -- replay ${file}`,
  ].join('\n');
}

/** Throws what describeBroken says when the promise is broken. */
export function expectPromise(promise: KeptPromise): Kept {
  const outcome = tryPromise(promise);
  if (!outcome.kept) throw new Error(describeBroken(promise, outcome));
  return outcome;
}

function sizeOf({ faults, workload }: Scenario): string {
  const clients = workload.producers.length + workload.consumers.length + (workload.groups ?? []).reduce((sum, group) => sum + group.members, 0);
  return `${faults.length} faults and ${clients} clients`;
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}
