/**
 * The way of a finding: a copy of the program whose cluster decides one thing wrongly, as somebody would break it by hand, is run; what it
 * prints leads to the same failure in another process. Also what becomes of a swarm that is disturbed. Runs what `npm run build` made.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { SeedSummary } from '../../src/cli/seed-run.ts';
import { identity } from '../../src/simulation/checker/finding.ts';

// Each test starts processes; a busy machine needs its time.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const root = fileURLToPath(new URL('../../', import.meta.url));
const main = join(root, 'dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'faultline-finding-'));
const broken = join(folder, 'broken', 'dist/cli/main.js');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function run(program: string, ...words: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: 'utf8', cwd: folder, maxBuffer: 1 << 28 });
  return { status, out: stdout, err: stderr };
}

const shell = (command: string): Ended => {
  const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], { encoding: 'utf8', cwd: folder, maxBuffer: 1 << 28 });
  return { status, out: stdout, err: stderr };
};

/** A copy of the program in which a leader takes its own log end for the high watermark. */
function breakARule(): void {
  const copy = join(folder, 'broken');
  mkdirSync(copy);
  for (const name of ['dist', 'package.json', 'scenarios']) cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const rules = join(copy, 'dist/kafka/rules/replication.js');
  const text = readFileSync(rules, 'utf8');
  const wrong = text.replace(/^ {4}advanceHighWatermark,$/m, '    advanceHighWatermark: (leader) => leader.logEndOffset,');
  expect(wrong).not.toBe(text);
  writeFileSync(rules, wrong);
}

/** The runs that a folder tells of. */
const runsOf = (out: string): readonly SeedSummary[] =>
  readFileSync(join(folder, out, 'runs.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): SeedSummary => JSON.parse(line));

const identities = (summary: SeedSummary): readonly string[] => summary.findings.filter((each) => each.verdict === 'finding').map(identity);

describe('a finding', () => {
  let swarm: Ended = { status: null, out: '', err: '' };
  let commands: readonly string[] = [];
  beforeAll(() => {
    breakARule();
    swarm = run(broken, 'run', '--seeds', '2', '--workers', '2', '--json', '--out', 'out');
    commands = [...swarm.err.matchAll(/^ {2}replay: (.*)$/gm)].map((match) => match[1] ?? '');
  });
  test('ends the swarm with exit code 1, and the last line of JSON counts it', () => {
    expect(swarm.status).toBe(1);
    expect(JSON.parse(swarm.out.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ runs: 2, findings: 2, unknown: 0 });
  });
  test('says what broke, where, when, and what it means', () => {
    for (const { seed } of runsOf('out')) expect(swarm.err).toContain(`FINDING in seed ${seed}: a promise of the cluster was broken`);
    expect(swarm.err).toMatch(/^ {2}\d+\.\d{3} s {2}HighWatermark at \S+-\d: a replica calls records committed that not all in-sync replicas hold/m);
    expect(swarm.err).toMatch(/^ {6}leader \d+ raises the high watermark to 1, but broker \d+ /m);
  });
  test('is shown again by the one command that is printed: the same checkers, anomalies, places, and the same last event', () => {
    expect(commands).toHaveLength(2);
    for (const [index, summary] of runsOf('out').entries()) {
      const again = shell(commands[index] ?? '');
      expect(again.status).toBe(1);
      expect(again.out).toContain(`trace hash ${summary.traceHash}`);
      const told = [...again.out.matchAll(/^ +[\d.]+ s {2}(\S+\/\S+) at (.*?)(?::|$)/gm)].map((match) => `${match[1]}/${match[2]}`);
      for (const each of identities(summary)) expect(told).toContain(each);
      expect(again.out).toMatch(/^FINDING: /m);
    }
  });
  test('leads to a trace that can be cut short by the reader', () => {
    const { out, err } = shell(`${commands[0]} --trace | head -5`);
    expect(out.trimEnd().split('\n')).toHaveLength(5);
    expect(err).toBe('');
  });
  test('is told even where its scenario cannot be written, with a command that needs no file', () => {
    const [{ seed, traceHash } = { seed: 0, traceHash: '' }] = runsOf('out');
    mkdirSync(join(folder, 'full', `finding-${seed}.yaml`), { recursive: true });
    const { status, out, err } = run(broken, 'run', '--seed', String(seed), '--out', 'full');
    expect(status).toBe(1);
    expect(out).toContain(`FINDING in seed ${seed}`);
    expect(out).toMatch(new RegExp(`^ {2}replay: node \\S+ run --seed ${seed}$`, 'm'));
    expect(out).toMatch(new RegExp(`^trace hash of the run +${traceHash}$`, 'm'));
    expect(err).toContain('faultline: cannot write');
  });
});

/** The program while it runs. */
function start(...words: readonly string[]): { readonly pid: number; readonly ended: Promise<Ended>; kill(signal: NodeJS.Signals): void } {
  const child = spawn(process.execPath, [main, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (text: Buffer) => (out += text));
  child.stderr.on('data', (text: Buffer) => (err += text));
  const ended = new Promise<Ended>((resolve) => child.on('close', (status) => resolve({ status, out, err })));
  return { pid: child.pid ?? 0, ended, kill: (signal) => void child.kill(signal) };
}

const childrenOf = (pid: number): readonly number[] =>
  spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => line.trim() !== '')
    .map(Number);

async function until<T>(look: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const seen = look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('waited in vain');
}

const filesOf = (name: string): readonly string[] => (existsSync(join(folder, name)) ? readdirSync(join(folder, name)) : []);

describe('a swarm that is disturbed', () => {
  test('goes on when a worker is killed, and reports the seed that it was playing as unknown', async () => {
    const swarm = start('run', '--seeds', '4', '--workers', '2', '--out', 'killed');
    const worker = await until(() => (childrenOf(swarm.pid).length === 2 ? childrenOf(swarm.pid)[0] : undefined));
    // Whoever starts has a seed soon after.
    await until(() =>
      readFileSync(`/proc/${worker}/stat`, 'utf8')
        .split(' ')
        .slice(13, 14)
        .map(Number)
        .some((ticks) => ticks > 40)
        ? true
        : undefined,
    );
    process.kill(worker, 'SIGKILL');
    const { status, out } = await swarm.ended;
    expect(status).toBe(3);
    expect(runsOf('killed')).toHaveLength(4);
    const lost = runsOf('killed').filter((each) => each.verdict === 'unknown');
    expect(lost).toHaveLength(1);
    expect(out).toContain(`UNKNOWN: nobody can judge seed ${lost[0]?.seed}`);
    expect(out).toContain('the worker process died');
  });
  test.each(['SIGINT', 'SIGTERM'] as const)('sums up what it played so far on %s, leaves no process behind, and is no pass', async (signal) => {
    const swarm = start('run', '--seeds', '1000', '--workers', '2', '--json', '--out', signal);
    await until(() => (filesOf(signal).includes('runs.jsonl') && readFileSync(join(folder, signal, 'runs.jsonl'), 'utf8') !== '' ? true : undefined));
    const workers = childrenOf(swarm.pid);
    swarm.kill(signal);
    const { status, out, err } = await swarm.ended;
    expect(status).toBe(3);
    const { runs }: { readonly runs: number } = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '');
    expect(runs).toBe(runsOf(signal).length);
    expect(err).toContain(`Stopped by ${signal} after ${runs} runs of 1000.`);
    expect(workers.filter((pid) => spawnSync('ps', ['-p', String(pid)]).status === 0)).toEqual([]);
  }, 60_000);
  test('prints plain lines where nobody looks at a terminal', async () => {
    const { err, out } = run(main, 'run', '--seeds', '1', '--out', 'plain');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  });
});

describe('serve', () => {
  test('stops in order when it is asked to before it is ready', async () => {
    const server = start('serve', '--port', '0', '--data-dir', 'early');
    await until(() => (filesOf('early').includes('.lock') ? true : undefined));
    server.kill('SIGINT');
    expect(await server.ended).toMatchObject({ status: 0, err: '' });
    expect(filesOf('early')).not.toContain('.lock');
  });
  test('refuses a folder that another server writes to, with exit code 2 and what to do', async () => {
    const server = start('serve', '--port', '0', '--data-dir', 'data');
    await until(() => (filesOf('data').includes('.lock') ? true : undefined));
    const second = run(main, 'serve', '--port', '0', '--data-dir', 'data');
    expect(second.status).toBe(2);
    expect(second.err).toContain(`another server, process ${server.pid}, keeps its data in`);
    server.kill('SIGTERM');
    expect((await server.ended).status).toBe(0);
    expect(filesOf('data')).not.toContain('.lock');
  });
});
