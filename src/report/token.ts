/**
 * A scenario, or a script for a log, as one word that can be pasted into a chat: `fl2.` and its text, deflated with the words of the format known beforehand,
 * with a checksum, in base64url. Owns the form of that word; what the text may say is its parser's.
 * Two versions of zlib may make two words of one text; each can be read by all.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { failed, ok, type Result } from '../model/result.ts';
import { crc32c } from '../protocol/records/crc32c.ts';
import { isLogScript, type Playable, parsePlayable, printPlayable } from '../simulation/run/playable.ts';
import type { Scenario } from '../simulation/scenario.ts';
import { tokenDictionary } from './token-dictionary.ts';

/** The form of tokens that this source reads and writes. */
const form = 2;
const prefix = `fl${form}.`;
const dictionary = new TextEncoder().encode(tokenDictionary);
const checksumBytes = 4;
const checksum = (bytes: Uint8Array): number => crc32c(bytes, 0, bytes.length) | 0;
/** Far more than any scenario has: a token may come from anybody. */
const longestText = 1 << 20;

/** Whether this is meant to be a token, of whatever form. */
export const looksLikeToken = (text: string): boolean => /^\s*fl\d+\./.test(text);

/** As one word, which `faultline replay` plays. The same gives the same word under one version of zlib. */
export function playableToken(playable: Playable): string {
  const deflated = deflateRawSync(printPlayable(playable), { level: 9, dictionary });
  const bytes = Buffer.alloc(deflated.length + checksumBytes);
  bytes.writeInt32BE(checksum(deflated));
  deflated.copy(bytes, checksumBytes);
  return prefix + bytes.toString('base64url');
}

/** The scenario of a token, or in a sentence why there is none and what to do. White space, as of a chat that wraps lines, does not matter. */
export function playableOfToken(text: string): Result<Playable, string> {
  const token = text.replace(/\s+/g, '');
  const written = Number(/^fl(\d+)\./.exec(token)?.[1] ?? Number.NaN);
  if (Number.isNaN(written)) return failed(`a token begins with ${prefix}`);
  if (written !== form) {
    const remedy = written > form ? 'play it with a newer faultline, such as the one that wrote it' : 'play it with the faultline that wrote it';
    return failed(`this token is of form ${written}, and this program reads form ${form}: ${remedy}, or ask for the scenario as a file`);
  }
  const damaged = failed('this token is cut off or mistyped: copy it again, whole');
  if (!/^[\w-]*$/.test(token.slice(prefix.length))) return damaged;
  const bytes = Buffer.from(token.slice(prefix.length), 'base64url');
  const deflated = bytes.subarray(checksumBytes);
  if (bytes.length <= checksumBytes || bytes.readInt32BE() !== checksum(deflated)) return damaged;
  const inflated = inflate(deflated);
  if (inflated === undefined) return failed('this token holds no scenario');
  const playable = parsePlayable(inflated);
  return playable.ok
    ? playable
    : failed(`this token holds no scenario that can be played:\n${playable.error.map((problem) => `  ${problem}`).join('\n')}`);
}

/** The scenario of a token; a script for a log is none. */
export function scenarioOfToken(text: string): Result<Scenario, string> {
  const read = playableOfToken(text);
  if (!read.ok) return read;
  return isLogScript(read.value) ? failed('this token holds a script for a log, and no scenario: `faultline replay` plays it') : ok(read.value);
}

export const scenarioToken = (scenario: Scenario): string => playableToken(scenario);

function inflate(deflated: Uint8Array): string | undefined {
  try {
    return inflateRawSync(deflated, { dictionary, maxOutputLength: longestText }).toString('utf8');
  } catch {
    return undefined;
  }
}
