/** The built program for the tests of its command line: run to its end or while it runs, whole or with a rule broken by hand. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** Runs programs in a folder. */
export class Shell {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  run(program: string, ...words: readonly string[]): Ended {
    return this.#ended(process.execPath, [program, ...words]);
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

  /** A copy of the program in a folder of this name, in which one line of a built file is another; answers its main file. */
  breakRule(name: string, file: string, line: RegExp, wrong: string): string {
    const copy = join(this.folder, name);
    mkdirSync(copy);
    for (const part of ['dist', 'package.json', 'scenarios']) cpSync(join(root, part), join(copy, part), { recursive: true });
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
