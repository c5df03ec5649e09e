/**
 * A run that did not go as it should, in the words that a test prints: what was found and what that means, which faults struck, and how to see it
 * again. Short: a test's log is read in a hurry.
 */
import type { Finding } from '../simulation/checker/finding.ts';
import type { RunResult } from '../simulation/run/result.ts';
import { findingText, secondsText, worstFirst } from './finding-text.ts';
import { scenarioToken } from './token.ts';

/** How many findings, and how many faults, are told: the first ones come nearest to the cause. */
const told = 5;

/** All of what was found, in so many words, that explains why a run is no pass; to be thrown, or printed, by tests of any kind. */
export function failureText(result: RunResult): string {
  return [
    ...section('Found', worstFirst(result.findings), describeFinding),
    ...section('Not as expected', result.unmet, (line) => `  ${line}`),
    ...section(
      'Faults that struck',
      result.faultsFired,
      ({ atUs, index, kind, node }) => `  ${secondsText(atUs)}  faults[${index}]  ${kind}  ${node}`,
    ),
    again(result),
  ].join('\n');
}

const describeFinding = (finding: Finding): string =>
  finding.verdict === 'finding' ? findingText(finding) : `${findingText(finding)} [${finding.verdict}]`;

function section<T>(title: string, items: readonly T[], text: (item: T) => string): readonly string[] {
  if (items.length === 0) return [];
  const rest = items.length > told ? [`  and ${items.length - told} more`] : [];
  return [`${title}:`, ...items.slice(0, told).map(text), ...rest];
}

function again({ scenario, replayable }: RunResult): string {
  const command = `npx faultline replay ${scenarioToken(scenario)}`;
  const seed = `Scenario seed ${scenario.seed}.`;
  if (replayable) return `${seed} Play it again (--trace prints every event):\n  ${command}`;
  return `${seed} It was played with rules or programs of the caller's own, so this test alone plays it again; its cluster and its faults:\n  ${command}`;
}
