/** Finds out which ports of this machine are free before anything is started on them. */
import { createServer } from 'node:net';
import { failed, ok, type Result } from '../model/result.ts';

/** Binds the port for a moment; 0 takes any free one. Answers the port, or why it cannot be had. */
export function probePort(host: string, port: number): Promise<Result<number, string>> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(failed(error.code ?? error.message)));
    server.listen(port, host, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(ok(bound)));
    });
  });
}

/** `count` ports from `first` on, or any free ones when `first` is 0; or which one is taken and what to do. */
export async function takePorts(host: string, first: number, count: number): Promise<Result<readonly number[], string>> {
  const ports: number[] = [];
  for (let index = 0; index < count; index++) {
    const wanted = first === 0 ? 0 : first + index;
    if (wanted > 65_535) return failed(`there is no port ${wanted}: choose a --port of at most ${65_536 - count}.`);
    const port = await probePort(host, wanted);
    if (port.ok && ports.includes(port.value)) index--;
    else if (port.ok) ports.push(port.value);
    else if (port.error === 'EADDRINUSE')
      return failed(
        `port ${wanted} is taken by another program. Stop it, choose another first port with --port, or take any free ports with --port 0.`,
      );
    else if (port.error === 'EACCES') return failed(`port ${wanted} needs more rights than this program has. Choose a --port of 1024 or more.`);
    else return failed(`cannot listen on ${host}:${wanted}: ${port.error}. Choose another first port with --port.`);
  }
  return ok(ports);
}
