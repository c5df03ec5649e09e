/**
 * What somebody sees who breaks one rule by hand and runs a swarm: a short story that names the rule, and commands that show it again; whatever
 * disturbs the way there. Runs what `npm run build` made.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SeedSummary } from '../../src/cli/seed-run.ts';
import { brokenRules, type Ended, shellFor, shortRuns, until } from './program.ts';

const shell = shellFor('broken');
const { folder } = shell;
let broken = '';
beforeAll(() => {
  broken = shell.breakRule('broken', brokenRules.truncation);
});

const title = /^SHRUNK: (\S+) at (\S+), found in seed (\d+)$/m;
/** So many that two or more show it, whatever they draw. */
const eightSeeds = [...shortRuns, '--seeds', '8', '--recheck', '0'];

describe('a rule that is broken by hand', () => {
  let swarm: Ended = { status: null, out: '', err: '' };
  beforeAll(() => {
    swarm = shell.run(broken, 'run', ...eightSeeds, '--out', 'out');
  });

  test('is pointed to by a short story, with the file and the line in which it is written', () => {
    expect(swarm.status).toBe(1);
    expect(swarm.out).toMatch(title);
    const [, steps] = /^What happened, in (\d+) steps?:$/m.exec(swarm.out) ?? [];
    expect(Number(steps)).toBeLessThanOrEqual(4);
    const [, where] = /^ +replication\.followerTakeOver\(\d+, \d+\) = \{truncateTo:\d+\} {3}(src\/kafka\/rules\/\S+):\d+$/m.exec(swarm.out) ?? [];
    expect(readFileSync(join(folder, 'broken', where ?? ''), 'utf8')).toContain('export function followerTakeOver');
    expect(swarm.out).toMatch(/^From .* to 1 fault, .* in \d+ runs; nothing of it can be left out\.$/m);
  });

  test('is shown again by the small file and by the token that are printed', () => {
    const [, anomaly, place] = title.exec(swarm.out) ?? [];
    const commands = [...swarm.out.matchAll(/^(?:Replay|From anywhere): (.*)$/gm)].map((match) => match[1] ?? '').slice(0, 2);
    expect(commands[0]).toMatch(/ replay out\/finding-\d+-\w+-shrunk\.yaml$/);
    expect(commands[1]).toMatch(/ replay fl2\.[\w-]+$/);
    for (const command of commands) {
      const again = shell.bash(command);
      expect(again.status).toBe(1);
      expect(again.out).toContain(`/${anomaly} at ${place}: `);
    }
  });

  test('is told in full for the first run that shows it, in short for the others, and by its kinds at the end', () => {
    const runs = shell.runsOf('out').filter(({ verdict }) => verdict === 'finding');
    expect(runs.length).toBeGreaterThan(1);
    for (const { seed } of runs) expect(swarm.out).toContain(`FINDING in seed ${seed}: a promise of the cluster was broken`);
    expect(swarm.out).toMatch(/^ {2}LeaderCandidateCompleteness again, at /m);
    const [, end = ''] = swarm.out.split('What was found, and the command that shows it:\n');
    const kind = new RegExp(
      `^ {2}replication-state/LeaderCandidateCompleteness, in ${runs.length} runs\n {4}.* replay out/finding-\\d+-\\w+-shrunk.yaml$`,
      'm',
    );
    expect(end).toMatch(kind);
  });

  test('is made small only where somebody wants it', () => {
    const seed = String(shell.runsOf('out').find(({ verdict }) => verdict === 'finding')?.seed);
    const one = ['--seed', seed, '--profile', 'replication', '--recheck', '0'];
    const { status, err } = shell.run(broken, 'run', ...one, '--no-shrink', '--json', '--out', 'plain');
    expect(status).toBe(1);
    expect(err).toContain(`FINDING in seed ${seed}`);
    expect(err).not.toContain('SHRUNK');
    expect(readdirSync(join(folder, 'plain')).filter((name) => name.endsWith('-shrunk.yaml'))).toEqual([]);
  });

  test('has its smallest scenario so far told on Ctrl-C, and its totals', async () => {
    const run = shell.start(broken, 'run', ...eightSeeds, '--json', '--out', 'stopped');
    await until(() => (run.err().includes('small, to tell the story; Ctrl-C') ? true : undefined));
    run.kill('SIGINT');
    const { status, out, err } = await run.ended;
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ runs: 8 });
    expect(err).toMatch(/^SHRUNK: .*(, as far as it came: it was stopped)?$|^NOT SHRUNK: .*: it was stopped$/m);
    expect(err).not.toContain('Stopped by');
  });

  test('keeps its story and a command without a file when the small file cannot be written', () => {
    // One kind of finding is made small soonest.
    const kinds = ({ findings }: SeedSummary): number =>
      new Set(findings.filter(({ verdict }) => verdict === 'finding').map(({ anomaly }) => anomaly)).size;
    const { seed } = shell.runsOf('out').find((run) => kinds(run) === 1) ?? {};
    const small = readdirSync(join(folder, 'out')).filter((name) => name.endsWith('-shrunk.yaml'));
    for (const name of small) mkdirSync(join(folder, 'full', name.replace(/\d+/, String(seed))), { recursive: true });
    const { out, err } = shell.run(broken, 'run', '--seed', String(seed), '--profile', 'replication', '--recheck', '0', '--out', 'full');
    expect(err).toMatch(/^faultline: cannot write \S+-shrunk\.yaml/m);
    const [, command = ''] = /^Replay: (.* replay fl2\.[\w-]+)$/m.exec(out) ?? [];
    expect(shell.bash(command).out).toMatch(/^FINDING: /m);
  });
});
