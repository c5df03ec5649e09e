/** One seed played, and what of it goes back to the process that asked: small and plain, so that it can cross between processes. */
import type { Finding, Judgement } from '../simulation/checker/finding.ts';
import { simulate } from '../simulation/run/simulate.ts';
import type { ProfileName } from '../simulation/scenario/arbitrary/profile.ts';
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
  readonly traceHash: string;
}

/** Plays the scenario of this seed. */
export function runSeed(task: SeedTask): SeedSummary {
  const start = performance.now();
  const result = simulate(scenarioOfSeed(task.seed, task.profile));
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

/** The summary of a seed that nobody could play: whether something is wrong with it is unknown. */
export function unplayed(task: SeedTask, message: string, wallMs: number): SeedSummary {
  const finding: Finding = {
    checker: 'harness',
    anomaly: 'harness-error',
    place: 'worker',
    message,
    timeUs: 0,
    verdict: 'unknown',
    reason: 'the run did not come to its end',
  };
  const nothing = { unmet: [], faultsFired: [], faultKinds: [], coverage: [], acknowledged: 0, events: 0, virtualUs: 0 };
  return { ...task, verdict: 'unknown', findings: [finding], ...nothing, wallMs, traceHash: '' };
}
