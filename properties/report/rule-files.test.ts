/** Every rule that a story can name is found where it is written. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { kafkaClientRules } from '../../src/kafka/client/rules.ts';
import { kafkaRules } from '../../src/kafka/rules/rules.ts';
import { ruleFile } from '../../src/report/rule-files.ts';
import { eventNames } from '../../src/simulation/nemesis/text.ts';
import { decidersOf } from '../../src/simulation/run/decisive.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const rulesIn = (record: object, name: string): readonly string[] =>
  Object.entries(record).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null ? rulesIn(value, `${name}${key}.`) : [`${name}${key}`],
  );
const all = [...rulesIn(kafkaRules, ''), ...rulesIn(kafkaClientRules, 'client.')];

describe('a rule', () => {
  test.each(all)('%s has a file and a line that defines it', (rule) => {
    const [, file = '', line = ''] = /^(src\/kafka\/\S+\.ts):(\d+)$/.exec(ruleFile(rule)) ?? [];
    const text = readFileSync(root + file, 'utf8').split('\n')[Number(line) - 1];
    expect(text).toMatch(new RegExp(`\\b${rule.slice(rule.lastIndexOf('.') + 1)}\\b`));
  });
  test('that is said to decide an event exists', () => {
    const named = eventNames.flatMap(decidersOf);
    expect(named.length).toBeGreaterThan(40);
    for (const rule of named) expect(all).toContain(rule);
  });
});
