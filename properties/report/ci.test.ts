/** Reports for machines: they are well-formed whatever a message holds, and show each finding once with the way back to it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FindingBook, type FoundEntry } from '../../src/report/finding-book.ts';
import { annotation, stepSummary } from '../../src/report/github.ts';
import { escaped, type JUnitReport, junit } from '../../src/report/junit.ts';
import type { Finding } from '../../src/simulation/checker/finding.ts';

const finding = (anomaly: string, verdict: Finding['verdict'] = 'finding', message = 'what happened'): Finding => ({
  checker: 'replication',
  anomaly,
  place: 'orders-0',
  message,
  timeUs: 1_500_000,
  verdict,
});
const entry = (each: Finding, runs = 1): FoundEntry => ({ finding: each, seed: 7, replay: 'faultline replay a.yaml', runs });
const report = (entries: readonly FoundEntry[], incomplete: readonly string[] = []): JUnitReport => ({
  properties: [['base', 'a "quoted" <base>']],
  wallSeconds: 12.5,
  startedAt: '2026-01-02T03:04:05.678Z',
  entries,
  incomplete,
});

interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Element[];
  text: string;
}

const unescaped = (text: string): string =>
  text.replace(/&(?:#(\d+)|(lt|gt|amp|quot|apos));/g, (_, code: string | undefined, name: string | undefined) =>
    code === undefined ? ({ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }[name ?? ''] ?? '') : String.fromCodePoint(Number(code)),
  );

/** A strict reader of the XML that is written here: anything else throws. */
function parseXml(xml: string): Element {
  const head = '<?xml version="1.0" encoding="UTF-8"?>';
  if (!xml.startsWith(head)) throw new Error('no declaration');
  const root: Element = { name: '', attributes: new Map(), children: [], text: '' };
  const open = [root];
  const token = /<\/(\w+)>|<(\w+)((?: \w+="[^"<\n\t]*")*)(\/?)>|([^<]+)/gy;
  token.lastIndex = head.length;
  for (let match = token.exec(xml); ; match = token.exec(xml)) {
    const at = open.at(-1);
    if (match === null || at === undefined) throw new Error('cannot be read');
    const [, closed, opened, attributes = '', alone, text] = match;
    if (/&(?!(?:#\d+|lt|gt|amp|quot|apos);)/.test(match[0])) throw new Error('a bare ampersand');
    if (text?.includes(']]>')) throw new Error('the end of a CDATA section that never began');
    if (text !== undefined) at.text += unescaped(text);
    else if (closed !== undefined) {
      if (at.name !== closed) throw new Error(`${closed} closes ${at.name}`);
      open.pop();
    } else {
      const values = [...attributes.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']): [string, string] => [name, unescaped(value)]);
      const element: Element = { name: opened ?? '', attributes: new Map(values), children: [], text: '' };
      at.children.push(element);
      if (alone === '') open.push(element);
    }
    if (token.lastIndex === xml.length) break;
  }
  const [only] = root.children;
  if (open.length !== 1 || only === undefined || root.children.length !== 1) throw new Error('not one element');
  return only;
}

const suiteOf = (xml: string): Element => parseXml(xml).children[0] ?? parseXml('');
const casesOf = (xml: string): readonly Element[] => suiteOf(xml).children.filter((child) => child.name === 'testcase');
const caseOf = (xml: string, name: string): Element | undefined => casesOf(xml).find((each) => each.attributes.get('name') === name);

describe('JUnit XML', () => {
  test('has one suite with what identifies the swarm, and a green case for every anomaly that was not found', () => {
    const xml = junit(report([]));
    expect(parseXml(xml).name).toBe('testsuites');
    const suite = suiteOf(xml);
    expect(suite.children[0]?.children[0]?.attributes).toEqual(
      new Map([
        ['name', 'base'],
        ['value', 'a "quoted" <base>'],
      ]),
    );
    expect(Object.fromEntries(suite.attributes)).toMatchObject({ failures: '0', errors: '0', time: '12.500', timestamp: '2026-01-02T03:04:05' });
    expect(suite.attributes.get('tests')).toBe(String(casesOf(xml).length));
    expect(caseOf(xml, 'LeaderCompleteness')?.children).toEqual([]);
    expect(new Set(casesOf(xml).map((each) => each.attributes.get('name'))).size).toBe(casesOf(xml).length);
  });
  test('has a failure for a finding, an error for what nobody could judge, and counts both', () => {
    const xml = junit(report([entry(finding('lost-write'), 3), entry(finding('harness-error', 'unknown')), entry(finding('unheard-of'))]));
    expect(Object.fromEntries(suiteOf(xml).attributes)).toMatchObject({ failures: '2', errors: '1', tests: String(casesOf(xml).length) });
    const [failure] = caseOf(xml, 'lost-write')?.children ?? [];
    expect(failure?.name).toBe('failure');
    expect(failure?.attributes.get('message')).toContain('gone (at orders-0)');
    expect(failure?.text).toBe(
      'replication/lost-write at orders-0, in 3 runs, first in seed 7 at 1.500 s\nwhat happened\nreplay: faultline replay a.yaml',
    );
    expect(caseOf(xml, 'harness-error')?.children[0]?.name).toBe('error');
    expect(caseOf(xml, 'unheard-of')?.children[0]?.name).toBe('failure');
  });
  test('is no pass when the swarm was cut short', () => {
    const xml = junit(report([], ['Stopped by SIGINT']));
    expect(suiteOf(xml).attributes.get('errors')).toBe('1');
    expect(caseOf(xml, 'complete')?.children[0]?.text).toBe('Stopped by SIGINT');
    expect(caseOf(junit(report([])), 'complete')?.children).toEqual([]);
  });
  test('can be read back whatever a message holds', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.string({ unit: fc.constantFrom('<', '&', '"', ']]>', '\n', '\t', '\r', '\0', '\ud800', '😀') }),
        (a, b) => {
          const xml = junit(report([entry({ ...finding('x', 'finding', a + b), place: b })]));
          const [failure] = caseOf(xml, 'x')?.children ?? [];
          const kept = (text: string): string =>
            text.replace(/[^\t\n\r -\ud7ff\ue000-\ufffd]/gu, (character) => ((character.codePointAt(0) ?? 0) > 0xffff ? character : '\ufffd'));
          expect(failure?.attributes.get('message')).toBe(`at ${kept(b)}`);
          expect(failure?.text).toContain(`\n${kept(a + b)}\nreplay: `);
        },
      ),
    );
    expect(escaped('a\0b\ud800c\ufffe😀')).toBe('a\ufffdb\ufffdc\ufffd😀');
  });
});

describe('GitHub Actions', () => {
  test('get one line a finding, in which nothing ends the command early', () => {
    expect(annotation(entry({ ...finding('lost-write', 'finding', '100% gone\r\n::set-output x'), place: 'a:b,c' }))).toBe(
      '::error title=lost-write at a%3Ab%2Cc in seed 7::a record that was acknowledged, or that a reader got, is gone%0A100%25 gone%0D%0A::set-output x%0Areplay: faultline replay a.yaml',
    );
    expect(annotation(entry(finding('unheard-of', 'unknown')))).toMatch(/^::warning title=/);
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (message) => !/[\r\n]/.test(annotation(entry(finding('x', 'finding', message))))));
  });
  const summary = { title: 'Faultline: 3 runs', totals: [['runs', '3']] as const, beyond: 0, incomplete: [] };
  test('get a summary in Markdown with the totals, each finding and its command', () => {
    const text = stepSummary({ ...summary, entries: [entry(finding('lost-write', 'finding', 'see ```this```'), 2)] });
    expect(text).toContain('## Faultline: 3 runs\n');
    expect(text).toContain('| runs | 3 |');
    expect(text).toContain('| lost-write | orders-0 | 2 | 7 |');
    expect(text).toContain('````text\nsee ```this```\n\nfaultline replay a.yaml\n````');
    expect(stepSummary({ ...summary, entries: [], incomplete: ['Stopped'] })).toMatch(/\*\*Incomplete:\*\* Stopped[\s\S]*No findings\./);
  });
  test('get tables that no place can break', () => {
    const text = stepSummary({ ...summary, entries: [entry({ ...finding('x'), place: 'a|b\n<script>`*' })] });
    expect(text).toContain('| x | a\\|b &lt;script&gt;\\`\\* | 1 | 7 |');
  });
  test('get a summary that stays below the limit of a step', () => {
    const entries = Array.from({ length: 500 }, (_, at) => entry({ ...finding(`x${at}`, 'finding', 'm'.repeat(100_000)) }));
    const text = stepSummary({ ...summary, entries, beyond: 5 });
    expect(text.length).toBeLessThan(64 * 1024);
    expect(text).toContain('And 405 more.');
  });
});

describe('the book of findings', () => {
  test('keeps the first run of each, counts the others, and leaves out what is excused', () => {
    const book = new FindingBook();
    expect(book.note(1, 'r1', [finding('a'), finding('b', 'excused')]).map((each) => each.finding.anomaly)).toEqual(['a']);
    expect(book.note(2, 'r2', [finding('a', 'finding', 'another'), finding('c')]).map((each) => each.finding.anomaly)).toEqual(['c']);
    expect(book.entries).toMatchObject([
      { seed: 1, replay: 'r1', runs: 2, finding: { message: 'what happened' } },
      { seed: 2, replay: 'r2', runs: 1 },
    ]);
  });
  test('does not grow without end', () => {
    const book = new FindingBook();
    for (let seed = 0; seed < 2000; seed++) book.note(seed, '', [finding(`a${seed}`), finding('always')]);
    expect(book.entries).toHaveLength(500);
    expect(book.beyond).toBe(1501);
    expect(book.entries[1]?.runs).toBe(2000);
  });
});
