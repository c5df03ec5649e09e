/** What a seed gives to play, and a file or a token holds: a scenario for a cluster, or a script for a single log. Owns telling them apart. */
import type { Result } from '../../model/result.ts';
import type { Finding } from '../checker/finding.ts';
import { logScriptOfSeed } from '../log-trial/draw.ts';
import type { LogScript } from '../log-trial/operation.ts';
import { playLog } from '../log-trial/play.ts';
import { looksLikeLogScript, parseLogScript, printLogScript } from '../log-trial/text.ts';
import type { HuntingGround } from '../profile-name.ts';
import { scenarioOfSeed } from '../scenario/arbitrary.ts';
import { parseScenario } from '../scenario/parse.ts';
import { printScenario } from '../scenario/print.ts';
import type { Scenario } from '../scenario.ts';
import { type SimulateOptions, simulate } from './simulate.ts';

export type Playable = Scenario | LogScript;

export const isLogScript = (playable: Playable): playable is LogScript => 'operations' in playable;

/** `where`: missing for all families of scenarios together. */
export const playableOfSeed = (seed: number, where?: HuntingGround): Playable =>
  where === 'log' ? logScriptOfSeed(seed) : scenarioOfSeed(seed, where);

/** What comes of playing it. `until`: see SimulateOptions; a script ends with its first finding anyway. */
export const findingsOf = (playable: Playable, options: Pick<SimulateOptions, 'rules' | 'clientRules' | 'until'> = {}): readonly Finding[] =>
  isLogScript(playable) ? playLog(playable, options.rules).findings : simulate(playable, options).findings;

/** As YAML, which reads back as the same. */
export const printPlayable = (playable: Playable): string => (isLogScript(playable) ? printLogScript(playable) : printScenario(playable));

/** From its text, or everything that is wrong with it. */
export function parsePlayable(text: string): Result<Playable, readonly string[]> {
  return looksLikeLogScript(text) ? parseLogScript(text) : parseScenario(text);
}
