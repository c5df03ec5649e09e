/** The README claims nothing that is not there: its commands, options, stories, folders, faults and code exist. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { faultKinds } from '../src/simulation/nemesis/fault.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const manifest: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const all = (pattern: RegExp): readonly string[] => [...readme.matchAll(pattern)].map((match) => match[1] ?? '');
const help = (...command: readonly string[]): string =>
  execFileSync(process.execPath, ['dist/cli/main.js', ...command, '--help'], { cwd: root, encoding: 'utf8' });

describe('the README', () => {
  test('names npm scripts that exist', () => {
    const named = [...all(/npm run (?:-s )?([a-z:]+)/g), ...all(/npm (start|test)\b/g)];
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => manifest.scripts[name] === undefined)).toEqual([]);
  });

  test('names commands and options that the program knows', () => {
    const lines = all(/npm run -s faultline -- ([^\n|]+)/g);
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) {
      const words = line.trim().split(/\s+/);
      const command = words[0] === 'scenario' ? words.slice(0, 2) : words.slice(0, 1);
      const known = help(...command);
      for (const option of words.filter((word) => word.startsWith('--'))) expect(known, line).toContain(option);
    }
  });

  test('tells stories that are in scenarios/', () => {
    const stories = [...all(/scenario run ([a-z-]+)/g), ...all(/replay ([a-z-]+)/g)];
    expect(stories.length).toBeGreaterThan(1);
    expect(stories.filter((name) => !existsSync(join(root, 'scenarios', `${name}.yaml`)))).toEqual([]);
  });

  test('maps folders that exist', () => {
    const folders = all(/`((?:src|properties|scenarios)[a-z/-]*(?:\.test\.ts)?)`/g);
    expect(folders.length).toBeGreaterThan(8);
    expect(folders.filter((folder) => !existsSync(join(root, folder)))).toEqual([]);
  });

  test('lists every kind of fault and no other', () => {
    const line = /\*\*Faults\*\*: ([^;]+);/.exec(readme)?.[1] ?? '';
    expect([...line.matchAll(/`([a-z-]+)`/g)].map((match) => match[1]).sort()).toEqual([...faultKinds].sort());
  });
});
