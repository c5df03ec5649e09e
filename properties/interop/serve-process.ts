/** Starts `faultline serve` from dist/ as a child process, for checks that need real sockets, and stops it as an operator would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface ServeProcess {
  /** As printed: `127.0.0.1:40001,127.0.0.1:40002,...` */
  readonly bootstrap: string;
  /** The control API, as printed: `http://127.0.0.1:40009`; '' without --control. */
  readonly control: string;
  readonly child: ChildProcess;
  /** All that it printed, on both streams. */
  printed(): string;
  /** SIGTERM, then the exit code; rejects when it does not end within 30 s. */
  stop(): Promise<number>;
}

/** `settings`: keys of a server.properties. */
export async function startServe(options: readonly string[] = [], settings: Readonly<Record<string, string>> = {}): Promise<ServeProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-serve-'));
  const file = join(folder, 'server.properties');
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--config', file, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.once('exit', () => rmSync(folder, { recursive: true }));
  let printed = '';
  const ready = await new Promise<RegExpExecArray>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`serve printed no "ready" line within 30 s:\n${printed}`)), 30_000);
    const read = (chunk: Buffer): void => {
      printed += chunk.toString();
      const ready = /^ready bootstrap=(\S+)(?: control=(\S+))?$/m.exec(printed);
      if (ready === null) return;
      clearTimeout(limit);
      resolve(ready);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`serve ended with ${code} before it was ready:\n${printed}`)));
  });
  return { bootstrap: ready[1] ?? '', control: ready[2] ?? '', child, printed: () => printed, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? -1;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const limit = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const [code, signal] = await ended;
  clearTimeout(limit);
  if (code === null) throw new Error(`serve did not stop on SIGTERM: ${String(signal)}`);
  return Number(code);
}
