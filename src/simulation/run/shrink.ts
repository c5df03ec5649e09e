/**
 * Makes a scenario as small as it can be while it shows one and the same finding. Owns which smaller scenarios count, the budget, and the
 * proof that nothing more can be left out; what is smaller than what is `scenario/shrinking`'s.
 */
import { type Finding, identity } from '../checker/finding.ts';
import type { Seen } from '../scenario/shrinking/pass.ts';
import { type ShrinkProgress, shrinkStart, shrinksOf } from '../scenario/shrinking/shrinks.ts';
import type { Expectation, Scenario } from '../scenario.ts';
import { type SimulateOptions, simulate } from './simulate.ts';

/** Whatever its message and its time: the same checker says the same of the same place. */
export type Wanted = Pick<Finding, 'checker' | 'anomaly' | 'place' | 'verdict'>;

export interface ShrinkOptions extends Pick<SimulateOptions, 'rules' | 'clientRules'> {
  /** How many scenarios may be played, the given one included; no limit without it. With the same number the result is the same everywhere. */
  readonly maxRuns?: number;
  /** Asked before each run; false ends the search with the smallest so far. */
  readonly goOn?: () => boolean;
  /** Hears of every smaller scenario that shows the finding, and of every run. */
  readonly progress?: (news: ShrinkNews) => void;
}

export interface ShrinkNews {
  readonly runs: number;
  /** The smallest so far. */
  readonly smallest: Scenario;
  /** What is being tried: `faults`, `records`. */
  readonly trying: string;
  /** The last run made it smaller. */
  readonly smaller: boolean;
}

export interface Shrunk {
  readonly scenario: Scenario;
  /** As the smallest scenario shows it. */
  readonly finding: Finding;
  /** Scenarios played. */
  readonly runs: number;
  /** Every single fault, record, client and member was left out once more, and each time the finding was gone. */
  readonly minimal: boolean;
}

export const isWanted = (wanted: Wanted, finding: Finding): boolean => finding.verdict === wanted.verdict && identity(finding) === identity(wanted);

interface Shown {
  readonly finding: Finding;
  readonly seen: Seen;
}

const nothingExpected: Expectation = { faults: 'any', findings: [], excused: [], happens: [], never: [] };

/** The smallest scenario that shows what was wanted; undefined where the given one does not. What it expected is dropped: it is another story now. */
export function shrinkFinding(scenario: Scenario, wanted: Wanted, options: ShrinkOptions = {}): Shrunk | undefined {
  const { maxRuns = Number.POSITIVE_INFINITY, goOn = () => true, progress } = options;
  let smallest: Scenario = { ...scenario, expect: nothingExpected };
  let shown = showing(smallest, wanted, options);
  let runs = 1;
  if (shown === undefined) return undefined;
  const refuted = new Set<string>();
  const tell = (at: ShrinkProgress, smaller: boolean): void => progress?.({ runs, smallest, trying: at.trying, smaller });
  let candidates = shrinksOf(smallest, shrinkStart, shown.seen);
  for (;;) {
    const next = candidates.next();
    if (next.done === true) return { scenario: smallest, finding: shown.finding, runs, minimal: true };
    const key = JSON.stringify(next.value.scenario);
    if (refuted.has(key)) continue;
    if (runs >= maxRuns || !goOn()) return { scenario: smallest, finding: shown.finding, runs, minimal: false };
    runs++;
    const again = showing(next.value.scenario, wanted, options);
    if (again === undefined) refuted.add(key);
    else {
      smallest = next.value.scenario;
      shown = again;
      candidates = shrinksOf(smallest, next.value.progress, shown.seen);
    }
    tell(next.value.progress, again !== undefined);
  }
}

/** Plays a scenario up to the finding, or to its end. */
function showing(scenario: Scenario, wanted: Wanted, { rules, clientRules }: ShrinkOptions): Shown | undefined {
  let startUs = 0;
  const result = simulate(scenario, {
    ...(rules && { rules }),
    ...(clientRules && { clientRules }),
    until: (finding) => isWanted(wanted, finding),
    listener: {
      phase: (timeUs, name) => {
        if (name === 'safety') startUs = timeUs;
      },
    },
  });
  const finding = result.findings.find((each) => isWanted(wanted, each));
  if (finding === undefined) return undefined;
  const sent = new Map<string, number>();
  for (const { operation } of result.history.operations) {
    if (operation.type !== 'send') continue;
    const slash = operation.value.lastIndexOf('/');
    sent.set(operation.value.slice(0, slash), Number(operation.value.slice(slash + 1)) + 1);
  }
  const atMs = Math.min(Math.max(0, finding.timeUs - startUs) / 1000, scenario.workload.seconds * 1000);
  return { finding, seen: { atMs, fired: new Map(result.faultsFired.map(({ index, atUs }) => [index, atUs - startUs])), sent } };
}
