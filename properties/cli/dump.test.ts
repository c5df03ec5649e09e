/** `faultline dump` and `faultline log` as their users meet them: a simulated disk as files, and what stands in them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { main, shellFor } from './program.ts';

const shell = shellFor('dump');
const story = 'acks-all-survives-leader-crash';

describe('faultline dump', () => {
  const out = join(shell.folder, 'disk');
  test('writes the disk of a broker at a moment as files that `log` reads', () => {
    const dumped = shell.run(main, 'dump', story, '--node', '1', '--at', '1000', '--out', out);
    expect([dumped.err, dumped.status]).toEqual(['', 0]);
    expect(dumped.out).toMatch(/^broker-1 at \d+\.\d{3} s \(running\): \d+ files, \d+ bytes in /);
    expect(readFileSync(join(out, 'meta.properties'), 'utf8')).toContain('node.id=1\n');
    const partition = readdirSync(out).find((name) => /^orders-\d+$/.test(name)) ?? 'none';
    const files = readdirSync(join(out, partition)).filter((name) => /\.(log|index|timeindex)$/.test(name));
    expect(files.map((name) => name.split('.')[1]).sort()).toEqual(expect.arrayContaining(['index', 'log', 'timeindex']));
    const read = shell.run(main, 'log', '--records', ...files.map((name) => join(out, partition, name)));
    expect([read.err, read.status]).toEqual(['', 0]);
    expect(read.out).toMatch(/^baseOffset: 0 .* isvalid: true$/m);
    expect(read.out).toMatch(/^\| offset: 0 .* payload: producer-1\/\d+/m);
  });

  test('shows the past as it was: what is written later is not there', () => {
    const early = join(shell.folder, 'early');
    expect(shell.run(main, 'dump', story, '--node', 'broker-1', '--at', '0.5', '--out', early).status).toBe(0);
    const bytes = (folder: string): number =>
      readdirSync(folder, { recursive: true })
        .filter((name) => String(name).endsWith('.log'))
        .reduce((sum, name) => sum + readFileSync(join(folder, String(name))).length, 0);
    expect(bytes(early)).toBeLessThan(bytes(out));
  });

  test('refuses a folder that holds something, a client and an unknown node, and writes nothing', () => {
    const other = join(shell.folder, 'other');
    const wrong: readonly (readonly [string, string, RegExp])[] = [
      ['1', out, /is not empty/],
      ['producer-1', other, /has no disk/],
      ['9', other, /there is no node "9"/],
    ];
    for (const [node, folder, why] of wrong) {
      const refused = shell.run(main, 'dump', story, '--node', node, '--at', '1', '--out', folder);
      expect([refused.status, refused.err]).toEqual([2, expect.stringMatching(why)]);
    }
    expect(existsSync(other)).toBe(false);
  });
});

describe('faultline log', () => {
  test('refuses what is no file of a log, before it prints anything', () => {
    const refused = shell.run(main, 'log', join(shell.folder, 'disk', 'meta.properties'));
    expect([refused.status, refused.out]).toEqual([2, '']);
    expect(refused.err).toContain('is no file of a log by its name');
  });
});
