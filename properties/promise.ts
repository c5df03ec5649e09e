/**
 * A promise of Kafka as a property: any scenario of a family keeps it. Owns the play, the bound of the shrinking, and what a failure
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
import { type ShrinkOptions, shrinkFinding } from '../src/simulation/run/shrink.ts';
import { simulate } from '../src/simulation/run/simulate.ts';
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
  /** Seed and path with which fast-check comes straight to the drawn scenario. */
  readonly path: string;
}

const firstBad = (findings: readonly Finding[]): Finding | undefined =>
  findings.find((finding) => finding.verdict === 'finding') ?? findings.find((finding) => finding.verdict === 'unknown');

/** Plays the scenarios of a promise. The first that breaks it is shrunk, with the finding that it shows. */
export function tryPromise(
  { scenarios, runs, seed, shrinkRuns }: KeptPromise,
  rules: Pick<ShrinkOptions, 'rules' | 'clientRules'> = {},
): Kept | Broken {
  const coverage = new Map<CoverageKind, number>();
  let acknowledged = 0;
  let broken: { readonly drawn: Scenario; readonly finding: Finding } | undefined;
  const holds = (scenario: Scenario): boolean => {
    const result = simulate(scenario, rules);
    const finding = firstBad(result.findings);
    if (finding !== undefined) {
      broken = { drawn: scenario, finding };
      return false;
    }
    acknowledged += result.acknowledged;
    for (const [kind, times] of result.coverage) coverage.set(kind, (coverage.get(kind) ?? 0) + times);
    return true;
  };
  const details = fc.check(fc.property(scenarios, holds), { seed, numRuns: runs, endOnFailure: true });
  if (broken === undefined) return { kept: true, acknowledged, coverage };
  const shrunk = shrinkFinding(broken.drawn, broken.finding, { ...rules, maxRuns: shrinkRuns });
  if (shrunk === undefined) throw new Error(`${broken.finding.anomaly} was there a moment ago: seed ${broken.drawn.seed}`);
  return {
    kept: false,
    drawn: broken.drawn,
    shrunk: shrunk.scenario,
    finding: shrunk.finding,
    shrinkRuns: shrunk.runs,
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
