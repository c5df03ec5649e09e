/** Members of a group that are processes of their own: what each owns and what it read, as it prints it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export abstract class MemberProcess {
  /** Partitions it owns; undefined before its first assignment. */
  owns: readonly number[] | undefined;
  /** The values it read, in order. */
  readonly values: string[] = [];
  readonly child: ChildProcess;
  #rest = '';

  constructor(command: string, options: readonly string[]) {
    this.child = spawn(command, options, { stdio: ['ignore', 'pipe', 'pipe'] });
    const read = (chunk: Buffer): void => {
      const lines = (this.#rest + chunk.toString()).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.heard(line);
    };
    this.child.stdout?.on('data', read);
    this.child.stderr?.on('data', read);
  }

  /** A line that it printed, on either stream. */
  protected abstract heard(line: string): void;

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    const limit = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(limit);
  }
}

/** True once these members, and nobody twice, own all of the partitions 0 to `partitions` - 1. */
export function ownAll(members: readonly MemberProcess[], partitions: number): true | undefined {
  const owned = members.flatMap((member) => member.owns ?? []).sort((a, b) => a - b);
  const all = Array.from({ length: partitions }, (_, index) => index);
  return owned.join() === all.join() && members.every((member) => (member.owns?.length ?? 0) > 0) ? true : undefined;
}

/** True once every one of these values was read by somebody. */
export function readAll(members: readonly MemberProcess[], values: readonly string[]): true | undefined {
  const read = new Set(members.flatMap((member) => member.values));
  return values.every((value) => read.has(value)) ? true : undefined;
}
