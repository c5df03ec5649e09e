/**
 * What becomes of a program that is disturbed: workers killed and hung, signals, disks that are full, folders and readers that go away. Each
 * ends in a clear message, and nothing that was found is lost. Runs what `npm run build` made.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { brokenRules, childrenOf, lastLine, lives, main, shellFor, shortRuns, until } from './program.ts';

const shell = shellFor('disturbed');
const { folder } = shell;

const filesOf = (name: string): readonly string[] => (existsSync(join(folder, name)) ? readdirSync(join(folder, name)) : []);
const linesOf = (name: string): number => (filesOf(name).includes('runs.jsonl') ? shell.runsOf(name).length : 0);

/** The processor time that a process has used, in clock ticks; 0 when it is gone. */
const ticks = (pid: number): number => (existsSync(`/proc/${pid}/stat`) ? Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[13]) : 0);

describe('a swarm', () => {
  test('goes on when a worker is killed, and has a finding with the seed that it was playing', async () => {
    const swarm = shell.start(main, 'run', ...shortRuns, '--seeds', '4', '--workers', '2', '--recheck', '0', '--out', 'killed');
    // Whoever has worked for a while has a seed.
    const worker = await until(() => childrenOf(swarm.pid).find((pid) => ticks(pid) > 40));
    process.kill(worker, 'SIGKILL');
    const { status, out } = await swarm.ended;
    expect(status).toBe(1);
    expect(shell.runsOf('killed')).toHaveLength(4);
    const lost = shell.runsOf('killed').filter((each) => each.verdict === 'finding');
    expect(lost).toHaveLength(1);
    expect(out).toContain(`FINDING in seed ${lost[0]?.seed}: the run did not come out as runs must`);
    expect(out).toContain('the worker process died by SIGKILL: killed from outside, or out of memory');
    expect(out).toMatch(new RegExp(`^ {2}replay: node \\S+ run --seed ${lost[0]?.seed} --profile replication$`, 'm'));
  });
  test('has a finding for each run that takes longer than it may, and says which seed to play with more time', () => {
    const { status, out } = shell.run(main, 'run', ...shortRuns, '--seeds', '2', '--seed-timeout', '0.01', '--out', 'hung');
    expect(status).toBe(1);
    const hung = shell.runsOf('hung');
    expect(hung.map((each) => each.findings[0]?.anomaly)).toEqual(['worker-hung', 'worker-hung']);
    expect(out).toMatch(/did not end within 0.01 s of wall time, and its process was killed. Play the seed alone with a larger --seed-timeout/);
    for (const { seed } of hung) expect(out).toMatch(new RegExp(`^ {2}replay: node \\S+ run --seed ${seed} --profile replication$`, 'm'));
  });
  test.each(['SIGINT', 'SIGTERM'] as const)('sums up what it played so far on %s, leaves no process behind, and is no pass', async (signal) => {
    const swarm = shell.start(main, 'run', ...shortRuns, '--seeds', '1000', '--workers', '2', '--json', '--out', signal);
    await until(() => (linesOf(signal) > 0 ? true : undefined));
    const workers = childrenOf(swarm.pid);
    swarm.kill(signal);
    const { status, out, err } = await swarm.ended;
    expect(status).toBe(3);
    const { runs }: { readonly runs: number } = JSON.parse(lastLine({ status, out, err }));
    expect(runs).toBe(shell.runsOf(signal).length);
    expect(err).toContain(`Stopped by ${signal} after ${runs} runs of 1000.`);
    expect(workers.filter(lives)).toEqual([]);
    const summary: { readonly incomplete: readonly string[] } = JSON.parse(readFileSync(join(folder, signal, 'summary.json'), 'utf8'));
    expect(summary.incomplete).toEqual([`Stopped by ${signal} after ${runs} runs of 1000.`]);
  });
  test('keeps its workers when Ctrl-C, or the end of a service, reaches them as well: who sent the seeds decides', async () => {
    const swarm = shell.start(main, 'run', '--base', 'n', '--seeds', '6', '--workers', '2', '--recheck', '0', '--out', 'group');
    // By then they have read their program, and play.
    const workers = await until(() => {
      const busy = childrenOf(swarm.pid).filter((pid) => ticks(pid) > 80);
      return busy.length === 2 ? busy : undefined;
    });
    for (const worker of workers) for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(worker, signal);
    const { status } = await swarm.ended;
    expect(status).toBe(0);
    expect(shell.runsOf('group').flatMap((each) => each.findings.filter((finding) => finding.checker === 'harness'))).toEqual([]);
  });
});

describe('a swarm with findings', () => {
  let broken = '';
  beforeAll(() => {
    broken = shell.breakRule('broken', brokenRules.highWatermark);
  });
  const seeds = (count: number): readonly string[] => [...shortRuns, '--seeds', String(count), '--workers', '1', '--recheck', '0', '--no-shrink'];

  test('says once that the disk is full, and prints all of them with commands that need no file', () => {
    mkdirSync(join(folder, 'full'));
    for (const name of ['runs.jsonl', 'summary.json.part']) symlinkSync('/dev/full', join(folder, 'full', name));
    const { status, out, err } = shell.run(broken, 'run', ...seeds(2), '--out', 'full');
    expect(status).toBe(1);
    expect(out.match(/^FINDING in seed /gm)).toHaveLength(2);
    expect(err.match(/ENOSPC/g)).toHaveLength(1);
    expect(err).toMatch(/^faultline: cannot write \S+runs.jsonl: ENOSPC.*Details will be missing; what is found is printed here in full.$/m);
    expect(out).toMatch(/^Details: \S+full, incomplete: cannot write /m);
    expect(filesOf('full')).not.toContain('summary.json');
  });
  test('goes on when its folder is taken away in the middle', async () => {
    const swarm = shell.start(broken, 'run', ...seeds(4), '--out', 'taken');
    await until(() => (linesOf('taken') > 0 ? true : undefined));
    rmSync(join(folder, 'taken'), { recursive: true });
    const { status, out, err } = await swarm.ended;
    expect(status).toBe(1);
    expect(out.match(/^FINDING in seed /gm)).toHaveLength(4);
    expect(out).toMatch(/^ {2}replay: node \S+ run --seed \d+ --profile replication$/m);
    expect(err.match(/ENOENT/g)).toHaveLength(1);
    expect(filesOf('taken')).toEqual([]);
  });
  test.each([
    ['is full', '> /dev/full', 'ENOSPC'],
    ['has no reader', '| true', 'EPIPE'],
  ])('tells them on standard error when standard output %s', (_, where, code) => {
    const { status, out, err } = shell.bash(`node ${broken} run ${seeds(2).join(' ')} --out screen ${where}`);
    expect(status).toBe(1);
    expect(out).toBe('');
    expect(err.match(/^FINDING in seed /gm)).toHaveLength(2);
    expect(err.match(new RegExp(`^faultline: cannot write to standard output \\(${code}\\); it goes on here.$`, 'gm'))).toHaveLength(1);
    expect(err).toMatch(/^runs +2$/m);
  });
  test('prints its totals somewhere even when the line of JSON cannot be written, and is no clean pass then', () => {
    const { status, err } = shell.bash(`node ${main} run ${shortRuns.join(' ')} --seeds 1 --recheck 0 --json --out screen > /dev/full`);
    expect(status).toBe(3);
    expect(err).toContain('{"runs":1,');
  });
});

describe('the shards of a swarm', () => {
  test('are merged to what the unsharded swarm is, or are refused', () => {
    const words = ['run', ...shortRuns, '--seeds', '3'];
    const whole = shell.run(main, ...words, '--json', '--out', 'whole');
    for (const shard of ['1/2', '2/2']) expect(shell.run(main, ...words, '--shard', shard, '--out', `part-${shard[0]}`).status).toBe(0);
    const merged = shell.run(main, 'run', '--merge', 'part-2', 'part-1', '--out', 'merged', '--json');
    expect(merged.status).toBe(0);
    const [one, other] = [whole, merged].map((each) => JSON.parse(lastLine(each)));
    expect({ ...other, wallSeconds: 0 }).toEqual({ ...one, wallSeconds: 0 });
    expect(shell.runsOf('merged').map((each) => each.seed)).toEqual(shell.runsOf('whole').map((each) => each.seed));
    // What was merged may be looked at like what was played.
    expect(shell.run(main, 'run', '--merge', 'merged', '--json', '--out', 'again').out).toContain(one.traceHash);
    const missing = shell.run(main, 'run', '--merge', 'part-2', '--out', 'refused');
    expect(missing.status).toBe(2);
    expect(missing.err).toContain('missing: shard 1/2');
    expect(shell.run(main, 'run', '--merge', 'part-1', 'whole').err).toContain('number of shards: 2 in part-1, 1 in whole');
    expect(shell.run(main, 'run', '--merge', 'part-1', '--seeds', '3').status).toBe(2);
  });
});

describe('serve', () => {
  test('stops in order when it is asked to before it is ready', async () => {
    const server = shell.start(main, 'serve', '--port', '0', '--data-dir', 'early');
    await until(() => (filesOf('early').includes('.lock') ? true : undefined));
    server.kill('SIGINT');
    expect(await server.ended).toMatchObject({ status: 0, err: '' });
    expect(filesOf('early')).not.toContain('.lock');
  });
  test('refuses a folder that another server writes to, with exit code 2 and what to do', async () => {
    const server = shell.start(main, 'serve', '--port', '0', '--data-dir', 'data');
    await until(() => (filesOf('data').includes('.lock') ? true : undefined));
    const second = shell.run(main, 'serve', '--port', '0', '--data-dir', 'data');
    expect(second.status).toBe(2);
    expect(second.err).toContain(`another server, process ${server.pid}, keeps its data in`);
    server.kill('SIGTERM');
    expect((await server.ended).status).toBe(0);
    expect(filesOf('data')).not.toContain('.lock');
  });
});
