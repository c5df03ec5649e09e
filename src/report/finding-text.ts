/** One finding in words, the same for every reader: when, which anomaly, where, what that means, what was seen. */
import { type Finding, worse } from '../simulation/checker/finding.ts';
import { meaningOf } from '../simulation/checker/meaning.ts';

/** Virtual time in seconds, aligned with others below it: `    12.034501 s`. */
export const secondsText = (timeUs: number): string => `${(timeUs / 1e6).toFixed(6).padStart(12)} s`;

/** Two or more lines without an end. */
export function findingText({ timeUs, checker, anomaly, place, message, reason }: Finding): string {
  const meaning = meaningOf(anomaly);
  const title = `  ${secondsText(timeUs)}  ${checker}/${anomaly} at ${place}`;
  return `${meaning === undefined ? title : `${title}: ${meaning}`}\n${' '.repeat(18)}${message}${reason === undefined ? '' : ` (${reason})`}`;
}

/** The worst first, those of one verdict as they were found. */
export const worstFirst = (findings: readonly Finding[]): readonly Finding[] =>
  [...findings].sort((a, b) => (a.verdict === b.verdict ? 0 : worse(a.verdict, b.verdict) === a.verdict ? -1 : 1));
