/**
 * The way of a finding: a copy of the program whose cluster decides one thing wrongly, as somebody would break it by hand, is run; what it
 * prints leads to the same failure in another process. Runs what `npm run build` made.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SeedSummary } from '../../src/cli/seed-run.ts';
import { identity } from '../../src/simulation/checker/finding.ts';
import { brokenRules, type Ended, lastLine, shellFor, shortRuns } from './program.ts';

const shell = shellFor('finding');
const { folder } = shell;

const identities = (summary: SeedSummary): readonly string[] => summary.findings.filter((each) => each.verdict === 'finding').map(identity);

describe('a finding', () => {
  let swarm: Ended = { status: null, out: '', err: '' };
  let commands: readonly string[] = [];
  let broken = '';
  beforeAll(() => {
    broken = shell.breakRule('broken', brokenRules.highWatermark);
    const seeds = [...shortRuns, '--seeds', '2', '--workers', '2', '--no-shrink'];
    swarm = shell.run(broken, 'run', ...seeds, '--json', '--out', 'out', '--junit', 'junit.xml');
    commands = [...swarm.err.matchAll(/^ {2}replay: (.*)$/gm)].map((match) => match[1] ?? '');
  });
  test('ends the swarm with exit code 1, and the last line of JSON counts it', () => {
    expect(swarm.status).toBe(1);
    expect(JSON.parse(lastLine(swarm))).toMatchObject({ runs: 2, findings: 2, unknown: 0 });
  });
  test('says what broke, where, when, and what it means', () => {
    for (const { seed } of shell.runsOf('out')) expect(swarm.err).toContain(`FINDING in seed ${seed}: a promise of the cluster was broken`);
    expect(swarm.err).toMatch(/^ {2}\d+\.\d{3} s {2}HighWatermark at \S+-\d: a replica calls records committed that not all in-sync replicas hold/m);
    expect(swarm.err).toMatch(/^ {6}leader \d+ raises the high watermark to 1, but broker \d+ /m);
  });
  test('is told in plain lines where nobody looks at a terminal', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(swarm.out + swarm.err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  });
  test('is shown again by the one command that is printed: the same checkers, anomalies, places, and the same last event', () => {
    expect(commands).toHaveLength(2);
    for (const [index, summary] of shell.runsOf('out').entries()) {
      const again = shell.bash(commands[index] ?? '');
      expect(again.status).toBe(1);
      expect(again.out).toContain(`trace hash ${summary.traceHash}`);
      const told = [...again.out.matchAll(/^ +[\d.]+ s {2}(\S+\/\S+) at (.*?)(?::|$)/gm)].map((match) => `${match[1]}/${match[2]}`);
      for (const each of identities(summary)) expect(told).toContain(each);
      expect(again.out).toMatch(/^FINDING: /m);
    }
  });
  test('leads to a trace that can be cut short by the reader', () => {
    const { out, err } = shell.bash(`${commands[0]} --trace | head -5`);
    expect(out.trimEnd().split('\n')).toHaveLength(5);
    expect(err).toBe('');
  });
  test('is told even where its scenario cannot be written, with a command that needs no file', () => {
    const [{ seed, traceHash } = { seed: 0, traceHash: '' }] = shell.runsOf('out');
    mkdirSync(join(folder, 'full', `finding-${seed}.yaml`), { recursive: true });
    const { status, out, err } = shell.run(
      broken,
      'run',
      '--seed',
      String(seed),
      '--profile',
      'replication',
      '--recheck',
      '0',
      '--no-shrink',
      '--out',
      'full',
    );
    expect(status).toBe(1);
    expect(out).toContain(`FINDING in seed ${seed}`);
    expect(out).toMatch(new RegExp(`^ {2}replay: node \\S+ run --seed ${seed} --profile replication$`, 'm'));
    expect(out).toMatch(new RegExp(`^trace hash of the run +${traceHash}$`, 'm'));
    expect(err).toContain('faultline: cannot write');
  });
  test('is a failure in JUnit XML, with the same command', () => {
    const xml = readFileSync(join(folder, 'junit.xml'), 'utf8');
    const [, failure = ''] = /<testcase classname="faultline.checks" name="HighWatermark" time="0">\n<failure ([\s\S]*?)<\/failure>/.exec(xml) ?? [];
    expect(failure).toContain(`replay: ${commands[0]?.replaceAll("'", '&apos;')}\n`);
    expect(xml).toContain('name="livelock" time="0"/>');
  });
  test('is annotated in GitHub Actions, off the line of JSON, and is in the summary of the step', () => {
    const words = `run --seed ${shell.runsOf('out')[0]?.seed} --profile replication --recheck 0 --no-shrink --out actions`;
    const { status, out } = shell.bash(`node ${broken} ${words}`, { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(folder, 'step.md') });
    expect(status).toBe(1);
    const [line = ''] = out.match(/^::error title=HighWatermark at .*$/m) ?? [];
    expect(line).toMatch(/%0Areplay: node \S+ replay actions\/finding-\d+\.yaml$/);
    expect(readFileSync(join(folder, 'step.md'), 'utf8')).toMatch(/^## Faultline: 1 runs, findings in 1\n[\s\S]*\| HighWatermark \| /);
    const json = shell.bash(`node ${broken} ${words} --json`, { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: '/dev/full' });
    expect(json.out.trimEnd().split('\n')).toHaveLength(1);
    expect(json.err).toContain('::error title=HighWatermark');
    expect(json.err).toContain('faultline: cannot write the step summary: ENOSPC');
  });
});

describe('a rule that looks at more than its arguments', () => {
  test('is a finding that names the first event which came out differently', () => {
    const random = shell.breakRule('random', brokenRules.luck);
    const { status, out } = shell.run(random, 'run', ...shortRuns, '--seeds', '2', '--out', 'diverges', '--recheck', '100');
    expect(status).toBe(1);
    expect(out).toContain('divergence at traceHash: one scenario gave two histories');
    expect(out).toMatch(/ event \d+ is the first that differs:\n {8}first {3}\s*\d+\.\d+ \S.*\n {8}second {2}\s*\d+\.\d+ \S/);
    expect(out).toMatch(/^played twice +2$/m);
  });
});
