/**
 * One run as data: a cluster, what its clients do, what goes wrong, and what should come of it. With the same scenario a run is the same
 * to the last event. `scenario/` reads and writes it as YAML and draws random ones; `run` plays it.
 */
import type { NodeEventType } from '../io/node-event.ts';
import type { ClusterPlan } from './cluster/plan.ts';
import type { CoverageKind } from './history/coverage.ts';
import type { Fault } from './nemesis/fault.ts';
import type { WorkloadPlan } from './workload/plan.ts';

/** The version of the scenario format that this source reads and writes. */
export const scenarioVersion = 1;

/** What may be expected of the safety phase: events of nodes, and what a run's coverage counts. `redelivered`: a group got to work on a record again. */
export type Happening = NodeEventType | CoverageKind | 'redelivered';

/** What should come of a run; what does not come as expected is told in `unmet`. */
export interface Expectation {
  /** `all`: every fault of the list strikes, or the run is no pass. `any`: as many as it comes to. */
  readonly faults: 'all' | 'any';
  /** Anomalies that must be found, by name; whatever else is found is a surprise. Empty: the run is clean. */
  readonly findings: readonly string[];
  /** Anomalies that must be seen and excused, by name. Other excused ones do no harm. */
  readonly excused: readonly string[];
  /** What must happen in the safety phase. */
  readonly happens: readonly Happening[];
  /** What must not happen in the safety phase. */
  readonly never: readonly Happening[];
}

/** One run as plain data. */
export interface Scenario {
  readonly version: typeof scenarioVersion;
  /** What story it tells; empty for a random one. */
  readonly description: string;
  /** Seeds the weather of the world: latencies, jitter, what a power loss leaves. An integer in [0, 2^53). */
  readonly seed: number;
  readonly cluster: ClusterPlan;
  readonly workload: WorkloadPlan;
  readonly faults: readonly Fault[];
  readonly expect: Expectation;
}
