/** `faultline replay` as its users meet it: files, names and tokens; the whole story or its beginning; all nodes or one; text or JSON. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { scenarioToken } from '../../src/report/token.ts';
import { simulate } from '../../src/simulation/run/simulate.ts';
import { scenarioOfSeed } from '../../src/simulation/scenario/arbitrary.ts';
import { printScenario } from '../../src/simulation/scenario/print.ts';
import { main, shellFor } from './program.ts';

const shell = shellFor('replay');
const { folder } = shell;

function replay(...words: readonly string[]): { readonly status: number | null; readonly out: readonly string[]; readonly err: string } {
  const { status, out, err } = shell.run(main, 'replay', ...words);
  return { status, out: out.trimEnd().split('\n'), err };
}
const story = 'partition-then-power-loss';

interface Told {
  readonly timeUs: number;
  readonly node: string | null;
  readonly event: { readonly type: string };
}
interface Outcome {
  readonly [field: string]: unknown;
  readonly traceHash: string;
  readonly token: string;
}
const outcomeOf = (out: readonly string[]): Outcome => JSON.parse(out.at(-1) ?? '');
const eventsOf = (out: readonly string[]): readonly Told[] => out.slice(0, -1).map((line): Told => JSON.parse(line));

describe('faultline replay', () => {
  let whole: readonly Told[] = [];
  beforeAll(() => {
    whole = eventsOf(replay(story, '--trace', '--json').out);
  });
  test('plays a token as it plays the file, to the last event, and hands out the token', () => {
    const scenario = scenarioOfSeed(4);
    const file = join(folder, 'seed.yaml');
    writeFileSync(file, printScenario(scenario));
    const byFile = outcomeOf(replay(file, '--json').out);
    expect(byFile.token).toBe(scenarioToken(scenario));
    expect(outcomeOf(replay(byFile.token, '--json').out)).toEqual(byFile);
    expect(byFile.traceHash).toBe(simulate(scenario).traceHash);
    expect(replay(file).out).toContain(`As a token: ${byFile.token}`);
  });

  test('prints one line of JSON with these fields', () => {
    const { out, status } = replay(story, '--json');
    expect(status).toBe(0);
    expect(out).toHaveLength(1);
    const fields = ['verdict', 'complete', 'findings', 'unmet', 'faultsFired', 'acknowledged', 'events', 'virtualSeconds', 'coverage', 'traceHash'];
    expect(Object.keys(outcomeOf(out))).toEqual([...fields, 'cluster', 'seed', 'token']);
    expect(outcomeOf(out)).toMatchObject({ verdict: 'excused', complete: true, unmet: [], findings: [{ anomaly: 'duplicate', verdict: 'excused' }] });
  });

  test('with --until and --trace prints the events up to there and no others', () => {
    const { out } = replay(story, '--until', '9.5', '--trace', '--json');
    expect(eventsOf(out)).toEqual(whole.filter(({ timeUs }) => timeUs <= 9_500_000));
    expect(outcomeOf(out)).toMatchObject({ complete: false, virtualSeconds: 9.5 });
    expect(whole.map(({ event }) => event.type)).toEqual(expect.arrayContaining(['phase', 'struck', 'crashed', 'restarted']));
  });

  test('with --until tells how brokers and partitions stand', () => {
    const { out, status } = replay(story, '--until', '9.5');
    expect(status).toBe(0);
    const text = out.join('\n');
    expect(text).toContain('At 9.500000 s:\n');
    expect(text).toMatch(/^ {2}broker 2 {2}down(, fenced)? +leads /m);
    expect(text).toMatch(/^ {2}orders-0 {2}(leader \d|no leader) {2}isr [\d,]*.* {2}2: \[0, \d+\) hw -/m);
    expect(text).toMatch(/^Clean so far: /m);
  });

  test('with --node prints what one node did and what struck it, under its id or its name', () => {
    const byId = replay(story, '--node', '2', '--json').out;
    expect(eventsOf(byId)).toEqual(whole.filter(({ node }) => node === 'broker-2'));
    expect(replay(story, '--node', 'broker-2', '--json').out).toEqual(byId);
    expect(eventsOf(byId).map(({ event }) => event.type)).toEqual(expect.arrayContaining(['struck', 'crashed', 'restarted', 'appended']));
    expect(eventsOf(replay(story, '--node', 'producer-1', '--json').out).every(({ node }) => node === 'producer-1')).toBe(true);
  });

  test('answers what it cannot read with exit code 2 and what to do', () => {
    const refused: readonly (readonly [words: readonly string[], message: string])[] = [
      [
        [story, '--node', 'leader'],
        'there is no node "leader" in this scenario; there are broker-1, broker-2, broker-3, controller-1000, producer-1',
      ],
      [[story, '--until', '0'], 'Give a number of virtual seconds above 0'],
      [[story, '--until', 'soon'], 'Give a number of virtual seconds above 0'],
      [['fl3.abcdef'], 'this token is of form 3, and this program reads form 2: play it with a newer faultline'],
      [[scenarioToken(scenarioOfSeed(4)).slice(0, -9)], 'this token is cut off or mistyped: copy it again, whole'],
    ];
    const answers = shell.runEach(
      main,
      refused.map(([words]) => ['replay', ...words]),
    );
    expect(answers.map(({ status }) => status)).toEqual(refused.map(() => 2));
    for (const [nth, [, message]] of refused.entries()) expect(answers[nth]?.err).toContain(message);
  });

  test('says of a file of another version what to play it with', () => {
    const file = join(folder, 'newer.yaml');
    writeFileSync(file, printScenario(scenarioOfSeed(4)).replace('version: 1', 'version: 2').replace('workload:', 'loads:'));
    const { status, err } = replay(file);
    expect(status).toBe(2);
    expect(err.trimEnd().split('\n').slice(1)).toEqual([
      '  version: it is written in version 2 of the format, and this program reads version 1: play it with a newer faultline, such as the one that wrote it',
    ]);
  });
});
