/**
 * `npm run test:sandbox`: kafkajs in the virtual world, one hash a seed in any process, and ten minutes of virtual time in less than ten seconds.
 * Plays the story of kafkajs with 20 seeds in three processes, one after the other, then once for long. From dist/, as users do.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Checklist, expectEqual } from './checklist.ts';

const worker = fileURLToPath(new URL('sandbox-seeds.mjs', import.meta.url));
const seeds = 20;
const processes = 3;
const long = { virtualSeconds: 600, wallSeconds: 10 };

interface Played {
  readonly seed: number;
  readonly verdict: string;
  readonly findings: readonly string[];
  readonly unmet: readonly string[];
  readonly acknowledged: number;
  readonly events: number;
  readonly traceHash: string;
  readonly virtualSeconds: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

/** What a process of its own makes of these seeds. */
function play(virtualSeconds: number, played: readonly number[]): readonly Played[] {
  const run = spawnSync(process.execPath, [worker, String(virtualSeconds), ...played.map(String)], { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (run.status !== 0) throw new Error(`the process ended with ${run.status}: ${run.stderr.slice(-2000)}`);
  return run.stdout
    .trim()
    .split('\n')
    .map((line): Played => JSON.parse(line));
}

const list = new Checklist();
let first: readonly Played[] | undefined;
for (let index = 0; index < processes; index++)
  await list.check(`${seeds} seeds in process ${index + 1}: clean, and one hash a seed`, () => {
    const played = play(
      0,
      Array.from({ length: seeds }, (_, at) => at + 1),
    );
    first ??= played;
    const sum = (of: (each: Played) => number): number => Math.round(played.reduce((total, each) => total + of(each), 0));
    console.log(
      `         ${sum((each) => each.acknowledged)} records acknowledged, ${sum((each) => each.events)} events, ${sum((each) => each.virtualSeconds)} virtual seconds in ${sum((each) => each.wallSeconds)} s`,
    );
    for (const { seed, verdict, findings, unmet } of played)
      expectEqual([seed, verdict, findings, unmet], [seed, 'ok', [], []], 'seed, verdict, findings, unmet');
    expectEqual(
      played.map(({ traceHash }) => traceHash),
      first.map(({ traceHash }) => traceHash),
      'trace hashes',
    );
    expectEqual(new Set(played.map(({ traceHash }) => traceHash)).size, seeds, 'different hashes');
  });
await list.check(`${long.virtualSeconds} virtual seconds in less than ${long.wallSeconds} s`, () => {
  const [played] = play(long.virtualSeconds, [1]);
  if (played === undefined) throw new Error('nothing was played');
  const { verdict, virtualSeconds, wallSeconds, cpuSeconds, events, acknowledged } = played;
  console.log(
    `         ${acknowledged} records acknowledged, ${events} events, ${virtualSeconds.toFixed(0)} virtual seconds in ${wallSeconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of processor`,
  );
  expectEqual(verdict, 'ok', 'verdict');
  if (wallSeconds >= long.wallSeconds) throw new Error(`it took ${wallSeconds.toFixed(1)} s`);
});
list.end();
