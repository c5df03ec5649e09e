/** Tokens: a scenario comes back as it was, damage and other versions are told, and they are short. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { test as property } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../src/protocol/records/crc32c.ts';
import { looksLikeToken, scenarioOfToken, scenarioToken } from '../../src/report/token.ts';
import { tokenDictionary } from '../../src/report/token-dictionary.ts';
import { scenarioArbitrary, scenarioOfSeed } from '../../src/simulation/scenario/arbitrary.ts';
import { parseScenario } from '../../src/simulation/scenario/parse.ts';
import { printScenario } from '../../src/simulation/scenario/print.ts';
import type { Scenario } from '../../src/simulation/scenario.ts';

const problemOf = (token: string): string => {
  const read = scenarioOfToken(token);
  return read.ok ? 'none' : read.error;
};
/** A token of this text, damaged in no way. */
const tokenOf = (text: string): string => {
  const deflated = deflateRawSync(text, { dictionary: Buffer.from(tokenDictionary) });
  const checksum = Buffer.alloc(4);
  checksum.writeInt32BE(crc32c(deflated, 0, deflated.length) | 0);
  return `fl2.${Buffer.concat([checksum, deflated]).toString('base64url')}`;
};
/** What is left of a drawn scenario when it was shrunk: one topic, one producer, two faults. */
function shrunk({ faults, workload, cluster, ...rest }: Scenario): Scenario {
  const [topic] = cluster.topics;
  const producers = workload.producers.filter((producer) => producer.topic === topic?.name).slice(0, 1);
  return {
    ...rest,
    cluster: { ...cluster, topics: cluster.topics.slice(0, 1) },
    workload: { seconds: workload.seconds, producers, consumers: workload.consumers.slice(0, 1) },
    faults: faults.slice(0, 2),
  };
}
const seeds = Array.from({ length: 200 }, (_, seed) => seed);
const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

describe('a token', () => {
  property.prop([scenarioArbitrary])('is the scenario, whatever it is, in characters that a shell and a chat leave alone', (scenario) => {
    const token = scenarioToken(scenario);
    expect(token).toMatch(/^fl2\.[\w-]+$/);
    expect(scenarioOfToken(token)).toEqual({ ok: true, value: scenario });
    expect(looksLikeToken(token)).toBe(true);
  });

  test('is every story that comes with the program', () => {
    const folder = new URL('../../scenarios/', import.meta.url);
    for (const file of readdirSync(folder)) {
      const story = parseScenario(readFileSync(new URL(file, folder), 'utf8'));
      if (!story.ok) throw new Error(file);
      expect(scenarioOfToken(scenarioToken(story.value)), file).toEqual(story);
    }
  });

  test('is short: a shrunk scenario takes less than 400 characters, most seeds as they are drawn too', () => {
    const drawn = seeds.map((seed) => scenarioToken(scenarioOfSeed(seed)).length);
    expect(Math.max(...seeds.map((seed) => scenarioToken(shrunk(scenarioOfSeed(seed))).length))).toBeLessThan(400);
    expect(median(drawn)).toBeLessThan(400);
    expect(Math.max(...drawn)).toBeLessThan(700);
  });

  test('survives a chat that wraps its line', () => {
    const token = scenarioToken(scenarioOfSeed(1));
    const wrapped = ` ${token.slice(0, 60)}\n  ${token.slice(60, 120)}\r\n${token.slice(120)}\n`;
    expect(scenarioOfToken(wrapped)).toEqual(scenarioOfToken(token));
  });

  property.prop([fc.nat(), fc.nat({ max: 62 })])('that is cut off or mistyped anywhere is told as such', (at, typed) => {
    const token = scenarioToken(scenarioOfSeed(1));
    // The last character carries bits that mean nothing.
    const place = 4 + (at % (token.length - 5));
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.replace(token[place] ?? '', '');
    expect(problemOf(token.slice(0, place))).toContain('cut off or mistyped');
    expect(problemOf(token.slice(0, place) + letters[typed] + token.slice(place + 1))).toContain('cut off or mistyped');
    expect(problemOf(`${token.slice(0, place)}!${token.slice(place)}`)).toContain('cut off or mistyped');
  });

  test('of another form, or with a scenario of another version, says so and what to do', () => {
    expect(problemOf('fl3.abc')).toMatch(/^this token is of form 3, and this program reads form 2: play it with a newer faultline/);
    expect(problemOf('fl1.abc')).toMatch(/form 1.*play it with the faultline that wrote it/);
    expect(problemOf(tokenOf(printScenario(scenarioOfSeed(1)).replace('version: 1', 'version: 7')))).toContain('version 7 of the format');
    expect(problemOf('acks')).toBe('a token begins with fl2.');
  });

  test('that holds no scenario is refused, and so is one that would grow without end', () => {
    expect(problemOf(tokenOf('faults: all'))).toContain('no scenario that can be played');
    expect(problemOf(tokenOf(' '.repeat(1 << 21)))).toBe('this token holds no scenario');
  });
});

describe('the dictionary of tokens', () => {
  test('is that of fl2: with other words the tokens that people hold are unreadable, and the prefix must count up', () => {
    expect(createHash('sha256').update(tokenDictionary).digest('hex').slice(0, 16)).toBe('733342016efee8da');
    const old =
      'fl2.8cr-2NWZ0Q2AMAhEZwIk1T2cxfn98KNFqCkVTFzh5fLuAkc9iF8tRW9bagtqKRxoKfRqvXbHrNdTfPtjQQ6ZzdQMcKZmgIRmVtsyWjMc7hlwe0YN29769AApgkcxeOCiafRhtGs-U7oNDHE92OXx4AaK5kHJ4ABHJOcxOBjGCj_rJ_tdegI';
    expect(scenarioOfToken(old)).toMatchObject({ ok: true, value: { seed: 3 } });
  });
});
