/**
 * A swarm for GitHub Actions: annotations, which are commands on an output stream, and the Markdown of a step summary. Owns their form and
 * their escaping; whether this is GitHub, and where the text goes, is the caller's.
 */
import { meaningOf } from '../simulation/checker/meaning.ts';
import type { FoundEntry } from './finding-book.ts';

/** GitHub shows so many of a kind for one step; the summary has them all. */
export const annotationsShown = 10;

/** One annotation, an error for a finding, a warning for what nobody could judge. */
export function annotation({ finding, seed, replay }: FoundEntry): string {
  const kind = finding.verdict === 'finding' ? 'error' : 'warning';
  const meaning = meaningOf(finding.anomaly);
  const text = [...(meaning === undefined ? [] : [meaning]), finding.message, `replay: ${replay}`].join('\n');
  return `::${kind} title=${property(`${finding.anomaly} at ${finding.place} in seed ${seed}`)}::${data(text)}`;
}

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

export interface StepSummary {
  readonly title: string;
  /** Rows of the table of totals. */
  readonly totals: readonly (readonly [name: string, value: string])[];
  readonly entries: readonly FoundEntry[];
  readonly beyond: number;
  readonly incomplete: readonly string[];
}

/** A step's summary may have 1 MiB in all; what is told stays well below. */
const mostTold = 100;
const longestMessage = 600;

export function stepSummary(summary: StepSummary): string {
  const { entries } = summary;
  const parts = [`## ${cell(summary.title)}`, ...summary.incomplete.map((why) => `**Incomplete:** ${cell(why)}`)];
  parts.push(markdownTable(['', ''], summary.totals));
  if (entries.length === 0) parts.push('No findings.');
  else {
    parts.push(
      markdownTable(
        ['finding', 'place', 'runs', 'first seed'],
        entries
          .slice(0, mostTold)
          .map(({ finding, runs, seed }) => [
            `${finding.verdict === 'unknown' ? 'unknown: ' : ''}${finding.anomaly}`,
            finding.place,
            String(runs),
            String(seed),
          ]),
      ),
      ...entries.slice(0, annotationsShown).map(told),
    );
    const left = Math.max(0, entries.length - mostTold) + summary.beyond;
    if (left > 0) parts.push(`And ${left} more.`);
  }
  return `${parts.join('\n\n')}\n\n`;
}

function told({ finding, seed, replay }: FoundEntry): string {
  const meaning = meaningOf(finding.anomaly);
  const message = finding.message.length > longestMessage ? `${finding.message.slice(0, longestMessage)}...` : finding.message;
  return `**${cell(finding.anomaly)}** at ${cell(finding.place)}, seed ${seed}${meaning === undefined ? '' : `: ${cell(meaning)}`}\n\n${fenced(`${message}\n\n${replay}`)}`;
}

/** A fence longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

const markdownTable = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

/** Text that stands for itself in a table's cell or a paragraph. */
const cell = (text: string): string =>
  text
    .replace(/[\\`*_{}[\]<>|#~]/g, (character) => (character === '<' ? '&lt;' : character === '>' ? '&gt;' : `\\${character}`))
    .replace(/\s+/g, ' ');
