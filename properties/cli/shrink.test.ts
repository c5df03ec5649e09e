/** `faultline shrink` as somebody would use it who broke a rule by hand. Runs what `npm run build` made. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

// Each test starts processes; a busy machine needs its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'faultline-shrink-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...words: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'dist/cli/main.js'), ...words], { encoding: 'utf8', cwd: folder });
  return { status, out: stdout, err: stderr };
};

/** A copy of the program in which a follower truncates to its high watermark. */
beforeAll(() => {
  for (const name of ['dist', 'package.json', 'scenarios', 'src/kafka']) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'dist/kafka/rules/replication.js');
  const text = readFileSync(file, 'utf8');
  const wrong = text.replace(/^ {4}followerTakeOver,$/m, '    followerTakeOver: (_end, highWatermark) => ({ truncateTo: highWatermark }),');
  expect(wrong).not.toBe(text);
  writeFileSync(file, wrong);
});

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
    writeFileSync(join(folder, 'quiet.yaml'), readFileSync(join(root, 'scenarios', `${name}.yaml`), 'utf8').replace(/^faults:[\s\S]*/m, ''));
    expect(run('shrink', 'quiet.yaml')).toMatchObject({ status: 2, err: expect.stringContaining('shows no finding') });
  });
});
