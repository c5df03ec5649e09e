/**
 * A swarm as JUnit XML, as GitLab, Jenkins and GitHub's actions show it: one suite, and one test case for each anomaly that the checkers
 * know, green when no run showed it, so that a name keeps its history from night to night. Owns the form only.
 */
import { anomalyNames, meaningOf } from '../simulation/checker/meaning.ts';
import type { FoundEntry } from './finding-book.ts';

export interface JUnitReport {
  /** What identifies the swarm: base, shard, hash. */
  readonly properties: readonly (readonly [name: string, value: string])[];
  readonly wallSeconds: number;
  /** When it began, ISO 8601. */
  readonly startedAt: string;
  readonly entries: readonly FoundEntry[];
  /** Why the swarm as a whole is no pass, besides what it found: it was cut short, its details are lost. */
  readonly incomplete: readonly string[];
}

/** A whole document. Findings are failures; what nobody could judge is an error. */
export function junit(report: JUnitReport): string {
  const byAnomaly = new Map<string, FoundEntry[]>(anomalyNames.map((anomaly) => [anomaly, []]));
  for (const entry of report.entries) {
    const { anomaly } = entry.finding;
    byAnomaly.set(anomaly, [...(byAnomaly.get(anomaly) ?? []), entry]);
  }
  const cases = [...byAnomaly].map(([anomaly, entries]) => testCase(anomaly, entries));
  cases.push(
    element(
      'testcase',
      { classname: 'faultline.swarm', name: 'complete', time: '0' },
      report.incomplete.map((why) => problem('error', 'incomplete', why, why)),
    ),
  );
  const failed = (verdict: string): number => [...byAnomaly.values()].filter((entries) => worst(entries) === verdict).length;
  const counts = {
    tests: String(cases.length),
    failures: String(failed('finding')),
    errors: String(failed('unknown') + (report.incomplete.length > 0 ? 1 : 0)),
    skipped: '0',
    time: report.wallSeconds.toFixed(3),
  };
  const properties = report.properties.map(([name, value]) => element('property', { name, value }));
  const suite = element('testsuite', { name: 'faultline', ...counts, timestamp: report.startedAt.slice(0, 19) }, [
    element('properties', {}, properties),
    ...cases,
  ]);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', { name: 'faultline', ...counts }, [suite])}\n`;
}

function testCase(anomaly: string, entries: readonly FoundEntry[]): string {
  const [first] = entries.filter((entry) => entry.finding.verdict === worst(entries));
  const problems: string[] = [];
  if (first !== undefined) {
    const meaning = meaningOf(anomaly);
    const title = meaning === undefined ? `at ${first.finding.place}` : `${meaning} (at ${first.finding.place})`;
    problems.push(problem(first.finding.verdict === 'finding' ? 'failure' : 'error', anomaly, title, entries.map(told).join('\n\n')));
  }
  return element('testcase', { classname: 'faultline.checks', name: anomaly, time: '0' }, problems);
}

const worst = (entries: readonly FoundEntry[]): string | undefined =>
  entries.some((entry) => entry.finding.verdict === 'finding') ? 'finding' : entries[0]?.finding.verdict;

const told = ({ finding, seed, replay, runs }: FoundEntry): string =>
  [
    `${finding.checker}/${finding.anomaly} at ${finding.place}, in ${runs} ${runs === 1 ? 'run' : 'runs'}, first in seed ${seed} at ${(finding.timeUs / 1e6).toFixed(3)} s`,
    finding.message,
    `replay: ${replay}`,
  ].join('\n');

const problem = (kind: 'failure' | 'error', type: string, message: string, text: string): string =>
  `<${kind}${attributes({ message, type })}>${escaped(text)}</${kind}>`;

function element(name: string, values: Readonly<Record<string, string>>, children: readonly string[] = []): string {
  const open = `<${name}${attributes(values)}`;
  return children.length === 0 ? `${open}/>` : `${open}>\n${children.join('\n')}\n</${name}>`;
}

const attributes = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    // An attribute's line breaks would be read as spaces.
    .map(([name, value]) => ` ${name}="${escaped(value).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')}"`)
    .join('');

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '\r': '&#13;' };

/** Text for XML 1.0. What no document may hold, escaped or not (control characters, halves of surrogate pairs), becomes U+FFFD. */
export const escaped = (text: string): string =>
  Array.from(text, (character) => entities[character] ?? (isXml(character.codePointAt(0) ?? 0) ? character : '\ufffd')).join('');

/** The Char production of XML 1.0. */
const isXml = (code: number): boolean =>
  code === 0x9 || code === 0xa || (code >= 0x20 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
