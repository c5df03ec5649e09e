/** The built program for the tests of its command line: run to its end or while it runs, whole or with a rule broken by hand. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, vi } from 'vitest';
import type { SeedSummary } from '../../src/cli/seed-run.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
export const main = join(root, 'dist/cli/main.js');

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** What it wrote to standard error so far. */
  err(): string;
  kill(signal: NodeJS.Signals): void;
}

/** One line of a built file, and what somebody wrote there instead. */
interface BrokenRule {
  readonly file: string;
  readonly line: RegExp;
  readonly wrong: string;
}
const replicationRule = (name: string, wrong: string): BrokenRule => ({
  file: 'dist/kafka/rules/replication.js',
  line: new RegExp(`^ {4}${name},$`, 'm'),
  wrong: `    ${name}: ${wrong},`,
});
export const brokenRules = {
  /** A leader takes its own log end for the high watermark: every run shows it. */
  highWatermark: replicationRule('advanceHighWatermark', '(leader) => leader.logEndOffset'),
  /** A follower truncates to its high watermark: about half of the runs of `replication` show it. */
  truncation: replicationRule('followerTakeOver', '(_end, highWatermark) => ({ truncateTo: highWatermark })'),
  /** Who may join an ISR is a matter of luck, and no run is like another. */
  luck: replicationRule('mayJoinIsr', '(...all) => Math.random() < 0.5 && mayJoinIsr(...all)'),
} as const;

/** Words of `run` where it does not matter what is played: the family with the shortest runs. */
export const shortRuns: readonly string[] = ['--base', 'n', '--profile', 'replication'];

/** A shell in a folder of its own, which is gone after the tests of the file. They start processes, and a busy machine needs its time. */
export function shellFor(name: string): Shell {
  vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
  const folder = mkdtempSync(join(tmpdir(), `faultline-${name}-`));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return new Shell(folder);
}

/** What a command ends with when it was asked for JSON. */
export const lastLine = ({ out }: Ended): string => out.trimEnd().split('\n').at(-1) ?? '';

/** Runs programs in a folder. */
export class Shell {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  run(program: string, ...words: readonly string[]): Ended {
    return this.#ended(process.execPath, [program, ...words]);
  }

  /**
   * What the program answers to each of these command lines, all in one process: its main module is loaded for each anew, what that imports
   * is loaded once. For command lines that end at once, of which a process each would cost a second each.
   */
  runEach(program: string, lines: readonly (readonly string[])[]): readonly Ended[] {
    const driver = join(this.folder, 'each.mjs');
    writeFileSync(
      driver,
      `import { writeFileSync } from 'node:fs';
      import { pathToFileURL } from 'node:url';
      const [node, , program, lines] = process.argv;
      const told = { out: '', err: '' };
      for (const [name, stream] of [['out', process.stdout], ['err', process.stderr]]) {
        stream.setMaxListeners(0);
        stream.write = (text) => { told[name] += text; return true; };
      }
      const answers = [];
      for (const [nth, words] of JSON.parse(lines).entries()) {
        process.argv = [node, program, ...words];
        process.exitCode = undefined;
        told.out = told.err = '';
        await import(pathToFileURL(program) + '?' + nth);
        answers.push({ status: process.exitCode ?? 0, ...told });
      }
      process.exitCode = 0;
      writeFileSync('answers.json', JSON.stringify(answers));`,
    );
    const { status, err } = this.run(driver, program, JSON.stringify(lines));
    if (status !== 0) throw new Error(`the command lines did not come to their end: ${err}`);
    return JSON.parse(readFileSync(join(this.folder, 'answers.json'), 'utf8'));
  }

  /** A line for bash; the exit code is that of the first part of a pipe that failed. */
  bash(command: string, environment: NodeJS.ProcessEnv = {}): Ended {
    return this.#ended('bash', ['-o', 'pipefail', '-c', command], environment);
  }

  start(program: string, ...words: readonly string[]): Started {
    const child = spawn(process.execPath, [program, ...words], { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (text: Buffer) => {
      out += text;
    });
    child.stderr.on('data', (text: Buffer) => {
      err += text;
    });
    const ended = new Promise<Ended>((resolve) => child.on('close', (status) => resolve({ status, out, err })));
    return { pid: child.pid ?? 0, ended, err: () => err, kill: (signal) => void child.kill(signal) };
  }

  /** The runs that an output folder tells of. */
  runsOf(out: string): readonly SeedSummary[] {
    return readFileSync(join(this.folder, out, 'runs.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line): SeedSummary => JSON.parse(line));
  }

  /** A copy of the program, with the sources of its rules, in a folder of this name, in which one rule is broken; answers its main file. */
  breakRule(name: string, { file, line, wrong }: BrokenRule): string {
    const copy = join(this.folder, name);
    mkdirSync(copy);
    for (const part of ['dist', 'package.json', 'scenarios', 'src/kafka/rules']) cpSync(join(root, part), join(copy, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const text = readFileSync(join(copy, file), 'utf8');
    if (!line.test(text)) throw new Error(`${file} has no such line`);
    writeFileSync(join(copy, file), text.replace(line, wrong));
    return join(copy, 'dist/cli/main.js');
  }

  #ended(program: string, words: readonly string[], environment: NodeJS.ProcessEnv = {}): Ended {
    const env = { ...process.env, GITHUB_ACTIONS: '', ...environment };
    const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', cwd: this.folder, maxBuffer: 1 << 28, env });
    return { status, out: stdout, err: stderr };
  }
}

export const childrenOf = (pid: number): readonly number[] =>
  spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => line.trim() !== '')
    .map(Number);

/** Is there such a process? */
export const lives = (pid: number): boolean => spawnSync('ps', ['-p', String(pid)]).status === 0;

export async function until<T>(look: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 1200; tries++) {
    const seen = look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('waited in vain');
}
