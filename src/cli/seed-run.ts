/** One seed played, and what of it goes back to the process that asked: small and plain, so that it can cross between processes. */
import type { Finding, Judgement } from '../simulation/checker/finding.ts';
import type { ProfileName } from '../simulation/profile-name.ts';
import { type SimulateOptions, simulate } from '../simulation/run/simulate.ts';
import { scenarioOfSeed } from '../simulation/scenario/arbitrary.ts';

/** What crosses to a worker. */
export interface SeedTask {
  readonly seed: number;
  /** The family that its scenario is drawn from; missing for all together. */
  readonly profile?: ProfileName;
}

export interface SeedSummary extends SeedTask {
  readonly verdict: Judgement;
  readonly findings: readonly Finding[];
  readonly unmet: readonly string[];
  /** Kind and node of each fault that fired, in order. */
  readonly faultsFired: readonly string[];
  /** Kinds that fired, each once. */
  readonly faultKinds: readonly string[];
  readonly coverage: readonly (readonly [string, number])[];
  readonly acknowledged: number;
  readonly events: number;
  readonly virtualUs: number;
  readonly wallMs: number;
  /** Empty when the run did not come to its end. */
  readonly traceHash: string;
  /** It was played twice and compared. */
  readonly rechecked?: true;
}

/** Plays the scenario of this seed. `recording`: see SimulateOptions. */
export function runSeed(task: SeedTask, recording?: SimulateOptions['recording']): SeedSummary {
  const start = performance.now();
  const result = simulate(scenarioOfSeed(task.seed, task.profile), recording === undefined ? {} : { recording });
  return {
    ...task,
    verdict: result.verdict,
    findings: result.findings,
    unmet: result.unmet,
    faultsFired: result.faultsFired.map((fault) => `${fault.kind} ${fault.node}`),
    faultKinds: [...new Set(result.faultsFired.map((fault) => fault.kind))],
    coverage: [...result.coverage],
    acknowledged: result.acknowledged,
    events: result.events,
    virtualUs: result.virtualUs,
    wallMs: performance.now() - start,
    traceHash: result.traceHash,
  };
}

/** The summary of a seed that did not come to its end: that is a finding by itself, or leaves unknown whether something is wrong. */
export function unplayed(task: SeedTask, problem: Pick<Finding, 'anomaly' | 'verdict' | 'message'>, wallMs: number): SeedSummary {
  const finding: Finding = { checker: 'harness', place: 'worker', timeUs: 0, reason: 'the run did not come to its end', ...problem };
  const nothing = { unmet: [], faultsFired: [], faultKinds: [], coverage: [], acknowledged: 0, events: 0, virtualUs: 0 };
  return { ...task, verdict: problem.verdict, findings: [finding], ...nothing, wallMs, traceHash: '' };
}
