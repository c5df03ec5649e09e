/**
 * The control API of a server: faults over HTTP, so that a test in any language can crash a leader, and metrics for Prometheus. Owns routes, statuses
 * and what it refuses; faults are the desk's. It listens on the loopback only, takes no request whose Host is another name (a page that rebinds its DNS), and no body but
 * application/json (which a page cannot send to another origin unasked).
 */
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { failed, ok, type Result } from '../model/result.ts';
import type { FaultDesk } from './fault-desk.ts';
import { probePort } from './ports.ts';
import { contentType, exposition, type Metric } from './prometheus.ts';

/** A node as `GET /brokers` tells it. */
export interface NodeReport {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly state: 'starting' | 'running' | 'paused' | 'down';
  readonly controller: boolean;
}

export interface ControlOptions {
  readonly port: number;
  readonly nodes: () => readonly NodeReport[];
  readonly metrics: () => readonly Metric[];
  readonly desk: FaultDesk;
  /** Told of an error of this program; the caller was answered 500. */
  readonly report: (line: string) => void;
}

export interface Control {
  /** `http://127.0.0.1:8474` */
  readonly url: string;
  close(): Promise<void>;
}

const host = '127.0.0.1';
const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];
/** A fault is a few hundred bytes. */
const longestBody = 65_536;

interface Answer {
  readonly status: number;
  /** Told as JSON; a text as it is, with a content-type among the headers. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
type Handler = (desk: ControlOptions, id: number, body: () => Promise<Result<unknown, Answer>>) => Answer | Promise<Answer>;

interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: '/brokers' | '/metrics' | '/faults' | '/faults/:id';
  readonly about: string;
  readonly handle: Handler;
}

const refused = (status: number, error: string, more: object = {}): Answer => ({ status, body: { error, ...more } });
const noFault = (id: number): Answer => refused(404, `there is no fault ${id}; GET /faults lists them`);

/** Everything that it answers. */
export const controlRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/brokers',
    about: 'each node: id, host, port, state (starting, running, paused, down), and whether it is the controller',
    handle: ({ nodes }) => ({ status: 200, body: nodes() }),
  },
  {
    method: 'GET',
    path: '/metrics',
    about: 'sizes, segments, flushes, compaction and replication of the brokers that run, for Prometheus, under the names of Kafka’s JMX beans',
    handle: ({ metrics }) => ({ status: 200, body: exposition(metrics()), headers: { 'content-type': contentType } }),
  },
  {
    method: 'POST',
    path: '/faults',
    about: 'a fault in the fields of a scenario’s; without "at" and "on" it strikes at once. 201 with its id, 422 names the fields that are wrong',
    handle: async ({ desk }, _id, body) => {
      const asked = await body();
      if (!asked.ok) return asked.error;
      const posted = desk.post(asked.value);
      if (!posted.ok)
        return refused(422, posted.error.map(({ field, problem }) => (field === '' ? problem : `${field}: ${problem}`)).join('; '), {
          problems: posted.error,
        });
      // What strikes at once strikes before the answer.
      await new Promise((resolve) => setImmediate(resolve));
      return { status: 201, body: desk.find(posted.value.id) ?? posted.value, headers: { location: `/faults/${posted.value.id}` } };
    },
  },
  {
    method: 'GET',
    path: '/faults',
    about: 'each fault: id, as posted, state (waiting, active, over), how often it fired, the node it struck',
    handle: ({ desk }) => ({ status: 200, body: desk.list() }),
  },
  {
    method: 'GET',
    path: '/faults/:id',
    about: 'one of them',
    handle: ({ desk }, id) => {
      const found = desk.find(id);
      return found === undefined ? noFault(id) : { status: 200, body: found };
    },
  },
  {
    method: 'DELETE',
    path: '/faults/:id',
    about: 'heals it, restarts who crashed, or calls it off; answers what became of it',
    handle: ({ desk }, id) => {
      const removed = desk.remove(id);
      return removed === undefined ? noFault(id) : { status: 200, body: removed };
    },
  },
];

/** Listens; or says why it cannot. Port 0 takes any free one. */
export async function startControl(options: ControlOptions): Promise<Result<Control, string>> {
  const probed = await probePort(host, options.port);
  if (!probed.ok)
    return failed(
      probed.error === 'EADDRINUSE'
        ? `port ${options.port} is taken by another program. Choose another port with --control, or take any free one with --control 0.`
        : `cannot listen on ${host}:${options.port}: ${probed.error}. Choose another port with --control.`,
    );
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 }, (request, response) => {
    void serveOne(options, request, response);
  });
  server.maxConnections = 200;
  await new Promise<void>((resolve) => server.listen(probed.value, host, resolve));
  return ok({ url: `http://${host}:${probed.value}`, close: () => closeServer(server) });
}

function closeServer(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function serveOne(options: ControlOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let answer: Answer;
  try {
    answer = await answerTo(options, request);
  } catch (error) {
    options.report(`the control API broke: ${error instanceof Error ? error.stack : String(error)}`);
    answer = refused(500, 'this program has an error; its standard error says which');
  }
  const text = typeof answer.body === 'string' ? answer.body : `${JSON.stringify(answer.body)}\n`;
  // What was not read of a body that was refused must not be taken for the next request.
  const rest = request.complete ? {} : { connection: 'close' };
  response.writeHead(answer.status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...rest, ...answer.headers });
  response.end(text);
}

function answerTo(options: ControlOptions, request: IncomingMessage): Answer | Promise<Answer> {
  const name = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (!loopbackNames.includes(name)) return refused(403, `the Host "${name}" is not this machine; ask ${loopbackNames.join(', ')}`);
  const path = (request.url ?? '').replace(/\?.*$/, '');
  const fault = /^\/faults\/(\d{1,15})$/.exec(path);
  const pattern = fault === null ? path : '/faults/:id';
  const routes = controlRoutes.filter((route) => route.path === pattern);
  const known = [...new Set(controlRoutes.map((each) => `${each.method} ${each.path}`))].join(', ');
  if (routes.length === 0) return refused(404, `there is no ${path}; there are ${known}`);
  const route = routes.find((each) => each.method === request.method);
  if (route === undefined) {
    const allow = routes.map((each) => each.method).join(', ');
    return { ...refused(405, `${path} takes ${allow}, not ${request.method ?? ''}`), headers: { allow } };
  }
  return route.handle(options, Number(fault?.[1] ?? 0), () => readJson(request));
}

async function readJson(request: IncomingMessage): Promise<Result<unknown, Answer>> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') return failed(refused(415, `the Content-Type must be application/json, not ${type === '' ? 'missing' : type}`));
  const tooLong = failed(refused(413, `the body is longer than ${longestBody} bytes`));
  if (Number(request.headers['content-length'] ?? 0) > longestBody) return tooLong;
  const text = await readText(request);
  if (text === undefined) return tooLong;
  try {
    const value: unknown = JSON.parse(text);
    return ok(value);
  } catch (error) {
    return failed(refused(400, `the body is no JSON: ${error instanceof Error ? error.message : String(error)}`));
  }
}

/** The body; undefined when it is too long. Rejects when the caller breaks off. */
function readText(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > longestBody) {
        request.pause();
        resolve(undefined);
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
  });
}
