/** Commands of this program as they can be pasted where it was started, such as the one that plays a scenario again. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { looksLikeToken } from '../report/token.ts';
import type { Defect } from '../simulation/defect/defect.ts';

/** Plays the scenario of a file or a token again, by the rules of the defect if there is one. */
export function replayCommand(which: string, defect?: Defect): string {
  const name = looksLikeToken(which) ? which : relative(process.cwd(), which) || which;
  return commandLine('replay', name, ...(defect === undefined ? [] : ['--defect', defect.id]));
}

/** This program with these words, in the way it was started now. */
export function commandLine(...words: readonly string[]): string {
  return [...program(), ...words.map(quoted)].join(' ');
}

function program(): readonly string[] {
  const started = process.argv[1] ?? '';
  if (basename(started) === 'faultline') return dirname(started).endsWith(join('node_modules', '.bin')) ? ['npx', 'faultline'] : ['faultline'];
  return inClone() ? ['npm', 'run', '-s', 'faultline', '--'] : ['node', quoted(relative(process.cwd(), started) || started)];
}

const quoted = (word: string): string => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** The current folder is this project itself, not one that installed it. */
function inClone(): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
    return typeof manifest === 'object' && manifest !== null && 'name' in manifest && manifest.name === 'faultline';
  } catch {
    return false;
  }
}
