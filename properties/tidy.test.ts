/** The source is kept as it was designed: layers, bans, sizes. Each failure names the line and the replacement. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { banBreaches, bannedGlobals, bannedMembers, headerBreaches, limits } from './tidy/bans.ts';
import { layerBreaches, layers, platformFiles } from './tidy/layers.ts';
import { type Breach, show, sourcesBelow } from './tidy/source.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sources = sourcesBelow(root, 'src');

/** Exactly these may lie at the top; dotfiles besides. */
const topLevel = new Set([
  ...[
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'src',
    'properties',
    'examples',
    'scenarios',
    'reports',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
  ],
  ...['tsconfig.build.json', 'tsconfig.bench.json', 'biome.json', 'vitest.config.ts', 'node_modules', 'dist'],
]);
const topLevelBreaches = (names: readonly string[]): readonly string[] =>
  names
    .filter((name) => !name.startsWith('.') && !name.endsWith('.tgz') && !topLevel.has(name))
    .map((name) => `${name}:1: does not belong at the top level; code goes into src, tests into properties, output into reports`);

const all = (check: (source: { path: string; text: string }) => readonly Breach[]): readonly string[] => sources.flatMap(check).map(show);
const bad = (path: string, text: string, check: (source: { path: string; text: string }) => readonly Breach[]): readonly string[] =>
  check({ path, text }).map(show);

describe('the source', () => {
  test('imports only what the diagram of layers allows', () => expect(all(layerBreaches)).toEqual([]));
  test('holds nothing that is banned, and no file or function beyond its size', () => expect(all(banBreaches)).toEqual([]));
  test('says at the top of each file what it owns', () => expect(all(headerBreaches)).toEqual([]));
  test('has only what belongs there at the top level', () => expect(topLevelBreaches(readdirSync(root))).toEqual([]));
  test('has every layer that names another one', () => {
    const known = new Set(layers.flatMap((layer) => [layer.at, layer.at.split('/')[0]]));
    expect(layers.flatMap((layer) => layer.imports).filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('the layer check', () => {
  test.each([
    ['src/model/a.ts', "import { b } from '../io/clock.ts';"],
    ['src/io/a.ts', "import { b } from './virtual/simulator.ts';"],
    ['src/io/virtual/a.ts', "import { b } from '../real/world.ts';"],
    ['src/protocol/messages/a.ts', "import { b } from '../records/batch.ts';"],
    ['src/kafka/log/a.ts', "import type { B } from '../replication/leader.ts';"],
    ['src/kafka/rules/a.ts', "import { b } from '../config/broker.ts';"],
    ['src/kafka/raft/a.ts', "import { b } from '../controller/controller.ts';"],
    ['src/kafka/coordinator/a.ts', "import { b } from '../controller/controller.ts';"],
    ['src/kafka/client/a.ts', "export { b } from '../log/partition-log.ts';"],
    ['src/kafka/client/a.ts', "import { b } from '../config/broker.ts';"],
    ['src/kafka/broker/a.ts', "import { b } from '../../simulation/run/simulate.ts';"],
    ['src/kafka/broker/a.ts', "import { b } from '../../io/virtual/simulator.ts';"],
    ['src/simulation/history/a.ts', "import { b } from '../cluster/cluster.ts';"],
    ['src/simulation/cluster/a.ts', "import { b } from '../workload/producer.ts';"],
    ['src/simulation/checker/history/a.ts', "import { b } from '../../cluster/cluster.ts';"],
    ['src/simulation/scenario/a.ts', "import { b } from '../run/simulate.ts';"],
    ['src/simulation/scenario.ts', "import { b } from './run/simulate.ts';"],
    ['src/server/a.ts', "import { b } from '../io/virtual/simulator.ts';"],
    ['src/server/a.ts', "import { b } from '../report/page.ts';"],
    ['src/cli/a.ts', "import { b } from '../io/virtual/simulator.ts';"],
    ['src/cli/a.ts', "import { b } from '../vitest/simulate.ts';"],
    ['src/cli/a.ts', "import { b } from '../../properties/x.ts';"],
    ['src/cli/a.ts', "import { b } from '../server/server';"],
    ['src/kafka/log/a.ts', "import { gzipSync } from 'node:zlib';"],
    ['src/kafka/log/a.ts', "import yaml from 'yaml';"],
    ['src/elsewhere/a.ts', 'export const a = 1;'],
  ])('reports %s with %s', (path, text) => {
    expect(bad(path, text, layerBreaches)).toHaveLength(1);
  });
  test.each([
    ['src/kafka/log/a.ts', "import { b } from '../rules/log.ts'; import { c } from '../../io/disk.ts';"],
    ['src/simulation/checker/state/a.ts', "import { b } from '../../cluster/cluster.ts';"],
    ['src/simulation/run/a.ts', "import { b } from '../scenario.ts'; import { c } from '../../io/virtual/simulator.ts';"],
    ['src/cli/a.ts', "import { b } from '../io/real/world.ts'; import { c } from 'node:fs';"],
    ...[...platformFiles].map(([path, names]): [string, string] => [path, `import { b } from '${names[0]}';`]),
  ])('lets %s with %s pass', (path, text) => {
    expect(bad(path, text, layerBreaches)).toEqual([]);
  });
});

describe('the bans', () => {
  const snippets = [
    ...[...bannedGlobals.keys()].map((name) => `export const a = ${name};`),
    ...[...bannedMembers.keys()].map((name) => `export const a = (x: string) => ${name.replace('*', 'x')}(x);`),
    'export async function a() {}',
    'export const a = async () => 1;',
    'class A { async a() {} }',
    'export const a = 2 ** 3;',
    'let a = 1; a **= 2;',
    'for (const key in { a: 1 }) void key;',
    "export const a = (x: Date) => import('./b.ts');",
    'export const a = (x: { b: Promise<void> }) => x;',
  ];
  test.each(snippets)('report in the core: %s', (text) => {
    expect(bad('src/kafka/log/a.ts', text, banBreaches).length).toBeGreaterThan(0);
  });
  test.each(snippets)('leave the outside alone: %s', (text) => {
    expect(bad('src/cli/a.ts', text, banBreaches)).toEqual([]);
  });
  test.each([
    'export const a = (x: any) => x;',
    'export const a = (x: string | undefined) => x!.length;',
    'export const a = 1 as unknown as string;',
    `// @ts-${'ignore'}\nexport const a = 1;`,
    `// @ts-${'expect-error'}\nexport const a = 1;`,
    `export function a() {\n${'  void 0;\n'.repeat(limits.functionLines)}}`,
    '// line\n'.repeat(limits.fileLines + 1),
  ])('report anywhere: %s', (text) => {
    expect(bad('src/cli/a.ts', text, banBreaches)).toHaveLength(1);
    expect(bad('src/cli/a.ts', text, banBreaches)[0]).toMatch(/^src\/cli\/a\.ts:\d+: /);
  });
  test.each([
    'export const a = { Date: 1, process: 2 }; void a.process;',
    "export const a = 'Math.random() and new Date()'; // async Promise",
    'export const a = (process: number) => process + 1;',
    'export const a = ({ process }: { process: number }) => { const [Date] = [process]; return Date; };',
    '/** Object.keys, 2 ** 3 */ export const a = 1;',
    'export interface A { process(): void; readonly Buffer: number }',
    '// biome-ignore lint/suspicious/noExplicitAny: a reason\nexport type A = any;',
  ])('know a word from a use of it: %s', (text) => {
    expect(bad('src/kafka/log/a.ts', text, banBreaches)).toEqual([]);
  });
  test('report a file that does not say what it owns', () => {
    expect(bad('src/cli/a.ts', '// a\nexport const a = 1;', headerBreaches)).toHaveLength(1);
    expect(bad('src/cli/a.ts', '#!/usr/bin/env node\n/** The program. */\n', headerBreaches)).toEqual([]);
  });
  test('report a stray file at the top level', () => {
    expect(topLevelBreaches(['src', '.ci', 'notes.txt'])).toHaveLength(1);
  });
});
