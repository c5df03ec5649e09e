/** Finds scenarios: by a path, by the name of one that comes with this program, or in a token. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { looksLikeToken, playableOfToken } from '../report/token.ts';
import { isLogScript, type Playable, parsePlayable } from '../simulation/run/playable.ts';
import type { Scenario } from '../simulation/scenario.ts';
import { UsageError } from './exit.ts';

/** Two folders up from src/cli and from dist/cli alike. */
const folder = fileURLToPath(new URL('../../scenarios', import.meta.url));

export const scenarioNames = (): readonly string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();

/** The scenario in a file, the one of this name, or the one that a token is; a script for a log is refused. */
export function findScenario(which: string): Scenario {
  const found = findPlayable(which);
  if (isLogScript(found))
    throw new UsageError('this is a script for a log, and no scenario: `faultline replay` plays it, `faultline shrink` makes it smaller');
  return found;
}

/** The same, or a script for a log. */
export function findPlayable(which: string): Playable {
  const named = join(folder, `${which}.yaml`);
  const file = existsSync(which) ? which : existsSync(named) ? named : undefined;
  if (file === undefined && looksLikeToken(which)) {
    const read = playableOfToken(which);
    if (!read.ok) throw new UsageError(`${read.error}.`);
    return read.value;
  }
  const names = `The scenarios that come with this program are: ${scenarioNames().join(', ')}.`;
  if (file === undefined) throw new UsageError(`there is no file and no scenario "${which}". ${names}`);
  const playable = parsePlayable(read(file, names));
  if (!playable.ok)
    throw new UsageError(`${file} is not a scenario that can be played:\n${playable.error.map((problem) => `  ${problem}`).join('\n')}`);
  return playable.value;
}

function read(file: string, otherwise: string): string {
  try {
    if (statSync(file).isDirectory()) throw new Error('it is a folder; name one file in it');
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : error}. ${otherwise}`);
  }
}
