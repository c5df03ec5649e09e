/** What comes of one run, as data. */
import type { Finding, Judgement } from '../checker/finding.ts';
import type { CoverageKind } from '../history/coverage.ts';
import type { History } from '../history/history.ts';
import type { FiredFault } from '../nemesis/fault.ts';
import type { Scenario } from '../scenario.ts';
import type { ClusterState } from './cluster-state.ts';

/** What a run showed. */
export interface RunResult {
  /** What was played. */
  readonly scenario: Scenario;
  /** The scenario is all that it takes to play it again: Kafka's own rules, and no programs but those that the scenario names. */
  readonly replayable: boolean;
  /** False where the run was cut short: it tells what was seen by then, and nothing of what is judged at the end. */
  readonly complete: boolean;
  /** The worst of all findings; `unknown` too when the harness itself failed. What the scenario expected plays no part in it. */
  readonly verdict: Judgement;
  /** Everything the checkers said, excused and unknown included. */
  readonly findings: readonly Finding[];
  /** What the scenario expected and did not get, in words. */
  readonly unmet: readonly string[];
  readonly faultsFired: readonly FiredFault[];
  /** How often each kind of event that the rules decide occurred. */
  readonly coverage: ReadonlyMap<CoverageKind, number>;
  /** Sends that a producer was told are done, by acks. */
  readonly acknowledged: number;
  /** Dispatches from the queue to a node or a client. */
  readonly events: number;
  readonly virtualUs: number;
  /** The same for the same scenario, everywhere. */
  readonly traceHash: string;
  readonly history: History;
  /** How the cluster stood when the run ended. */
  readonly cluster: ClusterState;
}
