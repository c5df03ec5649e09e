/** `faultline shrink` as somebody would use it who broke a rule by hand. Runs what `npm run build` made. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { brokenRules, type Ended, shellFor } from './program.ts';

const shell = shellFor('shrink');
const { folder } = shell;
let broken = '';
beforeAll(() => {
  broken = shell.breakRule('broken', brokenRules.truncation);
});
const run = (...words: readonly string[]): Ended => shell.run(broken, ...words);

const name = 'acks-all-survives-leader-crash';

describe('shrink', () => {
  test('tells a short story that points to the rule, and leaves a smaller file that shows the finding again', () => {
    const { status, out } = run('shrink', name);
    expect(status).toBe(1);
    expect(out).toMatch(/^What happened, in 2 steps:$/m);
    expect(out).toMatch(/replication\.followerTakeOver\(.*\) = \{truncateTo:\d+\} {3}src\/kafka\/rules\/replication-follower\.ts:\d+$/m);
    expect(out).toMatch(/; nothing of it can be left out\.$/m);
    expect(out).toMatch(new RegExp(`^Replay: .* replay ${name}-shrunk\\.yaml$`, 'm'));
    const again = run('replay', `${name}-shrunk.yaml`);
    expect(again.status).toBe(1);
    expect(again.out).toContain('replication-state/LeaderCandidateCompleteness at orders-0');
  });

  test('ends after so many runs, says so, and counts as JSON', () => {
    const { status, out } = run('shrink', name, '--runs', '12', '--json', '--out', 'small.yaml');
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ file: 'small.yaml', runs: 12, minimal: false, finding: { anomaly: 'LeaderCandidateCompleteness' } });
    expect(readFileSync(join(folder, 'small.yaml'), 'utf8')).toContain('Shows replication-state/LeaderCandidateCompleteness at orders-0');
    expect(run('shrink', 'small.yaml', '--out', 'small.yaml').out).toContain('nothing of it can be left out');
  });

  test('says what there is when another finding is named, and that there is none', () => {
    expect(run('shrink', name, '--finding', 'x/y')).toMatchObject({ status: 2, err: expect.stringContaining(`${name} does not show x/y; it shows`) });
    writeFileSync(join(folder, 'quiet.yaml'), readFileSync(join(folder, 'broken/scenarios', `${name}.yaml`), 'utf8').replace(/^faults:[\s\S]*/m, ''));
    expect(run('shrink', 'quiet.yaml')).toMatchObject({ status: 2, err: expect.stringContaining('shows no finding') });
  });
});
