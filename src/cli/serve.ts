/** `faultline serve`: brokers on real sockets, for any client in any language. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parseProperties } from '../kafka/config/properties.ts';
import { controlRoutes } from '../server/control.ts';
import { onClients, servedKinds } from '../server/fault-desk.ts';
import { startServer } from '../server/server.ts';
import { ExitCode, UsageError } from './exit.ts';
import { brokerCount, portNumber } from './options.ts';

interface ServeOptions {
  readonly brokers?: number;
  readonly port: number;
  readonly dataDir?: string;
  readonly config?: string;
  readonly control?: number;
}

const routes = controlRoutes.map(({ method, path, about }) => `  ${`${method} ${path}`.padEnd(20)} ${about}`).join('\n');
const help = `
With --control, faults over HTTP, on the loopback only. Bodies are application/json, errors {"error", ...}:
${routes}
A fault has the fields of a scenario's (scenarios/*.yaml):
  curl -H 'content-type: application/json' -d '{"kind": "crash", "target": "leader(orders-0)", "downMs": 3000}' http://127.0.0.1:8474/faults
  kinds    ${servedKinds.join(', ')}
  target   broker(1), leader(orders-0), follower(orders-0, slowest), controller, coordinator(group), client(<its client.id>),
           member(group, 0), member(group, leader)
  at, on   milliseconds from now, or an event such as "leader(orders-0) appended, not yet replicated"
A crash with powerLoss, which is the default, loses what was not synced, and peers hear nothing until the restart.
A stop ends a node in order. Clients are processes of their own: ${onClients}.

A node whose program breaks goes down alone and says so on standard error; the others serve on.
Exit codes: 0 when it was asked to end, 2 when it could not start, 3 when it was asked to end and a node had broken.`;

export function addServe(program: Command, end: (code: ExitCode) => void): void {
  program
    .command('serve')
    .description('Run brokers on this machine’s sockets until a signal ends them. Topics are created when they are first asked for.')
    .option('--brokers <n>', 'how many brokers; their ids count from 1 (default: 3, or the one whose disk --data-dir is)', brokerCount)
    .option('--port <p>', 'port of the first broker, the others follow; 0 takes any free ones', portNumber, 9092)
    .option('--data-dir <folder>', 'where to keep data (default: in memory); a dump, or another broker’s disk, is served as it is')
    .option('--config <file>', 'a server.properties for all nodes; its values win over the defaults of this program')
    .option('--control <p>', 'port of the control API, such as 8474; 0 takes any free one (default: none)', portNumber)
    .addHelpText('after', help)
    .action(async (options: ServeOptions) => end(await serve(options)));
}

async function serve({ brokers, port, dataDir, config, control }: ServeOptions): Promise<ExitCode> {
  const asked = new AbortController();
  // From the first moment on: whoever starts a server may have to stop it before it is ready. A second signal ends it at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => asked.abort());
  const started = await startServer({
    ...(brokers === undefined ? {} : { brokers }),
    port,
    report: (line) => void process.stderr.write(`${line}\n`),
    stop: asked.signal,
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(config === undefined ? {} : { settings: readSettings(config) }),
    ...(control === undefined ? {} : { control }),
  });
  if (!started.ok) {
    if (asked.signal.aborted) return ExitCode.clean;
    throw new UsageError(started.error);
  }
  const server = started.value;
  const where = server.controlUrl === undefined ? '' : ` control=${server.controlUrl}`;
  process.stdout.write(`ready bootstrap=${server.bootstrap.join(',')}${where}\n`);
  if (!asked.signal.aborted) await new Promise((resolve) => asked.signal.addEventListener('abort', resolve, { once: true }));
  await server.stop();
  return server.broken === 0 ? ExitCode.clean : ExitCode.unknown;
}

function readSettings(file: string): ReadonlyMap<string, string> {
  try {
    return parseProperties(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : error}. Name a file of Kafka's settings with --config.`);
  }
}
