/** The command line as its users meet it: exit codes, messages, the last line of JSON. Runs what `npm run build` made. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Ended, lastLine, main, shellFor, shortRuns } from './program.ts';

const shell = shellFor('cli');
const { folder } = shell;
const faultline = (...words: readonly string[]): Ended => shell.run(main, ...words);

/** Command lines that are refused at once, each with what it is told. */
const refused: readonly (readonly [words: readonly string[], message: string])[] = [
  [['run', '--seeds', 'many'], 'Give a whole number of seeds from 1'],
  [['run', '--base', ''], 'Give any text'],
  [['run', '--seeds', '1', '--out', '/proc/nobody'], 'Name another folder with --out'],
  [['replay', '.'], 'it is a folder'],
  [['run', '--minutes', '0'], 'Give a number of minutes above 0'],
  [['run', '--seeds', '5', '--seed', '7'], '--seed plays one seed'],
  [['run', '--sedes', '5'], 'Did you mean --seeds?'],
  [['run', '--shard', '3/2'], 'such as 2/8'],
  [['run', '--seed', '1', '--shard', '1/2'], 'leave out --shard'],
  [['run', '--recheck', '101'], 'from 0 to 100'],
  [['run', '--seed-timeout', '0'], 'Give a number of seconds above 0'],
  [['run', '--junit', '/proc/nobody/j.xml'], 'Name another file with --junit'],
  [['run', '--merge', 'nowhere'], 'nowhere is not the folder of a swarm'],
  [['run', '--merge', 'nowhere', '--base', '2'], 'cannot be used with'],
  [['walk'], "unknown command 'walk'"],
  [['replay'], 'missing required argument'],
  [['replay', 'nothing-of-this-name'], 'The scenarios that come with this program are: acks-all-survives-leader-crash, '],
  [['scenario', 'run', 'nothing-of-this-name'], 'there is no file and no scenario'],
  [['serve', '--port', '65536'], 'Give a port'],
  [['serve', '--control', '65536'], 'Give a port'],
  [['serve', '--config', 'nothing-of-this-name'], 'Name a file of Kafka'],
  [['serve', '--brokers', '3', '--port', '65535'], 'choose a --port of at most 65533'],
];

describe('faultline', () => {
  let answers: readonly Ended[] = [];
  beforeAll(() => {
    answers = shell.runEach(
      main,
      refused.map(([words]) => words),
    );
  });
  test.each(refused.map(([words, message], nth) => ({ words, message, nth })))('answers $words with exit code 2 and what to do instead', ({
    message,
    nth,
  }) => {
    const { status, err } = answers[nth] ?? {};
    expect(err).toContain(message);
    expect(status).toBe(2);
    expect(err).not.toContain('    at ');
  });
  test('names every problem of a scenario file with its place', () => {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, 'version: 1\nseed: -1\ncluster: { brokers: 3 }\nworkload: {}\nfaults: [{ kind: crash, at: 1, target: boss }]\n');
    const { status, err } = faultline('replay', file);
    expect(status).toBe(2);
    expect(err).toContain('  seed: must be a whole number');
    expect(err).toContain('  faults[0].target: cannot read "boss"');
  });
  test('lists its scenarios with what they are about', () => {
    const { status, out } = faultline('scenario', 'list');
    expect(status).toBe(0);
    expect(out.split('\n').filter((line) => line !== '').length).toBeGreaterThanOrEqual(5);
    expect(out).toMatch(/^minority-leader-keeps-no-promise {2,}\S/m);
  });
  test('prints the protocol it serves as JSON in the form of Kafka’s message files', () => {
    const { status, out } = faultline('protocol', '--json');
    expect(status).toBe(0);
    const { apis } = JSON.parse(out) as {
      apis: { name: string; apiKey: number; versions: string; request: { fields: { name: string; type: string }[] } }[];
    };
    expect(apis.find((api) => api.name === 'Fetch')).toMatchObject({ apiKey: 1, versions: expect.stringMatching(/^4-\d+$/) });
    expect(apis.find((api) => api.name === 'Produce')?.request.fields.map((field) => field.name)).toContain('TopicData');
  });
  test('plays a story with exit code 0 when it comes out as expected, and 3 when a fault does not fire', () => {
    expect(faultline('scenario', 'run', 'acks-all-survives-leader-crash').status).toBe(0);
    const story = fileURLToPath(new URL('../../scenarios/acks-all-survives-leader-crash.yaml', import.meta.url));
    const file = join(folder, 'never.yaml');
    writeFileSync(file, readFileSync(story, 'utf8').replace('after: 10500', 'after: 10500\n    nth: 100000'));
    const { status, out } = faultline('replay', file);
    expect(out).toContain('faults[1] did not fire');
    expect(status).toBe(3);
  });
});

describe('faultline run', () => {
  test('prints its totals as the last line, whatever the number of workers', () => {
    const one = faultline('run', ...shortRuns, '--seeds', '3', '--workers', '1', '--json', '--out', 'one');
    const two = faultline('run', ...shortRuns, '--seeds', '3', '--workers', '2', '--json', '--out', 'two');
    const [first, second] = [one, two].map((ended): Record<string, unknown> => JSON.parse(lastLine(ended)));
    const names = ['runs', 'findings', 'excused', 'unknown', 'faultsFired', 'events', 'virtualSeconds', 'wallSeconds', 'traceHash', 'rechecked'];
    expect(Object.keys(first ?? {})).toEqual(names);
    expect({ ...first, wallSeconds: 0 }).toEqual({ ...second, wallSeconds: 0 });
    expect(first?.['runs']).toBe(3);
    expect(first?.['traceHash']).toMatch(/^[0-9a-f]{16,}$/);
    expect(readdirSync(join(folder, 'one')).sort()).toEqual(expect.arrayContaining(['runs.jsonl', 'summary.json']));
  });
  test('plays one seed the same as the swarm does', () => {
    const { seed, traceHash } = shell.runsOf('one').at(-1) ?? { seed: 0 };
    faultline('run', '--seed', String(seed), '--profile', 'replication', '--recheck', '0', '--json', '--out', 'single');
    expect(shell.runsOf('single').map((each) => each.traceHash)).toEqual([traceHash]);
  });
});
