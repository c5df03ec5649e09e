/**
 * One worker process after another: owns starting it, asking it, and seeing to it that it is gone when it hangs or is no longer needed.
 * Whoever asks gets an answer whatever becomes of the process; the next request starts another one where the last is gone. Not a pool of
 * the registry, because what matters here is told by none: how a process ended, its last words, and which of two processes plays.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { WorkerAnswer, WorkerNews, WorkerRequest } from './worker-protocol.ts';

export type Reply =
  | WorkerAnswer
  /** `how`: its signal or exit code. `lastWords`: the end of what it wrote to standard error. */
  | { readonly type: 'died'; readonly how: string; readonly lastWords: string }
  /** No answer in time; its process is gone. */
  | { readonly type: 'hung' };

/** Time is counted in ticks of this process, so that a suspended machine, or Ctrl-Z, does not make hung workers. */
const ticksALimit = 10;
const keptWords = 2000;

export class WorkerProcess {
  readonly #file: string;
  #child: ChildProcess | undefined;
  #lastWords = '';
  #ended = false;
  /** Settles when the last process that was started is gone. */
  #gone: Promise<void> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  /**
   * Answers when the worker did, or is gone. One request at a time. `limitMs`: of silence, in this process's waking time, its start included.
   * `news` hears what the worker says before it answers.
   */
  ask(request: WorkerRequest, limitMs: number, news?: (news: WorkerNews) => void): Promise<Reply> {
    if (this.#ended) return Promise.resolve({ type: 'died', how: 'the end of the swarm', lastWords: '' });
    const child = this.#child ?? this.#start();
    this.#lastWords = '';
    return new Promise((resolve) => {
      let ticks = 0;
      let error: Error | undefined;
      const settle = (reply: Reply): void => {
        clearInterval(watch);
        child.off('message', heard).off('error', failed).off('close', closed);
        resolve(reply);
      };
      const watch = setInterval(() => {
        if (++ticks < ticksALimit) return;
        // An answer that comes in this very moment is too late: nobody may be sent to a process that is about to go.
        child.off('message', heard);
        child.kill('SIGKILL');
      }, limitMs / ticksALimit);
      const heard = (message: WorkerAnswer | WorkerNews): void => {
        if (message.type !== 'seed' && message.type !== 'tried') settle(message);
        else {
          ticks = 0;
          news?.(message);
        }
      };
      const failed = (problem: Error): void => {
        error = problem;
        // A process that never came to be closes nothing.
        if (child.pid === undefined) closed(null, null);
      };
      const closed = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#child = undefined;
        if (ticks >= ticksALimit) settle({ type: 'hung' });
        else settle({ type: 'died', how: signal ?? (code === null ? String(error) : `exit code ${code}`), lastWords: this.#lastWords.trim() });
      };
      child.on('message', heard).on('error', failed).on('close', closed);
      // Whoever cannot be written to is about to close, which is heard.
      child.send(request, () => undefined);
    });
  }

  /** Ends the process at once, there is nothing in it to save, and starts no other; answers when it is gone. */
  end(): Promise<void> {
    this.#ended = true;
    this.#child?.kill('SIGKILL');
    return this.#gone;
  }

  #start(): ChildProcess {
    // What a worker prints is for whoever debugs it: it must not come between the lines of the swarm's results.
    // With a process for each processor, threads that collect garbage beside it only take time from the others.
    const execArgv = [...process.execArgv, '--single-threaded-gc'];
    const child = fork(this.#file, { execArgv, stdio: ['ignore', 2, 'pipe', 'ipc'] });
    this.#child = child;
    child.stderr?.on('data', (bytes: Buffer) => {
      process.stderr.write(bytes);
      this.#lastWords = (this.#lastWords + bytes.toString()).slice(-keptWords);
    });
    this.#gone = new Promise((resolve) => {
      child.on('error', () => child.pid === undefined && resolve());
      child.on('close', () => {
        if (this.#child === child) this.#child = undefined;
        resolve();
      });
    });
    return child;
  }
}

/** Beside this file: plain JavaScript in dist, TypeScript when tsx runs the sources. */
export function workerFile(): string {
  const here = fileURLToPath(import.meta.url);
  return fileURLToPath(new URL(here.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url));
}
