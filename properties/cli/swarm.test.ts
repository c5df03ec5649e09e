/** A swarm over worker processes that hang, die and disagree: real processes that run a small module of this test. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { SeedSummary } from '../../src/cli/seed-run.ts';
import { playSwarm, type Swarm } from '../../src/cli/swarm.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-swarm-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A worker whose runs do nothing, but for what `act` does with `seed`, `summary` and `entries` before it answers. */
function workerThat(name: string, act: string, atStart = ''): string {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    `${atStart}
    process.on('SIGTERM', () => undefined);
    process.on('disconnect', () => process.exit());
    let entries = [];
    process.on('message', (request) => {
      if (request.type === 'trace') return process.send({ type: 'trace', entries });
      const { seed } = request.task;
      const summary = { seed, verdict: 'ok', findings: [], unmet: [], faultsFired: [], faultKinds: [], coverage: [],
        acknowledged: 1, events: 3, virtualUs: 1000, wallMs: 1, traceHash: 'trace' + seed };
      entries = [1, 2, 3].map((n) => ({ timeUs: n * 1000, text: 'event ' + n, lanes: String(n) }));
      ${act}
      process.send({ type: 'played', summary });
    });`,
  );
  return file;
}

interface Played {
  readonly order: readonly number[];
  readonly summaries: readonly SeedSummary[];
  readonly processesLeft: readonly string[];
}

async function play(worker: string, options: Partial<Swarm> = {}): Promise<Played> {
  const order: number[] = [];
  const summaries: SeedSummary[] = [];
  await playSwarm({
    taskAt: (nth) => ({ seed: nth }),
    isRechecked: () => false,
    runs: 12,
    limitMs: Number.POSITIVE_INFINITY,
    seedLimitMs: 60_000,
    workers: 2,
    stop: new AbortController().signal,
    worker,
    ...options,
    done: (nth, summary) => {
      order.push(nth);
      summaries.push(summary);
    },
  });
  const processes = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout.split('\n');
  return { order, summaries, processesLeft: processes.filter((line) => line.includes(worker)) };
}

const inOrder = (runs: number): readonly number[] => Array.from({ length: runs }, (_, nth) => nth);
const found = (played: Played): readonly (readonly [number, string | undefined])[] =>
  played.summaries.flatMap((each) =>
    each.findings.map((finding): [number, string] => [each.seed, `${finding.verdict} ${finding.checker}/${finding.anomaly}`]),
  );

describe('a swarm', () => {
  test('plays every seed once and hands the runs over in their order, whoever is first done', async () => {
    const slow = workerThat('slow', 'if (seed % 5 === 0) { const end = Date.now() + 60; while (Date.now() < end); }');
    const played = await play(slow, { workers: 4, runs: 25 });
    expect(played.order).toEqual(inOrder(25));
    expect(played.summaries.map((each) => each.seed)).toEqual(inOrder(25));
    expect(played.processesLeft).toEqual([]);
  });
  test.each([
    ['exits', 'process.exit(7);', 'exit code 7'],
    ['is killed', "process.kill(process.pid, 'SIGKILL');", 'SIGKILL: killed from outside, or out of memory'],
    ['leaves in the middle of an exception', "setImmediate(() => { throw new Error('last words') }); return;", 'last words'],
  ])('goes on with a fresh process when a worker %s, loses no other seed, and has a finding with the seed', async (name, end, message) => {
    const played = await play(workerThat(`dies-${name.replaceAll(' ', '-')}`, `if (seed === 3 || seed === 4) { ${end} }`));
    expect(played.order).toEqual(inOrder(12));
    expect(found(played)).toEqual([3, 4].map((seed) => [seed, 'finding harness/worker-died']));
    for (const seed of [3, 4]) expect(played.summaries[seed]?.findings[0]?.message).toContain(message);
    expect(played.summaries[3]).toMatchObject({ seed: 3, verdict: 'finding', traceHash: '' });
    expect(played.processesLeft).toEqual([]);
  });
  test('ends when no worker can even start: every seed is a finding', async () => {
    const played = await play(workerThat('stillborn', '', "throw new Error('no such luck');"), { runs: 3 });
    expect(found(played)).toEqual([0, 1, 2].map((seed) => [seed, 'finding harness/worker-died']));
    expect(played.summaries[2]?.findings[0]?.message).toContain('no such luck');
  });
  test('kills a worker that hangs, even one that takes no signal, and has a finding that says what to do', async () => {
    const pids = join(folder, 'pid');
    const hangs = workerThat(
      'hangs',
      `if (seed === 2) { writeFileSync(${JSON.stringify(pids)}, String(process.pid)); for (;;); }`,
      "import { writeFileSync } from 'node:fs';",
    );
    const played = await play(hangs, { seedLimitMs: 1500 });
    expect(played.order).toEqual(inOrder(12));
    expect(found(played)).toEqual([[2, 'finding harness/worker-hung']]);
    expect(played.summaries[2]?.findings[0]?.message).toMatch(/did not end within 1.5 s.*--seed-timeout/);
    expect(played.processesLeft).toEqual([]);
  });
  test('hands over what is done when it is stopped, at once, and leaves no process behind', async () => {
    const stop = new AbortController();
    const order: number[] = [];
    const stuck = workerThat('stuck', 'if (seed === 5) for (;;);');
    await playSwarm({
      taskAt: (nth) => ({ seed: nth }),
      isRechecked: () => false,
      runs: 1000,
      limitMs: Number.POSITIVE_INFINITY,
      seedLimitMs: 60_000,
      workers: 2,
      stop: stop.signal,
      worker: stuck,
      done: (nth) => {
        order.push(nth);
        if (nth === 4) setTimeout(() => stop.abort(), 100);
      },
    });
    expect(order.slice(0, 5)).toEqual(inOrder(5));
    expect(order).not.toContain(5);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout).not.toContain(stuck);
  });
  test('holds back a bounded number of runs behind one that does not end', async () => {
    const begunAtMs: number[] = [];
    const worker = workerThat('first-hangs', 'if (seed === 0) for (;;);');
    const played = await play(worker, {
      runs: 600,
      seedLimitMs: 6000,
      taskAt: (nth) => {
        begunAtMs[nth] = performance.now();
        return { seed: nth };
      },
    });
    // Two workers, 256 runs each; the next one begins when the hung one is given up.
    const [start = 0] = begunAtMs;
    expect((begunAtMs[511] ?? 0) - start).toBeLessThan(5900);
    expect((begunAtMs[512] ?? 0) - start).toBeGreaterThanOrEqual(5900);
    expect(played.order).toEqual(inOrder(600));
    const [first, ...others] = played.summaries;
    expect(first?.findings[0]?.anomaly).toBe('worker-hung');
    expect(others.every((each) => each.verdict === 'ok')).toBe(true);
  }, 60_000);
});

describe('a run that is played twice', () => {
  const all: Partial<Swarm> = { isRechecked: (nth) => nth % 2 === 0, runs: 6 };
  test.each([1, 2])('is said to be, and adds no finding when both are the same, with %i workers', async (workers) => {
    const played = await play(workerThat('steady', ''), { ...all, workers });
    expect(found(played)).toEqual([]);
    expect(played.summaries.map((each) => each.rechecked === true)).toEqual([true, false, true, false, true, false]);
  });
  test('is a finding that names the first event that differs between the two processes', async () => {
    const differs =
      "if (seed === 4) { entries[1].lanes += process.pid; entries[2].lanes += process.pid; entries[1].text += ' of ' + process.pid; summary.traceHash += process.pid; }";
    const played = await play(workerThat('differs', differs), all);
    expect(found(played)).toEqual([[4, 'finding determinism/divergence']]);
    const [finding] = played.summaries[4]?.findings ?? [];
    expect(finding).toMatchObject({ place: 'traceHash', timeUs: 2000 });
    const [, first, second] =
      /event 1 is the first that differs:\n {2}first {3}event 2 of (\d+)\n {2}second {2}event 2 of (\d+)$/.exec(finding?.message ?? '') ?? [];
    expect(Number(first)).toBeGreaterThan(0);
    expect(Number(second)).not.toBe(Number(first));
  });
  test('is a finding when one history ends before the other, or when only the verdict on it differs', async () => {
    const shorter = `if (seed === 0 && existsSync(${JSON.stringify(join(folder, 'was-there'))})) { entries.pop(); summary.traceHash = 'short'; } writeFileSync(${JSON.stringify(join(folder, 'was-there'))}, '');`;
    const played = await play(workerThat('shorter', shorter, "import { existsSync, writeFileSync } from 'node:fs';"), { ...all, runs: 1 });
    expect(played.summaries[0]?.findings[0]?.message).toContain('event 2 is the first that differs:\n  first   event 3\n  second  (the run is over)');
    const verdict = await play(workerThat('verdict', 'summary.acknowledged = process.pid;'), { ...all, runs: 1 });
    expect(verdict.summaries[0]?.findings[0]?.message).toContain('all 3 events are the same, but acknowledged differs');
  });
  test('is a finding when its second process dies or hangs', async () => {
    const dies = `if (existsSync(${JSON.stringify(join(folder, 'first-play'))})) process.exit(9); writeFileSync(${JSON.stringify(join(folder, 'first-play'))}, '');`;
    const played = await play(workerThat('dies-then', dies, "import { existsSync, writeFileSync } from 'node:fs';"), { ...all, runs: 1 });
    expect(found(played)).toEqual([[0, 'finding determinism/worker-died']]);
    expect(played.summaries[0]).toMatchObject({ verdict: 'finding', traceHash: 'trace0' });
  });
});
