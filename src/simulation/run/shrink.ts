/**
 * Makes a scenario, or a script for a log, as small as it can be while it shows one and the same finding. Owns which smaller ones count; what is
 * smaller than what is `scenario/shrinking`'s and `log-trial/shrinks.ts`'s, the search `minimise.ts`'s.
 */
import { type Finding, identity } from '../checker/finding.ts';
import type { LogScript } from '../log-trial/operation.ts';
import { playLog } from '../log-trial/play.ts';
import { type ScriptProgress, smallerScripts } from '../log-trial/shrinks.ts';
import { type Budget, minimise, type Smaller } from '../minimise.ts';
import type { Seen } from '../scenario/shrinking/pass.ts';
import { type ShrinkProgress, shrinkStart, shrinksOf } from '../scenario/shrinking/shrinks.ts';
import type { Expectation, Scenario } from '../scenario.ts';
import { isLogScript, type Playable } from './playable.ts';
import { type SimulateOptions, simulate } from './simulate.ts';

/** Whatever its message and its time: the same checker says the same of the same place. */
export type Wanted = Pick<Finding, 'checker' | 'anomaly' | 'place' | 'verdict'>;

export interface ShrinkOptions extends Budget, Pick<SimulateOptions, 'rules' | 'clientRules'> {
  /** Hears of every smaller one that shows the finding, and of every run. */
  readonly progress?: (news: ShrinkNews) => void;
}

export interface ShrinkNews {
  readonly runs: number;
  /** The smallest so far. */
  readonly smallest: Playable;
  /** What is being tried: `faults`, `records`. */
  readonly trying: string;
  /** The last run made it smaller. */
  readonly smaller: boolean;
}

export interface Shrunk<T extends Playable = Scenario> {
  readonly scenario: T;
  /** As the smallest shows it. */
  readonly finding: Finding;
  /** How many were played. */
  readonly runs: number;
  /** Every single fault, record, client and member, or every operation, was left out once more, and each time the finding was gone. */
  readonly minimal: boolean;
}

export const isWanted = (wanted: Wanted, finding: Finding): boolean => finding.verdict === wanted.verdict && identity(finding) === identity(wanted);

interface Shown {
  readonly finding: Finding;
  readonly seen: Seen;
}

const nothingExpected: Expectation = { faults: 'any', findings: [], excused: [], happens: [], never: [] };

/** The smallest that shows what was wanted; undefined where the given one does not. */
export const shrinkPlayable = (playable: Playable, wanted: Wanted, options: ShrinkOptions = {}): Shrunk<Playable> | undefined =>
  isLogScript(playable) ? shrinkScript(playable, wanted, options) : shrinkFinding(playable, wanted, options);

/** The same of a scenario. What it expected is dropped: it is another story now. */
export function shrinkFinding(scenario: Scenario, wanted: Wanted, options: ShrinkOptions = {}): Shrunk<Scenario> | undefined {
  const kind = {
    show: (candidate: Scenario) => showing(candidate, wanted, options),
    *smaller(of: Scenario, { seen }: Shown, from: ShrinkProgress | undefined): Generator<Smaller<Scenario, ShrinkProgress>, void, void> {
      for (const { scenario: candidate, progress } of shrinksOf(of, from ?? shrinkStart, seen)) yield { candidate, progress };
    },
    tried: ({ runs, smallest, progress, smaller }: { runs: number; smallest: Scenario; progress: ShrinkProgress; smaller: boolean }) =>
      options.progress?.({ runs, smallest, trying: progress.trying, smaller }),
  };
  const found = minimise({ ...scenario, expect: nothingExpected }, kind, options);
  return found && { scenario: found.smallest, finding: found.shown.finding, runs: found.runs, minimal: found.minimal };
}

function shrinkScript(script: LogScript, wanted: Wanted, options: ShrinkOptions): Shrunk<LogScript> | undefined {
  const kind = {
    show: (candidate: LogScript) => playLog(candidate, options.rules).findings.find((each) => isWanted(wanted, each)),
    smaller: (of: LogScript, _finding: Finding, from: ScriptProgress | undefined) => smallerScripts(of, from),
    tried: ({ runs, smallest, smaller }: { runs: number; smallest: LogScript; smaller: boolean }) =>
      options.progress?.({ runs, smallest, trying: 'operations', smaller }),
  };
  const found = minimise(script, kind, options);
  return found && { scenario: found.smallest, finding: found.shown, runs: found.runs, minimal: found.minimal };
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
