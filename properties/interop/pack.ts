/**
 * `npm run test:pack`: the package as npm would publish it, installed in an empty folder: the command runs, a TypeScript file that imports
 * it compiles, a program that uses it plays a scenario, and so does a spec with its matchers.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Checklist, expectEqual } from './checklist.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const program = `import { type RunResult, type Scenario, scenarioOfSeed, simulate } from 'faultline';

const scenario: Scenario = scenarioOfSeed(7);
const result: RunResult = simulate(scenario);
console.log(result.verdict === 'finding' ? 1 : 0, result.traceHash.length);
`;

const spec = `import { scenarioOf, simulate } from 'faultline';
import 'faultline/vitest';
import { expect, test } from 'vitest';

test('a cluster that nothing happens to keeps its promises', () => {
  const result = simulate(scenarioOf({ cluster: { topics: [{ name: 'orders' }] }, workload: { seconds: 5 } }));
  expect(result).toKeepPromises();
  expect(() => expect(result).toFind('lost-write')).toThrow('npx faultline replay fl2.');
});
`;

const folder = mkdtempSync(join(tmpdir(), 'faultline-pack-'));
const run = (command: string, options: readonly string[], cwd: string): string =>
  execFileSync(command, options, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const list = new Checklist();
try {
  await list.check('npm pack, and npm install of the tarball in an empty folder', () => {
    run('npm', ['pack', '--pack-destination', folder], root);
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
    writeFileSync(join(folder, 'package.json'), '{ "name": "user", "private": true, "type": "module" }');
    run('npm', ['install', `./${tarball}`], folder);
  });
  await list.check('npx faultline run --seeds 5', () => {
    const last = run('npx', ['faultline', 'run', '--seeds', '5', '--json'], folder).trim().split('\n').at(-1) ?? '';
    expectEqual([JSON.parse(last).runs, JSON.parse(last).findings], [5, 0], 'runs and findings');
  });
  await list.check('npx faultline scenario run acks-all-survives-leader-crash: the stories are in the package', () => {
    run('npx', ['faultline', 'scenario', 'run', 'acks-all-survives-leader-crash'], folder);
  });
  await list.check('a TypeScript file that imports faultline compiles, and runs', () => {
    writeFileSync(join(folder, 'use.ts'), program);
    const options = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', 'false', '--types', '', 'use.ts'];
    run(join(root, 'node_modules', '.bin', 'tsc'), options, folder);
    expectEqual(run(process.execPath, ['use.js'], folder).trim(), '0 16', 'what the program prints');
  });
  await list.check('a spec with the matchers of faultline/vitest compiles, and runs; without vitest all else does', () => {
    const modules = join(folder, 'node_modules');
    expectEqual(existsSync(join(modules, 'vitest')), false, 'vitest is installed unasked');
    symlinkSync(join(root, 'node_modules', 'vitest'), join(modules, 'vitest'));
    writeFileSync(join(folder, 'use.test.ts'), spec);
    const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', '--types', '', 'use.test.ts'];
    run(join(root, 'node_modules', '.bin', 'tsc'), options, folder);
    run(join(root, 'node_modules', '.bin', 'vitest'), ['run', 'use.test.ts'], folder);
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
list.end();
