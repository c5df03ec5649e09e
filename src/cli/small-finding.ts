/**
 * A finding made small and told: the smallest scenario, or script for a log, that shows it, its story, and the commands that play it again. Owns what every command
 * that shrinks has in common; how a scenario is made smaller is `simulation/run/shrink.ts`'s.
 */
import { logStoryText } from '../report/log-story-text.ts';
import { storyText } from '../report/story-text.ts';
import { playableToken } from '../report/token.ts';
import type { Finding } from '../simulation/checker/finding.ts';
import { meaningOf } from '../simulation/checker/meaning.ts';
import { type Defect, rulesOf } from '../simulation/defect/defect.ts';
import type { LogScript } from '../simulation/log-trial/operation.ts';
import { playLog } from '../simulation/log-trial/play.ts';
import { isLogScript, type Playable } from '../simulation/run/playable.ts';
import { isWanted, type ShrinkOptions, shrinkPlayable, type Wanted } from '../simulation/run/shrink.ts';
import { storyOf } from '../simulation/run/story.ts';
import type { Scenario } from '../simulation/scenario.ts';
import { replayCommand } from './replay-command.ts';

/** Plain, so that it can cross between processes. */
export interface SmallFinding {
  /** Says in its description what it shows. */
  readonly scenario: Playable;
  /** As the smallest scenario shows it. */
  readonly finding: Finding;
  /** Faults that struck and operations of clients; of a script, what was done to the log. */
  readonly storyEvents: number;
  readonly story: string;
  /** Scenarios played on the way. */
  readonly runs: number;
  /** Why nothing smaller was tried. */
  readonly ended: 'minimal' | 'budget' | 'stopped';
}

/** Undefined where the scenario does not show the finding. `defect`: whose rules it is played by; Kafka's without one. */
export function makeSmall(
  scenario: Playable,
  wanted: Wanted,
  defect: Defect | undefined,
  options: Pick<ShrinkOptions, 'maxRuns' | 'goOn' | 'progress'>,
): SmallFinding | undefined {
  const shrunk = shrinkPlayable(scenario, wanted, { ...options, ...(defect && rulesOf(defect)) });
  return shrunk && tell(shrunk.scenario, wanted, defect, { runs: shrunk.runs, ended: shrunk.minimal ? 'minimal' : 'budget' });
}

/** A scenario as it is, told; undefined where it does not show the finding. */
export function tell(
  scenario: Playable,
  wanted: Wanted,
  defect: Defect | undefined,
  how: Pick<SmallFinding, 'runs' | 'ended'>,
): SmallFinding | undefined {
  const described = describe(scenario, wanted, defect);
  const told = isLogScript(described) ? scriptStory(described, wanted, defect) : scenarioStory(described, wanted, defect);
  return told && { scenario: described, ...told, ...how };
}

type Told = Pick<SmallFinding, 'finding' | 'storyEvents' | 'story'>;

function scenarioStory(scenario: Scenario, wanted: Wanted, defect: Defect | undefined): Told | undefined {
  const story = storyOf(scenario, wanted, defect && rulesOf(defect));
  return story && { finding: story.finding, storyEvents: story.entries.length, story: storyText(story) };
}

function scriptStory(script: LogScript, wanted: Wanted, defect: Defect | undefined): Told | undefined {
  const { findings, events } = playLog(script, defect && rulesOf(defect).rules);
  const finding = findings.find((each) => isWanted(wanted, each));
  return finding && { finding, storyEvents: events.length, story: logStoryText(events, [finding]) };
}

/** The same, saying what it is kept for. */
export function describe<T extends Playable>(scenario: T, { checker, anomaly, place }: Wanted, defect: Defect | undefined): T {
  const meaning = meaningOf(anomaly);
  const how = defect === undefined ? '' : ` with --defect ${defect.id}`;
  return { ...scenario, description: `Shows ${checker}/${anomaly} at ${place}${how}${meaning === undefined ? '' : `: ${meaning}`}.` };
}

/** Ends a search after so many seconds of this process's CPU time from now. */
export function withinCpuSeconds(seconds: number): () => boolean {
  const spent = cpuSecondsFromNow();
  return () => spent() < seconds;
}

/** Answers how many seconds of CPU time this process has used since. */
export function cpuSecondsFromNow(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000_000;
  };
}

/** What is left of a scenario: `1 fault, 2 clients, 1 record, 3 s`; of a script: `9 operations`. */
export function sizeText(playable: Playable): string {
  if (isLogScript(playable)) return count(playable.operations.length, 'operation');
  const { faults, workload } = playable;
  const members = (workload.groups ?? []).reduce((sum, group) => sum + (group.only?.length ?? group.members), 0);
  const clients = workload.producers.length + workload.consumers.length + members;
  const all = workload.producers.every(({ only }) => only !== undefined);
  const records = workload.producers.reduce((sum, { only }) => sum + (only?.length ?? 0), 0);
  return [count(faults.length, 'fault'), count(clients, 'client'), ...(all ? [count(records, 'record')] : []), `${workload.seconds} s`].join(', ');
}

const count = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`;

/** The story, how small it is, and how to see it again. `file`: where the scenario could be written, if anywhere. */
export function smallText(before: Playable, small: SmallFinding, file: string | undefined, defect?: Defect): string {
  const { scenario, story, runs } = small;
  return [
    `${story}\n`,
    `From ${sizeText(before)} to ${sizeText(scenario)} in ${count(runs, 'run')}; ${proofs[small.ended]}.`,
    ...(file === undefined ? [] : [`Replay: ${replayCommand(file, defect)}`]),
    `${file === undefined ? 'Replay' : 'From anywhere'}: ${replayCommand(playableToken(scenario), defect)}`,
  ].join('\n');
}

const proofs: Readonly<Record<SmallFinding['ended'], string>> = {
  minimal: 'nothing of it can be left out',
  budget: 'the budget ended before all was tried: `shrink` goes on with the smaller file',
  stopped: 'it was stopped before all was tried: `shrink` goes on with the smaller file',
};
