/** `faultline serve`: brokers on real sockets, for any client in any language. */
import type { Command } from 'commander';
import { startServer } from '../server/server.ts';
import { ExitCode, UsageError } from './exit.ts';
import { brokerCount, portNumber } from './options.ts';

interface ServeOptions {
  readonly brokers: number;
  readonly port: number;
  readonly dataDir?: string;
}

export function addServe(program: Command, end: (code: ExitCode) => void): void {
  program
    .command('serve')
    .description('Run brokers on this machine’s sockets until a signal ends them. Topics are created when they are first asked for.')
    .option('--brokers <n>', 'how many brokers; their ids count from 1', brokerCount, 3)
    .option('--port <p>', 'port of the first broker, the others follow; 0 takes any free ones', portNumber, 9092)
    .option('--data-dir <folder>', 'where to keep data (default: in memory)')
    .action(async (options: ServeOptions) => end(await serve(options)));
}

async function serve({ brokers, port, dataDir }: ServeOptions): Promise<ExitCode> {
  const asked = new AbortController();
  // From the first moment on: whoever starts a server may have to stop it before it is ready. A second signal ends it at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => asked.abort());
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  const started = await startServer({ brokers, port, report, stop: asked.signal, ...(dataDir === undefined ? {} : { dataDir }) });
  if (!started.ok) {
    if (asked.signal.aborted) return ExitCode.clean;
    throw new UsageError(started.error);
  }
  const server = started.value;
  process.stdout.write(`ready bootstrap=${server.bootstrap.join(',')}\n`);
  if (!asked.signal.aborted) await new Promise((resolve) => asked.signal.addEventListener('abort', resolve, { once: true }));
  await server.stop();
  return ExitCode.clean;
}
